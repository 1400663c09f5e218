"""What can be typed after `tokenboard`: names, options and help; the work is done next door."""

import signal
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated
from uuid import UUID

import typer

from app import __version__
from app.cli.errors import CannotDo
from app.core.config import ConfigurationError
from app.core.errors import AppError

# Exit codes: 0 done, 1 something was found wrong or refused, 2 cannot start as set up (as click has it for usage).
EXIT_FOUND_WRONG = 1
EXIT_SET_UP_WRONG = 2
SIGNAL_EXIT = 128  # and the number of the signal, as shells say it

commands = typer.Typer(
    name="tokenboard",
    help="What every AI call costs, exactly, and whether the provider's bill agrees.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line. What the reader can mend is said in a sentence, without a traceback."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _leave)
        commands()
    except KeyboardInterrupt:
        sys.exit(SIGNAL_EXIT + signal.SIGINT)
    except (CannotDo, ConfigurationError) as error:
        _stop(str(error))
    except AppError as error:
        _stop(" ".join([error.detail, *(f"{fault.field}: {fault.detail}." for fault in error.errors)]))
    except subprocess.CalledProcessError as error:
        program = Path(error.cmd[0]).name
        _stop(
            f"{program} of the embedded PostgreSQL failed. The end of postgres.setup.log in the data folder says why."
        )


def _leave(number: int, _frame: FrameType | None) -> None:
    """Leave as Ctrl-C does, so that a database that was started for this command is stopped again."""
    raise SystemExit(SIGNAL_EXIT + number)


def _stop(message: str) -> None:
    typer.secho(message, fg=typer.colors.RED, err=True)
    sys.exit(EXIT_SET_UP_WRONG)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"TokenBoard {__version__}")
        raise typer.Exit


@commands.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@commands.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="TOKENBOARD_HOST, else 127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port to listen on; 0 takes a free one.", show_default="TOKENBOARD_PORT, else 8000"
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Application processes on the one port.", show_default="TOKENBOARD_WORKERS, else 1"
        ),
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Start again whenever the code changes.")] = False,
) -> None:
    """Start TokenBoard: database, migrations, API and dashboard. Ctrl-C stops it."""
    from app.cli import server

    server.serve(host=host, port=port, reload=reload, workers=workers)


@commands.command()
def migrate() -> None:
    """Bring the database to the newest schema. `serve` does this by itself."""
    from app.cli import migrate as job

    job.migrate()


@commands.command()
def doctor() -> None:
    """Check settings, database, clock, disk, prices and dashboard, and say how to mend each."""
    from app.cli import doctor as job

    if not job.examine():
        raise typer.Exit(EXIT_FOUND_WRONG)


@commands.command()
def import_calls(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or JSON lines, or either as .gz")
    ],
    workspace: Annotated[str, typer.Option(help="Slug of the workspace that gets the calls.")],
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Take a field from a column. Repeatable.")
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Give every call this value. Repeatable.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times that name none.", show_default="UTC")] = None,
    event_id_prefix: Annotated[
        str, typer.Option(help="Starts the ids of calls that bring none; another prefix makes them other calls.")
    ] = "import",
    create_workspace: Annotated[
        bool, typer.Option("--create-workspace", help="Make the workspace when it is missing.")
    ] = False,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Account that owns a workspace made here.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and store nothing.")] = False,
) -> None:
    """Read calls from a file, price and store them. Doing it again adds nothing."""
    from app.cli import importing

    order = importing.Order(
        file=file,
        workspace=workspace,
        mapping=tuple(mapping or ()),
        constants=tuple(constants or ()),
        timezone=timezone,
        event_id_prefix=event_id_prefix,
        owner=owner,
        may_create=create_workspace,
        is_dry_run=dry_run,
    )
    if not importing.import_calls(order):
        raise typer.Exit(EXIT_FOUND_WRONG)


@commands.command()
def import_agent_logs(
    claude: Annotated[Path | None, typer.Option(help="Claude Code's folder.", show_default="~/.claude")] = None,
    codex: Annotated[Path | None, typer.Option(help="Codex CLI's folder.", show_default="~/.codex")] = None,
    gemini: Annotated[Path | None, typer.Option(help="Gemini CLI's folder.", show_default="~/.gemini")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day (UTC).", show_default="all")
    ] = None,
    workspace: Annotated[str | None, typer.Option(help="Slug of a workspace in the database here.")] = None,
    api_key: Annotated[
        str | None, typer.Option(envvar="TOKENBOARD_API_KEY", help="Or send the calls with this key.")
    ] = None,
    url: Annotated[str, typer.Option(envvar="TOKENBOARD_BASE_URL", help="With --api-key: where to.")] = (
        "http://localhost:8000"
    ),
    subscription: Annotated[
        bool, typer.Option("--subscription", help="Calls whose agent does not say how they are paid for are on a plan.")
    ] = False,
    user: Annotated[str | None, typer.Option(help="Who used them, like an e-mail address.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
) -> None:
    """Read what coding agents used from their own files here. Doing it again adds nothing."""
    from app.cli import agent_logs as job

    given = {"claude-code": claude, "codex": codex, "gemini-cli": gemini}
    usual = {"claude-code": ".claude", "codex": ".codex", "gemini-cli": ".gemini"}
    named = {agent: folder for agent, folder in given.items() if folder is not None}
    order = job.Order(
        folders=named or {agent: Path.home() / name for agent, name in usual.items()},
        since=since.date() if since else None,
        # a workspace that is named goes before a key in the environment
        workspace=workspace,
        api_key=None if workspace else api_key,
        url=url,
        on_plan=subscription,
        user=user,
        is_dry_run=dry_run,
    )
    if not job.import_agent_logs(order):
        raise typer.Exit(EXIT_FOUND_WRONG)


@commands.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 7,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days of calls.")] = 90,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.", show_default="today")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Delete the demo's calls first, and set its password again.")
    ] = False,
    with_connections: Annotated[
        bool, typer.Option("--with-connections", help="Connect stand-ins of providers too; in a checkout only.")
    ] = False,
) -> None:
    """Fill a demo workspace with made-up calls of a small company and print its sign-in."""
    from app.cli import demo as job

    last_day: date | None = until.date() if until else None
    job.demo(seed=seed, days=days, until=last_day, reset=reset, with_connections=with_connections)


prices = typer.Typer(name="prices", help="The price book: make it, compare two, look a model up.", no_args_is_help=True)
commands.add_typer(prices)


@prices.command("build")
def build_prices() -> None:
    """Merge the sources and the rows by hand into the book of this checkout, and list what they disagree on."""
    from app.cli import prices as job

    job.build()


@prices.command("show")
def show_prices(
    provider: Annotated[str, typer.Argument(help="As a sender writes it: openai, bedrock, gemini, ...")],
    model: Annotated[str, typer.Argument(help="Any name the model goes by.")],
) -> None:
    """Show every price that ever applied to a model, with its source and dates."""
    from app.cli import prices as job

    if not job.show(provider, model):
        raise typer.Exit(EXIT_FOUND_WRONG)


@prices.command("diff")
def diff_prices(
    old: Annotated[str, typer.Argument(help="A book's file, a day (the shipped book as known then), or `shipped`.")],
    new: Annotated[str, typer.Argument(help="The same.")] = "shipped",
    days: Annotated[int, typer.Option(min=1, help="How many days of calls to price with both.")] = 30,
    no_database: Annotated[
        bool, typer.Option("--no-database", help="Compare the books only, not what they make of the calls.")
    ] = False,
) -> None:
    """Say what changed between two books, what moved by over 30 %, and what it makes of the calls stored here."""
    from app.cli import prices as job

    job.diff(old, new, days=None if no_database else days)


repricing = typer.Typer(help="Price past calls again.", invoke_without_command=True, no_args_is_help=True)
commands.add_typer(repricing, name="reprice")
INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


@repricing.callback()
def reprice(
    context: typer.Context,
    workspace: Annotated[str | None, typer.Option(help="Slug of the workspace.")] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=INSTANTS, help="First instant, in UTC.", show_default="first call"),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=INSTANTS, help="Instant after the last.", show_default="now")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only calls of this provider.")] = None,
    model: Annotated[str | None, typer.Option(help="Only calls of this model.")] = None,
    only_unpriced: Annotated[bool, typer.Option("--only-unpriced", help="Only calls without a price.")] = False,
    reread_usage: Annotated[
        bool, typer.Option("--reread-usage", help="Read the usage objects that were kept again first.")
    ] = False,
    may_apply: Annotated[bool, typer.Option("--apply", help="After the preview, ask whether to apply it.")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="With --apply: do not ask.")] = False,
) -> None:
    """Show what today's prices would make of past calls, and apply it."""
    if context.invoked_subcommand is not None:
        return
    if workspace is None:
        raise CannotDo("Say which workspace: --workspace SLUG")
    from app.cli import repricing as job

    wanted = (workspace, start, end, provider, model, only_unpriced, reread_usage, may_apply, is_sure)
    job.reprice(job.Wanted(*wanted))


@repricing.command()
def undo(repricing_id: Annotated[UUID, typer.Argument(metavar="ID")]) -> None:
    """Take a re-pricing back: every call says again what it said before."""
    from app.cli import repricing as job

    job.undo(repricing_id)


forecasts = typer.Typer(help="Forecasts of what a month will cost.", no_args_is_help=True)
commands.add_typer(forecasts, name="forecast")


@forecasts.command("backtest")
def backtest(
    workspace: Annotated[
        str | None, typer.Option(help="Slug or id of a workspace.", show_default="companies like the demo's")
    ] = None,
    ledger: Annotated[str, typer.Option(help="tracked or billed.")] = "tracked",
) -> None:
    """Show how forecasts would have done in each month that is over: their error, and how often 80 % held."""
    from app.cli import forecasting
    from app.usage.spending import Ledger

    if ledger not in {*Ledger}:
        raise CannotDo("--ledger must be tracked or billed.")
    forecasting.judge(workspace, Ledger(ledger))


people = typer.Typer(help="Let back in who cannot get in by themselves.", no_args_is_help=True)
commands.add_typer(people, name="people")
Email = Annotated[str, typer.Argument(metavar="EMAIL")]


@people.command("reset-link")
def reset_link(email: Email) -> None:
    """Print a link to choose a new password, also where no mail can be sent. It confirms the address too."""
    from app.cli import people as job

    job.reset_link(email)


@people.command("forget-second-factor")
def forget_second_factor(email: Email) -> None:
    """Turn an account's second factor off: its app and its recovery codes are lost."""
    from app.cli import people as job

    job.forget_second_factor(email)


mail = typer.Typer(help="Mails to people that did not arrive.", no_args_is_help=True)
commands.add_typer(mail, name="mail")


@mail.command("list")
def list_mails() -> None:
    """Show mails to people that could not be delivered, with the reason, and those that wait."""
    from app.cli import mails as job

    job.list_mails()


@mail.command("resend")
def resend_mails(
    ids: Annotated[
        list[UUID] | None, typer.Argument(metavar="[ID]...", help="Without any: all that were given up.")
    ] = None,
) -> None:
    """Send mails again from the start."""
    from app.cli import mails as job

    job.resend(ids or ())


connections = typer.Typer(help="Connections to providers.", no_args_is_help=True)
commands.add_typer(connections, name="connections")


@connections.command("list")
def list_connections(
    workspace: Annotated[str | None, typer.Option(help="Slug of a workspace.", show_default="all")] = None,
) -> None:
    """Show every connection: how it is, when it was read, why it failed."""
    from app.cli import connections as job

    job.list_connections(workspace)


@commands.command()
def sync(
    workspace: Annotated[str | None, typer.Option(help="Slug: all connections of this workspace.")] = None,
    connection: Annotated[UUID | None, typer.Option(metavar="ID", help="This connection.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every connection of every workspace.")] = False,
) -> None:
    """Read the reports of providers now, to their end."""
    if not (workspace or connection or is_all):
        raise CannotDo("Say what to sync: --workspace SLUG, --connection ID, or --all")
    from app.cli import connections as job

    if not job.sync(workspace, connection):
        raise typer.Exit(EXIT_FOUND_WRONG)


keys = typer.Typer(help="The key under which secrets are kept.", no_args_is_help=True)
commands.add_typer(keys, name="keys")


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal anew, under the newest ENCRYPTION_KEY, all that is kept sealed. It can be stopped and started again."""
    from app.cli import connections as job

    if not job.rotate_keys():
        raise typer.Exit(EXIT_FOUND_WRONG)


database = typer.Typer(name="db", help="What the database holds, and looking after it.", no_args_is_help=True)
commands.add_typer(database)


@database.command("retain")
def retain_calls(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go and drop nothing.")] = False,
) -> None:
    """Drop calls that are no longer kept. The service does this by itself every hour; sums stay for ever."""
    from app.cli import keeping as job

    if not job.retain(dry_run=dry_run):
        raise typer.Exit(EXIT_FOUND_WRONG)


@database.command("rebuild-rollups")
def rebuild_rollups(
    workspace: Annotated[str | None, typer.Option(help="Slug or id of a workspace.", show_default="all")] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day, in UTC.", show_default="first call"),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.", show_default="open")
    ] = None,
    is_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 when something differs.")
    ] = False,
) -> None:
    """Add all calls up anew and put right what differs. Stopped and started again, it goes on."""
    from app.cli import rebuilding as job

    if not job.rebuild(workspace, start, end, is_check=is_check):
        raise typer.Exit(EXIT_FOUND_WRONG)


@database.command("stats")
def show_statistics(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    is_exact: Annotated[bool, typer.Option("--exact", help="Count rows instead of estimating them.")] = False,
) -> None:
    """Show what the database holds: rows, bytes by table and index, months, and bytes for each event."""
    from app.cli import statistics as job

    job.show(as_json=as_json, is_exact=is_exact)


@database.command("distribute")
def distribute(
    shards: Annotated[int, typer.Option(min=1, max=4096, help="Shards of each table.")] = 32,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")] = False,
) -> None:
    """Distribute the tables over a Citus cluster. What is distributed already stays as it is."""
    from app.cli import distributing as job

    job.distribute(shards=shards, dry_run=dry_run)
