"""Cassettes: what was recorded from a tenant, without anything that is secret or personal.

`scrubbing` takes that out, with the aliases of `pseudonyms`, and `gate` looks whether all of it is gone. `files`
writes and reads cassettes, `names` tells where a test's stands. `recorder` makes one of what a test met, and
`player` answers from it. `audit` looks at cassettes in a repository.
"""
