"""The recipes of docs/ci are what the systems accept, use options that there are, and keep the secrets where they belong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from pytest_cxone.cli import main
from pytest_cxone.options import OPTIONS
from tests.recipes import FILES, FOLDER, PAGES, Block, commands, jenkinsfile, scripts
from tests.tools import environment

SCHEMAS = {"github-actions": "github-workflows", "gitlab": "gitlab-ci", "azure": "azure-pipelines"}
TENANTS = {"CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_SCRUB_KEY"}
FORGES = {"GH_TOKEN", "GITLAB_TOKEN", "AZURE_DEVOPS_EXT_PAT"}
TOPICS = ("Guard", "Nightly", "Record", "Secrets", "Exit status")

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.system}-{file.part}")
every_system = pytest.mark.parametrize("system", sorted(PAGES))


def of(system, part):
    return next(file for file in FILES if (file.system, file.part) == (system, part))


def test_four_systems_have_three_files_each_and_the_index_names_them_all():
    assert sorted((file.system, file.part) for file in FILES) == sorted(
        (system, part)
        for system in ("azure", "github-actions", "gitlab", "jenkins")
        for part in ("guard", "live", "record")
    )
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for file in FILES:
        assert f"`{file.path}`" in index or f"`{Path(file.path).name}`" in index


@every_system
def test_each_recipe_has_each_topic(system):
    assert tuple(re.findall(r"^## (.*)$", PAGES[system], re.MULTILINE)) == TOPICS


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.stem)
def test_links_of_the_recipes_lead_to_pages_and_headings(page):
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        there = (page.parent / target) if target else page
        assert there.exists(), target
        headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w-]", "", text.lower().replace(" ", "-")) for text in headings}, (
            anchor
        )


@pytest.mark.parametrize("system", SCHEMAS)
def test_the_files_are_what_the_published_schema_allows(system, tmp_path):
    names = []
    for number, file in enumerate(file for file in FILES if file.system == system):
        # Azure takes every value for a text, and so does its schema.
        content = json.dumps(file.data) if system == "azure" else file.text
        names.append(tmp_path / f"{number}.{'json' if system == 'azure' else 'yml'}")
        names[-1].write_text(content, encoding="utf-8")
    kind = SCHEMAS[system]
    options = ["--regex-variant", "nonunicode", "--builtin-schema", f"vendor.{kind}"]
    done = run_python("-m", "check_jsonschema", *options, *map(str, names))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_key_that_a_system_does_not_have_is_not_what_the_schema_allows(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(of("github-actions", "live").text.replace("fail-fast:", "fail-fats:"), encoding="utf-8")
    assert (
        run_python("-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(wrong)).returncode == 1
    )


def run_python(*arguments, **more):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), check=False, **more)


SECTIONS = {
    "": {"pipeline"},
    "pipeline": {"agent", "options", "triggers", "environment", "stages", "post"},
    "stages": {"stage"},
    "stage": {"agent", "environment", "when", "steps", "post", "matrix"},
    "matrix": {"agent", "axes", "stages"},
    "axes": {"axis"},
    "axis": {"name", "values"},
    "when": {"expression"},
    "expression": {"sh"},
    "post": {"always"},
    "options": {"timeout", "buildDiscarder", "disableConcurrentBuilds", "lock"},
    "triggers": {"cron"},
    "agent": {"label"},
    **dict.fromkeys(
        ("steps", "always", "withCredentials", "catchError", "dir"),
        {"sh", "junit", "stash", "unstash", "archiveArtifacts", "publishHTML", "recordIssues"}
        | {"withCredentials", "catchError", "dir"},
    ),
}


@pytest.mark.parametrize("file", [file for file in FILES if file.system == "jenkins"], ids=lambda file: file.part)
def test_a_jenkinsfile_is_a_declarative_pipeline(file):
    for path, text in file.data.walk():
        name = re.split(r"\W", text, maxsplit=1)[0]
        section = path[-1].name
        assert (section == "environment" and re.fullmatch(r"[A-Z_]+ = '[^']+'", text)) or name in SECTIONS[section], (
            text
        )
    (pipeline,) = file.data.items
    assert {"agent", "stages"} <= {re.split(r"\W", part(item), maxsplit=1)[0] for item in pipeline.items}
    for stage in blocks(file.data, "stage"):
        assert sum(part(item) in {"steps", "matrix"} for item in stage.items) == 1, stage.header


def part(item):
    return item.header if isinstance(item, Block) else item


def blocks(block, name):
    for item in block.items:
        if isinstance(item, Block):
            if item.name == name:
                yield item
            yield from blocks(item, name)


@pytest.mark.parametrize(
    "text",
    [
        "pipeline { agent any",
        "pipeline { agent any } }",
        "pipeline { options { lock(resource: 'a' } }",
        "sh 'never ends\n",
    ],
    ids=["open", "closed twice", "bracket", "text"],
)
def test_a_jenkinsfile_that_does_not_pair_is_refused(text):
    with pytest.raises(ValueError, match=r"closed|brace|half"):
        jenkinsfile(text)


@every_file
def test_the_shell_in_a_recipe_is_shell(file):
    found = list(scripts(file))
    assert found
    for script in found:
        done = subprocess.run(["bash", "-n"], input=script.text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script.text}\n{done.stderr}"


@pytest.fixture(scope="module")
def pytest_options(tmp_path_factory):
    told = run_python("-m", "pytest", "--help", "-p", "no:cacheprovider", cwd=tmp_path_factory.mktemp("help"))
    return set(re.findall(r"(?<![\w-])--[a-z][\w-]*", told.stdout))


@every_file
def test_each_command_of_a_recipe_has_only_options_that_there_are(file, pytest_options):
    ours = [words for script in scripts(file) for words in commands(script.text) if is_ours(words)]
    assert ours
    for program, *words in ours:
        if Path(program).name == "pytest":
            for word in words:
                check_pytest(word, pytest_options)
        else:
            check_command(words)


def is_ours(words):
    return Path(words[0]).name in {"pytest", "pytest-cxone"}


def check_pytest(word, known):
    name, _, value = word.partition("=")
    assert name in known, word
    option = {option.flag: option for option in OPTIONS}.get(name)
    if value and option:
        option.kind.read(re.sub(r"\$\w+", "1", value))


def check_command(words):
    command = main
    while isinstance(command, click.Group):
        assert words[0] in command.commands, words
        command = command.commands[words.pop(0)]
    known = {name: parameter for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            assert word in known, f"{command.name} {word}"
            if not known[word].is_flag:
                known[word].type.convert(words.pop(0), known[word], None)


@every_file
def test_no_script_names_a_secret_or_tells_its_environment(file):
    for script in scripts(file):
        for name in TENANTS | FORGES | {"CXONE_ACCESS_KEY_ID", "CXONE_ACCESS_KEY_SECRET", "CI_JOB_TOKEN"}:
            assert name not in script.text
        for words in commands(script.text):
            assert words[0] not in {"env", "printenv", "export", "declare"}, words
            assert words[0] != "set" or words[1:] == ["-euo", "pipefail"], words
            assert not {"-s", "--capture=no", "-v", "-x"} & set(words[1:] if is_ours(words) else ())
        # What a system puts into a script is code there: it comes by the environment.
        assert "${{" not in script.text
        assert not re.search(r"\$\([A-Za-z_.]+\)", script.text)


@every_file
def test_only_what_asks_the_tenant_has_its_secrets_and_has_them_from_the_store(file):
    from_store = {
        "github-actions": lambda name: f"${{{{ secrets.{name} }}}}",
        "azure": lambda name: f"$({name})",
        "gitlab": lambda name: "cxone-sandbox",
        "jenkins": lambda name: "cxone-scrub-key" if name == "CXONE_SCRUB_KEY" else "cxone-sandbox",
    }[file.system]
    asked = 0
    for script in scripts(file):
        asks = any(word in {"--cxone-live", "--cxone-record"} for words in commands(script.text) for word in words)
        of_tenant = {name: where for name, where in script.secrets.items() if name not in FORGES | {"FORGE_USER"}}
        if asks:
            assert of_tenant == {name: from_store(name) for name in TENANTS}
            asked += 1
        elif file.system != "gitlab":
            assert not of_tenant
        if script.job.lower() in {"propose", "report", "merge", "note", "guard"}:
            assert not of_tenant
        assert not asks or not FORGES & set(script.secrets)
    assert asked == (0 if file.part == "guard" else 1)
    # Nowhere else in the file is one of them given a value.
    given = re.findall(r"CXONE_(?:CLIENT_ID|CLIENT_SECRET|SCRUB_KEY)\s*[:=]\s*(\S.*)", file.text)
    assert all(value.startswith(("${{ secrets.", "$(CXONE_")) for value in given)
    assert file.part != "guard" or not re.search(r"secrets\.|withCredentials|- group:|environment:", file.text)


@every_system
def test_one_lock_is_held_by_whatever_asks_the_tenant(system):
    guard, live, record = (of(system, part) for part in ("guard", "live", "record"))
    match system:
        case "github-actions":
            assert live.data["concurrency"] == record.data["concurrency"]
            assert live.data["concurrency"]["cancel-in-progress"] == "false"
            assert "concurrency" not in guard.data
        case "gitlab":
            jobs = [guard.data["live"], guard.data["record"]]
            assert [job["resource_group"] for job in jobs] == ["cxone-sandbox"] * 2
            assert [job["trigger"]["include"] for job in jobs] == [live.path, record.path]
            assert all(job["trigger"]["strategy"] == "depend" for job in jobs)
            # On a shard it would let one shard run after the other.
            assert "resource_group" not in live.text + record.text
        case "azure":
            for file in (live, record):
                assert file.data["lockBehavior"] == "sequential"
                with_group = [
                    stage for stage in file.data["stages"] if {"group": "cxone-sandbox"} in stage.get("variables", [])
                ]
                assert [stage["stage"] for stage in with_group] == [file.part]
        case _:
            for file in (live, record):
                (options,) = blocks(file.data, "options")
                assert {"lock(resource: 'cxone-sandbox')", "disableConcurrentBuilds()"} <= set(options.items)


@every_file
def test_what_a_run_leaves_is_kept_where_it_failed_too(file):
    match file.system:
        case "github-actions":
            steps = [
                step for job in file.data["jobs"].values() for step in job["steps"] if "upload" in step.get("uses", "")
            ]
            assert steps
            assert all("!cancelled()" in step["if"] for step in steps)
        case "gitlab":
            kept = [job["artifacts"] for job in file.data.values() if isinstance(job, dict) and "artifacts" in job]
            assert kept
            assert {artifacts["when"] for artifacts in kept} == {"always"}
        case "azure":
            steps = [step for step in walk(file.data) if step.get("task", "").startswith("Publish")]
            assert steps
            assert {step["condition"] for step in steps} == {"succeededOrFailed()"}
        case _:
            kept = {"junit", "archiveArtifacts", "stash", "publishHTML", "recordIssues"}
            found = [path[-1].name for path, text in file.data.walk() if re.split(r"\W", text, maxsplit=1)[0] in kept]
            assert set(found) == {"always"}


def walk(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def test_github_gives_each_job_the_least_rights_and_pins_each_action():
    rights = {}
    for file in (file for file in FILES if file.system == "github-actions"):
        assert file.data["permissions"] == {"contents": "read"}
        assert not {"pull_request_target", "workflow_run"} & set(file.data["on"])
        for name, job in file.data["jobs"].items():
            rights[name] = {right for right, level in job.get("permissions", {}).items() if level == "write"}
            for step in job["steps"]:
                assert re.fullmatch(r"[\w./-]+@(v\d+|[0-9a-f]{40})", step.get("uses", "a@v1"))
                if "checkout" in step.get("uses", "") and name != "propose":
                    assert step["with"] == {"persist-credentials": "false"}
    assert rights == {
        "guard": set(),
        "shard": set(),
        "report": {"security-events"},
        "record": set(),
        "propose": {"contents", "pull-requests"},
    }


@every_system
def test_the_nightly_run_and_the_recording_start_by_the_clock_on_the_default_branch(system):
    guard, live, record = (of(system, part) for part in ("guard", "live", "record"))
    match system:
        case "github-actions":
            assert all(set(file.data["on"]) == {"schedule", "workflow_dispatch"} for file in (live, record))
        case "gitlab":
            for name in ("live", "record"):
                (rule,) = guard.data[name]["rules"]
                assert '$CI_PIPELINE_SOURCE == "schedule"' in rule["if"]
                assert '$CI_COMMIT_REF_PROTECTED == "true"' in rule["if"]
        case "azure":
            for file in (live, record):
                assert (file.data["trigger"], file.data["pr"]) == ("none", "none")
                assert [schedule["branches"] for schedule in file.data["schedules"]] == [{"include": ["main"]}]
        case _:
            assert all(list(blocks(file.data, "triggers")) for file in (live, record))


def test_a_system_reads_the_yaml_as_it_stands():
    # "on" is a truth value to YAML 1.1, and a key to GitHub; a cron that is not quoted would be an alias.
    for file in FILES:
        if file.system != "jenkins":
            assert yaml.safe_load(file.text)
