"""auth.log: what sshd, PAM, sudo and su say of sign-ins, in syslog's lines.

Fields: those of `syslog`, and `action` (the left column of `_KINDS`), `user`, `source.ip`,
`source.host` (a peer that the log names but gives no address of), `source.port`, `method`, `reason`,
`repeat` (how many times syslogd or PAM saw the same again), and sudo's `tty`, `pwd`, `target_user`,
`command`. A line of any other kind has no `action` and is kept.

User names come from the attacker and may hold anything, also " from 10.0.0.1 port 22": a pattern of an
attempt takes the last peer of its line, and the end of the line must follow it.
"""

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.body import read_texts, split_lines
from tocsin.formats.columns import Columns
from tocsin.formats.extract import Overlay, Rows, extract
from tocsin.formats.syslog import read_lines
from tocsin.formats.table import build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="linux", service="sshd")


class _Kind(NamedTuple):
    """A kind of message: those that begin with ``start`` and match ``pattern``."""

    action: str
    start: str
    pattern: str


_PEER: Final = r"(?P<source>[^\s\[\]]+)"
_PORT: Final = r"(?: port (?P<port>\d+))?"
_END: Final = r"(?: ssh\d)?(?: \[preauth\])?$"
_WHO: Final = r"(?:(?:invalid user|authenticating user|user) (?P<user>.*) )?"
_PAM: Final = r"(?:.* rhost=(?P<source>[^\s]*))?(?:\s+user=(?P<user>.*?))?\s*$"

_KINDS: Final = (
    _Kind("login_failed", "Failed ", rf"^Failed (?P<method>\S+) for (?:invalid user )?(?P<user>.*) from {_PEER}{_PORT}(?: ssh\d)?(?:: .*)?$"),
    _Kind("login_succeeded", "Accepted ", rf"^Accepted (?P<method>\S+) for (?P<user>\S+) from {_PEER}{_PORT}(?: ssh\d)?(?:: .*)?$"),
    _Kind("login_postponed", "Postponed ", rf"^Postponed (?P<method>\S+) for (?:invalid user )?(?P<user>.*) from {_PEER}{_PORT}{_END}"),
    _Kind("invalid_user", "Invalid user ", rf"^Invalid user (?P<user>.*) from {_PEER}{_PORT}$"),
    _Kind("invalid_user", "Illegal user ", rf"^Illegal user (?P<user>.*) from {_PEER}{_PORT}$"),
    _Kind("invalid_user_requested", "input_userauth_request: ", r"^input_userauth_request: (?:invalid|illegal) user (?P<user>.*?)(?: \[preauth\])?$"),
    _Kind("authentication_failed", "authentication failure", rf"^authentication failure;{_PAM}"),
    _Kind("authentication_failed", "PAM ", rf"^PAM (?P<repeat>\d+) more authentication failures?;{_PAM}"),
    _Kind("authentication_failed", "Authentication failed from ", rf"^Authentication failed from {_PEER} \([^)]*\): (?P<reason>.*)$"),
    _Kind("unknown_user", "check pass; user unknown", "^check pass; user unknown$"),
    _Kind("too_many_failures", "maximum authentication attempts", rf"^maximum authentication attempts exceeded for (?:invalid user )?(?P<user>.*) from {_PEER}{_PORT}{_END}"),
    _Kind("too_many_failures", "Disconnecting", rf"^Disconnecting (?:invalid|authenticating) user (?P<user>.*) {_PEER} port (?P<port>\d+): (?P<reason>Too many authentication failures){_END}"),
    _Kind("too_many_failures", "Disconnecting: Too many", r"^Disconnecting: (?P<reason>Too many authentication failures) for (?:invalid user )?(?P<user>.*?)(?: \[preauth\])?$"),
    _Kind("too_many_failures", "PAM service", r"^PAM service\(\S+\) (?P<reason>ignoring max retries); \d+ > \d+$"),
    _Kind("break_in_attempt", "reverse mapping", rf"^reverse mapping checking getaddrinfo for (?P<host_name>\S+) \[{_PEER}\] failed - POSSIBLE BREAK-IN ATTEMPT!$"),
    _Kind("break_in_attempt", "Address ", rf"^Address {_PEER} maps to (?P<host_name>\S+), but this does not map back to the address.*$"),
    _Kind("login_denied", "User ", rf"^User (?P<user>.*) from {_PEER} not allowed because (?P<reason>.*)$"),
    _Kind("disconnected", "Received disconnect ", rf"^Received disconnect from {_PEER}{_PORT}: ?\d+: (?P<reason>.*?)(?: \[preauth\])?$"),
    _Kind("disconnected", "Disconnected ", rf"^Disconnected from {_WHO}{_PEER}{_PORT}{_END}"),
    _Kind("connection_closed", "Connection closed ", rf"^Connection closed by {_WHO}{_PEER}{_PORT}{_END}"),
    _Kind("connection_reset", "Connection reset ", rf"^Connection reset by {_WHO}{_PEER}{_PORT}{_END}"),
    _Kind("connection_opened", "Connection from ", rf"^Connection from {_PEER}{_PORT}(?: on .*)?$"),
    _Kind("connection_opened", "connection from ", rf"^connection from {_PEER} \((?P<host_name>[^)]*)\).*$"),
    _Kind("no_identification", "Did not receive ", rf"^Did not receive identification string from {_PEER}{_PORT}$"),
    _Kind("bad_protocol", "Bad protocol ", rf"^Bad protocol version identification .* from {_PEER}{_PORT}$"),
    _Kind("bad_protocol", "banner exchange: ", rf"^banner exchange: Connection from {_PEER}{_PORT}: (?P<reason>.*)$"),
    _Kind("bad_protocol", "Unable to negotiate ", rf"^Unable to negotiate with {_PEER}{_PORT}: (?P<reason>.*?)(?: \[preauth\])?$"),
    _Kind("session_opened", "session opened ", r"^session opened for user (?P<user>[^\s(]+)(?:\(uid=\d+\))?(?: by .*)?$"),
    _Kind("session_closed", "session closed ", r"^session closed for user (?P<user>\S+)$"),
    _Kind("server_started", "Server listening ", r"^Server listening on .*$"),
    _Kind("su_succeeded", "Successful su ", r"^Successful su for (?P<target_user>\S+) by (?P<user>\S+)$"),
    _Kind("su_failed", "FAILED su ", r"^FAILED su for (?P<target_user>\S+) by (?P<user>\S+)$"),
    _Kind("user_added", "new user: ", r"^new user: name=(?P<user>[^,]+),.*$"),
)  # fmt: skip
_SUDO: Final = (
    r"^\s*(?P<user>\S+) : (?:(?P<reason>[^;=]+) ; )?TTY=(?P<tty>\S+) ; PWD=(?P<pwd>.*?) ; USER=(?P<target_user>\S+) ;"
    r"(?: [A-Z]+=\S+ ;)* COMMAND=(?P<command>.*)$"
)
_SPEAKER: Final = r"^(?:(?:error|fatal|info|debug1): |pam_\w+\([^)]*\): )+"
_REPEATED: Final = r"^message repeated (?P<repeat>\d+) times: \[ ?(?P<message>.*?)\]$"
_FIELDS: Final = {"port": "source.port", "host_name": "source.host"}
_ADDRESS: Final = r"^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%\S+)?)$"


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read lines of auth.log; `formats.Parse` says what comes out."""
    texts = read_texts(split_lines(data))
    parsed = read_lines(texts, received_at)
    parsed.fields = _read_messages(parsed.fields, len(texts.raw))
    return build_table(texts, parsed, received_at)


def _read_messages(fields: Columns, count: int) -> Columns:
    everywhere = np.arange(count)
    nothing = pa.nulls(count, pa.string())
    message, repeat = _unwrap(fields.get("message", nothing))
    program = _name_program(fields.get("app", nothing))
    overlay = Overlay(count)
    overlay.add(everywhere, fields | {"message": message, "app": program, "repeat": repeat})
    undecided = _read_sudo(program, message, overlay)
    spoken = pc.replace_substring_regex(message, _SPEAKER, "")
    for kind in _KINDS:
        undecided = _read_kind(kind, spoken, undecided, overlay)
    return overlay.columns()


def _unwrap(message: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What syslogd says was repeated, and how many times; other messages as they are."""
    wrapped = Overlay(len(message))
    rows, groups = extract(message, _REPEATED)
    wrapped.add(np.arange(len(message)), {"message": message})
    wrapped.add(rows, groups)
    columns = wrapped.columns()
    return columns.get("message", message), columns.get("repeat", pa.nulls(len(message), pa.string()))


def _name_program(app: pa.Array) -> pa.Array:
    """``sshd`` for ``sshd(pam_unix)``, as old systems write it."""
    return pc.replace_substring_regex(app, r"\(.*$", "") if pc.any(pc.match_substring(app, "(")).as_py() else app


def _read_sudo(program: pa.Array, message: pa.Array, overlay: Overlay) -> Rows:
    """Read what sudo says; out the rows of all other programs."""
    is_sudo = pc.fill_null(pc.equal(program, "sudo"), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(is_sudo)
    matched, groups = extract(message.take(pa.array(rows)), _SUDO)
    if len(matched):
        is_denied = groups["reason"].is_valid()
        overlay.add(rows[matched], groups | {"action": pc.if_else(is_denied, "sudo_denied", "sudo")})
    return np.delete(np.arange(len(message)), rows[matched])


def _read_kind(kind: _Kind, spoken: pa.Array, undecided: Rows, overlay: Overlay) -> Rows:
    """Read the messages of ``kind`` among the ``undecided`` rows; out the rows that are still undecided."""
    texts = spoken.take(pa.array(undecided))
    begun = np.flatnonzero(pc.fill_null(pc.starts_with(texts, kind.start), False).to_numpy(zero_copy_only=False))
    if not len(begun):
        return undecided
    matched, groups = extract(texts.take(pa.array(begun)), kind.pattern)
    rows = undecided[begun[matched]]
    overlay.add(rows, _name_groups(groups) | {"action": pa.repeat(kind.action, len(rows))})
    return np.delete(undecided, begun[matched])


def _name_groups(groups: Columns) -> Columns:
    """The groups by the names of their fields; a peer is an address or a host."""
    columns = {_FIELDS.get(name, name): column for name, column in groups.items()}
    peer = columns.pop("source", None)
    if peer is not None:
        nothing = pa.scalar(None, pa.string())
        is_address = pc.match_substring_regex(peer, _ADDRESS)
        columns["source.ip"] = pc.if_else(is_address, peer, nothing)
        columns.setdefault("source.host", pc.if_else(is_address, nothing, peer))
    return columns
