"""Which tenant a command asks, and which others it may look into."""

from pathlib import Path

import pytest

from pytest_cxone.cli.environments import choose
from pytest_cxone.errors import ConfigurationError

LOCAL = "http://127.0.0.1:8080"
HERE = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "secret"}
NOTHING = {"region": None, "dialect": None, "rate": None, "wait": None}
PRODUCTION = '[production]\nclient_id = "p"\nclient_secret = "s"\nregion = "eu"\n'
TRIAL = f'[trial]\nclient_id = "t"\nclient_secret = "s"\nbase_url = "{LOCAL}"\n'


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "profiles.toml"
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    return write


def chosen(environ, path, **given):
    return choose(environ, {**NOTHING, **given}, profile=None, path=path, must_exist=False)


def test_without_a_file_there_is_no_elsewhere(tmp_path):
    found = chosen(HERE, tmp_path / "nothing.toml")
    assert (found.here.client_id, found.here.region, dict(found.elsewhere)) == ("me", "us", {})


def test_profiles_are_elsewhere_for_the_environment(file):
    found = chosen(HERE, file(PRODUCTION))
    assert (found.here.client_id, list(found.elsewhere)) == ("me", ["production"])
    assert found.elsewhere["production"].base_url == "https://platform.nicecxone-eu.com"


def test_rate_and_wait_hold_for_all_and_the_region_for_the_chosen_one(file):
    found = chosen(HERE, file(PRODUCTION), rate="1", wait="2", region="us")
    assert [(one.rate, one.wait, one.region) for one in (found.here, *found.elsewhere.values())] == [
        (1.0, 2.0, "us"),
        (1.0, 2.0, "eu"),
    ]


def test_who_tries_things_on_this_machine_does_not_ask_a_real_tenant(file):
    path = file(PRODUCTION + TRIAL)
    assert list(chosen({**HERE, "CXONE_BASE_URL": LOCAL}, path).elsewhere) == ["trial"]
    assert list(chosen(HERE, path).elsewhere) == ["production"]


def test_the_region_of_the_environment_says_which_profile_too(file):
    path = file(PRODUCTION + TRIAL)
    assert chosen({"CXONE_REGION": "eu"}, path).here.client_id == "p"
    assert chosen({"CXONE_REGION": "eu"}, path, region="us").here.client_id == "t"


def test_what_is_wrong_with_another_profile_is_told_as_that_ones(file):
    path = file('[other]\nclient_id = "p"\nclient_secret = "s"\nbase_url = "http://prod.example"\n')
    with pytest.raises(ConfigurationError, match=r"profiles\.toml: \[other\]: .*http://prod\.example.* is not https"):
        chosen(HERE, path)


def test_a_path_is_all_that_is_told_of_a_file_that_is_missing():
    with pytest.raises(ConfigurationError, match="must be set in the environment, or a profile written to"):
        chosen({}, Path("nowhere") / "profiles.toml")


# Of the published API

KEY = 'dialect = "acd"\naccess_key_id = "k"\naccess_key_secret = "s"\n'
KEYED = {"CXONE_DIALECT": "acd", "CXONE_ACCESS_KEY_ID": "me", "CXONE_ACCESS_KEY_SECRET": "secret"}


def test_an_access_key_in_the_environment_is_enough(tmp_path):
    found = chosen(KEYED, tmp_path / "nothing.toml")
    assert (found.here.access_key_id, found.here.home) == ("me", "https://cxone.niceincontact.com")


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({"CXONE_DIALECT": "acd"}, "CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET"),
        ({**KEYED, "CXONE_CLIENT_ID": "me"}, "CXONE_CLIENT_SECRET"),
        ({"CXONE_ACCESS_KEY_ID": "me"}, "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET"),
    ],
    ids=["none", "half a client", "another dialect's"],
)
def test_credentials_that_are_missing_are_those_of_the_dialect(tmp_path, environ, names):
    with pytest.raises(ConfigurationError, match=f"^{names} must be set in the environment, or a profile written to"):
        chosen(environ, tmp_path / "nothing.toml")


def test_profiles_of_another_dialect_are_not_elsewhere(file):
    path = file(PRODUCTION + f"[published]\n{KEY}")
    assert list(chosen(HERE, path).elsewhere) == ["production"]
    assert list(chosen(KEYED, path).elsewhere) == ["published"]


def test_another_tenant_of_the_same_issuer_is_another_environment(file):
    path = file(f'[one]\n{KEY}tenant_id = "1"\n[other]\n{KEY}tenant_id = "2"\n[again]\n{KEY}tenant_id = "1"\n')
    found = choose({}, NOTHING, profile="one", path=path, must_exist=True)
    assert list(found.elsewhere) == ["other"]


def test_a_profile_without_a_region_is_in_its_dialects_first(file):
    path = file(f"[published]\n{KEY}" + PRODUCTION)
    assert chosen({}, path, region="global").here.access_key_id == "k"
    assert chosen({}, path, region="eu").here.client_id == "p"
