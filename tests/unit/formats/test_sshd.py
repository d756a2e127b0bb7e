"""auth.log: who tried to sign in, from where, and what came of it."""

import re
from collections import Counter

import pytest
from tests.shared import shared_data

HEADER = "Jan 31 09:00:00 h sshd[7]: "


def said(message: str, read, fields, header: str = HEADER) -> dict:
    """What is read of ``message``, without its syslog header."""
    rows, issues = read("sshd", (header + message).encode())
    assert issues == []
    return {key: value for key, value in fields(rows[0]).items() if key not in ("host", "pid", "message", "app")}


MESSAGES = [
    ("Failed password for root from 192.0.2.1 port 22 ssh2", "login_failed root 192.0.2.1 22 password"),
    ("Failed password for invalid user a b from 192.0.2.1 port 22 ssh2", "login_failed a b 192.0.2.1 22 password"),
    ("Failed publickey for ann from ::1 port 9 ssh2: RSA SHA256:abc", "login_failed ann ::1 9 publickey"),
    ("Accepted publickey for ann from 192.0.2.1 port 22 ssh2: RSA x", "login_succeeded ann 192.0.2.1 22 publickey"),
    ("Postponed publickey for ann from 192.0.2.1 port 22 ssh2 [preauth]", "login_postponed ann 192.0.2.1 22 publickey"),
    ("Invalid user admin from 192.0.2.1", "invalid_user admin 192.0.2.1"),
    ("Invalid user admin from 192.0.2.1 port 22", "invalid_user admin 192.0.2.1 22"),
    ("Invalid user  from 192.0.2.1", "invalid_user 192.0.2.1"),
    ("input_userauth_request: invalid user admin [preauth]", "invalid_user_requested admin"),
    ("Connection closed by 192.0.2.1 [preauth]", "connection_closed 192.0.2.1"),
    ("Connection closed by 192.0.2.1 port 22", "connection_closed 192.0.2.1 22"),
    ("Connection closed by authenticating user ann 192.0.2.1 port 22 [preauth]", "connection_closed ann 192.0.2.1 22"),
    ("Connection reset by invalid user a b 192.0.2.1 port 22 [preauth]", "connection_reset a b 192.0.2.1 22"),
    ("Disconnected from user ann 192.0.2.1 port 22", "disconnected ann 192.0.2.1 22"),
    ('Connection from 192.0.2.1 port 22 on 192.0.2.9 port 22 rdomain ""', "connection_opened 192.0.2.1 22"),
    ("Did not receive identification string from 192.0.2.1", "no_identification 192.0.2.1"),
    ("Bad protocol version identification 'x from 9.9.9.9' from 192.0.2.1 port 22", "bad_protocol 192.0.2.1 22"),
    ("pam_unix(sshd:auth): check pass; user unknown", "unknown_user"),
    ("pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)", "session_opened ann"),
    ("pam_unix(sshd:session): session closed for user ann", "session_closed ann"),
    ("Server listening on 0.0.0.0 port 22.", "server_started"),
    (
        "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 [preauth]",
        "too_many_failures root 192.0.2.1 22",
    ),
    (
        "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
        "too_many_failures root 192.0.2.1 22",
    ),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_a_message_of_sshd_has_an_action_and_says_who_and_from_where(message: str, expected: str, read, fields) -> None:
    """Action, user, address, port and method, where the message has them."""
    found = said(message, read, fields)
    order = ("action", "user", "source.ip", "source.port", "method")
    assert " ".join(found.pop(name) for name in order if name in found) == expected
    assert set(found) <= {"reason"}


def test_a_user_name_cannot_forge_the_address(read, fields) -> None:
    """The attacker chooses the name; the address is the one that sshd wrote."""
    found = said(
        "Failed password for invalid user x from 10.0.0.1 port 1 ssh2 from 192.0.2.1 port 22 ssh2", read, fields
    )
    assert found["source.ip"] == "192.0.2.1"
    assert found["user"] == "x from 10.0.0.1 port 1 ssh2"


def test_pam_names_user_and_peer_and_counts_what_it_saw_again(read, fields) -> None:
    """A peer that is a name is `source.host`."""
    text = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={}  user=root"
    assert said(text.format("192.0.2.1"), read, fields) == {
        "action": "authentication_failed", "user": "root", "source.ip": "192.0.2.1",
    }  # fmt: skip
    assert said(text.format("a.example"), read, fields)["source.host"] == "a.example"
    more = "PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 "
    assert said(more, read, fields) == {"action": "authentication_failed", "repeat": "5", "source.ip": "192.0.2.1"}


def test_a_repeated_message_is_read_as_the_message_and_how_often(read) -> None:
    """What syslogd folded is unfolded; the line is kept in `_raw`."""
    inner = "Failed password for root from 192.0.2.1 port 22 ssh2"
    row = read("sshd", f"{HEADER}message repeated 5 times: [ {inner}]".encode())[0][0]
    assert (row["action"], row["repeat"], row["message"]) == ("login_failed", "5", inner)
    assert "repeated" in row["_raw"]


def test_a_break_in_attempt_has_the_name_and_the_address(read, fields) -> None:
    """Both spellings of it."""
    old = "reverse mapping checking getaddrinfo for a.example [192.0.2.1] failed - POSSIBLE BREAK-IN ATTEMPT!"
    new = "Address 192.0.2.1 maps to a.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!"
    expected = {"action": "break_in_attempt", "source.ip": "192.0.2.1", "source.host": "a.example"}
    assert said(old, read, fields) == said(new, read, fields) == expected


def test_sudo_says_who_did_what_as_whom_and_what_was_denied(read, fields) -> None:
    """A denied command has its reason."""
    header = "Jan 31 09:00:00 h sudo: "
    done = said("ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/ls -l ; x", read, fields, header)
    assert done == {
        "action": "sudo", "user": "ann", "tty": "pts/0", "pwd": "/home/ann", "target_user": "root",
        "command": "/bin/ls -l ; x",
    }  # fmt: skip
    denied = said("bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", read, fields, header)
    assert (denied["action"], denied["reason"]) == ("sudo_denied", "user NOT in sudoers")


def test_su_says_who_became_whom(read, fields) -> None:
    """Done or failed."""
    header = "Jan 31 09:00:00 h su[9]: "
    assert said("FAILED su for root by ann", read, fields, header) == {
        "action": "su_failed", "target_user": "root", "user": "ann",
    }  # fmt: skip


def test_any_other_message_is_kept_without_an_action(read, fields) -> None:
    """A line of syslog is never rejected for what it says."""
    assert said("something new", read, fields) == {}


def test_a_real_sshd_log_is_read_as_an_independent_count_says(read) -> None:
    """Attackers, failures and attempts of 2,000 lines, counted by plain search."""
    body = shared_data("loghub", "OpenSSH_2k.log").read_bytes()
    text = body.decode()
    rows, issues = read("sshd", body)
    assert (len(rows), issues) == (2_000, [])
    failed = re.findall(r"Failed \w+ for (?:invalid user )?(.*) from ([\d.]+) port", text)
    assert Counter(
        (row.get("user"), row["source.ip"]) for row in rows if row.get("action") == "login_failed"
    ) == Counter((user or None, address) for user, address in failed)
    assert sum(row.get("action") == "break_in_attempt" for row in rows) == text.count("POSSIBLE BREAK-IN ATTEMPT!")
    assert [row["message"] for row in rows if "action" not in row] == [
        "fatal: Write failed: Connection reset by peer [preauth]"
    ]


def test_a_real_linux_log_is_read_with_the_program_that_pam_speaks_for(read) -> None:
    """`sshd(pam_unix)` is sshd; every failure has its peer."""
    body = shared_data("loghub", "Linux_2k.log").read_bytes()
    rows, issues = read("sshd", body)
    assert issues == []
    failures = [row for row in rows if row.get("action") == "authentication_failed" and row["app"] == "sshd"]
    assert len(failures) == len(re.findall(r"sshd\(pam_unix\)\[\d+\]: authentication failure", body.decode()))
    assert all("source.ip" in row or "source.host" in row for row in failures)
