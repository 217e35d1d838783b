"""How a place in an answer is written: `$[*].state.name`, without indices, and without keys that may be somebody's."""

import re
from typing import Final

__all__ = ["ITEMS", "UNNAMED", "step_to"]

ITEMS: Final = "[*]"
UNNAMED: Final = ".*"
"""Stands for all members whose keys do not look like names of properties, as ids and mailboxes do not."""

_NAME: Final = re.compile(r"(?=.{1,64}\Z)[$@_]*[A-Za-z][A-Za-z_]*(?:[0-9]{1,2}[A-Za-z_]*)?")


def step_to(key: str) -> str:
    """Return the step from an object to its member of this key."""
    return f".{key}" if _NAME.fullmatch(key) else UNNAMED
