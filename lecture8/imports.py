"""Large libraries are imported whole, and in silence, or not at all."""

import signal
import threading
import warnings
from contextlib import contextmanager


@contextmanager
def whole_import():
    """Finish the `with` block, an import, before a signal is heard; keep the warnings' filters.

    The stop button, or an alarm, raises an exception wherever Python happens to be. A library that
    is stopped in the middle of its import stays half imported: the next attempt finds the half, and
    fails until the kernel is restarted. So signals wait, some seconds at most, and are then raised.
    """
    heard = []

    def remember(number, frame):
        heard.append(number)

    handlers = {}
    if threading.current_thread() is threading.main_thread():  # no other thread hears signals
        handlers = {
            number: handler
            for number in signal.valid_signals()
            if callable(handler := signal.getsignal(number))
        }
    try:
        for number in handlers:
            signal.signal(number, remember)
        with warnings.catch_warnings():
            yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(heard):
            signal.raise_signal(number)
