"""What both example clients do: stream a completion under credit, cancel one, and take one up again.

`connect` makes an async context manager of a connection; its `open()` gives a stream with `send(frame)`, `receive()` and
`abandon()`. What a server may get wrong here is an assertion.
"""

import asyncio

TIMEOUT = 120  # seconds without a frame: far beyond what the default model needs


async def receive(stream):
    return await asyncio.wait_for(stream.receive(), TIMEOUT)


class Output:
    """Collects the events of one generation over all its streams, and checks their numbers."""

    def __init__(self, echo=False):
        self.echo = echo
        self.handle = None
        self.last_event = 0
        self.text = ""
        self.tokens = 0
        self.reason = None

    def take(self, frame):
        if "accepted" in frame:
            assert self.handle in (None, frame["accepted"]["handle"]), "resumed another stream"
            self.handle = frame["accepted"]["handle"]
        elif "tokens" in frame:
            tokens = frame["tokens"]
            assert tokens["first_event"] == self.last_event + 1, f"gap or repeat after {self.last_event}: {tokens}"
            assert len(tokens["ids"]) == len(tokens["texts"]), tokens
            self.tokens += len(tokens["ids"])
            self.last_event += len(tokens["ids"])
            self.add("".join(tokens["texts"]))
        elif "finished" in frame:
            finished = frame["finished"]
            assert finished["event"] == self.last_event + 1, finished
            assert finished.get("completion_tokens", 0) == self.tokens, finished
            self.reason = finished["reason"]
            self.add(finished.get("text", ""))
        else:
            raise AssertionError(f"unexpected: {frame}")

    def add(self, text):
        self.text += text
        if self.echo:
            print(text, end="", flush=True)


def generate(args, max_tokens, credit=None, prompt=None):
    request = {"chat": {"messages": [{"role": "user", "content": prompt or args.prompt}]},
               "sampling": {"temperature": 0.0}, "max_tokens": max_tokens}
    if args.api_key:
        request["api_key"] = args.api_key
    if credit is not None:
        request["initial_credit"] = credit
    return {"generate": request}


async def complete(connection, args, echo=False):
    """Lets the server send at most `credit` tokens ahead, and checks that it does not send more.

    Nothing is granted that the server needs not: grpcio fails a call, and what it has not read yet, over a late write.
    """
    credit = 8
    stream, output, granted = await connection.open(), Output(echo), credit
    await stream.send(generate(args, args.max_tokens, credit))
    while output.reason is None:
        output.take(await receive(stream))
        assert output.tokens <= granted, f"{output.tokens} tokens for a credit of {granted}"
        if granted < args.max_tokens and granted - output.tokens <= credit // 2:
            granted += credit
            await stream.send({"credit": {"tokens": credit}})
    assert output.reason in ("FINISH_REASON_STOP", "FINISH_REASON_LENGTH"), output.reason
    assert 0 < output.tokens <= args.max_tokens, output.tokens
    return output


async def cancel(connection, args):
    stream, output = await connection.open(), Output()
    await stream.send(generate(args, 1000, prompt="Count from 1 to 1000, one number a line."))
    while output.reason is None:
        before = output.tokens
        output.take(await receive(stream))
        if before == 0 and output.tokens > 0:
            await stream.send({"cancel": {}})
    assert output.reason == "FINISH_REASON_CANCELLED", output.reason


async def resume(connect, args):
    """Drops the connection after a few tokens, reads the rest over a second one, and then all of it once more.

    The text need not be that of an uninterrupted generation: the server may compute a sequence anew that nobody reads.
    """
    output = Output()
    async with connect() as first:
        stream = await first.open()
        await stream.send(generate(args, args.max_tokens, credit=3))
        while output.tokens < 3:
            output.take(await receive(stream))
        await stream.abandon()
    async with connect() as second:
        await attach(second, args, output)
        again = Output()
        again.handle = output.handle
        await attach(second, args, again)
    assert (again.text, again.tokens) == (output.text, output.tokens), f"{again.text!r} is not {output.text!r}"


async def attach(connection, args, output):
    """Reads a stream to its end, from the last event that `output` has on."""
    stream = await connection.open()
    request = {"handle": output.handle, "last_event": output.last_event}
    await stream.send({"resume": request | ({"api_key": args.api_key} if args.api_key else {})})
    while output.reason is None:
        output.take(await receive(stream))


async def refused(connection, args):
    """A value out of range is refused with its field and its limit, and nothing else is disturbed."""
    stream = await connection.open()
    request = generate(args, 1)
    request["generate"]["sampling"]["temperature"] = 3.0
    await stream.send(request)
    error = (await receive(stream))["rejected"]["error"]
    assert (error["code"], error["field"]) == ("invalid_request", "sampling.temperature"), error
    assert "2" in error["message"], error


async def run(connect, args):
    async with connect() as connection:
        await refused(connection, args)
        output = await complete(connection, args, echo=True)
        await cancel(connection, args)
    print()
    if args.resume:
        await resume(connect, args)
    return output.tokens


def arguments(parser):
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--prompt", default="Why is the sky blue?")
    parser.add_argument("--max-tokens", type=int, default=48)
    parser.add_argument("--resume", action="store_true", help="also drop the connection midway and resume")
    parser.add_argument("--api-key", default="")
    return parser
