"""The OpenAI SDK against Millrace: python openai_client.py BASE_URL [--api-key KEY]. Ends with `OK`."""

import argparse

import openai

PROMPT = [{"role": "user", "content": "Why is the sky blue?"}]
TOKENS = 24


def chat(client, **parameters):
    parameters = {"messages": PROMPT, "temperature": 0, "max_completion_tokens": TOKENS} | parameters
    return client.chat.completions.create(**parameters)


def the_one_model_is_listed(client):
    models = client.models.list().data
    assert len(models) == 1 and models[0].object == "model", models
    return models[0].id


def a_chat_streams_what_it_answers_whole(client, model):
    chat(client, model=model)  # From now on the prompt is in the cache: its last token alone rounds otherwise than with the others.
    whole = chat(client, model=model)
    choice = whole.choices[0]
    assert (whole.model, choice.message.role, choice.finish_reason) == (model, "assistant", "length"), whole
    assert whole.usage.completion_tokens == TOKENS, whole.usage
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + TOKENS, whole.usage

    chunks = list(chat(client, model=model, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
    *deltas, last = chunks
    text = "".join(chunk.choices[0].delta.content or "" for chunk in deltas)
    assert len(deltas) > 3 and text == choice.message.content, (text, choice.message.content)
    assert [chunk.choices[0].finish_reason for chunk in deltas] == [None] * (len(deltas) - 1) + ["length"], deltas
    assert last.choices == [] and counts(last.usage) == counts(whole.usage), last
    assert len({chunk.id for chunk in chunks}) == 1, chunks
    return text


def counts(usage):
    return usage.prompt_tokens, usage.completion_tokens, usage.total_tokens


def a_prompt_that_begins_like_an_earlier_one_is_told_as_cached(client, model):
    """In blocks of 16 tokens, of the one in which it ends where that is known, too, and never the last token."""
    story = {"model": model, "prompt": "Once upon a time there was a miller. " * 12, "temperature": 0, "max_tokens": 2}
    first, second = (client.completions.create(**story).usage for _ in range(2))
    assert first.prompt_tokens_details.cached_tokens < 16, first  # some other text may have begun with the same word
    told_as_cached(second)
    *_, last = client.completions.create(**story, stream=True, stream_options={"include_usage": True})
    assert last.usage == second, last
    asked = [{"role": "user", "content": "Tell me of the miller. " * 12}]
    chat(client, model=model, messages=asked)
    *_, last = chat(client, model=model, messages=asked, stream=True, stream_options={"include_usage": True})
    told_as_cached(last.usage)


def told_as_cached(usage):
    most = usage.prompt_tokens - 1
    assert 0 < most // 16 * 16 <= usage.prompt_tokens_details.cached_tokens <= most, usage


def without_being_asked_no_usage_is_streamed(client, model):
    chunks = list(chat(client, model=model, stream=True))
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks), chunks


def a_stop_string_ends_the_text_before_it(client, model, text):
    stop = text.split()[4]
    before = text[:text.index(stop)]
    whole = chat(client, model=model, stop=stop).choices[0]
    assert (whole.message.content, whole.finish_reason) == (before, "stop"), (whole, stop)
    chunks = list(chat(client, model=model, stop=["never said", stop], stream=True))
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert (streamed, chunks[-1].choices[0].finish_reason) == (before, "stop"), (chunks, stop)


def a_completion_streams_what_it_answers_whole(client, model):
    request = {"model": model, "prompt": "The capital of France is", "temperature": 0, "max_tokens": TOKENS}
    client.completions.create(**request)  # as with chats
    whole = client.completions.create(**request)
    chunks = list(client.completions.create(**request, stream=True))
    text = "".join(chunk.choices[0].text for chunk in chunks)
    assert len(chunks) > 3 and text and text == whole.choices[0].text, (text, whole)
    assert chunks[-1].choices[0].finish_reason == whole.choices[0].finish_reason == "length", chunks[-1]


def an_invalid_parameter_is_named(client, model):
    error = raised(openai.BadRequestError, lambda: chat(client, model=model, temperature=3))
    assert (error.param, error.type, error.code) == ("temperature", "invalid_request_error", "invalid_request"), error.body
    assert "2" in error.message, error.message
    raised(openai.BadRequestError, lambda: chat(client, model=model, temperature=3, stream=True))


def an_unknown_model_is_not_found(client, model):
    error = raised(openai.NotFoundError, lambda: chat(client, model="no-such-model"))
    assert error.param == "model" and model in error.message, error.body


def raised(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("--api-key", default="none is needed")
    args = parser.parse_args()
    with openai.OpenAI(base_url=args.base_url, api_key=args.api_key, max_retries=0, timeout=100) as client:
        model = the_one_model_is_listed(client)
        text = a_chat_streams_what_it_answers_whole(client, model)
        without_being_asked_no_usage_is_streamed(client, model)
        a_stop_string_ends_the_text_before_it(client, model, text)
        a_completion_streams_what_it_answers_whole(client, model)
        a_prompt_that_begins_like_an_earlier_one_is_told_as_cached(client, model)
        an_invalid_parameter_is_named(client, model)
        an_unknown_model_is_not_found(client, model)
    print("OK")


if __name__ == "__main__":
    main()
