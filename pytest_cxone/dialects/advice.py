"""How a dialect's matters are called where people are told what went wrong, and what to do."""

from dataclasses import dataclass

__all__ = ["Advice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The words of one dialect, as parts of sentences.

    `lead` names the settings that lead to the tenant, and `hosts` says how they do. `credentials` says what a token is
    asked with, `variables` where that is set, `place` which setting says whose tenant it belongs to. `right` is what a
    client may lack, `grant_it` how it is given, `visibility` where it is said whom it sees. `paging` names the
    parameter that pages go by, `delay` says how long a log-in takes to show, `version` what a missing path may mean.
    """

    lead: str
    credentials: str
    variables: str
    place: str
    hosts: str
    right: str
    grant_it: str
    visibility: str
    paging: str
    delay: str
    version: str = ""
