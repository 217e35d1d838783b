"""Cassettes: what was recorded from a tenant, without anything that is secret or personal.

`policy` makes the scrubbers of a run. A scrubber (`scrubbing`) first learns what the exchanges of a test hold
(`learning`: by their place, `kinds`, and by `rules`), then writes them anew with what stands for it (`aliases`, made by
`pseudonyms`; `given` for ids that a test changed), also inside texts (`texts`, `known`, `tokens`, `mentions`). `gate`
looks whether all of it is gone.

`recorder` makes a cassette of what a test met, `files` and `reading` write and read it, `names` and `shelf` know where
it stands, `player` answers from it, and `audit` looks at cassettes in a repository.
"""
