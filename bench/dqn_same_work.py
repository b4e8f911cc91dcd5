#!/usr/bin/env python3
"""The same DQN work in Pavlov and in Stable-Baselines3, in turn, on one thread: processor seconds.

CartPole-v1, 50,000 steps, about 24,500 updates of 64, two layers of 256, the settings of
rl-baselines3-zoo (hyperparams/dqn.yml). No evaluations on either side. Stable-Baselines3 is charged
for learn() alone, Pavlov for its whole process. One JSON object per line:

    python -m venv venv && venv/bin/pip install stable-baselines3 gymnasium
    taskset -c 1 venv/bin/python bench/dqn_same_work.py --pavlov build/release/pavlov --seeds 2

Fields: suite, name, n (steps), value and baseline_value in processor seconds, unit, baseline, ratio.
"""
import argparse
import json
import os
import resource
import subprocess
import tempfile

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

STEPS = 50_000
PAVLOV = [
    "train", "dqn", "--env", "CartPole-v1", "--steps", str(STEPS), "--hidden", "256,256",
    "--learning_rate", "0.0023", "--learning_rate_final", "-1", "--batch_size", "64",
    "--buffer_size", "100000", "--learning_starts", "1000", "--gamma", "0.99",
    "--train_freq", "256", "--gradient_steps", "128", "--target_update_interval", "10",
    "--tau", "1", "--loss", "huber", "--no_double_q", "--max_grad_norm", "10",
    "--adam_epsilon", "1e-8", "--exploration_initial_eps", "1", "--exploration_fraction", "0.16",
    "--exploration_final_eps", "0.04", "--eval_every", "0", "--final_episodes", "0",
    "--quiet", "--json",
]


def pavlov(program, seed):
    """Processor seconds of the whole process, and its number of updates."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([program, *PAVLOV, "--seed", str(seed), "--out", folder + "/run"],
                             check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, json.loads(run.stdout)["updates"]


def stable_baselines3(seed):
    """Processor seconds of learn(), its number of updates, and the package's version."""
    import time

    import stable_baselines3
    import torch

    torch.set_num_threads(1)
    model = stable_baselines3.DQN(
        "MlpPolicy", "CartPole-v1", learning_rate=2.3e-3, batch_size=64, buffer_size=100_000,
        learning_starts=1000, gamma=0.99, target_update_interval=10, train_freq=256,
        gradient_steps=128, exploration_fraction=0.16, exploration_final_eps=0.04,
        policy_kwargs={"net_arch": [256, 256]}, seed=seed, device="cpu")
    start = time.process_time()
    model.learn(STEPS)
    return (time.process_time() - start, model._n_updates, stable_baselines3.__version__,
            torch.__version__)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pavlov", required=True, help="the program to measure")
    parser.add_argument("--seeds", type=int, default=2, help="seeds 0, 1, ...")
    parser.add_argument("--json", action="store_true", help="what it prints anyway")
    arguments = parser.parse_args()
    for seed in range(arguments.seeds):
        ours, our_updates = pavlov(arguments.pavlov, seed)
        theirs, their_updates, version, torch_version = stable_baselines3(seed)
        print(json.dumps({
            "suite": "dqn_same_work", "name": "cartpole_2x256", "n": STEPS, "seed": seed,
            "value": round(ours, 3), "unit": "CPU s", "updates": our_updates,
            "baseline": f"stable-baselines3 {version}, torch {torch_version}",
            "baseline_value": round(theirs, 3), "baseline_updates": their_updates,
            "ratio": round(theirs / ours, 2)}), flush=True)


if __name__ == "__main__":
    main()
