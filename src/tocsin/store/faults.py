"""What the storage refused, as one sentence that says what to do."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from deltalake.exceptions import DeltaError, TableNotFoundError

from tocsin.kernel.errors import StoreError

STORAGE_ERRORS: Final = (OSError, DeltaError, TableNotFoundError)
"""What pyarrow and delta-rs raise when the storage under them does not do its part."""

_FULL: Final = "is full; free some space, or keep the events elsewhere (TOCSIN_DATA)"
_READ_ONLY: Final = "is on a read-only file system; mount it writable, or keep the events elsewhere (TOCSIN_DATA)"
_DENIED: Final = "may not be used by this user; give it permission to read and write there"
_LIMIT: Final = "refused a file as too large; raise this process's file size limit (ulimit -f)"
_SILENT: Final = "does not answer; check its address, the network and the credentials"

_BY_NUMBER: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EFBIG: _LIMIT,
}
_BY_WORDS: Final = (
    (re.compile(r"no space left|quota exceeded|os error 28\b", re.I), _FULL),
    (re.compile(r"read-only file system|os error 30\b", re.I), _READ_ONLY),
    (re.compile(r"permission ?denied|access ?denied|not permitted|forbidden|unauthorized|\b40[13]\b", re.I), _DENIED),
    (re.compile(r"file too large|os error 27\b", re.I), _LIMIT),
    (re.compile(r"error sending request|connect|timed? ?out|dns|credential|no such bucket", re.I), _SILENT),
)


_DECORATION: Final = re.compile(r"\x1b\[\d*m|↳")


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn what the storage at ``uri`` raises into a StoreError with one clear sentence."""
    try:
        yield
    except STORAGE_ERRORS as error:
        raise StoreError(explain(error, uri)) from error


def explain(error: BaseException, uri: str) -> str:
    """The sentence for ``error``: the place, what is wrong with it, what to do."""
    said = " ".join(_DECORATION.sub(" ", str(error)).split())
    mend = _BY_NUMBER.get(getattr(error, "errno", None) or 0)
    mend = mend or next((each for words, each in _BY_WORDS if words.search(said)), None)
    return f"the event store {uri} {mend}" if mend else f"the event store {uri} failed: {said[:300]}"
