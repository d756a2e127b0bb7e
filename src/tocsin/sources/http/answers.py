"""What the sender reads: JSON, with a sentence that says what to do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson

from tocsin.kernel.errors import InputError
from tocsin.kernel.issues import RecordIssue

MAX_LISTED_ISSUES: Final = 20
"""Issues that one answer names, of each kind; the counts cover all."""

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Refusal(InputError):
    """A request that is not taken.

    Attributes:
        headers: sent with the answer, names in lower case.
    """

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message, status=status)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: a status, a JSON object and headers beside the usual ones."""

    status: int
    content: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, send: Send) -> None:
        """Send the whole answer."""
        body = orjson.dumps(self.content) + b"\n"
        headers = {"content-type": "application/json", "content-length": str(len(body)), **self.headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def refused(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """The answer to a request of which nothing was taken: its status in words, and why."""
    return Answer(status, {"error": HTTPStatus(status).phrase, "reason": message}, headers or {})


def taken(records: int, issues: Sequence[RecordIssue]) -> Answer:
    """The answer to a body of ``records`` records that are durable now, rejected ones included."""
    rejected = len({issue.record for issue in issues if issue.is_rejected})
    content: dict[str, Any] = {"accepted": records - rejected, "rejected": rejected, "errors": _listed(issues, True)}
    if warnings := _listed(issues, False):
        content["warnings"] = warnings
    return Answer(200, content)


def _listed(issues: Sequence[RecordIssue], is_rejected: bool) -> list[dict[str, Any]]:
    chosen = [issue for issue in issues if issue.is_rejected is is_rejected][:MAX_LISTED_ISSUES]
    return [{"record": issue.record, "reason": issue.reason} for issue in chosen]
