"""Why a test failed, in a line that does not tell whose tenant it was."""

import pytest

from pytest_cxone.report.reasons import reason_of, without_hosts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        (" \n ", ""),
        ("KeyError: 'team'", "KeyError: 'team'"),
        ("\n  KeyError: 'team'\nand more", "KeyError: 'team'"),
        ("ContractBroken:\n\n  $[0].team: expected object\nand more", "ContractBroken: $[0].team: expected object"),
        ("ContractBroken:", "ContractBroken:"),
        ("an answer with \ud800", "an answer with \\ud800"),
    ],
    ids=["nothing", "blanks", "a line", "the first", "announced", "announced in vain", "half a character"],
)
def test_the_first_line_tells_why_with_the_next_where_that_is_announced(text, told):
    assert reason_of(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://acme.example:8443/api answers 503", "https://the tenant's host/api answers 503"),
        ("host='ACME.example', port=8443", "host='the tenant's host', port=8443"),
        ("https://api.eu.acme.example/v2", "https://the tenant's host/v2"),
        ("not acme.example.com", "not acme.example.com"),
        ("nor my-acme.example", "nor my-acme.example"),
        ("at 127.0.0.1:8080", "at 127.0.0.1:8080"),
        ("at localhost:8080", "at localhost:8080"),
    ],
    ids=["with its port", "without", "below it", "longer", "another", "loopback", "loopback by name"],
)
def test_a_tenants_own_hosts_are_not_named(text, told):
    assert without_hosts(text, ["acme.example:8443", "127.0.0.1:8080", "localhost:8080", ""]) == told
