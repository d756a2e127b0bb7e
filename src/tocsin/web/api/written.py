"""`/rules/written`: files of rules that are written here. Who changes one says which version they saw."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from ninja import Path, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from tocsin.apps.detect.models import WrittenRule
from tocsin.apps.detect.written import StaleEdit, add, change, remove
from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.web.api.auth import READ_RULES, WRITE_RULES, person
from tocsin.web.api.etags import check_seen
from tocsin.web.api.paging import After, Limit, Page, newest_first
from tocsin.web.asked import storable

router = Router()
NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,99}$"
Name = Annotated[str, Path(pattern=NAME, description="the file's name, without .yml")]


class WrittenIn(Schema):
    """Sigma rules, as YAML."""

    text: Annotated[str, Field(max_length=MAX_FILE_BYTES)]


class WrittenOut(Schema):
    """A file as it is now; `version` counts its changes."""

    name: str
    text: str
    version: int
    by: str | None
    updated_at: datetime

    @classmethod
    def of(cls, kept: WrittenRule) -> "WrittenOut":
        """Show ``kept``."""
        by = kept.user.email if kept.user else None
        return cls(name=kept.name, text=kept.text, version=kept.version, by=by, updated_at=kept.updated_at)


@router.get("", auth=READ_RULES, response=Page[WrittenOut], summary="List the files of rules written here")
def list_written(request: HttpRequest, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `rules:read`."""
    return newest_first(WrittenRule.objects.select_related("user"), after, limit, WrittenOut.of)


@router.get("/{name}", auth=READ_RULES, response=WrittenOut, summary="One file, with its text")
def get_written(request: HttpRequest, name: Name) -> WrittenOut:
    """Scope `rules:read`. Its ETag is what a change is sent with."""
    return WrittenOut.of(_find(name))


@router.put(
    "/{name}", auth=WRITE_RULES, response={200: WrittenOut, 201: WrittenOut}, summary="Write a new file, or change one"
)
def put_written(request: HttpRequest, name: Name, body: WrittenIn) -> Status[WrittenOut]:
    """Scope `rules:write`. To change a file, send its ETag as `If-Match`: 428 without, 412 where it is another one.

    A text with errors is kept too: `POST /rules/check` tells them, and such a rule does not ring.
    """
    kept = WrittenRule.objects.select_related("user").filter(name=name).first()
    text = storable(body.text)
    if kept is None:
        if request.headers.get("If-Match"):
            raise HttpError(HTTPStatus.PRECONDITION_FAILED, "there is no such file (any more)")
        return Status(HTTPStatus.CREATED, WrittenOut.of(add(name, text, person(request))))
    _check_seen(request, kept)
    try:
        change(name, text, person(request), seen=kept.version)
    except StaleEdit as error:
        raise HttpError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
    return Status(HTTPStatus.OK, WrittenOut.of(_find(name)))


@router.delete("/{name}", auth=WRITE_RULES, response={204: None}, summary="Remove a file")
def delete_written(request: HttpRequest, name: Name) -> Status[None]:
    """Scope `rules:write`. With `If-Match`, as for a change."""
    kept = _find(name)
    _check_seen(request, kept)
    try:
        remove(name, seen=kept.version)
    except StaleEdit as error:
        raise HttpError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
    return Status(HTTPStatus.NO_CONTENT, None)


def _find(name: str) -> WrittenRule:
    kept = WrittenRule.objects.select_related("user").filter(name=name).first()
    if kept is None:
        raise Http404(f"there is no file '{name}'; PUT writes one")
    return kept


def _check_seen(request: HttpRequest, kept: WrittenRule) -> None:
    if not request.headers.get("If-Match"):
        raise HttpError(HTTPStatus.PRECONDITION_REQUIRED, "send the ETag of the version that you saw as If-Match")
    check_seen(request, WrittenOut.of(kept))
