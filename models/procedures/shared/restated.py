"""A part of one appendix told again in another: the same fields and checks, other headings and examples."""

from typing import Any

from models.vocabulary.forms import Form


def restate(
    model: type[Form],
    section: str,
    examples: dict[str, Any] | None = None,
    titles: dict[str, tuple[str, str]] | None = None,
    hints: dict[str, tuple[str, str]] | None = None,
) -> None:
    """Give an inherited group its own heading, examples and words; its parent stays as it is.

    Args:
        model: a subclass without fields of its own that need restating.
        section: heading under which its fields are shown and printed.
        examples: valid examples by field. titles, hints: (Chinese, English) by field.
    """
    for name, info in model.model_fields.items():
        extra = dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}
        extra["section"] = section
        if titles and name in titles:
            info.title, extra["title_en"] = titles[name]
        if hints and name in hints:
            info.description, extra["hint_en"] = hints[name]
        if examples and name in examples:
            info.examples = [examples[name]]
        info.json_schema_extra = extra
    model.model_rebuild(force=True)
