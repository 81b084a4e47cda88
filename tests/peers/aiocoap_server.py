"""A CoAP server on aiocoap with the resources that the plugtest's descriptions name; `aiocoap_server.py PORT`.

It prints what is written to it, one line a request, and ends when its standard input does. What changes by itself does so once a second.
"""

import asyncio
import hashlib
import os
import sys
import threading

from aiocoap import Context, Message, TransportTuning
from aiocoap.numbers.codes import CHANGED, CREATED, DELETED, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, NOT_FOUND, PRECONDITION_FAILED, VALID
from aiocoap.resource import ObservableResource, Resource, Site, WKCResource

TEXT, LINKS, XML = 0, 40, 41
PERIOD = 1.0


class Impatient(TransportTuning):
    """Gives a client up after 0.5 s * (1 + 2 + 4) * 1.5 = 5.25 s at most."""

    ACK_TIMEOUT = 0.5
    MAX_RETRANSMIT = 2


def told(request, path):
    """Displays what was received."""
    print(request.code, path, request.payload.decode("utf-8", "replace"), flush=True)


def pattern(length):
    """The text of a large body: each letter is unlike its neighbours."""
    return bytes(33 + (at * 7 + at // 94) % 94 for at in range(length))


def etag(payload):
    return hashlib.sha256(payload).digest()[:4]


def content(payload, **options):
    return Message(payload=payload, content_format=options.pop("content_format", TEXT), **options)


class Described(Resource):
    """A resource with the attributes of a link (RFC 6690)."""

    def __init__(self, text="nothing in particular", **attributes):
        super().__init__()
        self.text = text.encode()
        self.attributes = {name.rstrip("_"): value for name, value in attributes.items()}

    def get_link_description(self):
        return {"ct": str(TEXT), **self.attributes}

    async def render_get(self, request):
        return content(self.text)


class Test(Described):
    async def render_put(self, request):
        told(request, "/test")
        return Message(code=CHANGED)

    async def render_post(self, request):
        told(request, "/test")
        return Message(code=CREATED, location_path=("location1", "location2", "location3"))

    async def render_delete(self, request):
        told(request, "/test")
        return Message(code=DELETED)


class Separate(Described):
    async def render_get(self, request):
        await asyncio.sleep(0.5)  # an empty acknowledgement goes after 0.1 s
        return content(b"took its time")


class Query(Described):
    async def render_get(self, request):
        return content(" ".join(request.opt.uri_query).encode())


class LocationQuery(Described):
    async def render_post(self, request):
        told(request, "/location-query")
        return Message(code=CREATED, location_query=("first=1", "second=2"))


class MultiFormat(Described):
    async def render_get(self, request):
        if request.opt.accept in (None, TEXT):
            return content(b"plain")
        if request.opt.accept == XML:
            return content(b"<x/>", content_format=XML)
        return Message(code=NOT_ACCEPTABLE)


class Validate(Described):
    """Has an ETag, and changes under the right one only."""

    async def render_get(self, request):
        tag = etag(self.text)
        if tag in request.opt.etags:
            return Message(code=VALID, etag=tag)
        return content(self.text, etag=tag)

    async def render_put(self, request):
        if request.opt.if_match and etag(self.text) not in request.opt.if_match:
            return Message(code=PRECONDITION_FAILED)
        told(request, "/validate")
        self.text = request.payload
        return Message(code=CHANGED)


class Create(Described):
    """Is not there before it is written."""

    exists = False

    async def render_get(self, request):
        return content(self.text) if self.exists else Message(code=NOT_FOUND)

    async def render_put(self, request):
        if self.exists and request.opt.if_none_match:
            return Message(code=PRECONDITION_FAILED)
        told(request, "/create1")
        self.text, code = request.payload, CHANGED if self.exists else CREATED
        self.exists = True
        return Message(code=code)


class Large(Described):
    def __init__(self, length, **attributes):
        super().__init__(**attributes)
        self.text = pattern(length)

    async def render_get(self, request):
        return content(self.text, etag=etag(self.text))


class LargeUpdate(Large):
    async def render_put(self, request):
        self.text = request.payload
        print("PUT /large-update", len(request.payload), flush=True)
        return Message(code=CHANGED)


class LargeCreate(Described):
    def __init__(self, site, **attributes):
        super().__init__(**attributes)
        self.site, self.count = site, 0

    async def render_post(self, request):
        self.count += 1
        created = Large(0)
        created.text = request.payload
        path = ("large-create", str(self.count))
        self.site.add_resource(path, created)
        print("POST", "/".join(path), len(request.payload), flush=True)
        return Message(code=CREATED, location_path=path)


class LargePost(Described):
    async def render_post(self, request):
        return content(request.payload[::-1], code=CHANGED)


class Ticking(ObservableResource):
    """Changes once a second; each number is in the notification that tells of it."""

    def __init__(self, tuning=None):
        super().__init__()
        self.tuning, self.number, self.value, self.format, self.there = tuning, 0, None, TEXT, True
        self.clock = asyncio.get_running_loop().create_task(self.tick())

    async def tick(self):
        while True:
            await asyncio.sleep(PERIOD)
            self.number += 1
            if self.there:
                self.updated_state()

    def body(self):
        return self.value or b"tick %d" % self.number

    async def render_get(self, request):
        if not self.there:
            return Message(code=NOT_FOUND)
        return content(self.body(), content_format=self.format, max_age=1, transport_tuning=self.tuning)

    async def render_put(self, request):
        """Another format is not what the observers take (RFC 7641 4.2)."""
        told(request, "/obs")
        other = request.opt.content_format not in (None, self.format)
        self.value, self.format = request.payload, request.opt.content_format or TEXT
        self.updated_state(Message(code=NOT_ACCEPTABLE) if other else None)
        return Message(code=CHANGED)

    async def render_delete(self, request):
        told(request, "/obs")
        self.there = False
        self.updated_state(Message(code=NOT_FOUND))
        return Message(code=DELETED)


class TickingLarge(Ticking):
    """aiocoap cuts no notification in blocks, so they are cut here."""

    def __init__(self, *lengths):
        super().__init__()
        self.lengths = lengths

    async def needs_blockwise_assembly(self, request):
        return False

    def body(self):
        head = b"tick %d " % self.number
        return head + pattern(self.lengths[self.number % len(self.lengths)] - len(head))

    async def render_get(self, request):
        body, block = self.body(), request.opt.block2
        number, exponent = (block.block_number, block.size_exponent) if block else (0, 6)
        size = 16 << exponent
        part = body[number * size : (number + 1) * size]
        answer = content(part, etag=etag(body), max_age=1)
        if len(body) > size:
            answer.opt.block2 = (number, (number + 1) * size < len(body), exponent)
        return answer


class Path(Described):
    async def render_get(self, request):
        return content(b"</path/sub1>,</path/sub2>", content_format=LINKS)


def site():
    root = Site()
    resources = {
        "test": Test(),
        "separate": Separate(),
        "seg1/seg2/seg3": Described("a path of three"),
        "query": Query(),
        "location-query": LocationQuery(),
        "multi-format": MultiFormat(),
        "validate": Validate("as at first"),
        "create1": Create(),
        "large": Large(2900, sz="2900"),
        "large-update": LargeUpdate(2900),
        "large-create": LargeCreate(root),
        "large-post": LargePost(),
        "obs": Ticking(),
        "obs-non": Ticking(),
        "obs-reset": Ticking(Impatient),
        "obs-large": TickingLarge(2500),
        "obs-pumping": TickingLarge(2500, 30),
        "link1": Described(rt="Type1 Type2", if_="If1"),
        "link2": Described(rt="Type2 Type3", if_="If2"),
        "link3": Described(rt="Type1 Type3", if_="foo"),
        "link4": Described(rt=""),
        "path": Path(ct=str(LINKS)),
        "path/sub1": Described("/path/sub1"),
        "path/sub2": Described("/path/sub2"),
    }
    for path, resource in resources.items():
        root.add_resource(path.split("/"), resource)
    root.add_resource([".well-known", "core"], WKCResource(root.get_resources_as_linkheader, impl_info=None))
    return root


async def main():
    await Context.create_server_context(site(), bind=("127.0.0.1", int(sys.argv[1])), transports=["simplesocketserver"])
    await asyncio.get_running_loop().create_future()


def ends_with_its_owner():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=ends_with_its_owner, daemon=True).start()
asyncio.run(main())
