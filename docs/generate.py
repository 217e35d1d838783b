"""Writes the pages that are tables of data: behaviours, upgrades, and differences to the real service.

    python docs/generate.py

Each page has a part for each dialect. A test compares the pages with what this would write.
"""

import json
from collections import ChainMap
from pathlib import Path

from pytest_cxone._resources import schema_root
from pytest_cxone.behaviours import behaviours
from pytest_cxone.dialects import DIALECTS
from pytest_cxone.rehearsal import derived, upgrades
from pytest_cxone.schemas import contract

HERE = Path(__file__).parent
TEXTS = HERE / "texts"

BEHAVIOURS = """\
# Behaviours

The facts that the contract suite checks. Each of its tests carries an id as `@cxone_behaviour`, and names it when it fails. The
lists are `schemas/<dialect>/behaviours.json`. What has the same id in two dialects is the same fact, stated for each.
"""

KINDS = (
    "listAgentStates.state.name.removed",
    "listAgentStates.state.name.renamed",
    "listAgentStates.state.name.retyped",
    "listAgentStates.state.name.nulled",
    "getAgent.404.error.removed",
    "getAgent.status-200.replaced-by-202",
    "getAgent.status-404.replaced-by-410",
    "listAgentStates.body.enveloped",
    "getAgent.body.listed",
    "getAgent.body.nested",
    "listTeams.body.bare",
    "listAgentStates.parameter-page.ignored",
    "listAgentStates.parameter-page.refused",
    "listAgentStates.parameter-page.required",
    "issueToken.field-scope.ignored",
)
"""An example of each kind of derived upgrade, of the first dialect that has it."""

DIFFERENCES = """\
# Differences to the real service

What the fake tenant answers, and where each fact comes from. `platform-v2` is the API of the document that this product was
built to, and `acd` the API that NICE publishes.
"""


def behaviours_page():
    """Return the page of behaviours."""
    return BEHAVIOURS + "".join(map(behaviours_of, DIALECTS))


def behaviours_of(dialect):
    """Return one dialect's part of the page; nothing where it has no catalogue."""
    if not (schema_root(dialect) / "behaviours.json").exists():
        return ""
    rows = [
        f"| `{entry.id}` | {entry.statement} | {entry.source}: {entry.note} |" for entry in behaviours(dialect).values()
    ]
    return f"\n## `{dialect}`\n\n" + table("id", "behaviour", "source", rows=rows)


def upgrades_page():
    """Return the page of upgrades: how they come about, and those that have a name."""
    by_dialect = {dialect: derived(contract(dialect)) for dialect in DIALECTS}
    found = ChainMap(*by_dialect.values())
    counts = " and ".join(f"`{dialect}` has {len(several):,}" for dialect, several in by_dialect.items())
    kinds = table("id", "after it", rows=[f"| `{id_}` | {found[id_].summary} |" for id_ in KINDS])
    text = (TEXTS / "upgrades.md").read_text(encoding="utf-8").format(counts=f"{counts}.", kinds=kinds.rstrip())
    return text + "".join(map(upgrades_of, DIALECTS))


def upgrades_of(dialect):
    """Return one dialect's part of the page; nothing where it has no catalogue."""
    try:
        catalogue = upgrades(dialect)
    except KeyError:
        return ""
    rows = [
        f"| `{entry.id}` | {entry.summary} | {', '.join(f'`{name}`' for name in entry.caught_by)} |"
        for entry in catalogue.values()
    ]
    return f"\n### `{dialect}`\n\n" + table("id", "after it", "caught by", rows=rows)


def differences_page():
    """Return the page of differences: what no table can show, what is not known, and every fact of the contract."""
    return DIFFERENCES + "".join(map(differences_of, DIALECTS))


def differences_of(dialect):
    """Return one dialect's part of the page."""
    part = f"\n## `{dialect}`\n\n" + (TEXTS / f"differences-{dialect}.md").read_text(encoding="utf-8")
    questions = contract(dialect).open_questions
    if questions:
        fakes = json.loads((TEXTS / f"answers-{dialect}.json").read_text(encoding="utf-8"))
        rows = [
            f"| `{one.id}` | {one.question} | {'; '.join(one.answers)} | {fakes[one.id]} |"
            for one in questions.values()
        ]
        part += f"\n### What nobody knows of `{dialect}`\n\n"
        part += table("id", "question", "answers that keep the contract", "the fake's", rows=rows)
    part += f"\n### The facts of `{dialect}`\n\n"
    return part + table("where", "what", "source", "note", rows=[*facts_of(dialect)])


def facts_of(dialect):
    """Yield a row for each fact of a contract that says where it comes from."""
    for path in [schema_root(dialect) / "openapi.json", *sorted(schema_root(dialect).glob("*.schema.json"))]:
        document = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "openapi.json":
            yield from facts(document["paths"], ())
            yield from facts(document["components"], ("shared",))
        else:
            yield from facts(document, (path.name.removesuffix(".schema.json"),))


def facts(node, place):
    """Yield a row for each node that has a source."""
    if isinstance(node, list):
        items = [item for item in node if isinstance(item, dict)]
        node = {item.get("name") or item.get("url") or str(index): item for index, item in enumerate(items)}
    if not isinstance(node, dict):
        return
    if "x-cxone-source" in node:
        *where, what = place
        said = node.get("x-cxone-note", "")
        yield f"| {' '.join(where)} | `{what}` | {node['x-cxone-source']} | {said} |"
    for key, below in node.items():
        step = () if key in SILENT else (str(key),)
        yield from facts(below, place + step)


SILENT = {
    "properties", "content", "schema", "schemas", "parameters", "responses", "headers", "requestBody", "items", "servers",
}  # fmt: skip


def table(*head, rows):
    """Return a table of rows that are written already."""
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows]) + "\n"


PAGES = {"behaviours.md": behaviours_page, "upgrades.md": upgrades_page, "differences.md": differences_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
