"""How fast each format reads, on one core: `python -m benchmarks.formats`.

The data is made here, from a fixed seed. Each number is the median of five runs, of processor time of
the whole process, so that work handed to other threads counts too.
"""

import io
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.formats import load_format

_RECEIVED_AT: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
_BODY_BYTES: Final = 5_000_000
_RUNS: Final = 5
_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def _event(chance: random.Random, at: datetime) -> dict[str, Any]:
    """An application's event: 17 fields, about 700 bytes, nested lightly."""
    user = chance.randrange(5_000)
    return {
        "time": at.isoformat().replace("+00:00", "Z"),
        "level": chance.choice(("info", "info", "warning")),
        "service": chance.choice(("web", "api", "worker")),
        "host": f"ip-10-0-{chance.randrange(4)}-{chance.randrange(9)}.eu-central-1.compute.internal",
        "action": chance.choice(("sign_in", "post", "change_email", "remove_second_factor", "view_account")),
        "outcome": chance.choice(("success", "success", "success", "failure")),
        "user": {"id": user, "name": f"user{user:05}", "email": f"user{user:05}@example.com", "is_staff": user < 50},
        "source": {"ip": f"198.51.{chance.randrange(256)}.{chance.randrange(256)}", "port": chance.randrange(65_536)},
        "http": {"method": "POST", "path": f"/accounts/{user}/settings", "status": 200, "user_agent": _AGENT},
        "request_id": f"{chance.getrandbits(128):032x}",
        "message": "the settings of an account were changed by its owner " + "after a check of the second factor " * 2,
    }


def _json(chance: random.Random, at: datetime) -> bytes:
    return orjson.dumps(_event(chance, at))


def _mixed(chance: random.Random, at: datetime) -> bytes:
    """Events whose fields change their kinds, which only the slow way reads."""
    event = _event(chance, at)
    event["user"]["id"] = chance.choice((event["user"]["id"], str(event["user"]["id"])))
    return orjson.dumps(event)


def _address(chance: random.Random) -> str:
    return f"203.0.113.{chance.randrange(256)}"


def _sshd(chance: random.Random, at: datetime) -> bytes:
    peer, user = _address(chance), f"user{chance.randrange(500)}"
    message = chance.choice(
        (
            f"Failed password for invalid user {user} from {peer} port {chance.randrange(65_536)} ssh2",
            f"Accepted publickey for {user} from {peer} port {chance.randrange(65_536)} ssh2: ED25519 SHA256:abcdef",
            f"Invalid user {user} from {peer} port {chance.randrange(65_536)}",
            f"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 ruser= rhost={peer}  user={user}",
            f"Received disconnect from {peer} port {chance.randrange(65_536)}:11: Bye Bye [preauth]",
        )
    )
    return f"{at:%b %e %H:%M:%S} bastion sshd[{chance.randrange(32_768)}]: {message}".encode()


def _syslog(chance: random.Random, at: datetime) -> bytes:
    return (
        f"<34>1 {at.isoformat()} host{chance.randrange(20)} app {chance.randrange(9_999)} ID{chance.randrange(9)} "
        f'[meta@1 seq="{chance.randrange(50)}"] user{chance.randrange(500)} did something to {_address(chance)}'
    ).encode()


def _access(chance: random.Random, at: datetime) -> bytes:
    return (
        f"{_address(chance)} - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "
        f'"GET /articles/{chance.randrange(500)}?page={chance.randrange(99)} HTTP/1.1" {chance.choice((200, 404))} '
        f'{chance.randrange(99_999)} "https://example.com/{chance.randrange(50)}" "{_AGENT}"'
    ).encode()


def _logfmt(chance: random.Random, at: datetime) -> bytes:
    user = f"user{chance.randrange(500)}"
    return (
        f'time={at.isoformat()} level=info msg="{user} signed in" user={user} ip={_address(chance)} '
        f"duration={chance.randrange(900)}ms status={chance.choice((200, 401))} cached"
    ).encode()


_CASES: Final[tuple[tuple[str, str, Callable[[random.Random, datetime], bytes], int], ...]] = (
    ("JSON, 17 fields, 700 bytes", "json", _json, 150_000),
    ("JSON, fields of changing kinds", "json", _mixed, 0),
    ("sshd", "sshd", _sshd, 100_000),
    ("access log, combined", "access", _access, 100_000),
    ("syslog, RFC 5424", "syslog", _syslog, 0),
    ("logfmt", "logfmt", _logfmt, 0),
)


def _body(make: Callable[[random.Random, datetime], bytes]) -> bytes:
    chance = random.Random(7)
    lines: list[bytes] = []
    size = 0
    while size < _BODY_BYTES:
        lines.append(make(chance, _RECEIVED_AT - timedelta(milliseconds=60_000_000 - 20 * len(lines))))
        size += len(lines[-1]) + 1
    return b"\n".join(lines) + b"\n"


def _median_s(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(_RUNS):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured: one row a format, and the writing of what JSON gives."""
    pa.set_cpu_count(1)
    rows: list[tuple[str, str, str]] = []
    for title, name, make, asked in _CASES:
        body = _body(make)
        parse = load_format(name).parse
        count = body.count(b"\n")
        table, _ = parse(body, received_at=_RECEIVED_AT)
        taken_s = _median_s(lambda parse=parse, body=body: parse(body, received_at=_RECEIVED_AT))  # type: ignore[misc]
        wanted = f"{asked:,} events/s" if asked else "—"
        rows.append(
            (f"read {title}", wanted, f"{count / taken_s:,.0f} events/s, {len(body) / taken_s / 1e6:,.0f} MB/s")
        )
        if make is _json:
            written_s = _median_s(lambda table=table: _write(table))  # type: ignore[misc]
            rows.append((f"read and write {title}", "—", f"{count / (taken_s + written_s):,.0f} events/s"))
    return rows


def _write(table: pa.Table) -> None:
    pq.write_table(table, io.BytesIO(), compression="zstd")


def main() -> None:
    """Print the table."""
    for name, asked, measured in measure():
        print(f"{name:48} {asked:>20} {measured:>36}")


if __name__ == "__main__":
    main()
