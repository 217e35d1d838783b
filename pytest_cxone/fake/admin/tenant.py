"""The admin API's tenant: its faults, clock, limits, clients and tokens, and the way back to the beginning."""

from dataclasses import asdict
from typing import Any, Final

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.fake.admin.operation import SECONDS, TEXT, Ask, Key, Operation, Refused, whole
from pytest_cxone.fake.clock import timestamp
from pytest_cxone.fake.faults import KINDS, Fault
from pytest_cxone.fake.world import HIDDEN_TEAM, OAuthClient

__all__ = ["OPERATIONS"]

_LATEST: Final = 250_000_000_000
"""Seconds since the epoch: in the year 9892, just before dates end."""


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value)


def _one_word_each(value: Any) -> bool:
    # A token request parts scopes by blanks.
    return _words(value) and all(word.split() == [word] for word in value)


def _for_fault(expected: str) -> Key:
    # What a fault's values may be is for `Fault` to say.
    return Key(expected=expected, accepts=lambda _: True)


# Faults


def _list_faults(ask: Ask) -> dict[str, Any]:
    return {"faults": [{**asdict(fault), "struck": struck} for fault, struck in ask.fake.faults]}


def _add_fault(ask: Ask) -> dict[str, Any]:
    try:
        fault = Fault(**ask.body)
    except ConfigurationError as error:
        raise Refused(400, str(error)) from error
    ask.fake.add_fault(fault)
    return _list_faults(ask)


def _end_faults(ask: Ask) -> dict[str, Any]:
    removed = len(ask.fake.faults)
    ask.fake.clear_faults()
    return {"removed": removed}


# The clock


def _get_clock(ask: Ask) -> dict[str, Any]:
    return {"now": timestamp(ask.fake.clock.now()), "ahead": ask.fake.clock.ahead}


def _advance_clock(ask: Ask) -> dict[str, Any]:
    seconds = ask.body["advance"]
    if ask.fake.clock.now() + seconds > _LATEST:
        raise Refused(400, f"advance must not lead past {timestamp(_LATEST)}; POST reset brings the clock back")
    ask.fake.clock.advance(seconds)
    return _get_clock(ask)


# Limits, clients and tokens


def _get_tenant(ask: Ask) -> dict[str, Any]:
    world = ask.world
    return {name: getattr(world, name) for name in ("page_cap", "token_lifetime", "state_latency")}


def _put_tenant(ask: Ask) -> dict[str, Any]:
    for name, value in ask.body.items():
        setattr(ask.world, name, value)
    return _get_tenant(ask)


def _list_clients(ask: Ask) -> dict[str, Any]:
    return {"clients": [_shown(client) for client in ask.world.clients]}


def _shown(client: OAuthClient) -> dict[str, Any]:
    key = {"access_key_id": client.access_key_id} if client.access_key_id else {}
    return {
        "clientId": client.client_id,
        "scopes": sorted(client.scopes),
        "cannot_see": sorted(client.cannot_see),
        **key,
    }


def _put_client(ask: Ask) -> dict[str, Any]:
    known = ask.world.client(ask.id)
    if not ask.id.strip():
        raise Refused(400, "a client's id must not be blank")
    for name in ("secret", "scopes"):
        if known is None and name not in ask.body:
            raise Refused(400, f"{name} is missing; a new client needs secret and scopes")
    key_id = ask.body.get("access_key_id") or (known.access_key_id if known else "")
    key_secret = ask.body.get("access_key_secret") or (known.access_key_secret if known else "")
    if bool(key_id) != bool(key_secret):
        raise Refused(400, "an access key is access_key_id and access_key_secret; give both")
    owner = ask.world.access.client_with_key(key_id)
    if owner is not None and owner.client_id != ask.id:
        raise Refused(409, f"access key {key_id!r} belongs to client {owner.client_id!r}; give another one")
    client = ask.world.add_client(
        ask.id,
        ask.body.get("secret") or (known.client_secret if known else ""),
        scopes=ask.body.get("scopes", known.scopes if known else ()),
        cannot_see=ask.body.get("cannot_see", known.cannot_see if known else (HIDDEN_TEAM,)),
        access_key_id=key_id,
        access_key_secret=key_secret,
    )
    return _shown(client)


def _revoke_tokens(ask: Ask) -> dict[str, Any]:
    return {"removed": ask.world.revoke_tokens()}


def _reset(ask: Ask) -> dict[str, Any]:
    ask.fake.reset()
    return {"reset": True}


OPERATIONS: Final = (
    Operation(method="GET", path="faults", does="List the faults, and how often each has struck.", answer=_list_faults),
    Operation(
        method="POST",
        path="faults",
        does="Let a fault strike from now on.",
        answer=_add_fault,
        body={
            "kind": _for_fault(f"one of {', '.join(KINDS)}").needed(),
            "times": _for_fault("a number of requests, 1 or more"),
            "after": _for_fault("a number of requests, 0 or more"),
            "on": _for_fault("a part of the path of a request"),
            "retry_after": _for_fault("whole seconds, 0 or more"),
            "status": _for_fault("500 to 599"),
            "seconds": _for_fault("a number, 0 or more"),
        },
    ),
    Operation(method="DELETE", path="faults", does="End all faults.", answer=_end_faults),
    Operation(method="GET", path="clock", does="Tell the tenant's time.", answer=_get_clock),
    Operation(
        method="POST",
        path="clock",
        does="Move the tenant's time forward.",
        answer=_advance_clock,
        body={"advance": SECONDS.needed()},
    ),
    Operation(method="GET", path="tenant", does="Show the tenant's limits.", answer=_get_tenant),
    Operation(
        method="PUT",
        path="tenant",
        does="Change the tenant's limits; what is left out stays as it is.",
        answer=_put_tenant,
        body={"page_cap": whole(1), "token_lifetime": whole(1), "state_latency": SECONDS},
    ),
    Operation(method="GET", path="clients", does="List the API clients, without their secrets.", answer=_list_clients),
    Operation(
        method="PUT",
        path="clients/{id}",
        does="Add an API client or change one; tokens that it has keep what they had.",
        answer=_put_client,
        body={
            "secret": TEXT,
            "scopes": Key(expected="a list of texts without blanks", accepts=_one_word_each),
            "cannot_see": Key(expected="a list of teams", accepts=_words),
            "access_key_id": TEXT,
            "access_key_secret": TEXT,
        },
    ),
    Operation(method="DELETE", path="tokens", does="Revoke all tokens.", answer=_revoke_tokens),
    Operation(method="POST", path="reset", does="Bring everything back to the beginning.", answer=_reset),
)
