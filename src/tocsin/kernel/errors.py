"""The one tree of errors. A message says what is wrong, the value, what is allowed, and where."""


class TocsinError(Exception):
    """Something a person can mend; ``str(error)`` is fit to be shown to them."""


class ConfigError(TocsinError):
    """A setting, path or option that cannot be used as it is."""


class InputError(TocsinError):
    """A body or record from outside that cannot be read.

    Attributes:
        status: the HTTP status that answers it.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class StoreError(TocsinError):
    """The event store refused: full, read-only, out of reach or damaged. Nothing was acknowledged."""


class SchemaError(TocsinError):
    """Columns of a type that the engine does not read."""


class RuleError(TocsinError):
    """A rule that cannot be used; ``rules.load`` turns it into an issue."""


class DeliveryError(TocsinError):
    """A notification that was not taken.

    Attributes:
        is_permanent: trying again cannot help (a refused address, a revoked webhook).
        retry_after_s: the wait that the other side asked for, in seconds.
    """

    def __init__(self, message: str, *, is_permanent: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.retry_after_s = retry_after_s
