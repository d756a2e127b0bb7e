"""Post one message to an incoming webhook, and say whether trying again can help."""

import http.client
import logging
import ssl
import time
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from slack_sdk.webhook import WebhookClient, WebhookResponse

from tocsin.kernel import clock
from tocsin.kernel.errors import DeliveryError
from tocsin.notifiers import words
from tocsin.notifiers.http import ANSWER_BYTES, describe, judge
from tocsin.notifiers.message import Message
from tocsin.notifiers.slack import blocks
from tocsin.notifiers.slack.config import Config
from tocsin.notifiers.text import visible
from tocsin.notifiers.transport import Transports

# The SDK logs addresses, which are secrets here, and errors, which the outbox logs already.
_SILENT = logging.Logger("slack_sdk", logging.CRITICAL + 1)


def deliver(config: Config, message: Message, transports: Transports) -> str:
    """Post ``message`` to the channel of ``config``.

    Raises: DeliveryError.
    """
    client = _Client(
        config.url,
        timeout=transports.timeout_s,  # type: ignore[arg-type]  # the SDK hands it to a socket, which takes fractions
        ssl=ssl.create_default_context(),
        logger=_SILENT,
        retry_handlers=[],
    )
    try:
        response = client.send(text=blocks.escape(words.subject(message), 300), blocks=blocks.write(message))
    except TimeoutError as error:
        raise DeliveryError(f"{config.target} did not answer within {transports.timeout_s:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        reason = visible(str(getattr(error, "reason", "") or error), 300)
        raise DeliveryError(f"{config.target} cannot be reached: {reason}") from error
    return _accept(config, response)


def _accept(config: Config, response: WebhookResponse) -> str:
    """What Slack said, if that is its ``ok``: a proxy's sign-in page is a 200 too, and no delivery.

    Raises: DeliveryError.
    """
    answer = response.body.encode()
    refusal = judge(config.target, response.status_code, answer, response.headers.get("Retry-After"), clock.now())
    if refusal:
        raise refusal
    if answer.strip() != b"ok":
        said = describe(response.status_code, answer)
        raise DeliveryError(f"{config.target} answered {said}; Slack would have answered 200 ok")
    return f"{config.target} answered {describe(response.status_code, answer)}"


class _NoRedirects(HTTPRedirectHandler):
    """A redirected POST loses its body: its 3xx answer is the answer."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Follow nothing."""


class _Client(WebhookClient):
    """The SDK's client, except that an answer is read up to `ANSWER_BYTES` and a deadline, and that
    redirects are not followed. The SDK's own reads all that comes, for as long as it comes."""

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else {}
        opener = build_opener(_NoRedirects, ProxyHandler(proxies), HTTPSHandler(context=self.ssl))
        deadline = time.monotonic() + self.timeout
        try:
            opened = opener.open(req, timeout=self.timeout)
        except HTTPError as error:
            opened = error
        with opened:
            body = _read(opened, deadline)
            headers = {str(name): str(value) for name, value in opened.headers.items()}
            return WebhookResponse(url=url, status_code=opened.status, body=body, headers=headers)


def _read(response: http.client.HTTPResponse | HTTPError, deadline: float) -> str:
    read = b""
    while len(read) < ANSWER_BYTES and (chunk := response.read1(ANSWER_BYTES - len(read))):
        read += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return read.decode("utf-8", "replace")
