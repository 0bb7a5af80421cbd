"""Forms as they are read: what is one part has one heading."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest

from api.forms import form_view
from api.templating import environment
from models.procedures import PROCEDURES
from models.vocabulary.forms import example_data

READ = environment().from_string(
    '{% import "forms/read.html" as read with context %}{{ read.form(view, true) }}'
)


@pytest.mark.parametrize("key", PROCEDURES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_part_of_a_form_has_its_heading_twice(key: str, lang: str) -> None:
    form = PROCEDURES[key].form
    page = READ.render(view=form_view(form, example_data(form)), lang=lang, request=SimpleNamespace())
    heads = re.findall(r'<h2 class="read-section"[^>]*>([^<]+)</h2>', page)
    groups = re.findall(r'<div class="read-group-title">([^<]+)</div>', page)
    assert heads
    assert [h for h in heads if Counter(groups)[h]] == []
