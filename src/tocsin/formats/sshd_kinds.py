"""What sshd, PAM and su say: each kind of message, what it is called, and how it is read.

Groups are named for their fields; `source` is the peer, an address or a name, and `host_name` its name.
User names come from the attacker and may hold anything, also " from 10.0.0.1 port 22": a pattern of an
attempt takes the last peer of its line, and the end of the line must follow it.
"""

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of message: those that begin with ``start`` and match ``pattern``."""

    action: str
    start: str
    pattern: str


_PEER: Final = r"(?P<source>[^\s\[\]]+)"
_PORT: Final = r"(?: port (?P<port>\d+))?"
_FROM: Final = rf"from {_PEER}{_PORT}"
_USER: Final = r"(?:(?:invalid|illegal) user )?(?P<user>.*)"
_USER_ONLY: Final = r"(?:(?:invalid|illegal) user )?(?P<user>.*?)"
_WHO: Final = rf"(?:invalid user|authenticating user|user) (?P<user>.*) {_PEER} port (?P<port>\d+)"
_METHOD: Final = r"(?P<method>\S+)"
_HOST: Final = r"(?P<host_name>\S+)"
_REASON: Final = r"(?P<reason>.*?)"
_EARLY: Final = r"(?: \[preauth\])?"
_END: Final = rf"(?: ssh\d)?{_EARLY}$"
_KEY_END: Final = r"(?: ssh\d)?(?:: .*)?$"
_PAM: Final = r"(?:.* rhost=(?P<source>\S*))?(?:\s+user=(?P<user>.*?))?\s*$"
_TOO_MANY: Final = "(?P<reason>Too many authentication failures)"
_BREAK_IN: Final = "POSSIBLE BREAK-IN ATTEMPT!"
_TARGET: Final = r"(?P<target_user>\S+) by (?P<user>\S+)"

KINDS: Final = (
    Kind("login_failed", "Failed ", f"^Failed {_METHOD} for {_USER} {_FROM}{_KEY_END}"),
    Kind("login_succeeded", "Accepted ", rf"^Accepted {_METHOD} for (?P<user>\S+) {_FROM}{_KEY_END}"),
    Kind("login_postponed", "Postponed ", f"^Postponed {_METHOD} for {_USER} {_FROM}{_END}"),
    Kind("login_denied", "User ", f"^User (?P<user>.*) from {_PEER} not allowed because {_REASON}$"),
    Kind("invalid_user", "Invalid user ", f"^Invalid user (?P<user>.*) {_FROM}$"),
    Kind("invalid_user", "Illegal user ", f"^Illegal user (?P<user>.*) {_FROM}$"),
    Kind("invalid_user_requested", "input_userauth_request: ", f"^input_userauth_request: {_USER_ONLY}{_EARLY}$"),
    Kind("unknown_user", "check pass; user unknown", "^check pass; user unknown$"),
    Kind("authentication_failed", "authentication failure", f"^authentication failure;{_PAM}"),
    Kind("authentication_failed", "PAM ", rf"^PAM (?P<repeat>\d+) more authentication failures?;{_PAM}"),
    Kind(
        "authentication_failed", "Authentication failed ", rf"^Authentication failed from {_PEER} \([^)]*\): {_REASON}$"
    ),
    Kind("too_many_failures", "maximum ", f"^maximum authentication attempts exceeded for {_USER} {_FROM}{_END}"),
    Kind("too_many_failures", "Disconnecting: ", f"^Disconnecting: {_TOO_MANY} for {_USER_ONLY}{_EARLY}$"),
    Kind("too_many_failures", "Disconnecting ", f"^Disconnecting {_WHO}: {_TOO_MANY}{_EARLY}$"),
    Kind("too_many_failures", "PAM service", r"^PAM service\(\S+\) (?P<reason>ignoring max retries); \d+ > \d+$"),
    Kind(
        "break_in_attempt",
        "reverse mapping ",
        rf"^reverse mapping checking getaddrinfo for {_HOST} \[{_PEER}\] failed - {_BREAK_IN}$",
    ),
    Kind(
        "break_in_attempt",
        "Address ",
        f"^Address {_PEER} maps to {_HOST}, but this does not map back to the address(?: - {_BREAK_IN})?.?$",
    ),
    Kind("disconnected", "Received disconnect ", rf"^Received disconnect {_FROM}: ?\d+: {_REASON}{_EARLY}$"),
    Kind("disconnected", "Disconnected ", f"^Disconnected from {_WHO}{_END}"),
    Kind("disconnected", "Disconnected ", f"^Disconnected from {_PEER}{_PORT}{_END}"),
    Kind("connection_closed", "Connection closed ", f"^Connection closed by {_WHO}{_END}"),
    Kind("connection_closed", "Connection closed ", f"^Connection closed by {_PEER}{_PORT}{_END}"),
    Kind("connection_reset", "Connection reset ", f"^Connection reset by {_WHO}{_END}"),
    Kind("connection_reset", "Connection reset ", f"^Connection reset by {_PEER}{_PORT}{_END}"),
    Kind("connection_opened", "Connection from ", f"^Connection {_FROM}(?: on .*)?$"),
    Kind("connection_opened", "connection from ", rf"^connection from {_PEER} \((?P<host_name>[^)]*)\).*$"),
    Kind("no_identification", "Did not receive ", f"^Did not receive identification string {_FROM}$"),
    Kind("bad_protocol", "Bad protocol ", f"^Bad protocol version identification .* {_FROM}$"),
    Kind("bad_protocol", "banner exchange: ", f"^banner exchange: Connection {_FROM}: {_REASON}$"),
    Kind("bad_protocol", "Unable to negotiate ", f"^Unable to negotiate with {_PEER}{_PORT}: {_REASON}{_EARLY}$"),
    Kind(
        "session_opened", "session opened ", r"^session opened for user (?P<user>[^\s(]+)(?:\(uid=\d+\))?(?: by .*)?$"
    ),
    Kind("session_closed", "session closed ", r"^session closed for user (?P<user>\S+)$"),
    Kind("server_started", "Server listening ", "^Server listening on .*$"),
    Kind("su_succeeded", "Successful su ", f"^Successful su for {_TARGET}$"),
    Kind("su_failed", "FAILED su ", f"^FAILED su for {_TARGET}$"),
    Kind("user_added", "new user: ", r"^new user: name=(?P<user>[^,]+),.*$"),
)
