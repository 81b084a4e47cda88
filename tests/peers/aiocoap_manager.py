"""A server on aiocoap that manages a device: `aiocoap_manager.py PORT IDENTITY KEY`.

It is a resource directory (RFC 9176, aiocoap's own) over DTLS with a pre-shared key (tinydtls). Whoever spoke to it last is asked back on the same association.
One command a line comes in, in JSON; one answer a line goes out, with the command's `id`:

- `{"id": 1, "code": "GET", "path": "3/0/0", "accept": 112, "format": 0, "payload": "hex", "options": [[number, "hex"]], "observe": true}`
  → `{"id": 1, "code": "2.05", "payload": "hex", "format": 0}`, of an observation once more for each notification, and with `"ended"` at its end;
- `{"id": 2, "cancel": 1}` ends the observation 1;
- `{"id": 3, "registrations": true}` → `{"id": 3, "registrations": [{"ep": "name", "lt": 600, "path": "/reg/1/", "links": ["/a"]}]}`.

It ends when its standard input does.
"""

import asyncio
import json
import os
import sys
import threading

from aiocoap import Context, Message, TransportTuning
from aiocoap.cli.rd import StandaloneResourceDirectory
from aiocoap.credentials import CredentialsMap
from aiocoap.numbers.codes import Code
from aiocoap.numbers.optionnumbers import OptionNumber
from aiocoap.optiontypes import OpaqueOption
from aiocoap.transports import tinydtls_server


class Patient(TransportTuning):
    """Comes again soon, and often: 0.3 s, 0.6 s … 9.6 s."""

    ACK_TIMEOUT = 0.3
    ACK_RANDOM_FACTOR = 1.1
    MAX_RETRANSMIT = 6


async def recognizes(self, remote):
    return isinstance(remote, tinydtls_server._AddressDTLS) and remote._protocol is self._pool


# aiocoap takes an address of its own DTLS server for nobody's, so that nothing can be asked of who opened an association; all else is there.
tinydtls_server.MessageInterfaceTinyDTLSServer.recognize_remote = recognizes


class Directory(StandaloneResourceDirectory):
    device = None

    async def render_to_pipe(self, pipe):
        self.device = pipe.request.remote
        return await super().render_to_pipe(pipe)


def say(**answer):
    print(json.dumps(answer), flush=True)


def told(response):
    answer = {"code": response.code.dotted, "payload": response.payload.hex()}
    if response.opt.content_format is not None:
        answer["format"] = int(response.opt.content_format)
    if response.opt.etag is not None:
        answer["etag"] = response.opt.etag.hex()
    if response.opt.observe is not None:
        answer["observe"] = response.opt.observe
    return answer


class Manager:
    def __init__(self, context, directory):
        self.context, self.directory, self.observations = context, directory, {}

    def message(self, command):
        message = Message(code=getattr(Code, command["code"]), transport_tuning=Patient())
        message.opt.uri_path = tuple(command["path"].split("/"))
        message.opt.uri_query = tuple(command.get("query", ()))
        message.opt.accept = command.get("accept")
        message.opt.content_format = command.get("format")
        for number, value in command.get("options", ()):
            message.opt.add_option(OpaqueOption(OptionNumber(number), bytes.fromhex(value)))
        message.payload = bytes.fromhex(command.get("payload", ""))
        if command.get("observe"):
            message.opt.observe = 0
        message.remote = self.directory.device
        return message

    async def ask(self, command):
        request = self.context.request(self.message(command))
        if command.get("observe"):
            self.observations[command["id"]] = request
        try:
            say(id=command["id"], **told(await request.response))
            if command.get("observe"):
                async for notification in request.observation:
                    say(id=command["id"], **told(notification))
        except Exception as error:
            say(id=command["id"], ended=repr(error))

    def registrations(self, command):
        found = self.directory.common_rd.get_endpoints()
        listed = [
            {
                "ep": one.registration_parameters["ep"][0],
                "lt": one.lt,
                "path": one.href,
                "links": [link.href for link in one.links.links],
            }
            for one in found
        ]
        say(id=command["id"], registrations=listed)

    def do(self, command):
        if "registrations" in command:
            self.registrations(command)
        elif "cancel" in command:
            self.observations.pop(command["cancel"]).observation.cancel()
            say(id=command["id"])
        else:
            asyncio.get_running_loop().create_task(self.ask(command))


async def main(port, identity, key):
    credentials = CredentialsMap()
    credentials.load_from_dict({":device": {"dtls": {"psk": {"ascii": key}, "client-identity": {"ascii": identity}}}})
    # what listens is bound to the port after the one that is named
    bind = ("127.0.0.1", int(port) - 1)
    context = await Context.create_server_context(
        None, bind=bind, transports=["tinydtls_server"], server_credentials=credentials
    )
    directory = Directory(context=context)
    context.serversite = directory
    manager, loop = Manager(context, directory), asyncio.get_running_loop()

    def listen():
        for line in sys.stdin:
            loop.call_soon_threadsafe(manager.do, json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    await loop.create_future()


asyncio.run(main(*sys.argv[1:4]))
