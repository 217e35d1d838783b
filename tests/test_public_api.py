"""The public API: what is promised is there, explained, typed, and no more is promised than that."""

import ast
import inspect
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import pytest_cxone

PACKAGE = Path(pytest_cxone.__file__).parent
HERE = Path(__file__).parent
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "pytest_cxone.")
    if ".contract." not in name and not name.endswith("__main__")
)


def defined(node):
    """Return the names that a module's statement defines for others."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


# The front door


def test_all_is_sorted_and_names_nothing_twice():
    assert pytest_cxone.__all__ == sorted(set(pytest_cxone.__all__))


@pytest.mark.parametrize("name", pytest_cxone.__all__)
def test_every_public_name_loads(name):
    assert getattr(pytest_cxone, name) is not None
    assert name in dir(pytest_cxone)


def test_all_is_what_the_homes_hold():
    assert set(pytest_cxone.__all__) == {*pytest_cxone._HOME_OF, "errors"}


@pytest.mark.parametrize(
    ("home", "name"), [(home, name) for home, names in pytest_cxone._HOMES.items() for name in names]
)
def test_every_home_promises_what_it_holds(home, name):
    module = import_module(f"pytest_cxone.{home}")
    assert name in module.__all__
    assert getattr(pytest_cxone, name) is getattr(module, name)


def test_a_type_checker_sees_the_same_names():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name for node in guarded.body for alias in node.names}
    assert seen == set(pytest_cxone.__all__)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'pytest_cxone' has no attribute 'agent_onlin'"):
        _ = pytest_cxone.agent_onlin


def test_a_star_import_gives_it_all():
    names = {}
    exec("from pytest_cxone import *", names)
    assert set(pytest_cxone.__all__) <= set(names)


# What each module promises


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_explained(name):
    assert import_module(name).__doc__


@pytest.mark.parametrize("name", [name for name in MODULES if hasattr(import_module(name), "__all__")])
def test_what_a_module_promises_is_there_and_explained(name):
    module = import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for promised in module.__all__:
        thing = getattr(module, promised)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, promised
            # A dataclass without words gets its signature for a docstring.
            assert not thing.__doc__.startswith(f"{promised}("), promised


@pytest.mark.parametrize("name", [name for name in MODULES if hasattr(import_module(name), "__all__")])
def test_methods_of_what_it_promises_are_explained(name):
    module = import_module(name)
    for promised in module.__all__:
        thing = getattr(module, promised)
        if inspect.isclass(thing) and thing.__module__.startswith("pytest_cxone"):
            for method, found in vars(thing).items():
                if not method.startswith("_") and isinstance(found, property) | inspect.isfunction(found):
                    assert inspect.getdoc(getattr(thing, method)), f"{promised}.{method}"


@pytest.mark.parametrize("name", [name for name in MODULES if hasattr(import_module(name), "__all__")])
def test_a_module_defines_or_gathers_what_it_promises(name):
    module = import_module(name)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    own = {one for node in tree.body for one in defined(node)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pytest_cxone."):
            own |= {alias.name for alias in node.names}
    assert set(module.__all__) <= own, "the rest belongs to a library"


# Types


def test_types_are_shipped():
    assert (PACKAGE / "py.typed").is_file()


def test_typed_code_may_use_all_of_it():
    used = ast.parse((HERE / "typing" / "api.py").read_text(encoding="utf-8"))
    (imported,) = [node for node in used.body if isinstance(node, ast.ImportFrom) and node.module == "pytest_cxone"]
    assert {alias.name for alias in imported.names} == set(pytest_cxone.__all__)


def test_mypy_accepts_typed_code(tmp_path):
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "--warn-unused-ignores"]
    ran = subprocess.run(
        [*command, str(HERE / "typing" / "api.py")], cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
