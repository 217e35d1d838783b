"""The upgrades that can be read from a contract: each property, status, envelope and parameter, changed on its own.

No dialect is known here. `places` reads schemas, `documents` edits bodies, `statuses` has other ones, `answers` and
`requests` are the changes, and `catalogue` gives each of them its id.
"""
