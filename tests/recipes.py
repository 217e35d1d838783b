"""The recipes of docs/ci as the systems read them: files, and in these the jobs' shell scripts with the secrets they get."""

import re
import shlex
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

__all__ = ["FILES", "FOLDER", "PAGES", "Block", "File", "Script", "commands", "jenkinsfile", "scripts"]

FOLDER: Final = Path(__file__).parent.parent / "docs" / "ci"
PAGES: Final = {page.stem: page.read_text(encoding="utf-8") for page in FOLDER.glob("*.md") if page.stem != "README"}
_GITLAB_SCOPES: Final = {
    "cxone-sandbox": ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_SCRUB_KEY"),
    "cxone-forge": ("GITLAB_TOKEN",),
}
"""GitLab names no secret in the file: whoever names the environment has what is of its scope, as gitlab.md tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be copied. `data` is what the system reads: of YAML with all values as text, of Groovy the blocks."""

    system: str
    path: str
    text: str
    data: Any

    @property
    def part(self) -> str:
        """Which of the three parts it is."""
        return next((part for part in ("live", "record") if part in self.path), "guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A piece of shell, and the secrets in its environment: by the name of the variable, where the value is from."""

    job: str
    text: str
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Groovy: what stands before its brace, and in the order of the text the statements and blocks in it."""

    header: str
    items: list["str | Block"] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The first word of the header."""
        return re.split(r"\W", self.header, maxsplit=1)[0]

    def walk(self) -> Iterator[tuple[tuple["Block", ...], str]]:
        """Give each block and each statement inside: the blocks around it, and the header or statement."""
        for item in self.items:
            yield (self,), item.header if isinstance(item, Block) else item
            if isinstance(item, Block):
                yield from (((self, *path), text) for path, text in item.walk())


_GROOVY: Final = re.compile(r"//[^\n]*|'''.*?'''|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|.", re.DOTALL)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}


def jenkinsfile(text: str) -> Block:
    """Parse a Jenkinsfile as far as its blocks and statements; raise `ValueError` where something has no end."""
    return _block("", (token for token in _GROOVY.findall(text) if not token.startswith("//")), ends="")


def _block(header: str, tokens: Iterator[str], *, ends: str) -> Block:
    block, statement = Block(header), ""
    for token in tokens:
        if token == "{":
            block.items.append(_block(statement.strip(), tokens, ends="}"))
            statement = ""
        elif token in {"\n", "}"}:
            block.items.extend(filter(None, [statement.strip()]))
            statement = ""
            if token == ends:
                return block
            if token == "}":
                raise ValueError(f"a brace too many after {header!r}")
        else:
            statement += _whole(token, tokens)
    if ends:
        raise ValueError(f"{header!r} is not closed")
    return block


def _whole(token: str, tokens: Iterator[str]) -> str:
    """Return a token, and with a bracket all up to the one that closes it."""
    if token in {"'", '"', ")", "]", "}"}:
        raise ValueError(f"{token} has no other half")
    if token not in _PAIRS:
        return token
    text = token
    for following in tokens:
        if following == _PAIRS[token]:
            return text + following
        text += _whole(following, tokens)
    raise ValueError(f"{text!r} is not closed")


def _files() -> Iterator[File]:
    for system, page in PAGES.items():
        for language, text in re.findall(r"^```(yaml|groovy)\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
            path = text.splitlines()[0].lstrip("#/ ")
            data = yaml.load(text, Loader=yaml.BaseLoader) if language == "yaml" else jenkinsfile(text)
            yield File(system=system, path=path, text=text, data=data)


FILES: Final = tuple(_files())


def scripts(file: File) -> Iterator[Script]:
    """Give what a file runs, in the order in which it stands there."""
    return {"github-actions": _github, "gitlab": _gitlab, "azure": _azure, "jenkins": _jenkins}[file.system](file.data)


def _github(data: dict[str, Any]) -> Iterator[Script]:
    for name, job in data["jobs"].items():
        for step in job["steps"]:
            if "run" in step:
                secrets = {key: value for key, value in step.get("env", {}).items() if _is_secret(key)}
                yield Script(job=name, text=step["run"], secrets=secrets)


def _gitlab(data: dict[str, Any]) -> Iterator[Script]:
    for name, job in data.items():
        if isinstance(job, dict) and "script" in job:
            scope = job.get("environment", {}).get("name", "")
            secrets = dict.fromkeys(_GITLAB_SCOPES.get(scope, ()), scope)
            yield from (Script(job=name, text=text, secrets=secrets) for text in job["script"])


def _azure(data: dict[str, Any]) -> Iterator[Script]:
    for stage in data.get("stages", [data]):
        for job in stage["jobs"]:
            for step in job["steps"]:
                if "bash" in step:
                    secrets = {key: value for key, value in step.get("env", {}).items() if _is_secret(key)}
                    yield Script(job=job["job"], text=step["bash"], secrets=secrets)


def _jenkins(data: Block) -> Iterator[Script]:
    for path, statement in data.walk():
        shell = re.search(r"\bsh\b[\s(]*(?:script: )?('''.*?'''|'[^']*')", statement, re.DOTALL)
        if shell:
            stage = next(block.header for block in reversed(path) if block.name == "stage")
            secrets = {
                variable: credential
                for block in path
                for binding in re.findall(r"\w+\([^)]*\)", block.header.partition("withCredentials")[2])
                for credential in re.findall(r"credentialsId: '([^']+)'", binding)
                for variable in re.findall(r"[vV]ariable: '(\w+)'", binding)
            }
            text = re.sub(r"\\(.)", r"\1", shell.group(1).strip("'"), flags=re.DOTALL)
            yield Script(job=re.sub(r"stage|\W", "", stage), text=textwrap.dedent(text), secrets=secrets)


def _is_secret(name: str) -> bool:
    return name.startswith("CXONE_CLIENT_") or bool(re.search(r"KEY|TOKEN|SECRET|PASSWORD|_PAT$", name))


def commands(script: str) -> Iterator[list[str]]:
    """Give the simple commands of a script as words, without the shell's own words before them."""
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for word in (*lexer, ";"):
        if set(word) <= set(";&|()<>\n"):
            if words:
                yield words
            words = []
        elif words or word not in {"if", "then", "else", "fi", "!"}:
            words.append(word)
