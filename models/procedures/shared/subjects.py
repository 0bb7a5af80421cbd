"""The four subjects of a technical review 核算边界、减排量核算、数据来源、监测 (rule G13)."""

from collections.abc import Iterator
from typing import Any

from models.procedures.shared.answers import problem
from models.procedures.shared.codes import RATINGS, Rating
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field


class SubjectRating(Group):
    """A rating with its comment; anything short of conformity needs the comment."""

    rating: Rating = field(
        "评价",
        "Rating",
        example="conform",
        choices=RATINGS,
        widget="radio",
        hint="符合、基本符合或不符合。",
        hint_en="Conforms, mostly conforms, or does not.",
    )
    comment: str = field(
        "意见",
        "Comment",
        example="依据充分，符合要求。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="评价为基本符合或不符合时须说明。",
        hint_en="Needed unless the rating is “conforms”.",
    )


class Ratings(Group):
    """The four subjects an opinion has to speak to."""

    boundary: SubjectRating = field(
        "核算边界",
        "Boundary",
        hint="空间边界、排放源和温室气体种类。",
        hint_en="Spatial boundary, sources and gases.",
    )
    quantification: SubjectRating = field(
        "减排量核算",
        "Quantification",
        hint="计算方法、参数选取和计算结果。",
        hint_en="Method, parameters and results.",
    )
    data_sources: SubjectRating = field(
        "数据来源",
        "Data sources",
        hint="数据的来源、证据和可追溯性。",
        hint_en="Origin, evidence and traceability of data.",
    )
    monitoring: SubjectRating = field(
        "监测",
        "Monitoring",
        hint="监测计划、计量器具和数据管理。",
        hint_en="Monitoring plan, instruments and data management.",
    )


class Adjustment(Group):
    """A change that is asked for, tied to a place in the application."""

    target: str = field(
        "对应内容",
        "Field or chapter",
        example="design.monitoring",
        min_length=1,
        max_length=120,
        widget="lookup:target",
        hint="所对应的字段路径或章节。",
        hint_en="Path of the field, or the chapter.",
    )
    text: str = field(
        "修改要求",
        "What to change",
        example="请补充电能表逾期未检期间的保守处理方法。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="写明需要修改的内容。",
        hint_en="What has to change.",
    )


ADJUSTMENTS: list[dict[str, str]] = [
    {"target": "design.monitoring", "text": "请补充电能表逾期未检期间的保守处理方法。"},
    {"target": "design.data_mgmt.cross_check", "text": "请说明发电量与电费结算单的交叉核对频次和偏差处理。"},
]


def rated(rating: str, comment: str = "") -> dict[str, str]:
    """A rating as data, for examples."""
    return {"rating": rating, "comment": comment}


def all_rated(**ratings: dict[str, str]) -> dict[str, Any]:
    """The four subjects as data: those named, the rest conforming."""
    subjects = ("boundary", "quantification", "data_sources", "monitoring")
    return {s: ratings.get(s, rated("conform")) for s in subjects}


def uncommented(ratings: dict[str, SubjectRating]) -> Iterator[Problem]:
    """A rating short of conformity says what is missing; keys are the places of the ratings."""
    for loc, given in ratings.items():
        if given.rating in ("mostly", "not") and not given.comment:
            yield problem(
                f"{loc}.comment",
                "评价为基本符合或不符合的，请写明具体意见。",
                "Please say what is missing for a rating short of “conforms”.",
            )


def not_conforming(ratings: dict[str, SubjectRating]) -> Iterator[Problem]:
    """Whoever passes a project finds nothing that does not conform."""
    for loc, given in ratings.items():
        if given.rating == "not":
            yield problem(
                f"{loc}.rating",
                "有不符合项的，不能直接通过；请改选修改后通过、修改后复审或不通过。",
                "With a subject that does not conform you cannot pass; choose another conclusion.",
            )


def four_subjects(ratings: Ratings) -> dict[str, SubjectRating]:
    """The ratings of the four subjects by their place in the form."""
    return {f"ratings.{name}": getattr(ratings, name) for name in Ratings.model_fields}
