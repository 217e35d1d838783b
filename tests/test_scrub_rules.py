"""Which names and forms tell what a value is, and how users add to them."""

import pytest

from pytest_cxone.cassettes.rules import Kind, Rules, ScrubRule, read_rules
from pytest_cxone.errors import ConfigurationError

KEYS = {
    Kind.SECRET: "access_token accessToken Refresh-Token client_secret clientId X-Api-Key password Set-Cookie sessionId sig pin",
    Kind.EMAIL: "email eMail emails workEmail emailAddress upn",
    Kind.PHONE: "phone phones mobilePhone phone_number ani fax",
    Kind.NAME: "firstName last_name displayName userName createdBy supervisor",
    Kind.ID: "id ids agentId agent_id teamIds tenant uuid userGuid",
    Kind.TEXT: "birthDate dateOfBirth",
    None: "name state stateGroup lastUpdated expires_in token_type scope valid paid prepaid grid void hybrid address note",
}


@pytest.mark.parametrize(("key", "kind"), [(key, kind) for kind, keys in KEYS.items() for key in keys.split()])
def test_a_name_tells_what_a_value_is(key, kind):
    assert Rules().kind_of(key) is kind
    assert Rules().is_secret(key) is (kind is Kind.SECRET)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("to jane.roe@corp.com.", Kind.EMAIL, "jane.roe@corp.com"),
        ("<o'brien@corp.co.uk>", Kind.EMAIL, "o'brien@corp.co.uk"),
        ("'jane@corp.com'", Kind.EMAIL, "jane@corp.com"),
        ("jürgen@müller.de", Kind.EMAIL, "jürgen@müller.de"),
        ("call +15551234567!", Kind.PHONE, "+15551234567"),
        ("call +49 (30) 123-456", Kind.PHONE, "+49 (30) 123-456"),
        ("call (555) 123-4567", Kind.PHONE, "(555) 123-4567"),
        ("call 555.123.4567", Kind.PHONE, "555.123.4567"),
        ("x=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig", Kind.SECRET, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig"),
        ("Bearer abc.def-123", Kind.SECRET, "abc.def-123"),
        ("Basic dXNlcjpwYXNz", Kind.SECRET, "dXNlcjpwYXNz"),
    ],
)
def test_a_form_tells_what_a_value_is(text, kind, found):
    assert (kind, found) in {(kind, match[0]) for kind, form in Rules().forms for match in form.finditer(text)}


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T03:04:05+01:00", "a@b", "@jane", "1.2.3", "2025-123-4567", "12-555-123-4567-8", "+0123456789", "x+1"],
)
def test_other_texts_have_no_form(text):
    assert not [form.search(text) for _, form in Rules().forms if form.search(text)]


def test_rules_are_read_from_lines():
    assert read_rules("name: supervisor, lead*\n\n id : /EMP-\\d+/ \nkeep: site") == (
        ScrubRule(kind=Kind.NAME, key="supervisor"),
        ScrubRule(kind=Kind.NAME, key="lead*"),
        ScrubRule(kind=Kind.ID, pattern=r"EMP-\d+"),
        ScrubRule(kind=Kind.KEEP, key="site"),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("supervisor", "a scrub rule reads KIND: KEY"),
        ("name:", "a scrub rule reads KIND: KEY"),
        ("person: lead", "kind must be one of secret, id, name, email, phone, text, keep, not 'person'"),
        ("id: /[/", "is not valid"),
        ("id: /x*/", "fits nothing at all"),
        ("keep: /x/", "of kind keep names a key"),
    ],
)
def test_a_wrong_rule_is_told(line, told):
    with pytest.raises(ConfigurationError, match=told.replace("(", r"\(")):
        read_rules(line)


@pytest.mark.parametrize("given", [{}, {"key": "a", "pattern": "b"}, {"key": " "}])
def test_a_rule_has_a_key_or_a_pattern(given):
    with pytest.raises(ConfigurationError, match="either a key or a pattern"):
        ScrubRule(kind=Kind.ID, **given)


def test_added_rules_never_weaken_the_built_in_ones():
    rules = Rules(read_rules("keep: email, site*\nname: agentid, team_lead"))
    assert rules.kind_of("email") is Kind.EMAIL
    assert rules.kind_of("agentId") is Kind.ID
    assert rules.kind_of("siteName") is Kind.KEEP
    assert rules.kind_of("teamLead") is Kind.NAME
    assert rules.forms[: len(Rules().forms)] == Rules().forms
