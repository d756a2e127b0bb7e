"""The whole API against its own schema: no answer that the schema does not know, and no error of the server's."""

from datetime import timedelta

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.accounts.models import ApiToken, Scope, User
from tocsin.apps.detect.models import LoadedRule
from tocsin.kernel.clock import now

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())


@pytest.fixture
def bearer(owner: User, make_alert: MakeAlert) -> str:
    """A token of the owner's that may do everything, where there is something to do it with."""
    make_alert()
    LoadedRule.objects.create(rule_id="ssh-guessing", title="G", level="high", level_rank=3, kind="k", path="a.yml")
    return ApiToken.issue(owner, "test", list(Scope), now(), timedelta(days=1))


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered(case: schemathesis.Case, bearer: str) -> None:
    """Anything that the schema allows, and anything that it does not."""
    response = case.call(headers={"Authorization": f"Bearer {bearer}"})
    case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])


def test_the_schema_needs_no_token() -> None:
    """It is published, and names every scope."""
    text = str(schema.raw_schema)
    assert all(scope in text for scope in Scope if scope != Scope.READ_EVENTS)
