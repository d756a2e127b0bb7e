"""`tocsin token`: who may send to the HTTP input."""

import shlex
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from tocsin.apps.intake.models import IngestToken

app = typer.Typer(no_args_is_help=True, help="Tokens that let an application send its records.")


@app.command()
def create(
    source: str = typer.Option(..., help="The source that the token sends to; made if there is none."),
    format: str = typer.Option("", help="How its records are written; json for a new source."),
    product: str = typer.Option("", help="Sigma's product, such as linux; else what the format implies."),
    category: str = typer.Option("", help="Sigma's category, such as webserver."),
    service: str = typer.Option("", help="Sigma's service, such as sshd."),
) -> None:
    """Make a token for a source; it is printed last, once, and kept nowhere."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.intake.sources import find_or_add_source, issue_token

    found = find_or_add_source(source, format=format, product=product, category=category, service=service)
    secret = issue_token(found)
    typer.echo(f"Send {found.format} records to '{found.name}' with:")
    typer.echo(f"  {_curl(found.name, secret)}")
    typer.echo("The token, shown only now:")
    typer.echo(secret)


@app.command("list")
def list_tokens() -> None:
    """List the tokens: id, source, the beginning of each, and when it was made or revoked."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.intake.models import IngestToken

    tokens = IngestToken.objects.select_related("source").order_by("pk")
    if not tokens:
        typer.echo("There is no token yet; make one with: tocsin token create --source NAME")
    for token in tokens:
        typer.echo(_line(token))


@app.command()
def revoke(token: str = typer.Argument(help="Its id, or what `tocsin token list` shows of it.")) -> None:
    """Take a token back; within five seconds nothing more is accepted from it."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.intake.sources import revoke_token

    revoked = revoke_token(token)
    typer.echo(f"Revoked token {revoked.pk} ({revoked.hint}) of source '{revoked.source.name}'.")


def _curl(source: str, secret: str) -> str:
    from tocsin.conf.options import options

    url = shlex.quote(f"{options().base_url}/ingest/{source}")
    return f'curl -X POST --data-binary @FILE -H "Authorization: Bearer {secret}" {url}'


def _line(token: "IngestToken") -> str:
    state = f"revoked {token.revoked_at:%Y-%m-%d %H:%M}" if token.revoked_at else "active"
    return f"{token.pk:>4}  {token.source.name:<24} {token.hint:<13} made {token.created_at:%Y-%m-%d %H:%M}  {state}"
