"""Load by wrk: what one peer does with one kind of request for a few seconds."""

import json
import os
import subprocess
import sys
import threading
import time

from harness import machine

ERRORS = ("connect", "read", "write", "status", "timeout")


def write_requests(file, path, items, unique):
    """The Lua file that load.lua reads."""
    quoted = lambda text: f"[==[{text}]==]"
    rows = ",\n".join(f"{{token={quoted(token)},body={quoted(body)}}}" for token, body, _ in items)
    with open(file, "w") as out:
        out.write(f"return {{path={quoted(path)},unique={str(unique).lower()},items={{{rows}}}}}")


class Highest(threading.Thread):
    """The most memory that a process holds while it is watched."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.mb, self.done = pid, 0, threading.Event()

    def run(self):
        while not self.done.wait(0.5):
            self.mb = max(self.mb, machine.rss(self.pid))


def run(peer, postgres, requests, connections, seconds):
    """Requests per second, latencies, CPU per request of server and database, memory, errors."""
    pid, memory = peer.process.pid, Highest(peer.process.pid)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", f"{here}/load.lua",
               f"http://127.0.0.1:{peer.port}"]
    env = {**os.environ, "REQUESTS": requests, "PREFIX": str(time.time_ns())}
    memory.start()
    server, database, (worked, _), own = machine.cpu(pid), machine.cpu(postgres.pid), machine.busy(), os.times()
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    server, database = machine.cpu(pid) - server, machine.cpu(postgres.pid) - database
    after, total = machine.busy()
    spent = os.times()
    memory.done.set()
    memory.join()
    if "@@" not in ran.stdout:
        sys.exit(f"wrk: {ran.stdout}{ran.stderr}")
    result = json.loads(ran.stdout.split("@@")[-1])
    count, elapsed = result["requests"], result["micros"] / 1e6
    load = spent.children_user + spent.children_system - own.children_user - own.children_system
    others = max(0, after - worked - server - database - load) / (elapsed * (os.cpu_count() or 1))
    return {
        "count": count,
        "rate": count / elapsed,
        "p50": result["p50"] / 1000,
        "p99": result["p99"] / 1000,
        "server": server / max(count, 1) * 1e6,
        "database": database / max(count, 1) * 1e6,
        "rss": memory.mb,
        "bytes": result["bytes"] / max(count, 1),
        "others": others,
        "errors": {kind: result[kind] for kind in ERRORS if result[kind]},
    }
