"""The servers that are measured: Rolecall, the floor, PostGraphile and Mercurius, each on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time

from harness import machine


class Peer:
    """One server, as a process of its own group."""

    def __init__(self, name, title, command, kind, env=None):
        self.name, self.title, self.kind = name, title, kind
        self.port = machine.free_port()
        self.command = [part.replace("PORT", str(self.port)) for part in command]
        self.env = {key: value.replace("PORT", str(self.port)) for key, value in (env or {}).items()}
        self.process = None

    def start(self, logs):
        self.log = f"{logs}/{self.name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.command, env={**os.environ, **self.env}, stdout=log, stderr=log,
                                            start_new_session=True)
        for _ in range(300):
            time.sleep(0.1)
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                continue
        with open(self.log) as log:
            sys.exit(f"{self.name} did not start: {log.read()[-2000:]}")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        for sign, patience in [(signal.SIGTERM, 15), (signal.SIGKILL, 5)]:
            os.killpg(self.process.pid, sign)
            try:
                self.process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                continue


class SilentRelay:
    """A mail server that takes connections and never says a word: invitations stay queued, as they do in the floor, and
    what is measured is inviting, not delivering."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.setting = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}?tls=none"

    def close(self):
        self.socket.close()


def rolecall(root, database, relay, name="rolecall", title="**Rolecall**"):
    env = {
        "ROLECALL_DATABASE_URL": database,
        "ROLECALL_LISTEN": "127.0.0.1:PORT",
        "ROLECALL_SECRET": "YmVuY2htYXJrcyBzaWduIG5vdGhpbmcgdGhhdCBjb3VudHM=",
        "ROLECALL_MAIL": relay.setting,
    }
    return Peer(name, title, [f"{root}/target/release/rolecall", "serve"], "rolecall", env)


def floor(root, database):
    return Peer("floor", "floor", [f"{root}/target/release/floor", database, "127.0.0.1:PORT"], "floor")


def of_node(root, node, name, title, database):
    env = {"NODE_ENV": "production", "GRAPHILE_ENV": "production", "DATABASE_URL": database, "LISTEN_PORT": "PORT"}
    return Peer(name, title, [node, f"{root}/bench/node/{name}.mjs"], name, env)
