"""auth.log as a whole."""

from tests.unit.formats.conftest import Read

from tocsin.formats import load_format
from tocsin.kernel.logsource import LogSource

LINES = (
    b"Jan 30 09:30:00 web-1 sshd[7]: Accepted publickey for alice from 192.0.2.1 port 4 ssh2\n"
    b"Jan 30 09:30:01 web-1 sudo: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n"
)


def test_auth_is_read_as_sshd_is_and_stands_for_more(read: Read) -> None:
    """The program says which service a line is of (`taxonomies.others`)."""
    rows, issues = read("auth", LINES)
    assert not issues
    assert [(row["app"], row["action"]) for row in rows] == [("sshd", "login_succeeded"), ("sudo", "sudo")]
    assert load_format("auth").logsource == LogSource("linux", service="auth")
