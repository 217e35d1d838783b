"""The settings: where each value comes from, what is refused and how, and what is never shown."""

import pytest

from pytest_cxone.dialects import acd
from pytest_cxone.errors import ConfigurationError, UnknownRegion
from pytest_cxone.fake.acd import site
from pytest_cxone.model import Secret
from pytest_cxone.settings import OPTIONS, FailOn, Mode, is_loopback, resolve

HIDDEN = "hidden-text"
CREDENTIALS = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": HIDDEN}
BY_NAME = {option.name: option for option in OPTIONS}
READABLE = [option.name for option in OPTIONS if not option.secret]
LEVELS = ["command line", "environment", "ini"]

SAMPLES = {
    "mode": ["fake", "offline", "fake", "offline"],
    "dialect": ["platform-v2"] * 4,
    "api_version": ["v2", "v2", "v2", ""],
    "region": ["eu", "us", "eu", ""],
    "base_url": ["https://one.example", "https://two.example", "https://three.example", ""],
    "auth_url": ["https://one.example/t", "https://two.example/t", "https://three.example/t", ""],
    "issuer": ["https://one.example", "https://two.example", "https://three.example", ""],
    "tenant_id": ["a", "b", "c", ""],
    "agents": ["1=a", "1=b", "1=c", ""],
    "target_agent_id": ["1", "2", "3", ""],
    "offline_agent_id": ["1", "2", "3", ""],
    "hidden_agent_id": ["1", "2", "3", ""],
    "transport": ["http", "in-process", "http", "in-process"],
    "upgrade": ["a", "b", "c", ""],
    "rehearse": ["yes", "no", "on", "no"],
    "rehearse_only": ["a", "b*, !bc", "c\n!cd", ""],
    "rehearse_min": ["90", "80%", "0", ""],
    "usage": ["a", "b", "c", ""],
    "timeout": ["1", "2", "3", "10"],
    "on_missing": ["wait", "fail", "wait", "skip"],
    "wait": ["1", "2", "3", "5"],
    "require_live": ["1", "2", "3", "0"],
    "rate": ["1", "2", "3", "4"],
    "budget": ["1", "2", "3", "1000"],
    "record": ["missing", "all", "missing", "all"],
    "cassettes": ["a", "b", "c", ""],
    "scrub": ["name: a", "name: b", "name: c", ""],
    "max_age": ["1", "2", "3", "0"],
    "strict": ["age", "all", "none", "states"],
    "report": ["a.json", "b.md, c.html", "d.sarif\nE.JSON", ""],
    "fail_on": ["additive", "any", "never", ""],
    "acknowledged": ["a", "b", "c", ""],
    "shard": ["1/2", "2/2", "3/5", ""],
}  # fmt: skip
"""For each option a text from the command line, the environment and the ini file; and its default."""


def given(name, texts):
    """Return the three sources with an option's texts, None where a source does not have it."""
    line, variable, key = texts
    return (
        {name: line},
        around(name) if variable is None else {**around(name), BY_NAME[name].env: variable},
        {name: "" if key is None else key},
    )


def around(name):
    """Return the variables without which an option may not be given on the command line."""
    return {"CXONE_REHEARSE": "yes"} if name.startswith("rehearse_") else {}


def value_of(settings, name):
    return getattr(settings, name)


def refusal(command_line=(), environ=(), ini=()):
    with pytest.raises(ConfigurationError) as caught:
        resolve(dict(command_line), dict(environ), dict(ini))
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


# Where a value comes from


def test_every_option_has_samples_and_credentials_have_none():
    assert set(SAMPLES) == set(READABLE)


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("first", range(4), ids=[*LEVELS, "default"])
def test_the_command_line_goes_before_the_environment_before_the_ini_file(name, first):
    *texts, default = SAMPLES[name]
    texts = [None] * first + texts[first:]
    option = BY_NAME[name]
    settings = resolve(*given(name, texts))
    alone = resolve({name: (*texts, default)[first]}, around(name), {})
    assert value_of(settings, name) == value_of(alone, name)
    assert settings.sources[name] == [option.flag, option.env, f"ini {option.dest}", "default"][first]
    if first == 3:
        assert option.default == default


@pytest.mark.parametrize("name", READABLE)
def test_a_blank_variable_or_key_is_not_given(name):
    settings = resolve(*given(name, [None, " ", " "]))
    assert settings.sources[name] == "default"


def test_names_of_flags_variables_and_keys_are_unique_and_prefixed():
    for names in ([o.flag for o in OPTIONS], [o.env for o in OPTIONS], [o.dest for o in OPTIONS]):
        assert len(set(names)) == len(names)
    assert BY_NAME["mode"].flag == "--cxone"
    assert BY_NAME["on_missing"].flag == "--cxone-on-missing"
    assert all(option.dest == f"cxone_{option.name}" for option in OPTIONS)


def test_credentials_come_from_the_environment_only():
    given = dict.fromkeys(["client_id", "client_secret", "access_key_id", "access_key_secret", "scrub_key"], "line")
    assert [option.name for option in OPTIONS if option.secret] == list(given)
    settings = resolve({}, CREDENTIALS, given)
    assert (settings.client_id, settings.client_secret) == ("me", Secret(HIDDEN))


def test_the_defaults_need_nothing():
    settings = resolve({}, {}, {})
    assert (settings.mode, settings.dialect, settings.region) == (Mode.OFFLINE, "platform-v2", "us")
    assert settings.base_url == "https://platform.nicecxone.com"
    assert settings.auth_url == "https://platform.nicecxone.com/oauth/token"
    assert (settings.timeout, settings.wait, settings.rate, settings.budget) == (10.0, 5.0, 4.0, 1_000)
    assert settings.target_agent_id is None
    assert dict(settings.agents) == {}
    assert (settings.report, settings.shard) == ((), None)


@pytest.mark.parametrize(
    "text", ["a.json,b.md", "a.json\nb.md", " a.json ,\n\n, b.md "], ids=["commas", "lines", "both"]
)
def test_reports_are_a_list(text):
    assert resolve({"report": text}, {}, {}).report == ("a.json", "b.md")


def test_a_shard_is_which_of_how_many():
    assert resolve({"shard": "2/5"}, {}, {}).shard == (2, 5)


@pytest.mark.parametrize("mode", Mode)
def test_drift_makes_live_runs_red_unless_it_is_said_otherwise(mode):
    assert resolve({"mode": mode}, CREDENTIALS, {}).fail_on is (FailOn.BREAKING if mode is Mode.LIVE else FailOn.NEVER)
    assert resolve({"mode": mode, "fail_on": "additive"}, CREDENTIALS, {}).fail_on is FailOn.ADDITIVE


# What is refused

BAD = {
    "mode": ("dead", "one of offline, fake, replay, record, live"),
    "base_url": ("platform.nicecxone.com", "an http(s) URL without credentials, query or fragment"),
    "auth_url": ("ftp://host", "an http(s) URL without credentials, query or fragment"),
    "issuer": ("cxone.niceincontact.com", "an http(s) URL without credentials, query or fragment"),
    "agents": ("12345", "lines, or a comma list, of TEST_ID = TENANT_ID"),
    "transport": ("pigeon", "one of in-process, http"),
    "rehearse": ("perhaps", "yes or no"),
    "rehearse_only": ("row-*, ! row-state-*", "ids or patterns of upgrades, as row-*, with ! those to leave out, with commas"),
    "rehearse_min": ("101", "a percentage, 0 to 100"),
    "timeout": ("soon", "seconds, more than 0"),
    "on_missing": ("ignore", "one of skip, fail, wait"),
    "wait": ("-1", "seconds, 0 or more"),
    "require_live": ("1.5", "a whole number, 0 or more"),
    "rate": ("nan", "a number, 0 or more"),
    "budget": ("many", "a whole number, 0 or more"),
    "record": ("new_episodes", "one of all, missing"),
    "max_age": ("a year", "days, 0 or more"),
    "strict": ("age and more", "all, none, or some of age, unplayed, orphans, contract, states"),
    "report": ("report.pdf", "files, a line or a comma each, that end in .json, .md, .html, .sarif"),
    "fail_on": ("sometimes", "one of breaking, additive, any, never"),
    "shard": ("0/3", "which of how many, as 2/5"),
}  # fmt: skip


def test_every_option_that_is_read_has_a_bad_value():
    assert set(BAD) == {option.name for option in OPTIONS if option.kind.read is not str}


@pytest.mark.parametrize("text", ["0/3", "4/3", "-1/3", "a/b", "3", "1/2/3", "/", "1.5/2"])
def test_a_shard_that_is_none_is_refused(text):
    assert refusal({"shard": text}) == f"--cxone-shard must be which of how many, as 2/5, not {text!r}"


@pytest.mark.parametrize("level", range(3), ids=LEVELS)
@pytest.mark.parametrize(("name", "text", "kind"), [(name, *bad) for name, bad in BAD.items()], ids=BAD)
def test_a_bad_value_is_one_line_that_names_its_source(name, text, kind, level):
    option = BY_NAME[name]
    texts = [text if place == level else None for place in range(3)]
    source = [option.flag, option.env, f"ini {option.dest}"][level]
    assert refusal(*given(name, texts)) == f"{source} must be {kind}, not {text!r}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("timeout", "0"),
        ("timeout", "inf"),
        ("timeout", "-1"),
        ("wait", "inf"),
        ("rate", "-0.1"),
        ("budget", "-1"),
        ("base_url", "https://"),
        ("base_url", "https://[::1"),
        ("base_url", "https://host:port"),
        ("base_url", "https://host:99999"),
        ("base_url", "https://host/?tenant=1"),
        ("base_url", "https://host/#top"),
        ("base_url", "https://host/?"),
        ("base_url", "https://host/#"),
        ("agents", "=1"),
        ("agents", "1="),
        ("agents", "1=2, x"),
        ("timeout", ""),
        ("mode", ""),
        ("budget", ""),
    ],
)
def test_other_bad_values(name, text):
    assert refusal({name: text}).startswith(f"{BY_NAME[name].flag} must be {BY_NAME[name].kind.words}, not ")


CREDENTIAL_VARIABLES = [option.env for option in OPTIONS if option.secret]


@pytest.mark.parametrize("form", ["$({})", "${{{}}}", "${{{{ secrets.{} }}}}", "{{{{ {} }}}}"])
@pytest.mark.parametrize("variable", CREDENTIAL_VARIABLES)
def test_what_a_ci_leaves_in_the_place_of_a_secret_is_refused_by_the_name_of_its_variable(variable, form):
    text = form.format("ANOTHER_SECRET")
    assert refusal({}, {variable: text}) == (
        f"{variable} is the name of a variable in place of its value: it is not set there"
    )


@pytest.mark.parametrize("text", ["$ecret", "a$(b)", "${b}c", "$(", "{b}", "$b"])
def test_a_secret_may_hold_what_looks_like_a_bit_of_that(text):
    assert resolve({}, {"CXONE_CLIENT_SECRET": text}, {}).client_secret.reveal() == text


def test_a_url_with_credentials_is_refused_and_they_are_not_shown():
    text = refusal({}, {"CXONE_BASE_URL": f"https://me:{HIDDEN}@host/"})
    assert text.startswith("CXONE_BASE_URL must be an http(s) URL without credentials")
    assert HIDDEN not in text


def test_an_unknown_region_names_those_allowed():
    with pytest.raises(UnknownRegion) as caught:
        resolve({}, {"CXONE_REGION": "ap"}, {})
    assert (caught.value.region, caught.value.allowed) == ("ap", ("us", "eu"))


def test_an_unknown_dialect_names_those_there_are():
    assert refusal({"dialect": "soap"}).startswith("dialect 'soap' is not one of 'platform-v2', 'acd'; set ")


def test_an_empty_flag_takes_an_optional_value_away():
    settings = resolve({"base_url": ""}, {"CXONE_BASE_URL": "https://host"}, {})
    assert settings.base_url == "https://platform.nicecxone.com"


# Hosts


@pytest.mark.parametrize(
    ("environ", "base_url", "auth_url"),
    [
        pytest.param({}, "https://platform.nicecxone-eu.com", "https://platform.nicecxone-eu.com/oauth/token", id="region"),
        pytest.param({"CXONE_BASE_URL": "https://h/p/"}, "https://h/p", "https://h/p/oauth/token", id="base"),
        pytest.param(
            {"CXONE_AUTH_URL": "https://login/t"}, "https://platform.nicecxone-eu.com", "https://login/t", id="auth"
        ),
        pytest.param(
            {"CXONE_BASE_URL": "https://h", "CXONE_AUTH_URL": "https://login/t"}, "https://h", "https://login/t", id="both"
        ),
    ],
)  # fmt: skip
def test_a_tenant_is_reached_by_region_or_by_url(environ, base_url, auth_url):
    settings = resolve({"region": "eu"}, environ, {})
    assert (settings.base_url, settings.auth_url) == (base_url, auth_url)


def test_another_region_has_its_own_hosts():
    settings = resolve({}, CREDENTIALS, {})
    eu = settings.in_region("eu")
    assert (eu.region, eu.base_url) == ("eu", "https://platform.nicecxone-eu.com")
    assert (settings.region, settings.client_secret) == ("us", eu.client_secret)
    assert settings.in_region("us") is settings


def test_a_configured_host_stands_for_its_own_region():
    settings = resolve({}, {"CXONE_BASE_URL": "https://sandbox.example"}, {})
    assert settings.in_region("us").base_url == "https://sandbox.example"
    assert settings.in_region("eu").base_url == "https://platform.nicecxone-eu.com"


def test_a_region_that_is_not_there_is_refused():
    with pytest.raises(UnknownRegion, match="'ap' is not one of 'us', 'eu'"):
        resolve({}, {}, {}).in_region("ap")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8080", True),
        ("http://LOCALHOST", True),
        ("http://127.0.0.1", True),
        ("http://127.1.2.3:80/x", True),
        ("http://[::1]:8080", True),
        ("http://127.evil.com", False),
        ("http://127.0.0.1.evil.com", False),
        ("http://localhost.evil.com", False),
        ("http://127.0.0.1@evil.com", False),
        ("http://evil.com/127.0.0.1", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://[::2]", False),
        ("127.0.0.1", False),
    ],
)
def test_loopback_is_this_machine_and_no_look_alike(url, loopback):
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("url", "rate", "pace"),
    [
        ("", "4", 4.0),
        ("", "0", 0.0),
        ("https://sandbox.example", "0.5", 0.5),
        ("http://127.0.0.1:8080", "4", 0.0),
        ("http://localhost", "4", 0.0),
    ],
    ids=["a region", "no limit", "a sandbox", "loopback", "localhost"],
)
def test_a_tenant_is_asked_at_the_rate_and_this_machine_at_any(url, rate, pace):
    assert resolve({"rate": rate}, {"CXONE_BASE_URL": url}, {}).pace == pace


# Live mode


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET: set them"),
        ({"CXONE_CLIENT_ID": "me"}, "CXONE_CLIENT_SECRET: set it"),
        ({"CXONE_CLIENT_SECRET": HIDDEN}, "CXONE_CLIENT_ID: set it"),
        ({"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": " "}, "CXONE_CLIENT_SECRET: set it"),
    ],
    ids=["both", "secret", "id", "blank secret"],
)
def test_live_mode_needs_credentials(environ, missing):
    text = refusal({"mode": "live"}, environ)
    assert text.startswith(f"live mode needs {missing} in the environment, with CXONE_REGION (us or eu)")
    assert HIDDEN not in text


@pytest.mark.parametrize("variable", ["CXONE_BASE_URL", "CXONE_AUTH_URL"])
@pytest.mark.parametrize(
    "url", ["http://sandbox.example", "http://127.evil.com", "http://localhost.evil.com", "http://10.0.0.1"]
)
def test_live_mode_speaks_http_to_this_machine_only(variable, url):
    text = refusal({"mode": "live"}, {**CREDENTIALS, variable: url})
    assert text.startswith(f"{variable} '{url}")
    assert text.endswith("is not https: credentials would travel in clear; only a loopback host may be http")


@pytest.mark.parametrize(
    "url", ["https://sandbox.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]"]
)
def test_live_mode_takes_https_or_loopback(url):
    assert resolve({"mode": "live"}, {**CREDENTIALS, "CXONE_BASE_URL": url}, {}).base_url == url


def test_the_fake_may_be_behind_http():
    assert resolve({}, {"CXONE_BASE_URL": "http://sandbox.example"}, {}).base_url == "http://sandbox.example"


def test_an_upgrade_is_not_simulated_on_a_live_tenant():
    text = refusal({"mode": "live"}, {**CREDENTIALS, "CXONE_UPGRADE": "x"})
    assert text == "CXONE_UPGRADE simulates an upgrade on the fake; it does not go with live mode"


# Rehearsals

MEANT = {"upgrade": "row-state-removed", "mode": "replay"}
"""What does not go with a rehearsal."""


def at(level, name, text):
    """Return the three sources with one option at a level."""
    return given(name, [text if place == level else None for place in range(3)])


def merged(one, other):
    return [first | second for first, second in zip(one, other, strict=True)]


@pytest.mark.parametrize("rival", MEANT)
@pytest.mark.parametrize(
    ("rehearsal", "nearer"), [(1, 0), (2, 0), (2, 1)], ids=["variable, flag", "key, flag", "key, variable"]
)
def test_a_rehearsal_of_a_farther_place_gives_way_to_what_does_not_go_with_it(rehearsal, nearer, rival):
    settings = resolve(*merged(at(rehearsal, "rehearse", "yes"), at(nearer, rival, MEANT[rival])))
    assert not settings.rehearse
    assert getattr(settings, rival) == MEANT[rival]


@pytest.mark.parametrize(
    ("rival", "problem"),
    [
        ("upgrade", "{0} runs the tests under all upgrades, {1} under one"),
        ("mode", "{0} rehearses upgrades on the fake; it does not go with replay mode"),
    ],
)
@pytest.mark.parametrize(
    ("rehearsal", "other"),
    [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)],
    ids=["two flags", "two variables", "two keys", "flag, variable", "flag, key", "variable, key"],
)
def test_a_rehearsal_of_a_nearer_place_or_the_same_is_refused_with_what_does_not_go_with_it(
    rehearsal, other, rival, problem
):
    text = refusal(*merged(at(rehearsal, "rehearse", "yes"), at(other, rival, MEANT[rival])))
    places = (["--cxone-rehearse", "CXONE_REHEARSE", "ini cxone_rehearse"][rehearsal],)
    option = BY_NAME[rival]
    assert text == problem.format(*places, [option.flag, option.env, f"ini {option.dest}"][other])


@pytest.mark.parametrize("mode", ["fake", "offline"])
def test_a_rehearsal_goes_with_the_modes_of_the_fake(mode):
    assert resolve({"mode": mode}, {}, {"rehearse": "yes"}).rehearse


def test_how_to_rehearse_is_said_on_the_command_line_with_a_rehearsal_only():
    assert refusal({"rehearse_min": "90"}) == "--cxone-rehearse-min is for a rehearsal: add --cxone-rehearse"
    assert resolve({}, {"CXONE_REHEARSE_ONLY": "row-*"}, {"rehearse_min": "90"}).rehearse_min == 90.0


# Agents


@pytest.mark.parametrize(
    "text", ["1 = a\n2 = b", "1=a,2=b", " 1= a ,\n\n 2 =b\n"], ids=["lines", "comma list", "both, untidy"]
)
def test_agents_are_mapped_on_a_live_tenant_only(text):
    live = resolve({"mode": "live", "agents": text}, CREDENTIALS, {})
    assert dict(live.agents) == {"1": "a", "2": "b"}
    assert [live.agent_id(test) for test in ("1", "2", "3")] == ["a", "b", "3"]
    assert resolve({"agents": text}, {}, {}).agent_id("1") == "1"


def test_an_id_may_hold_an_equals_sign():
    assert dict(resolve({"agents": "1=a=b"}, {}, {}).agents) == {"1": "a=b"}


# What is shown


@pytest.mark.parametrize(
    ("command_line", "environ", "text"),
    [
        (
            {},
            {},
            "mode offline (default), dialect platform-v2 (default), host platform.nicecxone.com (region us, default)",
        ),
        (
            {"mode": "live"},
            {"CXONE_REGION": "eu"},
            "mode live (--cxone-live), dialect platform-v2 (default), "
            "host platform.nicecxone-eu.com (region eu, CXONE_REGION)",
        ),
        (
            {"mode": "fake"},
            {"CXONE_BASE_URL": "https://sandbox.example:8443/x"},
            "mode fake (--cxone), dialect platform-v2 (default), host sandbox.example:8443 (CXONE_BASE_URL)",
        ),
    ],
    ids=["defaults", "live", "host"],
)
def test_a_description_says_where_each_fact_came_from(command_line, environ, text):
    assert resolve(command_line, {**CREDENTIALS, **environ}, {}).describe() == text


def test_no_text_of_the_settings_holds_the_secret():
    settings = resolve({}, CREDENTIALS, {})
    for shown in (repr(settings), str(settings), f"{settings}", settings.describe()):
        assert HIDDEN not in shown


def test_code_under_test_is_told_how_to_reach_the_tenant():
    assert resolve({}, CREDENTIALS, {}).environment() == {
        **CREDENTIALS,
        "CXONE_REGION": "us",
        "CXONE_BASE_URL": "https://platform.nicecxone.com",
        "CXONE_AUTH_URL": "https://platform.nicecxone.com/oauth/token",
    }


# The published API

KEY = {"CXONE_DIALECT": "acd", "CXONE_ACCESS_KEY_ID": "key", "CXONE_ACCESS_KEY_SECRET": HIDDEN}


def test_the_published_apis_defaults_need_nothing():
    settings = resolve({"dialect": "acd"}, {}, {})
    assert (settings.region, settings.api_version, settings.api_versions) == ("global", "v31.0", ("v31.0",))
    assert settings.home == settings.base_url == "https://api-na1.niceincontact.com"
    assert settings.auth_url == "https://cxone.niceincontact.com/auth/token"
    assert (settings.issuer, settings.scopes) == ("https://cxone.niceincontact.com", ())


def test_of_a_live_tenant_the_issuer_is_known_and_the_rest_is_to_be_found():
    settings = resolve({"mode": "live"}, KEY, {})
    assert (settings.base_url, settings.auth_url) == ("", "")
    assert settings.home == settings.issuer == "https://cxone.niceincontact.com"
    assert settings.pace == 4.0
    assert resolve({"mode": "live", "region": "gov"}, KEY, {}).issuer == "https://cxone-gov.niceincontact.com"


def test_of_several_versions_the_last_is_asked_for():
    settings = resolve({"api_version": "30-32"}, KEY, {})
    assert (settings.api_version, settings.api_versions) == ("v32.0", ("v30.0", "v31.0", "v32.0"))
    assert settings.spoken.api_version == "v32.0"


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET: set them"),
        ({"CXONE_ACCESS_KEY_ID": "key"}, "CXONE_ACCESS_KEY_SECRET: set it"),
        (CREDENTIALS, "CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET: set them"),
        ({**KEY, "CXONE_CLIENT_ID": "me"}, "CXONE_CLIENT_SECRET: set it"),
        ({**KEY, "CXONE_CLIENT_SECRET": HIDDEN}, "CXONE_CLIENT_ID: set it"),
    ],
    ids=["none", "no secret", "a client alone", "a client without a secret", "a secret without a client"],
)
def test_live_mode_needs_the_published_apis_credentials(environ, missing):
    text = refusal({"mode": "live", "dialect": "acd"}, environ)
    assert text.startswith(f"live mode needs {missing} in the environment, with CXONE_TENANT_ID")
    assert HIDDEN not in text


@pytest.mark.parametrize("variable", ["CXONE_BASE_URL", "CXONE_AUTH_URL", "CXONE_ISSUER"])
def test_the_published_apis_hosts_are_https_too(variable):
    text = refusal({"mode": "live"}, {**KEY, variable: "http://sandbox.example"})
    assert text.startswith(f"{variable} 'http://sandbox.example' is not https")


def test_each_dialect_has_regions_of_its_own():
    with pytest.raises(UnknownRegion, match="'us' is not one of 'global', 'gov'"):
        resolve({"region": "us"}, KEY, {})
    with pytest.raises(UnknownRegion, match="'gov' is not one of 'us', 'eu'"):
        resolve({"region": "gov"}, {}, {})


def test_code_under_test_is_told_what_the_published_api_takes():
    settings = resolve({"api_version": "v30"}, {**KEY, **CREDENTIALS, "CXONE_TENANT_ID": "11eb"}, {})
    assert settings.environment() == {
        **KEY,
        **CREDENTIALS,
        "CXONE_API_VERSION": "v30.0",
        "CXONE_REGION": "global",
        "CXONE_ISSUER": "https://cxone.niceincontact.com",
        "CXONE_BASE_URL": "https://api-na1.niceincontact.com",
        "CXONE_AUTH_URL": "https://cxone.niceincontact.com/auth/token",
        "CXONE_TENANT_ID": "11eb",
    }


@pytest.mark.parametrize(
    ("command_line", "environ", "text"),
    [
        (
            {"mode": "live"},
            {},
            "mode live (--cxone-live), dialect acd (CXONE_DIALECT), "
            "host discovered from cxone.niceincontact.com (region global)",
        ),
        (
            {"mode": "live", "api_version": "30,34"},
            {"CXONE_ISSUER": "https://sandbox.example"},
            "mode live (--cxone-live), dialect acd (CXONE_DIALECT), API v30.0, v34.0 (--cxone-api-version), "
            "host discovered from sandbox.example (CXONE_ISSUER)",
        ),
        (
            {},
            {},
            "mode offline (default), dialect acd (CXONE_DIALECT), "
            "host api-na1.niceincontact.com (region global, default)",
        ),
    ],
    ids=["live", "live, versions and issuer", "offline"],
)
def test_a_description_says_where_the_host_is_to_come_from(command_line, environ, text):
    assert resolve(command_line, {**KEY, **environ}, {}).describe() == text


def test_no_text_of_the_settings_holds_the_secret_of_an_access_key():
    settings = resolve({}, {**KEY, **CREDENTIALS}, {})
    assert [secret.reveal() for secret in settings.secrets] == [HIDDEN, HIDDEN]
    for shown in (repr(settings), settings.describe(), repr(settings.credentials), repr(settings.secrets)):
        assert HIDDEN not in shown


def test_client_and_fake_have_each_the_same_domains_of_the_vendors():
    assert set(acd._DOMAINS) == set(site._OF_NICE)


@pytest.mark.parametrize(
    ("url", "located"),
    [
        ("https://api-na1.niceincontact.com/inContactAPI/x?a=1", ("global", "/inContactAPI/x?a=1")),
        ("https://cxone.niceincontact.com/auth/token", ("global", "/auth/token")),
        ("https://cxone.niceincontact.com/.well-known/openid-configuration", ("global", "/.well-known/openid-configuration")),
        ("https://api-na2.niceincontact.com/inContactAPI/x", ("gov", "/inContactAPI/x")),
        ("https://cxone-gov.niceincontact.com/auth/token", ("gov", "/auth/token")),
        ("https://na7.nice-incontact.com/auth/token?x", ("global", "/auth/token?x")),
        ("https://api-eu1.niceincontact.com./x", ("global", "/x")),
        ("https://api-uk2.nicecxone-sov1.uk/x", ("global", "/x")),
        ("https://eu2.nicecxone-sov1.eu/auth/token", ("global", "/auth/token")),
        ("https://au2.nicecxone-sov1.au/auth/token", ("global", "/auth/token")),
        ("https://nicecxone-sov1.uk.evil.example/auth/token", None),
        ("https://elsewhere.example/auth/token", None),
    ],
)  # fmt: skip
def test_on_a_fake_all_of_the_vendors_hosts_are_the_tenants(url, located):
    settings = resolve({}, {**KEY, **CREDENTIALS}, {})
    assert settings.located(url) == located
    assert settings.claims(url) is (located is not None)
