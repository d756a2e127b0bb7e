"""From a log line to a ringing phone, through the real processes."""

import gzip
import json
import re
import signal
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from tests.scenario.server import Server, free_port, wait_for

START = datetime.now(UTC) - timedelta(minutes=30)


def failed(count: int, address: str = "203.0.113.9", first: int = 0) -> list[dict[str, Any]]:
    """``count`` failed sign-ins from ``address``, ten seconds apart."""
    return [
        {
            "_id": f"{address}-{number}",
            "time": (START + timedelta(seconds=10 * number)).isoformat(),
            "action": "session.failed",
            "source": {"ip": address},
        }
        for number in range(first, first + count)
    ]


def test_a_burst_rings_once_and_then_counts(server: Server) -> None:
    """Five failures open one alert; twenty more only raise its count."""
    server.serve()
    token = server.token("app", "--product", "app")
    assert server.send("app", token, failed(5)) == {"accepted": 5, "rejected": 0, "errors": []}
    (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1)
    assert (alert["rule"], alert["level"], alert["group"]) == (
        "Many failed sign-ins",
        "high",
        {"source.ip": "203.0.113.9"},
    )
    assert (alert["count"], alert["state"], alert["source"]) == (5, "open", "app")
    server.send("app", token, failed(20, first=5))
    (alert,) = server.wait_for_alerts(lambda alerts: alerts[0]["count"] == 25)
    assert alert["first"] == START.isoformat()
    assert alert["last"] == (START + timedelta(seconds=240)).isoformat()


def test_an_alert_reaches_a_mailbox(tmp_path: Path, rules: Path) -> None:
    """With TOCSIN_SMTP_URL set, the owner is told by email, once."""
    received: list[Any] = []

    class Keep(MessageHandler):
        def handle_message(self, message: Any) -> None:
            received.append(message)

        def prepare_message(self, session: Any, envelope: Any) -> Any:
            return message_from_bytes(envelope.content, policy=policy.default)

    mailbox = Controller(Keep(), hostname="127.0.0.1", port=free_port())
    mailbox.start()
    try:
        smtp_url = f"smtp://127.0.0.1:{mailbox.port}?from=tocsin@example.org"
        with Server(
            tmp_path, TOCSIN_RULES=str(rules), TOCSIN_SMTP_URL=smtp_url, TOCSIN_OWNER="anna@example.org"
        ) as server:
            server.serve()
            token = server.token("app", "--product", "app")
            server.send("app", token, [{"action": "user.made_admin", "user": "mallory"}])
            wait_for(lambda: bool(received), 20, server.output)
            server.send("app", token, [{"action": "user.made_admin", "user": "mallory"}])
            server.wait_for_alerts(lambda alerts: alerts[0]["count"] == 2)
    finally:
        mailbox.stop()
    (message,) = received
    assert message["To"] == "anna@example.org"
    assert "CRITICAL" in message["Subject"]
    assert "Admin made" in message["Subject"]
    assert "Ask who did it." in message.get_body(("plain",)).get_content()


def test_bodies_may_be_compressed_arrays_or_single_objects(server: Server) -> None:
    """Every way of sending JSON that the help names is taken."""
    server.serve()
    token = server.token("app", "--product", "app")
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{server.url}/ingest/app"
    packed = gzip.compress(json.dumps(failed(3)).encode())
    answers = [
        httpx.post(url, content=packed, headers={**headers, "Content-Encoding": "gzip"}),
        httpx.post(url, json=failed(1, first=3)[0], headers=headers),
    ]
    assert [answer.json()["accepted"] for answer in answers] == [3, 1]


def test_a_second_start_goes_on_where_the_first_stopped(server: Server) -> None:
    """Failures before and after a restart make one alert."""
    server.serve()
    token = server.token("app", "--product", "app")
    server.send("app", token, failed(3))
    assert server.stop("serve", number=signal.SIGINT) == 0
    server.serve()
    server.send("app", token, failed(3, first=3))
    (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1)
    assert alert["count"] == 6


def test_the_printed_link_signs_the_owner_in_once(server: Server) -> None:
    """The link that a first start prints opens the console, and opens it only once."""
    server.serve()
    wait_for(lambda: "/signin/" in server.output(), 10, server.output)
    link = re.search(r"http://\S+/signin/\S+", server.output())
    assert link
    with httpx.Client(follow_redirects=True) as browser:
        page = browser.get(link[0])
        assert page.status_code == 200
        assert "Alerts" in page.text
    assert httpx.get(link[0]).status_code in {404, 410}


def test_a_rule_is_taken_up_when_its_file_appears(server: Server, rules: Path) -> None:
    """No restart is needed for a new rule; a broken one beside it is listed and stops nothing."""
    server.serve()
    token = server.token("app", "--product", "app")
    (rules / "broken.yml").write_text("title: Broken\nlogsource: {product: app}\ndetection: {}\nlevel: hihg\n")
    (rules / "new.yml").write_text(
        "title: Export\nid: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9a04\nlogsource: {product: app}\n"
        "detection:\n  selection: {action: data.exported}\n  condition: selection\nlevel: medium\n"
    )
    wait_for(lambda: "4 rules loaded" in server.output(), 15, server.output)
    server.send("app", token, [{"action": "data.exported"}])
    (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1)
    assert alert["rule"] == "Export"
    checked = server.run("rules", "check")
    assert checked.returncode == 1
    assert "broken.yml:4" in checked.stdout + checked.stderr
