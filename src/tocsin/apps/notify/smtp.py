"""The SMTP server of `TOCSIN_SMTP_URL`, spoken to through Django's SMTP backend."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formataddr
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from tocsin.kernel.errors import ConfigError
from tocsin.notifiers.email.config import check_address
from tocsin.notifiers.transport import Mail, SendMail

TIMEOUT_S = 15.0
"""For each step of the conversation."""

_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_FORM = "write smtp://user:password@host:port?tls=starttls&from=ADDRESS, or smtps:// for TLS from the start"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in.

    Attributes:
        tls: ``tls`` from the start, ``starttls`` or ``none``.
    """

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S


def parse_smtp_url(url: str) -> SmtpServer:
    """Read ``smtp://user:password@host:port?tls=starttls&from=ADDRESS``; all but the host may be left out.

    ``tls`` is ``starttls`` unless the host is this machine; user and password are percent-encoded.
    Raises: ConfigError, which never repeats the password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ConfigError(f"TOCSIN_SMTP_URL is not an address; {_FORM}") from error
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path not in ("", "/") or port == 0:
        raise ConfigError(f"TOCSIN_SMTP_URL is not the address of an SMTP server; {_FORM}")
    if unknown := query.keys() - {"tls", "from"}:
        raise ConfigError(f"TOCSIN_SMTP_URL has the unknown option '{min(unknown)}'; {_FORM}")
    tls = _tls(parts, query, host)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and tls == "none" and not _is_local(host):
        raise ConfigError(
            f"TOCSIN_SMTP_URL would send the password to {host} in the clear; use tls=starttls or smtps://"
        )
    return SmtpServer(host, port or _PORTS[tls], tls, _sender(query, user, host), user, password)


def _tls(parts: SplitResult, query: dict[str, str], host: str) -> str:
    if parts.scheme == "smtps":
        if query.get("tls", "tls") != "tls":
            raise ConfigError("TOCSIN_SMTP_URL says both smtps:// and tls=; leave out tls=")
        return "tls"
    tls = query.get("tls", "none" if _is_local(host) else "starttls")
    if tls not in ("starttls", "none"):
        raise ConfigError(
            f"TOCSIN_SMTP_URL has tls={tls!r}; use tls=starttls or tls=none, or smtps:// for TLS throughout"
        )
    return tls


def _sender(query: dict[str, str], user: str, host: str) -> str:
    if "from" in query:
        return check_address(query["from"])
    if "@" in user:
        return check_address(user)
    if _is_local(host):
        return "tocsin@localhost"
    raise ConfigError(f"TOCSIN_SMTP_URL does not say whose address mail comes from; add from=ADDRESS: {_FORM}")


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def mail_sender(server: SmtpServer) -> SendMail:
    """A function that hands one mail to ``server``, on a connection of its own: safe from any thread."""

    def send(mail: Mail) -> None:
        backend = _Backend(
            host=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls == "starttls",
            use_ssl=server.tls == "tls",
            timeout=server.timeout_s,
        )
        message = EmailMultiAlternatives(
            mail.subject,
            mail.text,
            formataddr(("Tocsin", server.sender)),
            list(mail.recipients),
            headers=dict(mail.headers),
        )
        message.attach_alternative(mail.html, "text/html")
        try:
            backend.send_messages([message])
        finally:
            # A conversation that broke off half open; what broke it is already on its way up.
            with suppress(OSError):
                backend.close()

    return send


class _AllOrError:
    """smtplib reports a refused recipient only if all were refused, and Django drops its report of some."""

    def sendmail(self, *args: object, **kwargs: object) -> dict[str, tuple[int, bytes]]:
        """Send, and raise SMTPRecipientsRefused if anyone was refused."""
        refused: dict[str, tuple[int, bytes]] = super().sendmail(*args, **kwargs)  # type: ignore[misc]
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)
        return refused


class _Smtp(_AllOrError, smtplib.SMTP):
    """A conversation that begins in the clear."""


class _SmtpTls(_AllOrError, smtplib.SMTP_SSL):
    """A conversation in TLS throughout."""


class _Backend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpTls if self.use_ssl else _Smtp
