"""The file of acknowledgements: what it may say, what is refused with the entry's number, and which finding it fits."""

from datetime import date

import pytest

from pytest_cxone.drift import Finding, FindingId, Severity
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.report.acknowledged import Acknowledged, read_acknowledged

TODAY = date(2026, 11, 23)
WHO = 'reason = "Announced"\nowner = "wallboard team"\n'
UNTIL = "expires = 2027-01-31\n"
REMOVED = Finding(
    id=FindingId.REMOVED,
    severity=Severity.BREAKING,
    operation="listAgentStates",
    status=200,
    path="$[*].team",
    before="object",
    after="absent",
    samples=(3, 70),
)
PRINT = REMOVED.fingerprint


@pytest.fixture
def read(tmp_path):
    def read(text, today=TODAY):
        path = tmp_path / "cxone-acknowledged.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_acknowledged(path, today=today)

    return read


def acknowledged(which, *, who=WHO, until=UNTIL):
    return f"[[acknowledged]]\n{which}\n{who}{until}"


def stale(known, *findings, compared=("listAgentStates",), is_whole=True):
    return list(known.stale(findings, compared=compared, is_whole=is_whole))


def severity(which, to="cosmetic", *, until=UNTIL):
    return f'[[severity]]\n{which}\nseverity = "{to}"\n{WHO}{until}'


# What fits

FITTING = {
    "fingerprint": f'fingerprint = "{PRINT}"',
    "fingerprint in capitals": f'fingerprint = "{PRINT.upper()}"',
    "one of several": f'fingerprint = ["0123456789ab", "{PRINT}"]',
    "kind and path": 'id = "response-property-removed"\npath = "$[*].team"',
    "all": f'fingerprint = "{PRINT}"\nid = "response-property-removed"\npath = "$[*].team"\noperation = "listAgentStates"',
}
OTHERS = {
    "another fingerprint": 'fingerprint = "0123456789ab"',
    "another path": 'id = "response-property-removed"\npath = "$[*].agentId"',
    "another kind": 'id = "response-property-added"\npath = "$[*].team"',
    "another operation": 'id = "response-property-removed"\npath = "$[*].team"\noperation = "getAgent"',
    "all but one": f'fingerprint = "{PRINT}"\npath = "$[*].agentId"',
    "a path as a pattern": 'id = "response-property-removed"\npath = "$[*].*"',
}


@pytest.mark.parametrize("which", FITTING.values(), ids=FITTING)
def test_a_finding_is_acknowledged_where_all_that_is_given_fits(read, which):
    known = read(acknowledged(which))
    found = known.of(REMOVED)
    assert (found.reason, found.owner, found.expires, found.is_expired) == (
        "Announced", "wallboard team", date(2027, 1, 31), False,
    )  # fmt: skip
    assert stale(known, REMOVED) == []


@pytest.mark.parametrize("which", OTHERS.values(), ids=OTHERS)
def test_a_finding_that_does_not_fit_is_not_acknowledged_and_the_entry_is_stale(read, which):
    known = read(acknowledged(which))
    assert known.of(REMOVED) is None
    told = stale(known, REMOVED, compared={"listAgentStates", "getAgent"})
    assert [one.partition(" (")[0] for one in told] == ["[[acknowledged]] 1"]
    assert told[0].endswith("; wallboard team, until 2027-01-31): fits nothing that was found")


@pytest.mark.parametrize(
    "which", [*FITTING.values(), 'id = "response-property-removed"', 'operation = "listAgentStates"']
)
def test_a_severity_needs_no_more_than_one_of_them(read, which):
    known = read(severity(which))
    assert known.severity(REMOVED) == (
        Severity.COSMETIC, "cosmetic and not breaking: Announced (wallboard team, until 2027-01-31)",
    )  # fmt: skip
    assert known.of(REMOVED) is None


def test_of_several_severities_the_first_one_counts(read):
    known = read(severity('path = "$[*].team"', "additive") + severity(f'fingerprint = "{PRINT}"', "cosmetic"))
    assert known.severity(REMOVED)[0] is Severity.ADDITIVE


def test_without_a_file_nothing_is_acknowledged():
    assert Acknowledged().of(REMOVED) is None
    assert Acknowledged().severity(REMOVED) == (Severity.BREAKING, "")
    assert stale(Acknowledged()) == []


def test_a_file_without_entries_acknowledges_nothing(read):
    assert read("# none\n").rules == ()


# Until when


@pytest.mark.parametrize(
    ("today", "is_expired"),
    [(date(2027, 1, 30), False), (date(2027, 1, 31), False), (date(2027, 2, 1), True)],
    ids=["the day before", "on its last day", "the day after"],
)
def test_an_entry_is_good_until_the_end_of_its_day(read, today, is_expired):
    which = f'fingerprint = "{PRINT}"'
    assert read(acknowledged(which), today).of(REMOVED).is_expired is is_expired
    assert read(severity(which), today).severity(REMOVED)[0] is (Severity.BREAKING if is_expired else Severity.COSMETIC)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_entries_the_one_that_is_good_longer_counts(read, order):
    which = f'fingerprint = "{PRINT}"'
    entries = [acknowledged(which, until="expires = 2020-01-31\n"), acknowledged(which)]
    assert read("".join(entries[number] for number in order)).of(REMOVED).is_expired is False


def test_an_entry_that_has_expired_still_fits_and_is_not_stale(read):
    known = read(acknowledged(f'fingerprint = "{PRINT}"', until="expires = 2020-01-31\n"))
    assert stale(known, REMOVED) == []


def test_a_severity_that_fits_nothing_is_stale_too(read):
    known = read(severity('operation = "getAgent"'))
    assert stale(known, REMOVED, compared={"getAgent"}) == [
        "[[severity]] 1 (getAgent; wallboard team, until 2027-01-31): fits nothing that was found"
    ]


@pytest.mark.parametrize(
    ("which", "compared", "is_whole", "is_stale"),
    [
        ('fingerprint = "0123456789ab"', {"getAgent"}, True, True),
        ('fingerprint = "0123456789ab"', {"getAgent"}, False, False),
        ('fingerprint = "0123456789ab"', (), True, False),
        ('fingerprint = "0123456789ab"\noperation = "getAgent"', {"getAgent"}, True, True),
        ('fingerprint = "0123456789ab"\noperation = "getAgent"', {"listAgentStates"}, True, False),
    ],
    ids=["all was seen", "not all ran", "nothing was compared", "its operation", "another operation"],
)
def test_an_entry_is_stale_only_where_what_it_is_about_was_compared(read, which, compared, is_whole, is_stale):
    assert bool(stale(read(acknowledged(which)), compared=compared, is_whole=is_whole)) is is_stale


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_severity_that_has_expired_is_named_since_its_finding_does_not_tell(read, is_whole):
    known = read(severity('path = "$[*].team"', until="expires = 2020-01-31\n"))
    assert known.severity(REMOVED) == (Severity.BREAKING, "")
    assert stale(known, REMOVED, is_whole=is_whole) == [
        "[[severity]] 1 ($[*].team; wallboard team, until 2020-01-31): expired on 2020-01-31, and counts no more"
    ]


def test_a_severity_that_is_the_findings_own_overrides_nothing(read):
    known = read(severity('path = "$[*].team"', "breaking") + severity('path = "$[*].team"', "cosmetic"))
    assert known.severity(REMOVED) == (Severity.BREAKING, "")


# What is refused

GOOD = acknowledged(f'fingerprint = "{PRINT}"')
PLACE = 'id = "response-property-removed"\npath = "$[*].team"'
REFUSED = {
    "no TOML": ("[[acknowledged]", " is not TOML: "),
    "no text": (b"\xff\xfe", " is not TOML: "),
    "another table": ("[[accepted]]\n", " has accepted; it may have [[acknowledged]] and [[severity]] only"),
    "one table": ("[acknowledged]\n", ": acknowledged is to be a list of tables, each under [[acknowledged]]"),
    "no tables": ("acknowledged = [1]\n", ": entry 1 of [[acknowledged]]: is to be a table under [[acknowledged]]"),
    "nobody": (acknowledged(PLACE, who=""), ": entry 1 of [[acknowledged]]: lacks reason, owner"),
    "no end": (acknowledged(PLACE, until=""), ": entry 1 of [[acknowledged]]: lacks expires"),
    "the second": (GOOD + acknowledged(PLACE, who=""), ": entry 2 of [[acknowledged]]: lacks reason, owner"),
    "no severity": (f"[[severity]]\n{PLACE}\n{WHO}{UNTIL}", ": entry 1 of [[severity]]: lacks severity"),
    "a key too many": (
        GOOD + 'until = "ever"\n',
        ": entry 1 of [[acknowledged]]: has until, and may have expires, fingerprint, id, operation, owner, path, reason",
    ),
    "a severity in the wrong table": (
        GOOD + 'severity = "cosmetic"\n',
        ": entry 1 of [[acknowledged]]: has severity, and may have ",
    ),
    "nothing": (
        acknowledged(""),
        ": entry 1 of [[acknowledged]]: says of no finding: give one of fingerprint, id, operation, path",
    ),
    "kind alone": (
        acknowledged('id = "response-property-removed"'),
        ": entry 1 of [[acknowledged]]: would acknowledge what nobody has seen: give a fingerprint, or both id and path",
    ),
    "a short fingerprint": (
        acknowledged('fingerprint = "0123"'),
        ": entry 1 of [[acknowledged]]: fingerprint is to be 12 hex digits, as a report shows them, or a list of such",
    ),
    "a number": (acknowledged("fingerprint = 123456789012"), ": fingerprint is to be 12 hex digits, "),
    "no hex digits": (acknowledged('fingerprint = "not-a-number"'), ": fingerprint is to be 12 hex digits, "),
    "no fingerprint": (acknowledged("fingerprint = []"), ": fingerprint names no finding"),
    "an unknown kind": (
        acknowledged('id = "removed"\npath = "$"'),
        ": entry 1 of [[acknowledged]]: id is 'removed', and may be response-status-changed, ",
    ),
    "a kind that is a list": (acknowledged('id = ["a"]\npath = "$"'), ": id is ['a'], and may be "),
    "an unknown severity": (
        severity(PLACE, "harmless"),
        ": entry 1 of [[severity]]: severity is 'harmless', and may be breaking, additive, cosmetic",
    ),
    "a blank reason": (
        acknowledged(PLACE, who='reason = " "\nowner = "me"\n'),
        ": reason is to be a text that is not empty, not ' '",
    ),
    "an owner that is a number": (
        acknowledged(PLACE, who='reason = "so"\nowner = 7\n'),
        ": owner is to be a text that is not empty, not 7",
    ),
    "a path that is none": (acknowledged('id = "response-property-removed"\npath = 1'), ": path is to be a text"),
    "a quoted date": (
        acknowledged(PLACE, until='expires = "2027-01-31"\n'),
        ": expires is to be a date such as 2027-01-31, without quotes, not '2027-01-31'",
    ),
    "a moment": (acknowledged(PLACE, until="expires = 2027-01-31T00:00:00Z\n"), ": expires is to be a date such as "),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused_with_the_entry_and_what_it_is_to_be(read, text, why):
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    assert why in str(refused.value)
    assert "cxone-acknowledged.toml" in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.toml cannot be read: No such file or directory"):
        read_acknowledged(tmp_path / "none.toml", today=TODAY)
    with pytest.raises(ConfigurationError, match="cannot be read: "):
        read_acknowledged(tmp_path, today=TODAY)
