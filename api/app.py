"""The web application: every router of api/pages and api/v1, found by listing the packages."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

import api.pages
import api.v1
from api import errors, live
from api.dependencies import guard
from api.doors import Door
from api.envelope import Envelope
from api.openapi import PROBLEMS, describe
from services import logs, tracing
from services.settings import settings

STATIC = Path(__file__).parent / "static"
#: Far more than connections to the database: those who wait for one take a thread each.
THREADS = 400
YEAR = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"


class Static(StaticFiles):
    """Static files: named with a version they stay a year, without one an hour."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=") or path.startswith("vendor/fonts")
        response.headers["Cache-Control"] = YEAR if versioned else HOUR
        return response


def routers(package: ModuleType) -> Iterator[APIRouter]:
    """The router of every module of a package, by name; modules without one are helpers."""
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        router = getattr(importlib.import_module(f"{package.__name__}.{info.name}"), "router", None)
        if router is not None:
            yield router


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Listen for events while the process lives."""
    if not settings().secret_key:
        raise RuntimeError("PUHUI_SECRET_KEY is not set: sessions and late forms could not be signed.")
    # Whoever holds a row needs one more thread to finish its answer: it must be free when a crowd waits for the row.
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    async with live.hub.listening():
        yield


def create() -> FastAPI:
    """Build the application."""
    logs.configure()
    tracing.configure("web")
    app = FastAPI(
        title="Puhui 碳普惠办件系统",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # api/openapi.py has a route for it that keeps nobody waiting
        lifespan=lifespan,
        summary="Applications, reviews and publication of Shanghai carbon inclusion projects.",
    )
    errors.install(app)
    app.mount("/static", Static(directory=STATIC), name="static")
    for router in routers(api.v1):
        app.include_router(Door(router), dependencies=[Depends(guard)], responses=PROBLEMS)
    for router in routers(api.pages):
        app.include_router(Door(router), dependencies=[Depends(guard)], include_in_schema=False)
    describe(app)
    app.add_middleware(Envelope)
    return app


app = create()
