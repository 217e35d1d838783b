"""The contract suite: what CXone is documented to do, checked on whatever tenant the run has.

Run it with `pytest --pyargs pytest_cxone.contract`. On a fake, states are arranged; on a live tenant they are
found, and a test whose state cannot be found there is skipped with the setting that would let it run.
"""
