"""What was seen in a run is found in a cassette however it is written there, and nothing else is."""

import html
import json
from base64 import b64encode, encodebytes, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_cxone.cassettes.gate import Leak, leaks
from pytest_cxone.cassettes.rules import Kind

SECRET = 'Pa$$ w/rd="ü+long-enough'

CLEAN = """\
version: 1
interactions:
- request:
    method: GET
    uri: https://api-na1.niceincontact.com/api/v2/agents/730258244?fields=agentId%2Cname&since=2025-01-01T00:00:00+00:00
    headers:
      Authorization:
      - Bearer SCRUBBED
      Accept: [application/json]
  response:
    status: {code: 200, message: OK}
    body:
      string: '{"agentId": "730258244", "name": "Sosiburo Timawawi", "email": "dulahu.lizafemo@pufiwute.example"}'
    recorded_at: "2025-06-01T12:34:56+00:00"
"""
VALUES = [
    (Kind.SECRET, SECRET),
    (Kind.SECRET, "s3cr"),
    (Kind.ID, "12345"),
    (Kind.ID, "7b0f4a52-1c5e-4d6a-9c3b-2f1e0d9c8b7a"),
    (Kind.ID, "agent"),
    (Kind.ID, "200"),
    (Kind.NAME, "Jane Roe"),
    (Kind.NAME, "Accep"),
    (Kind.NAME, "Code"),
    (Kind.EMAIL, "jane.roe@corp.com"),
    (Kind.PHONE, "+15551234567"),
    (Kind.PHONE, "911"),
    (Kind.KEEP, "application/json"),
]


def cassette(written):
    """Return a cassette in which something is written in a body: line 14."""
    return CLEAN.replace("    recorded_at", f"      more: {written}\n    recorded_at")


def encodings(found):
    return {leak.encoding for leak in found}


def escaped(text, **options):
    return json.dumps(text, **options)[1:-1]


def percent(text):
    return "".join(f"%{byte:02x}" for byte in text.encode())


def reserved_only(text):
    return "".join(quote(char, safe="") if char in ' %"&+/=?#' else char for char in text)


def in_base64(text, before=b"", after=b""):
    return b64encode(before + text.encode() + after).decode()


WAYS = {
    "plain": (str, "plain"),
    "URL": (quote, "URL-encoded"),
    "URL, all": (lambda text: quote(text, safe=""), "URL-encoded"),
    "URL, lower case": (lambda text: quote(text, safe="").replace("%C3%BC", "%c3%bc"), "URL-encoded"),
    "URL, every character": (percent, "URL-encoded"),
    "URL, reserved only": (reserved_only, "URL-encoded"),
    "URL twice": (lambda text: quote(quote(text)), "URL-encoded"),
    "form": (quote_plus, "URL-encoded"),
    "JSON": (escaped, "JSON-escaped"),
    "JSON, not ASCII": (lambda text: escaped(text, ensure_ascii=False), "JSON-escaped"),
    "JSON in JSON": (lambda text: escaped(escaped(text)), "JSON-escaped"),
    "JSON in JSON in YAML": (lambda text: escaped(escaped(escaped(text))), "JSON-escaped"),
    "JSON in base64": (lambda text: in_base64(escaped(text)), "JSON-escaped"),
    "JSON in a URL": (lambda text: quote(escaped(text)), "JSON-escaped"),
    "HTML": (html.escape, "HTML-escaped"),
    "hex": (lambda text: text.encode().hex(), "hex"),
    "hex, upper case": (lambda text: "A" + text.encode().hex().upper(), "hex"),
    "base64": (in_base64, "base64"),
    "base64 after one": (lambda text: in_base64(text, b":"), "base64"),
    "base64 after two, no padding": (lambda text: in_base64(text, b"::").rstrip("="), "base64"),
    "base64 after three": (lambda text: in_base64(text, b"us:", b":and more"), "base64"),
    "base64 after letters": (lambda text: "Basic" + in_base64(text), "base64"),
    "base64url": (lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="), "base64"),
    "base64 in a URL": (lambda text: quote(in_base64(text + "?>"), safe=""), "base64"),
    "base64 in JSON": (lambda text: in_base64(text).replace("/", r"\/"), "base64"),
}


@pytest.mark.parametrize(("write", "encoding"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", [Kind.SECRET, Kind.NAME, Kind.ID])
def test_a_value_is_found_however_it_is_written(kind, write, encoding):
    written = write(SECRET)
    found = leaks(cassette(f"before {written} after"), [(kind, SECRET)])
    assert encoding in encodings(found)
    assert {leak.place for leak in found} == {"line 14, interactions > response > body > more"}
    if kind is not Kind.SECRET:
        assert encodings(found) == {encoding}


@pytest.mark.parametrize("style", ["'", '"', "|", ">", None])
@pytest.mark.parametrize("value", ["O'Brien Müller", "Jane Roe\u2028", "Jane\tRoe \\ Co", "Jane Roe 🙂"])
def test_a_value_is_found_however_yaml_writes_it(value, style):
    body = json.dumps({"filler": "word " * 12, "name": value}, ensure_ascii=False)
    for offset in range(0, 80, 3):
        text = yaml.dump(
            {"body": {"string": "x " * offset + body}}, default_style=style, allow_unicode=bool(offset % 2)
        )
        assert leaks(text, [(Kind.NAME, value)]), text


@pytest.mark.parametrize(("before", "line"), [(200, 5), (53, 2), (0, 2), (57, 3)])
def test_a_value_is_found_in_base64_of_several_lines(before, line):
    lines = encodebytes(b"\xff" * before + b"Jane Roe" + b"\xfe" * 99).decode().splitlines()
    text = "body: !!binary |\n" + "".join(f"  {line}\n" for line in lines)
    assert leaks(text, [(Kind.NAME, "jane roe")]) == [
        Leak(kind=Kind.NAME, place=f"line {line}, body", encoding="base64")
    ]


def test_a_scrubbed_cassette_passes():
    assert leaks(CLEAN, VALUES) == []


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), min_size=4, max_size=60),
    st.lists(st.sampled_from([quote, quote_plus, escaped, html.escape, in_base64, str]), max_size=2),
    st.text("abc ,=", max_size=5),
)
def test_no_secret_gets_past_in_any_encoding(secret, ways, before):
    assume(len(" ".join(secret.split())) >= 4)
    written = secret
    for write in ways:
        written = write(written)
    assert leaks(cassette(f"{before}{written}"), [(Kind.SECRET, secret)])


# What counts


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.SECRET, "abcdefghijklmnop", "x defghijk y"),
        (Kind.SECRET, "s3cr", "as3cre"),
        (Kind.ID, "12345", "/agents/12345?x"),
        (Kind.ID, "12345", "id_12345_"),
        (Kind.ID, "AB-12", "xAB-123"),
        (Kind.ID, "agent", "/agent/"),
        (Kind.ID, "123456", in_base64("123456")),
        (Kind.NAME, "Jane Roe", "hello JANE ROE!"),
        (Kind.NAME, "A B", "of a b."),
        (Kind.NAME, "(Jane)", "x(jane)y"),
        (Kind.NAME, "İpek Öz", "İPEK ÖZ, jane"),
        (Kind.NAME, "Jane \nRoe", r"Jane \nRoe"),
        (Kind.NAME, "J" + "x" * 150, "%4A" + "x" * 150),
        (Kind.TEXT, "Team Jane", "team jane"),
        (Kind.EMAIL, "Jane@Corp.com", "xjane@corp.come"),
        (Kind.PHONE, "+15551234567", "tel:15551234567."),
        (Kind.PHONE, "+15551234567", "1 (555) 123-4567"),
        (Kind.PHONE, "(555) 123-4567", "+1 555.123.4567"),
        (Kind.PHONE, "555 123 4567", "00 555 123 4567 89"),
        (Kind.PHONE, "sip:jane@corp", "SIP:Jane@corp"),
    ],
)
def test_what_is_a_leak(kind, value, text):
    assert [leak.kind for leak in leaks(text, [(kind, value)])] == [kind]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.SECRET, "abcdefghijklmnop", "x defghij y"),
        (Kind.SECRET, "abc", "abc"),
        (Kind.ID, "12345", "1123456"),
        (Kind.ID, "12345", "a12345"),
        (Kind.ID, "12345", "12345b"),
        (Kind.ID, "12345", in_base64("12345")),
        (Kind.ID, "1234", "1234"),
        (Kind.ID, "AB-12", "ab-12"),
        (Kind.ID, "agent", "agentId"),
        (Kind.NAME, "Janet", "janets"),
        (Kind.NAME, "Jane", "Jane"),
        (Kind.NAME, "Jane Roe", "Jane Roebuck"),
        (Kind.NAME, "Jane Roe", "%41" + "." * 60 + "jane" + "." * 50 + " roe" + "." * 60 + "%41"),
        (Kind.PHONE, "+15551234567", "115551234567"),
        (Kind.PHONE, "+15551234567", "1555 ... 1234567"),
        (Kind.PHONE, "+15551234567", "1555123456 7890"),
        (Kind.PHONE, "+15551234567", "1555, 1234567"),
        (Kind.PHONE, "911", "911"),
        (Kind.EMAIL, "", "x"),
        (Kind.NAME, "   ", "a   b"),
        (Kind.KEEP, "anything", "anything"),
    ],
)
def test_what_is_none(kind, value, text):
    assert leaks(text, [(kind, value)]) == []


def test_what_is_allowed_may_stand():
    text = cassette("agents 12345 and 67890")
    both = [(Kind.ID, "12345"), (Kind.ID, "67890")]
    assert leaks(text, both, allowed={"12345", "67890"}) == []
    assert len(leaks(text, both, allowed={"12345"})) == 1


# What is told


def test_a_leak_tells_where_it_is():
    text = CLEAN.replace("730258244", "12345")
    assert [str(leak) for leak in leaks(text, VALUES)] == [
        "line 5, interactions > request > uri: id, plain",
        "line 13, interactions > response > body > string: id, plain",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("jane roe", "line 1"),
        ("a: jane roe", "line 1, a"),
        (f"a: {'İ' * 20} jane roe\nb: 1", "line 1, a"),
        ("a:\n  b: 1\n  c: jane roe", "line 3, a > c"),
        ("a:\n  b:\n  - x\n  - jane roe", "line 4, a > b"),
        ("a:\n- b: 1\n  c:\n    jane\n    roe", "line 4, a > c"),
        ("a:\n  b: |\n    {\n      x\n\n    jane roe", "line 6, a > b"),
        ("a:\n  - b:\n      x: 1\n  - c: jane%20roe", "line 4, a > c"),
        ("https://x: 1\n'jane roe': 1", "line 2"),
    ],
)
def test_a_place_is_a_line_and_the_keys_above_it(text, place):
    (leak,) = leaks(text, [(Kind.NAME, "Jane Roe")])
    assert leak.place == place


def test_a_place_shows_no_key_that_is_personal():
    (leak,) = leaks("agents:\n  janeroe:\n    janeroe", [(Kind.NAME, "JaneRoe")])[1:]
    assert leak.place == "line 3"


def test_a_leak_is_told_once_for_its_place():
    text = "a: 12345 12345 jane roe\nb: 12345 %31%32345"
    assert [(leak.place, leak.kind, leak.encoding) for leak in leaks(text, VALUES)] == [
        ("line 1, a", Kind.ID, "plain"),
        ("line 1, a", Kind.NAME, "plain"),
        ("line 2, b", Kind.ID, "URL-encoded"),
        ("line 2, b", Kind.ID, "plain"),
    ]


def test_no_leak_shows_the_value():
    found = leaks(cassette(f"{SECRET} 12345 Jane Roe jane.roe@corp.com +15551234567"), VALUES)
    assert {leak.kind for leak in found} == {Kind.SECRET, Kind.ID, Kind.NAME, Kind.EMAIL, Kind.PHONE}
    shown = f"{found!r} {' '.join(map(str, found))}".lower()
    assert not any(part in shown for part in ("pa$$", "long-enough", "12345", "jane", "roe", "corp", "555"))


def test_many_values_take_little_longer_than_few():
    row = json.dumps({"agentId": "730258244", "name": "Sosiburo Timawawi", "since": "2025-06-01T12:34:56+00:00"})
    text = cassette(row * 2_000)
    many = [
        value
        for number in range(1_000)
        for value in [
            (Kind.ID, f"{number}99999999"),
            (Kind.NAME, f"Jane{number} Roe{number}"),
            (Kind.EMAIL, f"jane{number}@corp.com"),
            (Kind.PHONE, f"+1555{number:07}"),
            (Kind.SECRET, f"token-{number:030}"),
        ]
    ]
    assert leaks(text, many) == []


def test_a_piece_of_a_public_text_is_nobodys():
    text = "interactions:\n- uri: https://platform.nicecxone.com/api\n- body: nicecxone-prod\n"
    values = [(Kind.SECRET, "nicecxone-prod")]
    assert [leak.place.partition(",")[0] for leak in leaks(text, values)] == ["line 2", "line 3"]
    assert [leak.place.partition(",")[0] for leak in leaks(text, values, public=["platform.nicecxone.com"])] == [
        "line 3"
    ]
