"""`/people`: who is here."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from tocsin.apps.accounts.models import User
from tocsin.web.api.auth import READ_SETTINGS
from tocsin.web.api.paging import After, Limit, Page, newest_first

router = Router()


class PersonOut(Schema):
    """A person with an account."""

    id: int
    email: str
    name: str
    is_active: bool


@router.get("", auth=READ_SETTINGS, response=Page[PersonOut], summary="List people")
def list_people(request: HttpRequest, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `settings:read`."""
    return newest_first(User.objects.all(), after, limit, _person)


def _person(user: User) -> PersonOut:
    return PersonOut(id=user.pk, email=user.email, name=user.name, is_active=user.is_active)
