"""Millrace frames as protobuf, by hand, from codecs/wire/README.md and stream.proto alone: no generated code.

A frame is a dict in the shape of its JSON form: {"channel": 1, "credit": {"tokens": 3}}.
"""

import struct

# message -> field -> (number, type); a type in brackets is repeated, an upper-case one is a message or an enum
SCHEMA = {
    "ClientFrame": {"channel": (1, "uint"), "generate": (2, "Generate"), "cancel": (3, "Cancel"),
                    "credit": (4, "Credit"), "resume": (5, "Resume")},
    "ServerFrame": {"channel": (1, "uint"), "accepted": (2, "Accepted"), "tokens": (3, "Tokens"),
                    "finished": (4, "Finished"), "rejected": (5, "Rejected")},
    "Generate": {"model": (1, "string"), "chat": (2, "Chat"), "text": (3, "string"), "token_ids": (4, "TokenIds"),
                 "sampling": (5, "Sampling"), "max_tokens": (6, "uint"), "stop": (7, ["string"]),
                 "initial_credit": (8, "uint"), "api_key": (9, "string"), "ignore_eos": (10, "uint")},
    "Chat": {"messages": (1, ["Message"])},
    "Message": {"role": (1, "string"), "content": (2, "string")},
    "TokenIds": {"ids": (1, ["uint"])},
    "Sampling": {"temperature": (1, "float"), "top_k": (2, "uint"), "top_p": (3, "float"), "min_p": (4, "float"),
                 "repetition_penalty": (5, "float"), "presence_penalty": (6, "float"),
                 "frequency_penalty": (7, "float"), "seed": (8, "uint")},
    "Cancel": {},
    "Credit": {"tokens": (1, "uint")},
    "Resume": {"handle": (1, "string"), "last_event": (2, "uint"), "initial_credit": (3, "uint"),
               "api_key": (4, "string")},
    "Accepted": {"handle": (1, "string"), "model": (2, "string"), "prompt_tokens": (3, "uint")},
    "Tokens": {"first_event": (1, "uint"), "ids": (2, ["uint"]), "texts": (3, ["string"])},
    "Finished": {"event": (1, "uint"), "reason": (2, "REASON"), "text": (3, "string"), "prompt_tokens": (4, "uint"),
                 "completion_tokens": (5, "uint"), "error": (6, "Error"),
                 "cached_tokens": (8, "uint")},
    "Rejected": {"error": (1, "Error")},
    "Error": {"code": (1, "string"), "message": (2, "string"), "field": (3, "string"), "retry_after_ms": (4, "uint")},
}
REASONS = ["FINISH_REASON_UNSPECIFIED", "FINISH_REASON_STOP", "FINISH_REASON_LENGTH", "FINISH_REASON_CANCELLED",
           "FINISH_REASON_SLOW_CONSUMER", "FINISH_REASON_ERROR"]


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    """The value and where it ends; None where the bytes end before it does."""
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7
    return None


def encode(message, frame):
    return b"".join(_field(*SCHEMA[message][name], value) for name, value in frame.items())


def _field(number, kind, value):
    if isinstance(kind, list):
        return b"".join(_field(number, kind[0], item) for item in value)
    if kind == "uint":
        return varint(number << 3) + varint(value)
    if kind == "float":
        return varint(number << 3 | 5) + struct.pack("<f", value)
    body = value.encode() if kind == "string" else encode(kind, value)
    return varint(number << 3 | 2) + varint(len(body)) + body


def decode(message, data):
    names = {number: (name, kind) for name, (number, kind) in SCHEMA[message].items()}
    frame, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        value, at = _payload(tag & 7, data, at)
        name, kind = names.get(tag >> 3, (None, None))
        if isinstance(kind, list):
            frame.setdefault(name, []).extend(_items(kind[0], value))
        elif name:
            frame[name] = _value(kind, value)
    return frame


def _payload(wire_type, data, at):
    if wire_type == 0:
        return read_varint(data, at)
    if wire_type == 2:
        length, at = read_varint(data, at)
        return data[at:at + length], at + length
    width = {1: 8, 5: 4}[wire_type]
    return data[at:at + width], at + width


def _items(kind, value):
    if kind != "uint" or isinstance(value, int):
        return [_value(kind, value)]
    items, at = [], 0
    while at < len(value):  # packed
        item, at = read_varint(value, at)
        items.append(item)
    return items


def _value(kind, value):
    if kind == "uint":
        return value
    if kind == "REASON":
        return REASONS[value] if value < len(REASONS) else value
    if kind == "float":
        return struct.unpack("<f", value)[0]
    return value.decode() if kind == "string" else decode(kind, value)


class FrameReader:
    """Cuts a QUIC stream's bytes into server frames."""

    def __init__(self):
        self.buffer = b""

    def push(self, data):
        self.buffer += data
        while (length := read_varint(self.buffer, 0)) and len(self.buffer) >= sum(length):
            size, at = length
            frame, self.buffer = self.buffer[at:at + size], self.buffer[at + size:]
            yield decode("ServerFrame", frame)


def frame_bytes(frame):
    """A client frame as a QUIC stream carries it."""
    body = encode("ClientFrame", frame)
    return varint(len(body)) + body
