"""The storage's errors, as sentences."""

import errno

import pytest

from tocsin.kernel.errors import StoreError
from tocsin.store.faults import explained


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full; free some space"),
        (OSError("Generic LocalFileSystem error: No space left on device (os error 28)"), "is full"),
        (OSError(errno.EROFS, "Read-only file system"), "read-only file system; mount it writable"),
        (PermissionError(errno.EACCES, "Permission denied"), "give it permission"),
        (OSError("Generic S3 error: 403 Forbidden: AccessDenied"), "give it permission"),
        (OSError("Generic S3 error: error sending request for url"), "check its address, the network"),
        (OSError("Generic S3 error\n  \x1b[31m↳\x1b[0m odd answer"), "failed: Generic S3 error odd answer"),
        (OSError(errno.EIO, "Input/output error"), "failed: [Errno 5] Input/output error"),
    ],
)
def test_a_storage_error_says_where_and_what_to_do(error, words):
    """Whatever the storage raises becomes a StoreError of one line that names the place."""
    with pytest.raises(StoreError) as raised, explained("/data/events/web"):
        raise error
    message = str(raised.value)
    assert message.startswith("the event store /data/events/web ")
    assert words in message
    assert "\n" not in message


def test_other_errors_pass():
    """A mistake in the program is not explained away."""
    with pytest.raises(KeyError), explained("/data"):
        raise KeyError("x")
