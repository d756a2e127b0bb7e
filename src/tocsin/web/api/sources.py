"""`/sources`: what comes in, what could not be read, and who may send."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from tocsin.apps.intake.models import IngestToken, RejectedRecord
from tocsin.apps.intake.sources import find_or_add_source, issue_token, revoke_token
from tocsin.web.api.auth import READ_SETTINGS, WRITE_SETTINGS
from tocsin.web.api.paging import After, Limit, Page, newest_first
from tocsin.web.asked import storable
from tocsin.web.reads.sources import SourceRow, read_source, read_sources

router = Router()
Part = Annotated[str, Field(max_length=100)]


class SourceOut(Schema):
    """A source, and what it sent. `accepted`, `rejected` and `late` are of the last 24 hours."""

    name: str
    format: str | None
    product: str
    category: str
    service: str
    total: int
    accepted: int
    rejected: int
    late: int
    last_at: datetime | None
    is_silent: bool

    @classmethod
    def of(cls, row: SourceRow) -> "SourceOut":
        """Show ``row``."""
        said = row.settings
        return cls(
            name=row.name,
            format=said.format if said else None,
            product=said.product if said else "",
            category=said.category if said else "",
            service=said.service if said else "",
            total=row.total,
            accepted=row.accepted,
            rejected=row.rejected,
            late=row.late,
            last_at=row.last_at,
            is_silent=row.is_silent,
        )


class SourceIn(Schema):
    """A source to add; what is left empty is what its format implies."""

    name: Annotated[str, Field(max_length=63)]
    format: Annotated[str, Field(max_length=30)] = ""
    product: Part = ""
    category: Part = ""
    service: Part = ""


class Sources(Schema):
    """All sources."""

    items: list[SourceOut]


class RejectedOut(Schema):
    """A record that no field could be read from, as it came."""

    id: str
    received_at: datetime
    reason: str
    raw: str


class TokenOut(Schema):
    """A token that lets its bearer send to a source; `secret` is there only once, where it was made."""

    id: int
    hint: str
    created_at: datetime
    revoked_at: datetime | None
    secret: str | None = None


@router.get("", auth=READ_SETTINGS, response=Sources, summary="List the sources")
def list_sources(request: HttpRequest) -> dict[str, Any]:
    """Scope `settings:read`."""
    return {"items": [SourceOut.of(row) for row in read_sources()]}


@router.post("", auth=WRITE_SETTINGS, response={201: SourceOut}, summary="Add a source")
def add_source(request: HttpRequest, body: SourceIn) -> Status[SourceOut]:
    """Scope `settings:write`. Adding one again changes nothing; 400 where it exists and differs."""
    said = {key: storable(value) for key, value in body.dict().items()}
    find_or_add_source(said.pop("name"), **said)
    return Status(HTTPStatus.CREATED, SourceOut.of(_row(body.name)))


@router.get("/{name}", auth=READ_SETTINGS, response=SourceOut, summary="One source")
def get_source(request: HttpRequest, name: str) -> SourceOut:
    """Scope `settings:read`."""
    return SourceOut.of(_row(name))


@router.get("/{name}/rejected", auth=READ_SETTINGS, response=Page[RejectedOut], summary="Its newest rejected records")
def list_rejected(request: HttpRequest, name: str, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `settings:read`."""
    _row(name)
    return newest_first(RejectedRecord.objects.filter(source=name), after, limit, _rejected)


@router.get("/{name}/tokens", auth=READ_SETTINGS, response=Page[TokenOut], summary="The tokens that may send to it")
def list_tokens(request: HttpRequest, name: str, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `settings:read`."""
    _row(name)
    return newest_first(IngestToken.objects.filter(source__name=name), after, limit, _token)


@router.post("/{name}/tokens", auth=WRITE_SETTINGS, response={201: TokenOut}, summary="Make a token")
def add_token(request: HttpRequest, name: str) -> Status[TokenOut]:
    """Scope `settings:write`. The secret is shown only now."""
    settings = _row(name).settings
    if settings is None:
        raise Http404(f"source '{name}' was never added; POST /sources adds it")
    secret = issue_token(settings)
    token = IngestToken.find(secret)
    assert token is not None  # noqa: S101 -- made a moment ago
    return Status(HTTPStatus.CREATED, TokenOut(**_token(token).dict(exclude={"secret"}), secret=secret))


@router.delete("/{name}/tokens/{int:token_id}", auth=WRITE_SETTINGS, response={204: None}, summary="Take a token back")
def delete_token(request: HttpRequest, name: str, token_id: int) -> Status[None]:
    """Scope `settings:write`. 400 where it was taken back before."""
    if not IngestToken.objects.filter(pk=token_id, source__name=storable(name)).exists():
        raise Http404(f"source '{name}' has no token {token_id}")
    revoke_token(str(token_id))
    return Status(HTTPStatus.NO_CONTENT, None)


def _row(name: str) -> SourceRow:
    page = read_source(storable(name))
    if page is None:
        raise Http404(f"there is no source '{name}'")
    return page.row


def _rejected(record: RejectedRecord) -> RejectedOut:
    return RejectedOut(id=record.event_id, received_at=record.received_at, reason=record.reason, raw=record.raw)


def _token(token: IngestToken) -> TokenOut:
    return TokenOut(id=token.pk, hint=token.hint, created_at=token.created_at, revoked_at=token.revoked_at)
