"""Alive, ready, measured: for supervisors and monitoring."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services import health
from services.session import reading

router = APIRouter(tags=["operation"])


@router.get("/healthz", response_class=PlainTextResponse)
def alive() -> str:
    """The process answers."""
    return "ok\n"


@router.get("/readyz")
def ready() -> JSONResponse:
    """Database reachable from here; Temporal reachable as the worker saw it last (the web never asks Temporal)."""
    state = health.state()
    return JSONResponse(state, 200 if state["ready"] else 503)


@router.get("/metrics")
def metrics() -> Response:
    """Measures as Prometheus text."""
    health.measure(reading)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
