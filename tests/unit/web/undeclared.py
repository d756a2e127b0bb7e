"""A URL map with a view that forgot to say who may open it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path


@login_not_required
def forgotten(request: HttpRequest) -> HttpResponse:
    """Would answer anybody."""
    return HttpResponse("open")


urlpatterns = [path("", forgotten, name="forgotten")]
