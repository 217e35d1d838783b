"""What a run knows of its tenant before any answer."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

__all__ = ["TenantFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """What a run knows of its tenant before any answer.

    `locate` gives a URL's path and query as the API has them; `home` is the URL that stands for the tenant's host, and
    `hosts` are texts that would tell that host. `secrets` are those of the settings. `test_ids` gives the test's id
    for a tenant's, as the user maps them; `configured` are agents' ids that the settings hold.
    """

    locate: Callable[[str], str | None]
    home: str
    hosts: Collection[str] = ()
    secrets: Collection[str] = ()
    test_ids: Mapping[str, str] = field(default_factory=dict)
    configured: Collection[str] = ()
