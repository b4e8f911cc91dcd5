#!/usr/bin/env python3
"""Cuts parity tables down to extracts small enough to commit.

    python3 tests/data/make_extracts.py <folder of the whole tables> tests/data/parity

The whole tables come from Gymnasium 1.4.0 with NumPy 2.4.6 (Python 3.11, Linux x86-64, glibc). An
extract is the first rows of a table, of most in whole episodes (of LunarLander, the shortest);
formats and columns stay the same: row-major little-endian doubles or floats without a header, and
CSV.
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
    "wrappers/normalize_single.f64": (20, 300),
    "wrappers/normalize_vector_next_step.f64": (21, 240),  # 60 steps of four environments
    "wrappers/normalize_vector_same_step.f64": (21, 240),
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


# Lander tables: three files a setting, of which the first rows of `episodes` say where the episodes
# lie in the other two. Setting: outcomes (0 land, 1 crash, 2 out) of which the shortest is kept.
LANDER = {
    "heuristic_continuous": (0,), "heuristic_continuous_wind": (0, 2),
    "heuristic_discrete": (0,), "heuristic_discrete_wind": (1, 2),
    "noop_discrete": (1,), "noop_discrete_wind": (1,),
    "random_continuous": (1, 2), "random_continuous_wind": (1, 2),
    "random_discrete": (1, 2), "random_discrete_wind": (1, 2),
    "thresholds_continuous": (1, 2), "past_end_discrete": (0,),
}
LANDER_STEP32, LANDER_STEP64, LANDER_EPISODE = 34 * 4, 6 * 8, 32 * 8  # bytes of a row
LANDER_PAST_END_ROWS = 172
LANDER_SAMPLES = ["heuristic_discrete", "random_discrete", "heuristic_continuous",
                  "random_continuous", "noop_discrete", "heuristic_discrete_wind",
                  "heuristic_continuous_wind"]
LANDER_SAMPLE_EPISODES = 40


def lander_extract(source, target, setting, outcomes):
    names = [f"lander/{setting}_{part}" for part in ("episodes.f64", "steps.f32", "steps.f64")]
    episodes, steps32, steps64 = ((source / name).read_bytes() for name in names)
    rows = [list(struct.unpack_from("<32d", episodes, at))
            for at in range(0, len(episodes), LANDER_EPISODE)]
    kept = [min((r for r in rows if r[3] == outcome), key=lambda r: r[2]) for outcome in outcomes]
    out = [b"", b"", b""]
    for row in kept:
        first, count = int(row[1]), int(row[2])
        if setting.startswith("past_end"):
            count = min(count, LANDER_PAST_END_ROWS)
        row[1:3] = len(out[1]) // LANDER_STEP32, count
        out[0] += struct.pack("<32d", *row)
        out[1] += steps32[first * LANDER_STEP32:(first + count) * LANDER_STEP32]
        out[2] += steps64[first * LANDER_STEP64:(first + count) * LANDER_STEP64]
    (target / "lander").mkdir(parents=True, exist_ok=True)
    for name, data in zip(names, out):
        (target / name).write_bytes(data)


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
    for setting, outcomes in LANDER.items():
        lander_extract(source, target, setting, outcomes)
    (target / "lander_dist").mkdir(parents=True, exist_ok=True)
    for setting in LANDER_SAMPLES:
        name = f"lander_dist/{setting}.f64"
        (target / name).write_bytes((source / name).read_bytes()[:10 * 8 * LANDER_SAMPLE_EPISODES])


if __name__ == "__main__":
    main()
