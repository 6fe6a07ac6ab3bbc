"""The till's door: an HTTP API for whoever sells, described by OpenAPI 3.1 at /api/v1/openapi.json.

A module is a part of the API and offers `router`; a route runs one use case in one transaction, says in its dependency
which scope its key needs, and declares every answer it may give. How it is used: docs/api.md.
"""

from bot.api._build import build_api
from bot.api._keys import SCOPES, Grant, make_key

__all__ = ["SCOPES", "Grant", "build_api", "make_key"]
