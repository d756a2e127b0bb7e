"""auth.log: what sshd, PAM, sudo and su say of sign-ins, in syslog's lines.

Fields: those of `syslog`, and `action` (named in `sshd_kinds`, and `sudo`, `sudo_denied`), `user`,
`source.ip`, `source.host` (a peer's name), `source.port`, `method`, `reason`, `repeat` (how often
syslogd or PAM saw the same), `target_user`, and sudo's `tty`, `pwd`, `command`. A line of any other
kind has no `action` and is kept.
"""

from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.body import read_texts, split_lines
from tocsin.formats.columns import Columns
from tocsin.formats.extract import Overlay, Rows, extract
from tocsin.formats.sshd_kinds import KINDS, Kind
from tocsin.formats.syslog import read_lines
from tocsin.formats.table import build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="linux", service="sshd")


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
    for kind in KINDS:
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


def _read_kind(kind: Kind, spoken: pa.Array, undecided: Rows, overlay: Overlay) -> Rows:
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
