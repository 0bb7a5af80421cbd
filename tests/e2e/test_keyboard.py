"""An officer and an applicant who have no mouse."""

import time

import pytest
from playwright.sync_api import Page, expect

from runtime.client import Player
from tests.e2e.conftest import SignIn
from tests.e2e.walk import judged

#: What Tab can reach, as the page stands.
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter(e => e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden' && e.checkVisibility({visibilityProperty: true})).length"""
#: Who has the focus, and whether one can see it: by its own outline, and not behind anything.
RING = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
  const s = getComputedStyle(e), b = e.getBoundingClientRect();
  const seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
  const top = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
  const hidden = b.width > 1 && b.height < innerHeight && top && !e.contains(top) && !top.contains(e) && !top.closest('label');
  window.visited ??= new Set(); const first = !window.visited.has(e); window.visited.add(e);
  return [first, seen && !hidden ? '' : `${seen ? 'behind ' + top.outerHTML.slice(0, 60) : 'no ring'}: ${e.outerHTML.slice(0, 120)}`]; }"""


def _tab_to(page: Page, script: str, most: int = 120) -> None:
    """Press Tab until the focus is where the condition on `e` holds."""
    for _ in range(most):
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {script}; }})()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached with Tab: {script}")


def test_an_intake_officer_claims_and_accepts_with_the_keyboard(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    task = player.task_of(case_no, "formal_review")
    page = sign_in("intake")
    page.goto(f"/tasks?queue=queue&q={case_no}")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tr.is-here")).to_have_attribute("data-id", task["id"])
    with page.expect_navigation():
        page.keyboard.press("c")
    assert player.get(f"/tasks/{task['id']}", "intake")["assignee"] == "intake"
    page.goto(f"/tasks?q={case_no}")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("form#answer")
    _tab_to(page, "e.name === 'eligibility_confirmed' && e.type !== 'hidden'")
    page.keyboard.press("Space")
    _tab_to(page, "e.hasAttribute('data-tick-all')")
    page.keyboard.press("Enter")
    _tab_to(page, "e.name === '_outcome'")
    page.keyboard.press("Space")
    _tab_to(page, "e.name === '_do' && e.value === 'submit'")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".result-line")).to_contain_text("受理")
    assert judged(page) == []


def test_an_intake_officer_searches_and_claims_several_with_the_keyboard(
    sign_in: SignIn, player: Player
) -> None:
    name, tasks = f"键盘示例{time.time_ns()}", []
    for number in range(2):
        form = player.get("/procedures/project_application")["form_schema"]["examples"][0]
        form["project"]["project_name"] = f"{name}-{number}屋顶分布式光伏发电项目"
        tasks.append(player.task_of(player.file("project_application", form=form), "formal_review"))
    page = sign_in("intake")
    page.goto("/tasks?queue=queue")
    page.keyboard.press("/")
    page.keyboard.type(name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for task in tasks:
        _tab_to(page, f"e.name === 'ids' && e.value === '{task['id']}'", 300)
        page.keyboard.press("Space")
        page.locator("#q").focus()
    _tab_to(page, "e.name === 'act' && e.value === 'claim'", 300)
    page.keyboard.press("Enter")
    expect(page.locator(".bulk-sum")).to_contain_text("2 件已领取")
    assert judged(page) == []
    assert {player.get(f"/tasks/{t['id']}", "intake")["assignee"] for t in tasks} == {"intake"}


def test_an_applicant_files_with_the_keyboard(sign_in: SignIn, player: Player) -> None:
    case_no = player.draft("project_application")
    page = sign_in("applicant")
    page.goto(f"/cases/{case_no}/edit")
    _tab_to(
        page,
        "e.name === 'applicant.registered_address' || (e.labels?.[0]?.innerText ?? '').includes('注册地址')",
    )
    page.keyboard.press("Control+A")
    page.keyboard.type("上海市浦东新区示例路202号")
    _press(page, "保存，下一部分")
    page.goto(f"/cases/{case_no}/check")
    _press(page, "下一步：申明并提交")
    _tab_to(page, "e.type === 'checkbox'")
    page.keyboard.press("Space")
    _tab_to(page, "e.type === 'text' && (e.labels?.[0]?.innerText ?? '').includes('签署人')")
    page.keyboard.type("陈启明")
    _press(page, "提交申请")
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    assert player.case(case_no)["form"]["applicant"]["registered_address"] == "上海市浦东新区示例路202号"


def test_an_applicant_answers_a_correction_with_the_keyboard(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    player.complete(player.task_of(case_no, "formal_review")["id"], "intake", "request_correction")
    task = player.task_of(case_no, "correction")
    page = sign_in("applicant")
    page.goto(f"/cases/{case_no}/answer/{task['id']}/extension")
    assert judged(page) == []
    page.goto(f"/cases/{case_no}/answer/{task['id']}")
    assert judged(page) == []
    for number in range(page.locator("textarea[name^='reply.']").count()):
        _tab_to(page, f"e === document.querySelectorAll(\"textarea[name^='reply.']\")[{number}]")
        page.keyboard.type("已按要求更正，见修改后的内容。")
    _tab_to(page, "e.name === '_do' && e.value !== 'save' && e.tabIndex === 0")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert judged(page) == []
    _press(page, "提交", exact=False)
    expect(page.locator(".receipt h1")).to_contain_text("已提交")
    assert judged(page) == []


def _press(page: Page, words: str, exact: bool = True) -> None:
    """Tab to the link or button with these words and press Enter; a page follows."""
    test = f"=== '{words}'" if exact else f".includes('{words}')"
    _tab_to(page, f"['A', 'BUTTON'].includes(e.tagName) && !!e.closest('main') && e.innerText.trim() {test}")
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("colours", ["none", "active"], ids=["own colours", "forced colours"])
def test_tab_goes_everywhere_and_is_always_seen(colours: str, sign_in: SignIn, player: Player) -> None:
    """No trap, no step without a ring, nothing focused behind something else."""
    case_no = player.draft("project_application")
    wrong: list[str] = []
    for who, paths in {
        "officer": ("/tasks", "/staff/cases"),
        "applicant": (f"/cases/{case_no}/edit",),
    }.items():
        page = sign_in(who, forced_colors=colours)
        for path in paths:
            page.goto(path)
            wrong += [f"{path} {w}" for w in _tab_through(page)]
    assert not wrong, "\n".join(wrong)


def _tab_through(page: Page) -> list[str]:
    """Press Tab as often as there is something to reach, and see what one sees."""
    wrong, count, firsts = [], int(page.evaluate(REACHABLE)), 0
    for _ in range(count):
        page.keyboard.press("Tab")
        found = page.evaluate(RING)
        if found is None:  # round, and in the window's own bar
            break
        firsts += found[0]
        wrong += [found[1]] if found[1] else []
    # radio buttons are one stop a group; a closed menu's links cannot be reached
    return wrong if firsts > 12 else [*wrong, f"only {firsts} of {count} reached"]


def test_focus_and_what_is_unfolded_survive_a_renewal(sign_in: SignIn, player: Player) -> None:
    """The status page renews itself when somebody decides; who reads it is left where they were."""
    case_no = player.file("project_application")
    task = player.task_of(case_no, "formal_review")
    page = sign_in("applicant")
    page.goto(f"/cases/{case_no}")
    summary = page.locator("#case-live summary").first
    words = summary.inner_text()
    summary.focus()
    page.keyboard.press("Enter")
    page.evaluate("document.querySelector('#case-live').firstElementChild.dataset.old = 'yes'")
    player.complete(task["id"], "intake", "accept")
    expect(page.locator("#case-live [data-old]")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body && document.activeElement.isConnected")
    expect(page.locator("#case-live summary", has_text=words).first).to_be_focused()
    assert page.locator("#case-live details[open]").count() >= 1


def test_what_is_unfolded_while_a_renewal_is_under_way_stays_so(sign_in: SignIn, player: Player) -> None:
    """Between the announcement of a renewal and the new part of the page somebody may click."""
    case_no = player.file("project_application")
    player.task_of(case_no, "formal_review")
    page = sign_in("applicant")
    page.goto(f"/cases/{case_no}")
    unfolded = page.evaluate("""() => {
      const panel = document.querySelector('#case-live'), tell = (name) => panel.dispatchEvent(new CustomEvent(name, {bubbles: true}));
      const fresh = panel.innerHTML;
      tell('htmx:before:swap');
      panel.querySelector('details:not([open]) > summary').click();
      panel.innerHTML = fresh;
      tell('htmx:after:swap');
      return panel.querySelectorAll('details[open]').length;
    }""")
    assert unfolded == 1


def test_single_keys_can_be_switched_off(sign_in: SignIn) -> None:
    """Who dictates must not claim a case with a word (WCAG 2.1.4)."""
    page = sign_in("officer")
    page.goto("/tasks")
    page.get_by_role("button", name="键盘").click()
    page.get_by_label("使用以上单键操作").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("localStorage.clear()")


def test_slash_finds_the_search_and_the_question_mark_the_help(sign_in: SignIn) -> None:
    page = sign_in("officer")
    page.goto("/tasks")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator(".user-menu summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".user-card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".user-card")).to_be_hidden()
    expect(page.locator(".user-menu summary")).to_be_focused()


def test_tab_reaches_the_content_first(sign_in: SignIn) -> None:
    page = sign_in("")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
