"""Addresses and networks, many at a time."""

import ipaddress
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"\A{_OCTET}(?:\.{_OCTET}){{3}}\z"
_V6 = r"\A[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[^%]+)?\z"
_LOW = (1 << 64) - 1
_PLACES = np.array([1 << 24, 1 << 16, 1 << 8, 1], np.uint64)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Addresses:
    """Texts read as addresses.

    Shape: each array one entry a text.
    Attributes:
        version: 4, 6, or 0 for what is no address. An IPv4 address mapped into IPv6 is version 4.
        high, low: the address's upper and lower 64 bits.
    """

    version: npt.NDArray[np.uint8]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]

    @classmethod
    def parse(cls, texts: pa.Array) -> Self:
        """Read ``texts``: IPv4 as whole columns, IPv6 one distinct value at a time."""
        size = len(texts)
        parsed = cls(np.zeros(size, np.uint8), np.zeros(size, np.uint64), np.zeros(size, np.uint64))
        v4 = np.flatnonzero(pc.match_substring_regex(texts, _V4).to_numpy(zero_copy_only=False))
        octets = pc.split_pattern(texts.take(pa.array(v4)), ".").flatten().cast(pa.uint64()).to_numpy()
        parsed.version[v4] = 4
        parsed.low[v4] = octets.reshape(-1, 4) @ _PLACES
        for place in np.flatnonzero(pc.match_substring_regex(texts, _V6).to_numpy(zero_copy_only=False)):
            parsed._set_v6(int(place), texts[int(place)].as_py())
        return parsed

    def _set_v6(self, place: int, text: str) -> None:
        try:
            address = ipaddress.IPv6Address(text)
        except ValueError:
            return
        mapped = address.ipv4_mapped
        number = int(mapped or address)
        self.version[place] = 4 if mapped else 6
        self.high[place], self.low[place] = number >> 64, number & _LOW

    def are_in(self, network: Network) -> npt.NDArray[np.bool_]:
        """Which of the addresses lie in ``network``."""
        mask, base = int(network.netmask), int(network.network_address)
        inside: npt.NDArray[np.bool_] = self.version == network.version
        inside &= self.high & np.uint64(mask >> 64) == np.uint64(base >> 64)
        inside &= self.low & np.uint64(mask & _LOW) == np.uint64(base & _LOW)
        return inside


def parse_network(text: str) -> Network:
    """Read a network such as ``10.0.0.0/8``; bits beyond the prefix are passed over.

    Raises: ValueError.
    """
    return ipaddress.ip_network(text.strip(), strict=False)
