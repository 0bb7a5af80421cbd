"""The description of the JSON interface: problem+json answers are part of it."""

import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "examples": ["请修改标出的内容"]},
        "status": {"type": "integer", "examples": [422]},
        "detail": {"type": "string", "examples": ["有 2 处需要修改，您已填写的内容均已保留。"]},
        "instance": {"type": "string", "examples": ["/api/v1/cases"]},
        "request_id": {"type": "string"},
        "kind": {
            "type": "string",
            "description": "which conflict: taken, reassigned, ended, changed, suspended, case_ended, busy",
        },
        "errors": {
            "type": "array",
            "description": "every defect of a form at its place",
            "items": {
                "type": "object",
                "required": ["loc", "msg"],
                "properties": {
                    "loc": {"type": "string", "examples": ["project.lon"]},
                    "msg": {"type": "string", "examples": ["经度应在 120 至 123 之间"]},
                },
            },
        },
    },
}


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("Cannot be read as a request: a body that is no text, a form that is no form"),
    401: _problem("Not signed in"),
    403: _problem("May not"),
    404: _problem("Not there, or not to be known"),
    409: _problem("The state does not allow it any more; `kind` says which way"),
    412: _problem("A newer version exists"),
    413: _problem("Too large"),
    415: _problem("Not the kind of file it says"),
    422: _problem("Malformed or invalid; `errors` lists every defect"),
    429: _problem("Too many tries; `Retry-After` says how many seconds to wait"),
    503: _problem("The database or the storage for files does not answer at the moment; nothing was changed"),
}


def describe(app: FastAPI) -> None:
    """Let the application's description carry the schema of its problems and the two ways to sign in."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            components = schema.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = PROBLEM
            components["securitySchemes"] = {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "token of POST /api/v1/auth/token",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "puhui_session",
                    "description": "browser session; unsafe methods need the header X-CSRF-Token",
                },
            }
            schema["security"] = [{"bearer": []}, {"cookie": []}, {}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    written: list[bytes] = []

    @app.get("/openapi.json", include_in_schema=False)
    def description() -> Response:
        """The description, made once. Making it takes more than a second of the processor, in which nobody is to wait:
        a thread does it, where the framework's own route would stop the loop that answers everybody."""
        if not written:
            written.append(json.dumps(openapi(), ensure_ascii=False, separators=(",", ":")).encode())
        return Response(written[0], media_type="application/json")
