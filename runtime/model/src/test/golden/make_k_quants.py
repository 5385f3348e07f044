"""Random super-blocks of ggml's K-quants, and what the PyPI package `gguf` makes of them.

    pip install numpy==2.4.6 gguf==0.19.0
    python make_k_quants.py runtime/model/src/test/resources/k-quants
"""

import pathlib
import sys

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

BLOCKS = 4
# Bytes at which a super-block holds its float16 scales.
SCALES = {Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,)}


def main(folder):
    random = np.random.default_rng(21)
    for kind, places in SCALES.items():
        blocks = random.integers(0, 256, (BLOCKS, GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
        for place in places:
            scales = (0.001 + 0.01 * random.random(BLOCKS)).astype("<f2")
            blocks[:, place : place + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
        name = kind.name.lower()
        (folder / f"{name}.blocks").write_bytes(blocks.tobytes())
        (folder / f"{name}.f32").write_bytes(dequantize(blocks.reshape(1, -1), kind).astype("<f4").tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
