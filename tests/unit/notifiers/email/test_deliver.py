"""A mail as the other side gets it, and what its refusals mean."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from tests.unit.notifiers.cast import HOSTILE, message
from tests.unit.notifiers.servers import Mailbox, silent_server, smtp_receiver

from tocsin.apps.notify.smtp import SmtpServer, mail_sender
from tocsin.kernel.errors import DeliveryError
from tocsin.notifiers.email import Config, deliver
from tocsin.notifiers.message import Message, Occasion
from tocsin.notifiers.transport import Transports

TO = Config(("a@example.com", "b@example.com"))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server without TLS."""
    with smtp_receiver() as server:
        yield server


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


def server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """The server's side of TLS, its certificate made out to ``name``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def send(port: int, told: Message, tls: str = "none", user: str = "", password: str = "") -> str:
    """Deliver ``told`` to `TO` through the server on ``port``."""
    server = SmtpServer("127.0.0.1", port, tls, "tocsin@example.com", user, password, timeout_s=4 if user else 0.5)
    return deliver(TO, told, Transports(mail_sender(server)))


def test_a_mail_has_a_text_and_an_html_part(mailbox: Mailbox) -> None:
    """Readers of both kinds are served, in UTF-8."""
    assert send(mailbox.port, message(title="Zoë 東京")) == "taken by the SMTP server for a@example.com, b@example.com"
    (mail,) = mailbox.mails
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Subject"].strip() == "[HIGH] 12 events, 203.0.113.9 — Zoë 東京"
    assert mail["From"] == "Tocsin <tocsin@example.com>"
    assert mailbox.recipients == [["a@example.com", "b@example.com"]]


def test_machines_do_not_answer_it(mailbox: Mailbox) -> None:
    """It says that a machine wrote it, and when."""
    send(mailbox.port, message())
    assert mailbox.mails[0]["Auto-Submitted"] == "auto-generated"
    assert mailbox.mails[0]["Date"]


def test_updates_answer_the_first_mail(mailbox: Mailbox) -> None:
    """An update has its own Message-ID, and refers to that of the alert's first mail."""
    send(mailbox.port, message())
    send(mailbox.port, message(occasion=Occasion.UPDATE, idempotency_key="12:1:x10:5f"))
    first, update = mailbox.mails
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]
    assert update["Message-ID"] != first["Message-ID"]
    assert first["In-Reply-To"] is None


def test_a_repeated_mail_has_the_same_message_id(mailbox: Mailbox) -> None:
    """A mailbox knows a mail again that comes twice, though the count in it has grown."""
    send(mailbox.port, message())
    send(mailbox.port, message(count=13))
    assert mailbox.mails[0]["Message-ID"] == mailbox.mails[1]["Message-ID"]


def test_no_header_can_be_smuggled(mailbox: Mailbox) -> None:
    """A line feed in a group's value adds no recipient."""
    send(mailbox.port, message(title=HOSTILE, group=(("user", HOSTILE),)))
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.recipients == [["a@example.com", "b@example.com"]]


def test_without_a_server_it_says_what_to_set() -> None:
    """No SMTP server is a setting to mend, not something to wait for."""
    with pytest.raises(DeliveryError, match="set TOCSIN_SMTP_URL") as caught:
        deliver(TO, message(), Transports())
    assert caught.value.is_permanent


def test_one_refused_address_is_not_hidden_by_the_other(mailbox: Mailbox) -> None:
    """Where one of two gets the mail, the one who does not is named."""
    mailbox.answers = {"b@example.com": "550 5.1.1 no such user"}
    with pytest.raises(DeliveryError, match=r"b@example.com: 550 5.1.1 no such user") as caught:
        send(mailbox.port, message())
    assert caught.value.is_permanent
    assert mailbox.recipients == [["a@example.com"]]


def test_greylisting_is_waited_for(mailbox: Mailbox) -> None:
    """A temporary refusal of one address is tried again."""
    mailbox.answers = {"a@example.com": "450 greylisted", "b@example.com": "550 never"}
    with pytest.raises(DeliveryError, match="450 greylisted") as caught:
        send(mailbox.port, message())
    assert not caught.value.is_permanent


@pytest.mark.parametrize(("answer", "is_permanent"), [("452 full", False), ("554 spam\x1b[2J", True)])
def test_the_first_digit_decides(mailbox: Mailbox, answer: str, is_permanent: bool) -> None:
    """4xx is tried again, 5xx is not."""
    mailbox.answers = {"DATA": answer}
    with pytest.raises(DeliveryError, match=answer[:6]) as caught:
        send(mailbox.port, message())
    assert caught.value.is_permanent is is_permanent
    assert str(caught.value).isprintable()


def test_a_server_that_greets_and_goes_silent_is_given_up() -> None:
    """A conversation that stops in the middle ends with its time limit."""
    with silent_server(b"220 mail.test ESMTP\r\n") as port, pytest.raises(DeliveryError) as caught:
        send(port, message())
    assert not caught.value.is_permanent


def test_starttls_and_a_password(authority: trustme.CA) -> None:
    """User and password go through TLS, with every character that they may have."""
    with smtp_receiver(starttls=server_tls(authority), is_auth_required=True) as mailbox:
        send(mailbox.port, message(), "starttls", "tocsin@example.com", "p@ss:w/rd%")
    assert mailbox.users == ["tocsin@example.com"]
    assert len(mailbox.mails) == 1


def test_a_wrong_password_is_final(authority: trustme.CA) -> None:
    """A refused password is said as the server says it, and not tried for a day."""
    with (
        smtp_receiver(starttls=server_tls(authority), is_auth_required=True) as mailbox,
        pytest.raises(DeliveryError, match="535") as caught,
    ):
        send(mailbox.port, message(), "starttls", "tocsin@example.com", "wrong-password")
    assert caught.value.is_permanent
    assert "wrong-password" not in str(caught.value)


def test_tls_from_the_start(authority: trustme.CA) -> None:
    """smtps:// speaks TLS from the first byte."""
    with smtp_receiver(tls=server_tls(authority)) as mailbox:
        send(mailbox.port, message(), "tls")
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_an_untrusted_certificate_stops_the_mail(tls: str) -> None:
    """Nothing is told to a server that is not who it says; nor is it forgotten."""
    context = server_tls(trustme.CA())
    ways = {"tls": context} if tls == "tls" else {"starttls": context}
    with smtp_receiver(**ways) as mailbox, pytest.raises(DeliveryError, match="certificate is not trusted") as caught:
        send(mailbox.port, message(), tls)
    assert not caught.value.is_permanent
    assert not mailbox.mails


def test_starttls_is_never_left_out(mailbox: Mailbox) -> None:
    """A server (or someone in between) that offers no STARTTLS gets nothing."""
    with pytest.raises(DeliveryError, match="STARTTLS"):
        send(mailbox.port, message(), "starttls")
    assert not mailbox.mails


def test_a_certificate_for_another_name_stops_the_mail(authority: trustme.CA) -> None:
    """The certificate must be made out to the host of the address."""
    with (
        smtp_receiver(tls=server_tls(authority, "mail.example.com")) as mailbox,
        pytest.raises(DeliveryError, match="certificate is not trusted"),
    ):
        send(mailbox.port, message(), "tls")
    assert not mailbox.mails


def test_many_long_words_stay_within_the_line_limit(mailbox: Mailbox) -> None:
    """No line is longer than SMTP allows, whatever a log holds."""
    send(mailbox.port, replace(message(), description="x" * 50_000, title="ü" * 500))
    assert all(len(line) <= 998 for line in mailbox.raw[0].split(b"\r\n"))


def test_nobody_on_call_is_tried_again() -> None:
    """A rotation that nobody is on call in now may have somebody soon; until then the other channels are told."""
    with pytest.raises(DeliveryError, match="nobody is on call in @primary") as caught:
        deliver(Config(("@primary",)), message(), Transports(send_mail=lambda _: None))
    assert not caught.value.is_permanent
