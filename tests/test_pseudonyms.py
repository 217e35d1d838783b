"""An alias has the form of its value, is always the same, and tells nothing of it."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind

OURS = Pseudonyms(b"one key")
OTHERS = Pseudonyms(b"another key")
AGENT = json.loads((Path(__file__).parents[1] / "schemas/platform-v2/agent.schema.json").read_text(encoding="utf-8"))
KINDS = [Kind.ID, Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.TEXT]

latin = st.text("abcdefgABCDEFGéÜ '-.0123456789", max_size=30)
ascii_ids = st.text("abcXYZ0189-_.:", min_size=1, max_size=24)
digits = st.text("0123456789", min_size=1, max_size=24)


def classes(text):
    return re.sub(r"[0-9]", "9", re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", text)))


# All of them


@given(st.sampled_from(KINDS), st.text())
def test_a_value_always_has_the_same_alias(kind, value):
    assert Pseudonyms(b"one key").of(kind, value) == OURS.of(kind, value) == OURS.of(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.ID, "1234567"),
        (Kind.ID, "123456789012"),
        (Kind.ID, "7b0f4a52-1c5e-4d6a-9c3b-2f1e0d9c8b7a"),
        (Kind.ID, "agent-anna"),
        (Kind.NAME, "Jane Roe"),
        (Kind.TEXT, "Jane Roe"),
        (Kind.EMAIL, "jane.roe@corp.com"),
        (Kind.PHONE, "+15551234567"),
    ],
)
def test_another_key_gives_another_alias(kind, value):
    assert len({value, OURS.of(kind, value), OTHERS.of(kind, value)}) == 3


@given(st.sampled_from(KINDS), st.text(" \t\n\u00a0"))
def test_a_blank_text_stays(kind, blank):
    assert OURS.of(kind, blank) == blank


def test_each_kind_has_its_aliases():
    assert OURS.of(Kind.ID, "12345") == OURS.id("12345")
    assert OURS.of(Kind.EMAIL, "a@b.c") == OURS.email("a@b.c")
    assert OURS.of(Kind.PHONE, "+4930123456") == OURS.phone("+4930123456")
    assert OURS.of(Kind.NAME, "Jane") == OURS.of(Kind.TEXT, "Jane") == OURS.name("Jane")


@pytest.mark.parametrize("kind", [Kind.SECRET, Kind.KEEP])
def test_a_secret_has_no_alias(kind):
    with pytest.raises(ValueError, match=f"a value of kind '{kind}' has no alias") as caught:
        OURS.of(kind, "hunter22")
    assert "hunter22" not in str(caught.value)


def test_the_key_comes_from_a_secret_and_is_not_shown():
    derived = Pseudonyms.from_secret("s3cret \udc80")
    assert derived.id("12345") == Pseudonyms.from_secret("s3cret \udc80").id("12345")
    assert derived.id("12345") != Pseudonyms.from_secret("s3cret").id("12345")
    assert repr(Pseudonyms(b"one key")) == "Pseudonyms('***')"
    assert not hasattr(derived, "__dict__")


@pytest.mark.parametrize(
    ("kind", "value", "alias"),
    [
        (Kind.ID, "12345", "730258244"),
        (Kind.ID, "AB-1", "APSMHTL-9"),
        (Kind.ID, "7b0f4a52-1c5e-4d6a-9c3b-2f1e0d9c8b7a", "63e6e837-25a2-415f-9e2a-8e53f42fbdaf"),
        (Kind.NAME, "Jane Roe 7", "Pomoluso Favubata 9"),
        (Kind.EMAIL, "jane.roe@corp.com", "loliluki.refibibe@bafawoju.example"),
        (Kind.PHONE, "+1 (555) 123-4567", "+1 (609) 119-0968"),
    ],
)
def test_aliases_stay_the_same_from_release_to_release(kind, value, alias):
    assert OURS.of(kind, value) == alias


# Ids


@given(ascii_ids.filter(lambda value: len(re.findall(r"[^\W_]", value)) >= 4 and not value.isdigit()))
def test_an_id_keeps_its_form(value):
    assert classes(OURS.id(value)) == classes(value)
    if value[0] in "0123456789":
        assert (OURS.id(value)[0] == "0") == (value[0] == "0")


@given(digits.filter(lambda value: len(value) > 8))
def test_a_long_number_keeps_its_length(value):
    alias = OURS.id(value)
    assert alias.isdigit()
    assert len(alias) == len(value)
    assert (alias[0] == "0") == (value[0] == "0")


@given(digits.filter(lambda value: len(value) < 9 and value != "0"))
def test_a_short_number_becomes_one_of_nine_digits(value):
    assert re.fullmatch(r"[1-9][0-9]{8}", OURS.id(value))


def test_no_two_numbers_have_the_same_alias():
    values = [
        *map(str, range(20_001)),
        *(f"{number:03}" for number in range(100)),
        *(f"{number:08}" for number in range(2_000)),
        *map(str, range(100_000_000, 100_002_000)),
        *map(str, range(99_998_000, 100_000_000)),
    ]
    assert len({OURS.id(value) for value in values}) == len(set(values))


def test_short_numbers_do_not_share_with_long_ones_but_the_highest():
    short = {OURS.id(str(number)) for number in range(1, 3_000)}
    long = {OURS.id(str(number)) for number in range(888_880_000, 888_888_890)}
    assert not short & long


@pytest.mark.parametrize("form", ["{}", "{}-x", "A{}", "{}:{}", "a.b.{}"])
def test_no_two_short_ids_have_the_same_alias(form):
    values = {form.format(*pair) for first in "0189abzABZ" for second in "0189abzABZ" for pair in [(first, second)]}
    assert len({OURS.id(value) for value in values}) == len(values)


def test_all_ids_of_one_form_are_aliases_of_one_another():
    values = {f"{a}-{b}{c}.{d}" for a in "12" for b in "0123456789" for c in "0123456789" for d in "0123456789"}
    aliases = {OURS.id(value) for value in values}
    assert len(aliases) == len(values)
    assert {classes(alias) for alias in aliases} == {"9-99.9"}


@pytest.mark.parametrize("value", ["A1", "z", "7-a", "ab_c", "-5", "(9)"])
def test_a_short_id_gets_longer(value):
    alias = OURS.id(value)
    assert len(re.findall(r"[^\W_]", alias)) >= 6
    assert re.sub(r"(.)\1+", r"\1", classes(alias)) == re.sub(r"(.)\1+", r"\1", classes(value))


@given(st.uuids(), st.sampled_from([str, lambda uuid: uuid.hex]))
def test_a_uuid_stays_a_uuid(uuid, written):
    value = written(uuid)
    alias = OURS.id(value)
    assert len(alias) == len(value)
    assert (UUID(alias).version, UUID(alias).variant) == (uuid.version, uuid.variant)
    assert [at for at, char in enumerate(alias) if char == "-"] == [at for at, char in enumerate(value) if char == "-"]


@given(st.one_of(st.uuids(version=4).map(str), ascii_ids))
def test_upper_case_gives_the_same_alias_in_upper_case(value):
    if re.search("[a-z]", value):
        assert OURS.id(value.lower()).upper() == OURS.id(value.upper())


def test_an_id_in_another_script_is_not_shown():
    assert re.fullmatch(r"[0-9a-f]{12}", OURS.id("иван-7"))
    assert OURS.id("иван-7") != OURS.id("иван-8")


@pytest.mark.parametrize("value", ["0", "-1", "00000000-0000-0000-0000-000000000000", "-", "***"])
def test_what_names_nobody_stays(value):
    assert OURS.id(value) == value


@given(st.integers(min_value=1))
def test_a_number_has_the_alias_of_its_text(value):
    assert str(OURS.number(value)) == OURS.id(str(value))


@given(st.integers(max_value=0))
def test_a_number_that_is_no_id_stays(value):
    assert OURS.number(value) == value


@given(st.integers(min_value=1, max_value=999_999_999))
def test_the_alias_of_a_small_number_fits_into_32_bits(value):
    assert 0 < OURS.number(value) < 2**31


def test_ten_thousand_ids_have_as_many_aliases():
    assert len({OURS.of(Kind.ID, f"id-{number}") for number in range(10_000)}) == 10_000


# Names


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("jane", r"[a-z]+"),
        ("Jane", r"[A-Z][a-z]+"),
        ("JANE", r"[A-Z]+"),
        ("McJane", r"[A-Z][a-z]+"),
        ("Jane Roe-Smith", r"[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
        ("O'Brien, Pat (2nd)", r"[A-Z]+'[A-Z][a-z]+, [A-Z][a-z]+ \([0-9][a-z]+\)"),
        ("agent_007", r"[a-z]+_[0-9]{3}"),
        ("李雷", r"[a-z]+"),
        ("Ёлка", r"[A-Z][a-z]+"),
        ("Jose\u0301 e\u0301", r"[A-Z][a-z]+ [a-z]+"),
        ("नमस्ते", r"[a-z]+"),
        ("٣٤", r"[0-9]{2}"),
        ("❤\ufe0f!", "❤\ufe0f!"),
    ],
)
def test_a_name_keeps_its_form(name, pattern):
    assert re.fullmatch(pattern, OURS.name(name))


def test_a_word_is_pronounceable():
    assert re.fullmatch(r"([bdfhjklmnprstvwz][aeiou]){2,4}", OURS.name("jane"))


@given(latin)
def test_what_is_derived_from_a_name_is_derived_from_its_alias(name):
    alias = OURS.name(name)
    assert alias.lower() == OURS.name(name.lower())
    assert alias.upper() == OURS.name(name.upper())
    assert alias.split() == [OURS.name(part) for part in name.split()]
    assert alias.split("-") == [OURS.name(part) for part in name.split("-")]


def test_a_name_is_the_same_however_unicode_writes_it():
    assert OURS.name("José") == OURS.name("Jose\u0301")


@given(latin.filter(lambda name: re.search(r"[^\W\d_]", name)))
def test_no_word_stays(name):
    words = re.compile(r"[^\W\d_]+")
    pairs = zip(words.findall(name), words.findall(OURS.name(name)), strict=True)
    assert all(word.casefold() != alias.casefold() for word, alias in pairs)


def test_a_word_that_would_be_its_own_alias_gets_the_next(monkeypatch):
    digest = OURS._digest
    word = OURS.name("jane")
    monkeypatch.setattr(Pseudonyms, "_digest", lambda _, purpose, text, attempt: digest(purpose, "jane", attempt))
    assert OURS.name("joe") == word
    assert OURS.name(word) != word


@given(latin.filter(str.strip))
def test_the_alias_of_a_name_fits_the_contract(name):
    assert re.search(AGENT["properties"]["name"]["pattern"], OURS.name(name))


def test_names_hardly_ever_share_an_alias():
    names = [f"jane{'abcdefghij'[number % 10]}{chr(0x4E00 + number)}" for number in range(5_000)]
    assert len({OURS.name(name) for name in names}) == len(names)


def test_numbers_in_names_have_aliases_of_their_own():
    assert len({OURS.name(f"Agent {number:03}") for number in range(1000)}) == 1000


# E-mail


@given(st.emails())
def test_a_mailbox_stays_one_in_a_domain_that_nobody_has(email):
    alias = OURS.email(email)
    assert re.fullmatch(r"[a-z]+\.[a-z]+@[a-z]+\.example", alias.lower())
    assert re.search(AGENT["properties"]["email"]["pattern"], alias)
    assert alias.lower() == OURS.email(email.lower())


def test_mailboxes_of_one_domain_stay_in_one():
    jane, joe, else_where = map(OURS.email, ["jane@Corp.com", "joe@corp.com", "jane@corp.de"])
    assert jane.split("@")[1] == joe.split("@")[1] != else_where.split("@")[1]
    assert len({mailbox.split("@")[0] for mailbox in (jane, joe, else_where)}) == 3


def test_a_mailbox_in_upper_case_stays_so():
    assert OURS.email("JANE@CORP.COM") == OURS.email("jane@corp.com").upper()
    assert OURS.email("Jane@Corp.com") == OURS.email("jane@corp.com")


def test_mailboxes_do_not_share_an_alias():
    assert len({OURS.email(f"agent{number}@corp.com") for number in range(5_000)}) == 5_000


@pytest.mark.parametrize("text", ["jane", "jane@corp@com", "Jane Roe"])
def test_what_is_no_mailbox_is_a_name(text):
    assert OURS.email(text) == OURS.name(text)


# Phone numbers


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15551234567", "+1"),
        ("+79161234567", "+7"),
        ("+442079460958", "+44"),
        ("+4930123456", "+49"),
        ("+20212345678", "+20"),
        ("+21612345678", "+216"),
        ("+35312345678", "+353"),
        ("+4201234567", "+420"),
        ("+85212345678", "+852"),
        ("+972212345678", "+972"),
        ("+1234567", "+1"),
        ("+999123456789012", "+999"),
    ],
)
def test_a_number_stays_in_its_country(number, code):
    alias = OURS.phone(number)
    assert re.fullmatch(r"\+[0-9]+", alias)
    assert len(alias) == len(number)
    assert alias.startswith(code)
    assert alias != number
    first, others = number[len(code)], alias[len(code)]
    assert others == first if first in "01" else others in "23456789"


@pytest.mark.parametrize(
    ("notation", "plain"),
    [
        ("(555) 123-4567", "5551234567"),
        ("555 123 4567", "5551234567"),
        ("555.123.4567", "5551234567"),
        ("+1 (555) 123-4567", "+15551234567"),
        (" +44 20 7946 0958", "+442079460958"),
        ("\uff10\uff13-1234", "031234"),
    ],
)
def test_all_notations_of_a_number_have_one_alias(notation, plain):
    alias = OURS.phone(notation)
    assert re.sub(r"[0-9]", "9", alias) == re.sub(r"\d", "9", notation)
    assert re.sub(r"[^0-9+]", "", alias) == OURS.phone(plain)


def test_the_countrys_code_can_be_cut_off():
    assert OURS.phone("+15551234567").removeprefix("+1") == OURS.phone("5551234567")


def test_no_two_numbers_of_a_country_share_an_alias():
    numbers = [f"+1555{number:07}" for number in range(5_000)]
    assert len({OURS.phone(number) for number in numbers}) == len(numbers)
    assert len({OURS.phone(f"{number:04}") for number in range(10_000)}) == 10_000


@pytest.mark.parametrize("text", ["anonymous", "sip:jane@corp.com", "555 1234 ext. 7"])
def test_letters_in_a_number_are_words(text):
    assert OURS.phone(text) == OURS.name(text)


# Fingerprints


def test_a_fingerprint_tells_parts_apart():
    prints = {OURS.fingerprint(*parts) for parts in [("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""), ()]}
    assert len(prints) == 5
    assert all(re.fullmatch(r"[0-9a-f]{12}", one) for one in prints)
    assert OTHERS.fingerprint("a", "b") not in prints
