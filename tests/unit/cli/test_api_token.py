"""`tocsin api-token`: made, listed, taken back."""

import pytest
from typer.testing import CliRunner

from tocsin.apps.accounts.models import ApiToken, User
from tocsin.apps.accounts.roles import Role
from tocsin.cli.api_token import app
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def people() -> None:
    """The owner, and Ann."""
    for email in ("owner@localhost", "ann@example.com"):
        User.objects.create(email=email, role=Role.OWNER)


def run(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout.splitlines()


def test_a_token_reads_unless_more_is_asked() -> None:
    """Its secret is the last line, and it acts for the owner."""
    secret = run("create", "ci")[-1]
    token = ApiToken.find(secret, now())
    assert token is not None
    assert token.scopes == ["alerts:read", "events:read", "rules:read", "settings:read"]
    assert token.user.email == "owner@localhost"


def test_a_token_has_the_scopes_that_are_named() -> None:
    """And the person."""
    secret = run("create", "ci", "--email", "ann@example.com", "--scope", "alerts:write")[-1]
    token = ApiToken.find(secret, now())
    assert token is not None
    assert (token.scopes, token.user.email) == (["alerts:write"], "ann@example.com")
    with pytest.raises(ConfigError, match="nobody here has the address"):
        run("create", "ci", "--email", "bob@example.com")
    with pytest.raises(ConfigError, match="'all' is not a scope"):
        run("create", "ci", "--scope", "all")


def test_a_token_is_taken_back_once() -> None:
    """And the list says so, without any secret."""
    assert "There is no token yet" in run("list")[0]
    secret = run("create", "ci")[-1]
    number = str(ApiToken.objects.get().pk)
    assert run("revoke", number) == [f"Revoked token {number}."]
    (line,) = run("list")
    assert "revoked" in line
    assert secret not in line
    with pytest.raises(ConfigError, match="no active token"):
        run("revoke", number)
