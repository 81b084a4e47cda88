"""A CoAP server on CoAPthon3 with the resources that the plugtest's descriptions name; `coapthon_server.py PORT`.

It prints what is written to it, one line a request, and ends when its standard input does. What changes by itself does so once a second.
"""

import hashlib
import os
import sys
import threading
import time

from coapthon import defines
from coapthon.resources.resource import Resource
from coapthon.server.coap import CoAP

TEXT, LINKS, XML = 0, 40, 41
PERIOD = 1.0
CODES = defines.Codes
# It gives a client up after 0.5 s * (1 + 2 + 4) * 1.5 = 5.25 s at most.
defines.ACK_TIMEOUT = 0.5
defines.MAX_RETRANSMIT = 2


def told(method, path, request):
    """Displays what was received."""
    print(method, path, request.payload, flush=True)


def pattern(length):
    """The text of a large body: each letter is unlike its neighbours."""
    return "".join(chr(33 + (at * 7 + at // 94) % 94) for at in range(length))


def etag(text):
    return hashlib.sha256(text.encode()).digest()[:4]


class Described(Resource):
    """A resource with the attributes of a link (RFC 6690)."""

    def __init__(self, text="nothing in particular", observable=False, server=None, **attributes):
        super().__init__("lab", server, visible=True, observable=observable, allow_children=True)
        self.text = text
        for name, value in attributes.items():
            self.add_attribute(name.rstrip("_"), value)

    def add_attribute(self, name, value):
        self._attributes[name] = value

    def content(self, response, text, content_format=TEXT):
        response.payload, response.content_type = text, content_format
        return self, response

    def code(self, response, code):
        response.code = code.number
        return self, response

    def render_GET_advanced(self, request, response):
        return self.content(response, self.text)


class Test(Described):
    def render_PUT_advanced(self, request, response):
        told("PUT", "/test", request)
        return self.code(response, CODES.CHANGED)

    def render_POST_advanced(self, request, response):
        told("POST", "/test", request)
        response.location_path = "location1/location2/location3"
        return self.code(response, CODES.CREATED)

    def render_DELETE_advanced(self, request, response):
        told("DELETE", "/test", request)
        response.code = CODES.DELETED.number
        return False, response


class Separate(Described):
    def render_GET_advanced(self, request, response):
        return self, response, self.later

    def later(self, request, response):
        time.sleep(0.5)
        return self.content(response, "took its time")


class Query(Described):
    def render_GET_advanced(self, request, response):
        return self.content(response, request.uri_query)


class LocationQuery(Described):
    def render_POST_advanced(self, request, response):
        told("POST", "/location-query", request)
        response.location_query = "first=1&second=2"
        return self.code(response, CODES.CREATED)


class MultiFormat(Described):
    def render_GET_advanced(self, request, response):
        if request.accept in (None, TEXT):
            return self.content(response, "plain")
        if request.accept == XML:
            return self.content(response, "<x/>", XML)
        return self.code(response, CODES.NOT_ACCEPTABLE)


class Validate(Described):
    """Has an ETag, and changes under the right one only."""

    def render_GET_advanced(self, request, response):
        response.etag = etag(self.text)
        if etag(self.text) in request.etag:
            return self.code(response, CODES.VALID)
        return self.content(response, self.text)

    def render_PUT_advanced(self, request, response):
        if request.if_match and etag(self.text) not in request.if_match:
            return self.code(response, CODES.PRECONDITION_FAILED)
        told("PUT", "/validate", request)
        self.text = request.payload
        return self.code(response, CODES.CHANGED)


class Large(Described):
    def __init__(self, length, **attributes):
        super().__init__(pattern(length), **attributes)


class Ticking(Described):
    """Changes once a second; each number is in the notification that tells of it."""

    def __init__(self, server, *lengths):
        super().__init__(observable=True, server=server)
        self.server, self.lengths, self.number, self.value, self.there = server, lengths, 0, None, True
        threading.Thread(target=self.tick, daemon=True).start()

    def tick(self):
        while self.there:
            time.sleep(PERIOD)
            self.number += 1
            self.observe_count += 1
            self.server.notify(self)

    def render_GET_advanced(self, request, response):
        response.max_age = 1
        text = self.value or "tick %d" % self.number
        if self.lengths:
            text += pattern(self.lengths[self.number % len(self.lengths)])
        return self.content(response, text)

    def render_PUT_advanced(self, request, response):
        told("PUT", "/obs", request)
        self.value = request.payload
        return self.code(response, CODES.CHANGED)

    def render_DELETE(self, request):
        told("DELETE", "/obs", request)
        self.there = False
        return True


class Path(Described):
    def render_GET_advanced(self, request, response):
        return self.content(response, "</path/sub1>,</path/sub2>", LINKS)


class Server(CoAP):
    def __init__(self, port):
        super().__init__(("127.0.0.1", port))
        resources = {
            "test": Test(),
            "separate": Separate(),
            "seg1": Described(),
            "seg1/seg2": Described(),
            "seg1/seg2/seg3": Described("a path of three"),
            "query": Query(),
            "location-query": LocationQuery(),
            "multi-format": MultiFormat(),
            "validate": Validate("as at first"),
            "large": Large(2900, sz="2900"),
            "obs": Ticking(self),
            "obs-non": Ticking(self),
            "obs-reset": Ticking(self),
            "obs-large": Ticking(self, 2500),
            "link1": Described(rt="Type1 Type2", if_="If1"),
            "link2": Described(rt="Type2 Type3", if_="If2"),
            "link3": Described(rt="Type1 Type3", if_="foo"),
            "path": Path(ct=str(LINKS)),
            "path/sub1": Described("/path/sub1"),
            "path/sub2": Described("/path/sub2"),
        }
        for path, resource in resources.items():
            self.add_resource(path, resource)


def ends_with_its_owner():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=ends_with_its_owner, daemon=True).start()
Server(int(sys.argv[1])).listen()
