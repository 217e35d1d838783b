"""The summary: which evidence the run rests on, what was sent, what was skipped."""

from collections import Counter

import pytest

from pytest_cxone.ledger import EVIDENCE, REFUSED, SENT, SKIP_PREFIX, Ledger, faults, lines, write_counts
from pytest_cxone.settings import resolve

CREDENTIALS = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "hidden-text"}


def settings(**command_line):
    return resolve(command_line, CREDENTIALS, {})


def ledger(*tests, skips=()):
    ledger = Ledger()
    for facts, skipped in tests:
        ledger.add_test(facts.items(), skipped=skipped)
    for reason in skips:
        ledger.add_skip(reason)
    return ledger


def ran(**facts):
    return {f"cxone_{name}": value for name, value in facts.items()}, False


def skipped(**facts):
    return {f"cxone_{name}": value for name, value in facts.items()}, True


def test_the_properties_are_ours():
    assert (EVIDENCE, SENT, REFUSED, SKIP_PREFIX) == ("cxone_evidence", "cxone_sent", "cxone_refused", "cxone: ")


@pytest.mark.parametrize(
    ("test", "counted"),
    [
        pytest.param(ran(evidence="fake"), {"fake": 1}, id="fake"),
        pytest.param(skipped(evidence="fake"), {}, id="fake, skipped"),
        pytest.param(ran(evidence="live", sent="1 GET"), {"live": 1}, id="live"),
        pytest.param(ran(evidence="live", sent=""), {}, id="live without a request"),
        pytest.param(ran(evidence="live"), {}, id="live, nothing told"),
        pytest.param(skipped(evidence="live", sent="1 GET"), {}, id="live, skipped"),
        pytest.param(ran(other="1"), {}, id="not ours"),
    ],
)
def test_a_test_counts_by_what_it_rests_on(test, counted):
    assert ledger(test).ran == counted


def test_requests_add_up_even_those_of_skipped_tests():
    added = ledger(
        ran(evidence="live", sent="2 GET, 1 token POST", refused=1),
        skipped(evidence="live", sent="3 GET", refused="2"),
    )
    assert added.sent == {"GET": 5, "token POST": 1}
    assert added.refused == 3


def test_only_our_skips_are_told():
    assert ledger(skips=["cxone: agent 1 offline", "not on Windows"]).skipped == {"agent 1 offline": 1}


@pytest.mark.parametrize(
    "counts", [{}, {"GET": 12}, {"GET": 12, "token POST": 1}], ids=["none", "one kind", "two kinds"]
)
def test_counts_are_read_back_as_written(counts):
    text = write_counts(Counter(counts))
    assert ledger(ran(evidence="live", sent=text)).sent == counts


def test_counts_are_written_in_order():
    assert write_counts(Counter({"token POST": 1, "GET": 12})) == "12 GET, 1 token POST"


LIVE = ran(evidence="live", sent="2 GET, 1 token POST", refused=1)

SUMMARIES = {
    "nothing": (ledger(), settings(), []),
    "one on the fake": (
        ledger(ran(evidence="fake")),
        settings(),
        [
            "1 test ran on the fake tenant (platform-v2); nothing was verified on a tenant of CXone "
            "(--cxone-live does that)"
        ],
    ),
    "under an upgrade": (
        ledger(ran(evidence="fake"), ran(evidence="fake")),
        settings(upgrade="some-change"),
        [
            "2 tests ran on the fake tenant (platform-v2) under the upgrade some-change; "
            "nothing was verified on a tenant of CXone (--cxone-live does that)"
        ],
    ),
    "live": (
        ledger(LIVE, skips=["cxone: b", "cxone: a", "cxone: a"]),
        settings(mode="live"),
        [
            "1 test ran on the tenant at platform.nicecxone.com (platform-v2), 3 skipped; 3 requests sent "
            "(2 GET, 1 token POST), 1 kept back",
            "  skipped 2: a",
            "  skipped 1: b",
        ],
    ),
    "live, at a tenant that is not found yet": (
        ledger(LIVE),
        resolve(
            {"mode": "live", "dialect": "acd"}, {"CXONE_ACCESS_KEY_ID": "key", "CXONE_ACCESS_KEY_SECRET": "hidden"}, {}
        ),
        [
            "1 test ran on the tenant at cxone.niceincontact.com (acd), 0 skipped; 3 requests sent "
            "(2 GET, 1 token POST), 1 kept back",
        ],
    ),
    "live, and something was observed": (
        ledger(
            ran(evidence="live", sent="1 GET", observed="unknown-agent: 404"),
            ran(evidence="live", sent="1 GET", observed="empty-floor: 204"),
            ran(evidence="live", sent="1 GET", observed="unknown-agent: 400"),
        ),
        settings(mode="live"),
        [
            "3 tests ran on the tenant at platform.nicecxone.com (platform-v2), 0 skipped; 3 requests sent (3 GET)",
            "  observed empty-floor: 204",
            "  observed unknown-agent: 400 and 404",
        ],
    ),
    "something that only a fake did": (
        ledger(ran(evidence="fake", observed="unknown-agent: 404")),
        settings(),
        [
            "1 test ran on the fake tenant (platform-v2); nothing was verified on a tenant of CXone "
            "(--cxone-live does that)"
        ],
    ),
    "live, all skipped": (
        ledger(skips=["cxone: a"]),
        settings(mode="live", require_live="1"),
        [
            "0 tests ran on the tenant at platform.nicecxone.com (platform-v2), 1 skipped; 0 requests sent",
            "  skipped 1: a",
            "FAILED: 0 tests ran on a tenant, --cxone-require-live=1 asks for more",
        ],
    ),
    "live required, only the fake ran": (
        ledger(ran(evidence="fake")),
        settings(require_live="2"),
        [
            "1 test ran on the fake tenant (platform-v2); nothing was verified on a tenant of CXone "
            "(--cxone-live does that)",
            "FAILED: 0 tests ran on a tenant, --cxone-require-live=2 asks for more",
        ],
    ),
    "as many as required": (
        ledger(LIVE),
        settings(mode="live", require_live="1"),
        [
            "1 test ran on the tenant at platform.nicecxone.com (platform-v2), 0 skipped; 3 requests sent "
            "(2 GET, 1 token POST), 1 kept back",
        ],
    ),
}


@pytest.mark.parametrize(("ledger", "settings", "expected"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_summary(ledger, settings, expected):
    assert [*lines(ledger, settings), *faults(ledger, settings)] == expected
