"""An upgrade changes answers: whatever is asked, there is one, and an id, a summary and a change of its own."""

from urllib.parse import urlsplit

import pytest

from pytest_cxone.dialects import DIALECTS
from pytest_cxone.fake.engine import Fake
from pytest_cxone.model import Headers, Request
from pytest_cxone.rehearsal import upgrades
from pytest_cxone.rehearsal.changes import (
    answer,
    body,
    dropping,
    json_response,
    keys,
    moment,
    renamed,
    replaced,
    request,
    snake,
    without,
)
from pytest_cxone.rehearsal.rights import EveryRegion, anybody, bearer, dying_after, outliving
from pytest_cxone.schemas import contract
from site import plain  # placeholder
