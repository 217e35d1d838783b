"""How a place in an answer is written: `$[*].state.name`, without indices, and without keys that may be somebody's."""

import re
from collections.abc import Container
from typing import Final

__all__ = [
    "BODY",
    "HEADER",
    "ITEMS",
    "MEDIA_TYPE",
    "OTHER_PATHS",
    "STATUS",
    "UNNAMED",
    "step_to",
    "steps_of",
    "without_names",
]

BODY: Final = "$"
ITEMS: Final = "[*]"
UNNAMED: Final = ".*"
"""Stands for all members whose keys do not look like names of properties, as ids and mailboxes do not."""

STATUS: Final = "status"
MEDIA_TYPE: Final = "media type"
HEADER: Final = "header "
"""Begins the path of a header; its name follows, in lower case."""
OTHER_PATHS: Final = "other paths"
"""Stands for the operation of a request that calls nothing which the contract has."""

_STEP: Final = re.compile(r"\.[^.\[]+|\[\*\]")
_NAME: Final = re.compile(r"(?=.{1,64}\Z)[$@_]*[A-Za-z][A-Za-z_]*(?:[0-9]{1,2}[A-Za-z_]*)?")


def step_to(key: str) -> str:
    """Return the step from an object to its member of this key."""
    return f".{key}" if _NAME.fullmatch(key) else UNNAMED


def steps_of(path: str) -> list[str]:
    """Return the steps of a path, from the body on: [".agentStates", "[*]", ".agentId"]."""
    return _STEP.findall(path)


def without_names(path: str, names: Container[str]) -> str:
    """Return a path in which these keys, which turned out to be somebody's, stand among the unnamed."""
    return _STEP.sub(lambda step: UNNAMED if step[0][1:] in names else step[0], path)
