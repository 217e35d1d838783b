"""From a document, as a parser makes it, to the cassette that it is. What is wrong is said without its values."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final

from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source
from pytest_cxone.model import Exchange, Headers, Request, Response

__all__ = ["REQUIRED", "Flaw", "cassette_of", "interaction_of", "provenance_of"]

REQUIRED: Final = frozenset({"test", "recorded_at", "source", "dialect", "policy"})
_KNOWN: Final = frozenset(field.name for field in fields(Provenance))


def cassette_of(document: Any) -> Cassette:
    """Return the cassette that a document is. Raises `Flaw`."""
    match document:
        case {"interactions": list(interactions)}:
            pass
        case dict():
            raise Flaw("it has no list of `interactions:`")
        case list():
            raise Flaw("it is in the format that vcrpy had before version 1")
        case None:
            raise Flaw("it is empty")
        case _:
            raise Flaw("it is no cassette")
    if document.get("version", 1) != 1:
        raise Flaw("its `version:` is not 1, the only one that is known")
    return Cassette(
        interactions=tuple(interaction_of(entry, f"interaction {n}") for n, entry in enumerate(interactions, start=1)),
        provenance=provenance_of(document["cxone"]) if "cxone" in document else None,
    )


def provenance_of(block: Any) -> Provenance:
    """Return what the block `cxone:` says. Raises `Flaw`."""
    where = "`cxone:`"
    if not isinstance(block, dict):
        raise Flaw(f"{where} holds no fields")
    if missing := REQUIRED - block.keys():
        raise Flaw(f"{where} has no {_listed(missing)}")
    if unknown := block.keys() - _KNOWN:
        raise Flaw(f"{where} has {_listed(unknown)}, which this version of pytest-cxone does not know")

    def text(name: str) -> str:
        return str(_get(block, name, str, where)) if name in block else ""

    provenance = Provenance(
        test=text("test"),
        recorded_at=_moment(block["recorded_at"]),
        source=Source(text("source")),
        dialect=text("dialect"),
        api=text("api"),
        region=text("region"),
        tenant=text("tenant"),
        recorder=text("recorder"),
        fake=text("fake"),
        policy=_get(block, "policy", int, where),
        states=tuple(map(_provided, _get(block, "states", list, where))) if "states" in block else (),
        target_agent_id=text("target_agent_id") or None,
        tenant_id=text("tenant_id"),
        # Text as well, as YAML 1.1 reads 1e-05.
        wait=float(_get(block, "wait", (int, float, str), where)) if "wait" in block else 0.0,
        fake_only=text("fake_only"),
        orders=text("orders"),
        took=text("took"),
        seal=text("seal"),
    )
    try:
        _ = provenance.seconds
    except ValueError:
        raise Flaw(f"`took:` of {where} does not say how long operations took") from None
    return provenance


def _provided(entry: Any) -> Provided:
    where = "an entry of `states:`"
    state = _get(entry, "state", str, where)
    return Provided(state=state, agent_id=_get(entry, "agent_id", str, where) if "agent_id" in entry else "")


def interaction_of(entry: Any, where: str) -> Interaction:
    """Return one of the interactions; `where` names it. Raises `Flaw`."""
    request = _get(entry, "request", dict, where)
    response = _get(entry, "response", dict, where)
    return Interaction(
        exchange=Exchange(
            request=Request(
                method=_get(request, "method", str, where),
                url=_get(request, "uri", str, where),
                headers=_headers(_get(request, "headers", dict, where), where),
                body=_bytes(_get(request, "body", _TEXT_OR_BYTES, where)),
            ),
            response=Response(
                status=_get(_get(response, "status", dict, where), "code", int, where),
                headers=_headers(_get(response, "headers", dict, where), where),
                body=_bytes(_get(_get(response, "body", dict, where), "string", _TEXT_OR_BYTES, where)),
            ),
        ),
        recorded_at=_moment(entry["recorded_at"]) if "recorded_at" in entry else None,
    )


def _headers(block: dict[Any, Any], where: str) -> Headers:
    return Headers(
        [
            (_text(name, where), _text(value, where))
            for name, values in block.items()
            for value in (values if isinstance(values, list) else [values])
        ]
    )


def _text(value: Any, where: str) -> str:
    # vcrpy writes text, or bytes where a header was given as such.
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise Flaw(f"a header of {where} is not text; put it in quotes")
    return value


def _bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_TEXT_OR_BYTES: Final = (str, bytes, NoneType)


def _get(block: Any, name: str, kind: type[Any] | tuple[type[Any], ...], where: str) -> Any:
    if not isinstance(block, dict) or name not in block:
        raise Flaw(f"{where} has no `{name}:`")
    value = block[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Flaw(f"`{name}:` of {where} cannot be of the type {type(value).__name__}")
    return value


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted(f"`{name}:`" for name in names))


class Flaw(ValueError):
    """What is wrong with a document."""
