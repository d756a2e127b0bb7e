"""The API, assembled: its parts, and how it answers what goes wrong (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer

from tocsin.kernel.errors import TocsinError
from tocsin.web.access import BEARER
from tocsin.web.api import alerts, deliveries, mutes, oncall, people, rules, sources, written
from tocsin.web.api.etags import tag

PROBLEM = "application/problem+json"
DESCRIPTION = """\
What the console can do. A token is made with `tocsin api-token create` or on the settings page, and sent as
`Authorization: Bearer …`; each operation names the scope that it needs. Lists are read with `limit` and `after`.
A GET answers with an `ETag`: send it back as `If-None-Match`, or as `If-Match` with a change.
Errors are `application/problem+json`; `detail` says what is wrong and what to do instead. Times are ISO 8601, UTC.
"""


class Renderer(BaseRenderer):
    """JSON by orjson."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401
        """``data`` as bytes."""
        return orjson.dumps(data)


class Api(NinjaAPI):
    """Every answer passes through here."""

    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """An answer with its ETag; nothing of it is kept by anybody between."""
        response = tag(request, super().create_response(request, *args, **kwargs))
        response["Cache-Control"] = "private, no-cache"
        return response


api = Api(
    title="Tocsin",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    renderer=Renderer(),
)
for _prefix, _part in (
    ("/alerts", alerts.router),
    ("/mutes", mutes.router),
    ("/deliveries", deliveries.router),
    ("/sources", sources.router),
    ("/rules/written", written.router),  # before the rules, whose ids may have slashes
    ("/rules", rules.router),
    ("/rotations", oncall.router),
    ("/people", people.router),
):
    api.add_router(_prefix, _part, tags=[_prefix.strip("/")])


def _problem(request: HttpRequest, status: int, detail: str, **more: object) -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM)


@api.exception_handler(AuthenticationError)
def _not_known(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    detail = "send a token: 'Authorization: Bearer tcs_api_…'; this one is unknown, expired or revoked"
    response = _problem(request, HTTPStatus.UNAUTHORIZED, detail)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(request, error.status_code, str(error))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problem(request, HTTPStatus.NOT_FOUND, str(error) or "there is no such thing")


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"where": ".".join(str(part) for part in each["loc"]), "message": each["msg"]} for each in error.errors]
    detail = "; ".join(f"{each['where']}: {each['message']}" for each in errors[:5])
    return _problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


@api.exception_handler(TocsinError)
def _wrong(request: HttpRequest, error: TocsinError) -> HttpResponse:
    return _problem(request, HTTPStatus.BAD_REQUEST, str(error))


def urls() -> tuple[list[URLPattern | URLResolver], str, str]:
    """The API's addresses, open to requests without a session: every operation asks for a token itself."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = login_not_required(pattern.callback)
            pattern.callback.access = BEARER  # type: ignore[attr-defined]
    return patterns, app_name, namespace
