"""The settings, for commands: read when first asked for, so that `--help` does not wait for what reads them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.conf.options import Options


def options() -> "Options":
    """As `conf.options.options`."""
    from tocsin.conf import options as module

    return module.options()
