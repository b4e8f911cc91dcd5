#!/usr/bin/env python3
"""Writes tables of single steps of Gymnasium's environments under physics that is not the standard.

    python3 tests/data/make_physics_tables.py tests/data/parity

Needs gymnasium 1.4.0 and numpy 2.4.6 (Python 3.11, Linux x86-64, glibc). Every row has values of its
own for the quantities that Gymnasium keeps as attributes, a state, an action, and what one step gave.
Columns: the quantities in the order below, state, action, next state, observation, reward,
terminated. Row-major little-endian doubles without a header.
"""
import math
import pathlib
import sys

import gymnasium as gym
import numpy as np

ROWS = 100


def cartpole(env, g):
    values = [g.uniform(5, 15), g.uniform(0.5, 2), g.uniform(0.05, 0.5), g.uniform(0.2, 1),
              g.uniform(5, 20), g.uniform(0.01, 0.03)]
    env.gravity, env.masscart, env.masspole, env.length, env.force_mag, env.tau = values
    env.total_mass = env.masspole + env.masscart
    env.polemass_length = env.masspole * env.length
    env.steps_beyond_terminated = None
    return values, g.uniform(-1, 1, 4) * [2.5, 3, 0.25, 3], int(g.integers(0, 2))


def acrobot(env, g):
    values = [g.uniform(0.5, 2), g.uniform(0.5, 2), g.uniform(0.5, 2), g.uniform(0.2, 1),
              g.uniform(0.2, 1), g.uniform(0.5, 2), float(g.integers(0, 2))]
    (env.LINK_LENGTH_1, env.LINK_MASS_1, env.LINK_MASS_2, env.LINK_COM_POS_1, env.LINK_COM_POS_2,
     env.LINK_MOI) = values[:6]
    env.book_or_nips = "nips" if values[6] else "book"
    scale = [math.pi, math.pi, 4 * math.pi, 9 * math.pi]
    return values, g.uniform(-1, 1, 4) * scale, int(g.integers(0, 3))


def mountaincar(env, g):
    values = [g.uniform(0.0005, 0.003), g.uniform(0.001, 0.004), g.uniform(0, 0.07)]
    env.force, env.gravity, env.goal_velocity = values
    return values, g.uniform([-1.25, -0.07], [0.6, 0.07]), int(g.integers(0, 3))


def mountaincar_continuous(env, g):
    values = [g.uniform(0.0005, 0.003), g.uniform(0, 0.07)]
    env.power, env.goal_velocity = values
    state = g.uniform([-1.25, -0.07], [0.6, 0.07]).astype(np.float32)
    return values, state, np.array([g.uniform(-1.5, 1.5)], dtype=np.float32)


def pendulum(env, g):
    values = [g.uniform(5, 15), g.uniform(0.5, 2), g.uniform(0.5, 2), g.uniform(1, 3)]
    env.g, env.m, env.l, env.max_torque = values
    return values, g.uniform(-1, 1, 2) * [10, 8], np.array([g.uniform(-4, 4)], dtype=np.float32)


PLAN = {"CartPole-v1": cartpole, "Acrobot-v1": acrobot, "MountainCar-v0": mountaincar,
        "MountainCarContinuous-v0": mountaincar_continuous, "Pendulum-v1": pendulum}


def main():
    folder = pathlib.Path(sys.argv[1]) / "physics"
    folder.mkdir(parents=True, exist_ok=True)
    for env_id, draw in PLAN.items():
        env = gym.make(env_id).unwrapped
        env.reset(seed=0)
        g = np.random.default_rng(42)
        rows = []
        for _ in range(ROWS):
            values, state, action = draw(env, g)
            env.state = state.copy()
            observation, reward, terminated, _, _ = env.step(action)
            rows.append([*values, *map(float, state), float(np.ravel(action)[0]),
                         *map(float, env.state), *map(float, observation), float(reward),
                         terminated])
        np.array(rows, dtype="<f8").tofile(folder / f"{draw.__name__}.f64")


if __name__ == "__main__":
    main()
