"""Accounts from elsewhere that people may sign in with, as django-allauth wants them told."""

from collections.abc import Sequence
from typing import Any, Final

from tocsin.conf.options import Provider
from tocsin.kernel.errors import ConfigError

_KINDS: Final = {"google": "Google", "github": "GitHub", "openid_connect": "OpenID Connect"}
_SCOPES: Final = {"google": ["openid", "email", "profile"], "github": ["read:user", "user:email"]}


def apps(providers: Sequence[Provider]) -> list[str]:
    """The applications of django-allauth that ``providers`` need."""
    return [f"allauth.socialaccount.providers.{kind}" for kind in dict.fromkeys(each.kind for each in providers)]


def settings(providers: Sequence[Provider]) -> dict[str, dict[str, Any]]:
    """`SOCIALACCOUNT_PROVIDERS`.

    Raises: ConfigError for an OpenID Connect provider without an issuer.
    """
    found: dict[str, dict[str, Any]] = {}
    for place, each in enumerate(providers):
        told = found.setdefault(each.kind, {"APPS": []})
        if each.kind in _SCOPES:
            told["SCOPE"] = _SCOPES[each.kind]
        told["APPS"].append(_app(each, place))
        told["OAUTH_PKCE_ENABLED"] = True
    return found


def _app(provider: Provider, place: int) -> dict[str, Any]:
    name = provider.name or _KINDS[provider.kind]
    app: dict[str, Any] = {
        "name": name,
        "client_id": provider.client_id,
        "secret": provider.client_secret,
        "settings": {"verified_email": provider.trusts_email, "email_authentication": True},
    }
    if provider.kind == "openid_connect":
        if not provider.issuer.startswith(("https://", "http://localhost:", "http://127.0.0.1:")):
            raise ConfigError(
                f"setting providers.{place}.issuer is '{provider.issuer}'; write the provider's address, "
                "such as https://example.okta.com"
            )
        app["provider_id"] = f"oidc-{place}"
        app["settings"] |= {"server_url": provider.issuer, "fetch_userinfo": True, "oauth_pkce_enabled": True}
    return app
