"""Fixtures of the scenarios."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenario.server import Server

BURST = """\
title: Failed sign-in
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9a01
name: failed_sign_in
logsource: {product: app}
detection:
  selection: {action: session.failed}
  condition: selection
---
title: Many failed sign-ins
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9a02
description: Somebody guesses passwords.
correlation:
  type: event_count
  rules: [failed_sign_in]
  group-by: [source.ip]
  timespan: 5m
  condition: {gte: 5}
level: high
---
title: Admin made
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9a03
description: Somebody was made an administrator.
logsource: {product: app}
detection:
  selection: {action: user.made_admin}
  condition: selection
level: critical
tocsin:
  group-by: [user]
  next_steps: Ask who did it.
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with three rules: a burst of failed sign-ins by address, and new administrators by name."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "app.yml").write_text(BURST)
    return folder


@pytest.fixture
def server(tmp_path: Path, rules: Path) -> Iterator[Server]:
    """A Tocsin with those rules, not started."""
    with Server(tmp_path, TOCSIN_RULES=str(rules)) as server:
        yield server
