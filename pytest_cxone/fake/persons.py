"""Made-up persons: the name and mailbox of an agent of whom only the id was said."""

import re
from typing import Final

__all__ = ["made_up"]

_GIVEN_NAMES: Final = ("Alex", "Billie", "Chris", "Dana", "Eli", "Frankie", "Glenn", "Harper", "Indra", "Jo")
_FAMILY_NAMES: Final = (
    "Abara",
    "Brandt",
    "Costa",
    "Dupont",
    "Evans",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jensen",
)


def made_up(agent_id: str, number: int) -> tuple[str, str]:
    """Return the name and e-mail address of the agent who was added as that number."""
    given = _GIVEN_NAMES[number % 10]
    family = _FAMILY_NAMES[number // 10 % 10]
    # An id can hold what a mailbox cannot.
    in_mailbox = re.sub(r"[^A-Za-z0-9-]+", "-", agent_id)
    return f"{given} {family}", f"{given}.{family}.{in_mailbox}@example.com".lower()
