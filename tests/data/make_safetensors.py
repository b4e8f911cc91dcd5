"""Writes float32.safetensors and mixed.safetensors with the reference implementation.

Needs the packages safetensors (0.8.0 wrote the files here) and numpy. The values are exact in
float32, so tests/nets/safetensors_test.cpp compares them bit for bit.
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(__file__).parent
save_file(
    {
        "scalar": np.array(0.5, np.float32),
        "empty": np.zeros((0, 3), np.float32),
        "layer.bias": np.array([1, -2, 3.5], np.float32),
        "layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "cube": np.array([np.inf, -np.inf, -0.0, 1e-45], np.float32).reshape(2, 1, 2),
    },
    folder / "float32.safetensors",
    metadata={"env": "CartPole-v1"},
)
save_file(
    {
        "count": np.array([1, 2**40], np.int64),
        "flag": np.array([True]),
        "value": np.array([[2.25]], np.float32),
    },
    folder / "mixed.safetensors",
)
