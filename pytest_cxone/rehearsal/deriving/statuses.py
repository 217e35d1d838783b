"""Which statuses a key of the contract means, and which other one a vendor might come to answer with."""

from collections.abc import Collection
from typing import Final

__all__ = ["another", "meant_by"]

_ALL: Final = frozenset(range(100, 600))
_PAIRS: Final = {"400": 422, "401": 403, "403": 404, "404": 410, "409": 412, "429": 403}
"""What other vendors answer in the same case."""
_BY_CLASS: Final = {"1": (103, 102), "2": (202, 200, 201, 203), "3": (303, 302), "4": (400, 422), "5": (500, 503)}


def meant_by(key: str, declared: Collection[str]) -> frozenset[int]:
    """Return the statuses that a key of the contract means: one, a range, as "5XX", or with "default" all others."""
    named = {int(one) for one in declared if one.isdecimal()}
    if key.isdecimal():
        return frozenset({int(key)})
    ranges = {one[0] for one in declared if one.upper().endswith("XX")}
    if key == "default":
        return frozenset(status for status in _ALL - named if str(status)[0] not in ranges)
    return frozenset(status for status in _ALL - named if str(status)[0] == key[0])


def another(key: str, declared: Collection[str]) -> int:
    """Return the status that stands for those of a key after its upgrade: of the same class, and best one not declared.

    Of an error it may be declared, since to mistake one for another is what clients do.
    """
    if key in _PAIRS:
        return _PAIRS[key]
    others = [status for status in _BY_CLASS[key[0]] if str(status) != key]
    return next((status for status in others if key[0] != "2" or str(status) not in declared), others[0])
