"""Changes of what an operation answers: one property, the whole body, or the status."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pytest_cxone.fake.engine import Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import Which, encoded
from pytest_cxone.rehearsal.deriving.documents import Edit, Envelope, Present, edited, present
from pytest_cxone.rehearsal.deriving.places import Place

__all__ = ["BodyChange", "PropertyChange", "StatusChange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers(ABC):
    """Answers of an operation that have one of these statuses."""

    which: Which
    statuses: frozenset[int]

    def __call__(self, asked: Request, forward: Forward, _: World) -> Response:
        """Answer as the API of today, and change that."""
        response = forward(asked)
        is_other = self.touches(asked, response) and self.which(asked)
        return self.changed(response) if is_other else response

    @abstractmethod
    def touches(self, asked: Request, response: Response) -> bool:
        """Whether this answer of its operation would be another one."""

    @abstractmethod
    def changed(self, response: Response) -> Response:
        """Return the other one."""

    def _body(self, response: Response) -> Present | None:
        """Return what the body has; None where it is not concerned."""
        is_read = response.status in self.statuses and "json" in response.media_type
        return present(response.body) if is_read else None


def _with(response: Response, edit: Callable[[Any], Any]) -> Response:
    return replace(response, body=encoded(edit(json.loads(response.body))))


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange(_Answers):
    """One property of the body is otherwise, in all rows."""

    place: Place
    edit: Edit

    def touches(self, asked: Request, response: Response) -> bool:  # noqa: ARG002 - of the answer alone
        """Whether the body has the property, with a value if that is what is changed."""
        body = self._body(response)
        return body is not None and body.has(self.place, value=self.edit.needs_value)

    def changed(self, response: Response) -> Response:
        """Return the answer with the property edited."""

        def edit(document: Any) -> Any:
            edited(document, self.place, self.edit)
            return document

        return _with(response, edit)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyChange(_Answers):
    """The body has another form. `rows` is the member that stays of it, where it is to be bare."""

    envelope: Envelope
    rows: str = ""

    def touches(self, asked: Request, response: Response) -> bool:  # noqa: ARG002 - of the answer alone
        """Whether the body is of the form that is changed."""
        body = self._body(response)
        return body is not None and self.envelope.put(body.document, self.rows) is not body.document

    def changed(self, response: Response) -> Response:
        """Return the answer in the other form."""
        return _with(response, lambda document: self.envelope.put(document, self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange(_Answers):
    """The status is another one, and nothing else."""

    new: int

    def touches(self, asked: Request, response: Response) -> bool:  # noqa: ARG002 - of the answer alone
        """Whether it has the status that is changed."""
        return response.status in self.statuses and response.status != self.new

    def changed(self, response: Response) -> Response:
        """Return the answer with the other status."""
        return replace(response, status=self.new)
