"""A text in both languages of the system."""

import re
from dataclasses import dataclass
from datetime import date

#: "3 open task(s) are …": a number, what is counted, and the verb behind it.
_COUNTED = re.compile(r"\b([a-z]+)\((s|ies)\)(?: (need|wait|are|were|have)\b)?")
_NUMBERS = re.compile(r"[0-9][0-9,]*")
_SINGULAR = {"need": "needs", "wait": "waits", "are": "is", "were": "was", "have": "has"}


def in_number(en: str) -> str:
    """English with its counted words in the number they are counted in: 1 task is, 3 tasks are."""
    if "(s)" not in en and "(ies)" not in en:
        return en

    def said(found: re.Match[str]) -> str:
        word, ending, verb = found.groups()
        counted = _NUMBERS.findall(en[: found.start()])
        if not counted:
            return found.group()
        if counted[-1] == "1":
            return word + (f" {_SINGULAR[verb]}" if verb else "")
        return (word.removesuffix("y") if ending == "ies" else word) + ending + (f" {verb}" if verb else "")

    return _COUNTED.sub(said, en)


@dataclass(frozen=True)
class Text:
    """One text in English and Chinese.

    Args:
        en: English wording.
        zh: Chinese wording, the one an office sees first.
    """

    en: str
    zh: str

    def of(self, lang: str) -> str:
        """The wording in `lang` ("zh" or "en"); anything else reads Chinese."""
        return in_number(self.en) if lang == "en" else self.zh

    def format(self, **values: object) -> "Text":
        """The same text with `{name}` places filled in both languages."""
        return Text(self.en.format(**values), self.zh.format(**values))


def day_in_words(day: date) -> Text:
    """A day as people write it: 3 Nov 2026, 2026年11月3日."""
    return Text(f"{day:%-d %b %Y}", f"{day.year}年{day.month}月{day.day}日")


def days_in_words(first: date, last: date) -> Text:
    """From one day to another, both included, as people write it."""
    one, other = day_in_words(first), day_in_words(last)
    return Text(f"{one.en} to {other.en}", f"{one.zh}至{other.zh}")


def reasoned(said: Text, why: str) -> Text:
    """A sentence without its full stop, and the reason after it where there is one."""
    why = why.strip()
    return Text(
        f"{said.en}: {why}" if why else f"{said.en}.", f"{said.zh}，原因：{why}" if why else f"{said.zh}。"
    )
