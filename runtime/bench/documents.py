"""Appendix B with thirty devices and twelve months, against a plain docxtpl call on the same template."""

import copy
import statistics
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import psutil
from docxtpl import DocxTemplate

from models.procedures import project_application as its
from models.vocabulary.forms import example_data
from runtime.bench.figures import Figures, timed
from services.casefile import CaseFile, PartyInfo, Version
from services.documents import render as rendering
from services.documents.build import build
from services.documents.contexts import Issued

KEY, DEVICES, MONTHS = "appendix_b", 30, 12
AT = datetime(2026, 9, 1, 2, tzinfo=UTC)


def context() -> Issued:
    """What the document says, from the example application made longer."""
    form = example_data(its.SPEC.form)
    design: dict[str, Any] = form["design"]
    design["equipment"] = _repeated(design["equipment"], DEVICES)
    design["readings"] = [
        {**row, "month": f"2025-{month:02d}"}
        for month, row in enumerate(_repeated(design["readings"], MONTHS), 1)
    ]
    party = PartyInfo(
        1, "上海示例能源有限公司", "91310000MA1K00001X", "organisation", "浦东新区", "示例路 1 号", ""
    )
    version = Version(1, "submission", form, "0" * 64, AT, "示例", {})
    file = CaseFile(
        case_no="BENCH-1", procedure=its.KEY, title="测速光伏项目", status="submitted", stage="formal_review",
        form=form, submitted_at=AT, accepted_at=None, complex=False, filer=party, principal=None, agency=None,
        methodology={}, versions=[version],
    )  # fmt: skip
    return build(KEY, file, number="沪碳普惠测〔2026〕0001号", issued_at=AT)


def _repeated(rows: list[dict[str, Any]], wanted: int) -> list[dict[str, Any]]:
    return [copy.deepcopy(rows[n % len(rows)]) for n in range(wanted)]


def measure(times: int, many: int) -> Figures:
    """Both ways in turn; then `many` documents, to see whether memory grows."""
    said = context()
    plain_of = {name: getattr(said, name) for name in type(said).model_fields}
    path = rendering.template_path(its.KEY, KEY)

    def ours() -> bytes:
        return rendering.render(its.KEY, KEY, said)

    def plain() -> bytes:
        document, out = DocxTemplate(path), BytesIO()
        document.render(plain_of, autoescape=True)
        document.save(out)
        return out.getvalue()

    ours(), plain()
    pairs = [(timed(ours), timed(plain)) for _ in range(times)]
    quick, slow = (statistics.median(p[n] for p in pairs) for n in (0, 1))
    for _ in range(20):
        ours()
    before = psutil.Process().memory_info().rss
    for _ in range(many):
        ours()
    grown = (psutil.Process().memory_info().rss - before) / 1024**2
    return {
        "devices": len(said.equipment),  # type: ignore[attr-defined]
        "months": len(said.readings),  # type: ignore[attr-defined]
        "ours_ms": round(quick, 1),
        "plain_ms": round(slow, 1),
        "ratio": round(quick / slow, 2),
        "documents": many,
        "grown_mb": round(grown, 1),
    }
