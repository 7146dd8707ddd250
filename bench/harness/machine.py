"""What the machine is and does: CPU and memory of processes from /proc, free ports, versions."""

import os
import re
import socket
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """A process and everything that it started."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
    except OSError:
        return []
    return [pid] + [below for child in children for below in tree(int(child))]


def _stat(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def cpu(pid):
    """Seconds of CPU that a process, its living children, and those that have ended have used."""
    living = sum(int(f[11]) + int(f[12]) for f in map(_stat, tree(pid)) if f)
    own = _stat(pid)
    return (living + (int(own[13]) + int(own[14]) if own else 0)) / TICKS


def rss(pid):
    """MB of memory that a process and its children hold."""
    total = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/status") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        except OSError:
            continue
    return total / 1024


def busy():
    """Seconds of CPU that the whole machine has spent working."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def said(*command, pattern=r".*"):
    """What a command prints, or the part of it that a pattern finds."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, run.stdout + run.stderr)
    return found.group(found.lastindex or 0) if found else "?"


def describe(root, node):
    """The machine and the versions of everything that is measured, as Markdown."""
    with open("/proc/cpuinfo") as file:
        cpu_model = re.search(r"model name\s*: (.*)", file.read())
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    with open(f"{root}/Cargo.lock") as file:
        lock = file.read()
    crate = lambda name: re.search(rf'name = "{name}"\nversion = "(.*)"', lock).group(1)
    commit = said("git", "-C", root, "rev-parse", "--short=10", "HEAD")
    dirty = said("git", "-C", root, "status", "--porcelain", "--", "api", "entity", "migration", "bench", "Cargo.lock")
    package = lambda name: said("grep", "-m1", '"version"', f"{root}/bench/node/node_modules/{name}/package.json", pattern=r': "(.*)"')
    return "\n".join([
        f"- Machine: {os.cpu_count()} × {cpu_model.group(1) if cpu_model else os.uname().machine}, {memory:.0f} GB,"
        f" Linux {os.uname().release}; load average at the start {os.getloadavg()[0]:.1f}",
        f"- Rolecall: commit {commit}{' and changes that are not committed' if dirty else ''},"
        f" {said('rustc', '--version', pattern='rustc [0-9.]+')}, release build;"
        f" async-graphql {crate('async-graphql')}, axum {crate('axum')}, sea-orm {crate('sea-orm')}, sqlx {crate('sqlx')}",
        f"- Peers: PostGraphile {package('postgraphile')}, Mercurius {package('mercurius')} with its JIT, pg {package('pg')},"
        f" on Node {said(node, '--version')}",
        f"- {said('postgres', '--version')}, fsync on; load by {said('wrk', '-v', pattern='wrk [^ ]*')} on the same machine",
    ])
