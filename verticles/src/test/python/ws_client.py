"""Streams a completion over a WebSocket: python ws_client.py HOST PORT [--form binary|json] [--resume].

Without --form it does everything in both forms. Ends with `OK tokens=N`.
"""

import argparse
import asyncio
import contextlib
import json

from websockets.asyncio.client import connect

import millrace_wire
import scenarios


class Connection:
    """Carries many generations, told apart by their channel."""

    def __init__(self, socket, form):
        self.socket = socket
        self.form = form
        self.channels = {}

    async def open(self):
        stream = Stream(self, len(self.channels) + 1)
        self.channels[stream.channel] = stream
        return stream

    async def send(self, frame):
        binary = self.form == "binary"
        await self.socket.send(millrace_wire.encode("ClientFrame", frame) if binary else json.dumps(frame))

    async def read(self):
        async for message in self.socket:
            assert isinstance(message, bytes) == (self.form == "binary"), "the answer has the form of the question"
            frame = json.loads(message) if self.form == "json" else millrace_wire.decode("ServerFrame", message)
            self.channels[frame.pop("channel")].frames.put_nowait(frame)
        for stream in self.channels.values():
            stream.frames.put_nowait({"closed": self.socket.close_code})


class Stream:
    def __init__(self, connection, channel):
        self.connection = connection
        self.channel = channel
        self.frames = asyncio.Queue()

    async def send(self, frame):
        await self.connection.send({"channel": self.channel} | frame)

    async def receive(self):
        return await self.frames.get()

    async def abandon(self):
        """Leaves without a word: closing the connection does not cancel."""
        await self.connection.socket.close()


def main():
    parser = scenarios.arguments(argparse.ArgumentParser(description=__doc__))
    parser.add_argument("--path", default="/v1/stream")
    parser.add_argument("--form", choices=["binary", "json"])
    args = parser.parse_args()

    def connector(form):
        @contextlib.asynccontextmanager
        async def connection():
            uri = f"ws://{args.host}:{args.port}{args.path}"
            async with connect(uri, subprotocols=["millrace.v1"]) as socket:
                assert socket.subprotocol == "millrace.v1", socket.subprotocol
                opened = Connection(socket, form)
                reading = asyncio.create_task(opened.read())
                yield opened
            await reading

        return connection

    forms = [args.form] if args.form else ["binary", "json"]
    tokens = [asyncio.run(scenarios.run(connector(form), args)) for form in forms]
    assert len(set(tokens)) == 1, f"binary and JSON gave different numbers of tokens: {tokens}"
    print(f"OK tokens={tokens[0]}")


if __name__ == "__main__":
    main()
