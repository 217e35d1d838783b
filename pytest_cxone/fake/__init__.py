"""The fake tenant: a world, and routes that answer from it. Request in, delivery out; no HTTP library.

`clock` ← `world` ← `routing` ← `platform_v2` ← `faults` ← `engine` ← `admin`; `asgi` puts both behind HTTP.
"""
