"""`tocsin signin`."""

import pytest
from django.test import Client
from typer import Typer
from typer.testing import CliRunner

from tocsin.apps.accounts.models import User
from tocsin.cli.signin import signin
from tocsin.conf.options import options

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> Typer:
    """A command line of this one command."""
    app = Typer()
    app.command()(signin)
    return app


def test_the_last_line_is_an_address_that_signs_the_owner_in(app: Typer) -> None:
    """Ready to be opened, or to be taken by a script."""
    result = CliRunner().invoke(app, [])
    address = result.stdout.splitlines()[-1]
    assert address.startswith(f"{options().base_url}/signin/")
    client = Client()
    assert client.get(address.removeprefix(options().base_url)).headers["Location"] == "/"
    assert User.objects.get().email == options().owner


def test_a_link_can_be_for_somebody_else(app: Typer) -> None:
    """Named by address."""
    assert CliRunner().invoke(app, ["--email", "ann@example.com"]).exit_code == 0
    assert User.objects.get().email == "ann@example.com"
