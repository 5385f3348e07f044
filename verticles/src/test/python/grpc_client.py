"""Streams a completion over gRPC with grpcio: python grpc_client.py HOST PORT [--resume]. Ends with `OK tokens=N`.

There is no generated code here either: a method is its name and what turns messages into bytes.
"""

import argparse
import asyncio
import contextlib

import grpc

import millrace_wire
import scenarios

SERVICE = "/millrace.v1.Streams/"


def server_frame(data):
    return millrace_wire.decode("ServerFrame", data)


class Connection:
    def __init__(self, channel, relay):
        self.relay = relay
        self.exchange = channel.stream_stream(
            SERVICE + "Exchange", lambda frame: millrace_wire.encode("ClientFrame", frame), server_frame)
        self.generate = channel.unary_stream(
            SERVICE + "Generate", lambda request: millrace_wire.encode("Generate", request), server_frame)

    async def open(self):
        return Stream(self, self.exchange())


class Stream:
    """One generation: one call."""

    def __init__(self, connection, call):
        self.connection = connection
        self.call = call

    async def send(self, frame):
        # A server that has sent its last frame takes no more; what it said is still to be read.
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self.call.write(frame)

    async def receive(self):
        return await self.call.read()

    async def abandon(self):
        """Leaves without a word. Closing the channel would reset its calls, which cancels."""
        self.connection.relay.cut()


class Relay:
    """A TCP relay before the server, so that a connection can break."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.writers = []

    async def start(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def accept(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection(*self.target)
        self.writers += [writer, there_writer]
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    def cut(self):
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()


async def pump(reader, writer):
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def whole_calls(connect, args):
    """Calls of one request, with the key as metadata: to the end, cancelled, and refused with frame and status."""
    metadata = [("authorization", f"Bearer {args.api_key}")] if args.api_key else []
    request = scenarios.generate(args, args.max_tokens)["generate"]
    request.pop("api_key", None)
    async with connect() as connection:
        output = scenarios.Output()
        call = connection.generate(request, metadata=metadata)
        async for frame in call:
            output.take(frame)
        assert await call.code() == grpc.StatusCode.OK, await call.details()
        assert output.reason in ("FINISH_REASON_STOP", "FINISH_REASON_LENGTH"), output.reason

        call = connection.generate(request | {"max_tokens": 1000, "ignore_eos": True}, metadata=metadata)
        assert "accepted" in await scenarios.receive(Stream(connection, call))
        call.cancel()

        call = connection.generate(request | {"sampling": {"temperature": 3.0}}, metadata=metadata)
        error = (await call.read())["rejected"]["error"]
        assert error["field"] == "sampling.temperature", error
        assert await call.code() == grpc.StatusCode.INVALID_ARGUMENT, await call.code()
        assert await call.details() == error["message"], await call.details()


def main():
    args = scenarios.arguments(argparse.ArgumentParser(description=__doc__)).parse_args()

    @contextlib.asynccontextmanager
    async def connection():
        relay = Relay(args.host, args.port)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await relay.start()}") as channel:
            yield Connection(channel, relay)

    async def everything():
        tokens = await scenarios.run(connection, args)
        await whole_calls(connection, args)
        return tokens

    print(f"OK tokens={asyncio.run(everything())}")


if __name__ == "__main__":
    main()
