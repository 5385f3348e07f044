#!/usr/bin/env python3
"""An edge and a center with the same real model in two precisions: how much `confidence` keeps at the edge, and whether the edge
answers what it keeps as the center would have. Greedy. Prints a table's rows; see README.md."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

from two_tiers import HOME, PORTS, metric, start, wait

EDGE, CENTER = sys.argv[1:3] if len(sys.argv) > 2 else ("int4", "fp32")
SHARES = (0.7, 0.3)
TOKENS = 32  # of each answer at most


def answer(role, body):
    """Its text and the tier that made it."""
    request = urllib.request.Request(f"http://127.0.0.1:{PORTS[role]}/v1/chat/completions",
                                     json.dumps(body).encode(), {"Content-Type": "application/json"})
    reply = json.loads(urllib.request.urlopen(request, timeout=120).read())
    return reply["choices"][0]["message"]["content"], reply.get("millrace", {}).get("tier", role)


def threshold(millrace, share):
    printed = subprocess.run(millrace + ["calibrate", "--precision", EDGE, "--share-at-edge", str(share),
                                         "--prompts", str(HOME / "loadtest/edge/prompts.jsonl")],
                             check=True, capture_output=True, text=True).stdout
    return re.search(r"edge.min-log-prob=(\S+)", printed).group(1)


def alike(answers, others):
    """How many are the same to the last character, and the mean share of characters before the first that is not."""
    shares = [len(os.path.commonprefix([a, b])) / max(len(a), len(b), 1) for a, b in zip(answers, others)]
    mean = sum(shares) / len(shares) if shares else 0
    return f"{sum(share == 1 for share in shares)} of {len(shares)} the same, {mean:.0%} of the text before they part"


def main():
    lines = (HOME / "loadtest/edge/prompts.jsonl").read_text().splitlines()[::2]  # every second: simple and hard in the same parts
    prompts = [json.loads(line) | {"max_tokens": TOKENS} for line in lines]
    millrace = os.environ.get("MILLRACE", str(HOME / "millrace")).split()
    keys = tempfile.mkdtemp()
    subprocess.run(millrace + ["cluster-keys", "--folder", keys, "center=127.0.0.1", "edge=127.0.0.1"], check=True,
                   stdout=subprocess.DEVNULL)
    processes = [start("center", keys, f"precision={CENTER}", "threads=1")]
    try:
        centers = [answer("center", prompt)[0] for prompt in prompts]
        for share in SHARES:
            least = threshold(millrace, share)
            edge = start("edge", keys, f"precision={EDGE}", "threads=1", "edge.policy=confidence", f"edge.min-log-prob={least}")
            processes.append(edge)
            wait(lambda: metric("millrace_edge_center_up") == 1)
            answers = [answer("edge", prompt) for prompt in prompts]
            print(f"wanted {share:.0%}, edge.min-log-prob {least}")
            for tier in ("edge", "center"):
                those = [(text, center) for (text, by), center in zip(answers, centers) if by == tier]
                print(f"  by the {tier}: {len(those)} of {len(prompts)}; against the center alone: "
                      f"{alike([text for text, _ in those], [center for _, center in those])}", flush=True)
            edge.send_signal(signal.SIGKILL)
            edge.wait()
        never = start("edge", keys, f"precision={EDGE}", "threads=1", "edge.policy=never")
        processes.append(never)
        print(f"the edge's own answers to all: {alike([answer('edge', prompt)[0] for prompt in prompts], centers)}")
    finally:
        for process in processes:
            process.kill()


if __name__ == "__main__":
    main()
