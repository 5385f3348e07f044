"""python3 -m unittest scale_test"""
import argparse
import json
import os
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import scale


def message(*labels, status="firing"):
    return {"alerts": [{"status": status, "labels": {"scale": label}} for label in labels]}


class Decisions(unittest.TestCase):
    def test_load_starts_the_lowest_free_port(self):
        self.assertEqual(("start", 82), scale.decide({"out"}, {81, 83}, range(81, 85), 2))

    def test_nothing_starts_beyond_the_last_port(self):
        self.assertIsNone(scale.decide({"out"}, {81, 82}, range(81, 83), 1))

    def test_idleness_stops_the_highest_port_down_to_the_least(self):
        self.assertEqual(("stop", 83), scale.decide({"in"}, {81, 82, 83}, range(81, 85), 2))
        self.assertIsNone(scale.decide({"in"}, {81, 82}, range(81, 85), 2))

    def test_load_wins_over_idleness(self):
        self.assertEqual(("start", 84), scale.decide({"in", "out"}, {81, 82, 83}, range(81, 85), 2))

    def test_only_alerts_that_fire_and_have_the_label_count(self):
        self.assertEqual({"out"}, scale.firing(message("out")))
        self.assertEqual(set(), scale.firing(message("out", status="resolved")))
        self.assertEqual(set(), scale.firing({"alerts": [{"status": "firing", "labels": {}}]}))


class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Steps(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.node = ThreadingHTTPServer(("127.0.0.1", 0), Ready)
        threading.Thread(target=self.node.serve_forever).start()
        self.port = self.node.server_address[1]
        self.journal = self.path("journal")
        command = "sh -c 'echo {0} {{port}} >> " + self.journal + "'"
        self.scaler = scale.Scaler(argparse.Namespace(
            host="127.0.0.1", ports=[self.port, self.port + 1], running=[self.port + 1], least=1,
            upstream=self.path("upstream.conf"), targets=self.path("nodes.json"),
            start=command.format("start"), stop=command.format("stop"), reload=command.format("reload")))

    def tearDown(self):
        self.node.shutdown()
        self.node.server_close()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def read(self, path):
        with open(path) as file:
            return file.read()

    def test_a_node_gets_traffic_once_it_is_ready_and_loses_it_before_it_stops(self):
        self.scaler.handle(message("out"))
        self.assertEqual(f"start {self.port}\nreload\n", self.read(self.journal))
        self.assertEqual(f"server 127.0.0.1:{self.port};\nserver 127.0.0.1:{self.port + 1};\n",
                         self.read(self.path("upstream.conf")))
        self.scaler.handle(message("in"))
        self.assertEqual(f"start {self.port}\nreload\nreload\nstop {self.port + 1}\n", self.read(self.journal))
        self.assertEqual([{"targets": [f"127.0.0.1:{self.port}"]}], json.loads(self.read(self.path("nodes.json"))))

    def test_what_is_no_alert_is_refused(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), scale.handler(self.scaler))
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
        for body in (b"x", b"[]", b'{"alerts": [1]}'):
            with self.assertRaises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(url, body)
            self.assertEqual(400, refusal.exception.code)
            refusal.exception.close()
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    unittest.main()
