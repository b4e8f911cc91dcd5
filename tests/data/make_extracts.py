#!/usr/bin/env python3
"""Cuts the parity tables down to extracts small enough to commit.

    python3 tests/data/make_extracts.py <folder of the whole tables> tests/data/parity

The whole tables come from Gymnasium 1.4.0 with NumPy 2.4.6 (Python 3.11, Linux x86-64, glibc). An
extract is the first rows of a table, in whole episodes; formats and columns stay the same: row-major
little-endian doubles without a header, and CSV.
"""
import pathlib
import shutil
import struct
import sys

# Table: columns, rows to keep.
BINARY = {
    "onestep/cartpole.f64": (16, 500),
    "freerun/cartpole.f64": (14, 40),           # rows: as many whole episodes
    "freerun/cartpole_balanced.f64": (14, 1),
    "freerun/cartpole_both_flags.f64": (14, 1),
    "freerun/cartpole_past_end.f64": (14, 31),
    "classic/reset_cartpole.f64": (9, 200),
    "wrappers/normalize_single.f64": (20, 300),
    "wrappers/normalize_vector_next_step.f64": (21, 240),  # 60 steps of four environments
    "wrappers/normalize_vector_same_step.f64": (21, 240),
}
TEXT = ["autoreset/cartpole_next_step.csv", "autoreset/cartpole_same_step.csv",
        "autoreset/cartpole_disabled.csv", "autoreset/disabled_mask_errors.csv",
        "classic/registry.csv"]
BY_EPISODE = {"freerun/cartpole.f64", "freerun/cartpole_balanced.f64",
              "freerun/cartpole_both_flags.f64"}


def first_episodes(data, columns, episodes):
    """Rows before the (episodes + 1)-th row with t = 0; t is column 1."""
    size, seen = 8 * columns, 0
    for start in range(0, len(data), size):
        if struct.unpack_from("<d", data, start + 8)[0] == 0:
            seen += 1
            if seen > episodes:
                return data[:start]
    return data


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    for name, (columns, count) in BINARY.items():
        data = (source / name).read_bytes()
        data = (first_episodes(data, columns, count) if name in BY_EPISODE
                else data[:8 * columns * count])
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    for name in TEXT:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


if __name__ == "__main__":
    main()
