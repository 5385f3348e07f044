#!/usr/bin/env python3
"""Scaling out at 80% and back, whole: two nodes of a cluster, nginx before them, Prometheus, Alertmanager and deploy/scale as
deploy/ has them, and a crowd that grows and goes. Prints a timeline. As root, after
`mvn -DskipTests package`; Debian's prometheus, prometheus-alertmanager, nginx-light and libnginx-mod-stream; 5 to 10 minutes.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from crowd import Crowd

HERE = os.path.dirname(os.path.abspath(__file__))
DEPLOY = os.path.normpath(os.path.join(HERE, "../../deploy"))
NODES = [8081, 8082, 8083]
STOP_SECONDS = 45           # longer than a node's drain
FRONT, PROMETHEUS, ALERTS, WEBHOOK = 8088, 9090, 9093, 9099


def get(url):
    """The answer's text, or None where nobody answers well."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.read().decode()
    except (OSError, urllib.error.URLError):
        return None


def free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Watch:
    """What each second shows. Events are printed once, when they are first seen."""

    def __init__(self, crowd):
        self.crowd = crowd
        self.begin = time.time()
        self.seen = {}

    def event(self, name, happened):
        if happened and name not in self.seen:
            self.seen[name] = time.time() - self.begin
            print(f"{self.seen[name]:6.0f} s  {name}", flush=True)

    def cpu(self):
        answer = get(f"http://127.0.0.1:{PROMETHEUS}/api/v1/query?query=" + urllib.parse.quote("instance:millrace_cpu:ratio"))
        samples = json.loads(answer)["data"]["result"] if answer else []
        return {sample["metric"]["instance"][-4:]: round(float(sample["value"][1]), 2) for sample in samples}

    def firing(self):
        answer = get(f"http://127.0.0.1:{PROMETHEUS}/api/v1/alerts")
        alerts = json.loads(answer)["data"]["alerts"] if answer else []
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def look(self):
        for alert in self.firing():
            self.event(f"{alert} fires", True)
        third = get(f"http://127.0.0.1:{NODES[2]}/metrics")
        self.event("the third node answers", third)
        self.event("the third node is ready", third and "\nmillrace_ready 1" in third)
        self.event("the third node computes", third and steps(third) > 0)
        if "the third node is ready" in self.seen and not third:
            self.event("the third node has ended", True)

    def until(self, done, seconds):
        """Looks each second until done, or for so long; every tenth second it prints what it sees."""
        deadline = time.time() + seconds
        while time.time() < deadline and not done():
            self.look()
            if int(time.time() - self.begin) % 10 == 0:
                print(f"{time.time() - self.begin:6.0f} s  CPU {self.cpu()}  {self.answers(10)}", flush=True)
            time.sleep(1)
        return done()

    def answers(self, seconds):
        recent = [result for result in self.crowd.results if result[0] > time.time() - seconds]
        waits = [first for _, first, failed in recent if not failed]
        middle = f"{statistics.median(waits):.2f} s" if waits else "none"
        failed = len(recent) - len(waits)
        return f"asked and answered in the last {seconds} s: {len(waits)}, failed {failed}, median time to first token {middle}"


def steps(metrics):
    return sum(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith("millrace_step_time_seconds_count"))


class Stage:
    """The processes, and the folder they work in."""

    def __init__(self, work, options):
        self.work = work
        self.environment = {**os.environ, "WORK": work, "CORES": str(options.cores), "STEP": options.step}
        self.started = []

    def write(self, name, text):
        with open(os.path.join(self.work, name), "w") as file:
            file.write(text)

    def start(self, name, *command):
        with open(os.path.join(self.work, name + ".log"), "w") as log:
            self.started.append(subprocess.Popen(command, stdout=log, stderr=log, env=self.environment, cwd=self.work))

    def node(self, what, port):
        subprocess.run([os.path.join(HERE, "node.sh"), what, str(port)], check=True, env=self.environment)

    def configure(self):
        subprocess.run([os.path.join(HERE, "../../millrace"), "cluster-keys", "--folder", os.path.join(self.work, "keys"),
                        *(f"node-{port}=127.0.0.1" for port in NODES)], check=True, stdout=subprocess.DEVNULL)
        peers = ",".join(f"127.0.0.1:{port + 1000}" for port in NODES)
        self.write("cluster.yaml", f"host: 127.0.0.1\nbus-port: 0\npeer-port: 0\npeers: {peers}\nca: keys/ca.pem\n")
        for name in ("prometheus.yml", "rules.yml", "nodes.json", "alertmanager.yml"):
            shutil.copy(os.path.join(DEPLOY, "prometheus", name), self.work)
        os.mkdir(os.path.join(self.work, "tmp"))
        with open(os.path.join(DEPLOY, "nginx/nginx.conf")) as file:
            self.write("nginx.conf", "user root;\n" + file.read())
        self.write("modules.conf", "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n")
        self.write("listen-http.conf", f"listen 127.0.0.1:{FRONT};\n")
        self.write("listen-quic.conf", f"listen 127.0.0.1:{FRONT} udp;\n")
        self.write("millrace-upstream.conf", "".join(f"server 127.0.0.1:{port};\n" for port in NODES[:2]))
        os.symlink("millrace-upstream.conf", os.path.join(self.work, "millrace-upstream-quic.conf"))

    def start_all(self):
        for port in NODES[:2]:
            self.node("start", port)
        nginx = f"/usr/sbin/nginx -p {self.work} -c {self.work}/nginx.conf"
        self.start("nginx", *nginx.split(), "-g", "daemon off;")
        self.start("prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                   f"--web.listen-address=127.0.0.1:{PROMETHEUS}")
        self.start("alertmanager", "prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=alerts",
                   f"--web.listen-address=127.0.0.1:{ALERTS}", "--cluster.listen-address=")
        node = os.path.join(HERE, "node.sh")
        self.start("scale", sys.executable, os.path.join(DEPLOY, "scale/scale.py"), "--listen", str(WEBHOOK),
                   "--ports", f"{NODES[0]}-{NODES[-1]}", "--upstream", f"{self.work}/millrace-upstream.conf",
                   "--targets", f"{self.work}/nodes.json", "--start", node + " start {port}", "--stop", node + " stop {port}",
                   "--reload", nginx + " -s reload")

    def stop_all(self):
        for process in self.started:
            process.terminate()
        nodes = [port for port in NODES if os.path.exists(os.path.join(self.work, f"node-{port}.pid"))]
        for port in nodes:
            subprocess.run([os.path.join(HERE, "node.sh"), "stop", str(port)], env=self.environment, stderr=subprocess.DEVNULL)
        deadline = time.time() + STOP_SECONDS
        for group in (self.read(f"node-{port}.group") for port in nodes):
            while self.members(group) and time.time() < deadline:
                time.sleep(0.1)
            if not self.members(group):
                os.rmdir(group)

    def read(self, name):
        with open(os.path.join(self.work, name)) as file:
            return file.read().strip()

    @staticmethod
    def members(group):
        with open(os.path.join(group, "cgroup.procs")) as file:
            return file.read().split()


def play(stage, crowd, options):
    """The whole course; says whether it went as it should."""
    watch = Watch(crowd)
    ready = lambda: all(get(f"http://127.0.0.1:{port}/health/ready") is not None for port in NODES[:2])
    if not watch.until(ready, 180):
        return False
    watch.event("two nodes are ready", True)
    crowd.start()
    watch.until(lambda: False, 20)
    crowd.rate = options.rate
    watch.event(f"the crowd asks {options.rate} times a second", True)
    if not watch.until(lambda: "the third node computes" in watch.seen, 240):
        return False
    watch.until(lambda: False, 60)
    crowd.rate = options.quiet_rate
    watch.event(f"the crowd asks {options.quiet_rate} times a second", True)
    ended = watch.until(lambda: "the third node has ended" in watch.seen, 300)
    crowd.rate = None
    crowd.join(90)
    failed = [result for result in crowd.results if result[2]]
    print(f"{len(crowd.results)} requests, {len(failed)} failed {failed[:3]}")
    took = watch.seen["the third node computes"] - watch.seen["MillraceCpuHigh fires"]
    print(f"from the alert to traffic on the third node: {took:.0f} s")
    return ended and not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=float, default=0.5, help="of each node (default 0.5)")
    parser.add_argument("--step", default="5,10,1,0.6", help="what steps of the synthetic model take, in ms, and CPU's share")
    parser.add_argument("--rate", type=float, default=2.5, help="requests a second that two nodes cannot bear for long")
    parser.add_argument("--quiet-rate", type=float, default=0.3, help="and that they can, with ease")
    parser.add_argument("--max-tokens", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    taken = [port for port in [*NODES, FRONT, PROMETHEUS, ALERTS, WEBHOOK] if not free(port)]
    if taken:
        sys.exit(f"scale_out: somebody listens on {taken} already")
    work = tempfile.mkdtemp(prefix="scale-out-")
    print(f"logs are in {work}")
    stage = Stage(work, options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        stage.configure()
        stage.start_all()
        return 0 if play(stage, Crowd(FRONT, options.seed, options.max_tokens), options) else 1
    finally:
        stage.stop_all()


if __name__ == "__main__":
    sys.exit(main())
