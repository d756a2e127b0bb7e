"""The taxonomy as data: which products there are, and what in an event shows its category and service.

`signs` says what an entry is, `windows` and `others` hold the entries, `PRODUCTS` joins them.
"""

from typing import Final

from tocsin.rules.taxonomies.others import OTHERS
from tocsin.rules.taxonomies.signs import Product
from tocsin.rules.taxonomies.windows import WINDOWS

PRODUCTS: Final[dict[str, Product]] = {"windows": WINDOWS, **OTHERS}

GENERIC: Final = frozenset({"antivirus", "database", "dns", "firewall", "proxy", "webserver"})
"""Categories of the appendix that belong to no product: a source of one carries no product's own log."""

BARE_SERVICES: Final = frozenset({"apache", "nginx", "netflow"})
"""Services that rules name without a product."""
