"""Reading a log through rotation and truncation: chunks of whole lines, each with the place after it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tocsin.kernel.errors import ConfigError
from tocsin.sources.files.lines import OpenLog, TruncatedError
from tocsin.sources.files.place import Place
from tocsin.sources.files.rotation import open_holder, open_log, open_next

GRACE_S: Final = 5.0
"""A rotated file is left when it has been quiet this long: its writers are told late to open the new one."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines, and the place after them. When ``place`` is durable with ``data``, they never come again."""

    data: bytes
    place: Place


def ensure_readable(path: Path) -> None:
    """See that ``path`` can be followed: a regular file that may be read, or nothing yet.

    Raises: ConfigError that says what is in the way.
    """
    try:
        OpenLog(open_log(path)).close()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be followed: {error.strerror}; name a log file that this user may read"
        ) from error


class Tail:
    """One log, read onward from a place.

    1. Open the file that holds the place, wherever rotation has put it; else the log itself.
    2. Read whole lines to its end.
    3. If it no longer has what was read, it was truncated: go on in the copy that has it, if
       there is one, and otherwise begin it again.
    4. If it was rotated away and is quiet, take its last line as it is and go on with the next file.
    """

    def __init__(
        self,
        path: Path,
        place: Place | None,
        *,
        say: Callable[[str], None],
        is_from_start: bool = True,
        grace_s: float = GRACE_S,
    ) -> None:
        self._path = path
        self._place = place
        self._say = say
        self._is_from_start = is_from_start
        self._grace_s = grace_s
        self._log: OpenLog | None = None
        self._size_bytes = -1
        self._grown_at = 0.0

    def read(self, limit_bytes: int, now_s: float, *, is_to_end: bool = False) -> Chunk | None:
        """The next lines, at most ``limit_bytes`` of them; None if there are none now.

        With ``is_to_end`` nothing more is awaited: no rotated file's writers, no last newline.
        Raises: OSError if a file cannot be opened or read; the next call tries again.
        """
        while log := self._log or self._open(now_s):
            try:
                data = log.read(limit_bytes) or self._last_line(log, now_s, is_to_end)
            except TruncatedError:
                self._go_on_after_truncation(log)
                continue
            if data:
                return Chunk(data, log.place)
            if log is self._log:
                return None
        return None

    def close(self) -> None:
        """Close the file that is open."""
        if self._log:
            self._log.close()
        self._log = None

    def _open(self, now_s: float) -> OpenLog | None:
        descriptor = open_holder(self._path, self._place) if self._place else None
        if descriptor is not None and self._place:
            log = OpenLog(descriptor, self._place.offset)
        elif self._path.exists():
            log = self._open_anew()
        else:
            self._say(f"{self._path} is not there yet; waiting for it")
            self._is_from_start = True  # all that it will hold is new
            return None
        self._switch_to(log, now_s)
        return log

    def _open_anew(self) -> OpenLog:
        descriptor = open_log(self._path)
        if self._place:
            self._say(
                f"the file that was read up to byte {self._place.offset} is gone (compressed or removed); "
                f"what was added to it since is lost, {self._path} is read from its beginning"
            )
        elif not self._is_from_start:
            return OpenLog.at_last_line(descriptor)
        return OpenLog(descriptor)

    def _last_line(self, log: OpenLog, now_s: float, is_to_end: bool) -> bytes:
        """At the end of a file: its unfinished line if it is over, and then the next file."""
        status = log.status()
        if status.st_size != self._size_bytes:
            self._size_bytes, self._grown_at = status.st_size, now_s
        if not is_to_end and now_s - self._grown_at < self._grace_s:
            return b""
        descriptor = open_next(self._path, status)
        following = OpenLog(descriptor) if descriptor is not None else None
        rest = log.rest() if following or is_to_end else b""
        if following and rest:
            following.close()
        elif following:
            self._switch_to(following, now_s)
        return rest

    def _go_on_after_truncation(self, log: OpenLog) -> None:
        place = log.place
        descriptor = open_holder(self._path, place) if place.is_telling else None
        if descriptor is None:
            self._say(f"{self._path} was truncated after byte {place.offset} was read; reading it from its beginning")
            log.rewind()
        else:
            self._say(f"{self._path} was truncated; finishing its copy first")
            self._switch_to(OpenLog(descriptor, place.offset), self._grown_at)

    def _switch_to(self, log: OpenLog, now_s: float) -> None:
        self.close()
        self._log, self._place = log, None
        self._size_bytes, self._grown_at = -1, now_s
