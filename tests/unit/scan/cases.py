"""Rules and logs for the tests of scanning."""

from pathlib import Path

RULES = """\
title: Shadow read
id: 11111111-1111-4111-8111-111111111111
level: high
tags: [attack.t1003.008, attack.credential-access]
logsource: {category: test}
detection:
  selection: {path: /etc/shadow}
  condition: selection
---
title: Anything read
id: 22222222-2222-4222-8222-222222222222
level: low
tags: [attack.t1005]
logsource: {category: test}
detection:
  selection: {path: '*'}
  condition: selection
---
title: Process began
id: 33333333-3333-4333-8333-333333333333
level: medium
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: .exe}
  condition: selection
---
title: Many reads
id: 44444444-4444-4444-8444-444444444444
level: critical
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  timespan: 1m
  condition: {gte: 2}
"""
SHADOW = b'{"path":"/etc/shadow","@timestamp":"2026-01-30T08:00:00Z"}'
HOSTS = b'{"path":"/etc/hosts","n":1}'
BLAND = b'{"n":2}'


def write_rules(folder: Path, text: str = RULES) -> Path:
    """A folder of rules in ``folder``."""
    path = folder / "rules"
    path.mkdir()
    (path / "rules.yml").write_text(text)
    return path
