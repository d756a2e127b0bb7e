"""What holds for every notifier, against real receivers on loopback."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from tests.unit.notifiers.cast import hostile, message
from tests.unit.notifiers.servers import closed_port, http_receiver, silent_server, smtp_receiver

from tocsin import notifiers
from tocsin.apps.notify.smtp import SmtpServer, mail_sender
from tocsin.kernel.errors import ConfigError, DeliveryError
from tocsin.notifiers import NOTIFIERS, Notifier, load_notifier
from tocsin.notifiers.message import Message
from tocsin.notifiers.transport import Transports

TIMEOUT_S = 0.4


@dataclass
class Receiver:
    """The other side of one notifier: its config, the ways to it, and what it got."""

    config: dict[str, Any]
    ways: Transports
    got: Callable[[], list[str]]
    """The messages it took, each as the text that a program there would read."""


def _http(config: dict[str, Any]) -> Callable[[str], Any]:
    answers = {"taken": (200, {}, b"ok"), "busy": (503, {}, b"later"), "refused": (410, {}, b"gone")}

    @contextmanager
    def open_receiver(mood: str) -> Iterator[Receiver]:
        with http_receiver(answers[mood]) as receiver:
            yield Receiver(
                config | {"url": receiver.url},
                Transports(timeout_s=TIMEOUT_S),
                lambda: [f"{each.headers}\n{each.body.decode()}" for each in receiver.requests],
            )

    return open_receiver


@contextmanager
def _smtp(mood: str) -> Iterator[Receiver]:
    with smtp_receiver() as mailbox:
        mailbox.answers = {"taken": {}, "busy": {"DATA": "451 later"}, "refused": {"a@example.com": "550 no"}}[mood]
        yield Receiver({"to": ["a@example.com"]}, _mail(mailbox.port), lambda: [_read(mail) for mail in mailbox.mails])


def _read(mail: EmailMessage) -> str:
    text, html = mail.iter_parts()
    return f"{mail.items()}\n{text.get_content()}\n{html.get_content()}"


def _mail(port: int) -> Transports:
    return Transports(mail_sender(SmtpServer("127.0.0.1", port, "none", "t@example.com", timeout_s=TIMEOUT_S)))


RECEIVERS: dict[str, Callable[[str], Any]] = {
    "email": _smtp,
    "slack": _http({}),
    "webhook": _http({"secret": "s" * 32}),
}


def _elsewhere(kind: str, port: int) -> tuple[dict[str, Any], Transports]:
    """A config that leads to ``port``, where no receiver is."""
    url = f"http://127.0.0.1:{port}/hook"
    config = {"email": {"to": ["a@example.com"]}, "slack": {"url": url}, "webhook": {"url": url, "secret": "s" * 32}}
    return config[kind], _mail(port) if kind == "email" else Transports(timeout_s=TIMEOUT_S)


@pytest.fixture(params=sorted(NOTIFIERS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of notifier."""
    name: str = request.param
    return name


def send(notifier: Notifier, receiver: Receiver, told: Message) -> str:
    """Deliver ``told``."""
    return notifier.deliver(notifier.parse(receiver.config), told, receiver.ways)


def test_every_notifier_is_tested() -> None:
    """A new kind has a receiver here."""
    assert RECEIVERS.keys() == NOTIFIERS.keys()


def test_registry_and_folders_agree() -> None:
    """Every package of the room is a kind, and every kind is a package."""
    folders = {each.parent.name for each in Path(notifiers.__file__).parent.glob("*/__init__.py")}
    assert folders == NOTIFIERS.keys()


def test_an_unknown_kind_is_refused() -> None:
    """A kind that is none is answered with those there are."""
    with pytest.raises(ConfigError, match="'pigeon' is not a kind of channel; use email, slack, webhook"):
        load_notifier("pigeon")


def test_a_message_arrives(kind: str) -> None:
    """What happened, who, how often, what to do, a sample and the link reach the other side."""
    with RECEIVERS[kind]("taken") as receiver:
        answer = send(load_notifier(kind), receiver, message())
        (got,) = receiver.got()
    assert answer
    for fact in ("SSH brute force", "203.0.113.9", "12 events", "Block the address", "Failed password for root"):
        assert fact in got
    assert "https://tocsin.example.com/alerts/12" in got


def test_the_receiver_sees_the_idempotency_key(kind: str) -> None:
    """A message that comes twice can be known again."""
    with RECEIVERS[kind]("taken") as receiver:
        for _ in range(2):
            send(load_notifier(kind), receiver, message())
        first, second = receiver.got()
    assert "12:1:opened:5f" in first
    assert "12:1:opened:5f" in second


def test_a_busy_receiver_is_tried_again(kind: str) -> None:
    """A temporary answer is a temporary error, and its words are told."""
    with RECEIVERS[kind]("busy") as receiver, pytest.raises(DeliveryError, match="later") as caught:
        send(load_notifier(kind), receiver, message())
    assert not caught.value.is_permanent


def test_a_refusal_is_final(kind: str) -> None:
    """What the other side will never take is not sent for a day."""
    with RECEIVERS[kind]("refused") as receiver, pytest.raises(DeliveryError, match=r"550 no|410 gone") as caught:
        send(load_notifier(kind), receiver, message())
    assert caught.value.is_permanent


def test_nobody_there_is_tried_again(kind: str) -> None:
    """A refused connection is temporary."""
    config, ways = _elsewhere(kind, closed_port())
    with pytest.raises(DeliveryError, match=r"cannot be reached.*refused") as caught:
        send(load_notifier(kind), Receiver(config, ways, list), message())
    assert not caught.value.is_permanent


@pytest.mark.timeout(20)
def test_a_silent_receiver_is_tried_again(kind: str) -> None:
    """A server that takes the connection and never answers costs a time limit, not the loop."""
    with silent_server() as port:
        config, ways = _elsewhere(kind, port)
        with pytest.raises(DeliveryError, match=r"did not answer|cannot be reached") as caught:
            send(load_notifier(kind), Receiver(config, ways, list), message())
    assert not caught.value.is_permanent


def test_hostile_content_is_inert(kind: str) -> None:
    """No markup, mention, header, escape sequence or direction mark of a log acts on the other side."""
    with RECEIVERS[kind]("taken") as receiver:
        send(load_notifier(kind), receiver, hostile())
        (got,) = receiver.got()
    assert not {"\x1b", "\x07", "\x00", "\u202e", "\u200b<"} & set(got)
    assert "\nBcc:" not in got
    assert len(got) < 100_000
    if kind == "slack":
        blocks = json.loads(got.partition("\n")[2])
        assert "<!here>" not in json.dumps(blocks)
        assert "<script>" not in json.dumps(blocks)


def test_no_error_tells_a_secret(kind: str) -> None:
    """Neither an error nor a config's repr holds a webhook's path or its secret."""
    with ExitStack() as stack:
        receiver = stack.enter_context(RECEIVERS[kind]("refused"))
        with pytest.raises(DeliveryError) as caught:
            send(load_notifier(kind), receiver, message())
    config = load_notifier(kind).parse(receiver.config)
    for told in (str(caught.value), repr(config), config.target):
        assert "secret-path" not in told
        assert "s" * 32 not in told


def test_a_config_survives_the_database(kind: str) -> None:
    """What is stored reads back as what was checked."""
    notifier = load_notifier(kind)
    config = notifier.parse(_elsewhere(kind, 9)[0])
    assert notifier.parse(json.loads(json.dumps(config.as_json()))) == config


def test_an_empty_config_is_refused(kind: str) -> None:
    """A channel without an address is told what is missing."""
    with pytest.raises(ConfigError):
        load_notifier(kind).parse({})
