"""A text in both languages of the system."""

from dataclasses import dataclass


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
