"""`tocsin channel`."""

from collections.abc import Iterator

import pytest
from tests.unit.notifiers.servers import HttpReceiver, http_receiver
from typer.testing import CliRunner, Result

from tocsin.apps.notify.models import Channel
from tocsin.cli.channel import app
from tocsin.kernel.errors import ConfigError, DeliveryError

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    """A receiver of webhooks."""
    with http_receiver() as receiver:
        yield receiver


def run(*words: str) -> Result:
    """Run the command, and raise what it raises: the `tocsin` command turns that into one line."""
    result = CliRunner().invoke(app, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_email_takes_addresses_with_commas() -> None:
    """Spaces and a last comma do no harm; what is missing to send is said."""
    result = run("add", "email", "ops", "--to", "a@example.com, b@example.com,", "--min-level", "high")
    assert result.exit_code == 0
    channel = Channel.objects.get()
    assert (channel.config, channel.min_level_rank) == ({"to": ["a@example.com", "b@example.com"]}, 3)
    assert "TOCSIN_SMTP_URL is not set" in result.stderr


def test_a_webhooks_secret_is_shown_once(hook: HttpReceiver) -> None:
    """A secret that was made is the one line of the output; the list does not have it."""
    result = run("add", "webhook", "hook", hook.url)
    secret = result.stdout.strip()
    assert secret == Channel.objects.get().config["secret"]
    assert secret.startswith("tcs_hook_")
    listed = run("list")
    assert "hook" in listed.output
    assert secret not in listed.output
    assert "secret-path" not in listed.output


def test_a_secret_of_ones_own_is_not_shown(hook: HttpReceiver) -> None:
    """Who brought a secret knows it."""
    result = run("add", "webhook", "hook", hook.url, "--secret", "my-own-secret-of-length")
    assert "my-own-secret-of-length" not in result.output
    assert Channel.objects.get().config["secret"] == "my-own-secret-of-length"


def test_slack_takes_an_address() -> None:
    """Its host is shown, its path is not."""
    result = run("add", "slack", "team", "https://hooks.slack.com/services/T0/B0/secret-path")
    assert "https://hooks.slack.com/…" in result.stderr
    assert "secret-path" not in result.output


def test_a_test_tells_the_answer(hook: HttpReceiver) -> None:
    """What the other side said is the output."""
    run("add", "webhook", "hook", hook.url)
    assert "answered 200 ok" in run("test", "hook").stdout
    assert len(hook.requests) == 1


def test_a_failed_test_fails(hook: HttpReceiver) -> None:
    """A refusal is an error, for scripts too."""
    hook.answers = [(403, {}, b"no")]
    run("add", "webhook", "hook", hook.url)
    with pytest.raises(DeliveryError, match="answered 403 no"):
        run("test", "hook")


def test_remove_removes() -> None:
    """A removed channel is gone; a second time is an error that names what there is."""
    run("add", "slack", "team", "https://hooks.slack.com/services/x")
    assert run("remove", "team").exit_code == 0
    assert not Channel.objects.exists()
    with pytest.raises(ConfigError, match="there is no channel 'team'; there are: none yet"):
        run("remove", "team")


def test_an_empty_list_says_what_to_do() -> None:
    """Without a channel nobody is told, and the list says so."""
    assert "tocsin channel add" in run("list").output


@pytest.mark.parametrize("level", ["hihg", "", "HIGH"])
def test_a_wrong_level_is_an_error(level: str) -> None:
    """Nothing is made where an option is wrong."""
    with pytest.raises(ConfigError, match="is not a level"):
        run("add", "slack", "team", "https://hooks.slack.com/x", "--min-level", level)
    assert not Channel.objects.exists()
