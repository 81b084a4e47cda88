"""Asks a device that serves the resources of tests/serve_device for all that it has, with aiocoap."""

import asyncio
import sys

import aiocoap
from aiocoap import Code, Message

BODY = bytes(97 + at % 26 for at in range(3000))


async def main(base):
    context = await aiocoap.Context.create_client_context()

    async def ask(code, path, payload=b"", **options):
        request = Message(code=code, uri=base + path, payload=payload, **options)
        return await asyncio.wait_for(context.request(request).response, 30)

    async def expect(answer, code, payload=None):
        response = await answer
        assert response.code == code, (response.code, code)
        assert payload is None or response.payload == payload, (response.payload, payload)
        return response

    await expect(ask(Code.POST, "count"), Code.CHANGED, b"1")
    await expect(ask(Code.POST, "count"), Code.CHANGED, b"2")
    await expect(ask(Code.GET, "none"), Code.NOT_FOUND)
    await expect(ask(Code.DELETE, "count"), Code.METHOD_NOT_ALLOWED)
    await expect(ask(Code.GET, "clock", accept=60), Code.NOT_ACCEPTABLE)
    await expect(ask(Code.PUT, "store", b"x", if_match=[b"other"]), Code.PRECONDITION_FAILED)
    await expect(ask(Code.PUT, "3303/0/5700", b"21.5"), Code.CHANGED)
    await expect(ask(Code.GET, "3303/0/5700"), Code.CONTENT, b"21.5")
    await expect(ask(Code.GET, "slow"), Code.CONTENT, b"at last")

    # Bodies in blocks: up, down, and both in one.
    await expect(ask(Code.PUT, "store", BODY), Code.CHANGED)
    stored = await expect(ask(Code.GET, "store"), Code.CONTENT, BODY)
    await expect(ask(Code.GET, "store", etags=[stored.opt.etag]), Code.VALID, b"")
    for body in (BODY, BODY[:100]):
        await expect(ask(Code.POST, "turn", body), Code.CHANGED, body[::-1])

    links = await expect(ask(Code.GET, ".well-known/core"), Code.CONTENT)
    assert b'</clock>;rt="clock";ct=0;obs' in links.payload, links.payload
    await expect(ask(Code.GET, ".well-known/core?rt=clock"), Code.CONTENT, b'</clock>;rt="clock";ct=0;obs')

    # Observed until five states have come.
    request = context.request(Message(code=Code.GET, uri=base + "sure", observe=0))
    values = [int((await asyncio.wait_for(request.response, 30)).payload)]

    async def watch():
        async for notification in request.observation:
            values.append(int(notification.payload))
            if len(values) == 5:
                return

    await asyncio.wait_for(watch(), 30)
    request.observation.cancel()
    assert values == sorted(set(values)), values
    # The next notification is answered with a Reset.
    await asyncio.sleep(2)
    await context.shutdown()
    print("all of it")


asyncio.run(main(sys.argv[1]))
