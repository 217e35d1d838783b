"""Foreign text made harmless for any reader: one line, nothing that is not seen, and no more of it than fits."""

from unicodedata import east_asian_width

__all__ = ["cells", "cut", "encodable", "shortened", "visible"]


def visible(text: str) -> str:
    """Return a text in one line, with an escape in place of each character that cannot be seen, or does something.

    These are control characters, line ends, marks of direction, halves of pairs, and spaces that look like others.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def encodable(text: str) -> str:
    """Return a text as it is, but for halves of pairs, which no UTF-8 file can hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cells(text: str) -> int:
    """Return how many columns of a terminal a visible text takes."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(char) in "FW" else 1 for char in text)


def cut(text: str, width: int) -> str:
    """Return as much of a visible text as fits into so many columns; an ellipsis says that there is more."""
    if len(text) <= width and cells(text) <= width:
        return text
    kept, taken = [], 1
    for char in text:
        taken += cells(char)
        if taken > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def shortened(text: str, width: int) -> str:
    """Return a visible text in so many columns, without its middle where it is longer: names begin and end apart."""
    if cells(text) <= width:
        return text
    head = cut(text, width // 2)
    tail = ""
    for char in reversed(text):
        if cells(head) + cells(char + tail) > width:
            break
        tail = char + tail
    return head + tail
