"""Which values are secret or personal: told by the name under which they stand, or by their form.

The built-in rules hold always; a user's rules are added to them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from pytest_cxone.errors import ConfigurationError

__all__ = ["Kind", "Rules", "ScrubRule", "logs_in", "read_rules"]


class Kind(StrEnum):
    """What a value is, and so what stands for it in a cassette."""

    SECRET = "secret"  # noqa: S105 - a word for secrets
    """A credential or token: a placeholder stands for it."""
    ID = "id"
    """An id of a tenant, an agent or anything else: another id of the same form."""
    NAME = "name"
    """A person's name: another one."""
    EMAIL = "email"
    PHONE = "phone"
    TEXT = "text"
    """A text of which nobody knows whether it is personal: words without meaning."""
    KEEP = "keep"
    """A text of which the user knows that it is harmless. Never stronger than a built-in rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrubRule:
    """A rule of the user's: what stands under a key, or fits a pattern anywhere, is of this kind.

    `key` is the name of a JSON property, a query parameter, a form field or a header, in any case, with `*` as a
    wildcard. `pattern` is a regular expression that is searched for in every string. One of both is given.
    """

    kind: Kind | str
    key: str = ""
    pattern: str = ""

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", Kind(self.kind))
        except ValueError:
            raise ConfigurationError(
                f"a scrub rule's kind must be one of {', '.join(Kind)}, not {self.kind!r}"
            ) from None
        if bool(self.key.strip()) == bool(self.pattern):
            raise ConfigurationError("a scrub rule has either a key or a pattern")
        if self.kind is Kind.KEEP and self.pattern:
            raise ConfigurationError("a scrub rule of kind keep names a key: a pattern could let anything through")
        try:
            empty = bool(self.pattern) and re.search(self.pattern, "") is not None
        except re.error as error:
            raise ConfigurationError(f"the scrub rule's pattern {self.pattern!r} is not valid: {error}") from None
        if empty:
            raise ConfigurationError(
                f"the scrub rule's pattern {self.pattern!r} fits nothing at all, and so everywhere"
            )


def read_rules(text: str) -> tuple[ScrubRule, ...]:
    """Read rules from an ini value, a line each: `name: supervisor, lead*` by keys, `id: /EMP-.+/` by a pattern.

    Raises `ConfigurationError`.
    """
    rules: list[ScrubRule] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, colon, what = (part.strip() for part in line.partition(":"))
        if not colon or not what:
            raise ConfigurationError(f"a scrub rule reads KIND: KEY, KEY or KIND: /PATTERN/, not {line!r}")
        if len(what) > 2 and what.startswith("/") and what.endswith("/"):
            rules.append(ScrubRule(kind=kind, pattern=what[1:-1]))
        else:
            keys = filter(None, map(str.strip, what.split(",")))
            rules += [ScrubRule(kind=kind, key=key) for key in keys]
    return tuple(rules)


_WORDS: Final = {
    Kind.SECRET: (
        "token secret password passwd pwd passphrase passcode pin otp apikey accesskey accesskeyid secretkey "
        "privatekey subscriptionkey clientid authorization assertion authcode authorizationcode codeverifier "
        "cookie setcookie session sessionid jsessionid phpsessid sessid csrf xsrf jwt bearer credentials signature sig"
    ),
    Kind.EMAIL: "email emailaddress mail upn userprincipalname mailbox",
    Kind.PHONE: "phone phonenumber telephone tel mobile cell fax ani dnis msisdn callerid",
    Kind.NAME: (
        "firstname lastname middlename surname forename givenname familyname fullname displayname preferredname "
        "username nickname login agentname supervisorname managername employeename customername contactname "
        "callername ownername createdby updatedby modifiedby assignedto assignee supervisor manager caller initials"
    ),
    Kind.ID: (
        # The last is a number in histories, no session of a browser.
        "id ids uuid guid tenant businessunit bu buid agentno userno employeeno personnelno ssn sub jti agentsessionid"
    ),
    Kind.TEXT: "birthdate birthday dateofbirth dob",
}
_ENDINGS: Final = {
    Kind.SECRET: ("token", "secret", "password", "apikey", "accesskey", "secretkey", "privatekey", "sessionid"),
    Kind.EMAIL: ("email", "emailaddress"),
    Kind.PHONE: ("phone", "phonenumber", "mobile"),
    Kind.NAME: ("firstname", "lastname", "fullname", "displayname", "username"),
    Kind.ID: ("id", "ids", "uuid", "guid"),
}
_NO_IDS: Final = frozenset({
    "valid", "invalid", "paid", "unpaid", "prepaid", "postpaid", "void", "avoid", "grid", "hybrid", "solid", "fluid",
    "rapid", "bid", "said", "mid", "android",
})  # fmt: skip
"""Words that end as the name of an id does."""
_KIND_OF_WORD: Final = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_LOCAL: Final = r"[^\s@<>()\[\]\"',;:=&?/\\]"
_FORMS: Final = (
    # A JSON web token, also without its signature; then bearer and basic credentials.
    (Kind.SECRET, re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?")),
    (Kind.SECRET, re.compile(r"(?<=\b[Bb]earer )[\w.~+/-]{6,}=*|(?<=\b[Bb]asic )[A-Za-z0-9+/]{6,}=*")),
    (Kind.EMAIL, re.compile(rf"{_LOCAL}(?:{_LOCAL}|'(?=\w)){{0,63}}@(?:[\w-]{{1,63}}\.){{1,8}}[^\W\d_]{{2,}}")),
    # E.164, also with its digits in groups; then North America's three groups.
    (Kind.PHONE, re.compile(r"\+[1-9](?:[ .()/-]{0,2}\d){6,14}(?!\d)")),
    (Kind.PHONE, re.compile(r"(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}(?![\w-])")),
)


class Rules:
    """The built-in rules, and those that were added."""

    def __init__(self, added: Iterable[ScrubRule] = ()) -> None:
        rules = tuple(added)
        self._keys = [(_plain(rule.key), Kind(rule.kind)) for rule in rules if rule.key]
        self.forms: tuple[tuple[Kind, re.Pattern[str]], ...] = (
            *_FORMS,
            *((Kind(rule.kind), re.compile(rule.pattern)) for rule in rules if rule.pattern),
        )

    def kind_of(self, key: str) -> Kind | None:
        """Return what a value is by the name under which it stands; None where the name does not tell."""
        return self.built_in_kind(key) or self.added_kind(key)

    @staticmethod
    def built_in_kind(key: str) -> Kind | None:
        """Return what a value is by the built-in rules alone."""
        return _built_in(_plain(key))

    def added_kind(self, key: str) -> Kind | None:
        """Return what a value is by the added rules alone."""
        if not self._keys:
            return None
        word = _plain(key)
        return next((kind for pattern, kind in self._keys if fnmatchcase(word, pattern)), None)

    def is_secret(self, key: str) -> bool:
        """Tell whether a value is secret by the name under which it stands."""
        return self.kind_of(key) is Kind.SECRET


def logs_in(key: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a field of a form is half of credentials: `username` in a token request (RFC 6749, 4.3.2)."""
    return key == "username" and any(name == "grant_type" for name, _ in pairs)


@cache
def _built_in(word: str) -> Kind | None:
    for singular in (word, word.removesuffix("s")):
        if singular in _KIND_OF_WORD:
            return _KIND_OF_WORD[singular]
        for kind, endings in _ENDINGS.items():
            if singular.endswith(endings) and not (kind is Kind.ID and singular in _NO_IDS):
                return kind
    return None


@cache
def _plain(key: str) -> str:
    """Return a name as all ways to write it have it: `access_token`, `accessToken` and `Access-Token` are one."""
    return re.sub(r"[^a-z0-9*]", "", key.lower())
