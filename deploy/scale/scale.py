#!/usr/bin/env python3
"""Starts and stops nodes as Alertmanager says: the receiver of deploy/prometheus/alertmanager.yml.

A node is named by its port: millrace@8083 serves HTTP on 8083/tcp and QUIC on 8083/udp. An alert labelled scale=out starts
the lowest free port, waits until the node is ready, and only then gives it traffic; scale=in takes the highest one out of
traffic and then stops it, which drains it. One step at a time; Alertmanager's repeat_interval is the pause between two.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY = 1 << 20
READY_SECONDS = 120


def decide(scales, running, ports, least):
    """What to do: ("start", port), ("stop", port) or None. More load wins over less.

    scales: the "scale" labels of the firing alerts; running: ports in use; ports: all that may be; least: nodes that stay.
    """
    free = [port for port in ports if port not in running]
    if "out" in scales:
        return ("start", min(free)) if free else None
    if "in" in scales and len(running) > least:
        return ("stop", max(running))
    return None


def firing(message):
    """The "scale" labels of an Alertmanager webhook message (version 4) that fire."""
    return {alert["labels"].get("scale") for alert in message["alerts"] if alert["status"] == "firing"} - {None}


def replace(path, text):
    """Readers see the old file or the new one, never half of one."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


class Scaler:
    def __init__(self, options):
        self.options = options
        self.running = set(options.running)
        self.busy = threading.Lock()

    def handle(self, message):
        """Does at most one step; a message that comes during one is dropped, as Alertmanager repeats what still holds."""
        if not self.busy.acquire(blocking=False):
            return
        try:
            step = decide(firing(message), self.running, self.options.ports, self.options.least)
            if step:
                log(*step)
                getattr(self, step[0])(step[1])
                log(*step, "done")
        finally:
            self.busy.release()

    def start(self, port):
        self.run(self.options.start, port)
        if not self.ready(port):
            log("start", port, "not ready after", READY_SECONDS, "s; stopped again")
            self.run(self.options.stop, port)
            return
        self.running.add(port)
        self.publish()

    def stop(self, port):
        self.running.remove(port)
        self.publish()
        self.run(self.options.stop, port)

    def publish(self):
        """Tells nginx and Prometheus who serves."""
        host = self.options.host
        replace(self.options.upstream, "".join(f"server {host}:{port};\n" for port in sorted(self.running)))
        replace(self.options.targets, json.dumps([{"targets": [f"{host}:{port}" for port in sorted(self.running)]}]))
        self.run(self.options.reload, "")

    def ready(self, port):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://{self.options.host}:{port}/health/ready", timeout=2):
                    return True
            except OSError:
                time.sleep(0.2)
        return False

    @staticmethod
    def run(command, port):
        subprocess.run(shlex.split(command.replace("{port}", str(port))), check=True, stdin=subprocess.DEVNULL)


def handler(scaler):
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            try:
                message = json.loads(self.rfile.read(min(length, MAX_BODY)))
                firing(message)
            except (ValueError, KeyError, TypeError, AttributeError):
                self.send_error(400, "not a message of Alertmanager's webhook")
                return
            # The step takes longer than Alertmanager waits for an answer.
            threading.Thread(target=scaler.handle, args=(message,)).start()
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Receiver


def log(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def ports(text):
    first, last = text.split("-")
    return range(int(first), int(last) + 1)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", type=int, default=9099, help="port of the webhook, on loopback")
    parser.add_argument("--host", default="127.0.0.1", help="address of the nodes")
    parser.add_argument("--ports", type=ports, default=ports("8081-8088"), help="what nodes may have; their number is the most")
    parser.add_argument("--running", type=int, nargs="+", default=[8081, 8082], help="ports of the nodes there are")
    parser.add_argument("--least", type=int, default=2, help="nodes that always stay")
    parser.add_argument("--upstream", default="/etc/nginx/millrace-upstream.conf")
    parser.add_argument("--targets", default="/etc/prometheus/nodes.json")
    parser.add_argument("--start", default="systemctl start millrace@{port}")
    parser.add_argument("--stop", default="systemctl stop --no-block millrace@{port}")
    parser.add_argument("--reload", default="nginx -s reload")
    return parser.parse_args()


if __name__ == "__main__":
    scaler = Scaler(options())
    ThreadingHTTPServer(("127.0.0.1", scaler.options.listen), handler(scaler)).serve_forever()
