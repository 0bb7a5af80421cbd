"""What the stages are called: one key may be another step in another procedure."""

from models.procedures import PROCEDURES
from models.tables import Case
from models.vocabulary.text import Text


def stage_names() -> dict[str, Text]:
    """Every stage by its key; one that procedures call differently has all of its names."""
    names: dict[str, list[Text]] = {}
    for stage in (s for p in PROCEDURES.values() for s in p.stages):
        if stage.title not in names.setdefault(stage.key, []):
            names[stage.key].append(stage.title)
    return {k: Text(" / ".join(t.en for t in v), "／".join(t.zh for t in v)) for k, v in names.items()}


def stage_of(case: Case) -> Text:
    """The stage a case is in, as its own procedure calls it; nothing for a draft."""
    found = (s.title for s in PROCEDURES[case.procedure].stages if s.key == case.stage)
    return next(found, Text("", ""))
