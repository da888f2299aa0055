#!/usr/bin/env python3
"""Time operations in MLX on inputs that benches/mlx_comparison wrote.

    mlx_baseline.py [--time 1s] DIRECTORY...

A directory holds case.json and one NAME.f32 an array (little-endian float32),
ours.f32 being Cupel's result. MLX's result is compared with it first; then every
output is evaluated inside the timed loop, because MLX is lazy and an output
that nobody asks for costs nothing. Prints Go's benchmark format.

Exit code: 0 timed, 1 a result differs, 2 bad use, 3 MLX is not installed.
"""

import argparse
import array
import json
import pathlib
import re
import sys
import time

try:
    import mlx.core as mx
except ImportError:
    mx = None

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def seconds(text):
    """Go's durations of one unit: 100ms, 1s, 1.5s."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m)", text)
    if not match or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 100ms or 1s")
    return float(match[1]) * UNITS[match[2]]


def softmax(arrays, params):
    return mx.softmax(arrays["x"], axis=-1)


def rms_norm(arrays, params):
    return mx.fast.rms_norm(arrays["x"], arrays["weight"], params["epsilon"])


def layer_norm(arrays, params):
    return mx.fast.layer_norm(arrays["x"], arrays["weight"], arrays["bias"], params["epsilon"])


def lora(arrays, params):
    return arrays["base"] + params["scale"] * ((arrays["x"] @ arrays["a"]) @ arrays["b"])


OPERATIONS = {f.__name__: f for f in (softmax, rms_norm, layer_norm, lora)}


def read(path):
    values = array.array("f")
    values.frombytes(path.read_bytes())
    if sys.byteorder == "big":
        values.byteswap()
    return values


def difference(got, ours, case):
    """The first value that is too far from ours, or None."""
    for index, (a, b) in enumerate(zip(got, ours, strict=True)):
        # Written so that NaN is a difference.
        if not abs(a - b) <= case["abs"] + case["rel"] * abs(b):
            return f"value {index} is {a} in MLX and {b} in Cupel"
    return None


def measure(run, limit):
    """Iterations and nanoseconds of one, over at least limit seconds."""
    for _ in range(10):  # compile, warm up
        mx.eval(run())
    count = 1
    while True:
        begin = time.perf_counter_ns()
        for _ in range(count):
            mx.eval(run())
        took = time.perf_counter_ns() - begin
        if took >= limit * 1e9:
            return count, took / count
        count = max(count + 1, min(100 * count, int(1.2 * limit * 1e9 * count / max(took, 1))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", type=seconds, default="1s", help="how long to time each operation (1s)")
    parser.add_argument("directory", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    if mx is None:
        print("MLX is not installed: pip install mlx", file=sys.stderr)
        return 3
    for directory in args.directory:
        case = json.loads((directory / "case.json").read_text())
        operation = OPERATIONS[case["operation"]]
        arrays = {
            name: mx.array(read(directory / f"{name}.f32").tolist(), dtype=mx.float32).reshape(shape)
            for name, shape in case["shapes"].items()
        }
        mx.eval(list(arrays.values()))

        def run(operation=operation, arrays=arrays, params=case["params"]):
            return operation(arrays, params)

        wrong = difference(run().reshape(-1).tolist(), read(directory / "ours.f32"), case)
        if wrong:
            print(f"{case['operation']}: {wrong}", file=sys.stderr)
            return 1
        count, nanoseconds = measure(run, args.time)
        print(f"Benchmark{case['operation']} {count} {nanoseconds:.1f} ns/op", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
