"""Filing and deciding without JavaScript: every page is a page."""

from playwright.sync_api import expect

from runtime.client import Player
from tests.blackbox.procedures import deliver
from tests.e2e.acts import example, find_task, type_in
from tests.e2e.conftest import SignIn
from tests.system import System


def test_a_draft_is_filled_and_submitted_without_javascript(sign_in: SignIn, player: Player) -> None:
    case_no = player.draft("project_application")
    page = sign_in("applicant", java_script_enabled=False)
    page.goto(f"/cases/{case_no}/edit")
    page.get_by_label("注册地址").fill("上海市浦东新区示例路101号")
    page.get_by_role("button", name="保存，下一部分").click()
    page.locator(".section-list a").first.click()
    expect(page.get_by_label("注册地址")).to_have_value("上海市浦东新区示例路101号")
    page.locator(".wizard").get_by_role("link", name="检查").click()
    page.get_by_role("link", name="下一步：申明并提交").click()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("alert")).to_contain_text("请完成申明")
    page.get_by_label("我已阅读并同意上述申明").check()
    page.get_by_label("签署人").fill("陈启明")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    assert player.case(case_no)["status"] != "draft"


def test_an_officer_decides_without_javascript(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    player.complete(player.task_of(case_no, "formal_review")["id"], "intake", "accept")
    task = player.task_of(case_no, "triage")
    page = sign_in("officer", java_script_enabled=False)
    find_task(page, case_no)
    page.get_by_role("button", name="领取本事项").click()
    form = page.locator("form#answer")
    form.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#problems")).to_be_visible()
    type_in(form, example(player, task["id"], "officer", "plain"))
    form.locator('[name="_outcome"][value="plain"]').check()
    form.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator(".result-line")).to_contain_text("非复杂项目")
    assert player.task_of(case_no, "panel_setup")


def test_an_issuance_is_applied_for_on_one_page_without_javascript(
    sign_in: SignIn, player: Player, system: System
) -> None:
    """The next period of the demonstration's first project; its readings are delivered first where they are not."""
    form = player.get("/procedures/issuance", "applicant")["form_schema"]["examples"][0]
    number = form["application"]["project_number"]
    page = sign_in("applicant", java_script_enabled=False)
    page.goto(f"/my/projects/{number}/issuance")
    if not page.get_by_role("button", name="提交申请").count():
        deliver(system, number)
        page.reload()
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("#problems")).to_be_visible()
    if (again := page.locator("#again")).count():
        again.fill("本年度已报送的监测期需随项目结算一并签发。")
    page.get_by_label("我已阅读并同意上述申明").check()
    page.get_by_label("签署人").fill("陈启明")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()


def test_statistics_are_read_without_javascript(sign_in: SignIn) -> None:
    """Pictures have a title of their own, their figures a list, and a choice is a button."""
    page = sign_in("supervisor", java_script_enabled=False)
    page.goto("/admin/statistics")
    assert page.locator(".chart svg").count() >= 3
    for svg in page.locator(".chart svg").all():
        assert svg.locator("title").first.text_content() or svg.get_attribute("aria-label")
    page.locator(".chart svg a, .chart-tools a, main table a").first.click()
    expect(page.locator("h1")).to_be_visible()
    page.goto("/admin/statistics")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    assert page.locator(".chart svg").count() >= 3
