#!/usr/bin/env python3
"""Records runs of Gymnasium's wrappers on CartPole, for tests/envs/wrappers/recorded_runs_test.cpp.

    pip install "gymnasium[classic-control]==1.4.0" "numpy==2.4.6"
    python3 tests/data/make_wrapper_runs.py tests/data/wrappers

The committed files were made with Python 3.11 on Linux x86-64 with glibc. Each is SyncVectorEnv of
four CartPole-v1 with a time limit of 22, reset(seed=11), 40 steps, in next_step or same_step mode:

    repeat_<mode>.f64   RepeatAction(4) inside each environment
    stack_<mode>.f64    FrameStackObservation(2) inside each environment
    all_<mode>.f64      RepeatAction(3), then FrameStackObservation(2) inside each environment, then
                        NormalizeObservation (next_step mode only) and NormalizeReward around all

Row-major little-endian doubles without a header, one row per step and environment; the first four
rows are the reset. Columns: action, observation..., reward, terminated, truncated, final
observation... (zero where there is none).
"""
import pathlib
import sys

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FlattenObservation, FrameStackObservation, RepeatAction
from gymnasium.wrappers.vector import NormalizeObservation, NormalizeReward

ENVS, STEPS, LIMIT, SEED = 4, 40, 22, 11


def make_one(repeats, stack):
    env = gym.make("CartPole-v1", max_episode_steps=LIMIT)
    if repeats > 1:
        env = RepeatAction(env, repeats)
    if stack > 1:
        env = FlattenObservation(FrameStackObservation(env, stack))
    return env


def record(mode, repeats, stack, normalize, actions):
    env = SyncVectorEnv([lambda: make_one(repeats, stack)] * ENVS, autoreset_mode=mode)
    if normalize and mode == AutoresetMode.NEXT_STEP:
        env = NormalizeObservation(env)
    if normalize:
        env = NormalizeReward(env)
    observation, _ = env.reset(seed=SEED)
    zero = np.zeros(observation.shape[1])
    rows = [[-1, *o, 0, 0, 0, *zero] for o in observation]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        for i in range(ENVS):
            has_final = "final_obs" in info and info["_final_obs"][i]
            final = info["final_obs"][i] if has_final else zero
            rows.append([action[i], *observation[i], reward[i], terminated[i], truncated[i], *final])
    return np.array(rows, "<f8")


def main():
    folder = pathlib.Path(sys.argv[1])
    actions = np.random.default_rng(3).integers(0, 2, size=(STEPS, ENVS))
    for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP):
        for name, repeats, stack, normalize in (
                ("repeat", 4, 1, False), ("stack", 1, 2, False), ("all", 3, 2, True)):
            rows = record(mode, repeats, stack, normalize, actions)
            (folder / f"{name}_{mode.name.lower()}.f64").write_bytes(rows.tobytes())


if __name__ == "__main__":
    main()
