"""The fake tenant: a world, and routes that answer from it. Request in, delivery out; no HTTP library.

`clock` ← `access` ← `records` ← `floor`, `history` ← `world` ← `api` ← `routing` ← `platform_v2`, `acd` ← `apis` ←
`engine` ← `admin`; `faults` stand beside; `asgi` puts engine and admin behind HTTP.
"""
