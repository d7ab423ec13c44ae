"""Callers with a cookie jar each, who tell which side answered them.

Reads a command a line: `open N` adds N callers, `ask` has each of them ask twice. Prints a JSON line for each:
  {"callers": 1000, "sides": {"vm": 903, "pods": 97}, "new": {"vm": 903, "pods": 97}, "changed": 0, "failed": 0}
`new` counts the side of those who had none, `changed` those who were answered by another side than the time before.
"""
import collections
import concurrent.futures
import http.cookiejar
import json
import sys
import urllib.request

URL = sys.argv[1]


class Caller:
    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.side = None

    def ask(self):
        try:
            with self.opener.open(URL, timeout=5) as answer:
                side = answer.read().decode().strip()
        except OSError:
            return None, False
        before, self.side = self.side, side
        return side, before is not None and before != side


callers = []
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for line in sys.stdin:
        command, *count = line.split()
        if command == "open":
            callers += [Caller() for _ in range(int(count[0]))]
        seen = {"callers": len(callers), "sides": collections.Counter(), "new": collections.Counter(), "changed": 0, "failed": 0}
        if command == "ask":
            for turn in range(2):
                fresh = [caller.side is None for caller in callers]
                for is_new, (side, changed) in zip(fresh, pool.map(Caller.ask, callers)):
                    seen["failed"] += side is None
                    seen["changed"] += changed
                    seen["sides"][side] += turn
                    seen["new"][side] += is_new
        print(json.dumps(seen, default=dict), flush=True)
