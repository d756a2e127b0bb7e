"""Send one mail, and say whether trying again can help."""

import hashlib
import smtplib
import ssl

from tocsin.kernel.errors import DeliveryError
from tocsin.notifiers import words
from tocsin.notifiers.email import body
from tocsin.notifiers.email.config import Config
from tocsin.notifiers.message import Message
from tocsin.notifiers.text import visible
from tocsin.notifiers.transport import Mail, Transports


def deliver(config: Config, message: Message, transports: Transports) -> str:
    """Send ``message`` to every address of ``config``.

    A temporary refusal of one address repeats the mail to all of them, with the same Message-ID.
    Raises: DeliveryError.
    """
    if transports.send_mail is None:
        raise DeliveryError(
            "no SMTP server is configured; set TOCSIN_SMTP_URL to smtp://user:password@host:port?from=ADDRESS",
            is_permanent=True,
        )
    if not config.people:
        raise DeliveryError(f"nobody is on call in {config.target}; name people for it")
    try:
        transports.send_mail(compose(config, message))
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(error) from error
    except smtplib.SMTPResponseException as error:
        said = f"the SMTP server answered {_answer(error.smtp_code, error.smtp_error)}"
        raise DeliveryError(said, is_permanent=_is_permanent(error.smtp_code)) from error
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(f"the SMTP server's certificate is not trusted: {error.verify_message}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"the SMTP server cannot be reached: {visible(str(error), 300)}") from error
    return f"taken by the SMTP server for {', '.join(config.people)}"


def compose(config: Config, message: Message) -> Mail:
    """The mail that tells ``message``.

    Its Message-ID is made from the idempotency key, so that mailboxes know a repeated mail again.
    """
    own, first = _message_id(message.idempotency_key), _message_id(message.thread_key)
    headers = [
        ("Message-ID", own),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Idempotency-Key", message.idempotency_key),
    ]
    if own != first:
        headers += [("In-Reply-To", first), ("References", first)]
    return Mail(words.subject(message), body.text(message), body.html(message), config.people, tuple(headers))


def _message_id(key: str) -> str:
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@tocsin.invalid>"


def _refused(error: smtplib.SMTPRecipientsRefused) -> DeliveryError:
    answers = [(address, code, said) for address, (code, said) in error.recipients.items()]
    told = "; ".join(f"{visible(str(address), 254)}: {_answer(code, said)}" for address, code, said in answers)
    return DeliveryError(
        f"the SMTP server refused {told}", is_permanent=all(_is_permanent(code) for _, code, _ in answers)
    )


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {visible(text, 200)}"
