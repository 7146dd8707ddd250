"""Tables in Markdown, and the goals."""

# Name of the cell, numerator, denominator, what is compared, and the goal: a ratio at least, or at most, so large.
GOALS = [
    ("page@16", "rolecall", "postgraphile", "rate", ">=", 5),
    ("page@16", "rolecall", "mercurius", "rate", ">=", 3),
    ("page@16", "rolecall", "floor", "rate", ">=", 0.70),
    ("page@1", "rolecall", "floor", "p50", "<=", 1.4),
    ("counted@16", "rolecall", "postgraphile", "rate", ">=", 7),
    ("seats@16", "rolecall", "floor", "rate", ">=", 0.80),
    ("user@16", "rolecall", "floor", "rate", ">=", 0.80),
    ("invite@16", "rolecall", "floor", "rate", ">=", 0.70),
    ("invite-one@16", "rolecall", "floor", "rate", ">=", 0.75),
    ("page@16", "sqlite", "rolecall", "rate", ">=", 0.5),
]


OTHERS = {"postgraphile": "PostGraphile", "mercurius": "Mercurius", "floor": "floor"}


def best(rounds):
    """The round with the most requests: a machine has slow spells, but no fast ones."""
    chosen = dict(max(rounds, key=lambda one: one["rate"]))
    chosen["rss"] = max(one["rss"] for one in rounds)
    return chosen


def table(cell, peers, results):
    """One kind of request: a line for each peer."""
    lines = [
        f"\n### {cell.title}\n",
        "| | requests/s | p50 ms | p99 ms | CPU µs: server | PostgreSQL | MB |"
        + "".join(f" × {title} |" for title in OTHERS.values()),
        "|---|" + "---:|" * (6 + len(OTHERS)),
    ]
    for peer in peers:
        if (cell.name, peer.name) not in results:
            continue
        own = best(results[cell.name, peer.name])
        ratios = ""
        for name in OTHERS:
            other = results.get((cell.name, name))
            ratios += f" {own['rate'] / best(other)['rate']:.2f} |" if other else " |"
        database = "" if peer.name == "sqlite" else f"{own['database']:.0f}"
        lines.append(f"| {peer.title} | {own['rate']:,.0f} | {own['p50']:.2f} | {own['p99']:.2f} | {own['server']:.0f}"
                     f" | {database} | {own['rss']:.0f} |{ratios}")
    every = [one for (name, _), rounds in results.items() if name == cell.name for one in rounds]
    busiest = max(one["others"] for one in every)
    lines.append(f"\nOthers on the machine used up to {busiest:.0%} of its CPU meanwhile.")
    return "\n".join(lines)


def summary(cells, results):
    """A line for each kind of request: Rolecall, and how many times as many requests as the others it answers. CPU is
    that of server and database for one request."""
    lines = ["\n### In short\n", "| | requests/s | p50 ms | p99 ms | CPU µs |" + "".join(f" × {title} |" for title in OTHERS.values()),
             "|---|" + "---:|" * (4 + len(OTHERS))]
    for cell in cells:
        for name, title in [("rolecall", ""), ("sqlite", ", on SQLite")]:
            if (cell.name, name) not in results:
                continue
            own = best(results[cell.name, name])
            rates = [best(results[cell.name, other])["rate"] if (cell.name, other) in results else None for other in OTHERS]
            ratios = "".join(f" {own['rate'] / rate:.2f} |" if rate else " |" for rate in rates)
            # An embedded database works in the server's own process.
            cpu = own["server"] + (own["database"] if name == "rolecall" else 0)
            lines.append(f"| {cell.title}{title} | {own['rate']:,.0f} | {own['p50']:.2f} | {own['p99']:.2f} | {cpu:.0f} |{ratios}")
    return "\n".join(lines)


def goals(cells, results):
    """Which goals of the project this run meets."""
    lines = ["\n### Goals\n", "| | | goal | measured | |", "|---|---|---|---:|---|"]
    titles = {cell.name: cell.title for cell in cells}

    def line(title, what, sign, goal, value, unit=""):
        met = value >= goal if sign == ">=" else value <= goal
        symbol = "≥" if sign == ">=" else "≤"
        lines.append(f"| {title} | {what} | {symbol} {goal}{unit} | {value:.2f}{unit} | {'met' if met else '**missed**'} |")

    for cell, one, other, what, sign, goal in GOALS:
        if (cell, one) in results and (cell, other) in results:
            ratio = best(results[cell, one])[what] / best(results[cell, other])[what]
            line(titles[cell], f"{what} of {one} / {other}", sign, goal, ratio)
    pages = [results.get((cell, "rolecall")) for cell in ("page-one@16", "counted@16")]
    if all(pages):
        ratio = best(pages[0])["rate"] / best(pages[1])["rate"]
        line(titles["counted@16"], "time / the page without it", "<=", 1.1, ratio)
    if ("page@64", "rolecall") in results:
        line(titles["page@64"], "memory", "<=", 40, best(results["page@64", "rolecall"])["rss"], " MB")
    if ("invite@16", "sqlite") in results:
        own = best(results["invite@16", "sqlite"])
        line(titles["invite@16"], "p99 / p50 of sqlite", "<=", 10, own["p99"] / own["p50"])
    return "\n".join(lines) if len(lines) > 3 else ""
