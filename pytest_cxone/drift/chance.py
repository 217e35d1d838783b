"""Whether what is seen on one side only may be chance. Rows of one listing differ; one that is asked again does not."""

from math import comb
from typing import Final

__all__ = ["LEAST_ROWS", "is_chance"]

_LIKELY: Final = 0.02
LEAST_ROWS: Final = 8
"""Rows of a listing that may show a change in all of them, where in fewer it may be chance."""


def is_chance(few: int, of: int, other: int, *, rows: tuple[int, int]) -> bool:
    """Tell whether what came `few` times `of` so many may by chance have come not once in `other`.

    `rows` is how many different rows there were, in `other` and in `of`: who asks for one agent twenty times has seen
    one row. What is asked is how likely all of the few are on one side if both sides are alike (Fisher).
    """
    seen, there = min(other, rows[0]), min(of, rows[1])
    known = max(1, round(few * there / of))
    return comb(there, known) / comb(seen + there, known) > _LIKELY
