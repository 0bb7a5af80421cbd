"""What people do on pages: type a form, answer a task, upload a paper."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Locator, Page

from runtime.client import Player
from runtime.seeds.papers import MATERIALS, paper

Json = dict[str, Any]
PARTY = "上海浦晖新能源科技有限公司"


def flat(data: Json, base: str = "") -> Iterator[tuple[str, Any]]:
    """(name of the input, what goes into it), rows of tables included."""
    for key, value in data.items():
        name = f"{base}{key}"
        if isinstance(value, dict):
            yield from flat(value, f"{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                yield from flat(row, f"{name}.{number}.")
        else:
            yield name, value


def type_in(form: Locator, data: Json) -> int:
    """Type or choose every value whose input is on the page; how many there were."""
    _make_rows(form, data)
    return sum(_put(form, name, value) for name, value in flat(data))


def _make_rows(form: Locator, data: Json) -> None:
    """Press "add a row" until every table of the data has room."""
    for key, value in data.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number in range(len(value)):
                button = form.locator(f'button[name="_rows"][value="add:{key}"]')
                if button.count() and not form.locator(f'[name^="{key}.{number}."]').count():
                    button.click()


def _put(form: Locator, name: str, value: Any) -> bool:
    inputs = form.locator(f'[name="{name}"]:not([type="hidden"])')
    if value is None or not inputs.count():
        return False
    kind = inputs.first.evaluate("e => e.type || e.tagName.toLowerCase()")
    if kind == "radio":
        form.locator(f'[name="{name}"][value="{_text(value)}"]').check()
    elif kind == "checkbox" and isinstance(value, list):
        for one in value:
            form.locator(f'[name="{name}"][value="{one}"]').check()
    elif kind == "checkbox":
        inputs.first.set_checked(bool(value))
    elif kind == "select-one":
        inputs.first.select_option(_text(value))
    else:
        inputs.first.fill("\n".join(value) if isinstance(value, list) else _text(value))
    return True


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def example(player: Player, task_id: str, who: str, outcome: str) -> Json:
    """A good answer, as the interface shows one."""
    task = player.get(f"/tasks/{task_id}", who)
    return dict(next(o["example"] for o in task["outcome_details"] if o["key"] == outcome))


def find_task(page: Page, case_no: str) -> None:
    """From the workbench to the first task of the case, in one's own hands or to be claimed."""
    page.locator(".mainnav").get_by_role("link", name="工作台").click()
    if not _search(page, case_no):
        page.locator("main").get_by_role("link", name="待领").first.click()
        assert _search(page, case_no), f"no task of {case_no}"
    page.locator("tr[data-href] a.case-no").first.click()


def _search(page: Page, case_no: str) -> int:
    page.locator("#q").fill(case_no)
    page.locator("#q").press("Enter")
    page.wait_for_url(f"**q={case_no}**")
    return page.locator("tr[data-href]", has_text=case_no).count()


def answer(page: Page, player: Player, task: Json, who: str, outcome: str) -> None:
    """Fill the open task's form as the example has it, choose the outcome, submit."""
    form = page.locator("form#answer")
    type_in(form, example(player, task["id"], who, outcome))
    form.locator(f'[name="_outcome"][value="{outcome}"]').check()
    form.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector(".result-line")


def upload_papers(page: Page, case_no: str) -> None:
    """Each required paper with its seal."""
    for kind in MATERIALS:
        name, content = paper(kind, PARTY, case_no, "2026-01-05")
        card = page.locator(f"#m-{kind}")
        card.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/pdf", "buffer": content}
        )
        card.get_by_label("已加盖公章和骑缝章").check()
        card.get_by_role("button", name="上传").click()
        page.locator(f"#m-{kind} .files li").first.wait_for()
