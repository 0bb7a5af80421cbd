"""The declaration that goes with a submission 申请人申明 (G04)."""

from typing import Any

from models.vocabulary.errors import Problem
from models.vocabulary.text import Text


def declaration_problems(declaration: dict[str, Any]) -> list[Problem]:
    """What is missing: acceptance, signatory."""
    problems = []
    if declaration.get("accepted") is not True:
        problems.append(
            Problem(
                "declaration.accepted",
                Text("Please read and accept the declaration.", "请阅读并同意申请人申明。"),
            )
        )
    if not str(declaration.get("signatory") or "").strip():
        problems.append(
            Problem(
                "declaration.signatory",
                Text(
                    "Please name the signatory (legal representative or authorised person).",
                    "请填写签署人（法定代表人或授权代表）姓名。",
                ),
            )
        )
    return problems
