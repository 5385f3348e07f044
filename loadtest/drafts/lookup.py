#!/usr/bin/env python3
"""Tokens a second of one stream at nodes with and without prompt lookup, in turns.

    ./millrace serve --port 8080 --set quic-port=4433
    ./millrace serve --port 8081 --set quic-port=4434 --set limits.draft-tokens=7
    loadtest/drafts/lookup.py --rounds 3 http://127.0.0.1:8080 http://127.0.0.1:8081

Prints, by prompt, the median of each node and whether all nodes said the same. served.py starts the nodes itself.
"""
import argparse
import json
import statistics
import time
import urllib.request

TEXT = (
    "The lighthouse keeper climbed the stairs every evening, lamp in hand, and counted the ships that passed the cape. "
    "On most nights there were three or four; in the herring season there were thirty. He wrote their names into a "
    "ledger bound in green leather, together with the wind, the height of the waves and the hour, and when the ledger "
    "was full he sent it to the harbour master, who never read it."
)
CODE = """```java
public final class Account {
    private final String owner;
    private long balance;

    public Account(String owner, long balance) {
        this.owner = owner;
        this.balance = balance;
    }

    public void deposit(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException("amount");
        }
        balance += amount;
    }

    public long balance() {
        return balance;
    }
}
```"""
PROMPTS = {
    "repeat a text": "Repeat this text exactly:\n\n" + TEXT,
    "edit code": "Rename the field balance to total in this code and return the whole class:\n\n" + CODE,
    "summarize": "Summarize this text in two sentences:\n\n" + TEXT,
    "a list": "List ten ideas for a birthday party with a short description of each.",
    "a function": "Write a Python function that reads a CSV file and returns the average of a column.",
    "an explanation": "What were the causes of the First World War?",
    "a letter": "Write an email to my landlord about a broken heater.",
}


def ask(node, prompt, temperature, tokens):
    """Text, and tokens a second from the first to the last."""
    body = {
        "model": "smollm2",
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": tokens,
        "temperature": temperature,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    request = urllib.request.Request(
        node + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    text, count, first, last = "", 0, None, None
    with urllib.request.urlopen(request, timeout=120) as answer:
        for line in answer:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            if event.get("usage"):
                count = event["usage"]["completion_tokens"]
            for choice in event["choices"]:
                if choice["delta"].get("content"):
                    last = time.perf_counter()
                    first = first or last
                    text += choice["delta"]["content"]
    return text, (count - 1) / (last - first) if count > 1 and last > first else float("nan")


def in_turns(nodes, prompt, temperature, tokens, rounds):
    """Tokens a second of each node, the median of its rounds, and whether every answer was the same text."""
    speeds = {node: [] for node in nodes}
    texts = set()
    for turn in range(rounds):
        # Whoever comes second finds caches and clock as the first has left them: that is not always the same one.
        for node in nodes if turn % 2 == 0 else reversed(nodes):
            text, speed = ask(node, prompt, temperature, tokens)
            speeds[node].append(speed)
            texts.add(text)
    return [statistics.median(speeds[node]) for node in nodes], len(texts) == 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=192)
    parser.add_argument("--temperatures", default="0,0.7")
    parser.add_argument("nodes", nargs="+", help="URLs; the first is what the others are held against")
    options = parser.parse_args()
    for node in options.nodes:
        ask(node, "Hello", 0, 16)
    print("| temperature | prompt | " + " | ".join(options.nodes) + " | times | same text |")
    print("|---|---|" + "---|" * len(options.nodes) + "---|---|")
    for temperature in map(float, options.temperatures.split(",")):
        for name, prompt in PROMPTS.items():
            medians, same = in_turns(options.nodes, prompt, temperature, options.tokens, options.rounds)
            cells = " | ".join(f"{median:.0f}" for median in medians)
            times = ", ".join(f"{median / medians[0]:.2f}" for median in medians[1:])
            print(f"| {temperature} | {name} | {cells} | {times} | {'yes' if same else 'no'} |", flush=True)


if __name__ == "__main__":
    main()
