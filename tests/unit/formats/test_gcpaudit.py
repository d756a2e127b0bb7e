"""Google Cloud's audit logs."""

import orjson
import pytest
from tests.unit.formats.conftest import Read


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_google_clouds_fields_have_the_names_that_rules_write(read: Read, is_wrapped: bool) -> None:
    """With Pub/Sub's `data` around them and without."""
    entry = {"protoPayload": {"methodName": "v1.compute.firewalls.delete"}}
    rows, _ = read("gcpaudit", orjson.dumps({"data": entry} if is_wrapped else entry))
    for name in ("protoPayload.methodName", "data.protoPayload.methodName", "gcp.audit.method_name"):
        assert rows[0][name] == "v1.compute.firewalls.delete"
