"""A tenant that an upgrade changes between a recording and a live run, and what pytest says of it. Nothing waits."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import jinja2  # noqa: F401 - pytester takes back what an inner run imports: what is here is imported once
import jwt.algorithms  # noqa: F401 - what of it is no Python cannot be loaded again
import requests  # noqa: F401 - half of `http` would stay
import yaml  # noqa: F401 - as jwt: it would raise the errors of the one before
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: F401 - as jwt

from pytest_cxone.cassettes import recorder, shelf  # noqa: F401 - as jinja2
from pytest_cxone.model import Headers
from pytest_cxone.report import making, markdown, terminal  # noqa: F401 - as jinja2
from pytest_cxone.tenants import guard, live  # noqa: F401 - as jinja2
from tests.site import STATES, Site

__all__ = ["BOARD", "QUIET", "Bench", "body", "every", "headers", "opened", "rows", "status", "told", "without"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-W", "error"]
BOARD = """
    from pytest_cxone import agent_online, cxone_behaviour

    @cxone_behaviour("states.list-online-only")
    def test_listing(cxone):
        assert [row.agent_id for row in cxone.online_agents()]

    @cxone_behaviour("profile.any-login")
    def test_profile(cxone):
        assert cxone.agent("12345").agent_id == "12345"

    @agent_online("12345")
    def test_row(cxone, cxone_agent):
        assert cxone.agent_state(cxone_agent).is_online
"""
"""Three tests that bear it where the tenant tells more, and of a row no more than its agent, state and time."""


class Bench:
    """A project with tests, and a served fake that its runs take for a live tenant.

    `site.edit` changes what the tenant answers from then on.
    """

    def __init__(self, pytester, site):
        self.site = site
        self.path = pytester.path
        self._pytester = pytester

    def write(self, test=BOARD, **files):
        """Write a file of tests, named test_board, and others."""
        self._pytester.makepyfile(test_board=test, **files)

    def run(self, *options, workers=0):
        """Run pytest: in this process, unless there are workers."""
        if workers:
            return self._pytester.runpytest_subprocess(*QUIET, "-n", str(workers), *options)
        return self._pytester.runpytest_inprocess(*QUIET, *options)

    def record(self, *options):
        """Write the cassettes, and change nothing else."""
        result = self.run("--cxone-record", *options)
        assert result.ret == 0, result.stdout.str()
        return result

    def live(self, *options, workers=0):
        return self.run("--cxone-live", *options, workers=workers)

    def report(self, *options, name="report.json", workers=0):
        """Run live, and return the report's document."""
        self.live(f"--cxone-report={name}", *options, workers=workers)
        return self.read(name)

    def read(self, name="report.json"):
        return json.loads((self.path / name).read_text(encoding="utf-8"))

    def acknowledge(self, text):
        """Write the file of acknowledgements of the project."""
        (self.path / "cxone-acknowledged.toml").write_text(text, encoding="utf-8")


@contextmanager
def opened(pytester, monkeypatch, dialect="platform-v2") -> Iterator[Bench]:
    """Serve a fake with agents 12345 and others logged in, as many as tell a change from chance, and lead runs to it."""
    with ExitStack() as closing:
        site = Site(closing, dialect)
        for agent_id in ("12345", "998877", "40004", "40005"):
            site.world.log_in(agent_id)
        for name, text in {**site.environ, "CXONE_BASE_URL": site.url}.items():
            monkeypatch.setenv(name, text)
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
            # The tests themselves may run there.
            monkeypatch.delenv(name, raising=False)
        yield Bench(pytester, site)


def told(result, name="drift"):
    """Return the lines of one of our sections, none where it is not there."""
    parts = re.split(rf"^=+ cxone {name} =+$", result.stdout.str(), flags=re.MULTILINE)
    assert len(parts) <= 2, "the section stands there twice"
    return re.split(r"^=", parts[1], maxsplit=1, flags=re.MULTILINE)[0].strip("\n").splitlines() if parts[1:] else []


# What an upgrade does


def every(*edits):
    """Make several changes, one after the other."""

    def change(request, answer):
        for edit in edits:
            answer = edit(request, answer)
        return answer

    return change


def body(edit, on=STATES):
    """Change the JSON of what is answered with 200 under a path."""

    def change(request, answer):
        if on not in request.target.path or answer.status != 200:
            return answer
        return replace(answer, body=json.dumps(edit(json.loads(answer.body))).encode())

    return change


def rows(**more):
    """Let each row of the states have these properties too."""
    return body(lambda listed: [{**row, **more} for row in listed])


def without(name):
    """Take a property out of each row of the states."""
    return body(lambda listed: [{key: value for key, value in row.items() if key != name} for row in listed])


def status(code, on=STATES):
    """Answer with another status, and nothing else changed."""
    return lambda request, answer: replace(answer, status=code) if on in request.target.path else answer


def headers(on=STATES, **more):
    """Send more headers."""

    def change(request, answer):
        if on not in request.target.path:
            return answer
        added = {name.replace("_", "-"): value for name, value in more.items()}
        return replace(answer, headers=Headers({**dict(answer.headers), **added}))

    return change
