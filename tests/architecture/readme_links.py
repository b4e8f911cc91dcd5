#!/usr/bin/env python3
"""Fails where README.md names a file that does not exist, or holds a placeholder that nobody filled.

Checked: targets of relative links, and words in backquotes that look like paths of this tree.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("kernels/", "envs/", "nets/", "replay/", "agents/", "apps/", "configs/", "tests/", "bench/")


def problems(text):
    found = []
    for placeholder in re.findall(r"@\w+@", text):
        found.append(f"placeholder {placeholder}")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    for quoted in re.findall(r"`([^`\n]+)`", text):
        word = quoted.split()[0].removeprefix("./")
        if word.startswith(FOLDERS) and not re.search(r"[<*…]", word):
            targets.append(word)
    for target in targets:
        if not (ROOT / target.rstrip("/")).exists():
            found.append(f"{target}: no such file")
    return found


def main():
    if "--self-test" in sys.argv:
        assert problems("`apps/nowhere.h` @X@ [a](bench/no.svg)") == [
            "placeholder @X@", "bench/no.svg: no such file", "apps/nowhere.h: no such file"]
        assert problems("`kernels/check.h` [a](README.md)") == []
        return 0
    found = problems((ROOT / "README.md").read_text(encoding="utf-8"))
    for problem in found:
        print(f"README.md: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
