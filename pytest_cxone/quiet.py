"""Tests that run beside the run's own: nobody is told what they come to, and none of them goes on for ever."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, Final

import pytest

__all__ = ["no_longer_than", "unheard"]

_TOLD: Final = frozenset(
    {
        "pytest_runtest_logstart",
        "pytest_runtest_logfinish",
        "pytest_exception_interact",
        "pytest_warning_recorded",
    }
)


@contextmanager
def unheard(session: pytest.Session) -> "Iterator[list[pytest.TestReport]]":
    """Let what becomes of tests be told to nobody but the list."""
    heard: list[pytest.TestReport] = []
    before = session.gethookproxy

    def gethookproxy(path: Any) -> Any:
        return _Unheard(before(path), heard)

    session.gethookproxy = gethookproxy  # type: ignore[assignment,method-assign]
    with ExitStack() as opened:
        opened.callback(delattr, session, "gethookproxy")
        _keep_quiet(session.config, opened)
        yield heard


def _keep_quiet(config: pytest.Config, opened: ExitStack) -> None:
    """Let pytest's live log and log file not hear of tests, nor a JUnit file of what they say of the whole suite."""
    logs: Any = config.pluginmanager.get_plugin("logging-plugin")
    for name in ("log_cli_handler", "log_file_handler"):
        handler = getattr(logs, name, None)
        if handler is not None:
            handler.addFilter(_nothing)
            opened.callback(handler.removeFilter, _nothing)
    for plugin in config.pluginmanager.get_plugins():
        told = getattr(plugin, "global_properties", None)
        if isinstance(told, list):
            opened.callback(told.__setitem__, slice(None), list(told))


def _nothing(_: object) -> bool:
    return False


class _Unheard:
    """The hooks as a test calls them, without those that tell the world what became of it."""

    def __init__(self, hooks: Any, heard: "list[pytest.TestReport]") -> None:
        self._hooks = hooks
        self._heard = heard

    def pytest_runtest_logreport(self, *, report: pytest.TestReport) -> None:
        self._heard.append(report)

    def __getattr__(self, name: str) -> Any:
        return _silence if name in _TOLD else getattr(self._hooks, name)


class _Silence:
    def __call__(self, **_: object) -> None:
        """Say nothing."""

    def call_historic(self, **_: object) -> None:
        """Say nothing."""


_silence: Final = _Silence()


class _Overdue(BaseException):
    """A test takes far longer under an upgrade than without. No `except Exception` of code under test hides it."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Break off what takes longer, where that can be done: in the main thread of POSIX, with nobody's alarm set."""
    can_be = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not can_be or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise _Overdue(f"it did not end within {seconds:.0f} seconds")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
