"""No piece of a secret stays in a text, however it is written there."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.scrub import fragments, without

SECRET = 'Pa$$ w/rd="ü+long-enough'


@pytest.mark.parametrize(
    "written",
    [SECRET, quote_plus(SECRET), json.dumps(SECRET), repr(SECRET), SECRET[:10], f"<{SECRET[4:15]}...>"],
    ids=["plain", "url-encoded", "json", "repr", "shortened", "middle"],
)
def test_a_secret_is_replaced_however_it_is_written(written):
    clean = without(fragments([SECRET]), f"before {written} after")
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert "***" in clean
    assert not any(written[at : at + 8] in clean for at in range(len(written) - 8))


def test_a_short_secret_is_replaced_whole():
    assert without(fragments(["s3cr"]), "a s3cr b") == "a *** b"


def test_text_without_secrets_stays_as_it_is():
    assert without(fragments([SECRET]), "nothing to see") == "nothing to see"
    assert without(fragments([]), "nothing to see") == "nothing to see"


@given(st.text(st.characters(exclude_characters="*"), min_size=1), st.text(), st.text())
def test_no_secret_is_left_in_any_text(secret, before, after):
    assert secret not in without(fragments([secret]), before + secret + after)
