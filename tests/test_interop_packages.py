"""Environments for other people's packages: what cannot be had is said, and is no passing test."""

import os

import pytest

from tests.interop.packages import installed


@pytest.fixture(autouse=True)
def no_index(monkeypatch):
    """No package can be had, as without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("CXONE_REQUIRE_TOOLS", raising=False)


def test_a_package_that_cannot_be_had_skips_the_test_with_what_pip_says(tmp_path):
    with pytest.raises(pytest.skip.Exception, match=r"pip cannot install nicepy==1\.0\.0 \(.*nicepy==1\.0\.0\)"):
        installed("nicepy==1.0.0", tmp_path, needs="json")


def test_a_module_that_no_python_has_skips_the_test_before_anything_is_made(tmp_path):
    with pytest.raises(pytest.skip.Exception, match=r"no Python here .* has the module no_such_module"):
        installed("nicepy==1.0.0", tmp_path / "environment", needs="no_such_module")
    assert not (tmp_path / "environment").exists()
