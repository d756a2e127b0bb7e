"""Addresses and networks."""

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.evaluate import is_in_network

from tocsin.engine.addresses import Addresses, parse_network

addresses = st.one_of(st.ip_addresses().map(str), st.text("0123456789.:abf%", max_size=12))
networks = st.tuples(st.ip_addresses(), st.integers(0, 128)).map(
    lambda pair: str(ipaddress.ip_network(f"{pair[0]}/{min(pair[1], pair[0].max_prefixlen)}", strict=False))
)


@given(st.lists(addresses, max_size=5), networks)
def test_membership_is_that_of_the_standard_library(texts: list[str], network: str) -> None:
    """A whole column gives what `ipaddress` gives for each text."""
    near = str(ipaddress.ip_network(network).broadcast_address)
    texts = [*texts, near]
    inside = Addresses.parse(pa.array(texts)).are_in(parse_network(network))
    assert inside.tolist() == [is_in_network(text, network) for text in texts]


def test_version_tells_what_a_text_is() -> None:
    """4 and 6 for addresses, a mapped one is 4, and 0 for what is none."""
    texts = pa.array(["1.2.3.4", "::1", "::ffff:1.2.3.4", "01.2.3.4", "::g", ":", "fe80::1%eth0"])
    assert Addresses.parse(texts).version.tolist() == [4, 6, 4, 0, 0, 0, 6]


def test_bits_beyond_the_prefix_are_passed_over() -> None:
    """10.1.2.3/8 is 10.0.0.0/8; what is no network is a ValueError."""
    assert str(parse_network(" 10.1.2.3/8")) == "10.0.0.0/8"
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/33"):
        parse_network("10.0.0.0/33")
