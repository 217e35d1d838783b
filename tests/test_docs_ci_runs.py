"""The shell of the recipes in docs/ci does what it is for, with programs that stand in for the real ones."""

import os
import re
import shutil
import subprocess

import pytest

from tests.recipes import FILES, PAGES, scripts
from tests.tools import environment

every_system = pytest.mark.parametrize("system", sorted(PAGES))


def of(system, part):
    return next(scripts(file) for file in FILES if (file.system, file.part) == (system, part))


STAND_IN = r"""#!/usr/bin/env bash
set -eu
name=$(basename "$0")
{ printf '%s' "$name"; printf ' [%s]' "$@"; printf '\n'; } >> "$CALLS"
case "$name $*" in ${FAILS:-nothing}) exit 1 ;; esac
previous=
for word in "$@"; do
    case $name:$previous:$word in
        python3:venv:*) mkdir -p "$word/bin"; cp "$0" "$word/bin/python"; for program in pytest pytest-cxone; do cp "$0" "$word/bin/$program"; done ;;
        pytest:*:--cxone-record) if [ -n "${NEWS-}" ]; then echo anew > cassettes/kept.yaml; rm -f cassettes/gone.yaml; echo new > cassettes/new.yaml; fi ;;
        pytest:*:--cxone-report=*|pytest:*:--junit-xml=*) echo "# $word" > "${word#*=}" ;;
        pytest-cxone:--output:*) echo merged > "$word" ;;
    esac
    previous=$word
done
"""
VARIABLES = {
    "github-actions": {"n": "1", "GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_REF_NAME": "main"},
    "gitlab": {
        "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4", "CI_PIPELINE_ID": "77", "CI_SERVER_HOST": "gitlab.example",
        "CI_PROJECT_PATH": "group/project", "CI_DEFAULT_BRANCH": "main", "CXONE_REPORT_ISSUE": "5",
    },
    "azure": {
        "SYSTEM_JOBPOSITIONINPHASE": "1", "SYSTEM_TOTALJOBSINPHASE": "4", "BUILD_BUILDID": "77",
        "SYSTEM_COLLECTIONURI": "https://dev.example/", "SYSTEM_TEAMPROJECT": "project", "BUILD_REPOSITORY_NAME": "repository",
        "BUILD_SOURCEBRANCHNAME": "main",
    },
    "jenkins": {"SHARD": "1", "BUILD_NUMBER": "77", "BASE": "main"},
}  # fmt: skip
UNWANTED = """diff --git a/other.yml b/other.yml
new file mode 100644
--- /dev/null
+++ b/other.yml
@@ -0,0 +1 @@
+other
"""
SHELLS = {"github-actions": ["bash", "-e"], "gitlab": ["sh", "-e"], "azure": ["bash"], "jenkins": ["sh", "-xe"]}
"""As the systems start them: Azure's bash goes on after a command that failed."""


class Place:
    """A checkout on a machine of the CI, with a repository that it came from."""

    def __init__(self, system, folder):
        self.system, self.folder = system, folder
        programs = folder / "programs"
        for name in ("staging", "temp", "workspace/parts/part-1", "programs"):
            (folder / name).mkdir(parents=True)
        for name in ("python", "python3", "pytest", "pytest-cxone", "apk", "gh", "glab", "az"):
            (programs / name).write_text(STAND_IN, encoding="utf-8")
            (programs / name).chmod(0o755)
        self.variables = environment(
            {
                **VARIABLES[system],
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                "CALLS": str(folder / "calls"),
                "HOME": str(folder),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GITHUB_OUTPUT": str(folder / "output"),
                "GITHUB_STEP_SUMMARY": str(folder / "summary"),
                "RUNNER_TEMP": str(folder / "temp"),
                "BUILD_ARTIFACTSTAGINGDIRECTORY": str(folder / "staging"),
                "PIPELINE_WORKSPACE": str(folder / "workspace"),
            }
        )
        self.git("init", "-q", "--bare", "-b", "main", "origin.git", cwd=folder)
        work = self.checkout("first")
        (work / "cassettes").mkdir()
        for name in ("kept", "gone"):
            (work / "cassettes" / f"{name}.yaml").write_text("old\n", encoding="utf-8")
        (work / ".gitignore").write_text(".venv\n", encoding="utf-8")
        self.git("add", ".", cwd=work)
        self.git("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "First", cwd=work)
        self.git("push", "-q", "origin", "HEAD:main", cwd=work)

    def git(self, *words, cwd=None):
        command = ["git", *words]
        cwd = cwd or self.folder / "origin.git"
        return subprocess.run(command, cwd=cwd, env=self.variables, capture_output=True, text=True, check=True).stdout

    def checkout(self, name):
        self.git("clone", "-q", "origin.git", name, cwd=self.folder)
        return self.folder / name

    def start(self, script, work):
        command = [*SHELLS[self.system], "-c", script.text]
        return subprocess.run(command, cwd=work, env=self.variables, capture_output=True, text=True, check=False)

    def run(self, script, work):
        done = self.start(script, work)
        assert done.returncode == 0, f"{script.text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def calls(self, program):
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith(f"{program} [")]


@pytest.fixture
def place(system, tmp_path):
    return Place(system, tmp_path)


@every_system
def test_the_guard_replays_strictly_and_then_rehearses(place, system):
    work = place.checkout("guard")
    for script in of(system, "guard"):
        place.run(script, work)
    assert place.calls("pytest") == [
        "pytest [--cxone-strict=all] [--junit-xml=junit.xml]",
        "pytest [--cxone-rehearse] [--cxone-rehearse-min=90]",
    ]


@every_system
def test_the_nightly_run_merges_what_the_shards_wrote(place, system):
    jobs = {}
    for script in of(system, "live"):
        jobs.setdefault(script.job, []).append(script)
    shard, report, *others = jobs.values()
    work = place.checkout("shard")
    for script in shard:
        place.run(script, work)
    (asked,) = place.calls("pytest")
    assert "[--cxone-live] [--cxone-shard=1/4]" in asked
    (part_of_it,) = [*work.glob("report-1.json"), *(place.folder / "staging").glob("report-1.json")]
    work = place.checkout("report")
    for script in report:
        if "report merge" in script.text:
            target = {
                "github-actions": work / "parts", "gitlab": work, "jenkins": work / "parts",
                "azure": place.folder / "workspace" / "parts" / "part-1",
            }[system]  # fmt: skip
            target.mkdir(exist_ok=True)
            shutil.copy(part_of_it, target)
        place.run(script, work)
    (merged,) = place.calls("pytest-cxone")
    assert re.match(r"pytest-cxone \[report\] \[merge\] \[\S*/?report-1\.json\] \[--require-live\] \[20\]", merged)
    for kind in ("html", "md", "sarif"):
        assert list(work.rglob(f"report.{kind}"))
    if system == "github-actions":
        assert (place.folder / "summary").read_text(encoding="utf-8") == "merged\n"
    for script in (script for job in others for script in job):
        place.run(script, work)
    if system == "gitlab":
        assert place.calls("glab")[-1].endswith("[--message] [merged]")


@every_system
@pytest.mark.parametrize("news", [True, False], ids=["news", "no news"])
def test_a_recording_becomes_a_branch_and_a_request_where_something_changed(place, system, news):
    if news:
        place.variables["NEWS"] = "1"
    recording, proposing = [], []
    for script in of(system, "record"):
        (recording if script.job.lower() == "record" else proposing).append(script)
    work = place.checkout("record")
    said = "".join(place.run(script, work) for script in recording)
    assert [call.split()[1] for call in place.calls("pytest")] == ["[--cxone-record]", "[--cxone-strict=all]"]
    assert place.calls("pytest-cxone") == ["pytest-cxone [cassettes] [check]"]
    if goes_on(place, said, proposing, work):
        if system != "jenkins":
            work = handed_over(place, work)
        for script in proposing:
            place.run(script, work)
    program = {"github-actions": "gh", "gitlab": "glab", "azure": "az", "jenkins": "gh"}[system]
    branches = place.git("for-each-ref", "--format=%(refname:short)").split()
    assert place.git("log", "--format=%s", "main").split() == ["First"]
    if not news:
        assert branches == ["main"]
        assert not place.calls(program)
        return
    (branch,) = set(branches) - {"main"}
    assert branch.startswith("cxone-cassettes/77")
    changed = place.git("diff", "--name-status", "main", branch).splitlines()
    assert changed == ["D\tcassettes/gone.yaml", "M\tcassettes/kept.yaml", "A\tcassettes/new.yaml"]
    (call,) = place.calls(program)
    assert f"[{branch}]" in call
    assert "[main]" in call
    assert "recording.md]" in call or "# --cxone-report=" in call


@every_system
@pytest.mark.parametrize(
    "failing", ["pytest --cxone-record*", "pytest-cxone cassettes check", "pytest --cxone-strict=all"],
    ids=["a test", "the check", "the replay"],
)  # fmt: skip
def test_a_recording_that_is_not_clean_stops_its_job(place, system, failing):
    place.variables |= {"NEWS": "1", "FAILS": failing}
    work = place.checkout("record")
    done = (place.start(script, work) for script in of(system, "record") if script.job.lower() == "record")
    assert next((each.returncode for each in done if each.returncode), 0) == 1
    assert not list(place.folder.rglob("cassettes.patch"))


@every_system
@pytest.mark.parametrize("part", ["live", "guard"])
def test_a_red_run_is_a_red_job(place, system, part):
    place.variables["FAILS"] = "pytest --cxone-*"
    work = place.checkout("work")
    first, *others = of(system, part)
    of_its_job = [first, *(script for script in others if script.job == first.job)]
    assert max(place.start(script, work).returncode for script in of_its_job) == 1


@every_system
def test_a_merge_that_says_stop_is_a_red_job(place, system):
    place.variables["FAILS"] = "pytest-cxone report merge*"
    work = place.checkout("work")
    (merge,) = (script for script in of(system, "live") if "report merge" in script.text)
    if system == "jenkins":
        place.run(next(script for script in of(system, "live") if script.job == "Report"), work)
    assert place.start(merge, work).returncode == 1


def goes_on(place, said, proposing, work):
    """Whether the system starts the second job, by what the file tells it."""
    match place.system:
        case "github-actions":
            output = place.folder / "output"
            return output.exists() and "changed=true" in output.read_text(encoding="utf-8")
        case "azure":
            return "##vso[task.setvariable variable=changed;isOutput=true]true" in said
        case "jenkins":
            return bool(place.run(proposing.pop(0), work).strip())
        case _:
            return True


def handed_over(place, work):
    """Carry the artifacts to where a new checkout has them, with a patch that wants more than cassettes."""
    fresh = place.checkout("propose")
    target = {
        "github-actions": place.folder / "temp" / "recording",
        "azure": place.folder / "workspace" / "recording",
        "gitlab": fresh,
    }[place.system]
    target.mkdir(exist_ok=True)
    for name in ("cassettes.patch", "recording.md"):
        for file in (*work.glob(name), *(place.folder / "staging").glob(name)):
            shutil.copy(file, target)
    patch = target / "cassettes.patch"
    if patch.exists():
        patch.write_text(patch.read_text(encoding="utf-8") + UNWANTED, encoding="utf-8")
    return fresh
