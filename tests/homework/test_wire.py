"""What a submission says is plain data of the size that was sent."""

import io
import json

import numpy as np
import pytest
from wire import LONGEST, pack, receive, send, unpack


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        "text",
        None,
        True,
        [1, (2.0, "x"), {"a": [np.nan]}],
        np.arange(6.0).reshape(2, 3),
        np.zeros((0, 3)),
        np.array(3),
        np.array([True, False]),
    ],
    ids=str,
)
def test_plain_data_arrives_as_it_was(value):
    stream = io.BytesIO()
    send(stream, "data", value)
    stream.seek(0)
    kind, arrived = receive(stream)
    assert kind == "data"
    assert type(arrived) is type(value)
    np.testing.assert_equal(arrived, value)


@pytest.mark.parametrize(
    "array",
    [
        {"array": ["x"], "dtype": "S1000000000", "shape": [1]},
        {"array": [1], "dtype": "<f8", "shape": [10**12]},
        {"array": [1], "dtype": "<f8", "shape": [-1, -1]},
        {"array": [1], "dtype": "O", "shape": [1]},
        {"array": [1, 2], "dtype": "<f8", "shape": [1]},
        {"array": [[1, 2], [3]], "dtype": "<f8", "shape": [2]},
    ],
)
def test_an_array_that_contradicts_itself_is_refused(array):
    with pytest.raises(ValueError, match=r"array|sequence"):
        unpack(array)


def test_too_long_a_message_is_not_read():
    with pytest.raises(ConnectionError, match="too much"):
        receive(io.BytesIO(b'["data", "' + b"x" * LONGEST + b'"]\n'))


def test_what_is_no_data_cannot_be_sent():
    for value in (object(), np.array(["a"]), 1j, {1, 2}):
        with pytest.raises(TypeError, match="neither a number"):
            json.dumps(pack(value))
