"""`make tour`: one real project from draft to publication through HTTP, with every role.

Uses the system that runs on this directory if it has the demonstration clock; otherwise starts one of
its own, on a temporary directory, with a working day of one second.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.attach import running
from runtime.client import ENDS, Json, Player, Refused
from runtime.errors import RuntimeTrouble
from runtime.keys import demo_password
from runtime.plan import ROOT
from runtime.processes import free_port
from services.settings import Settings

PROCEDURE = "project_application"
SECONDS = "1"  # of a working day in a system of our own
START_WITHIN = 300.0

#: What is chosen where a task has more than the straight path: the n-th answer to this kind.
CHOICES: dict[str, tuple[str, ...]] = {
    "formal_review": ("request_correction", "accept"),
    "triage": ("complex",),
    "expert_invitation": ("decline", "accept"),
    "expert_opinion": ("pass_after_revision",),
    "group_opinion": ("pass_after_revision",),
    "objection_answer": ("not_upheld",),
}
OBJECTION = {
    "topics": ["data"],
    "content": "公示的装机容量与现场可见的组件数量似不一致，请核实设备清单。",
    "name": "示例居民",
    "contact": "jumin@example.com",
}


@dataclass
class Tour:
    """One case on its way; prints what happens.

    Args:
        choices: the n-th answer to each kind of task; the last one is repeated, the first outcome is the default.
        silent: kinds of which the first task is never answered.
        withdraw_in: stage in which the applicant takes the case back.
        objects: somebody objects during the publicity.
    """

    player: Player
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CHOICES)
    silent: frozenset[str] = frozenset()
    withdraw_in: str = ""
    objects: bool = True
    began: float = field(default_factory=time.monotonic)
    case_no: str = ""
    stage: str = ""
    asked: dict[str, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    ignored: dict[str, str] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """One line with the seconds since the start."""
        print(f"[{time.monotonic() - self.began:6.1f} s] {text}", flush=True)

    def play(self) -> Json:
        """From the first form to the end; the case as it ended."""
        self.file()
        idle = time.monotonic()
        while (case := self.player.case(self.case_no))["status"] not in ENDS:
            self.tell(case)
            if self.withdraw(case) or self.answer_all(case["open_tasks"]) or self.raise_objection(case):
                idle = time.monotonic()
            elif time.monotonic() - idle > self.player.patience:
                raise RuntimeTrouble(
                    f"办件 {self.case_no} 停滞：{case['waiting_for']}", f"{self.case_no} is stuck"
                )
            else:
                time.sleep(0.1)
        self.tell(case)
        return case

    def file(self) -> None:
        """Draft, papers, declaration."""
        me = self.player.person("applicant")
        self.case_no = self.player.draft(PROCEDURE)
        self.say(f"{me['party']['name']} {me['name']} 填写申请并上传材料，草稿 {self.case_no}")
        self.player.submit(self.case_no, signatory="陈启明")
        self.say("签署申请人申明，提交申请")

    def tell(self, case: Json) -> None:
        """New stage and new documents."""
        spec = self.player.procedure(PROCEDURE)
        if case["stage"] != self.stage:
            self.stage = case["stage"]
            title = next(s["title"]["zh"] for s in spec["stages"] if s["key"] == self.stage)
            self.say(f"──── {title} ────")
        for document in case["documents"]:
            if document["id"] not in self.seen:
                self.seen.add(document["id"])
                self.say(f"    文书 {document['title']} {document['number']}")

    def answer_all(self, tasks: list[Json]) -> int:
        """Answer what is open; how many answers counted."""
        return sum(self.answer(task) for task in tasks)

    def answer(self, task: Json) -> bool:
        """Answer one task the way the tour wants; False when it was gone already."""
        kind = task["kind"]
        if kind in self.silent and self.ignored.setdefault(kind, task["id"]) == task["id"]:
            return False
        spec = next(t for t in self.player.procedure(PROCEDURE)["tasks"] if t["kind"] == kind)
        who = self.player.account_for(PROCEDURE, task)
        choices = self.choices.get(kind, (spec["outcomes"][0]["key"],))
        outcome = choices[min(self.asked.get(kind, 0), len(choices) - 1)]
        try:
            self.player.complete(task["id"], who, outcome)
        except Refused as refusal:
            if refusal.status == 409:  # its limit passed, or the case moved on, while we looked
                return False
            raise
        self.asked[kind] = self.asked.get(kind, 0) + 1
        label = next(o["label"]["zh"] for o in spec["outcomes"] if o["key"] == outcome)
        self.say(
            f"{spec['role_title']['zh']} {self.player.person(who)['name']}：{spec['title']['zh']} → {label}"
        )
        return True

    def raise_objection(self, case: Json) -> bool:
        """Somebody from the public objects, once the notice is out."""
        waiting = self.objects and case["stage"] == "publicity" and not case["open_tasks"]
        notice = self.player.notice_of(self.case_no) if waiting else None
        if notice is None:
            return False
        self.objects = False
        self.say(f"公示发布：{notice['title']}，至 {notice['closes_at'][:19].replace('T', ' ')} 截止")
        receipt = self.player.post(f"/public/notices/{notice['id']}/objections", None, OBJECTION)
        self.say(f"公众提出异议，受理号 {receipt['receipt_no']}")
        return True

    def withdraw(self, case: Json) -> bool:
        """The applicant takes the case back, where the tour wants it: while it is on show, if in publicity."""
        there = bool(self.withdraw_in) and case["stage"] == self.withdraw_in
        if not there or (self.withdraw_in == "publicity" and self.player.notice_of(self.case_no) is None):
            return False
        self.player.post(
            f"/cases/{self.case_no}/withdraw", "applicant", {"reason": "项目方案调整，拟重新申报。"}
        )
        self.say("申请主体撤回申请")
        self.withdraw_in = ""
        return True

    def download(self, case: Json, folder: Path) -> list[Path]:
        """Every document of the case, as a file."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for number, document in enumerate(case["documents"], 1):
            path = f"/cases/{self.case_no}/documents/{document['id']}"
            name = re.sub(r'[\\/:*?"<>|\s]', "", f"{number:02}-{document['title']}-{document['number']}.docx")
            files.append(folder / name)
            files[-1].write_bytes(self.player.call("GET", path, "supervisor").content)
        return files


def main() -> None:
    """Play the tour and print a summary."""
    settings = Settings()
    with system(settings) as (address, password):
        player = Player(address, password)
        try:
            tour(player, ROOT / "var" / "tour")
        finally:
            player.close()


def tour(player: Player, folder: Path) -> None:
    """Play one case on a running system and leave its documents in `folder`."""
    for role in ("applicant", "intake", "officer", "supervisor", "agency"):
        player.person(role)
    play = Tour(player)
    case = play.play()
    files = play.download(case, folder / play.case_no)
    project = player.project_of(play.case_no)
    print(f"""
办件编号   {play.case_no}
办理结果   {case["status"]}
项目编号   {project["number"] if project else "—"}
文书       {len(files)} 份，{sum(f.stat().st_size for f in files) // 1024} KB，位于 {folder / play.case_no}
用时       {time.monotonic() - play.began:.1f} 秒""")


@contextlib.contextmanager
def system(settings: Settings) -> Iterator[tuple[str, str]]:
    """(address, password) of a system with the demonstration clock: the running one, or one of our own."""
    data_dir = (ROOT / settings.data_dir).resolve()
    note = running(data_dir)
    if note is not None and note.get("working_day_seconds"):
        yield note["web"], demo_password(data_dir, settings.demo_password)
        return
    if note is not None:
        print("正在运行的系统使用真实日历，公示需要 5 个工作日；另行启动一个演示时钟的系统。", flush=True)
    home = Path(tempfile.mkdtemp(prefix="puhui-tour-"))
    try:
        with own_system(home) as found:
            yield found
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def own_system(home: Path, seconds: str = SECONDS) -> Iterator[tuple[str, str]]:
    """(address, password) of a system in an empty directory; a working day lasts `seconds`."""
    ours = {
        "PUHUI_DATA_DIR": str(home),
        "PUHUI_HTTP_PORT": str(free_port(18000)),
        "PUHUI_WORKING_DAY_SECONDS": seconds,
        "PUHUI_DATABASE_URL": "",
        "PUHUI_TEMPORAL_ADDRESS": "",
    }
    print(f"启动演示系统（一个工作日 {seconds} 秒）…", flush=True)
    with (home / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "runtime", "up"], cwd=ROOT, env=os.environ | ours, stdout=log, stderr=log
        )
        try:
            yield _started(up, home), demo_password(home, "")
        finally:
            up.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                up.wait(20)
            if up.poll() is None:
                up.kill()


def _started(up: "subprocess.Popen[bytes]", home: Path) -> str:
    """The address, as soon as the system has said it is up. Raises RuntimeTrouble."""
    end = time.monotonic() + START_WITHIN
    while up.poll() is None and time.monotonic() < end:
        note = running(home)
        if note is not None:
            return note["web"]
        time.sleep(0.2)
    tail = "\n".join((home / "up.log").read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise RuntimeTrouble(f"演示系统未能启动：\n{tail}", "the system did not start, see above")
