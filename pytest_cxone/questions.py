"""What nobody knows of an API: questions that the contract leaves open, so that a tenant's own answers close them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cxone.validation import Files

__all__ = ["OpenQuestion", "questions_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question with a stable id, and the answers that the contract allows until one of them was seen.

    `places` name where it is asked: operations and components by id, schemas by file, with the fields that lead there.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    places: tuple[str, ...]


def questions_in(files: Files) -> Mapping[str, OpenQuestion]:
    """Return the questions of a dialect by id. One that is asked in several places is one question."""
    found: dict[str, OpenQuestion] = {}
    for node, place in _marked(files):
        marks = node["x-cxone-open"]
        for mark in marks if isinstance(marks, list) else [marks]:
            known = found.get(mark["id"])
            found[mark["id"]] = OpenQuestion(
                id=mark["id"],
                question=mark["question"],
                answers=tuple(mark["answers"]),
                places=tuple(dict.fromkeys((*(known.places if known else ()), place))),
            )
    return found


def _marked(files: Files) -> Iterator[tuple[Mapping[str, Any], str]]:
    for item in files.openapi["paths"].values():
        for node in item.values():
            if "operationId" in node:
                yield from _below(node, node["operationId"])
    for kind in files.openapi["components"].values():
        for name, node in kind.items():
            yield from _below(node, name)
    for uri, schema in files.schemas.items():
        yield from _below(schema, uri.rpartition("/")[2])


def _below(node: Any, place: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    if isinstance(node, list):
        for item in node:
            yield from _below(item, place)
    elif isinstance(node, dict):
        if "x-cxone-open" in node:
            yield node, place
        for name, below in node.items():
            if name == "x-cxone-open":
                continue
            if name == "properties":
                for field, member in below.items():
                    yield from _below(member, f"{place} {field}")
            else:
                yield from _below(below, place)
