"""A text in both languages of the system."""

from dataclasses import dataclass
from datetime import date


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
        return self.en if lang == "en" else self.zh

    def format(self, **values: object) -> "Text":
        """The same text with `{name}` places filled in both languages."""
        return Text(self.en.format(**values), self.zh.format(**values))


def day_in_words(day: date) -> Text:
    """A day as people write it: 3 Nov 2026, 2026年11月3日."""
    return Text(f"{day:%-d %b %Y}", f"{day.year}年{day.month}月{day.day}日")
