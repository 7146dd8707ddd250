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


def command(peer, connections, seconds):
    """wrk with one thread."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", f"{here}/load.lua",
            f"http://127.0.0.1:{peer.port}"]


def environment(requests):
    """What load.lua reads: the requests, and a text that comes once."""
    return {**os.environ, "REQUESTS": requests, "PREFIX": str(time.time_ns())}


def result(printed):
    """What load.lua printed."""
    if "@@" not in printed:
        sys.exit(f"wrk: {printed}")
    return json.loads(printed.split("@@")[-1])


def errors(found):
    """Those that there were."""
    return {kind: found[kind] for kind in ERRORS if found[kind]}


def run(peer, postgres, requests, connections, seconds):
    """Requests per second, latencies, CPU per request of server and database, memory, errors."""
    pid, memory = peer.process.pid, Highest(peer.process.pid)
    memory.start()
    server, database, worked, own = machine.cpu(pid), machine.cpu(postgres.pid), machine.busy(), os.times()
    ran = subprocess.run(command(peer, connections, seconds), env=environment(requests), capture_output=True, text=True,
                         check=False)
    server, database = machine.cpu(pid) - server, machine.cpu(postgres.pid) - database
    worked, spent = machine.busy() - worked, os.times()
    memory.done.set()
    memory.join()
    found = result(ran.stdout)
    count, elapsed = found["requests"], found["micros"] / 1e6
    load = spent.children_user + spent.children_system - own.children_user - own.children_system
    each = 1e6 / max(count, 1)
    return {
        "count": count,
        "rate": count / elapsed,
        "p50": found["p50"] / 1000,
        "p99": found["p99"] / 1000,
        "server": server * each,
        "database": database * each,
        "rss": memory.mb,
        "bytes": found["bytes"] / max(count, 1),
        "others": max(0, worked - server - database - load) / (elapsed * (os.cpu_count() or 1)),
        "errors": errors(found),
    }
