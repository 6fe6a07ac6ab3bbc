"""Problems: every refusal of the API as `application/problem+json` (RFC 9457). None names a member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
_URN = "urn:bentornato:problem:"

TITLES: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "idempotency-key-missing": (400, "An Idempotency-Key of 1 to 200 visible ASCII characters is needed"),
    "unauthorized": (401, "A key that is valid is needed"),
    "scope-missing": (403, "The key may not do this"),
    "other-market": (403, "The key acts in another market"),
    "proof-required": (403, "The member must show their QR or six digits"),
    "proof-invalid": (403, "The proof is over, of another member or of another key"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The resource does not know this method"),
    "too-slow": (408, "The body took too long to come"),
    "idempotency-conflict": (409, "The Idempotency-Key was used for another request"),
    "short": (409, "There is not enough to take it from"),
    "not-now": (409, "It cannot be done as things are"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body must be application/json"),
    "invalid": (422, "The request has fields that are not valid"),
    "not-possible": (422, "The rules of the market do not allow this"),
    "too-many-failures": (429, "Too many wrong codes"),
    "internal": (500, "Something went wrong on our side"),
    "unavailable": (503, "The service is busy, try again"),
}
"""Kind -> status and title; the kind ends the problem's type, which stays the same for good."""
_BY_STATUS = {400: "malformed", 404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "media-type"}


class Wrong(BaseModel):
    """One field that is not valid."""

    where: str = Field(description="The path of the field, like body.lines.0.amount.")
    why: str


class ProblemBody(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(title="Problem", use_attribute_docstrings=True)

    type: str
    """`urn:bentornato:problem:` and the kind of problem; made to be compared."""
    title: str
    status: int
    detail: str | None = None
    """About this case; made to be read by people."""
    reason: str | None = None
    """The refusal of the programme in one word, where there is one (`short`, `expired`, `sold_out`)."""
    errors: list[Wrong] | None = None


class Problem(Exception):
    """A refusal. Raised inside a transaction nothing of it stands, and the same Idempotency-Key may be used again."""

    def __init__(
        self,
        kind: str,
        detail: str | None = None,
        *,
        reason: str | None = None,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
        guessed: bool = False,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status, self.title = TITLES[kind]
        self.detail, self.reason = detail, reason
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.guessed = guessed
        """A secret was wrong: it counts towards the limit of failures."""

    @classmethod
    def of_status(cls, status: int, headers: Mapping[str, str] | None = None) -> Problem:
        """The framework's own refusal."""
        return cls(_BY_STATUS.get(status, "malformed" if status < 500 else "internal"), headers=headers)

    def body(self) -> str:
        """The problem as JSON."""
        said = {"detail": self.detail, "reason": self.reason, "errors": [one.model_dump() for one in self.errors]}
        known = {"type": _URN + self.kind, "title": self.title, "status": self.status}
        return orjson.dumps(known | {name: value for name, value in said.items() if value}).decode()

    def response(self) -> Response:
        """The problem as an HTTP answer."""
        return Response(self.body(), self.status, self.headers, MEDIA_TYPE)


def too_many(seconds: int) -> Problem:
    """The key was wrong too often and has to wait so long."""
    return Problem("too-many-failures", headers={"Retry-After": str(seconds)})


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route declares in the document about the problems it may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    kinds = {status: [name for name, (its, _) in TITLES.items() if its == status] for status in statuses}
    return {
        status: {"description": "Problem: " + ", ".join(names), "content": content} for status, names in kinds.items()
    }
