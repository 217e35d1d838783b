"""Cassettes as files: YAML that vcrpy reads, in one layout that reads and diffs well.

What this module writes is JSON line by line, within a frame of YAML, and bodies of several lines are literal blocks. A
pattern of that layout reads it back at JSON's speed. Anything else, written by vcrpy or edited by hand, is left to a
YAML parser. Both make the same document of it, so there is one place that makes a cassette of a document.
"""

import json
import re
from base64 import b64encode, decodebytes
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from textwrap import indent
from typing import Any, Final

from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source
from pytest_cxone.cassettes.reading import REQUIRED, cassette_of, interaction_of, provenance_of
from pytest_cxone.errors import CassetteUnreadable
from pytest_cxone.model import Headers
from pytest_cxone.writing import write_whole

__all__ = ["parse", "read", "text_of", "write"]

_FIRST_LINE: Final = {
    Source.TENANT: "# Recorded by pytest-cxone from a tenant.\n",
    Source.SERVED_FAKE: (
        "# Recorded by pytest-cxone from the fake that `pytest-cxone serve` runs: "
        "it says nothing about NICE's service.\n"
    ),
}

_ODD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What YAML does not take as it is, or takes for the end of a line."""
_EVEN_ASCII: Final = bytes([*b"\t\n", *range(0x20, 0x7F)])
_TRIMMED: Final = re.compile(r"[ \t]\n|\n\t")
"""What editors and git hooks are fond of changing."""


# Writing


def text_of(cassette: Cassette) -> str:
    """Return a cassette as the text of its file; equal cassettes have equal texts."""
    interactions = "".join(map(_interaction_text, cassette.interactions))
    return (
        (_provenance_text(cassette.provenance) if cassette.provenance else "version: 1\n")
        + ("interactions:\n" if interactions else "interactions: []\n")
        + interactions
    )


def _provenance_text(provenance: Provenance) -> str:
    lines = [_FIRST_LINE[provenance.source], "version: 1\n", "cxone:\n"]
    for name in (field.name for field in fields(Provenance)):
        match getattr(provenance, name):
            case None | "" | 0 | () if name not in REQUIRED:
                continue
            case tuple(states):
                lines.append(f"  {name}:\n")
                lines.extend(f"  - {_json(_without_empty(state))}\n" for state in states)
            case datetime() as moment:
                lines.append(f"  {name}: {_json(_stamp(moment))}\n")
            case value:
                lines.append(f"  {name}: {_json(value)}\n")
    return "".join(lines)


def _without_empty(provided: Provided) -> dict[str, str]:
    return {"state": provided.state} | ({"agent_id": provided.agent_id} if provided.agent_id else {})


def _interaction_text(interaction: Interaction) -> str:
    request, response = interaction.exchange.request, interaction.exchange.response
    text = f"""\
- request:
    method: {_json(request.method)}
    uri: {_json(request.url)}
    body: {_body_text(request.body, 6) if request.body else "null"}
    headers: {_headers_text(request.headers)}
  response:
    status: {_json({"code": response.status, "message": _phrase(response.status)})}
    headers: {_headers_text(response.headers)}
    body:
      string: {_body_text(response.body, 8)}
"""
    return text + (f"  recorded_at: {_json(_stamp(interaction.recorded_at))}\n" if interaction.recorded_at else "")


def _body_text(body: bytes, depth: int) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f'!!binary "{b64encode(body).decode()}"'
    if "\n" in text and text == text.strip() and _is_even(body) and not _TRIMMED.search(text):
        return "|-\n" + indent(text, " " * depth)
    return _json(text)


def _headers_text(headers: Headers) -> str:
    return _json({name: [headers[name]] for name in sorted(headers, key=str.lower)})


def _json(value: Any) -> str:
    """Return JSON that YAML reads alike. A lone surrogate is the exception: libyaml refuses it in any form.

    Only what is odd is escaped: YAML does not join the two escapes that JSON has for a character beyond U+FFFF.
    """
    return _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(value, ensure_ascii=False))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _is_even(raw: bytes) -> bool:
    # Taking out what is surely even is quick, and leaves little to search.
    return not _ODD.search(raw.translate(None, _EVEN_ASCII).decode())


def write(path: Path, text: str) -> bool:
    """Write a cassette's text, whole or not at all. Return False where the file held it already."""
    content = text.encode()
    with suppress(OSError):
        if path.read_bytes() == content:
            return False
    write_whole(path, content)
    return True


# Reading


def read(path: Path) -> Cassette:
    """Read a cassette's file. Raise CassetteUnreadable where it is none, FileNotFoundError where there is no file."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise CassetteUnreadable(path, "it is not text in UTF-8") from error
    except OSError as error:
        if path.is_dir():
            raise CassetteUnreadable(path, "it is a folder") from error
        raise
    # The end of a line is any, as git may have changed it; a body's own is not told by it.
    return parse(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text, path)


def parse(text: str, path: Path) -> Cassette:
    """Make a cassette of a file's text; `path` is for the error's text."""
    if cassette := _canonical(text):
        return cassette
    document = _document(text, path)
    try:
        return cassette_of(document)
    except (ValueError, OverflowError) as error:
        raise CassetteUnreadable(path, str(error)) from error


def _document(text: str, path: Path) -> Any:
    """Read any YAML, and JSON, of which YAML does not read all."""
    if text.startswith("{"):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise CassetteUnreadable(path, f"it is not YAML that holds values only: {error.problem}", line=line) from error
    except Exception as error:
        # PyYAML passes on whatever its constructors stumble over: ValueError, KeyError, AttributeError and more.
        raise CassetteUnreadable(path, "it is not YAML that holds values only") from error


# The layout that `text_of` writes, and nothing else: what YAML would read in another way must not fit. So a block's
# first line shows its depth, and what comes after a block begins on the line after its last.
_FIELD: Final = rb"  ([a-z_]+):(?: (.+)|((?:\n  - .+)+))\n"
_HEAD: Final = re.compile(
    rb"(?:#.*\n)?version: 1\n(?:cxone:\n(?P<cxone>(?:%b)+))?interactions:(?P<none> \[\])?\n" % _FIELD
)
_BODY: Final = rb'(".*"|null|!!binary "[\w+/=]*"|\|-\n {%d}[^ \t\n].*+(?:\n++ {%d}.++)*+)'
_INTERACTION: Final = re.compile(
    rb"""- request:
    method: (".*")
    uri: (".*")
    body: %b
    headers: (\{.*\})
  response:
    status: (\{.*\})
    headers: (\{.*\})
    body:
      string: %b
(?:  recorded_at: (".*")
)?"""
    % (_BODY % (6, 6), _BODY % (8, 8))
)


def _canonical(text: str) -> Cassette | None:
    """Read the layout that `text_of` writes, or return None at the first sign of another, or of a flaw."""
    interactions: list[Interaction] = []
    try:
        # As bytes: what a body is in the end, and a quarter of a text's size where one of its characters is an emoji.
        raw = text.encode()
        head = _HEAD.match(raw)
        if head is None or not _is_even(raw):
            return None
        at = head.end()
        provenance = provenance_of(_canonical_provenance(head["cxone"])) if head["cxone"] else None
        while found := _INTERACTION.match(raw, at):
            interactions.append(interaction_of(_canonical_interaction(found), ""))
            at = found.end()
    except (ValueError, OverflowError, RecursionError):
        return None
    if at < len(raw) or bool(interactions) == bool(head["none"]):
        return None
    return Cassette(interactions=tuple(interactions), provenance=provenance)


def _canonical_provenance(lines: bytes) -> dict[str, Any]:
    return {
        name.decode(): [_loads(item) for item in items.split(b"\n  - ")[1:]] if items else _loads(value)
        for name, value, items in re.findall(_FIELD, lines)
    }


def _canonical_interaction(found: re.Match[bytes]) -> dict[str, Any]:
    method, uri, sent, asked, status, answered, received, recorded_at = found.groups()
    interaction = {
        "request": {
            "method": _loads(method),
            "uri": _loads(uri),
            "body": _canonical_body(sent, 6),
            "headers": _loads(asked),
        },
        "response": {
            "status": _loads(status),
            "headers": _loads(answered),
            "body": {"string": _canonical_body(received, 8)},
        },
    }
    return interaction if recorded_at is None else interaction | {"recorded_at": _loads(recorded_at)}


def _canonical_body(written: bytes, depth: int) -> Any:
    if written.startswith(b"|"):
        return b"\n".join(written.split(b"\n" + b" " * depth)[1:])
    return decodebytes(written[10:-1]) if written.startswith(b"!") else _loads(written)


def _loads(written: bytes) -> Any:
    return json.loads(written.decode())
