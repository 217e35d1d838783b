"""The wallboard's tests: offline, each in a few milliseconds, against a tenant in the state that they need."""

import pytest
import requests
from cxone import Tenant
from wallboard import EVERY, Wallboard, main

from pytest_cxone import agent_hidden, agent_offline, agent_online, agents_online, cxone_fault, cxone_scopes


@pytest.fixture
def tenant(cxone_tenant):
    """The tenant as the board asks it, on its clock."""
    with requests.Session() as session:
        yield Tenant(session, cxone_tenant.clock.now)


@pytest.fixture
def board(tenant, cxone_tenant):
    """A board that has not looked at the floor yet, on the tenant's clock."""
    return Wallboard(tenant, cxone_tenant.clock.now)


def requests_for(path, tenant):
    return [exchange for exchange in tenant.journal if exchange.request.target.path == path]


def token_requests(tenant):
    return requests_for("/oauth/token", tenant)


@agent_online("12345")
@agent_online("12346", state="Lunch break")
@agent_online("12347")
@agent_offline("12348")
@agent_hidden("12349")
def test_those_who_are_logged_in_are_counted_by_state(board):
    board.refresh()
    assert str(board) == "3 online\n    2 Available\n    1 Lunch break"


@agent_online("12345", state="Pause café")
def test_a_state_is_shown_as_it_is_written(board):
    board.refresh()
    assert str(board) == "1 online\n    1 Pause café"


@agent_offline("12345")
def test_a_floor_without_anybody_is_shown_as_that(board):
    board.refresh()
    assert str(board) == "0 online"


@agent_online("12345")
def test_a_refresh_shows_what_has_changed(board, cxone_tenant):
    board.refresh()
    cxone_tenant.world.set_state("12345", "Lunch break")
    board.refresh()
    assert board.counts == {"Lunch break": 1}


@pytest.mark.parametrize("cap", [25, 100])
@agents_online(250)
def test_a_floor_of_several_pages_is_whole_whatever_a_page_holds(board, cxone_tenant, cap):
    cxone_tenant.world.page_cap = cap
    board.refresh()
    assert board.counts == {"Available": 250}


@agents_online(250)
def test_everybody_is_listed_once_and_by_their_own_id(tenant, cxone_tenant):
    listed = [row["agentId"] for row in tenant.online()]
    assert sorted(listed) == sorted(session.agent_id for session in cxone_tenant.world.sessions)


@agents_online(150)
def test_whoever_moves_to_the_next_page_meanwhile_is_listed_once(tenant, cxone_tenant):
    rows = tenant.online()
    listed = [next(rows)["agentId"]]
    # Listed before all others, so that the last row of the page that was read is the first one of the next.
    cxone_tenant.world.log_in("1")
    listed += [row["agentId"] for row in rows]
    assert len(listed) == len(set(listed)) == 150


@agents_online(250)
def test_a_look_at_the_floor_is_a_request_for_each_hundred_agents_and_one_for_the_end(board, cxone_tenant):
    # It looks every 5 s, and tenants limit how often they are asked.
    board.refresh()
    assert len(requests_for("/api/v2/agents/states", cxone_tenant)) == 3 + 1


@agent_online("12345")
def test_a_floor_that_was_seen_stays_on_the_wall_during_an_outage(board, cxone_tenant):
    board.refresh()
    cxone_tenant.fault("outage")
    cxone_tenant.clock.advance(90)
    board.refresh()
    assert str(board) == "1 online\n    1 Available\nAs of 90 s ago: CXone answered 503"

    cxone_tenant.clear_faults()
    board.refresh()
    assert str(board) == "1 online\n    1 Available"


@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("outage", {}, "CXone answered 503"),
        ("outage", {"on": "/token", "status": 500}, "CXone answered 500"),
        ("rate_limit", {}, "CXone answered 429"),
        ("token_revoked", {"times": 2}, "CXone answered 401"),
        ("latency", {"seconds": 60}, "CXone did not answer (ReadTimeout)"),
        ("disconnect", {}, "CXone did not answer (ConnectionError)"),
        ("malformed", {}, "CXone's answer is not JSON"),
        ("malformed", {"on": "/token"}, "CXone's answer is not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@agent_online("12345")
def test_a_floor_that_was_never_seen_is_not_an_empty_one(board, cxone_tenant, kind, details, reason):
    cxone_tenant.fault(kind, **details)
    board.refresh()
    assert str(board) == f"The floor is not known: {reason}"


@cxone_fault("outage", after=1)
@agents_online(150)
def test_half_a_listing_is_not_a_floor(board):
    board.refresh()
    assert board.counts is None


@cxone_scopes("read:agent:status")
@agent_online("12345")
def test_a_missing_scope_is_not_an_empty_floor(board):
    board.refresh()
    assert str(board) == "The floor is not known: CXone answered 403"


@agent_online("12345")
def test_a_wrong_secret_is_not_an_empty_floor(board, monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "another")
    board.refresh()
    assert str(board) == "The floor is not known: CXone answered 401"


@pytest.mark.parametrize(("asked", "pause"), [(None, EVERY), (1, EVERY), (30, 30)])
@agent_online("12345")
def test_the_board_keeps_away_for_as_long_as_it_is_asked_to(board, cxone_tenant, asked, pause):
    cxone_tenant.fault("rate_limit", times=1, retry_after=asked)
    assert board.refresh() == pause
    assert board.refresh() == EVERY


@agent_online("12345")
def test_one_token_serves_until_a_minute_before_its_end(board, cxone_tenant):
    for _ in range(3):
        board.refresh()
    cxone_tenant.clock.advance(839)
    board.refresh()
    assert len(token_requests(cxone_tenant)) == 1

    cxone_tenant.clock.advance(1)
    board.refresh()
    assert len(token_requests(cxone_tenant)) == 2
    assert all(exchange.response.status == 200 for exchange in cxone_tenant.journal)


@cxone_fault("token_revoked", after=1)
@agent_online("12345")
def test_a_token_that_is_revoked_is_renewed_unseen(board, cxone_tenant):
    board.refresh()
    assert board.counts == {"Available": 1}
    assert len(token_requests(cxone_tenant)) == 2


@agent_online("12345")
def test_ctrl_c_ends_the_program_and_prints_nothing_more(monkeypatch, capsys):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("wallboard.time.sleep", interrupted)
    main()
    assert capsys.readouterr() == ("1 online\n    1 Available\n", "")
