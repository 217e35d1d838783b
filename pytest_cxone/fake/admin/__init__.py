"""The admin API of a served fake, under `/__cxone__/`: what Python tests do with `cxone_tenant`, for any language.

Request in, response out, JSON both ways. `operation` ← `agents`, `tenant`, `journal` ← `front`.
"""

from pytest_cxone.fake.admin.front import PREFIX, Admin, concerns, refused

__all__ = ["PREFIX", "Admin", "concerns", "refused"]
