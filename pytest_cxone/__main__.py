"""`python -m pytest_cxone` is `pytest-cxone`."""

from pytest_cxone.cli import main

main(prog_name="pytest-cxone")
