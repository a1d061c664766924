"""Writes the table of values in the chart's README out of the comments in values.yaml (the words of helm-docs)."""
import dataclasses
import json
import pathlib
import re
import sys

import yaml

CHART = pathlib.Path(__file__).resolve().parents[2] / "helm/towline"
README = CHART / "README.md"
BEGIN, END = "<!-- values: written by scripts/chart --readme -->\n", "<!-- /values -->\n"


@dataclasses.dataclass
class Row:
    path: str
    default: str
    text: str
    section: str


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 60 else "see values.yaml"


def rows():
    """A row for each value that has a comment, and for each that has none above or inside it (its text is empty)."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    result, above, path, section, default = [], [], [], "", None
    documented = []  # paths whose inside needs no words
    for line in (CHART / "values.yaml").read_text().splitlines():
        if said := re.match(r" *# @section (.*)", line):
            section, above = said.group(1), []
        elif said := re.match(r" *# @default -- (.*)", line):
            default = said.group(1)
        elif said := re.match(r" *# -- (.*)", line):
            above = [said.group(1)]
        elif above and (said := re.match(r" *# (.*)", line)):
            above.append(said.group(1))
        elif said := re.match(r"( *)([A-Za-z]+):", line):
            path = path[:len(said.group(1)) // 2] + [said.group(2)]
            value = values
            for key in path:
                value = value[key] if isinstance(value, dict) else None
            name = ".".join(path)
            inside = any(name.startswith(f"{other}.") for other in documented)
            if above or (not inside and not (isinstance(value, dict) and value)):
                result.append(Row(name, default or shown(value), " ".join(above), section))
                documented.append(name)
            above, default = [], None
        else:
            above, default = [], None
    return result


def table():
    lines, section = [], None
    for row in rows():
        if row.section != section:
            section = row.section
            lines += ["", f"**{section}**", "", "| value | default | meaning |", "|---|---|---|"]
        text = re.sub(r" ([A-Z]+_[A-Z_]+)$", r" `\1`", row.text)
        lines.append(f"| `{row.path}` | {row.default} | {text} |".replace("<", "\\<"))
    return "\n".join(lines[1:]) + "\n"


def wanted():
    before, rest = README.read_text().split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    README.write_text(wanted())
