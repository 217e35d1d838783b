"""Threads for requests that are under way together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

__all__ = ["threads"]


@contextmanager
def threads(at_once: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Give threads that are waited for at the end, but not where somebody interrupts: a request may take a minute."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
    is_interrupted = False
    try:
        yield pool
    except KeyboardInterrupt:
        is_interrupted = True
        raise
    finally:
        pool.shutdown(wait=not is_interrupted, cancel_futures=is_interrupted)
