"""A cassette's file is one text, which every reader of vcrpy's format takes for the same exchanges."""

import gzip
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
import vcr
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_recording._vcr import load_cassette
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer, yamlserializer

from pytest_cxone.cassettes import files
from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source, seal_of
from pytest_cxone.cassettes.files import parse, read, text_of, write
from pytest_cxone.cassettes.reading import cassette_of
from pytest_cxone.errors import CassetteUnreadable
from pytest_cxone.model import Exchange, Headers, Request, Response

HERE = Path("board.yaml")
URL = "https://platform.nicecxone.com/api/v2/agents/states?agentId=12345"
ROWS = b'[\n{"agentId": "12345", "state": {"name": "Available"}}\n]'
TOKEN = "https://cxone.niceincontact.com/auth/token"


def interaction(*, recorded_at=None, sent=b"", received=ROWS, method="GET", url=URL, status=200):
    return Interaction(
        exchange=Exchange(
            request=Request(method=method, url=url, headers=Headers({"Accept": "application/json"}), body=sent),
            response=Response(
                status=status, headers=Headers({"Content-Type": "application/json", "age": "5"}), body=received
            ),
        ),
        recorded_at=recorded_at,
    )


PROVENANCE = Provenance(
    test="tests.test_board::test_shows_break",
    recorded_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
    source=Source.SERVED_FAKE,
    dialect="platform-v2",
    api="v2",
    region="na1",
    tenant="",
    recorder="0.1.0",
    fake="0.1.0",
    states=(Provided(state="agent 12345 online", agent_id="12345"), Provided(state="an agent on break")),
    wait=2.5,
)
INTERACTIONS = (
    interaction(method="POST", url=TOKEN, sent=b"grant_type=client_credentials", received=b'{"x": "\xc3\xbc\xc2\x85"}'),
    interaction(
        status=299, sent=b"a: 1\n\n  b: 2", received=b"\xff\x00", recorded_at=datetime(2026, 12, 1, tzinfo=UTC)
    ),
    interaction(),
)
SAMPLE = Cassette(interactions=INTERACTIONS, provenance=replace(PROVENANCE, seal=seal_of(INTERACTIONS)))
GOLDEN = """\
# Recorded by pytest-cxone from the fake that `pytest-cxone serve` runs: it says nothing about NICE's service.
version: 1
cxone:
  test: "tests.test_board::test_shows_break"
  recorded_at: "2026-11-22T10:00:00Z"
  source: "served fake"
  dialect: "platform-v2"
  api: "v2"
  region: "na1"
  recorder: "0.1.0"
  fake: "0.1.0"
  policy: 1
  states:
  - {"state": "agent 12345 online", "agent_id": "12345"}
  - {"state": "an agent on break"}
  wait: 2.5
  seal: "SEAL"
interactions:
- request:
    method: "POST"
    uri: "https://cxone.niceincontact.com/auth/token"
    body: "grant_type=client_credentials"
    headers: {"Accept": ["application/json"]}
  response:
    status: {"code": 200, "message": "OK"}
    headers: {"age": ["5"], "Content-Type": ["application/json"]}
    body:
      string: "{\\"x\\": \\"ü\\u0085\\"}"
- request:
    method: "GET"
    uri: "https://platform.nicecxone.com/api/v2/agents/states?agentId=12345"
    body: |-
      a: 1

        b: 2
    headers: {"Accept": ["application/json"]}
  response:
    status: {"code": 299, "message": ""}
    headers: {"age": ["5"], "Content-Type": ["application/json"]}
    body:
      string: !!binary "/wA="
  recorded_at: "2026-12-01T00:00:00Z"
- request:
    method: "GET"
    uri: "https://platform.nicecxone.com/api/v2/agents/states?agentId=12345"
    body: null
    headers: {"Accept": ["application/json"]}
  response:
    status: {"code": 200, "message": "OK"}
    headers: {"age": ["5"], "Content-Type": ["application/json"]}
    body:
      string: |-
        [
        {"agentId": "12345", "state": {"name": "Available"}}
        ]
""".replace("SEAL", seal_of(INTERACTIONS))


def by_yaml(text):
    return cassette_of(files._document(text, HERE))


def by_yaml_in_python(text):
    return cassette_of(yaml.load(text, Loader=yaml.SafeLoader))


def as_vcrpy_has_it(cassette):
    """Return the requests and responses that vcrpy is to make of a cassette."""
    exchanges = [interaction.exchange for interaction in cassette.interactions]
    return (
        [(one.request.method, one.request.url, one.request.body, dict(one.request.headers)) for one in exchanges],
        [
            (one.response.status, one.response.body, {name: [value] for name, value in one.response.headers.items()})
            for one in exchanges
        ],
    )


def by_vcrpy(requests, responses):
    return (
        [(request.method, request.uri, request.body or b"", dict(request.headers)) for request in requests],
        [(response["status"]["code"], response["body"]["string"], response["headers"]) for response in responses],
    )


# The layout


def test_the_text_is_one_that_reads_and_diffs_well():
    assert text_of(SAMPLE) == GOLDEN


def test_a_tenants_cassette_says_so_in_its_first_line():
    tenants = replace(SAMPLE, provenance=replace(PROVENANCE, source=Source.TENANT))
    assert text_of(tenants).startswith("# Recorded by pytest-cxone from a tenant.\nversion: 1\n")


def test_what_has_no_provenance_has_no_block_of_ours():
    assert text_of(Cassette(interactions=())) == "version: 1\ninteractions: []\n"


def test_a_moment_is_written_in_utc():
    moment = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=2)))
    assert text_of(replace(SAMPLE, provenance=replace(SAMPLE.provenance, recorded_at=moment))) == GOLDEN


@pytest.mark.parametrize(
    "body",
    [
        "a",
        "\na\nb",
        " a\nb",
        "\ta\nb",
        "a\nb\n",
        "a\r\nb",
        "a\n\tb",
        "a \nb",
        "a\nb\x85",
        "a\u2028\nb",
        "\ufeffa\nb",
        "a\nb\x07",
    ],
    ids=ascii,
)
def test_a_body_that_a_block_would_not_keep_is_one_line_of_json(body):
    text = text_of(Cassette(interactions=(interaction(received=body.encode()),)))
    assert "|-" not in text
    assert by_yaml(text).interactions[0].exchange.response.body == body.encode()


# All readers agree

PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes(timezones=st.just(UTC))
BODIES = (
    st.binary()
    | PLAIN_TEXT.map(str.encode)
    | st.text(st.sampled_from(" \t\n\r#-:|{}\"'\\aü\x85\u2028\ufeff\U0001f600")).map(str.encode)
    | st.lists(st.text(st.sampled_from(' \t#-:"aü')), min_size=2).map("\n".join).map(str.encode)
)
HEADERS = st.dictionaries(PLAIN_TEXT, PLAIN_TEXT, max_size=3).map(Headers)
CASSETTES = st.builds(
    Cassette,
    interactions=st.lists(
        st.builds(
            Interaction,
            exchange=st.builds(
                Exchange,
                request=st.builds(
                    Request, method=PLAIN_TEXT, url=PLAIN_TEXT.map("https://a.b/".__add__), headers=HEADERS, body=BODIES
                ),
                response=st.builds(Response, status=st.integers(100, 599), headers=HEADERS, body=BODIES),
            ),
            recorded_at=st.none() | MOMENTS,
        ),
        max_size=3,
    ).map(tuple),
    provenance=st.none()
    | st.builds(
        Provenance,
        test=PLAIN_TEXT,
        recorded_at=MOMENTS,
        source=st.sampled_from(Source),
        states=st.lists(st.builds(Provided, state=PLAIN_TEXT, agent_id=PLAIN_TEXT), max_size=3).map(tuple),
        target_agent_id=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        wait=st.floats(allow_nan=False),
        policy=st.integers(),
        **dict.fromkeys(("dialect", "api", "region", "tenant", "recorder", "fake", "fake_only", "seal"), PLAIN_TEXT),
    ),
)


@settings(deadline=None)
@given(CASSETTES)
@example(SAMPLE)
def test_every_cassette_is_read_back_the_same_by_all_readers(cassette):
    text = text_of(cassette)
    assert files._canonical(text) == cassette
    assert by_yaml(text) == cassette
    assert by_yaml_in_python(text) == cassette
    assert by_vcrpy(*deserialize(text, yamlserializer)) == as_vcrpy_has_it(cassette)
    assert text_of(parse(text, HERE)) == text


PIECES = st.sampled_from(
    ["", " ", "  ", "\n", "\n\n", "\t", "#", " #", "- ", ":", ": ", '"', "\\", "|-", "|", "null", "0", "e5", ".5", "[", "{}", ",",
     "~", "&a ", "*a", "!!str ", "ü", "\x85", "\x7f", "\ufeff", "\r\n", "'", "    ", "        ", "true", "%", "---\n", "...\n"]
)  # fmt: skip


@settings(deadline=None)
@given(st.integers(0, len(GOLDEN)), st.integers(0, 9), PIECES)
def test_the_quick_reader_gives_up_where_it_would_not_agree_with_yaml(at, length, piece):
    edited = GOLDEN[:at] + piece + GOLDEN[at + length :]
    quick = files._canonical(edited)
    assert quick is None or quick == by_yaml(edited)


DEEP = GOLDEN[GOLDEN.index("\n        [") :]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("version: 1\n", "version: 1\n\n# A word.\n"),
        ('method: "POST"', "method: POST"),
        ('method: "POST"', "method: 'POST'  # a word"),
        ('"2026-11-22T10:00:00Z"', "2026-11-22T10:00:00Z"),
        ('"2026-11-22T10:00:00Z"', "2026-11-22 12:00:00+02:00"),
        ('"2026-11-22T10:00:00Z"', "2026-11-22 10:00:00"),
        ('{"Accept": ["application/json"]}', "\n      Accept:\n      - application/json"),
        ('{"Accept": ["application/json"]}', "{Accept: application/json}"),
        ('!!binary "/wA="', "!!binary |\n        /wA="),
        ('{"x": "ü\\u0085"}'.replace('"', '\\"'), '{\\"x\\": \\"\\xfc\\N\\"}'),
        (DEEP, DEEP.replace("\n ", "\n")),
        (DEEP, DEEP.replace("\n ", "\n  ")),
        (DEEP, DEEP + "        \n"),
    ],
    ids=[
        "comment",
        "bare",
        "quotes",
        "moment",
        "zone",
        "no zone",
        "block",
        "one value",
        "binary",
        "escapes",
        "less deep",
        "deeper",
        "blank end",
    ],
)
def test_what_is_edited_by_hand_is_read_by_yaml(was, becomes):
    edited = GOLDEN.replace(was, becomes)
    assert edited != GOLDEN
    assert files._canonical(edited) is None
    assert parse(edited, HERE) == SAMPLE


@pytest.mark.parametrize(
    "change", [lambda raw: raw.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf".__add__], ids=["crlf", "bom"]
)
def test_what_git_or_an_editor_does_to_a_file_changes_no_cassette(tmp_path, change):
    path = tmp_path / "board.yaml"
    path.write_bytes(change(GOLDEN.encode()))
    assert read(path) == SAMPLE


def test_a_lone_surrogate_is_read_back():
    odd = Cassette(interactions=(), provenance=replace(PROVENANCE, test="tests.test_\udcff::test_a"))
    assert parse(text_of(odd), HERE) == odd


# vcrpy and pytest-recording


@pytest.fixture
def written(tmp_path):
    """Where the sample stands."""
    write(tmp_path / "board.yaml", GOLDEN)
    return tmp_path / "board.yaml"


def test_vcrpy_replays_it(written):
    with vcr.use_cassette(str(written), record_mode="none") as tape:
        answer = requests.get(URL, headers={"Accept": "application/json"}, timeout=1)
        assert tape.play_count == 1
    assert answer.status_code == 299


def test_pytest_recording_loads_it(written):
    assert by_vcrpy(*load_cassette(str(written), yamlserializer)) == as_vcrpy_has_it(SAMPLE)


ZIPPED = gzip.compress(ROWS, mtime=0)


@pytest.mark.parametrize("serializer", [yamlserializer, jsonserializer], ids=["yaml", "json"])
def test_what_vcrpy_wrote_is_read_into_the_same_values(serializer):
    binary = ZIPPED if serializer is yamlserializer else "\U0001f600".encode()
    text = serialize(
        {
            "requests": [
                vcr.request.Request("POST", TOKEN, b"a=1&b=\xc3\xbc", {"Accept": "*/*", "Content-Length": "7"}),
                vcr.request.Request("GET", URL, None, {}),
            ],
            "responses": [
                {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {"Content-Encoding": ["gzip"], "Set-Cookie": ["a=1", "b=2"]},
                    "body": {"string": binary},
                },
                {"status": {"code": 404, "message": ""}, "headers": {}, "body": {"string": b""}, "protocol": None},
            ],
        },
        serializer,
    )
    cassette = parse(text, HERE)
    assert cassette.provenance is None
    first, second = (interaction.exchange for interaction in cassette.interactions)
    assert (first.request.method, first.request.url, first.request.body) == ("POST", TOKEN, "a=1&b=ü".encode())
    assert first.request.headers == {"Accept": "*/*", "Content-Length": "7"}
    assert first.response.headers == {"Content-Encoding": "gzip", "Set-Cookie": "a=1, b=2"}
    assert first.response.body == binary
    assert (second.request.body, second.response.status, second.response.body) == (b"", 404, b"")


def test_a_header_that_was_given_as_bytes_is_text():
    text = GOLDEN.replace('["application/json"]', '[!!binary "YXBwbGljYXRpb24vanNvbg=="]')
    assert parse(text, HERE) == SAMPLE


# What is no cassette

BROKEN = {
    "empty": ("", "it is empty"),
    "comments only": ("# nothing\n", "it is empty"),
    "text": ("hello", "it is no cassette"),
    "merge conflict": (GOLDEN.replace("version: 1\n", "version: 1\n<<<<<<< HEAD\n"), "line 4: it is not YAML"),
    "python object": ("a: 1\nb: !!python/object:os.system {}", "line 2: it is not YAML that holds values only"),
    "control character": (GOLDEN.replace("POST", "PO\x07ST"), "it is not YAML that holds values only"),
    "yaml nonsense": ("interactions: !!int ''", "it is not YAML that holds values only"),
    "old format": ("- request: {}\n  response: {}\n", "the format that vcrpy had before version 1"),
    "another version": (GOLDEN.replace("version: 1", "version: 2"), "its `version:` is not 1"),
    "no interactions": ("version: 1\n", "no list of `interactions:`"),
    "interactions cut off": (GOLDEN[: GOLDEN.index("- request")], "no list of `interactions:`"),
    "no response": (GOLDEN[: GOLDEN.index("  response")], "interaction 1 has no `response:`"),
    "interaction of another kind": ("interactions: [1]", "interaction 1 has no `request:`"),
    "status of another kind": (GOLDEN.replace('{"code": 299', '{"code": "299"'), "`code:` of interaction 2"),
    "status true": (GOLDEN.replace('{"code": 299', '{"code": true'), "`code:` of interaction 2"),
    "header of another kind": (GOLDEN.replace('["5"]', "[5]"), "a header of interaction 1 is not text"),
    "cxone of another kind": (GOLDEN.replace("cxone:\n", "cxone: 1\nold:\n"), "`cxone:` holds no fields"),
    "cxone empty": ("cxone:\ninteractions: []\n", "`cxone:` holds no fields"),
    "cxone without source": (GOLDEN.replace('  source: "served fake"\n', ""), "`cxone:` has no `source:`"),
    "cxone of the future": (GOLDEN.replace("  api:", "  apis:"), "`cxone:` has `apis:`, which this version"),
    "unknown source": (GOLDEN.replace('"served fake"', '"dream"'), "'dream' is not a valid Source"),
    "no moment": (GOLDEN.replace('"2026-11-22T10:00:00Z"', '"yesterday"'), "Invalid isoformat string: 'yesterday'"),
    "wait is no number": (GOLDEN.replace("wait: 2.5", 'wait: "long"'), "could not convert string to float: 'long'"),
    "wait beyond numbers": (GOLDEN.replace("wait: 2.5", f"wait: 1{'0' * 400}"), "too large"),
    "times of another kind": (
        GOLDEN.replace("wait: 2.5", 'wait: 2.5\n  took: "listAgentStates: soon"'),
        "`took:` of `cxone:` does not say how long operations took",
    ),
    "state of another kind": (GOLDEN.replace('{"state": "an agent on break"}', "1"), "an entry of `states:`"),
    "later moment is null": (GOLDEN.replace('"2026-12-01T00:00:00Z"', "null"), "Invalid isoformat string: 'None'"),
}


@pytest.mark.parametrize(("text", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_what_is_wrong_and_what_to_do(tmp_path, text, problem):
    path = tmp_path / "board.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    with pytest.raises(CassetteUnreadable) as caught:
        read(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(str(path))
    assert problem in str(caught.value)
    assert str(caught.value).endswith("; record the cassette again, or restore it from version control")


def test_binary_rubbish_and_a_folder_are_no_cassettes(tmp_path):
    (tmp_path / "rubbish.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(CassetteUnreadable, match="it is not text in UTF-8"):
        read(tmp_path / "rubbish.yaml")
    with pytest.raises(CassetteUnreadable, match="it is a folder"):
        read(tmp_path)


def test_a_missing_file_is_missing_as_usual(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.yaml")


def test_a_truncated_file_is_unreadable_or_shown_by_its_seal():
    for end in range(len(GOLDEN) - 1):
        try:
            cut = parse(GOLDEN[:end], HERE)
        except CassetteUnreadable:
            continue
        assert cut.provenance is not None
        assert seal_of(cut.interactions) != cut.provenance.seal, end


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from("[]{}:,-!&*|>?%@ \n\"'#ab1")))
@example("[" * 5000)
@example("{" + '"a":[' * 5000)
@example("!!timestamp a")
def test_whatever_a_file_holds_it_is_a_cassette_or_unreadable(text):
    with pytest.raises(CassetteUnreadable):
        parse(text, HERE)


# Writing


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    write(tmp_path / "a" / "b" / "board.yaml", "ü\n")
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [
        "a",
        "a/b",
        "a/b/board.yaml",
    ]
    assert (tmp_path / "a" / "b" / "board.yaml").read_bytes() == b"\xc3\xbc\n"


def test_a_file_that_holds_the_text_is_not_touched(written):
    os.utime(written, ns=(1, 1))
    write(written, GOLDEN)
    assert written.stat().st_mtime_ns == 1
    write(written, "new")
    assert written.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()], ids=["no space", "interrupted"])
@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(written, monkeypatch, step, error):
    seen = []

    def fails(*_):
        seen.extend(path.suffix for path in written.parent.iterdir())
        raise error

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(type(error)):
        write(written, "new")
    assert sorted(seen) == [".tmp", ".yaml"]
    assert [*written.parent.iterdir()] == [written]
    assert written.read_text(encoding="utf-8") == GOLDEN
