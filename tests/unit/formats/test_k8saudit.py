"""The Kubernetes audit log."""

import orjson
from tests.unit.formats.conftest import Read


def test_kubernetes_groups_have_the_short_name_that_rules_write(read: Read) -> None:
    """`apiGroup` stands for `objectRef.apiGroup`."""
    rows, _ = read("k8saudit", orjson.dumps({"verb": "get", "objectRef": {"apiGroup": "rbac.authorization.k8s.io"}}))
    assert rows[0]["apiGroup"] == rows[0]["objectRef.apiGroup"] == "rbac.authorization.k8s.io"
