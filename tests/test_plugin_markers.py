"""The markers as pytest meets them: where they may stand, which of them hold, and what is said of wrong ones."""

import pytest

import pytest_cxone
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.markers import MARKERS, MarkerError, is_ours, read_marks
from pytest_cxone.settings import OPTIONS

pytest_plugins = ["pytester"]

QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
NAMES = [signature.partition("(")[0] for signature in MARKERS]

EXAMPLES = {
    "agent_online": (("12345",), {"state": "Break", "group": "Pause"}),
    "agent_offline": (("12345",), {}),
    "agent_unknown": (("12345",), {}),
    "agent_hidden": (("12345",), {}),
    "agents_online": ((3,), {}),
    "cxone_scopes": (("read:agent", "read:agent:status"), {}),
    "cxone_region": (("eu",), {}),
    "cxone_fault": (("rate_limit",), {"times": 1, "retry_after": 2}),
    "cxone_behaviour": (("auth.lifetime",), {}),
}


@pytest.fixture
def run(pytester):
    """Run files, given by name without their ending, in this process."""

    def run(*options, **files):
        pytester.makepyfile(**files)
        return pytester.runpytest_inprocess(*QUIET, *options)

    return run


# What a decorator is


def test_every_marker_has_an_example():
    assert list(EXAMPLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_decorator_and_the_mark_of_its_name_are_equal(name):
    args, kwargs = EXAMPLES[name]
    assert getattr(pytest_cxone, name)(*args, **kwargs) == getattr(pytest.mark, name)(*args, **kwargs)


@pytest.mark.parametrize("name", NAMES)
def test_a_decorator_leaves_what_it_marks_as_it_is(name):
    def test():
        return "as it was"

    args, kwargs = EXAMPLES[name]
    marked = getattr(pytest_cxone, name)(*args, **kwargs)(test)
    assert marked is test
    assert [mark.name for mark in test.pytestmark] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_mark_is_read_as_a_value(name):
    args, kwargs = EXAMPLES[name]
    mark = getattr(pytest.mark, name)(*args, **kwargs).mark
    assert is_ours(mark)
    (value,) = read_marks([mark])
    assert all(repr(given) in repr(value) for given in (*args, *kwargs.values()))


def test_marks_of_others_are_not_ours():
    others = [pytest.mark.skip.mark, pytest.mark.usefixtures("cxone").mark]
    assert not any(map(is_ours, others))
    assert list(read_marks(others)) == []


def test_details_that_are_none_are_not_given():
    assert pytest_cxone.agent_online("1", state=None) == pytest.mark.agent_online("1")
    assert list(read_marks([pytest.mark.agent_online("1", state=None).mark])) == [pytest_cxone.AgentOnline("1")]


# Wrong arguments, each as the source of a decorator's use and what is said of it

WRONG = {
    "no call": ("agent_online", "@agent_online: is used without its call"),
    "no call, region": ("cxone_region", "@cxone_region: is used without its call"),
    "no call, scopes": ("cxone_scopes", "@cxone_scopes: is used without its call"),
    "no call, count": ("agents_online", "@agents_online: is used without its call"),
    "no arguments": ("agent_online()", "@agent_online: missing a required argument: 'agent_id'"),
    "number": ("agent_online(12345)", "@agent_online: agent_id must be a non-empty string such as '12345', not 12345"),
    "none": ("agent_offline(None)", "@agent_offline: agent_id must be a non-empty string such as '12345', not None"),
    "blank": ("agent_hidden(' ')", "@agent_hidden: agent_id must be a non-empty string such as '12345', not ' '"),
    "two ids": ("agent_unknown('1', '2')", "@agent_unknown: too many positional arguments"),
    "unknown keyword": ("agent_online('1', team='A')", "@agent_online: got an unexpected keyword argument 'team'"),
    "state not text": ("agent_online('1', state=1)", "@agent_online: state must be a non-empty string, not 1"),
    "count as text": ("agents_online('3')", "@agents_online: count must be a number of agents, 0 or more, not '3'"),
    "count below 0": ("agents_online(-1)", "@agents_online: count must be a number of agents, 0 or more, not -1"),
    "scope not text": ("cxone_scopes(1)", "@cxone_scopes: a scope must be a string without blanks"),
    "region not text": ("cxone_region(1)", "@cxone_region: a region is a string such as 'us', not 1"),
    "unknown region": ("cxone_region('mars')", "@cxone_region: region 'mars' is not one of 'us', 'eu'"),
    "unknown fault": ("cxone_fault('flood')", "@cxone_fault: a fault's kind must be one of rate_limit, outage,"),
    "fault detail": ("cxone_fault('outage', when=1)", "@cxone_fault: got an unexpected keyword argument 'when'"),
    "fault status": ("cxone_fault('outage', status=404)", "@cxone_fault: an outage's status must be 500 to 599, not 404"),
    "unknown behaviour": ("cxone_behaviour('auth.magic')", "@cxone_behaviour: 'auth.magic' is not a behaviour; there are"),
}  # fmt: skip


@pytest.mark.parametrize(("use", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_decorator_is_a_type_error_that_names_the_line(use, said):
    source = f"\n\n@{use}\ndef test(): pass"
    with pytest.raises(TypeError) as caught:
        exec(compile(source, "/somewhere/test_it.py", "exec"), dict(vars(pytest_cxone.markers)))
    assert isinstance(caught.value, MarkerError)
    assert str(caught.value).startswith(f"test_it.py:3: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("use", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_mark_says_the_same(use, said):
    # `@pytest.mark.name` without a call keeps the test out of the mark, so what is missing is named instead.
    made = eval(f"pytest.mark.{use}") if "(" in use else getattr(pytest.mark, use)("x", lambda: None)
    with pytest.raises(ConfigurationError) as caught:
        list(read_marks([made.mark]))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def errors_told(result, file):
    """Return what stands under the heading of a file that was not collected, and see that all is well besides."""
    text = result.stdout.str()
    assert "Traceback" not in text + result.stderr.str()
    assert "INTERNALERROR" not in text
    assert "crashed" not in text
    assert result.ret in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED}  # the latter by xdist
    assert text.count(f" ERROR collecting {file} ") == 1
    told = text.partition(f" ERROR collecting {file} ")[2].splitlines()[1:]
    return [line for line in told[: next(i for i, line in enumerate(told) if line.startswith(("=", "_")))] if line]


BY_DECORATOR = """
    from pytest_cxone import agent_online

    @agent_online(12345)
    def test_it():
        pass
"""
BY_MARK = """
    import pytest

    @pytest.mark.parametrize("number", range(5))
    @pytest.mark.agent_online(12345)
    def test_it(number):
        pass
"""
FORGOTTEN_CALL = """
    import pytest

    @pytest.mark.agent_online
    def test_it():
        pass
"""
ON_A_CLASS = """
    import pytest

    @pytest.mark.cxone_fault("flood")
    class TestIt:
        def test_one(self):
            pass

        def test_two(self):
            pass
"""
ON_A_MODULE = """
    import pytest

    pytestmark = pytest.mark.cxone_region("mars")

    class TestIt:
        def test_one(self):
            pass

    def test_two():
        pass
"""
SAID = {
    "decorator": (BY_DECORATOR, "test_wrong.py:3: @agent_online: agent_id must be a non-empty string"),
    "mark": (BY_MARK, "test_wrong.py::test_it: @agent_online: agent_id must be a non-empty string"),
    "forgotten call": (FORGOTTEN_CALL, "test_wrong.py::test_it: @agent_online: missing a required argument"),
    "class": (ON_A_CLASS, "test_wrong.py::TestIt: @cxone_fault: a fault's kind must be one of"),
    "module": (ON_A_MODULE, "test_wrong.py: @cxone_region: region 'mars' is not one of"),
}


@pytest.mark.parametrize(("source", "said"), SAID.values(), ids=SAID)
def test_wrong_arguments_are_one_line_at_collection(run, source, said):
    result = run(test_wrong=source, test_right="def test(): pass")
    (line,) = errors_told(result, "test_wrong.py")
    assert line.startswith(said)
    result.assert_outcomes(errors=1)


def test_under_xdist_it_is_the_same_line_once(pytester):
    pytester.makepyfile(
        test_decorator=BY_DECORATOR,
        test_bare="from pytest_cxone import agent_online\n@agent_online\ndef test(): pass",
        test_mark=BY_MARK,
        test_module=ON_A_MODULE,
    )
    result = pytester.runpytest_subprocess(*QUIET, "-n", "2")
    for file in ("test_decorator.py", "test_bare.py", "test_mark.py", "test_module.py"):
        (line,) = errors_told(result, file)
        assert line.startswith(file)
    result.stdout.fnmatch_lines(["4 errors in *"])


def test_two_mistakes_in_a_module_are_two_lines(run):
    result = run(
        test_wrong="""
        import pytest

        @pytest.mark.agent_online(1)
        def test_one():
            pass

        @pytest.mark.agents_online("1")
        def test_two():
            pass
    """
    )
    first, second = errors_told(result, "test_wrong.py")
    assert first.startswith("test_wrong.py::test_one: @agent_online: ")
    assert second.startswith("test_wrong.py::test_two: @agents_online: ")


def test_a_wrong_mark_that_a_conftest_adds_fails_its_test_alone(run):
    result = run(
        conftest="""
            import pytest

            def pytest_collection_modifyitems(items):
                for item in items:
                    if item.name == "test_it":
                        item.add_marker(pytest.mark.agent_online(1))
        """,
        test_right="def test_other(): pass",
        test_wrong="def test_it(): pass",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["@agent_online: agent_id must be a non-empty string such as '12345', not 1"])
    result.stdout.no_fnmatch_line("*Traceback*")


# Where marks may stand

LOOK = """
    import pytest
    from pytest_cxone import *

    def online(cxone_tenant):
        return {session.agent_id: session.state for session in cxone_tenant.world.sessions}
"""


def test_a_marker_stands_on_functions_classes_and_modules_and_they_add_up(run):
    run(
        look=LOOK,
        test_places="""
            from look import *

            pytestmark = [agent_online("1"), pytest.mark.agent_online("2")]

            @agent_online("3")
            class TestPlaces:
                pytestmark = agent_online("4")

                @agent_online("5")
                @pytest.mark.agent_online("6", state="Break")
                def test_all(self, cxone_tenant):
                    assert sorted(online(cxone_tenant)) == list("123456")
                    assert online(cxone_tenant)["6"] == "Break"

                def test_outer(self, cxone_tenant):
                    assert sorted(online(cxone_tenant)) == list("1234")

            def test_module(cxone_tenant):
                assert sorted(online(cxone_tenant)) == list("12")
        """,
    ).assert_outcomes(passed=3)


def test_of_marks_about_the_same_thing_the_closest_holds(run):
    run(
        look=LOOK,
        test_closest="""
            from look import *

            pytestmark = [agent_online("1"), cxone_region("eu"), cxone_scopes("read:agent")]

            @agent_online("1", state="Break")
            class TestClosest:
                def test_class(self, cxone_tenant, cxone_settings, cxone_agent):
                    assert online(cxone_tenant) == {"1": "Break"}
                    assert cxone_settings.region == "eu"
                    assert cxone_settings.scopes == ("read:agent",)

                @agent_offline("1")
                @agent_online("2")
                @cxone_region("us")
                @cxone_scopes()
                def test_function(self, cxone_tenant, cxone_settings):
                    assert online(cxone_tenant) == {"2": "Available"}
                    assert cxone_tenant.world.agent("1")
                    assert cxone_settings.region == "us"
                    assert cxone_settings.scopes == ()

                @agent_online("3")
                @agent_online("4")  # closest is closest to the function, as pytest has it
                def test_agent(self, cxone_agent):
                    assert cxone_agent == "4"
        """,
    ).assert_outcomes(passed=3)


def test_each_marker_arranges_what_it_says(run):
    run(
        look=LOOK,
        test_each="""
            import requests
            from look import *

            @agents_online(7)
            def test_several(cxone):
                assert len(list(cxone.online_agents())) == 7

            @agent_hidden("1")
            def test_hidden(cxone, cxone_tenant):
                assert cxone.agent_state("1") is None
                assert online(cxone_tenant) == {"1": "Available"}

            @agent_unknown("1")
            def test_unknown(cxone):
                with pytest.raises(errors.AgentNotFound):
                    cxone.agent("1")

            @agent_offline("1")
            def test_offline(cxone):
                assert cxone.agent("1") and cxone.agent_state("1") is None

            @cxone_scopes("read:nothing")
            def test_scopes(cxone):
                with pytest.raises(errors.PermissionDenied):
                    cxone.agent_state("1")

            @cxone_fault("outage", status=502, times=1)
            def test_fault(cxone):
                with pytest.raises(errors.ServiceUnavailable) as caught:
                    cxone.agent_state("1")
                assert caught.value.status == 502
                assert cxone.agent_state("1") is None

            @cxone_fault("outage", times=1)
            @cxone_fault("disconnect", times=1)
            def test_faults_add_up(cxone):
                for kind in (errors.ServiceUnavailable, errors.NetworkError):  # read from top to bottom
                    with pytest.raises(kind):
                        cxone.agent_state("1")
                assert cxone.agent_state("1") is None
        """,
    ).assert_outcomes(passed=7)


def test_a_marked_test_has_its_tenant_without_asking_and_others_pay_nothing(run):
    run(
        test_paid="""
        import os
        import pytest
        from pytest_cxone import agent_online

        @pytest.mark.parametrize("marked", [pytest.param(True, marks=agent_online("1")), False])
        def test_one_of_two(marked, request):
            assert ("CXONE_BASE_URL" in os.environ) is marked
            assert ("cxone_tenant" in request.fixturenames) is marked

        def test_unmarked():
            assert "CXONE_BASE_URL" not in os.environ
    """
    ).assert_outcomes(passed=3)


def test_each_case_of_a_parametrised_test_has_its_own_agent(run):
    run(
        test_cases="""
        import pytest
        from pytest_cxone import agent_offline, agent_online

        @pytest.mark.parametrize(
            "expected",
            [pytest.param("Break", marks=agent_online("1", state="Break")), pytest.param(None, marks=agent_offline("2"))],
        )
        def test_it(expected, cxone, cxone_agent):
            row = cxone.agent_state(cxone_agent)
            assert (row and row.state) == expected
    """
    ).assert_outcomes(passed=2)


def test_methods_of_unittest_may_be_marked(run):
    run(
        test_unittest="""
        import os
        import unittest
        import requests
        from pytest_cxone import agent_online, errors

        @agent_online("1")
        class Case(unittest.TestCase):
            def setUp(self):
                self.base = os.environ["CXONE_BASE_URL"]

            @agent_online("2")
            def test_it(self):
                token = requests.post(os.environ["CXONE_AUTH_URL"], data={
                    "grant_type": "client_credentials",
                    "client_id": os.environ["CXONE_CLIENT_ID"],
                    "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                    "scope": "read:agent",
                }).json()["access_token"]
                answer = requests.get(
                    self.base + "/api/v2/agents/states", headers={"Authorization": f"Bearer {token}"}
                )
                self.assertEqual([row["agentId"] for row in answer.json()], ["1", "2"])

            def test_own_mistake(self):
                with self.assertRaises(errors.UnknownRoute):
                    requests.get(self.base + "/nothing")
    """
    ).assert_outcomes(passed=2)


def test_asynchronous_tests_may_be_marked(pytester):
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile("""
        import pytest
        from pytest_cxone import agent_online

        @pytest.mark.asyncio
        @agent_online("1")
        async def test_it(cxone):
            assert cxone.agent_state("1").state == "Available"
    """)
    pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_fixtures_may_be_asked_for_by_name_only(run):
    run(
        test_used="""
        import os
        import pytest

        pytestmark = pytest.mark.usefixtures("cxone_tenant")

        def test_it():
            assert os.environ["CXONE_REGION"] == "us"
    """
    ).assert_outcomes(passed=1)


def test_tests_that_are_chosen_by_marker_are_found(run):
    result = run("-m", "agent_online and not cxone_fault", test_chosen="""
        from pytest_cxone import *

        @agent_online("1")
        def test_chosen(): pass

        @agent_online("1")
        @cxone_fault("outage")
        def test_other(): pass
    """)  # fmt: skip
    result.assert_outcomes(passed=1, deselected=1)


# What pytest is told


def test_pytest_lists_the_markers_with_their_signatures(run):
    text = run("--markers", test_none="").stdout.str()
    for signature, decorator in MARKERS.items():
        assert f"@pytest.mark.{signature}: {decorator.__doc__.splitlines()[0]}" in text


USING_ALL = """
    from pytest_cxone import *

    @agent_online("1")
    @agent_offline("2")
    @agent_unknown("3")
    @agent_hidden("4")
    @agents_online(2)
    @cxone_scopes("read:agent")
    @cxone_region("eu")
    @cxone_fault("outage", times=1, after=9)
    @cxone_behaviour("auth.lifetime")
    def test_it(cxone):
        assert cxone.agent_state("1")
"""
CONFIGURATIONS = {
    "pytest.ini": "[pytest]\nstrict = true\nfilterwarnings = error\n",
    "tox.ini": "[pytest]\nstrict_markers = true\nstrict_config = true\nfilterwarnings = error\n",
    "pytest.toml": '[pytest]\nstrict = true\nfilterwarnings = ["error"]\n',
    ".pytest.toml": '[pytest]\nstrict = true\nfilterwarnings = ["error"]\n',
    "pyproject.toml": '[tool.pytest]\nstrict = true\nfilterwarnings = ["error"]\n',
}


@pytest.mark.parametrize(("name", "text"), CONFIGURATIONS.items(), ids=CONFIGURATIONS)
def test_all_markers_are_known_to_a_strict_pytest(run, pytester, name, text):
    pytester.path.joinpath(name).write_text(text)
    run("--strict-markers", "-W", "error", test_all=USING_ALL).assert_outcomes(passed=1)


NUMBERS = {"cxone_wait": "5", "cxone_rate": "2.5", "cxone_timeout": "3", "cxone_budget": "7", "cxone_require_live": "0"}
READ = """
    def test_it(cxone_settings):
        assert cxone_settings.wait == 5
        assert cxone_settings.rate == 2.5
        assert cxone_settings.timeout == 3
        assert cxone_settings.budget == 7
        assert cxone_settings.agents == {"12345": "998877", "2": "3"}
        assert cxone_settings.region == "eu"
        assert cxone_settings.sources["wait"] == "ini cxone_wait"
"""
INI = "[pytest]\nstrict = true\nfilterwarnings = error\ncxone_agents =\n  12345 = 998877\n  2 = 3\ncxone_region = eu\n"
TOML = 'strict = true\nfilterwarnings = ["error"]\ncxone_agents = ["12345 = 998877", "2 = 3"]\ncxone_region = "eu"\n'
PAIRS = "".join(f"{key} = {value}\n" for key, value in NUMBERS.items())
WITH_VALUES = {
    "pytest.ini": INI + PAIRS,
    "pytest.toml": f"[pytest]\n{TOML}{PAIRS}",
    "pyproject.toml": f"[tool.pytest]\n{TOML}{PAIRS}",
}


@pytest.mark.parametrize(("name", "text"), WITH_VALUES.items(), ids=WITH_VALUES)
def test_ini_values_are_of_the_types_that_the_file_has(run, pytester, name, text):
    pytester.path.joinpath(name).write_text(text)
    run(test_values=READ).assert_outcomes(passed=1)


def test_older_tables_of_pyproject_are_read_too(run, pytester):
    old = f"[tool.pytest.ini_options]\n{TOML}{PAIRS}"
    pytester.path.joinpath("pyproject.toml").write_text(old)
    run(test_values=READ).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("pytest.toml", '[pytest]\ncxone_wait = "soon"\n', "ini cxone_wait must be seconds, 0 or more: "),
        ("pytest.ini", "[pytest]\ncxone_wait = soon\n", "ini cxone_wait must be seconds, 0 or more: "),
        ("pytest.ini", "[pytest]\ncxone_wait = -1\n", "ini cxone_wait must be seconds, 0 or more, not '-1.0'"),
        ("pytest.ini", "[pytest]\ncxone_budget = 1.5\n", "ini cxone_budget must be a whole number, 0 or more: "),
        ("pytest.toml", "[pytest]\ncxone_region = 1\n", "ini cxone_region must be text: "),
        ("pytest.toml", '[pytest]\ncxone_agents = "1"\n', "ini cxone_agents must be lines, or a comma list, of "),
        ("pytest.ini", "[pytest]\ncxone_region = mars\n", "region 'mars' is not one of 'us', 'eu'"),
        (
            "pytest.ini",
            "[pytest]\ncxone_mode = dead\n",
            "ini cxone_mode must be one of offline, fake, replay, record, live, not 'dead'",
        ),
    ],
)
def test_a_wrong_ini_value_is_one_line_and_a_usage_error(run, pytester, file, text, said):
    pytester.path.joinpath(file).write_text(text)
    result = run(test_any="def test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line]
    assert line.startswith(f"ERROR: cxone: {said}")


def test_every_option_that_is_a_number_or_a_list_is_so_in_ini_files(pytestconfig):
    numbers = {option.dest for option in OPTIONS if option.kind.metavar in {"N", "SECONDS"}}
    assert numbers == {*NUMBERS}
