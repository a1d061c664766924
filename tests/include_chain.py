"""include_chain.py FILE…: for each, a line "HASH FILE" of everything of ours that it includes, at any depth, and of itself."""
import functools
import hashlib
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"


@functools.cache
def included_by(path):
    names = re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE)
    return [SRC / name for name in names if (SRC / name).exists()]


def chain(path):
    found, left = set(), [path]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left += included_by(file)
    return sorted(found)


def main():
    for name in sys.argv[1:]:
        text = b"".join(file.read_bytes() for file in chain(pathlib.Path(name).resolve()))
        print(hashlib.sha256(text).hexdigest(), name)


if __name__ == "__main__":
    main()
