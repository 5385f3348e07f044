"""Streams a completion over QUIC with aioquic: python quic_client.py HOST PORT [--resume]. Ends with `OK tokens=N`."""

import argparse
import asyncio
import contextlib
import ssl

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StreamDataReceived, StreamReset

import millrace_wire
import scenarios


class Connection(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.streams = {}

    async def open(self):
        stream = Stream(self, self._quic.get_next_available_stream_id())
        self.streams[stream.id] = stream
        return stream

    def quic_event_received(self, event):
        if isinstance(event, StreamDataReceived):
            self.streams[event.stream_id].received(event.data, event.end_stream)
        elif isinstance(event, StreamReset):
            self.streams[event.stream_id].frames.put_nowait({"reset": hex(event.error_code)})
        elif isinstance(event, ConnectionTerminated):
            for stream in self.streams.values():
                stream.frames.put_nowait({"closed": hex(event.error_code)})


class Stream:
    """One generation: one bidirectional stream."""

    def __init__(self, connection, stream_id):
        self.connection = connection
        self.id = stream_id
        self.frames = asyncio.Queue()
        self.reader = millrace_wire.FrameReader()

    def received(self, data, ended):
        for frame in self.reader.push(data):
            self.frames.put_nowait(frame)
        if ended:
            self.frames.put_nowait({"ended": True})

    async def send(self, frame):
        self.connection._quic.send_stream_data(self.id, millrace_wire.frame_bytes(frame))
        self.connection.transmit()

    async def receive(self):
        return await self.frames.get()

    async def abandon(self):
        """Leaves without a word: closing the connection does not cancel."""
        self.connection.close()


def main():
    parser = scenarios.arguments(argparse.ArgumentParser(description=__doc__))
    parser.add_argument("--ca", help="PEM file to trust; without it any certificate is taken")
    args = parser.parse_args()
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["millrace/1"], server_name="localhost")
    if args.ca:
        configuration.load_verify_locations(args.ca)
    else:
        configuration.verify_mode = ssl.CERT_NONE

    @contextlib.asynccontextmanager
    async def connection():
        async with connect(args.host, args.port, configuration=configuration, create_protocol=Connection) as opened:
            yield opened

    print(f"OK tokens={asyncio.run(scenarios.run(connection, args))}")


if __name__ == "__main__":
    main()
