"""Sources are made once; tokens are taken back one at a time."""

import pytest

from tocsin.apps.intake.models import IngestToken, Source
from tocsin.apps.intake.sources import find_or_add_source, revoke_token
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db


def test_a_source_is_made_once() -> None:
    """The second call finds it, and what it leaves open may be anything."""
    made = find_or_add_source("web", format="access", product="nginx")
    assert find_or_add_source("web") == made
    assert (made.format, made.product, made.category) == ("access", "nginx", "")


def test_a_new_source_without_a_format_is_json() -> None:
    """JSON is what most applications send."""
    assert find_or_add_source("app").format == "json"


@pytest.mark.parametrize("name", ["", "-a", "Web", "a/b", "a b", "..", "x" * 64, "web\n"])
def test_a_name_that_cannot_be_a_folder_is_refused(name: str) -> None:
    """The message says what a name is made of, and nothing is made."""
    with pytest.raises(ConfigError, match="1 to 63"):
        find_or_add_source(name)
    assert not Source.objects.exists()


def test_an_unknown_format_is_refused() -> None:
    """The formats there are are named."""
    with pytest.raises(ConfigError, match="'xml' is not a format; use access, .*json, .*syslog"):
        find_or_add_source("web", format="xml")
    assert not Source.objects.exists()


@pytest.mark.parametrize("other", [{"format": "json"}, {"product": "linux"}])
def test_a_source_does_not_change_under_those_who_send_to_it(other: dict[str, str]) -> None:
    """What differs from the source that exists is named."""
    find_or_add_source("web", format="access", product="nginx")
    (key,) = other
    with pytest.raises(ConfigError, match=f"source 'web' exists with {key} '(access|nginx)', not '{other[key]}'"):
        find_or_add_source("web", **other)


@pytest.fixture
def secrets() -> list[str]:
    """Two tokens of one source."""
    source = find_or_add_source("web")
    return [IngestToken.issue(source), IngestToken.issue(source)]


def test_a_token_is_taken_back_by_what_the_list_shows(secrets: list[str]) -> None:
    """By id or by hint; the other one stays."""
    first, second = IngestToken.objects.order_by("pk")
    assert revoke_token(str(first.pk)) == first
    assert IngestToken.find(secrets[0]) is None
    assert IngestToken.find(secrets[1]) == second
    assert revoke_token(second.hint) == second
    assert IngestToken.find(secrets[1]) is None


@pytest.mark.parametrize("chosen", ["", "…", "999999", "tcs_in_none"])
def test_what_names_no_active_token_takes_nothing_back(secrets: list[str], chosen: str) -> None:
    """It is said, and every token stays."""
    with pytest.raises(ConfigError, match="no active token is"):
        revoke_token(chosen)
    assert IngestToken.objects.filter(revoked_at=None).count() == 2


def test_a_beginning_that_fits_two_tokens_takes_neither_back(secrets: list[str]) -> None:
    """It is said that there are several."""
    with pytest.raises(ConfigError, match="more than one active token"):
        revoke_token("tcs_in_")
    assert IngestToken.objects.filter(revoked_at=None).count() == 2
