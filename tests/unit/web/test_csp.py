"""The Content-Security-Policy is on every answer."""

import pytest
from django.test import Client

PAGES = ["/", "/signin", "/signin/wrong", "/healthz", "/nowhere", "/static/web/console.css"]


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_policy(outsider: Client, address: str) -> None:
    """Pages, redirects, errors, probes and static files say that nothing inline or foreign may run."""
    response = outsider.get(address)
    response.close()
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert not any("unsafe" in directive for directive in policy)
