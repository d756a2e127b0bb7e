"""`tocsin token`: made, listed, taken back."""

import pytest
from typer.testing import CliRunner

from tocsin.apps.intake.models import IngestToken
from tocsin.cli.token import app
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout.splitlines()


def test_the_token_is_the_last_line() -> None:
    """So that a script can take it; it works, and the lines before say how to use it."""
    *words, secret = run("create", "--source", "web", "--format", "access")
    token = IngestToken.find(secret)
    assert token is not None
    assert (token.source.name, token.source.format) == ("web", "access")
    assert any(f"Bearer {secret}" in line and "/ingest/web" in line for line in words)


def test_the_list_shows_no_secret() -> None:
    """Only what tells the tokens apart, and which are revoked."""
    assert "There is no token yet" in run("list")[0]
    secret = run("create", "--source", "web")[-1]
    (line,) = run("list")
    assert "web" in line
    assert "active" in line
    assert secret not in line


def test_a_revoked_token_is_listed_as_such() -> None:
    """It is refused, and stays in the list."""
    secret = run("create", "--source", "web")[-1]
    assert "Revoked token" in run("revoke", secret[:11])[0]
    assert IngestToken.find(secret) is None
    assert "revoked" in run("list")[0]


def test_another_format_for_a_source_that_exists_is_refused() -> None:
    """The mistake is named, and no token made."""
    run("create", "--source", "web", "--format", "access")
    with pytest.raises(ConfigError, match="exists with format 'access', not 'sshd'"):
        run("create", "--source", "web", "--format", "sshd")
    assert IngestToken.objects.count() == 1
