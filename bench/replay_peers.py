#!/usr/bin/env python3
"""Replay buffers of Pavlov and of other packages, in turn on one core.

A transition is an observation of 8 floats, a discrete action, a reward, an end and the next
observation. Rows:

    prioritized  draws a batch by priority, whole transitions and weights, and writes back the
                 priorities of it (alpha 0.6, beta 0.4)
    uniform      draws a batch
    add          takes 64 transitions, by one call where the package can, else by 64

Processor time of the whole process; priorities are drawn beforehand. Every case runs --rounds
times, the packages taking turns; the best round of each counts. Pavlov's rows come from
bench_replay. A package that is not installed is left out:

    python -m venv a && a/bin/pip install cpprb rlox tianshou torchrl stable-baselines3
    taskset -c 1 bench/replay_peers.py --bench build/release/bench/bench_replay --python a/bin/python

Prints a table; --json prints one object per line: suite, name, n, package, value (us/batch).
"""
import argparse
import json
import os
import subprocess
import sys
import time

PACKAGES = ("cpprb", "rlox", "tianshou", "torchrl", "stable_baselines3")
WIDTH = 8
SECONDS = 0.4  # of one case
ADDED = 64


def microseconds(call):
    """Of one call: the least of five blocks, after a warm-up."""
    start, count = time.process_time(), 0
    while time.process_time() - start < SECONDS / 4:
        call()
        count += 1
    block = max(1, count * 4 // 5)
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(block):
            call()
        best = min(best, (time.process_time() - start) / block * 1e6)
    return best


class Transitions:
    """Random transitions, and priorities for every batch."""

    def __init__(self, numpy):
        self.numpy = numpy
        self.random = numpy.random.default_rng(1)

    def draw(self, n):
        r = self.random
        return (r.standard_normal((n, WIDTH), dtype="float32"), r.integers(0, 4, (n, 1)),
                r.standard_normal(n).astype("float32"), r.random(n) < 0.01,
                r.standard_normal((n, WIDTH), dtype="float32"))

    def chunks(self, capacity):
        for first in range(0, capacity, 50_000):
            yield self.draw(min(50_000, capacity - first))

    def priorities(self, n, kind):
        """A function that gives another array at every call."""
        drawn = [(self.random.random(n) + 1e-3).astype(kind) for _ in range(64)]
        state = [0]

        def following():
            state[0] += 1
            return drawn[state[0] % 64]
        return following


def cpprb(data, capacity, batches):
    from cpprb import PrioritizedReplayBuffer
    fields = {"obs": {"shape": WIDTH}, "act": {"shape": 1, "dtype": data.numpy.int32}, "rew": {},
              "next_obs": {"shape": WIDTH}, "done": {}}
    buffer = PrioritizedReplayBuffer(capacity, fields, alpha=0.6)

    def add(o, a, r, d, n):
        buffer.add(obs=o, act=a, rew=r, next_obs=n, done=d)
    for chunk in data.chunks(capacity):
        add(*chunk)
    buffer.update_priorities(data.numpy.arange(capacity), data.random.random(capacity) + 1e-3)
    for n in batches:
        following = data.priorities(n, "float32")

        def both():
            drawn = buffer.sample(n, beta=0.4)
            buffer.update_priorities(drawn["indexes"], following())
        yield "prioritized", n, microseconds(both)
    rows = data.draw(ADDED)
    yield "add", ADDED, microseconds(lambda: add(*rows))


def rlox(data, capacity, batches):
    import rlox as package
    buffer = package.PrioritizedReplayBuffer(capacity, WIDTH, 1, alpha=0.6, beta=0.4)
    for o, a, r, d, n in data.chunks(capacity):
        a, p = a.astype("float32"), data.random.random(len(r)) + 1e-3
        for i in range(len(r)):
            buffer.push(o[i], a[i], float(r[i]), bool(d[i]), False, n[i], priority=float(p[i]))
    seed = [0]
    for n in batches:
        following = data.priorities(n, "float64")

        def both():
            seed[0] += 1
            drawn = buffer.sample(n, seed[0])
            buffer.update_priorities(data.numpy.asarray(drawn["indices"]).astype("uint64"),
                                     following())
        yield "prioritized", n, microseconds(both)
    o, a, r, d, after = data.draw(ADDED)
    a, r64, d64 = a.astype("float32"), [float(x) for x in r], [bool(x) for x in d]

    def add():
        for i in range(ADDED):
            buffer.push(o[i], a[i], r64[i], d64[i], False, after[i], priority=1.0)
    yield "add", ADDED, microseconds(add)
    uniform = package.ReplayBuffer(capacity, WIDTH, 1)
    for o, a, r, d, n in data.chunks(capacity):
        uniform.push_batch(o.ravel(), n.ravel(), a.astype("float32").ravel(), r, d.astype("uint8"),
                           data.numpy.zeros(len(r), "uint8"))
    for n in batches:
        def draw():
            seed[0] += 1
            return uniform.sample(n, seed[0])
        yield "uniform", n, microseconds(draw)


def tianshou(data, capacity, batches):
    from tianshou.data import Batch, PrioritizedReplayBuffer
    buffer = PrioritizedReplayBuffer(capacity, alpha=0.6, beta=0.4)
    o, a, r, d, n = data.draw(ADDED)
    single = [Batch(obs=o[i], act=a[i], rew=float(r[i]), terminated=bool(d[i]), truncated=False,
                    obs_next=n[i], info={}) for i in range(ADDED)]
    buffer.add(single[0])
    # Through add() it would take minutes: the columns are filled in place.
    o, a, r, d, n = data.draw(capacity)
    meta = buffer._meta
    meta.obs[:], meta.obs_next[:], meta.act[:], meta.rew[:] = o, n, a, r
    meta.terminated[:], meta.done[:] = d, d
    buffer._size, buffer._insertion_idx = capacity, 0
    buffer.weight[data.numpy.arange(capacity)] = (data.random.random(capacity) + 1e-3) ** 0.6
    for size in batches:
        following = data.priorities(size, "float64")

        def both():
            _, index = buffer.sample(size)
            buffer.update_weight(index, following())
        yield "prioritized", size, microseconds(both)

    def add():
        for transition in single:
            buffer.add(transition)
    yield "add", ADDED, microseconds(add)


def torchrl(data, capacity, batches):
    import torch
    torch.set_num_threads(1)
    from tensordict import TensorDict
    from torchrl.data import LazyTensorStorage, PrioritizedSampler, TensorDictReplayBuffer

    def dictionary(o, a, r, d, n):
        return TensorDict({"obs": torch.from_numpy(o), "act": torch.from_numpy(a),
                           "rew": torch.from_numpy(r), "done": torch.from_numpy(d),
                           "next_obs": torch.from_numpy(n)}, batch_size=[len(r)])
    buffer = TensorDictReplayBuffer(
        storage=LazyTensorStorage(capacity), batch_size=256, prefetch=None,
        sampler=PrioritizedSampler(capacity, alpha=0.6, beta=0.4), priority_key="td_error")
    for chunk in data.chunks(capacity):
        buffer.extend(dictionary(*chunk))
    buffer.update_priority(torch.arange(capacity), torch.rand(capacity) + 1e-3)
    for n in batches:
        following = data.priorities(n, "float32")

        def both():
            drawn = buffer.sample(n)
            buffer.update_priority(drawn["index"], torch.from_numpy(following()))
        yield "prioritized", n, microseconds(both)
    rows = dictionary(*data.draw(ADDED))
    yield "add", ADDED, microseconds(lambda: buffer.extend(rows))


def stable_baselines3(data, capacity, batches):
    import gymnasium
    import torch
    torch.set_num_threads(1)
    from stable_baselines3.common.buffers import ReplayBuffer
    inf = data.numpy.inf
    buffer = ReplayBuffer(capacity, gymnasium.spaces.Box(-inf, inf, (WIDTH,), "float32"),
                          gymnasium.spaces.Discrete(4), device="cpu", n_envs=1)
    shape = buffer.observations.shape
    buffer.observations[:] = data.random.standard_normal(shape, dtype="float32")
    buffer.next_observations[:] = buffer.observations
    buffer.full = True
    for n in batches:
        yield "uniform", n, microseconds(lambda: buffer.sample(n))


def work(package, capacity, batches):
    """In an interpreter that may have the package: one line of JSON per row."""
    import numpy
    for name, n, value in globals()[package](Transitions(numpy), capacity, batches):
        print(json.dumps([f"{name}_{capacity}", n, value]), flush=True)


def ask(python, package, capacity, batches):
    done = subprocess.run([python, __file__, "--work", package, str(capacity),
                           ",".join(map(str, batches))],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:  # missing package: its cells stay empty
        print(f"{package}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


def pavlov(bench, capacity, batches):
    sizes = "|".join(map(str, sorted({ADDED, *batches})))
    only = f"--benchmark_filter=^replay/(prioritized|uniform|add)_{capacity}/({sizes})(/baseline)?$"
    done = subprocess.run([bench, "--json", only, "--benchmark_repetitions=5"],
                          stdout=subprocess.PIPE, text=True, check=True)
    rows = map(json.loads, done.stdout.splitlines())
    return [[row["name"], row["n"], row["value"]] for row in rows]


def table(best):
    packages = [p for p in PACKAGES if any(key[2] == p for key in best)]
    print("| row | n | pavlov | " + " | ".join(packages) + " |")
    print("|---|---|---|" + "---|" * len(packages))
    for name, n in dict.fromkeys((key[0], key[1]) for key in best):
        ours = best.get((name, n, "pavlov"))
        if ours is None:
            continue
        cells = [f"{ours:.3g} us"]
        for package in packages:
            peer = best.get((name, n, package))
            cells.append("-" if peer is None else f"{peer:.3g} us ({peer / ours:.1f}x)")
        print(f"| {name} | {n} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bench/bench_replay")
    parser.add_argument("--python", default=sys.executable,
                        help="an interpreter that has the packages")
    parser.add_argument("--packages", default=",".join(PACKAGES))
    parser.add_argument("--capacity", default="100000,1000000")
    parser.add_argument("--batch", default="32,64,256,1024")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    for library in ("OMP", "MKL", "OPENBLAS", "NUMBA", "RAYON"):
        os.environ[library + "_NUM_THREADS"] = "1"
    if arguments.work:
        package, capacity, sizes = arguments.work
        return work(package, int(capacity), [int(n) for n in sizes.split(",")])
    batches = [int(n) for n in arguments.batch.split(",")]
    best = {}
    for _ in range(arguments.rounds):
        for capacity in map(int, arguments.capacity.split(",")):
            cells = {"pavlov": pavlov(arguments.bench, capacity, batches)}
            for package in arguments.packages.split(","):
                cells[package] = ask(arguments.python, package, capacity, batches)
            for package, rows in cells.items():
                for name, n, value in rows:
                    key = (name, n, package)
                    best[key] = min(value, best.get(key, value))
    if not arguments.json:
        return table(best)
    for (name, n, package), value in best.items():
        print(json.dumps({"suite": "replay_peers", "name": name, "n": n, "package": package,
                          "value": value, "unit": "us/batch"}))
    return None


if __name__ == "__main__":
    main()
