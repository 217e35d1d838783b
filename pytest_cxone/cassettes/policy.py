"""How a run scrubs: with which aliases, by which rules, and what it knows of the tenant before it is asked."""

from collections.abc import Callable
from functools import cached_property

from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Rules
from pytest_cxone.cassettes.scrubbing import Scrubber, TenantFacts
from pytest_cxone.schemas import contract
from pytest_cxone.settings import Settings

__all__ = ["ScrubPolicy"]


class ScrubPolicy:
    """Makes the scrubbers of a run. `current` gives the settings with what was discovered of the tenant by now."""

    def __init__(self, current: Callable[[], Settings], rules: Rules) -> None:
        self.rules = rules
        self._current = current

    @property
    def settings(self) -> Settings:
        """The settings, with what is known of the tenant at this moment."""
        return self._current()

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The aliases of the tenant's persons. Whoever records with the same key gets the same.

        That is the client secret, which all who record a tenant may share. With an access key alone it is one user's
        secret, and aliases are that user's own: only `CXONE_SCRUB_KEY` gives several users the same.
        """
        return Pseudonyms.from_secret((self.settings.scrub_key or self.settings.secrets[0]).reveal())

    def scrubber(self) -> Scrubber:
        """Return a scrubber, which knows nothing of any test yet."""
        return Scrubber(self.pseudonyms, contract(self.settings.dialect), self.rules, self._facts)

    def located(self, url: str) -> str | None:
        """Return a URL's path and query as the API has them, also for the URLs in cassettes."""
        place = self.settings.located(url)
        return None if place is None else place[1]

    @property
    def _facts(self) -> TenantFacts:
        settings = self.settings
        return TenantFacts(
            locate=self.located,
            home=settings.regions[settings.region].base_url,
            hosts=settings.own_hosts,
            secrets=tuple(
                filter(
                    None,
                    (settings.client_id, settings.access_key_id, *(secret.reveal() for secret in settings.secrets)),
                )
            ),
            test_ids={there: here for here, there in settings.agents.items()},
            # The others reach a test only where the tenant gives them to it.
            configured=tuple(filter(None, [settings.target_agent_id, settings.tenant_id])),
        )
