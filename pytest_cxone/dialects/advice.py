"""How a dialect's matters are called where people are told what went wrong, and what to do."""

from dataclasses import dataclass

__all__ = ["Advice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The words of one dialect, as parts of sentences.

    `credentials` says what a token is asked with, `variables` where those are set, `place` which settings say whose
    tenant it is, and `hosts` what else may lead to it. `right` is what a client may lack, `grant_it` how it is given.
    `paging` names the parameter that pages go by, `delay` says how long a log-in takes to show, `version` what a path
    that is not there may mean.
    """

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
