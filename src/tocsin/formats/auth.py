"""auth.log as a whole: what sshd, sudo, su and PAM write, read as `sshd` reads it, for rules about any of them."""

from typing import Final

from tocsin.formats import sshd
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="linux", service="auth")

parse = sshd.parse
