"""Plain data as lines of JSON: all that a submission and its examiner can say to each other."""

import json
import math

import numpy as np

LONGEST = 4_000_000  # bytes of one message; the longest run that a check hands in has a tenth


def pack(value):
    """Return `value` as JSON can hold it: numbers, strings, lists, tuples, dicts, arrays."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": value.ravel().tolist(), "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return {"tuple": [pack(v) for v in value]}
    if isinstance(value, list):
        return [pack(v) for v in value]
    if isinstance(value, dict):
        return {"dict": [[pack(k), pack(v)] for k, v in value.items()]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} is neither a number, a text, a list nor an array")


def unpack(value):
    """Return what was packed; ValueError for an array that its own description contradicts."""
    if isinstance(value, list):
        return [unpack(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return _array(value["array"], np.dtype(value["dtype"]), value["shape"])
    if "tuple" in value:
        return tuple(unpack(v) for v in value["tuple"])
    return {unpack(k): unpack(v) for k, v in value["dict"]}


def _array(numbers, dtype, shape):
    # A text type can ask for gigabytes an element, a shape for more elements than were sent.
    if dtype.kind not in "biuf" or dtype.itemsize > 16:
        raise ValueError(f"an array of {dtype} is no array of numbers")
    if len(numbers) != math.prod(shape) or min(shape, default=0) < 0:
        raise ValueError(f"an array of {len(numbers)} numbers has not the shape {shape}")
    return np.array(numbers, dtype=dtype).reshape(shape)


def send(stream, kind: str, value=None) -> None:
    """Write one message."""
    stream.write(json.dumps([kind, pack(value)]).encode() + b"\n")
    stream.flush()


def receive(stream):
    """Read one message: its kind and its value."""
    line = stream.readline(LONGEST)
    if not line.endswith(b"\n"):
        raise ConnectionError("the other side hung up, or said too much at once")
    kind, value = json.loads(line)
    return kind, unpack(value)
