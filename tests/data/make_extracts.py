#!/usr/bin/env python3
"""Cuts the parity tables of classic control down to extracts small enough to commit.

    python3 tests/data/make_extracts.py <folder of the whole tables> tests/data/parity

The whole tables come from Gymnasium 1.4.0 with NumPy 2.4.6 (Python 3.11, Linux x86-64, glibc). An
extract is the first rows of a table, of most in whole episodes; formats and columns stay the same: row-major
little-endian doubles without a header, and CSV.
"""
import pathlib
import shutil
import struct
import sys

# Table: columns, rows to keep.
BINARY = {
    "onestep/acrobot_book.f64": (18, 200),
    "onestep/acrobot_nips.f64": (18, 60),
    "onestep/cartpole.f64": (16, 500),
    "onestep/mountaincar.f64": (9, 300),
    "onestep/mountaincar_continuous.f64": (10, 300),
    "onestep/pendulum.f64": (10, 300),
    "freerun/cartpole_past_end.f64": (14, 31),
    "freerun/acrobot.f64": (16, 251),           # the beginning of an episode
    "freerun/mountaincar_continuous.f64": (10, 301),
    "classic/reset_acrobot.f64": (11, 100),
    "classic/reset_cartpole.f64": (9, 200),
    "classic/reset_mountaincar.f64": (5, 100),
    "classic/reset_mountaincar_continuous.f64": (5, 100),
    "classic/reset_pendulum.f64": (6, 100),
}
# Table: columns, whole episodes to keep.
EPISODES = {
    "freerun/acrobot_both_flags.f64": (16, 1),
    "freerun/cartpole.f64": (14, 40),
    "freerun/cartpole_balanced.f64": (14, 1),
    "freerun/cartpole_both_flags.f64": (14, 1),
    "freerun/mountaincar.f64": (10, 1),
    "freerun/mountaincar_both_flags.f64": (10, 1),
    "freerun/mountaincar_continuous_both_flags.f64": (10, 1),
    "freerun/pendulum.f64": (11, 1),
}
TEXT = ["autoreset/cartpole_next_step.csv", "autoreset/cartpole_same_step.csv",
        "autoreset/cartpole_disabled.csv", "autoreset/disabled_mask_errors.csv",
        "classic/registry.csv"]


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
    for name, (columns, count) in {**BINARY, **EPISODES}.items():
        data = (source / name).read_bytes()
        data = (first_episodes(data, columns, count) if name in EPISODES
                else data[:8 * columns * count])
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    for name in TEXT:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


if __name__ == "__main__":
    main()
