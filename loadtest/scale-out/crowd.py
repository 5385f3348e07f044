"""Clients that come at random, whether those before them have been answered or not: an open loop of HTTP streams."""
import http.client
import json
import random
import threading
import time


class Crowd(threading.Thread):
    """Asks until `rate` (requests a second) is None. Results are (asked at, seconds to the first token or None, why it failed)."""

    def __init__(self, port, seed, max_tokens):
        super().__init__(daemon=True)
        self.port = port
        self.random = random.Random(seed)
        self.body = json.dumps({"model": "smollm2", "prompt": "hard line tool special species future natural plant",
                                "max_tokens": max_tokens, "stream": True})
        self.rate = 0.1
        self.results = []       # appended to by the requests' threads, read at any time
        self.open = 0

    def run(self):
        requests = []
        while self.rate is not None:
            requests.append(threading.Thread(target=self.ask, daemon=True))
            requests[-1].start()
            time.sleep(self.random.expovariate(self.rate))
        for request in requests:
            request.join(60)

    def ask(self):
        asked = time.time()
        first = failed = None
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("POST", "/v1/completions", self.body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            lines = [line for line in self.lines(response)]
            first = lines[0][0] - asked if lines else None
            if response.status != 200 or not lines or lines[-1][1] != b"data: [DONE]" or any(b'"error"' in line for _, line in lines):
                failed = f"{response.status} {lines[-1][1].decode() if lines else ''}"
        except OSError as e:
            failed = repr(e)
        self.results.append((asked, first, failed))

    @staticmethod
    def lines(response):
        """Lines with data, and when they came."""
        for line in response:
            if line.strip() and not line.startswith(b"id:"):
                yield time.time(), line.strip()
