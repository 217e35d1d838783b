"""A document that is read and written again is what it was, on lines that read and diff well."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.cassettes.documents import Literal, Members, line_of, parse, text_of

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_what_is_written_reads_as_it_was(document):
    text = json.dumps(document)
    for written in (text_of(parse(text)), line_of(parse(text))):
        assert json.dumps(json.loads(written)) == text
    assert "\n" not in line_of(parse(text))


@given(documents)
def test_to_write_what_was_written_changes_nothing(document):
    once = text_of(parse(json.dumps(document)))
    assert text_of(parse(once)) == once


@pytest.mark.parametrize(
    "number", ["1.0", "1e2", "1E+2", "-0", "-0.0", "1.10", "NaN", "-Infinity", "12345678901234567890", "7"]
)
def test_numbers_stay_as_they_were_written(number):
    assert text_of(parse(number)) == number
    assert text_of(parse(f"[{number}]")) == f"[\n{number}\n]"


def test_repeated_members_stay():
    assert parse('{"a": 1, "a": {"b": []}}') == Members([("a", 1), ("a", Members([("b", [])]))])
    assert text_of(parse('{"a": 1, "a": 2}')) == '{\n"a": 1,\n"a": 2\n}'


def test_each_row_and_each_member_has_its_line():
    assert text_of(parse('[{"a": 1}, {"b": [1, 2]}]')) == '[\n{"a": 1},\n{"b": [1, 2]}\n]'
    assert text_of(parse('{"a": [1], "b": [1, 2], "c": {}}')) == '{\n"a": [1],\n"b": [\n1,\n2\n],\n"c": {}\n}'


@pytest.mark.parametrize("text", ["\u2028", "\x85", "\ud800", "\ufeff", "\x00"])
def test_what_does_not_print_is_escaped(text):
    written = text_of(text)
    assert written.isascii()
    assert json.loads(written) == text


def test_what_prints_is_not():
    assert text_of("Zoë 山田 🙂") == '"Zoë 山田 🙂"'


@pytest.mark.parametrize("text", ["", "{", "{]", "nul", "1.", "'a'"])
def test_what_is_no_json_is_an_error(text):
    with pytest.raises(json.JSONDecodeError):
        parse(text)


def test_what_is_nested_too_deeply_is_an_error():
    with pytest.raises(RecursionError):
        parse("[" * 100_000)


def test_a_literal_is_no_text():
    assert text_of([Literal("1e2"), "1e2"]) == '[\n1e2,\n"1e2"\n]'
