"""Reference pictures of Gymnasium's rgb_array rendering, with the actions that led to each.

pip install "gymnasium[classic-control,box2d]==1.4.0" pillow;  python make_frames.py
Writes <env>_<k>.png, and frames.csv: file, environment, seed, then the actions, one number each
(two in a row for environments with two dimensions).
"""
import gymnasium as gym
import numpy as np
from PIL import Image

PLAN = {
    0: ("CartPole-v1", 1, [1, 0, 1, 1, 1, 1, 0, 1]),
    2: ("Acrobot-v1", 3, [2, 2, 2, 2, 0, 0, 0, 0, 2, 2, 2]),
    4: ("MountainCar-v0", 5, [2] * 25),
    5: ("Pendulum-v1", 6, [[1.5]] * 12),
    7: ("LunarLander-v3", 8, [2, 2, 3, 2, 1, 2, 0, 0, 2, 3] * 4),
    8: ("LunarLander-v3", 9, [0] * 60),
}
with open("frames.csv", "w") as table:
    for k, (env_id, seed, actions) in PLAN.items():
        env = gym.make(env_id, render_mode="rgb_array")
        env.reset(seed=seed)
        for action in actions:
            *_, terminated, truncated, _ = env.step(
                np.float32(action) if isinstance(action, list) else action)
            assert not (terminated or truncated)
        Image.fromarray(env.render()).save(f"{env_id}_{k}.png")
        numbers = np.ravel(actions).tolist()
        table.write(",".join([f"{env_id}_{k}.png", env_id, str(seed), *map(str, numbers)]) + "\n")
        env.close()
