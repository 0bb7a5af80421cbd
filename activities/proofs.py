"""The proof desk of the worker: signs the daily root, writes its file, and does the long checks people ask for."""

import asyncio
import re
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from models.tables import ProofJob
from services import audit_export, audit_seal, proof_check, proof_jobs, timestamps
from services.session import reading, transaction

log = structlog.get_logger()
EVENT = re.compile(r"HistoryEvent\(id: (\d+), (\w+)\)")


class ProofDesk:
    """One look at what is to be proved.

    Args:
        client: connected Temporal client, for histories.
        replayer: the code of today, composed by the worker.
    """

    def __init__(self, client: Client, replayer: Replayer) -> None:
        self.client = client
        self.replayer = replayer

    async def turn(self) -> None:
        """Sign what is due, then do one job."""
        await asyncio.to_thread(_seal_if_due)
        job = await asyncio.to_thread(_take)
        if job is None:
            return
        try:
            result = await self._do(job)
        except Exception as error:
            log.exception("proofs.failed", job=job.id, kind=job.kind)
            await asyncio.to_thread(
                _finish, job, "failed", {"error": f"{type(error).__name__}: {error}"[:500]}
            )
            return
        await asyncio.to_thread(_finish, job, "done", result)

    async def _do(self, job: ProofJob) -> dict[str, Any]:
        if job.kind == "replay":
            return await self._replay(str(job.case_id))
        if job.kind == "seal":
            return {"root": await asyncio.to_thread(seal_now)}
        return await asyncio.to_thread(_check, job.id or 0)

    async def _replay(self, case_id: str) -> dict[str, Any]:
        """The recorded history of a case, run through the code of today."""
        try:
            history = await self.client.get_workflow_handle(f"case-{case_id}").fetch_history()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return {"ok": None, "reason": "no_history"}
            raise
        found = await self.replayer.replay_workflow(history, raise_on_replay_failure=False)
        return {
            "ok": found.replay_failure is None,
            "events": len(history.events),
            **_difference(found.replay_failure),
        }


def _difference(failure: Exception | None) -> dict[str, Any]:
    """Where the code of today goes another way than the record, as far as the engine says."""
    if failure is None:
        return {}
    text = str(failure)
    place = EVENT.search(text)
    at = {"event": int(place[1]), "event_kind": place[2]} if place else {}
    return {"difference": text[:600], **at}


def _seal_if_due() -> None:
    with reading() as session:
        wanted = audit_seal.due(session)
        behind = any(not audit_export.file_of(r).exists() for r in audit_seal.roots(session))
    if wanted:
        seal_now()
    elif behind:
        with reading() as session:
            audit_export.write_missing(session)
    with reading() as session:
        timestamps.stamp_missing(session)


def seal_now() -> int:
    """Sign a root over everything committed, and write its file. Returns the number of the root."""
    with transaction() as session:
        upto = audit_seal.cut(session)
    with transaction() as session:
        number = audit_seal.seal(session, upto).number
    with reading() as session:
        audit_export.write_missing(session)
    log.info("proofs.sealed", root=number)
    return number


def _take() -> ProofJob | None:
    with transaction() as session:
        return proof_jobs.take(session)


def _finish(job: ProofJob, state: str, result: dict[str, Any]) -> None:
    with transaction() as session:
        proof_jobs.finish(session, job.id or 0, state, result)


def _check(job_id: int) -> dict[str, Any]:
    def told(done: int, total: int) -> None:
        with transaction() as own:
            proof_jobs.progress(own, job_id, done, total)

    with reading() as session:
        return proof_check.check(session, told)
