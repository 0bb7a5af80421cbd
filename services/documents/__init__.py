"""Word documents of a case: build a context, render it, convert a copy to PDF.

    context = build("receipt", file, number="沪碳普惠收〔2026〕0001号", issued_at=now)
    content = render(file.procedure, "receipt", context)
"""
from services.documents.build import build
from services.documents.convert import converter_available, to_pdf
from services.documents.render import placeholders, render, template_version

__all__ = ["build", "converter_available", "placeholders", "render", "template_version", "to_pdf"]
