"""The OpenAI SDK and tools: python openai_tools.py BASE_URL SCENARIO, where the model's answer is that of ToolCallsIT.
Ends with `OK`."""

import argparse
import json

import openai

TOOLS = [
    {"type": "function", "function": {
        "name": "weather", "description": "The weather of the next days",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}}},
    {"type": "function", "function": {"name": "time"}},
]
ASKED = [{"role": "user", "content": "How will the weather be in Zürich?"}]
EXPECTED = [("weather", {"city": "Zürich", "days": 2}), ("time", {})]


def chat(client, **parameters):
    return client.chat.completions.create(**{"model": "", "messages": ASKED, "tools": TOOLS} | parameters)


def named(calls):
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def calls(client):
    choice = chat(client).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content == "I will look.", choice
    assert named(choice.message.tool_calls) == EXPECTED, choice
    streamed(client, choice)
    results = [{"role": "tool", "tool_call_id": call.id, "content": "fine"} for call in choice.message.tool_calls]
    again = chat(client, messages=ASKED + [choice.message.model_dump(exclude_none=True)] + results)
    assert named(again.choices[0].message.tool_calls) == EXPECTED, again
    silent = chat(client, tool_choice="none").choices[0]
    assert silent.finish_reason == "stop" and "<tool_call>" in silent.message.content, silent
    for choice in ("required", {"type": "function", "function": {"name": "time"}}):
        assert refused(client, tool_choice=choice).param == "tool_choice"


def streamed(client, whole):
    text, found, reasons = "", {}, []
    for chunk in chat(client, stream=True):
        delta = chunk.choices[0].delta
        text += delta.content or ""
        reasons.append(chunk.choices[0].finish_reason)
        for call in delta.tool_calls or []:
            found.setdefault(call.index, []).append(call)
    assert text == whole.message.content, text
    assert reasons == [None] * (len(reasons) - 1) + ["tool_calls"], reasons
    joined = [(pieces[0].id, pieces[0].function.name, "".join(piece.function.arguments for piece in pieces))
              for _, pieces in sorted(found.items())]
    assert [(name, json.loads(arguments)) for _, name, arguments in joined] == EXPECTED, joined
    assert len({id for id, _, _ in joined}) == len(joined), joined


def text(client):
    choice = chat(client).choices[0]
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None, choice
    assert choice.message.content == '<tool_call>{"name": "weather"', choice
    chunks = list(chat(client, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == choice.message.content, chunks


def unknown(client):
    error = refused(client)
    assert error.param == "tools" and "template" in error.message, error.body
    assert chat(client, tools=[]).choices[0].message.content == "Hello"


def refused(client, **parameters):
    try:
        chat(client, **parameters)
    except openai.BadRequestError as error:
        return error
    raise AssertionError("not refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("scenario", choices=["calls", "text", "unknown"])
    args = parser.parse_args()
    with openai.OpenAI(base_url=args.base_url, api_key="none is needed", max_retries=0, timeout=100) as client:
        {"calls": calls, "text": text, "unknown": unknown}[args.scenario](client)
    print("OK")


if __name__ == "__main__":
    main()
