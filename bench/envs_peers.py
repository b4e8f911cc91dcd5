#!/usr/bin/env python3
"""Environment steps per second of Pavlov and of other packages, in turn on one core.

Random actions drawn beforehand, N environments per call, resets included, one thread, processor
time of the whole process. Every case runs --rounds times, the packages taking turns; the best round
of each counts. A package that is not
installed in an interpreter is left out; gymnax wants another Gymnasium than the others, so give it
an interpreter of its own:

    python -m venv a && a/bin/pip install "gymnasium[classic-control,box2d]==1.4.0" envpool
    python -m venv b && b/bin/pip install gymnax "jax[cpu]" six
    taskset -c 1 bench/envs_peers.py --bench build/release/bench/bench_envs --python a/bin/python \\
        --python b/bin/python

Prints a table; --json prints one object per line: suite, name, n, package, value (steps/s).
"""
import argparse
import json
import os
import subprocess
import sys
import time

ENVS = {"CartPole-v1": "cartpole_step", "Acrobot-v1": "acrobot_step",
        "LunarLander-v3": "lunar_lander_random"}
PACKAGES = ("gymnasium", "envpool", "gymnax")
SECONDS = 0.6  # of one round
ACTION_SETS = 256


def steps_per_second(call, steps):
    """Of call(i), which makes `steps` steps: by processor time, as Pavlov's are; warmed up for a
    quarter of a round."""
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS / 4:
        call(count)
        count += 1
    chunk = max(1, count // 5)
    count, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        for i in range(count, count + chunk):
            call(i)
        count += chunk
    return count * steps / (time.process_time() - start)


def gymnasium(env_id, n):
    """The package's own NumPy batch where it has one, else its synchronous vector environment."""
    import gymnasium as gym
    import numpy as np
    batch = gym.spec(env_id).vector_entry_point is not None
    env = gym.make_vec(env_id, num_envs=n,
                       vectorization_mode="vector_entry_point" if batch and n > 1 else "sync")
    actions = np.random.default_rng(1).integers(0, int(env.single_action_space.n),
                                                (ACTION_SETS, n))
    env.reset(seed=1)
    return steps_per_second(lambda i: env.step(actions[i % ACTION_SETS]), n)


def envpool(env_id, n):
    import envpool as package
    import numpy as np
    env = package.make(env_id, env_type="gymnasium", num_envs=n, num_threads=1, seed=1)
    actions = np.random.default_rng(1).integers(0, int(env.action_space.n), (ACTION_SETS, n))
    actions = actions.astype(np.int32)
    env.reset()
    return steps_per_second(lambda i: env.step(actions[i % ACTION_SETS]), n)


def gymnax(env_id, n):
    """float32, a compiled scan; nothing of Python inside."""
    import gymnax as package
    import jax
    import jax.numpy as jnp
    env, parameters = package.make(env_id)
    steps = max(64, min(4096, 500_000 // n))
    key, action_key, reset_key = jax.random.split(jax.random.PRNGKey(1), 3)
    actions = jax.random.randint(action_key, (steps, n), 0, env.num_actions)
    step = jax.vmap(env.step, in_axes=(0, 0, 0, None))
    _, state = jax.vmap(env.reset, in_axes=(0, None))(jax.random.split(reset_key, n), parameters)

    def body(carry, action):
        state, key, total = carry
        key, draw = jax.random.split(key)
        observation, state, reward, *_ = step(jax.random.split(draw, n), state, action, parameters)
        return (state, key, total + jnp.sum(reward) + jnp.sum(observation)), None

    scan = jax.jit(lambda state, key: jax.lax.scan(body, (state, key, 0.0), actions)[0])
    carry = scan(state, key)

    def call(_):
        nonlocal carry
        carry = scan(carry[0], carry[1])
        jax.block_until_ready(carry)

    return steps_per_second(call, steps * n)


def work(package, env_id, n):
    """In an interpreter that may have the package: prints steps per second, or why there are none."""
    try:
        print(json.dumps(globals()[package](env_id, n)))
    except Exception as error:  # missing package or environment: this cell stays empty
        print(json.dumps(f"{type(error).__name__}: {error}"[:200]))


def ask(python, package, env_id, n):
    done = subprocess.run([python, __file__, "--work", package, env_id, str(n)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else f"exit status {done.returncode}"


def pavlov(bench, env_id, n):
    only = f"--benchmark_filter=^envs/{ENVS[env_id]}/{n}(/baseline)?$"
    done = subprocess.run([bench, "--json", only], stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["name"] == ENVS[env_id] and row["n"] == n:
            return 1e9 / row["value"]
    sys.exit(f"{bench} has no row {ENVS[env_id]} with n = {n}")


def table(best, sizes):
    print("| environment | N | pavlov | " + " | ".join(PACKAGES) + " |")
    print("|---|---|---|" + "---|" * len(PACKAGES))
    for env_id in ENVS:
        for n in sizes:
            ours = best[env_id, n, "pavlov"]
            cells = [f"{ours / 1e6:.3g} M"]
            for package in PACKAGES:
                peer = best.get((env_id, n, package))
                cells.append("-" if peer is None else f"{peer / 1e6:.3g} M ({ours / peer:.0f}x)")
            print(f"| {env_id} | {n} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bench/bench_envs")
    parser.add_argument("--python", action="append", default=[],
                        help="an interpreter with some of the packages; several may be given")
    parser.add_argument("--num_envs", default="1,64,1024")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        package, env_id, n = arguments.work
        return work(package, env_id, int(n))
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", JAX_PLATFORMS="cpu")
    sizes = [int(n) for n in arguments.num_envs.split(",")]
    best = {}
    for _ in range(arguments.rounds):
        for env_id in ENVS:
            for n in sizes:
                cells = [("pavlov", pavlov(arguments.bench, env_id, n))]
                for package in PACKAGES:
                    cells += [(package, ask(python, package, env_id, n))
                              for python in arguments.python or [sys.executable]]
                for package, rate in cells:
                    if isinstance(rate, float):
                        key = (env_id, n, package)
                        best[key] = max(rate, best.get(key, 0.0))
    if not arguments.json:
        return table(best, sizes)
    for (env_id, n, package), rate in best.items():
        print(json.dumps({"suite": "envs_peers", "name": env_id, "n": n, "package": package,
                          "value": rate, "unit": "steps/s"}))
    return None


if __name__ == "__main__":
    main()
