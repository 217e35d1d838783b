"""The contract of an answer whose rows were asked for with some of their keys only.

JSON Schema cannot see what was asked for, so the schemas are written anew: an object that is marked as a row requires
of its keys only those that were named.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from pytest_cxone.validation import Files

__all__ = ["Projected"]


class Projected(Files):
    """The files of a dialect for answers whose rows have these keys, in whatever case they were named."""

    def __init__(self, files: Files, keys: AbstractSet[str]) -> None:
        wanted = {key.lower() for key in keys}
        self.uri = files.uri
        self.openapi = _thinned(files.openapi, wanted)
        self.schemas = {uri: _thinned(schema, wanted) for uri, schema in files.schemas.items()}


def _thinned(node: Any, keys: AbstractSet[str]) -> Any:
    match node:
        case list():
            return [_thinned(item, keys) for item in node]
        case dict() if node.get("x-cxone-row"):
            required = [key for key in node.get("required", ()) if key.lower() in keys]
            return {name: required if name == "required" else _thinned(below, keys) for name, below in node.items()}
        case dict():
            return {name: _thinned(below, keys) for name, below in node.items()}
    return node
