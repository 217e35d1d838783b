"""Writes the pages that are tables of data: behaviours, upgrades, and differences to the real service.

    python docs/generate.py

A test compares the pages with what this would write.
"""

import json
from pathlib import Path

from pytest_cxone._resources import schema_root
from pytest_cxone.behaviours import behaviours
from pytest_cxone.rehearsal import upgrades

HERE = Path(__file__).parent
DIALECT = "platform-v2"

BEHAVIOURS = """\
# Behaviours

The documented facts of `platform-v2` that the contract suite checks. Each of its tests carries an id as
`@cxone_behaviour`, and names it when it fails. The list is `schemas/platform-v2/behaviours.json`.

| id | behaviour | source |
|---|---|---|
"""

UPGRADES = """\
# Upgrades

Simulated changes of the API, for the fake tenant. `pytest --cxone-upgrade=ID` runs your tests after one of them: if they
stay green, they would not notice that change. The contract suite turns red under each, in a test of the behaviour in the
last column.

| id | after it | caught by |
|---|---|---|
"""

DIFFERENCES = """\
# Differences to the real service

What the fake tenant answers in the dialect `platform-v2`, and where each fact comes from:

- `document`: the document that describes this API says so.
- `standard`: an RFC says so, and the document does not contradict it.
- `assumed`: nobody says so; the fake had to do something.

The document's API could not be found in the specifications that NICE publishes, so none of this has been seen on NICE's own
service. The published API differs in hosts, token flow, paths, paging and fields; it will be a dialect of its own.

What no table shows:

- A log-in shows at once on the fake, unless `world.state_latency` says otherwise; the document allows 5 s. A log-out
  always shows at once (assumed).
- The listing is in the order of the ids (assumed). Rows have the fields below and no others; profiles too.
- `pageSize` is 25 unless given, and capped at `world.page_cap`, 100 unless changed (the document: 25 or 100).
- `read:agent` is needed for each operation (the document). `read:agent:status` adds agents in a restricted state (assumed:
  the document says only that full visibility often requires it).
- A client asks for scopes that it lacks and gets a token with the rest (assumed; RFC 6749, 3.3 allows it).
- Each region is a world of its own; a token of one is refused in the other (assumed).
- A path that is not in the table is an error of the test, not a 404. A known path with another method is 405.

| where | what | source | note |
|---|---|---|---|
"""


def behaviours_page():
    """Return the page of behaviours."""
    rows = (
        f"| `{entry.id}` | {entry.statement} | {entry.source}: {entry.note} |" for entry in behaviours(DIALECT).values()
    )
    return BEHAVIOURS + "\n".join(rows) + "\n"


def upgrades_page():
    """Return the page of upgrades."""
    rows = (
        f"| `{entry.id}` | {entry.summary} | {', '.join(f'`{name}`' for name in entry.caught_by)} |"
        for entry in upgrades(DIALECT).values()
    )
    return UPGRADES + "\n".join(rows) + "\n"


def differences_page():
    """Return the page of differences: every fact of the contract that says where it comes from."""
    rows = []
    for path in [schema_root(DIALECT) / "openapi.json", *sorted(schema_root(DIALECT).glob("*.schema.json"))]:
        document = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "openapi.json":
            rows += facts(document["paths"], ())
            rows += facts(document["components"], ("shared",))
        else:
            rows += facts(document, (path.name.removesuffix(".schema.json"),))
    return DIFFERENCES + "\n".join(rows) + "\n"


def facts(node, place):
    """Yield a row for each node that has a source."""
    if isinstance(node, list):
        node = {item.get("name", str(index)): item for index, item in enumerate(node) if isinstance(item, dict)}
    if not isinstance(node, dict):
        return
    if "x-cxone-source" in node:
        *where, what = place
        said = node.get("x-cxone-note", "")
        yield f"| {' '.join(where)} | `{what}` | {node['x-cxone-source']} | {said} |"
    for key, below in node.items():
        step = () if key in SILENT else (str(key),)
        yield from facts(below, place + step)


SILENT = {"properties", "content", "schema", "schemas", "parameters", "responses", "headers", "requestBody", "items"}

PAGES = {"behaviours.md": behaviours_page, "upgrades.md": upgrades_page, "differences.md": differences_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
