"""Memory over time under steady load."""

import subprocess
import time

from harness import load, machine

CONNECTIONS, EVERY = 64, 10


def run(peer, requests, minutes):
    """Prints a table of the memory of `peer` while 64 connections read pages for so many minutes."""
    print(f"\n### Memory, {CONNECTIONS} connections reading pages of 50 for {minutes} minutes\n")
    print("| minute | MB |\n|---:|---:|")
    before, began = machine.cpu(peer.process.pid), time.monotonic()
    loading = subprocess.Popen(load.command(peer, CONNECTIONS, minutes * 60), env=load.environment(requests),
                               stdout=subprocess.PIPE, text=True)
    try:
        while True:
            print(f"| {(time.monotonic() - began) / 60:.2f} | {machine.rss(peer.process.pid):.1f} |", flush=True)
            try:
                loading.wait(EVERY)
                break
            except subprocess.TimeoutExpired:
                continue
        result = load.result(loading.stdout.read())
    finally:
        loading.kill()
    rate = result["requests"] / result["micros"] * 1e6
    cpu = (machine.cpu(peer.process.pid) - before) / max(result["requests"], 1) * 1e6
    print(f"\n{result['requests']:,} requests, {rate:,.0f} a second, p50 {result['p50'] / 1000:.2f} ms,"
          f" p99 {result['p99'] / 1000:.2f} ms, {cpu:.0f} µs of CPU each; errors: {load.errors(result) or 'none'}.")
