"""Linux's audit log."""

import pytest
from tests.unit.formats.conftest import Read

from tocsin.formats.auditd import read_line

SYSCALL = (
    'type=SYSCALL msg=audit(1769760000.250:456): arch=c000003e syscall=59 success=yes a0=55d1 ppid=1 comm="cat" '
    'exe="/usr/bin/cat" key="passwd_read"\x1dARCH=x86_64 SYSCALL=execve AUID="alice"'
)


def test_keys_are_fields_by_their_own_names(read: Read) -> None:
    """As Sigma's rules write them; what auditd resolved stands in capitals beside."""
    rows, issues = read("auditd", SYSCALL.encode())
    assert not issues
    expected = {"type": "SYSCALL", "syscall": "59", "SYSCALL": "execve", "exe": "/usr/bin/cat", "key": "passwd_read"}
    assert expected.items() <= rows[0].items()
    assert rows[0]["audit_id"] == "456"
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00.250000+00:00"


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ('type=EXECVE msg=audit(1.0:1): argc=2 a0="ls" a1=2F746D702F6120622F', "a1", "/tmp/a b/"),
        ("type=EXECVE msg=audit(1.0:1): a2[0]=6C73", "a2[0]", "ls"),
        ("type=EXECVE msg=audit(1.0:1): argc=10", "argc", "10"),
        ("type=PROCTITLE msg=audit(1.0:1): proctitle=636174002F6574632F736861646F77", "proctitle", "cat /etc/shadow"),
        ("type=PATH msg=audit(1.0:1): item=0 name=2F612062 inode=12", "name", "/a b"),
        ("type=PATH msg=audit(1.0:1): name=(null) nametype=NORMAL", "name", "(null)"),
        ("type=SYSCALL msg=audit(1.0:1): a0=6C73 a1=7F", "a0", "6C73"),
        ("type=SYSCALL msg=audit(1.0:1): comm=FF", "comm", "\ufffd"),
    ],
)
def test_texts_in_hexadecimal_are_decoded(line: str, key: str, value: str) -> None:
    """Where the kernel would have quoted a text and did not; numbers stay numbers."""
    read = read_line(line)
    assert read is not None
    assert read[0][key] == value


def test_what_a_message_quotes_is_read() -> None:
    """PAM and systemd put their own keys into one quoted text."""
    read = read_line(
        'type=USER_LOGIN msg=audit(1.0:2): pid=7 msg=\'op=login acct="root" exe="/usr/sbin/sshd" res=failed\''
    )
    assert read is not None
    assert {"op": "login", "acct": "root", "res": "failed", "pid": "7"}.items() <= read[0].items()


def test_the_machine_may_stand_first() -> None:
    """As the audit dispatcher writes it, or syslog before it."""
    for line in (
        'node=web-1 type=CWD msg=audit(1.0:3): cwd="/"',
        'Jan 30 web-1 audispd: node=web-1 type=CWD msg=audit(1.0:3): cwd="/"',
    ):
        read = read_line(line)
        assert read is not None
        assert (read[0]["node"], read[0]["cwd"]) == ("web-1", "/")


def test_what_is_no_audit_record_is_rejected(read: Read) -> None:
    """Those beside it are read."""
    rows, issues = read("auditd", b"hello\n" + SYSCALL.encode())
    assert [issue.record for issue in issues] == [1]
    assert rows[1]["comm"] == "cat"
