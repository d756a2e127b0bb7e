"""The HTTP input: `POST /ingest/<source>`, acknowledged after the commit.

A request goes through `app` (routes, who may send), `body` (read within limits), `decode`
(decompress within limits), a format, and `writers` (one group commit a source). `budget` bounds the
bytes of all requests together; `answers` are what the sender reads.
"""

from tocsin.sources.http.answers import Refusal
from tocsin.sources.http.app import Authorize, Grant, HttpInput
from tocsin.sources.http.body import Limits
from tocsin.sources.http.writers import Writer, Writers

__all__ = ["Authorize", "Grant", "HttpInput", "Limits", "Refusal", "Writer", "Writers"]
