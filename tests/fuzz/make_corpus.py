"""Writes the seeds of safetensors_fuzz: small files, right and wrong, that show the fuzzer the format.

    python3 tests/fuzz/make_corpus.py
"""

import json
import math
import pathlib
import struct


def file_of(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


def tensor(dtype, shape, begin, end):
    return b'{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}' % (dtype, shape, begin, end)


def policy(network, shapes):
    """As agents::Policy::save writes it, for the description of a network and its tensors."""
    metadata = {
        "algorithm": "dqn",
        "env": "CartPole-v1",
        "env_steps": "1000",
        "format": "pavlov-policy",
        "format_version": "1",
        "seed": "1",
    }
    metadata.update(network)
    tensors, end = [], 0
    for name, shape in sorted(shapes.items()):
        begin, end = end, end + 4 * math.prod(shape)
        text = json.dumps(shape, separators=(",", ":")).encode()
        tensors.append(b'"%s":' % name.encode() + tensor(b"F32", text, begin, end))
    header = json.dumps(metadata, sort_keys=True, separators=(",", ":")).encode()
    header = b'{"__metadata__":' + header + b"," + b",".join(tensors) + b"}"
    header += b" " * (-len(header) % 8)
    return file_of(header, struct.pack("<%df" % (end // 4), *range(end // 4)))


def mlp(inputs, hidden, outputs):
    """One hidden layer."""
    network = {
        "activation": "relu",
        "hidden": str(hidden),
        "inputs": str(inputs),
        "network": "mlp",
        "outputs": str(outputs),
    }
    shapes = {
        "layers.0.bias": [hidden],
        "layers.0.weight": [inputs, hidden],
        "layers.1.bias": [outputs],
        "layers.1.weight": [hidden, outputs],
    }
    return policy(network, shapes)


def dueling(inputs, actions, atoms):
    """Noisy streams without a hidden layer."""
    network = {
        "actions": str(actions),
        "activation": "tanh",
        "atoms_per_action": str(atoms),
        "dueling": "true",
        "hidden": "",
        "inputs": str(inputs),
        "layer_norm": "false",
        "network": "value",
        "noisy": "true",
    }
    shapes = {}
    for stream, outputs in {"value.0": atoms, "advantage.0": actions * atoms}.items():
        for part in ("", "_sigma"):
            shapes[f"{stream}.weight{part}"] = [inputs, outputs]
            shapes[f"{stream}.bias{part}"] = [outputs]
    return policy(network, shapes)


SEEDS = {
    "policy": mlp(inputs=2, hidden=3, outputs=2),
    "dueling": dueling(inputs=2, actions=2, atoms=3),
    "empty": file_of(b"{}"),
    "metadata": file_of(b'{"__metadata__":{"env":"CartPole-v1","hidden":"[64, 64]"}}   '),
    "scalar": file_of(b'{"a":' + tensor(b"F32", b"[]", 0, 4) + b"}", struct.pack("<f", 1)),
    "two": file_of(
        b'{"a":' + tensor(b"F32", b"[2]", 0, 8) + b',"b":' + tensor(b"I64", b"[1,1]", 8, 16) + b"}",
        bytes(range(16)),
    ),
    "no_values": file_of(b'{"a":' + tensor(b"BF16", b"[0,3]", 0, 0) + b"}"),
    "escapes": file_of(b'{"\\u00e9\\n\\ud83d\\ude00":' + tensor(b"U8", b"[1]", 0, 1) + b"}", b"!"),
    "gap": file_of(b'{"a":' + tensor(b"F32", b"[1]", 4, 8) + b"}", bytes(8)),
    "overflow": file_of(b'{"a":' + tensor(b"F32", b"[4294967296,4294967296]", 0, 0) + b"}"),
    "truncated": file_of(b'{"a":{"dtype":"F32","shape":[1')[:-2],
}

folder = pathlib.Path(__file__).parent / "corpus" / "safetensors"
folder.mkdir(parents=True, exist_ok=True)
for name, content in SEEDS.items():
    (folder / name).write_bytes(content)
