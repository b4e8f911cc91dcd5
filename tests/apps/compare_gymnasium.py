#!/usr/bin/env python3
r"""Compares `pavlov trace` with a live Gymnasium, bit by bit.

    python3 tests/apps/compare_gymnasium.py --program build/release/pavlov
    python3 tests/apps/compare_gymnasium.py --program build/release/pavlov --episodes 50 \
        --env CartPole-v1 --set sutton_barto_reward=true

For each environment that both know, episodes of random actions from seeds 0, 1, ... are played by
Gymnasium and replayed by the program; --set gives an option to both. Observations are compared as
the bits of float32, rewards as those of float64, flags as they are; the first difference of an
environment is shown. Needs the Python packages gymnasium and numpy (parity is claimed for gymnasium
1.4 with numpy 2.4); without them, or where no environment could be compared, it says so and ends
with 77, which ctest reports as skipped. Any difference ends with 1.
ctest runs it with the interpreter in the CMake variable PAVLOV_GYMNASIUM_PYTHON:

    cmake --preset release -D PAVLOV_GYMNASIUM_PYTHON=/path/to/venv/bin/python
"""
import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77

try:
    import gymnasium
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED, NOT PASSED: no live Gymnasium to compare with ({missing})")
    sys.exit(SKIPPED)


def known_envs(program):
    lines = subprocess.run([program, "list", "envs", "--json"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return [json.loads(line)["env"] for line in lines]


def random_actions(space, seed, count):
    random = np.random.default_rng(seed + 1_000_000_000)
    if isinstance(space, gymnasium.spaces.Discrete):
        return random.integers(0, space.n, size=count)
    return random.uniform(space.low, space.high, size=(count, *space.shape)).astype(np.float32)


def action_text(action):
    return ",".join("%.9g" % float(value) for value in np.atleast_1d(action))


def play(env, seed, actions):
    """Rows (step, observation, reward, terminated, truncated) of one episode."""
    observation, _ = env.reset(seed=seed)
    rows = [(0, np.asarray(observation, dtype=np.float32), 0.0, False, False)]
    for step, action in enumerate(actions, 1):
        observation, reward, terminated, truncated, _ = env.step(
            int(action) if np.ndim(action) == 0 else action)
        rows.append((step, np.asarray(observation, dtype=np.float32), float(reward),
                     bool(terminated), bool(truncated)))
        if terminated or truncated:
            break
    return rows


def trace(program, env_id, assignments, seed, actions):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "actions.csv")
        file.write_text("".join(action_text(action) + "\n" for action in actions))
        result = subprocess.run([program, "trace", "--env", env_id, "--seed", str(seed),
                                 "--actions", str(file)]
                                + [word for pair in assignments for word in ("--set", pair)],
                                capture_output=True, text=True)
    if result.returncode != 0 or result.stderr:
        raise RuntimeError(f"{env_id}, seed {seed}: {result.stderr.strip()}")
    rows = []
    for line in result.stdout.splitlines()[1:]:
        step, *observation, reward, terminated, truncated = line.split(",")
        rows.append((int(step), np.array([np.float32(word) for word in observation]),
                     float(reward), terminated == "1", truncated == "1"))
    return rows


def difference(ours, theirs):
    """The first difference between two episodes as text, or None."""
    for a, b in zip(ours, theirs):
        same = (a[0] == b[0] and a[1].tobytes() == b[1].tobytes()
                and struct.pack("<d", a[2]) == struct.pack("<d", b[2]) and a[3:] == b[3:])
        if not same:
            show = lambda r: (f"[{', '.join('%.9g' % v for v in r[1])}], reward {r[2]!r}, "
                              f"terminated {r[3]}, truncated {r[4]}")
            return f"step {b[0]}:\n    pavlov    {show(a)}\n    gymnasium {show(b)}"
    if len(ours) != len(theirs):
        return f"{len(ours) - 1} steps, Gymnasium {len(theirs) - 1}"
    return None


def make(env_id, assignments):
    """Gymnasium's environment; values of options are read as JSON (true, 1.5)."""
    return gymnasium.make(env_id, **{name: json.loads(value) for name, _, value in
                                     (pair.partition("=") for pair in assignments)})


def compare(program, env_id, assignments, seeds):
    """Plays and replays; returns the number of steps, or the text of the first difference."""
    env = make(env_id, assignments)
    steps = 0
    for seed in seeds:
        limit = env.spec.max_episode_steps or 1000
        theirs = play(env, seed, actions := random_actions(env.action_space, seed, limit))
        # Without the actions after the end: the program would report them.
        ours = trace(program, env_id, assignments, seed, actions[:len(theirs) - 1])
        found = difference(ours, theirs)
        if found:
            return f"seed {seed}, {found}"
        steps += len(theirs) - 1
    return steps


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the pavlov program")
    parser.add_argument("--env", action="append", help="only this environment; repeatable")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="option of the environment; repeatable")
    parser.add_argument("--episodes", type=int, default=5, help="episodes per environment")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first")
    options = parser.parse_args()

    gymnasium.logger.min_level = gymnasium.logger.ERROR  # old versions are compared on purpose
    print(f"gymnasium {gymnasium.__version__}, numpy {np.__version__}")
    compared, failed = 0, 0
    for env_id in options.env or known_envs(options.program):
        try:
            make(env_id, options.set).close()
        except gymnasium.error.Error as reason:
            print(f"{env_id}: SKIPPED, NOT PASSED: this Gymnasium cannot make it ({reason})")
            continue
        result = compare(options.program, env_id, options.set,
                         range(options.seed, options.seed + options.episodes))
        compared += 1
        if isinstance(result, str):
            failed += 1
            print(f"{env_id}: DIFFERS at {result}")
        else:
            print(f"{env_id}: equal in {options.episodes} episodes, {result} steps")
    if compared == 0:
        print("SKIPPED, NOT PASSED: no environment was compared")
        return SKIPPED
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
