"""Tasks that misbehave on purpose; in a module of their own, so that workers can import them."""

import os
import signal
import sys
import time
from pathlib import Path

from lecture8.workers import Failed


def carry_out(plan):
    """Fail, stumble, quit, hang, or "die 2 FILE": die twice, each time with a mark in FILE."""
    what, *details = plan.split(maxsplit=2)
    if what == "fail":
        raise RuntimeError("no convergence in 250 cycles")
    if what == "stumble":
        raise KeyError("a bug")
    if what == "quit":
        sys.exit("enough")
    if what == "hang":
        time.sleep(600)
    if what == "die" and _mark(Path(details[1])) <= int(details[0]):
        os.kill(os.getpid(), signal.SIGKILL)


def _mark(file) -> int:
    with file.open("a") as marks:
        marks.write("x")
    return file.stat().st_size


def square(number, plan="work"):
    carry_out(plan)
    return Failed("it was declined") if plan == "decline" else number**2


def has_torch():
    return "torch" in sys.modules
