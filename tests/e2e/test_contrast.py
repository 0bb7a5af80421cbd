"""Colours of the reader's own, more contrast, less motion: everything is still there, and said in more than colour."""

from typing import Any

import pytest
from playwright.sync_api import Page

from runtime.client import Player
from tests.e2e.conftest import SignIn
from tests.e2e.walk import AXE

#: What has lost its edge: in forced colours shadows and grounds are gone, only lines are left.
EDGELESS = """() => [...document.querySelectorAll('main .btn:not(.btn-link), main input, main select, main textarea, .tag, .flash, .user-card')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden' && !['checkbox', 'radio', 'file'].includes(e.type))
  .filter(e => { const s = getComputedStyle(e); return !['Top', 'Left', 'Bottom', 'Right'].some(
    w => s[`border${w}Style`] !== 'none' && parseFloat(s[`border${w}Width`]) >= 1) })
  .map(e => e.outerHTML.slice(0, 120))"""
#: Entries that are the present one and look like the others.
ALIKE = """() => [...document.querySelectorAll('nav a[aria-current]')].filter(e => {
    const other = [...(e.closest('ul') ?? e.closest('nav')).querySelectorAll('a:not([aria-current])')][0];
    if (!other) return false;
    const [a, b] = [getComputedStyle(e), getComputedStyle(other)];
    return a.borderBottomColor === b.borderBottomColor && a.fontWeight === b.fontWeight;
  }).map(e => e.outerHTML.slice(0, 120))"""
#: States and limits without a word.
WORDLESS = """() => [...document.querySelectorAll('.tag, .due, .step-state')].filter(e => !e.textContent.trim())
  .map(e => e.outerHTML.slice(0, 120))"""
ENHANCED = """async () => (await axe.run(document, {runOnly: ['color-contrast-enhanced'],
  rules: {'color-contrast-enhanced': {enabled: true}}})).violations
  .flatMap(v => v.nodes.slice(0, 6).map(n => n.target.join(' ') + ' ' + n.any[0].message.slice(0, 110)))"""
MOVING = """() => [...document.querySelectorAll('body *')].filter(e => { const s = getComputedStyle(e);
  return s.transitionProperty !== 'none' && s.transitionDuration.split(',').some(d => parseFloat(d) > 0)
    || s.animationName !== 'none'; }).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""

PATHS = {
    "": ("/", "/login", "/verify", "/notices", "/projects"),
    "intake": ("/home", "/tasks?queue=queue", "/tasks/{task}"),
    "officer": ("/tasks?queue=all", "/staff/cases", "/staff/cases/{case}"),
    "supervisor": ("/admin/stalled", "/admin/statistics"),
    "applicant": ("/home", "/cases", "/cases/{case}", "/cases/{draft}/edit", "/cases/{draft}/check"),
}


@pytest.fixture(scope="module")
def known(player: Player) -> dict[str, str]:
    """A case with something to show, its open task, and a draft."""
    case = player.file("project_application")
    task = player.task_of(case, "formal_review")["id"]
    return {"case": case, "task": task, "draft": player.draft("project_application")}


#: Each wish of a reader, and what is asked of a page that follows it.
WISHES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing is lost in forced colours": ({"forced_colors": "active"}, (EDGELESS, ALIKE, WORDLESS)),
    # without motion, or a colour is looked at on its way to the other
    "more contrast is seven to one": ({"contrast": "more", "reduced_motion": "reduce"}, (ENHANCED,)),
    "nothing moves for who wants no motion": ({"reduced_motion": "reduce"}, (MOVING,)),
}
AS_IT_IS = {"forced_colors": "none", "contrast": "no-preference", "reduced_motion": "no-preference"}


def test_what_a_reader_asks_for_is_given(sign_in: SignIn, known: dict[str, str]) -> None:
    """Each page is visited once and shown in every way; more contrast is that of level AAA."""
    wrong = []
    for who, paths in PATHS.items():
        page: Page = sign_in(who)
        page.context.add_init_script(path=AXE)
        for path in paths:
            page.goto(path.format(**known))
            for wish, (media, scripts) in WISHES.items():
                page.emulate_media(**(AS_IT_IS | media))
                wrong += [f"{wish}: {path} {w}" for script in scripts for w in page.evaluate(script)]
    assert wrong == []
