"""Charts as SVG text: bars, and the course of a procedure as a heat map. Colours are never the only sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, SOFT, LINE, GREEN = "#1f2d27", "#5b6b63", "#d8e0dc", "#1d7a55"
FONT = 'font-family=\'system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif\''


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart; `href` leads to what it counts."""

    label: str
    value: float
    shown: str
    href: str = ""


def bars(title: str, rows: Sequence[Bar], width: int = 640) -> str:
    """Horizontal bars with label and number written out."""
    most = max((r.value for r in rows), default=0) or 1
    label, room, step = 220, width - 220 - 170, 30
    out = [_open(title, width, step * max(len(rows), 1) + 34), _text(0, 18, title, 15, INK, bold=True)]
    for n, row in enumerate(rows):
        y = 34 + n * step
        long = max(2.0, room * row.value / most) if row.value else 0.0
        parts = [
            _text(label - 10, y + 16, _short(row.label, 15), 13, INK, anchor="end"),
            f"<rect x='{label}' y='{y + 3}' width='{long:.1f}' height='18' rx='3' fill='{GREEN}'/>",
            _text(label + long + 8, y + 17, row.shown, 13, INK),
        ]
        told = f"<title>{escape(row.label)}：{escape(row.shown)}</title>"
        out.append(_linked(told + "".join(parts), row.href))
    return "".join([*out, "</svg>"])


@dataclass(frozen=True)
class Station:
    """A stage on the heat map.

    Args:
        heat: 0 to 1; how much of its limit the median takes, or more where it stays late.
        lines: what is written under its name.
        optional: drawn with a broken line.
    """

    title: str
    heat: float
    lines: tuple[str, ...]
    href: str = ""
    optional: bool = False


def course(title: str, stations: Sequence[Station]) -> str:
    """The stages of a procedure in the order of the course, the hotter the darker."""
    wide, gap, high = 132, 22, 118
    out = [
        _open(title, (wide + gap) * max(len(stations), 1), high + 40),
        _text(0, 18, title, 15, INK, bold=True),
    ]
    for n, s in enumerate(stations):
        x = n * (wide + gap)
        fill, ink = _heat(s.heat)
        dash = " stroke-dasharray='5 4'" if s.optional else ""
        box = (
            f"<title>{escape(s.title)}：{escape('；'.join(s.lines))}</title>"
            f"<rect x='{x + 1}' y='34' width='{wide}' height='{high}' rx='8' fill='{fill}' stroke='{SOFT}'{dash}/>"
            + _text(x + wide / 2, 58, _short(s.title, 9), 14, ink, bold=True, anchor="middle")
            + "".join(
                _text(x + wide / 2, 82 + 21 * i, t, 12, ink, anchor="middle") for i, t in enumerate(s.lines)
            )
        )
        out.append(_linked(box, s.href))
        if n + 1 < len(stations):
            a = x + wide + 4
            out.append(
                f"<path d='M{a} 93h{gap - 6}m-6 -5l6 5l-6 5' fill='none' stroke='{SOFT}' stroke-width='1.6'/>"
            )
    return "".join([*out, "</svg>"])


def _heat(share: float) -> tuple[str, str]:
    """(fill, ink) with contrast above 7:1."""
    steps = ("#f4f7f5", "#fdf3d8", "#fbdfae", "#f6b98a", "#8f2d1b")
    n = min(int(max(share, 0.0) * 4), 4)
    return steps[n], "#ffffff" if n == 4 else INK


def _open(title: str, width: float, height: float) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}' width='{width:.0f}' "
        f"height='{height:.0f}' role='group' aria-label='{escape(title, quote=True)}'>"
        f"<rect width='100%' height='100%' fill='#ffffff'/>"
    )


def _text(
    x: float, y: float, text: str, size: int, ink: str, *, bold: bool = False, anchor: str = "start"
) -> str:
    weight = " font-weight='600'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{ink}' text-anchor='{anchor}' {FONT}{weight}>"
        f"{escape(text)}</text>"
    )


def _linked(inner: str, href: str) -> str:
    return f"<a href='{escape(href, quote=True)}'>{inner}</a>" if href else f"<g>{inner}</g>"


def _short(text: str, most: int) -> str:
    """A label cut to what fits; Latin letters take half the room."""
    room = 0.0
    for n, c in enumerate(text):
        room += 1 if ord(c) > 0x2E7F else 0.55
        if room > most:
            return text[: max(n - 1, 1)] + "…"
    return text
