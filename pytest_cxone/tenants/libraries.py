"""Where code on httpx, aiohttp or urllib3 leaves for a tenant, laid open only once there is such code.

It leaves at vcrpy's patches (`layers`). To import vcrpy is to import each of the libraries, and code on requests needs
none of it: so an open block watches for the first import of a library and for the first request of urllib3's.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from pytest_cxone.tenants.layers import Handler, are_built, layered

__all__ = ["Handler", "patched"]

_LIBRARIES: Final = ("aiohttp", "httpx", "httpx2")
_WATCHED: Final = frozenset({*_LIBRARIES, "vcr"})
_PORTS: Final = {"http": 80, "https": 443}


@contextmanager
def patched(handler: Handler) -> Iterator[None]:
    """Let `handler` have the requests that it claims until the block is left; the innermost one is asked first."""
    block = _Block(handler)
    try:
        _watch.enter(block)
        yield
    finally:
        _watch.leave(block)


class _Block:
    """A block that is open, and the patches that are laid for it."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.is_laid = False
        self._patches = ExitStack()
        self.close = self._patches.close

    def lay(self) -> None:
        self._patches.enter_context(layered(self.handler))
        self.is_laid = True


class _Here(threading.local):
    """What a thread is at: how many modules it executes, one inside the other, what it imports, and looks for."""

    def __init__(self) -> None:
        self.depth = 0
        self.begun: set[str] = set()
        self.is_finding = False


class _Watch:
    """The open blocks, the outermost first. What is laid for one is laid for those around it, and before.

    A library's module lock is held until the patches are laid: so another thread that imports it waits for them. The
    watch's own lock is taken last, when all that vcrpy imports is there: so who holds it waits for no other thread.
    """

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._lock = threading.RLock()
        self._here = _Here()
        self._stop: Callable[[], None] | None = None

    def enter(self, block: _Block) -> None:
        with self._lock:
            self._blocks.append(block)
            if not _is_any_imported():
                self._settle()
        # Asked once more: another thread may have imported one just before the watch began.
        self.look()

    def leave(self, block: _Block) -> None:
        with self._lock:
            self._blocks.remove(block)
            try:
                block.close()
            finally:
                self._settle()

    def look(self) -> None:
        """Lay the patches if a library is there."""
        if _is_any_imported():
            self.lay()

    def lay(self) -> None:
        """Lay the patches of all open blocks that have none yet."""
        if not self._is_open:
            return
        if not are_built():
            # As vcrpy would, but each one goes on here before its import is over, and the innermost one lays.
            for name in (*_LIBRARIES, "vcr", "vcr.patch"):
                # Not by importlib: only the statement bears with a thread that waits for this one.
                with self._begun(name) as is_new, suppress(ImportError):
                    is_new and __import__(name)
        with self._lock, self._executing():
            for block in self._blocks:
                if not block.is_laid:
                    block.lay()
            self._settle()

    def lay_for(self, url: str) -> None:
        """Lay the patches if a URL is claimed."""
        if self._is_open and any(block.handler.claims(url) for block in tuple(self._blocks)):
            self.lay()

    @property
    def _is_open(self) -> bool:
        """Whether there is anything to lay: then it is for the innermost block."""
        blocks = self._blocks[-1:]
        return bool(blocks) and not blocks[0].is_laid

    def _settle(self) -> None:
        """Watch as long as there is anything to lay."""
        if self._is_open and self._stop is None:
            # Not in place: a thread that imports something would skip a finder.
            sys.meta_path = [self, *sys.meta_path]
            self._stop = _attend_to_pools(self.lay_for)
        elif self._stop is not None and not self._is_open:
            sys.meta_path = [finder for finder in sys.meta_path if finder is not self]
            self._stop()
            self._stop = None

    # The import system's side (importlib.abc.MetaPathFinder)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Find a watched module as it would be found, to be loaded under watch."""
        here = self._here
        if name not in _WATCHED or not self._is_open or here.is_finding:
            return None
        # Else another finder that asks all the others would ask this one.
        here.is_finding = True
        try:
            others = (finder for finder in sys.meta_path if finder is not self)
            spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        finally:
            here.is_finding = False
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self)
        return spec

    def load(self, module: ModuleType, load: Callable[[ModuleType], None]) -> None:
        """Execute a watched module, and lay the patches once no import in this thread is half done."""
        with self._begun(module.__name__):
            if not self._here.depth and module.__name__ == "vcr":
                # Before it: what vcrpy imports would be there unpatched until all of vcrpy is.
                self.lay()
            try:
                with self._executing():
                    load(module)
            except BaseException:
                # The import system does so as well, but only after the look around.
                sys.modules.pop(module.__name__, None)
                raise
            finally:
                if not self._here.depth:
                    self.look()

    @contextmanager
    def _executing(self) -> Iterator[None]:
        self._here.depth += 1
        try:
            yield
        finally:
            self._here.depth -= 1

    @contextmanager
    def _begun(self, name: str) -> Iterator[bool]:
        """Mark an import as begun, which it may have been already: one that fails is not to be tried for ever."""
        begun = self._here.begun
        is_new = name not in begun
        begun.add(name)
        try:
            yield is_new
        finally:
            if is_new:
                begun.discard(name)


_watch: Final = _Watch()


class _Loader(Loader):
    """A module's loader, under watch. Once the module is loaded, nothing tells that there was one."""

    def __init__(self, theirs: Any, watch: _Watch) -> None:
        self._theirs = theirs
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._theirs, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._theirs.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._theirs
        if module.__spec__ is not None:
            module.__spec__.loader = self._theirs
        self._watch.load(module, self._theirs.exec_module)


def _is_any_imported() -> bool:
    return not sys.modules.keys().isdisjoint(_WATCHED)


def _attend_to_pools(look: Callable[[str], None]) -> Callable[[], None]:
    """Have urllib3's pools tell the URL of each request before they send it; return what ends this."""
    from urllib3 import HTTPConnectionPool

    pools: Any = HTTPConnectionPool
    before = pools.urlopen

    @wraps(before)
    def urlopen(pool: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        look(url if url and not url.startswith("/") else _origin(pool) + url)
        return before(pool, method, url, *args, **kwargs)

    def stop() -> None:
        # A mock that was laid over it stays: it may be meant to outlive the block.
        if pools.urlopen is urlopen:
            pools.urlopen = before

    pools.urlopen = urlopen
    return stop


def _origin(pool: Any) -> str:
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    port = "" if pool.port in {None, _PORTS.get(pool.scheme)} else f":{pool.port}"
    return f"{pool.scheme}://{host}{port}"
