"""The Kubernetes audit log."""

from datetime import UTC, datetime

import orjson
import pytest
from tests.unit.formats.conftest import Read


def test_kubernetes_groups_have_the_short_name_that_rules_write(read: Read) -> None:
    """`apiGroup` stands for `objectRef.apiGroup`."""
    rows, _ = read("k8saudit", orjson.dumps({"verb": "get", "objectRef": {"apiGroup": "rbac.authorization.k8s.io"}}))
    assert rows[0]["apiGroup"] == rows[0]["objectRef.apiGroup"] == "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("event", "second"),
    [
        ({"requestReceivedTimestamp": "2026-01-30T08:00:01.000000Z", "stageTimestamp": "2026-01-30T08:00:02Z"}, 1),
        ({"stageTimestamp": "2026-01-30T08:00:02.5Z"}, 2),
    ],
)
def test_an_event_happened_when_its_request_was_received(read: Read, event: dict[str, str], second: int) -> None:
    """A watch ends hours after it began; what has no such time, at its stage."""
    rows, _ = read("k8saudit", orjson.dumps(event | {"verb": "get"}))
    assert rows[0]["_time"].replace(microsecond=0) == datetime(2026, 1, 30, 8, 0, second, tzinfo=UTC)
