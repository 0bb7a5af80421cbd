"""Word documents of a case: build a context, render it, convert a copy to PDF.

context = build.build("receipt", file, number="沪碳普惠收〔2026〕0001号", issued_at=now)
content = render.render(file.procedure, "receipt", context)
copy = convert.to_pdf(content)
"""
