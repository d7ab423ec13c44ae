#!/usr/bin/env python3
"""Sends a bounded, counted load and tells who answered.

One JSON line a second while it runs, and a last line with the totals:
  {"second": 3, "answers": {"vm-v0": 40, "k8s-v1": 10}, "failed": 0}
  {"total": 500, "answered": 500, "failed": 0, "answers": {"vm-v0": 400, "k8s-v1": 100},
   "failures": [{"at": 1795432472.5, "second": 3, "reason": "HTTP 503 ..."}], "seconds": [...]}

An answer counts for the workload that its text names: its first line, cut at 60 characters. A request that
ends in an error, in a time-out or in another status than 200 is failed; nothing is tried twice. Failed
requests are a result, not an error: the exit code is 0. SIGTERM ends it early, with the totals so far.

  load --seconds 20 --rate 50 http://analytics:8080/
  load --requests 200 --connections 4 http://analytics:8082/
  load --seconds 10 tcp://analytics:8083
  load --seconds 10 --host analytics.corp.example http://10.90.0.2:8080/
"""
import argparse
import collections
import http.client
import json
import signal
import socket
import threading
import time
import urllib.parse

FAILURES_KEPT = 200


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="http://HOST:PORT/PATH or tcp://HOST:PORT")
    parser.add_argument("--seconds", type=float, default=10, help="how long, at most (default 10, at most 900)")
    parser.add_argument("--requests", type=int, default=100_000, help="how many, at most (default and limit 100000)")
    parser.add_argument("--rate", type=float, default=50, help="requests a second over all connections (default 50)")
    parser.add_argument("--connections", type=int, default=6, help="how many side by side (default 6, at most 64)")
    parser.add_argument("--host", help="Host header, where it is not the URL's")
    parser.add_argument("--timeout", type=float, default=5, help="seconds until a request has failed (default 5)")
    parser.add_argument("--new-connections", action="store_true", help="a new connection for every request")
    given = parser.parse_args()
    given.seconds = min(given.seconds, 900)
    given.requests = min(given.requests, 100_000)
    given.connections = max(1, min(given.connections, 64))
    given.parsed = urllib.parse.urlsplit(given.url)
    if given.parsed.scheme not in ("http", "tcp") or not given.parsed.hostname:
        parser.error(f"{given.url}: neither http://HOST:PORT/PATH nor tcp://HOST:PORT")
    if given.parsed.scheme == "tcp" and not given.parsed.port:
        parser.error(f"{given.url}: tcp needs a port")
    return given


class Failed(Exception):
    pass


class HttpCaller:
    def __init__(self, given):
        url = given.parsed
        self.connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=given.timeout)
        self.path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self.headers = {"Host": given.host} if given.host else {}

    def ask(self):
        self.connection.request("GET", self.path, headers=self.headers)
        response = self.connection.getresponse()
        body = response.read().decode(errors="replace").strip()
        if response.status != 200:
            raise Failed(f"HTTP {response.status} {body[:120]}".strip())
        return body

    def close(self):
        self.connection.close()


class TcpCaller:
    def __init__(self, given):
        address = (given.parsed.hostname, given.parsed.port)
        self.socket = socket.create_connection(address, timeout=given.timeout)
        self.file = self.socket.makefile("rb")

    def ask(self):
        self.socket.sendall(b"who\n")
        line = self.file.readline()
        if not line:
            raise Failed("connection closed")
        return line.decode(errors="replace").strip()

    def close(self):
        self.socket.close()


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.start = time.time()
        self.answers = collections.Counter()
        self.failed = 0
        self.failures = []
        self.seconds = {}

    def bucket(self):
        second = int(time.time() - self.start)
        return self.seconds.setdefault(second, {"second": second, "answers": collections.Counter(), "failed": 0})

    def answered(self, who):
        with self.lock:
            self.answers[who] += 1
            self.bucket()["answers"][who] += 1

    def failure(self, reason):
        with self.lock:
            self.failed += 1
            bucket = self.bucket()
            bucket["failed"] += 1
            if len(self.failures) < FAILURES_KEPT:
                self.failures.append({"at": round(time.time(), 3), "second": bucket["second"], "reason": reason})

    def totals(self):
        answered = sum(self.answers.values())
        return {
            "total": answered + self.failed,
            "answered": answered,
            "failed": self.failed,
            "answers": self.answers,
            "failures": self.failures,
            "started": round(self.start, 3),
            "seconds": [self.seconds[key] for key in sorted(self.seconds)],
        }


class Pace:
    """Hands out the moments at which requests are due, evenly spread, until the time or the number is up."""

    def __init__(self, given):
        self.lock = threading.Lock()
        self.start = time.monotonic()
        self.gap = 1 / given.rate
        self.end = self.start + given.seconds
        self.left = given.requests
        self.next = self.start

    def wait(self):
        with self.lock:
            due = max(self.next, time.monotonic() - 1)  # after a stall, at most one second is caught up
            # half a gap early: sums of gaps are not exact, and the last one would be due at the very end
            if self.left == 0 or due > self.end - self.gap / 2 or time.monotonic() >= self.end:
                return False
            self.left -= 1
            self.next = due + self.gap
        time.sleep(max(0, due - time.monotonic()))
        return True

    def stop(self, *_):
        self.left = 0


def call(given, pace, tally):
    caller = None
    while pace.wait():
        try:
            if caller is None:
                caller = (HttpCaller if given.parsed.scheme == "http" else TcpCaller)(given)
            tally.answered((caller.ask().splitlines() or [""])[0][:60])
            keep = not given.new_connections
        except Failed as error:
            tally.failure(str(error))
            keep = given.parsed.scheme == "http"
        except (OSError, http.client.HTTPException) as error:
            tally.failure(f"{type(error).__name__}: {error}".rstrip(": "))
            keep = False
        if caller is not None and not keep:
            caller.close()
            caller = None


def main():
    given = arguments()
    tally, pace = Tally(), Pace(given)
    signal.signal(signal.SIGTERM, pace.stop)  # no more requests: what is under way is still counted
    threads = [threading.Thread(target=call, args=(given, pace, tally)) for _ in range(given.connections)]
    for thread in threads:
        thread.start()
    second = 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(max(0.0, min(0.1, tally.start + second + 1 - time.time())))
        if time.time() >= tally.start + second + 1:
            with tally.lock:
                line = tally.seconds.get(second) or {"second": second, "answers": {}, "failed": 0}
                print(json.dumps(line), flush=True)
            second += 1
    print(json.dumps(tally.totals()), flush=True)


main()
