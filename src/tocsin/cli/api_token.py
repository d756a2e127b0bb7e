"""`tocsin api-token`: what programs may do through the API, in whose name."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tocsin.apps.accounts.models import ApiToken

app = typer.Typer(no_args_is_help=True, help="Tokens for programs that use the API, /api/v1.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    email: Annotated[str, typer.Option(help="In whose name it acts; the owner's if left out.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do: alerts:read and so on; all that reads if left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lives.")] = 90,
) -> None:
    """Make a token; it is printed last, once, and kept nowhere."""
    from datetime import timedelta

    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.accounts.models import ApiToken, Scope, User
    from tocsin.conf.options import options
    from tocsin.kernel.clock import now
    from tocsin.kernel.errors import ConfigError

    user = User.objects.find(email or options().owner)
    if user is None:
        raise ConfigError(f"nobody here has the address {email or options().owner}; see: tocsin signin --help")
    scopes = scope or [each for each in Scope if each.endswith(":read")]
    secret = ApiToken.issue(user, name, scopes, now(), timedelta(days=days))
    typer.echo(f"Acts for {user.email} for {days} days: {', '.join(sorted(set(scopes)))}. Try it:")
    typer.echo(f'  curl -H "Authorization: Bearer {secret}" "{options().base_url}/api/v1/alerts?state=open"')
    typer.echo("The token, shown only now:")
    typer.echo(secret)


@app.command("list")
def list_tokens() -> None:
    """List the tokens: id, beginning, whose, what for, scopes, and until when."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.accounts.models import ApiToken

    tokens = ApiToken.objects.select_related("user").order_by("pk")
    if not tokens:
        typer.echo("There is no token yet; make one with: tocsin api-token create NAME")
    for token in tokens:
        typer.echo(_line(token))


@app.command()
def revoke(token: Annotated[int, typer.Argument(help="Its id.")]) -> None:
    """Take a token back, at once."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.accounts.models import ApiToken
    from tocsin.kernel.clock import now
    from tocsin.kernel.errors import ConfigError

    found = ApiToken.objects.filter(pk=token).select_related("user").first()
    if found is None or not found.revoke(now()):
        raise ConfigError(f"there is no active token {token}; see: tocsin api-token list")
    typer.echo(f"Revoked token {token}.")


def _line(token: "ApiToken") -> str:
    ended = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
    used = f"used {token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never used"
    what = f"{token.name:<20} {', '.join(token.scopes)}"
    return f"{token.pk:>4}  {token.hint:<14} {token.user.email:<28} {ended}, {used}  {what}"
