"""Every bad input is refused with its cause: the right exception, the value, what to do."""

import sys
import warnings

import numpy as np
import pytest

from tests.bad_inputs import ROWS


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_is_refused_with_its_cause(row, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(tmp_path)
    floats, before = np.geterr(), _torch_dtype()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(row.error, match=row.sentence):
            row.call(tmp_path)
    assert not list(out.iterdir()), "a file was left behind"
    assert np.geterr() == floats
    assert _torch_dtype() == before


def test_the_table_is_long_and_no_row_is_there_twice():
    names = [row.name for row in ROWS]
    assert len(names) >= 120
    assert len(set(names)) == len(names)


def _torch_dtype():
    torch = sys.modules.get("torch")
    return str(torch.get_default_dtype()) if torch else "torch.float32"  # what an import brings
