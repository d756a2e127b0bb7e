"""People: invited, given roles, let out."""

from django.test import Client
from tests.unit.web.conftest import read, sign_in

from tocsin.apps.accounts.models import Invitation, User
from tocsin.apps.accounts.roles import Role

PEOPLE = "/settings/people"


def link_on(client: Client) -> str:
    """The link that the page shows, without the server."""
    shown = [each for each in read(client, PEOPLE).text.split() if "://" in each]
    return shown[0].partition("localhost:8000")[2] if shown else ""


def test_an_invitation_is_shown_once_and_brings_its_person(console: Client, owner: User) -> None:
    """The second look at the page has no link; the invited is led to add a passkey."""
    console.post(f"{PEOPLE}/invite", {"email": "new@example.com", "role": "responder"})
    path = link_on(console)
    assert path.startswith("/join/tcs_join_")
    assert link_on(console) == ""
    assert "new@example.com" in read(console, PEOPLE).text
    invited = Client()
    assert "Olive Owner invites" in read(invited, path).text
    answer = invited.post(path, {"name": "Nina New"})
    assert answer.headers["Location"] == "/account/keys/add"
    assert read(invited, "/alerts").all("span", class_="who", title="new@example.com, responder")
    assert "does not work" in read(Client(), path, status=410).text


def test_an_invitation_needs_a_name_and_a_role_that_is_one(console: Client) -> None:
    """What is malformed invites nobody, and says so."""
    for form in ({"email": "no", "role": "viewer"}, {"email": "a@example.com", "role": "king"}):
        assert "Nobody was invited" in console.post(f"{PEOPLE}/invite", form, follow=True).content.decode()
    assert not Invitation.objects.exists()
    console.post(f"{PEOPLE}/invite", {"email": "a@example.com", "role": "viewer"})
    path = link_on(console)
    assert Client().post(path, {"name": " "}).status_code == 200
    assert not User.objects.filter(email="a@example.com").exists()


def test_a_role_is_changed_once_by_two_owners(console: Client, teammate: User) -> None:
    """The second sees what the first did."""
    address = f"{PEOPLE}/{teammate.pk}/role"
    form = {"role": "engineer", "seen": "responder"}
    assert "Tom Teammate is engineer now" in console.post(address, form, follow=True).content.decode()
    again = console.post(address, {"role": "viewer", "seen": "responder"}, follow=True).content.decode()
    assert "was made engineer in the meantime" in again
    teammate.refresh_from_db()
    assert teammate.role == "engineer"


def test_the_last_owner_cannot_be_let_out(console: Client, owner: User) -> None:
    """Nor made less."""
    console.post(f"{PEOPLE}/{owner.pk}/role", {"role": "viewer", "seen": "owner"})
    console.post(f"{PEOPLE}/{owner.pk}/switch", {"active": "no"})
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


def test_who_is_switched_off_is_shown_as_such_and_comes_back(console: Client, teammate: User) -> None:
    """Signed out at once; a link works only after switching on."""
    theirs = sign_in(teammate)
    page = console.post(f"{PEOPLE}/{teammate.pk}/switch", {"active": "no"}, follow=True).content.decode()
    assert "switched off" in page
    assert theirs.get("/alerts").status_code == 302
    assert "may not sign in" in console.post(f"{PEOPLE}/{teammate.pk}/link", follow=True).content.decode()
    console.post(f"{PEOPLE}/{teammate.pk}/switch", {"active": "yes"})
    console.post(f"{PEOPLE}/{teammate.pk}/link")
    assert Client().get(link_on(console)).status_code == 302


def test_an_unknown_person_or_invitation_is_not_found(console: Client) -> None:
    """Guessed numbers do nothing."""
    for path in ("9/role", "9/switch", "9/link", "invitations/9/revoke"):
        assert console.post(f"{PEOPLE}/{path}").status_code == 404


def test_names_from_outside_are_text(console: Client) -> None:
    """A person called like a tag is shown as written; the page's reader refuses scripts."""
    User.objects.create(email="x@example.com", name="<script>alert(1)</script>", role=Role.VIEWER)
    assert "<script>alert(1)</script>" in read(console, PEOPLE).text
