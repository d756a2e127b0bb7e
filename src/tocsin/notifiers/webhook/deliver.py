"""Post one signed message, and say whether trying again can help."""

import asyncio
import os
import ssl

import httpx

from tocsin import __version__
from tocsin.kernel import clock
from tocsin.kernel.errors import DeliveryError
from tocsin.notifiers.http import ANSWER_BYTES, describe, judge
from tocsin.notifiers.message import Message
from tocsin.notifiers.text import visible
from tocsin.notifiers.transport import Transports
from tocsin.notifiers.webhook import signature
from tocsin.notifiers.webhook.body import encode
from tocsin.notifiers.webhook.config import Config


def deliver(config: Config, message: Message, transports: Transports) -> str:
    """Post ``message`` to the receiver of ``config``.

    An event loop of its own gives the whole exchange one deadline: a receiver that trickles its
    answer byte by byte holds nothing up.
    Raises: DeliveryError.
    """
    body = encode(message)
    headers = _headers(config, message, body)
    try:
        status, retry_after, answer = asyncio.run(_post(config.url, headers, body, transports.timeout_s))
    except (TimeoutError, httpx.TimeoutException) as error:
        raise DeliveryError(f"{config.target} did not answer within {transports.timeout_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise DeliveryError(f"{config.target} cannot be reached: {_reason(error)}") from error
    refusal = judge(config.target, status, answer, retry_after, clock.now())
    if refusal:
        raise refusal
    return f"{config.target} answered {describe(status, answer)}"


def _headers(config: Config, message: Message, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Tocsin/{__version__}",
        "Idempotency-Key": message.idempotency_key,
        "Tocsin-Event": message.occasion.value,
        signature.HEADER: signature.sign(config.secret, body, int(clock.now().timestamp())),
    }


async def _post(url: str, headers: dict[str, str], body: bytes, timeout_s: float) -> tuple[int, str | None, bytes]:
    """One exchange: (status, Retry-After, beginning of the answer)."""
    async with asyncio.timeout(timeout_s), httpx.AsyncClient(verify=ssl.create_default_context()) as client:
        request = client.stream("POST", url, content=body, headers=headers, timeout=timeout_s)
        async with request as response:
            answer = b""
            async for chunk in response.aiter_raw(ANSWER_BYTES):
                answer += chunk
                if len(answer) >= ANSWER_BYTES:
                    break
            return response.status_code, response.headers.get("Retry-After"), answer[:ANSWER_BYTES]


def _reason(error: BaseException) -> str:
    """What the system said, which the layers above it wrap in words of their own."""
    while cause := error.__cause__ or error.__context__:
        error = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    return visible(str(error) or type(error).__name__, 300)
