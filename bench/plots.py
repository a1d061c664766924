"""Results as drawings: bars in rows that are named, and lines that are named where they end."""
from dataclasses import dataclass
from html import escape

from report import short

WIDTH = 860
ROW, BAR, HEADING, TOP = 20, 13, 30, 62
LABELS = 150  # the column of names
NUMBER = 64   # beside the longest bar

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .head { font-weight: 600 }
  .small { font-size: 11px; fill: #59636e }
  .limit { fill: #afb8c1 }
  .ssh { fill: #bc4c00 }
  .towline { fill: #0969da }
  .track { fill: #f6f8fa }
  line { stroke: #d1d9e0 }
  polyline { fill: none; stroke-width: 2 }
  polyline.ssh { fill: none; stroke: #bc4c00 }
  polyline.towline { fill: none; stroke: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .limit { fill: #656c76 }
    .ssh { fill: #db6d28 }
    .towline { fill: #4493f8 }
    .track { fill: #151b23 }
    line { stroke: #3d444d }
    polyline.ssh { stroke: #db6d28 }
    polyline.towline { stroke: #4493f8 }
  }
"""


@dataclass
class Bars:
    """Rows with a bar in each column. A group has a heading, rows of (name, [number or None, …]), and the number of the
    longest bar in each column, or None for what it turns out to be: of all groups if they share it."""

    title: str
    columns: list
    groups: list
    shared: bool = False


@dataclass
class Lines:
    """Panels of (what is measured, {name: [(x, y), …]}) over the same x."""

    title: str
    x: str
    panels: list


def kind_of(name):
    """The class of a contestant's marks."""
    if name.startswith("towline"):
        return "towline"
    return "ssh" if name.startswith(("ssh", "autossh", "before")) else "limit"


def text(x, y, words, kind="", anchor="start"):
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{name}>{escape(words)}</text>'


def svg(title, height, marks):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", text(20, 24, title, "head"), *marks, "</svg>", ""])


def longest(groups, column):
    numbers = [row[1][column] for group in groups for row in group[1]]
    return max((number for number in numbers if number is not None), default=0) or 1


def bars(chart):
    count = len(chart.columns)
    column_width = (WIDTH - 40 - LABELS) / count
    lefts = [20 + LABELS + i * column_width for i in range(count)]
    marks = [text(x, 50, name, "small") for x, name in zip(lefts, chart.columns)]
    y = TOP
    for group in chart.groups:
        heading, rows, full = group
        marks.append(text(20, y + 16, heading, "head"))
        y += HEADING
        scales = [given or longest(chart.groups if chart.shared else [group], i)
                  for i, given in enumerate(full or [None] * count)]
        for name, numbers in rows:
            marks.append(text(20, y + 11, name))
            for x, number, scale in zip(lefts, numbers, scales):
                if number is None:
                    continue
                room = column_width - NUMBER
                width = max(1, room * min(1, number / scale))
                marks.append(f'<rect x="{x:g}" y="{y}" width="{room:.1f}" height="{BAR}" class="track"/>')
                marks.append(f'<rect x="{x:g}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" class="{kind_of(name)}"/>')
                marks.append(text(x + room + 6, y + 11, short(number), "small"))
            y += ROW
        y += 6
    return svg(chart.title, y + 10, marks)


def lines(chart):
    top, height, gap = 64, 190, 96
    width = (WIDTH - 40 - gap * len(chart.panels)) / len(chart.panels)
    marks = []
    for i, (what, series) in enumerate(chart.panels):
        left = 60 + i * (width + gap)
        marks += panel(what, series, left, top, width, height)
    return svg(chart.title, top + height + 50, [*marks, text(WIDTH / 2, top + height + 40, chart.x, "small", "middle")])


def panel(what, series, left, top, width, height):
    points = [point for line in series.values() for point in line]
    x_max = max((x for x, _ in points), default=1) or 1
    y_max = max((y for _, y in points), default=1) or 1

    def place(x, y):
        return left + width * x / x_max, top + height * (1 - y / y_max)

    marks = [text(left, top - 14, what, "small")]
    for part in (0, 0.5, 1):
        x, y = place(0, y_max * part)
        marks.append(f'<line x1="{x:g}" y1="{y:g}" x2="{x + width:g}" y2="{y:g}"/>')
        marks.append(text(x - 6, y + 4, short(y_max * part) if part else "0", "small", "end"))
    for x in sorted({x for x, _ in points}):
        marks.append(text(place(x, 0)[0], top + height + 18, f"{x:,}", "small", "middle"))
    for y, name in apart([(place(*line[-1])[1], name) for name, line in series.items() if line]):
        marks.append(text(left + width + 8, y + 4, name))
    for name, line in series.items():
        places = [place(*point) for point in line]
        marks.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" class="{kind_of(name)}"/>')
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{kind_of(name)}"/>' for x, y in places]
    return marks


def apart(labels, least=15):
    """Names beside ends of lines, moved up where they would cover one another."""
    moved = []
    for y, name in sorted(labels, reverse=True):
        moved.append((min(y, moved[-1][0] - least) if moved else y, name))
    return moved
