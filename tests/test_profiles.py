"""Profiles: credentials of several environments in one file, which nobody else may read."""

import os
from types import SimpleNamespace

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.profiles import VARIABLES, read_profiles

posix_only = pytest.mark.skipif(os.name != "posix", reason="a file's mode tells nothing of who may read it here")

CREDENTIALS = 'client_id = "me"\nclient_secret = "secret-hidden-text"\n'


@pytest.fixture
def profiles(tmp_path):
    """Write a file of profiles that only its owner may read."""

    def written(text, mode=0o600):
        path = tmp_path / "profiles.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    return written


def refusal(path):
    with pytest.raises(ConfigurationError) as caught:
        read_profiles(path)
    assert "secret-hidden-text" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_profile_is_the_variables_that_it_sets(profiles):
    path = profiles(
        f'[production]\n{CREDENTIALS}region = "eu"\n\n[sandbox]\n{CREDENTIALS}dialect = "platform-v2"\n'
        'base_url = "https://sandbox.example"\nauth_url = "https://login.example/token"\n'
    )
    both = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "secret-hidden-text"}
    assert read_profiles(path) == {
        "production": {**both, "CXONE_REGION": "eu"},
        "sandbox": {
            **both,
            "CXONE_DIALECT": "platform-v2",
            "CXONE_BASE_URL": "https://sandbox.example",
            "CXONE_AUTH_URL": "https://login.example/token",
        },
    }


def test_profiles_come_in_the_order_of_the_file(profiles):
    path = profiles("".join(f"[{name}]\n{CREDENTIALS}" for name in ("zeta", "alpha", "mid")))
    assert list(read_profiles(path)) == ["zeta", "alpha", "mid"]


def test_a_file_without_profiles_has_none(profiles):
    assert read_profiles(profiles("# nothing yet\n")) == {}


def test_what_a_profile_may_set_is_all_that_leads_to_a_tenant():
    assert {
        "CXONE_DIALECT",
        "CXONE_API_VERSION",
        "CXONE_REGION",
        "CXONE_BASE_URL",
        "CXONE_AUTH_URL",
        "CXONE_ISSUER",
        "CXONE_TENANT_ID",
        "CXONE_CLIENT_ID",
        "CXONE_CLIENT_SECRET",
        "CXONE_ACCESS_KEY_ID",
        "CXONE_ACCESS_KEY_SECRET",
    } == VARIABLES


# Who may read it


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o777], ids=oct)
def test_a_file_that_others_may_read_or_write_is_refused(profiles, mode):
    path = profiles(f"[p]\n{CREDENTIALS}", mode)
    assert refusal(path) == f"{path} holds secrets, and others may read or write it; chmod 600 {path}"


@posix_only
def test_a_file_that_others_may_read_is_refused_whatever_is_in_it(profiles):
    assert "chmod 600" in refusal(profiles("secret-hidden-text", 0o644))


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700], ids=oct)
def test_a_file_that_only_its_owner_may_read_is_read(profiles, mode):
    assert list(read_profiles(profiles(f"[p]\n{CREDENTIALS}", mode))) == ["p"]


@pytest.mark.parametrize(("owner", "fits"), [("me", True), ("root", True), ("somebody else", False)])
def test_a_file_is_its_readers_or_roots(profiles, monkeypatch, owner, fits):
    path = profiles(f"[p]\n{CREDENTIALS}")
    status = SimpleNamespace(st_mode=0o100600, st_uid={"me": 1_234, "root": 0, "somebody else": 4_321}[owner])
    system = SimpleNamespace(name="posix", geteuid=lambda: 1_234, fstat=lambda _: status)
    monkeypatch.setattr("pytest_cxone.profiles.os", system)
    if fits:
        assert list(read_profiles(path)) == ["p"]
    else:
        assert refusal(path) == f"{path} holds secrets and belongs to somebody else; make a file of your own"


def test_where_modes_tell_nothing_they_are_not_asked(profiles, monkeypatch):
    path = profiles(f"[p]\n{CREDENTIALS}", 0o644)
    monkeypatch.setattr("pytest_cxone.profiles.os", SimpleNamespace(name="nt", fstat=os.fstat))
    assert list(read_profiles(path)) == ["p"]


# What is in it

WRONG = {
    "not TOML": ("client_id = me", "{path} is not TOML: "),
    "not UTF-8": (b'[p]\nclient_id = "\xff"', "{path} is not TOML: "),
    "outside a table": (CREDENTIALS, "{path}: 'client_id' stands outside of a profile; write it under a line such as"),
    "a list of tables": (f"[[p]]\n{CREDENTIALS}", "{path}: 'p' stands outside of a profile"),
    "an unknown key": (f'[p]\n{CREDENTIALS}secret = "x"\n', "{path}: [p] has 'secret', which is not one of access_key_id, "),
    "no id": ('[p]\nclient_secret = "secret-hidden-text"\n', "{path}: [p] has no client_id"),
    "no secret": ('[p]\nclient_id = "me"\n', "{path}: [p] has no client_secret"),
    "an empty table": ("[p]\n", "{path}: [p] has no client_id and no client_secret"),
    "an empty value": (f'[p]\n{CREDENTIALS}region = ""\n', "{path}: [p] region must be text in quotes that is not empty"),
    "a blank value": ('[p]\nclient_id = "me"\nclient_secret = " "\n', "{path}: [p] client_secret must be text"),
    "a number": ("[p]\nclient_id = 12\n", "{path}: [p] client_id must be text in quotes"),
    "the second of two": (f"[p]\n{CREDENTIALS}[q]\n", "{path}: [q] has no client_id"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "start"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_by_name(profiles, text, start):
    path = profiles(text)
    assert refusal(path).startswith(start.format(path=path))


def test_a_file_that_is_not_there_says_so(tmp_path):
    path = tmp_path / "none.toml"
    assert refusal(path) == f"the profiles in {path} cannot be read: No such file or directory"


def test_a_folder_is_no_file(tmp_path):
    assert refusal(tmp_path).startswith(f"the profiles in {tmp_path} cannot be read: ")


# Of the published API

KEY = 'dialect = "acd"\naccess_key_id = "key"\naccess_key_secret = "secret-hidden-text"\n'


def test_a_profile_may_hold_an_access_key_and_where_its_tenant_is_discovered(profiles):
    path = profiles(
        f'[p]\n{KEY}{CREDENTIALS}tenant_id = "11eb"\nissuer = "https://cxone-gov.niceincontact.com"\napi_version = "v34.0"\n'
    )
    assert read_profiles(path) == {
        "p": {
            "CXONE_DIALECT": "acd",
            "CXONE_ACCESS_KEY_ID": "key",
            "CXONE_ACCESS_KEY_SECRET": "secret-hidden-text",
            "CXONE_CLIENT_ID": "me",
            "CXONE_CLIENT_SECRET": "secret-hidden-text",
            "CXONE_TENANT_ID": "11eb",
            "CXONE_ISSUER": "https://cxone-gov.niceincontact.com",
            "CXONE_API_VERSION": "v34.0",
        }
    }


WRONG_THERE = {
    "no key": ('[p]\ndialect = "acd"\n', "{path}: [p] has no access_key_id and no access_key_secret"),
    "no secret of the key": ('[p]\ndialect = "acd"\naccess_key_id = "k"\n', "{path}: [p] has no access_key_secret"),
    "a client alone": (f'[p]\ndialect = "acd"\n{CREDENTIALS}', "{path}: [p] has no access_key_id"),
    "half a client": (f'[p]\n{KEY}client_id = "me"\n', "{path}: [p] has no client_secret"),
    "a key without the dialect": (
        '[p]\naccess_key_id = "key"\naccess_key_secret = "secret-hidden-text"\n',
        "{path}: [p] has no client_id",
    ),
    "an unknown dialect": (f'[p]\ndialect = "soap"\n{CREDENTIALS}', "{path}: [p]: dialect 'soap' is not one of"),
}


@pytest.mark.parametrize(("text", "start"), WRONG_THERE.values(), ids=WRONG_THERE)
def test_a_profile_has_the_credentials_of_its_dialect(profiles, text, start):
    path = profiles(text)
    assert refusal(path).startswith(start.format(path=path))
