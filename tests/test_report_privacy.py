"""A person of whom a later test tells stands in no report, whatever an earlier test saw of it."""

import json

import pytest

from tests.upgrading import opened, rows

pytest_plugins = ["pytester"]

LOOKING = """
    def test_rows(cxone):
        assert list(cxone.online_agents())

    def test_somebody(cxone):
        assert cxone.agent("12345")
"""


@pytest.fixture
def bench(pytester, monkeypatch):
    with opened(pytester, monkeypatch) as bench:
        yield bench


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_a_property_by_the_name_of_somebody_who_is_told_of_later_stands_in_no_report(bench, workers):
    bench.site.world.add_agent("12345", name="Zebediah Quackenbush")
    bench.write(LOOKING)
    bench.record()
    bench.site.edit = rows(Quackenbush=1)
    assert "Quackenbush" not in json.dumps(bench.report(workers=workers))


def test_a_value_with_the_name_of_somebody_who_is_told_of_later_stands_in_no_report(bench):
    bench.site.world.add_agent("12345", name="Zebediah Quackenbush")
    bench.write(LOOKING)
    bench.record()
    bench.site.world.set_state("998877", "Lunch with Zebediah Quackenbush")
    assert "Quackenbush" not in json.dumps(bench.report())
