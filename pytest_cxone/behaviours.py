"""The documented behaviours: what the contract suite checks, one test or more for each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pytest_cxone._resources import data_root

__all__ = ["Behaviour", "behaviours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One documented fact: a stable id, what it says, and where that comes from.

    `source` is "document", "documented" (by NICE), "observed" (in real clients), "standard" or "assumed"; `note` names
    the place, or says what is assumed.
    """

    id: str
    statement: str
    source: str
    note: str


@cache
def behaviours(dialect: str) -> Mapping[str, Behaviour]:
    """Return a dialect's behaviours by id, from `schemas/<dialect>/behaviours.json`."""
    text = (data_root() / "schemas" / dialect / "behaviours.json").read_text(encoding="utf-8")
    return {entry["id"]: Behaviour(**entry) for entry in json.loads(text)["behaviours"]}
