"""Only regular files of bounded size are read, and by processes with limits."""

import os

import pytest
from bounded import Refused, in_child, printable, read_regular

EMPTY = b'{"cell_type": "code", "source": ""}'


def as_link(path):
    (path.parent / "other").write_text("other")
    path.symlink_to(path.parent / "other")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (as_link, "is a link"),
        (os.mkfifo, "is no regular file"),
        (lambda path: path.mkdir(), "is no regular file"),
        (lambda path: path.write_bytes(bytes(1001)), "is larger than 0.001 MB"),
        (lambda path: None, "no such file"),
    ],
)
def test_what_is_not_read(tmp_path, make, why):
    make(tmp_path / "file")
    with pytest.raises(Refused, match=why):
        read_regular(tmp_path / "file", most=1000)
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(Refused, match=why):
        read_regular("file", most=1000, folder=folder)
    os.close(folder)


def test_what_is_read(tmp_path):
    (tmp_path / "file").write_bytes(bytes(1000))
    assert read_regular(tmp_path / "file", most=1000, owner=os.getuid()) == bytes(1000)


def test_a_hard_link_to_what_is_anothers_is_refused(tmp_path):
    (tmp_path / "file").write_text("hers")
    os.link(tmp_path / "file", tmp_path / "mine")
    with pytest.raises(Refused, match="another user"):
        read_regular(tmp_path / "mine", most=1000, owner=os.getuid() + 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no json", "cannot be read"),
        (b"[" * 10**6, "cannot be read"),
        (b'{"nbformat": 3, "worksheets": []}', "cannot be read"),
        (b'{"nbformat": 4, "cells": [7]}', "cannot be read"),
        (b'{"nbformat": 4, "cells": [' + b",".join([EMPTY] * 9999) + b"]}", "bounded size"),
    ],
    ids=["no json", "deep", "old", "no cells", "long"],
)
def test_what_cannot_be_read_is_refused(content, why):
    with pytest.raises(Refused, match=why):
        in_child("tidy.py", content, most=20_000)


def test_a_notebook_is_read():
    content = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a", "b"]}]}'
    assert in_child("tidy.py", content, most=20_000)["outputs"] == [[]]


def test_a_note_is_one_line_of_letters():
    """Or a file's name could forge a line of the log, or move the reader's cursor."""
    forged = "x\nWARNING | zoe, hw1: 0 points\x1b]0;t\x07é\ud800"
    assert printable(forged) == "x?WARNING | zoe, hw1: 0 points?]0;t?é?"
    assert len(printable("x" * 9000)) == 500
