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
