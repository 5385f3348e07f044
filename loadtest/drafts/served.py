#!/usr/bin/env python3
"""What prompt lookup gains a served stream: starts a node without and a node with it for each precision, on free ports of
loopback, asks both the prompts of lookup.py in turns, and stops them, whatever happens.

    loadtest/drafts/served.py --precisions auto,w8a8 --rounds 5

Prints a Markdown table for each precision: by prompt, and as a geometric mean, tokens a second without and with drafts.
"""
import argparse
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from lookup import PROMPTS, ask, in_turns

HOME = Path(__file__).resolve().parents[2]
DRAFTS = 7  # limits.draft-tokens of the node that drafts, unless --draft-tokens says otherwise
START_SECONDS = 600  # a first start builds Millrace and derives weights


class Node:
    """A node of its own process group, from its ready line to the end of the with statement."""

    def __init__(self, precision, drafts):
        command = os.environ.get("MILLRACE", str(HOME / "millrace")).split()
        command += ["serve", "--port", "0", "--quic-port", "0", "--precision", precision]
        command += ["--set", f"limits.draft-tokens={drafts}"]
        self.output = tempfile.TemporaryFile(mode="w+")
        # Ctrl-C is for this script alone, which then stops its nodes; the group takes a build along.
        self.process = subprocess.Popen(command, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        self.url = None

    def __enter__(self):
        try:
            self.url = self.ready()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.output.close()

    def ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            ended = self.process.poll() is not None
            self.output.seek(0)
            printed = self.output.read()
            if re.search(r"^(\x1b\[[0-9;]*m)*ready", printed, re.MULTILINE):
                return re.search(r"^(http://\S+)/v1\s", printed, re.MULTILINE).group(1)
            if ended or time.monotonic() > deadline:
                sys.exit(f"a node did not start:\n{printed}")
            time.sleep(0.1)

    def metric(self, name):
        """Sum over all series of the name."""
        lines = urllib.request.urlopen(self.url + "/metrics", timeout=30).read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.split("[{ ]", line)[0] == name)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def compare(precision, options):
    with ExitStack() as stack:
        plain, drafting = [stack.enter_context(Node(precision, drafts)) for drafts in (0, options.draft_tokens)]
        for node in (plain, drafting):
            ask(node.url, "Hello", 0, 16)
        print(f"\n**{precision}**\n\n| temperature | prompt | tokens/s without | with | times | same text |\n|---|---|---|---|---|---|")
        for temperature in map(float, options.temperatures.split(",")):
            rows = []
            for name, prompt in PROMPTS.items():
                urls = [plain.url, drafting.url]
                (without, with_drafts), same = in_turns(urls, prompt, temperature, options.tokens, options.rounds)
                print(row(temperature, name, without, with_drafts, "yes" if same else "no"), flush=True)
                rows.append((without, with_drafts, same))
            means = [geometric_mean([each[column] for each in rows]) for column in (0, 1)]
            alike = f"{sum(same for _, _, same in rows)} of {len(rows)}"
            print(row(temperature, "geometric mean", *means, alike), flush=True)
        drafted, right = map(drafting.metric, ("millrace_drafted_tokens_total", "millrace_accepted_tokens_total"))
        print(f"\n{drafted:.0f} tokens drafted, {right:.0f} of them right.")


def row(temperature, name, without, with_drafts, same):
    return f"| {temperature} | {name} | {without:.1f} | {with_drafts:.1f} | {with_drafts / without:.2f} | {same} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precisions", default="auto")
    parser.add_argument("--rounds", type=int, default=3, help="answers of each node to each prompt; the median counts")
    parser.add_argument("--tokens", type=int, default=192, help="most tokens of an answer")
    parser.add_argument("--temperatures", default="0,0.7")
    parser.add_argument("--draft-tokens", type=int, default=DRAFTS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    print(f"Rounds: {options.rounds}. Load average {os.getloadavg()[0]:.1f} at the beginning", end="")
    print(f", {os.cpu_count()} CPUs.", flush=True)
    for precision in options.precisions.split(","):
        compare(precision, options)
    print(f"\nLoad average {os.getloadavg()[0]:.1f} at the end.")


if __name__ == "__main__":
    main()
