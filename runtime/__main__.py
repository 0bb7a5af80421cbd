"""The command line: ``python -m runtime <command>``; the Makefile is the usual way in."""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import typer
from pydantic import ValidationError

from runtime import account, methodology
from runtime.errors import RuntimeTrouble
from services.settings import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

app.add_typer(account.app, name="account")
app.add_typer(methodology.app, name="methodology")

# command -> (module with a main(), help); one that is not in this installation is left out
TOOLS = {
    "seed": ("runtime.seeds", "Put the demonstration data into the database, once."),
    "tour": ("runtime.tour", "Play one real project case from draft to publication."),
    "bench": ("runtime.bench.command", "Measure, as ratios to floors of the same run."),
    "histories": ("runtime.histories", "Record the golden histories anew."),
    "docs": ("runtime.docs", "Write the generated pages under docs/."),
}


@app.callback()
def about() -> None:
    """Puhui (普惠): the embedded runtime."""


@app.command()
def up() -> None:
    """Start everything on embedded parts and stay until Ctrl-C."""
    from runtime.supervisor import up as start

    start(Settings())


@app.command()
def city(
    cases: int = typer.Option(50_000, help="How many cases; about four tasks and forty events each."),
    name: str = typer.Option("puhui_city", help="The database; never the one the system works on."),
    keep: bool = typer.Option(False, help="Leave a city that is there as it is."),
    measure: bool = typer.Option(False, help="Measure the lists and numbers against a city of 1,000 cases."),
) -> None:
    """Write a city of many cases into a database of its own, and measure it."""
    from runtime.city.command import run

    run(cases, name=name, keep=keep or measure, measured=measure)


@app.command()
def recount(
    check: bool = typer.Option(False, help="Only compare the sums with the rows they were made from."),
) -> None:
    """Make the sums of the statistics anew from the rows, or check them."""
    from runtime.attach import database
    from services import tally
    from services.session import reading, transaction

    with database(Settings()):
        if not check:
            with transaction() as session:
                print(f"已重新累计 · added up anew: {tally.rebuild(session)} 件办件 · cases")
        with reading() as session:
            wrong = tally.wrong(session)
    if wrong:
        raise RuntimeTrouble(
            f"统计累计数与业务数据不一致，共 {len(wrong)} 处：{'；'.join(wrong[:5])}。请执行 recount 重新累计。",
            f"{len(wrong)} sums differ from the rows: {'; '.join(wrong[:5])}. Run recount to make them anew.",
        )
    print("统计累计数与业务数据一致 · the sums agree with the rows")


@app.command()
def backup(
    folder: Path = typer.Argument(help="An empty folder for the backup."),
    keep_days: int = typer.Option(0, help="Then remove backups beside it older than so many days; 0 = none."),
    keep: int = typer.Option(7, help="The newest complete ones that stay, however old they are."),
) -> None:
    """Back up the database and the files; with --keep-days, remove old backups after it succeeded."""
    from runtime.attach import database
    from runtime.nightly import run

    with database(Settings()):
        run(folder, keep_days, keep)


@app.command()
def restore(folder: Path = typer.Argument(help="A backup made before.")) -> None:
    """Restore a backup into an empty database and an empty file folder, and check it."""
    from runtime.attach import database
    from runtime.backup import restore as put_back
    from services import sealing
    from services.session import reading

    with database(Settings(), migrate=False):
        found = put_back(Settings(), Settings().database_url, folder)
        with reading() as session:
            opened = sealing.fits(session)
    if not opened:
        raise RuntimeTrouble(
            "已恢复，但现有的数据密钥打不开其中的内容。启动之前，请把备份时的密钥放回 puhui_data_keys（内置部件：secret_key）。",
            "Restored, but the keys at hand do not open what is in it. Before the start, put the keys of that time back.",
        )
    print(
        f"已恢复并核对 · restored and checked: {found.rows}, {found.files} files, audit chains {found.chains}"
    )


def _tool(module: str, needs_database: bool) -> Callable[[], None]:
    def run() -> None:
        with contextlib.ExitStack() as stack:
            if needs_database:
                from runtime.attach import database

                stack.enter_context(database(Settings(), engine=True))
            importlib.import_module(module).main()

    return run


for _name, (_module, _help) in TOOLS.items():
    if importlib.util.find_spec(_module):
        app.command(_name, help=_help)(_tool(_module, needs_database=_name == "seed"))


def main() -> None:
    """Run a command; trouble is told in plain words."""
    try:
        app()
    except RuntimeTrouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)
    except ValidationError as wrong:
        for error in wrong.errors():
            name = "PUHUI_" + "_".join(str(part) for part in error["loc"]).upper()
            print(f"设置有误 · a setting is wrong: {name}: {error['msg']}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
