"""Upgrades and answers: the shadow that finds which can touch a test, and the meeting that takes down what one does."""

import json

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Headers, Request
from pytest_cxone.rehearsal import Upgrade, catalogue, selected, upgrade
from pytest_cxone.rehearsal.concerning import Concerning
from pytest_cxone.rehearsal.meeting import Bounded, EndlessAsking, Meeting, Shadow
from pytest_cxone.rehearsal.outcomes import Touched
from pytest_cxone.rehearsal.rights import outliving
from pytest_cxone.rehearsal.stage import Stage
from pytest_cxone.schemas import contract

HOST = "https://platform.nicecxone.com"
STATES = "/api/v2/agents/states"
OPERATION_OF = contract("platform-v2").operation_for


class Site:
    """A fake with one agent logged in, asked as a test asks."""

    def __init__(self, *changes):
        self.fake = Fake(changes=changes)
        self.world = self.fake.world("us")
        self.client = self.world.add_client("c", "s", scopes=["read:agent", "read:agent:status"])
        self.world.add_agent("12345", name="Jane Doe")
        self.world.log_in("12345")
        self.token = self.world.issue_token(self.client, self.client.scopes).value

    def get(self, path=STATES):
        headers = Headers({"Authorization": f"Bearer {self.token}"})
        return self.fake.answer(Request(method="GET", url=HOST + path, headers=headers, body=b""), "us").response

    def grant(self):
        form = b"grant_type=client_credentials&client_id=c&client_secret=s"
        headers = Headers({"Content-Type": "application/x-www-form-urlencoded"})
        return self.fake.answer(
            Request(method="POST", url=f"{HOST}/oauth/token", headers=headers, body=form), "us"
        ).response


def named(upgrade_id):
    return upgrade("platform-v2", upgrade_id)


def changing(change, **details):
    return Upgrade(id="mine", summary="mine", change=change, **details)


def shadowed(*several):
    shadow = Shadow(Concerning(several), OPERATION_OF)
    return Site(shadow), shadow


def met(one, usual=1):
    meeting = Meeting(one, OPERATION_OF, usual=usual)
    return Site(meeting), meeting


# The shadow


def test_a_shadow_lets_the_answers_be_what_they_are():
    site, _ = shadowed(named("row-state-removed"), named("status-410"))
    answer = site.get()
    assert answer.status == 200
    assert json.loads(answer.body)[0]["state"] == {"name": "Available"}


def test_a_shadow_takes_down_what_would_change_an_answer_and_nothing_else():
    several = [named(id_) for id_ in ("row-state-removed", "profile-name-removed", "token-type-removed")]
    site, shadow = shadowed(*several)
    site.get()
    assert list(shadow.touching) == ["row-state-removed"]
    site.get("/api/v2/agents/12345")
    site.grant()
    assert list(shadow.touching) == ["row-state-removed", "profile-name-removed", "token-type-removed"]
    assert shadow.requests == 3


def test_what_can_only_be_told_by_doing_it_counts_as_a_change():
    site, shadow = shadowed(named("page-size-ignored"), changing(outliving))
    site.get(f"{STATES}?pageSize=1")
    assert list(shadow.touching) == ["page-size-ignored", "mine"]


def test_what_an_upgrade_would_do_to_the_world_is_not_done():
    site, _ = shadowed(named("token-lifetime-shorter"), changing(outliving))
    before = site.world.issued_token(site.token)
    site.get()
    assert site.world.issued_token(site.token) == before


def test_an_answer_that_a_fault_hides_is_changed_by_nothing():
    site, shadow = shadowed(named("row-state-removed"))
    site.fake.add_fault(Fault(kind="malformed", times=1))
    site.get()
    assert not shadow.touching
    site.fake.add_fault(Fault(kind="latency", seconds=1))
    site.get()
    assert list(shadow.touching) == ["row-state-removed"]


# A meeting


def test_a_meeting_answers_under_the_upgrade_and_tells_what_that_changed():
    site, meeting = met(named("row-state-removed"))
    assert "state" not in json.loads(site.get().body)[0]
    assert meeting.touched == {Touched("listAgentStates", "$[*].state")}


def test_an_upgrade_that_changes_no_answer_has_touched_nothing():
    site, meeting = met(named("page-size-ignored"))
    site.get(f"{STATES}?pageSize=10")
    assert meeting.touched == set()
    for number in range(20):
        site.world.log_in(str(number))
    site.get(f"{STATES}?pageSize=10")
    assert Touched("listAgentStates", "$") in meeting.touched


def test_a_token_request_is_sent_once_and_what_is_changed_of_its_answer_is_seen():
    site, meeting = met(named("token-type-removed"))
    before = len(site.fake.journal)
    site.grant()
    assert len(site.fake.journal) == before + 1
    assert meeting.touched == {Touched("issueToken", "$.token_type")}


def test_a_token_request_that_is_refused_is_a_change_of_the_request():
    site, meeting = met(catalogue("platform-v2")["issueToken.field-grant_type.refused"])
    assert site.grant().status == 400
    assert meeting.touched == {Touched("issueToken", "request")}


def test_time_does_not_make_answers_differ():
    moments = iter(range(1_000_000))
    site, meeting = met(changing(lambda asked, forward, _: forward(asked)))
    site.fake.clock._source = lambda: next(moments)
    site.world.log_in("777")
    for _ in range(5):
        site.get()
    assert meeting.touched == set()


def test_a_request_of_no_operation_is_of_other_paths():
    refusal = Site().get()
    site, meeting = met(changing(lambda asked, forward, world: refusal))
    site.get("/api/v9/anything")
    assert {one.operation for one in meeting.touched} == {"other paths"}


def test_what_a_token_may_is_compared_with_what_it_might_have_without_the_upgrade():
    site, meeting = met(changing(outliving))
    site.fake.clock.advance(10)
    site.get()
    assert meeting.touched == set()
    # The upgrade has let it live on with the request before.
    site.fake.clock.advance(895)
    assert site.get().status == 200
    assert Touched("listAgentStates", "status") in meeting.touched


def test_a_token_that_is_revoked_stays_so_whatever_an_upgrade_made_of_it():
    site, meeting = met(changing(outliving))
    site.fake.clock.advance(10)
    site.get()
    site.fake.add_fault(Fault(kind="token_revoked"))
    assert site.get().status == 401
    assert site.get().status == 401
    assert Touched("listAgentStates", "status") not in meeting.touched


def clearing_the_floor(asked, forward, world):
    world.log_out_everybody()
    return forward(asked)


def small_pages(asked, forward, world):
    world.page_cap = 1
    return forward(asked)


def an_hour_later(asked, forward, world):
    world.clock.advance(3_600)
    return forward(asked)


@pytest.mark.parametrize("change", [clearing_the_floor, small_pages, an_hour_later])
def test_an_upgrade_that_changes_the_world_touches_and_does_so_only_when_it_is_at_work(change):
    site, shadow = shadowed(changing(change))
    site.world.log_in("777")
    before = site.fake.clock.ahead
    assert len(json.loads(site.get().body)) == 2
    assert (site.fake.clock.ahead, site.world.page_cap > 1) == (before, True)
    assert list(shadow.touching) == ["mine"]


@pytest.mark.parametrize("change", [clearing_the_floor, small_pages])
def test_an_upgrade_at_work_changes_the_world_and_that_counts_as_met(change):
    site, meeting = met(changing(change))
    site.world.log_in("777")
    assert len(json.loads(site.get().body)) < 2
    assert Touched("listAgentStates", "request") in meeting.touched


def test_an_upgrade_that_crashes_after_it_asked_is_not_asked_again():
    asked_for = []

    def broken(asked, forward, _):
        asked_for.append(forward(asked))
        raise ValueError

    site, _ = met(changing(broken))
    assert site.grant() == asked_for[0]


def test_an_upgrade_that_cannot_do_its_work_changes_nothing_and_says_why():
    def broken(asked, forward, _):
        forward(asked)
        raise ValueError("no number")

    site, meeting = met(changing(broken))
    assert json.loads(site.get().body)[0]["agentId"] == "12345"
    assert meeting.crash == "ValueError: no number"
    assert meeting.touched == set()


def test_code_that_would_ask_for_ever_is_stopped():
    site, _ = met(named("row-state-removed"), usual=10)
    for _ in range(200):
        site.get()
    with pytest.raises(EndlessAsking, match=r"200 requests, where it takes 10 without the upgrade: this would not end"):
        site.get()


def test_under_one_upgrade_code_that_would_ask_for_ever_is_stopped_too():
    site = Site(Bounded(named("row-state-removed").change))
    for _ in range(5_000):
        site.get("/api/v2/agents/12345")
    with pytest.raises(EndlessAsking, match=r"5,000 requests in one test under an upgrade: this would not end"):
        site.get()


# The stage


def test_patterns_choose_upgrades_and_leave_some_out():
    def chosen(*patterns):
        return [one.id for one in selected("platform-v2", patterns)]

    every, rows = chosen(), chosen("row-*")
    assert len(rows) > 10
    assert all(id_.startswith("row-") for id_ in rows)
    assert chosen("status-410", "row-state-removed") == ["row-state-removed", "status-410"]
    assert chosen("row-*", "!row-state-*") == [id_ for id_ in rows if not id_.startswith("row-state-")]
    assert chosen("!row-*") == [id_ for id_ in every if not id_.startswith("row-")]


@pytest.mark.parametrize("pattern", ["row-state-remove", "!row-state-remove"])
def test_a_pattern_that_matches_nothing_is_refused_with_ids_that_are_like_it(pattern):
    with pytest.raises(ConfigurationError, match=r"upgrade 'row-state-remove' is not one of .* row-state-removed"):
        selected("platform-v2", [pattern])


def test_a_test_has_a_shadow_in_its_own_run_and_then_what_is_played():
    stage = Stage([named("row-state-removed")], OPERATION_OF)
    (shadow,) = stage.changes_for("a")
    assert stage.shadow_of("a") is shadow
    assert stage.shadow_of("b") is None
    meeting = Meeting(stage.upgrades[0], OPERATION_OF, usual=1)
    with stage.playing(meeting):
        assert stage.changes_for("a") == (meeting,)
    with stage.playing(None):
        assert stage.changes_for("a") == ()
    assert not stage.is_on
