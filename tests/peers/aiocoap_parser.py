"""aiocoap's parser over a pipe: messages in, what it reads in them out, one after the other until standard input ends.

Each message comes after its length, and each answer goes after its length: four bytes, the most significant first. An answer begins with 0
and the name of what was raised, or with 1 and type, code, Message ID (two bytes), token, options, payload; token, values and payload after
their lengths, the options after their count, each option's number, all four bytes long.
"""

import struct
import sys

from aiocoap import Message


def bytes_of(value):
    """A string after its length."""
    return struct.pack("!I", len(value)) + value


def read(message):
    """What aiocoap reads in a message."""
    try:
        parsed = Message.decode(message)
    except Exception as error:  # what it raises is the answer
        return b"\0" + type(error).__name__.encode()
    options = list(parsed.opt.option_list())
    answer = [b"\1", struct.pack("!BBH", parsed.mtype, parsed.code, parsed.mid), bytes_of(parsed.token)]
    answer.append(struct.pack("!I", len(options)))
    for option in options:
        answer.append(struct.pack("!I", option.number) + bytes_of(option.encode()))
    answer.append(bytes_of(parsed.payload))
    return b"".join(answer)


def main():
    """Answers until there is nothing more to read."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while length := source.read(4):
        sink.write(bytes_of(read(source.read(int.from_bytes(length, "big")))))
    sink.flush()


main()
