"""Puts results where people read them: drawings in docs/images/speed, tables between marks in documents."""
import re
import sys

import plots
import report
import scenarios

DRAWINGS = "docs/images/speed"
DOCUMENTS = ["README.md", "docs/performance.md"]
MARK = re.compile(r"(<!-- results: (\S+(?: \S+)*) -->\n).*?(<!-- /results -->)", re.DOTALL)
CIPHERS = [name for name, _ in scenarios.CIPHERS.values()]
BOTH_WAYS = ("up", "down")

# What the README says in short: a name of its own, and metrics whose numbers stand in one cell.
SUMMARY = [
    ("aes128-gcm, up", ["bulk up, aes128-gcm: throughput", "bulk up, aes128-gcm: CPU"]),
    ("aes128-gcm, down", ["bulk down, aes128-gcm: throughput", "bulk down, aes128-gcm: CPU"]),
    ("connections, 50 at a time, the client closes", ["connections, 50 at a time, the client closes"]),
    ("memory with 1,000 idle connections", ["memory, 1,000 idle connections: RSS"]),
    ("1-byte round trip beside an upload, p50", ["1-byte round trip, beside a bulk up: p50"]),
]


def scaled(number, by):
    return None if number is None else number * by


def speed(results):
    def row(label, who, direction, what):
        numbers = [results.median(f"bulk {direction}, {what}: {figure}", who) for figure in ("throughput", "CPU")]
        return label, [number or None for number in numbers]

    without = [row(f"{who}, {way}", who, way, CIPHERS[0]) for who in ("direct", "socat twice") for way in BOTH_WAYS]
    groups = [("without SSH", without, None)]
    for what in CIPHERS:
        rows = [row(f"{who}, {way}", who, way, what) for way in BOTH_WAYS for who in results.names]
        alone = row(scenarios.CIPHER_ALONE, scenarios.CIPHER_ALONE, "up", what)
        groups.append((what, [alone, *rows], None))
    return plots.bars(plots.Bars("One transfer: how fast, and what it costs the forwarder",
                                 ["GB/s", "CPU seconds per GB"], groups, shared=True))


def sessions(results):
    names = [*results.names, *(f"{results.names[1]}, {count} sessions" for count in (2, 4))]
    rows = [(who, [results.median(f"{scenarios.AT_ONCE} at once, {way}: throughput", who) for way in BOTH_WAYS])
            for who in names]
    return plots.bars(plots.Bars(f"{scenarios.AT_ONCE} transfers at once over several sessions", ["up, GB/s", "down, GB/s"],
                                 [("aes128-gcm", rows, None)], shared=True))


def paths(results):
    def row(who, link):
        rates = [results.median(f"bulk {way}, {link}: throughput", who) for way in BOTH_WAYS]
        trip = results.median(f"1-byte round trip, {link}, beside a bulk up: p50", who)
        return who, [*rates, scaled(trip, 1e-3)]

    here = [(who, [None, None, scaled(results.median("1-byte round trip, beside a bulk up: p50", who), 1e-3)])
            for who in results.names]
    groups = [(str(link), [row(who, link) for who in ("direct", *results.names)], [link.megabits, link.megabits, None])
              for link in scenarios.LINKS]
    return plots.bars(plots.Bars("Long paths: the whole bar is the path's rate, or the longest round trip there",
                                 ["up, Mbit/s", "down, Mbit/s", "1-byte round trip beside an upload, ms"],
                                 [*groups, ("loopback", here, None)]))


def idle(results):
    def line(pattern, who):
        points = []
        for count in scenarios.FULL.memory:
            number = results.median(pattern.format(f"{count:,} idle connections" if count else "no connection"), who)
            if number is not None:
                points.append((count, number))
        return points

    panels = [("memory (RSS), MB", "memory, {}: RSS"), ("upload beside them, GB/s", "bulk up, {} beside it: throughput"),
              ("download beside them, GB/s", "bulk down, {} beside it: throughput")]
    return plots.lines(plots.Lines("Idle connections", "idle connections",
                                   [(what, {who: line(pattern, who) for who in results.names}) for what, pattern in panels]))


def recovery(results):
    groups = []
    for metric in results.metrics:
        if metric.group in ("start", "recovery"):
            rows = [(who, [report.median(metric, who)]) for who in metric.samples]
            groups.append((metric.name, rows, None))
    return plots.bars(plots.Bars("How long until it works", ["ms"], groups, shared=True))


DRAWN = {"one-transfer": speed, "sessions": sessions, "paths": paths, "idle": idle, "recovery": recovery}


def cell(results, names, who):
    return ", ".join(f"{report.short(results.median(name, who))} {results.metric(name).unit}".replace(" 1/s", " /s")
                     for name in names)


def summary(results):
    first, second = results.names
    rows = [f"| what | {first} | {second} | ratio |", "|---|---:|---:|---:|"]
    for what, names in SUMMARY:
        if all(map(results.metric, names)):
            ratio = ", ".join(report.short(results.ratio(results.metric(name))) for name in names)
            rows.append(f"| {what} | {cell(results, names, first)} | {cell(results, names, second)} | {ratio} |")
    return "\n".join(rows) + "\n"


def section(results, name):
    """What belongs between the marks of that name."""
    if name == "machine":
        return "".join(f"- {key}: {value}\n" for key, value in results.facts.items())
    if name == "summary":
        return summary(results)
    return report.table(results, report.groups(results.metrics).get(name, []))


def filled(results, document):
    return MARK.sub(lambda found: f"{found[1]}\n{section(results, found[2])}\n{found[3]}", document)


def write(root, results, only_check):
    """Writes all, or says what would become different; whether everything is as it should be now."""
    made = {root / DRAWINGS / f"{name}.svg": draw(results) for name, draw in DRAWN.items()}
    for name in DOCUMENTS:
        made[root / name] = filled(results, (root / name).read_text(encoding="utf-8"))
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if only_check:
            print(f"bench: {path.relative_to(root)} is not what the results say (bench/run --plots)", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
            print(path.relative_to(root))
    return not (only_check and stale)
