"""Accounts from elsewhere, as django-allauth is told of them."""

import pytest

from tocsin.conf import providers
from tocsin.conf.options import Provider
from tocsin.kernel.errors import ConfigError

OKTA = Provider(
    kind="openid_connect",
    name="Okta",
    issuer="https://example.okta.com",
    client_id="a",
    client_secret="b",
    trusts_email=True,
)
ENTRA = Provider(
    kind="openid_connect", issuer="https://login.example.com/tenant/v2.0", client_id="c", client_secret="d"
)
GITHUB = Provider(kind="github", client_id="e", client_secret="f")


def test_several_of_a_kind_are_told_apart() -> None:
    """By their place in the list, which is part of the address they call back."""
    told = providers.settings([OKTA, GITHUB, ENTRA])
    assert [app["provider_id"] for app in told["openid_connect"]["APPS"]] == ["oidc-0", "oidc-2"]
    assert [app["name"] for app in told["openid_connect"]["APPS"]] == ["Okta", "OpenID Connect"]
    assert told["github"]["APPS"][0]["name"] == "GitHub"
    assert providers.apps([OKTA, GITHUB, ENTRA]) == [
        "allauth.socialaccount.providers.openid_connect",
        "allauth.socialaccount.providers.github",
    ]


def test_an_address_is_believed_only_where_it_is_said_to_be_checked() -> None:
    """Or where the provider itself says so, each time."""
    apps = providers.settings([OKTA, ENTRA])["openid_connect"]["APPS"]
    assert [app["settings"]["verified_email"] for app in apps] == [True, False]
    assert all(app["settings"]["email_authentication"] for app in apps)


def test_proof_keys_are_used_with_each() -> None:
    """PKCE, so that a stolen code is worth nothing."""
    told = providers.settings([OKTA, GITHUB])
    assert all(each["OAUTH_PKCE_ENABLED"] for each in told.values())


@pytest.mark.parametrize("issuer", ["", "okta", "http://example.okta.com", "ftp://x"])
def test_an_issuer_without_tls_is_refused(issuer: str) -> None:
    """With its place, its value and what is allowed; this machine itself needs none."""
    wrong = OKTA.model_copy(update={"issuer": issuer})
    with pytest.raises(ConfigError, match=r"providers\.1\.issuer is '.*'; write the provider's address"):
        providers.settings([GITHUB, wrong])
    providers.settings([OKTA.model_copy(update={"issuer": "http://localhost:9"})])
