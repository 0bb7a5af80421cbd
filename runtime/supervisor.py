"""`make up`: starts the parts in order, keeps them alive, shows one log, stops all of them."""

import asyncio
import json
import signal
from pathlib import Path

from runtime import other_clock, parts
from runtime.accounts import account_lines
from runtime.children import Child, Roster, Service, Surroundings, spawn
from runtime.console import Console, Stopwatch
from runtime.errors import RuntimeTrouble
from runtime.keys import write_private
from runtime.lock import only_one
from runtime.plan import ROOT, Plan, make_plan
from runtime.processes import is_port_free
from services.settings import Settings

ALL_STOPPED_WITHIN = 10.0
PACE = [
    "期限按真实工作日计；想在几分钟内走完全程，停止后以 PUHUI_WORKING_DAY_SECONDS=10 make up 启动，办件照旧",
    "limits run in real working days; to see them pass, start with PUHUI_WORKING_DAY_SECONDS=10 make up: cases go on",
]


class Supervisor:
    """The children of one data directory, oldest first."""

    def __init__(self, plan: Plan, console: Console, roster: Roster) -> None:
        self.plan = plan
        self.console = console
        self.around = Surroundings(plan.environment(), ROOT, console, roster)
        self.children: list[Child] = []
        self.notice = plan.data_dir / "running.json"

    async def boot(self) -> None:
        """Start everything in order; RuntimeTrouble names the part that would not start."""
        watch = Stopwatch()
        plan = self.plan
        engines = [parts.postgres(plan.cluster)] if plan.cluster else []
        engines += [parts.temporal(plan.temporal)] if plan.temporal else []
        await asyncio.gather(*[self.bring_up(service) for service in engines])
        await self.run_once("migrate", parts.MIGRATE)
        if parts.can_seed() and await asyncio.to_thread(parts.wants_seed, plan.database_url):
            await self.run_once("seed", parts.SEED)
        elif await asyncio.to_thread(other_clock.is_needed, plan):
            await self.run_once("clock", parts.OTHER_CLOCK)
        await asyncio.gather(self.bring_up(parts.worker(plan)), self.bring_up(parts.web(plan)))
        self.announce(watch.seconds)

    async def bring_up(self, service: Service) -> None:
        """Start one child and wait until it is ready."""
        child = Child(service, self.around)
        self.children.append(child)
        seconds = await child.start()
        self.console.say(
            f"{service.name} 就绪（{seconds:.1f} 秒）", f"{service.name} ready after {seconds:.1f} s"
        )

    async def run_once(self, name: str, command: list[str]) -> None:
        """Run a command to its end; RuntimeTrouble if it fails."""
        watch = Stopwatch()
        process = await spawn(command, self.around, signal.SIGTERM, None)
        try:
            await self.console.pump(name, process)
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise
        if code:
            raise RuntimeTrouble(
                f"{name} 失败（代码 {code}），见上方日志。",
                f"{name} failed (code {code}), see the log above.",
            )
        self.console.say(f"{name} 完成（{watch.seconds:.1f} 秒）", f"{name} done after {watch.seconds:.1f} s")

    def announce(self, seconds: float) -> None:
        """Print addresses and accounts, and leave a note for tools that look for a running system."""
        plan = self.plan
        note = {
            "web": plan.web_address,
            "temporal_ui": plan.temporal_ui,
            "temporal_address": plan.temporal_address,
            "database_url": plan.database_url,
            "working_day_seconds": str(plan.settings.working_day_seconds or ""),
        }
        write_private(self.notice, json.dumps(note))
        ui = [f"Temporal           {plan.temporal_ui}"] if plan.temporal_ui else []
        head = f"普惠系统已启动（{seconds:.1f} 秒） · Puhui is up after {seconds:.1f} s"
        address = f"网址 address       {plan.web_address}"
        people = account_lines(plan.demo_password) if parts.can_seed() else []
        pace = [] if plan.settings.working_day_seconds or not plan.cluster else PACE
        self.console.block([head, address, *ui, *people, *pace, "按 Ctrl-C 停止 · Ctrl-C stops everything"])

    async def stop(self) -> None:
        """End all children, youngest first, within ten seconds."""
        self.notice.unlink(missing_ok=True)
        watch = Stopwatch()
        self.console.say("正在停止…", "stopping…")
        for child in reversed(self.children):
            await child.stop(within=max(ALL_STOPPED_WITHIN - 1 - watch.seconds, 0.3))
        self.console.say(f"已全部停止（{watch.seconds:.1f} 秒）", f"all stopped after {watch.seconds:.1f} s")


def stop_requested() -> asyncio.Event:
    """Set on Ctrl-C or SIGTERM; a second signal is ignored, because stopping is bounded anyway."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, event.set)
    return event


async def serve(supervisor: Supervisor) -> None:
    """Boot, stay until a signal, stop. RuntimeTrouble of the boot is raised after all have ended."""
    asked = asyncio.create_task(stop_requested().wait())
    boot = asyncio.create_task(supervisor.boot())
    try:
        await asyncio.wait({asked, boot}, return_when=asyncio.FIRST_COMPLETED)
        if boot.done():
            boot.result()
            await asked
    finally:
        boot.cancel()
        await asyncio.gather(boot, return_exceptions=True)
        await supervisor.stop()


def check_port(settings: Settings) -> None:
    """Say before anything starts that the web could not listen."""
    if not is_port_free(settings.http_host, settings.http_port):
        port = settings.http_port
        raise RuntimeTrouble(
            f"端口 {port} 已被占用。请停止占用它的程序，或用 PUHUI_HTTP_PORT 另选端口。",
            f"Port {port} is taken. Stop the program that has it, or choose another with PUHUI_HTTP_PORT.",
        )


def up(settings: Settings) -> None:
    """Run the whole system until Ctrl-C; RuntimeTrouble if it cannot start."""
    console = Console()
    data_dir: Path = (ROOT / settings.data_dir).resolve()
    with only_one(data_dir):
        roster = Roster(data_dir / "children.json")
        for name in roster.end_leftovers():
            console.say(f"结束上次遗留的 {name}", f"ended {name} left over from before")
        check_port(settings)
        plan = make_plan(settings)
        if settings.demo_password and settings.demo_password != plan.demo_password:
            console.say(
                "演示账号沿用首次设置的密码", "the demo accounts keep the password of the first start"
            )
        asyncio.run(serve(Supervisor(plan, console, roster)))
