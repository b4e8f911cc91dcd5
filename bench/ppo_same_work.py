#!/usr/bin/env python3
"""The same PPO work in Pavlov and in Stable-Baselines3, in turn, on one thread: processor seconds.

The settings of rl-baselines3-zoo (hyperparams/ppo.yml): as many environments, steps, epochs and
minibatches of the same size on networks of the same shape. No evaluations on either side. Stable-
Baselines3 is charged for learn() alone, Pavlov for its whole process. One JSON object per line:

    python -m venv venv && venv/bin/pip install stable-baselines3 'gymnasium[box2d]'
    taskset -c 1 venv/bin/python bench/ppo_same_work.py --pavlov build/release/pavlov

Fields: suite, name, n (steps), value and baseline_value in processor seconds, unit, baseline, ratio.
"""
import argparse
import json
import os
import resource
import subprocess
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

# Steps by default; the values of the zoo.
WORK = {
    "CartPole-v1": (100_000, {
        "num_envs": 8, "n_steps": 32, "batch_size": 256, "n_epochs": 20, "gamma": 0.98,
        "gae_lambda": 0.8, "ent_coef": 0.0, "learning_rate": 1e-3, "clip_range": 0.2,
        "linear": True}),
    "LunarLander-v3": (1_000_000, {
        "num_envs": 16, "n_steps": 1024, "batch_size": 64, "n_epochs": 4, "gamma": 0.999,
        "gae_lambda": 0.98, "ent_coef": 0.01, "learning_rate": 3e-4, "clip_range": 0.2,
        "linear": False}),
}


def pavlov(program, env, steps, settings, seed):
    """Processor seconds of the whole process, and its number of updates."""
    options = []
    for name, value in settings.items():
        if name != "linear":
            options += [f"--{name}", str(value)]
    schedule = "linear" if settings["linear"] else "constant"
    for name in ("learning_rate_schedule", "clip_range_schedule"):
        options += [f"--{name}", schedule]
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run(
            [program, "train", "ppo", "--env", env, "--steps", str(steps), "--hidden", "64,64",
             "--activation", "tanh", "--adam_epsilon", "1e-5", "--target_kl", "0",
             "--no_normalize_observation", "--no_normalize_reward", "--eval_every", "0",
             "--final_episodes", "0", "--quiet", "--json", "--seed", str(seed), "--out",
             folder + "/run", *options], check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, json.loads(run.stdout)["updates"]


def stable_baselines3(env, steps, settings, seed):
    """Processor seconds of learn(), and its number of minibatches."""
    import stable_baselines3
    import torch
    from stable_baselines3.common.env_util import make_vec_env

    torch.set_num_threads(1)

    def schedule(value):
        return (lambda left: left * value) if settings["linear"] else value

    model = stable_baselines3.PPO(
        "MlpPolicy", make_vec_env(env, settings["num_envs"], seed=seed),
        n_steps=settings["n_steps"], batch_size=settings["batch_size"],
        n_epochs=settings["n_epochs"], gamma=settings["gamma"], gae_lambda=settings["gae_lambda"],
        ent_coef=settings["ent_coef"], learning_rate=schedule(settings["learning_rate"]),
        clip_range=schedule(settings["clip_range"]), seed=seed, device="cpu")
    start = time.process_time()
    model.learn(steps)
    seconds = time.process_time() - start
    per_epoch = -(-settings["n_steps"] * settings["num_envs"] // settings["batch_size"])
    return (seconds, model._n_updates * per_epoch,
            f"stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pavlov", required=True, help="the program to measure")
    parser.add_argument("--env", choices=WORK, default="CartPole-v1")
    parser.add_argument("--steps", type=int, help="in place of the zoo's number")
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0, 1, ...")
    arguments = parser.parse_args()
    steps, settings = WORK[arguments.env]
    steps = arguments.steps or steps
    for seed in range(arguments.seeds):
        ours, our_updates = pavlov(arguments.pavlov, arguments.env, steps, settings, seed)
        theirs, their_updates, baseline = stable_baselines3(arguments.env, steps, settings, seed)
        print(json.dumps({
            "suite": "ppo_same_work", "name": arguments.env, "n": steps, "seed": seed,
            "value": round(ours, 3), "unit": "CPU s", "updates": our_updates,
            "baseline": baseline, "baseline_value": round(theirs, 3),
            "baseline_updates": their_updates, "ratio": round(theirs / ours, 2)}), flush=True)


if __name__ == "__main__":
    main()
