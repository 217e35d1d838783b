"""Diagnoses as a JSON document, whose schema is `schemas/diagnosis.schema.json`."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pytest_cxone.diagnosis import Diagnoses, Diagnosis
from pytest_cxone.settings import Settings

__all__ = ["document"]


def document(
    found: Iterable[Diagnosis], settings: Settings, *, asked_at: float, requests: int, listing: Diagnoses | None
) -> dict[str, Any]:
    """Return the document. `asked_at` is in seconds since the epoch; `listing` is None where none was read for all."""
    diagnoses = list(found)
    return {
        "version": 1,
        "asked_at": datetime.fromtimestamp(asked_at, UTC).isoformat(timespec="seconds"),
        "dialect": settings.dialect,
        "region": settings.region,
        "host": urlsplit(settings.home).netloc,
        "requests": requests,
        "listing": None if listing is None else _listing(listing),
        "summary": dict(Counter(str(diagnosis.verdict) for diagnosis in diagnoses)),
        "agents": [_agent(diagnosis) for diagnosis in diagnoses],
    }


def _listing(listing: Diagnoses) -> dict[str, Any]:
    return {
        "pages": listing.pages,
        "listed": listing.listed,
        "moved": listing.moved,
        "repeated": list(listing.repeated),
        "slipped": list(listing.slipped),
        "doubtful": list(listing.doubtful),
    }


def _agent(diagnosis: Diagnosis) -> dict[str, Any]:
    state, error = diagnosis.state, diagnosis.error
    since = state and state.since
    return {
        "agent_id": diagnosis.agent_id,
        "verdict": str(diagnosis.verdict),
        "certainty": str(diagnosis.certainty),
        "cause": diagnosis.cause,
        "action": diagnosis.action,
        "state": state and {"name": state.state, "group": state.group, "since": since and since.isoformat()},
        "waited": diagnosis.waited,
        "found_in": diagnosis.found_in or None,
        "missing_scopes": list(diagnosis.missing_scopes),
        "status": error and error.status,
        "evidence": [
            {"request": seen.request, "status": seen.status, "answer": seen.answer} for seen in diagnosis.evidence
        ],
    }
