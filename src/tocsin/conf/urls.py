"""The console's URLs and the probes."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from tocsin.web.access import public
from tocsin.web.api.app import urls as api_urls


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the server serves."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api_urls()),
    path("", include("tocsin.web.urls")),
]
