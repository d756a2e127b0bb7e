"""Which format a file is of."""

import orjson
import pytest
from tests.unit.formats.evtx_files import event, make_file

from tocsin.formats.detect import detect

TRAIL = {"eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
ACTIVITY = {"kind": "admin#reports#activity", "id": {"applicationName": "login"}, "events": []}
SAMPLES: dict[str, list[bytes]] = {
    "evtx": [make_file([[event(1, "System", "P", {})]])],
    "windows": [
        orjson.dumps({"Event": {"System": {"EventID": 1}}}),
        orjson.dumps({"Channel": "System", "EventID": 1}),
        orjson.dumps({"winlog": {"channel": "System"}}),
        orjson.dumps([{"Event": {"System": {"EventID": 1}}}]),
    ],
    "cloudtrail": [
        orjson.dumps(TRAIL),
        orjson.dumps({"Records": [TRAIL, TRAIL]}),
        orjson.dumps({"Records": [TRAIL] * 100})[:5_000],
        orjson.dumps({"Records": [TRAIL]}, option=orjson.OPT_INDENT_2),
    ],
    "k8saudit": [orjson.dumps({"kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "get"})],
    "okta": [orjson.dumps({"eventType": "user.session.start", "actor": {}, "published": "2026-01-30T08:00:00Z"})],
    "github": [orjson.dumps({"action": "repo.create", "actor": "eve", "org": "acme"})],
    "gworkspace": [
        orjson.dumps(ACTIVITY),
        orjson.dumps({"kind": "admin#reports#activities", "items": [ACTIVITY]}),
        orjson.dumps({"protoPayload": {"serviceName": "login.googleapis.com"}}),
    ],
    "gcpaudit": [
        orjson.dumps({"protoPayload": {"methodName": "m"}}),
        orjson.dumps({"data": {"protoPayload": {"methodName": "m"}}}),
    ],
    "json": [b'{"level":"info","message":"hello"}\n{"broken', b'[\n {"a": 1},\n {"a": 2}\n]', b"{not json at all"],
    "auditd": [b'type=CWD msg=audit(1769760000.250:456): cwd="/"\n'],
    "access": [b'192.0.2.1 - - [31/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 12\n'],
    "syslog": [b"Jan 31 09:30:00 web-1 kernel: link is up\n<34>1 2026-01-31T09:30:00Z web-1 app - - - hello\n"],
    "auth": [b"Jan 31 09:30:00 web-1 sshd[7]: Accepted publickey for alice from 192.0.2.1 port 4 ssh2\n"],
    "logfmt": [b'level=info msg="signed in" user=alice\n'],
}


@pytest.mark.parametrize(("name", "sample"), [(name, each) for name, samples in SAMPLES.items() for each in samples])
def test_a_file_is_known_by_what_it_holds(name: str, sample: bytes) -> None:
    """Its name does not matter."""
    assert detect(sample) == name


@pytest.mark.parametrize(
    "sample", [b"", b"\n\n", b"Dear diary,\ntoday nothing happened.\n", bytes(range(256)), bytes(range(256)) * 100]
)
def test_what_is_no_log_is_of_no_format(sample: bytes) -> None:
    """Nothing is guessed."""
    assert detect(sample) is None


def test_most_lines_decide() -> None:
    """One line of another kind among many does not."""
    lines = [b"level=info"] + [b"Jan 31 09:30:00 web-1 cron[1]: (root) CMD (x)"] * 9
    assert detect(b"\n".join(lines)) == "syslog"
