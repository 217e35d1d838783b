"""Why a test failed or was skipped, as a report tells it: in a line, and not whose tenant it was."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from pytest_cxone.settings import is_loopback

__all__ = ["reason_of", "without_hosts"]

_TENANTS: Final = "the tenant's host"


def reason_of(text: str) -> str:
    """Return the first line of a text, with the next one where it only announces that."""
    # Half a character, which an answer may hold, cannot be written to a file.
    lines = [line.strip() for line in text.encode(errors="backslashreplace").decode().splitlines() if line.strip()]
    return " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])


def without_hosts(text: str, hosts: Iterable[str]) -> str:
    """Return a text that names none of these hosts, nor any below them. One on this machine is nobody's."""
    names = sorted({name for host in hosts for name in _names(host)}, key=len, reverse=True)
    for name in names:
        text = re.sub(rf"(?:[\w-]+\.)*(?<![\w-]){re.escape(name)}(?![\w-]|\.\w)", _TENANTS, text, flags=re.IGNORECASE)
    return text


def _names(host: str) -> Iterator[str]:
    url = f"//{host}"
    name = urlsplit(url).hostname
    if name and not is_loopback(url):
        yield from (host, name)
