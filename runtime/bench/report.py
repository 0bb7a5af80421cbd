"""The figures as a table of goals, and as a plot: how far each is from what is asked."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from runtime.bench.figures import Figures

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
WIDTH, LEFT, BAR, LINE = 860, 400, 300, 24
LONGEST = 4.0  # times the goal; a longer bar is cut


@dataclass(frozen=True)
class Row:
    """A figure with its goal. `share` is how much of the goal is used up: 1 or less is met."""

    zh: str
    en: str
    value: str
    goal: str
    share: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.share is None else self.share <= 1.0


def most(zh: str, en: str, value: float | None, goal: float, unit: str = "", how: str = "") -> Row:
    """A figure that must not be more than its goal; `how` says what the goal is made of."""
    if value is None:
        return Row(zh, en, "—", how or f"≤ {goal:g}{unit}")
    said = f"≤ {how} = {goal:g}{unit}" if how else f"≤ {goal:g}{unit}"
    return Row(zh, en, f"{value:g}{unit}", said, round(value / goal, 3) if goal else float(value > 0))


def least(zh: str, en: str, value: float | None, goal: float, unit: str = "", how: str = "") -> Row:
    """A figure that must not be less than its goal."""
    if value is None:
        return Row(zh, en, "—", how or f"≥ {goal:g}{unit}")
    said = f"≥ {how} = {goal:g}{unit}" if how else f"≥ {goal:g}{unit}"
    return Row(zh, en, f"{value:g}{unit}", said, round(goal / value, 3) if value else 99.0)


def told(zh: str, en: str, value: str) -> Row:
    """A figure without a goal."""
    return Row(zh, en, value, "")


def rows(found: Figures) -> list[Row]:
    """Every goal whose figures were measured."""
    made: list[Row] = []
    for needs, section in SECTIONS:
        if all(name in found for name in needs):
            made += section(found)
    return made


def _floors(f: Figures) -> list[Row]:
    one = f["floors"]
    cpu = one["cpu_ms_per_task"]
    return [
        told("P 决定的裸 SQL", "P, bare SQL of a decision", f"{one['P_ms']['p50']:g} ms"),
        told("H 空请求（已登录）", "H, an empty signed-in request", f"{one['H_ms']['p50']:g} ms"),
        told(
            "L 信号到下一行可见（裸设计）", "L, signal to next row, bare design", f"{one['L_ms']['p50']:g} ms"
        ),
        told(
            "C 裸设计，20 人",
            "C, bare design, 20 people",
            f"{one['C_cases_per_s']:g} 件/s，{cpu['all']:g} ms CPU",
        ),
        told(
            "同上，下一行可见 p95（裸设计，不经 HTTP）",
            "the same, next row visible, p95 (bare design, without HTTP)",
            f"{one['visible_ms_at_once']['p95']:g} ms",
        ),
    ]


def _alone(f: Figures) -> list[Row]:
    floors, one = f["floors"], f["alone"]
    p, h, low = (floors[k]["p50"] for k in ("P_ms", "H_ms", "L_ms"))
    return [
        most("决定得到答复 p50", "decision acknowledged, p50", one["answered_ms"]["p50"], round(h + 10 * p, 2), " ms", "H + 10 P"),
        most("下一事项可见 p50", "next task visible, p50", one["visible_ms"]["p50"], round(1.3 * (h + low), 2), " ms", "1.3 (H + L)"),
    ]  # fmt: skip


def _at_once(f: Figures) -> list[Row]:
    one = f["at_once"]
    cpu = one["cpu_ms_per_task"]
    parts = "，".join(f"{name} {cpu[name]:g}" for name in ("web", "worker", "temporal", "postgres"))
    return [
        most("20 人同时办理，下一事项可见 p95", "20 deciding at once, next task p95", one["visible_ms"]["p95"], 100, " ms"),
        told("20 人同时办理（HTTP）", "20 deciding at once, HTTP", f"{one['tasks_per_s']:g} 项/s，答复 p95 {one['answered_ms']['p95']:g} ms"),
        told("每项 CPU", "CPU of a human task", f"{cpu['all']:g} ms（{parts}）"),
    ]  # fmt: skip


def _steady(f: Figures) -> list[Row]:
    carried = [r for r in f["steady"] if r["carried"]]
    top = carried[-1] if carried else f["steady"][0]
    calm = [r for r in carried if r["visible_ms"]["p95"] <= 60]
    reached = f"{calm[-1]['rate']:g}/s" if calm else "—"
    return [
        least("能承受的匀速点击", "steady clicks carried", top["rate"] if carried else 0, 100, "/s"),
        most(f"匀速 {top['rate']:g}/s，下一事项可见 p95", f"steady {top['rate']:g}/s, next task p95", top["visible_ms"]["p95"], 60, " ms"),
        told("p95 在 60 ms 以内的最高速率", "highest rate with p95 within 60 ms", reached),
    ]  # fmt: skip


def _services(f: Figures) -> list[Row]:
    one, c = f["services"], f["floors"]["C_cases_per_s"]
    return [
        least(
            "十事项办件，经真实服务",
            "ten-task case, real services",
            one["cases_per_s"],
            round(0.85 * c, 2),
            " 件/s",
            "0.85 C",
        )
    ]


def _peer(f: Figures) -> list[Row]:
    goal = round(1.2 * f["peer"]["cases_per_s"], 2)
    return [
        least(
            "同上，对 DBOS", "the same against DBOS", f["services"]["cases_per_s"], goal, " 件/s", "1.2 DBOS"
        )
    ]


def _history(f: Figures) -> list[Row]:
    one = f["history"]
    return [
        most("十事项办件的历史：事件", "history of a ten-task case, events", one["events"], 70),
        most("十事项办件的历史：大小", "history, size", one["kb"], 16, " KB"),
        most("历史中的个人信息", "personal data in histories", float(len(one["personal_data_found"])), 0),
        most("重放一份历史", "replay of a history", one["replay_ms"], 60, " ms"),
        told("其中沙箱", "of it the sandbox", f"{one['sandbox_ms']:g} ms"),
    ]


def _open(f: Figures) -> list[Row]:
    one = f["open_cases"]
    return [
        most(
            "每件在办：工作进程内存", "open case: memory of the worker", one["worker_mb_per_case"], 1, " MB"
        ),
        told(
            "每件在办：到首个事项的 CPU",
            "open case: CPU up to its first task",
            f"{one['worker_cpu_ms_per_case']:g} ms",
        ),
    ]


def _watchers(f: Figures) -> list[Row]:
    one = f["watchers"]
    rate = one["decisions"]["achieved"]
    return [
        most(f"{one['watchers']} 个实时页面，每秒 {rate:g} 项决定：事件到达 p95", f"{one['watchers']} live pages, {rate:g} decisions/s: event p95", one["event_ms"]["p95"], 1000, " ms"),
        most("每个实时页面的内存", "memory of a live page", one["kb_each"], 40, " KB"),
        told("无事时 web 占用", "web at rest with all pages open", f"{one['web_cpu_at_rest']:g} 核 · core"),
    ]  # fmt: skip


def _outage(f: Figures) -> list[Row]:
    one = f["outage"]
    return [
        most(f"Temporal 停 {one['seconds']:g} s：答复 p95 对平时", "Temporal stands still: answer p95 against usual", one["answered_p95_ratio"], 2, "×"),
        most("恢复后首个下一事项", "afterwards, first next task", one["first_next_task_s"], 7, " s"),
        most("恢复后全部下一事项", "afterwards, all next tasks", one["all_next_tasks_s"], 10, " s"),
    ]  # fmt: skip


def _dies(f: Figures) -> list[Row]:
    one = f["worker_dies"]
    return [
        most("唯一的 worker 被杀、立即另起：最慢一步", "only worker killed, another started: slowest step", one["slowest_step_s"], 5, " s"),
        told("其中启动 worker", "of it the start of the worker", f"{one['worker_up_s']:g} s"),
    ]  # fmt: skip


def _documents(f: Figures) -> list[Row]:
    one = f["documents"]
    return [
        most(f"附录B（{one['devices']} 台设备、{one['months']} 个月）对直接 docxtpl", "Appendix B against plain docxtpl", one["ratio"], 0.5, "×"),
        most(f"{one['documents']} 份文书后内存增长", f"memory grown after {one['documents']} documents", max(0.0, one["grown_mb"]), 10, " MB"),
    ]  # fmt: skip


def _posting(f: Figures) -> list[Row]:
    one = f["posting"]
    return [
        most(
            f"签发至 {one['holders']:,} 户对裸写入",
            f"issuing to {one['holders']:,} holders against a bare insert",
            one["ratio"],
            2,
            "×",
        )
    ]


def _memory(f: Figures) -> list[Row]:
    one = f["memory"]
    parts = "，".join(f"{k} {v:g}" for k, v in one.items() if k != "all")
    return [told("整个系统静止时内存", "memory of the whole system at rest", f"{one['all']:g} MB（{parts}）")]


def _growth(f: Figures) -> list[Row]:
    one = f["growth"]
    size = one["kb_per_case"]
    return [
        told(
            f"再办 {one['cases']} 件后内存",
            f"memory after {one['cases']} more cases",
            f"{one['memory_mb_after']['all']:g} MB",
        ),
        told(
            "每件文件增长",
            "growth of files a case",
            f"PostgreSQL {size['postgres']:g} KB，Temporal {size['temporal']:g} KB",
        ),
    ]


SECTIONS: tuple[tuple[tuple[str, ...], Callable[[Figures], list[Row]]], ...] = (
    (("floors",), _floors),
    (("floors", "alone"), _alone),
    (("at_once",), _at_once),
    (("steady",), _steady),
    (("floors", "services"), _services),
    (("services", "peer"), _peer),
    (("history",), _history),
    (("open_cases",), _open),
    (("watchers",), _watchers),
    (("outage",), _outage),
    (("worker_dies",), _dies),
    (("documents",), _documents),
    (("posting",), _posting),
    (("memory",), _memory),
    (("growth",), _growth),
)


def table(made: list[Row]) -> str:
    """The rows as a Markdown table."""
    marks = {True: "✓", False: "✗", None: ""}
    lines = [
        "| 项目 · figure | 实测 · measured | 目标 · goal | 用去 · used | |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in made:
        used = "" if row.share is None else f"{row.share:.2f}"
        lines.append(f"| {row.zh} · {row.en} | {row.value} | {row.goal} | {used} | {marks[row.met]} |")
    return "\n".join(lines)


def plot(made: list[Row]) -> str:
    """Bars as SVG: the share of each goal that is used up; the line is the goal."""
    bars = [row for row in made if row.share is not None]
    high = LINE * len(bars) + 48
    goal = LEFT + BAR / LONGEST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" font-family="sans-serif" font-size="12" role="img">',
        "<title>用去目标的多少 · how much of each goal is used up</title>",
        f'<rect width="{WIDTH}" height="{high}" fill="#fff"/>',
    ]
    for n, row in enumerate(bars):
        share, top = row.share or 0.0, 20 + n * LINE
        length = max(2.0, min(share, LONGEST) * BAR / LONGEST)
        colour = "#2f9e44" if row.met else "#c92a2a"
        parts += [
            f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(row.zh)}</text>',
            f'<rect x="{LEFT}" y="{top + 2}" width="{length:.1f}" height="14" fill="{colour}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{top + 13}">{share:.2f}（{escape(row.value)}）</text>',
        ]
    parts.append(
        f'<line x1="{goal:.1f}" y1="14" x2="{goal:.1f}" y2="{high - 24}" stroke="#212529" stroke-dasharray="4 3"/>'
    )
    parts.append(f'<text x="{goal:.1f}" y="{high - 8}" text-anchor="middle">目标 · goal = 1</text>')
    return "\n".join([*parts, "</svg>", ""])


def keep(path: Path, found: Figures, made: list[Row]) -> None:
    """The figures as JSON, and the plot beside them."""
    path.parent.mkdir(exist_ok=True)
    whole = {**found, "goals": [asdict(row) | {"met": row.met} for row in made]}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".svg").write_text(plot(made), encoding="utf-8")


def publish(docs: Path, found: Figures, made: list[Row]) -> None:
    """Put the table between its marks in docs/quality.md, and the plot beside it."""
    page = docs / "quality.md"
    before, mark, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    own = found["machine"]
    where = f"{own['processor']}，{own['cores']} 核，{own['system']}，Python {own['python']}；{own['at']}，开始时负载 {own['load'][0]:g}（{found['profile']}）。"
    body = "\n".join([mark or BEGIN, where, "", table(made), "", "![用去目标的多少](quality-bench.svg)", END])
    page.write_text(before + body + after, encoding="utf-8")
    (docs / "quality-bench.svg").write_text(plot(made), encoding="utf-8")
