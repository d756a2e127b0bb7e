"""`tocsin channel`: whom Tocsin tells, and by which way."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Whom to tell: add, list, try and remove channels.")

Name = Annotated[str, typer.Argument(help="What the channel is called.")]
MinLevel = Annotated[str, typer.Option(help="Tell alerts of this level and above.")]

adding = typer.Typer(no_args_is_help=True, help="Add a channel: email, slack or webhook.")
app.add_typer(adding, name="add")


@adding.command("email")
def add_email(
    name: Name,
    to: Annotated[str, typer.Option(help="Addresses, separated by commas.")],
    min_level: MinLevel = "medium",
) -> None:
    """Tell people by email, through the server of TOCSIN_SMTP_URL."""
    addresses = [address.strip() for address in to.split(",") if address.strip()]
    _add(name, "email", {"to": addresses}, min_level)
    from tocsin.conf.options import options

    if not options().smtp_url:
        typer.secho("TOCSIN_SMTP_URL is not set; nothing can be sent here until it is.", err=True, fg="yellow")


@adding.command("slack")
def add_slack(
    name: Name,
    url: Annotated[str, typer.Argument(help="The incoming webhook's address.")],
    min_level: MinLevel = "medium",
) -> None:
    """Tell a Slack channel through an incoming webhook."""
    _add(name, "slack", {"url": url}, min_level)


@adding.command("webhook")
def add_webhook(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where to POST.")],
    secret: Annotated[str, typer.Option(help="Signs the messages; made and shown once if left out.")] = "",
    min_level: MinLevel = "medium",
) -> None:
    """Tell a program: JSON, signed with HMAC-SHA256 in the header Tocsin-Signature."""
    from tocsin.kernel.ids import new_secret

    chosen = secret or new_secret("tcs_hook")
    _add(name, "webhook", {"url": url, "secret": chosen}, min_level)
    if not secret:
        typer.echo("The secret that signs its messages, shown this once:", err=True)
        typer.echo(chosen)


@app.command("list")
def list_all() -> None:
    """List the channels."""
    _ready()
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tocsin.apps.notify.channels import list_channels

    channels = list_channels()
    if not channels:
        typer.echo("There is no channel yet; nobody is told of alerts. Add one with: tocsin channel add --help")
        return
    table = Table("name", "kind", "to", "from level", "last message", box=None)
    for each in channels:
        last = each.last or "none yet"
        cells = (each.name, each.kind, each.target, each.min_level.value, last if each.is_enabled else "disabled")
        table.add_row(*map(Text, cells))
    Console().print(table)


@app.command("remove")
def remove(name: Name) -> None:
    """Remove a channel."""
    _ready()
    from tocsin.apps.notify.channels import remove_channel

    remove_channel(name)
    typer.echo(f"Removed the channel '{name}'.", err=True)


@app.command("test")
def test(name: Name) -> None:
    """Send a test message now, and say what the other side answered."""
    _ready()
    from tocsin.apps.notify.channels import try_channel
    from tocsin.conf.options import options

    typer.echo(try_channel(name, options()))


def _add(name: str, kind: str, config: dict[str, object], min_level: str) -> None:
    _ready()
    from tocsin.apps.notify.channels import add_channel, summarize

    added = summarize(add_channel(name, kind, config, min_level))
    typer.echo(
        f"Added the channel '{name}': {added.target}, from level {added.min_level}. Try it: tocsin channel test {name}",
        err=True,
    )


def _ready() -> None:
    from tocsin.cli.database import ready

    ready()
