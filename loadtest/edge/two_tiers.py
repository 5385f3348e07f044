#!/usr/bin/env python3
"""An edge and a center as two processes on loopback, with the synthetic runner: what escalation costs, what a policy keeps and
saves on the link, and how a killed center is missed and found again. Prints a table's rows; see README.md."""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
STEP = "5,0.5,0.1"  # milliseconds: a step, a row, a prompt token
PORTS = {"center": 8191, "edge": 8192, "link": 8193}


def start(role, keys, *settings):
    java = os.environ.get("MILLRACE", str(HOME / "millrace")).split()
    command = java + ["serve", "--role", role, "--port", str(PORTS[role]), "--quic-port", "0",
                      "--set", f"edge.certificate={keys}/{role}.pem", "--set", f"edge.key={keys}/{role}-key.pem",
                      "--set", f"edge.ca={keys}/ca.pem", "--set", f"edge.port={PORTS['link']}"]
    if role == "edge":
        command += ["--center", f"127.0.0.1:{PORTS['link']}"]
    for setting in settings:
        command += ["--set", setting]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(lambda: get(role, "/health/ready") is not None)
    return process


def get(role, path):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{PORTS[role]}{path}", timeout=5).read().decode()
    except OSError:
        return None


def wait(condition):
    deadline = time.monotonic() + 180
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("it took more than three minutes")
        time.sleep(0.02)


def metric(name):
    """Sum over all series of the name, by the edge's account."""
    lines = (get("edge", "/metrics") or "").splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)


def ask(role, body):
    """Seconds to the first text, the tier that answered, and whether it ended well."""
    request = urllib.request.Request(f"http://127.0.0.1:{PORTS[role]}/v1/chat/completions",
                                     json.dumps(body | {"stream": True}).encode(), {"Content-Type": "application/json"})
    begun, first, tier, done = time.monotonic(), None, "", False
    for line in urllib.request.urlopen(request, timeout=120):
        if not line.startswith(b"data: "):
            continue
        if line.strip() == b"data: [DONE]":
            done = True
            continue
        chunk = json.loads(line[6:])
        tier = chunk.get("millrace", {}).get("tier", tier)
        if first is None and chunk.get("choices") and chunk["choices"][0]["delta"].get("content"):
            first = time.monotonic() - begun
    return first, tier, done


def escalation(count):
    """The same request of the center itself and through the edge, in turns."""
    body = {"messages": [{"role": "user", "content": "Why is the sky blue?"}], "max_tokens": 8}
    times = {"center": [], "edge": []}
    for _ in range(count + 20):
        for role in times:
            times[role].append(ask(role, body)[0] * 1000)
    for role, values in times.items():
        values = sorted(values[20:])
        print(f"TTFT {role}: p50 {statistics.median(values):.1f} ms, p90 {values[len(values) * 9 // 10]:.1f} ms, {count} requests")


def policy(name, prompts):
    before = metric("millrace_edge_link_bytes_total")
    tiers = [ask("edge", prompt)[1] for prompt in prompts]
    sent = metric("millrace_edge_link_bytes_total") - before
    print(f"policy {name}: {tiers.count('edge')} of {len(tiers)} at the edge, {sent:.0f} bytes on the link")


def killed(center, keys):
    body = {"messages": [{"role": "user", "content": "Why is the sky blue?"}], "max_tokens": 400}
    ended = []
    crowd = [threading.Thread(target=lambda: ended.append(ask("edge", body)[1:])) for _ in range(20)]
    for thread in crowd:
        thread.start()
    seen = metric("millrace_tokens_output_total")
    wait(lambda: metric("millrace_tokens_output_total") > seen + 200)
    center.send_signal(signal.SIGKILL)
    for thread in crowd:
        thread.join()
    print(f"center killed: {sum(done for _, done in ended)} of {len(crowd)} ended well, "
          f"{sum(tier == 'center_then_edge' for tier, _ in ended)} of them begun by the center")
    again = start("center", keys)
    ready = time.monotonic()
    wait(lambda: metric("millrace_edge_center_up") == 1)
    print(f"center ready again: used after {time.monotonic() - ready:.1f} s")
    return again


def main():
    prompts = [json.loads(line) for line in (HOME / "loadtest/edge/prompts.jsonl").read_text().splitlines()]
    keys = tempfile.mkdtemp()
    java = os.environ.get("MILLRACE", str(HOME / "millrace")).split()
    subprocess.run(java + ["cluster-keys", "--folder", keys, "center=127.0.0.1", "edge=127.0.0.1"], check=True,
                   stdout=subprocess.DEVNULL)
    os.environ["MILLRACE_JAVA_OPTS"] = f"-Dmillrace.synthetic={STEP}"
    processes = [start("center", keys)]
    try:
        for name, settings in {
            "always": ["edge.policy=always"],
            "rules": ["edge.policy=rules", "edge.max-answer-tokens=100", "edge.keywords=prove,derive,step by step,debug"],
        }.items():
            edge = start("edge", keys, *settings)
            processes.append(edge)
            wait(lambda: metric("millrace_edge_center_up") == 1)
            policy(name, prompts)
            if name == "always":
                escalation(200)
                processes.append(killed(processes[0], keys))
            edge.send_signal(signal.SIGKILL)
            edge.wait()
    finally:
        for process in processes:
            process.kill()


if __name__ == "__main__":
    main()
