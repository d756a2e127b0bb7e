"""The `tocsin` command: names the sub-commands, and turns an expected error into one clear line.

A command's module imports Django and the engines inside its function, so that `--help` is instant.
"""

import sys

import typer

from tocsin import __version__
from tocsin.cli import (
    alerts,
    api_token,
    channel,
    drill,
    follow,
    mcp,
    rules,
    run,
    scan,
    serve,
    signin,
    source,
    token,
    upkeep,
)
from tocsin.kernel.errors import TocsinError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tocsin: collects your logs, notices what is wrong, and tells the right people once.",
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


app.command("serve")(serve.serve)
app.command("drill")(drill.drill)
app.add_typer(token.app, name="token")
app.add_typer(source.app, name="source")
app.command("follow")(follow.follow)
app.command("alerts")(alerts.alerts)
app.command("scan")(scan.scan)
app.add_typer(rules.app, name="rules")
app.add_typer(channel.app, name="channel")
app.add_typer(api_token.app, name="api-token")
app.command("mcp")(mcp.mcp)
app.command("signin")(signin.signin)
app.command("upkeep")(upkeep.upkeep)
app.command("run")(run.run)


def main() -> None:
    """Run the command line. Exit status 2 and one clear message for what a person can mend."""
    try:
        app()
    except TocsinError as error:
        typer.secho(f"tocsin: {error}", err=True, fg="red")
        sys.exit(2)
