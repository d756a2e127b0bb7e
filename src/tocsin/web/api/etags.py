"""ETags: a reader who has this version is told so, a writer who has seen another one is refused."""

import hashlib
from http import HTTPStatus

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.errors import HttpError


def etag_of(content: bytes) -> str:
    """The strong ETag of a body."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def tag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """``response`` with its ETag; 304 without a body where the reader has it already."""
    if request.method != "GET" or response.status_code != HTTPStatus.OK or response.streaming:
        return response
    etag = etag_of(response.content)
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    response["ETag"] = etag
    return response


def check_seen(request: HttpRequest, current: Schema) -> None:
    """Refuse a change of ``current`` by somebody who says (`If-Match`) that they saw another version of it.

    Raises: HttpError 412.
    """
    wanted = request.headers.get("If-Match")
    if wanted and wanted != "*" and etag_of(orjson.dumps(current.model_dump())) not in wanted:
        raise HttpError(HTTPStatus.PRECONDITION_FAILED, "it was changed since you read it; read it again")
