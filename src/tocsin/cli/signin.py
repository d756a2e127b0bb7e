"""`tocsin signin`: a one-time link into the console, for whoever may run commands on this machine."""

from typing import Annotated

import typer

from tocsin.apps.accounts.roles import Role


def signin(
    email: Annotated[str, typer.Option(help="Whose link; added if new.", show_default="the owner in tocsin.toml")] = "",
    role: Annotated[
        Role | None, typer.Option(help="What somebody new may do.", show_default="viewer; the first is owner")
    ] = None,
) -> None:
    """Print a link that signs one person in, once, within an hour."""
    from tocsin.cli.database import ready
    from tocsin.conf.options import options

    ready()
    from tocsin.apps.accounts.links import issue_link

    chosen = email or options().owner
    path = issue_link(chosen, role)
    typer.echo(f"Signs {chosen} in, once, within an hour:", err=True)
    typer.echo(options().base_url + path)
