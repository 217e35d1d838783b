"""Aliases for what is personal: of the same form, always the same for a value, and telling nothing of it.

An alias depends on a key and the value alone, so an agent has one alias in all cassettes. Texts that a test derives
from one another stay so: the first word of a name's alias is the alias of its first word, and upper case stays so.
"""

import hashlib
import hmac
import json
import re
import string
from collections.abc import Sequence
from itertools import count, groupby
from math import isqrt, prod
from typing import Final, Self
from unicodedata import category, normalize

from pytest_cxone.cassettes.rules import Kind

__all__ = ["Pseudonyms"]

_ROUNDS: Final = 10
"""Of the Feistel network, as in NIST's FF1: few rounds are weak where there are few values."""

_SYLLABLES: Final = tuple(consonant + vowel for consonant in "bdfhjklmnprstvwz" for vowel in "aeiou")
_DIGITS: Final = string.digits
_HEX: Final = "0123456789abcdef"
_ALPHABETS: Final = {char: alphabet for alphabet in (_DIGITS, string.ascii_lowercase) for char in alphabet}

_NOBODY: Final = frozenset({"0", "-1", "00000000-0000-0000-0000-000000000000"})
"""How an API writes that there is no id."""

_UUID: Final = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1(?P<version>[0-9a-f])[0-9a-f]{3}\1(?P<variant>[0-9a-f])[0-9a-f]{3}\1[0-9a-f]{12}"
)
_COUNTRY_CODE: Final = re.compile(
    r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}"  # ITU-T E.164
)


class Pseudonyms:
    """Aliases under one key. Another key gives others, and without the key none can be traced back."""

    __slots__ = ("_key", "_known")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[Kind, str], str] = {}

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """Return the aliases under a key derived from a secret, slowly, so that no alias helps to guess the secret."""
        salt = b"pytest-cxone pseudonyms"
        # A variable of the environment may hold bytes that are no text.
        return cls(hashlib.scrypt(secret.encode(errors="surrogatepass"), salt=salt, n=2**14, r=8, p=1, dklen=32))

    def __repr__(self) -> str:
        return "Pseudonyms('***')"

    def of(self, kind: Kind, value: str) -> str:
        """Return the alias of a value of this kind. A secret has none, nor has what is kept: that is a `ValueError`."""
        alias = self._known.get((kind, value))
        if alias is None:
            alias = self._known[kind, value] = self._new(kind, value)
        return alias

    def number(self, value: int) -> int:
        """Return the alias of an id that is a number: the same digits as its text has. Below one it is no id."""
        return int(self.of(Kind.ID, str(value))) if value > 0 else value

    def id(self, value: str) -> str:
        """Return another id of the same form, never the same for two ids of one form; short ones become longer.

        Upper case gives the alias of lower case, in upper case.
        """
        if value in _NOBODY or not any(map(str.isalnum, value)):
            return value
        if any(char.isalnum() and not char.isascii() for char in value):
            # Letters of all scripts have no form that could be kept.
            return self.fingerprint("id", value)
        if re.fullmatch(r"[0-9]+", value):
            return self._same_form(value if len(value) > 8 else _nine_digits(value))
        lower = value.lower()
        if uuid := _UUID.fullmatch(lower):
            alphabets = [_HEX if char in _HEX else char for char in lower]
            for kept in ("version", "variant"):
                alphabets[uuid.start(kept)] = uuid[kept]
            alias = self._shuffled(lower, alphabets)
            return alias.upper() if value.isupper() else alias
        if sum(map(str.isalnum, value)) < 4:
            value = re.sub(r"[0-9A-Za-z]", _lengthened, value, count=1)
        alias = self._same_form(value.lower())
        return "".join(other.upper() if char.isupper() else other for char, other in zip(value, alias, strict=True))

    def name(self, text: str) -> str:
        """Return the text with another word for each word and other digits for digits, in the same case."""
        return "".join(self._part(what, "".join(part)) for what, part in groupby(text, _part_of_name))

    def email(self, text: str) -> str:
        """Return another mailbox, in a domain that nobody can have; addresses of one domain stay in one."""
        address = text.casefold()
        _, at, domain = address.rpartition("@")
        if not at or text.count("@") > 1:
            return self.name(text)
        words = self._word("mailbox", address), self._word("mailbox of", address), self._word("domain", domain)
        alias = "{}.{}@{}.example".format(*words)
        return alias.upper() if text.isupper() else alias

    def phone(self, text: str) -> str:
        """Return another number of the same country, length and notation."""
        if any(map(str.isalpha, text)):
            return self.name(text)
        digits = "".join(str(int(char)) for char in text if char.isdecimal())
        code = _COUNTRY_CODE.match(digits) if text.lstrip().startswith("+") and 7 <= len(digits) <= 15 else None
        national = digits[code.end() :] if code else digits
        first = "23456789" if national[:1] in "23456789" else national[:1]
        # The country's code has no part in the permutation: a test may cut it off.
        alias = self._shuffled(national, [first, *[_DIGITS] * (len(national) - 1)]) if national else ""
        others = iter((code[0] if code else "") + alias)
        return "".join(next(others) if char.isdecimal() else char for char in text)

    def fingerprint(self, *parts: str) -> str:
        """Return 12 hexadecimal digits that stand for these parts."""
        return self._digest("fingerprint", *parts).hex()[:12]

    def _new(self, kind: Kind, value: str) -> str:
        match kind:
            case Kind.ID:
                return self.id(value)
            case Kind.NAME | Kind.TEXT:
                return self.name(value)
            case Kind.EMAIL:
                return self.email(value)
            case Kind.PHONE:
                return self.phone(value)
        raise ValueError(f"a value of kind {kind.value!r} has no alias: a placeholder stands for it, or it is kept")

    def _same_form(self, text: str) -> str:
        first = "0" if text[0] == "0" else _DIGITS[1:] if text[0] in _DIGITS else _ALPHABETS.get(text[0], text[0])
        return self._shuffled(text, [first, *(_ALPHABETS.get(char, char) for char in text[1:])])

    def _part(self, what: str, part: str) -> str:
        if what == "digits":
            return self._shuffled("".join(str(int(char)) for char in part), [_DIGITS] * len(part))
        if what != "word" or not any(map(str.isalpha, part)):
            return part
        word = self._word("name", normalize("NFC", part.casefold()))
        if part == part.lower():
            return word
        return word.upper() if part == part.upper() else word.capitalize()

    def _word(self, purpose: str, text: str) -> str:
        """Return two to four syllables, nearly always four, that are not the text itself."""
        base = len(_SYLLABLES)
        for attempt in count():
            number = base + int.from_bytes(self._digest(purpose, text, str(attempt))) % (base**4 - base)
            word = ""
            while number:
                number, at = divmod(number, base)
                word += _SYLLABLES[at]
            if word != text:
                break
        return word

    def _shuffled(self, text: str, alphabets: Sequence[str]) -> str:
        """Return another text in these alphabets, one for each place, so that no two texts have the same one."""
        number = 0
        for char, alphabet in zip(text, alphabets, strict=True):
            number = number * len(alphabet) + alphabet.index(char)
        number = self._permuted(number, prod(map(len, alphabets)), self._digest("alphabets", *alphabets))
        chars = []
        for alphabet in reversed(alphabets):
            number, at = divmod(number, len(alphabet))
            chars.append(alphabet[at])
        return "".join(reversed(chars))

    def _permuted(self, number: int, size: int, key: bytes) -> int:
        """Return the number that stands for this one in a permutation of `range(size)`.

        A Feistel network permutes the pairs of numbers below `half`; it is walked until it is back in the range.
        """
        half = isqrt(size - 1) + 1
        width = half.bit_length() // 8 + 1
        while True:
            left, right = divmod(number, half)
            for turn in range(_ROUNDS):
                # SHAKE and not HMAC, since long ids need long digests; its key is of fixed length and comes first.
                mask = hashlib.shake_256(key + bytes([turn]) + right.to_bytes(width)).digest(width + 16)
                left, right = right, (left + int.from_bytes(mask)) % half
            number = left * half + right
            if number < size:
                return number

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, json.dumps(parts).encode(), "sha256")


def _nine_digits(value: str) -> str:
    """Return what a short id counts as: with zeros before it is another id.

    All 9-digit numbers are aliases of one another, so short ids have to share with some: with the highest, which are
    given out last.
    """
    shorter = (10 ** len(value) - 10) // 9
    return str(999_999_999 - shorter - int(value))


def _lengthened(first: re.Match[str]) -> str:
    """Return the first letter or digit of a short id with more before it, so that there are enough aliases."""
    char = first[0]
    return ("9" if char.isdigit() else "Z" if char.isupper() else "z") * 5 + char


def _part_of_name(char: str) -> str:
    if char.isalpha() or category(char).startswith("M"):
        return "word"
    return "digits" if char.isdecimal() else ""
