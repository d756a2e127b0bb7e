"""Whom an email channel writes to."""

import pytest

from tocsin.kernel.errors import ConfigError
from tocsin.notifiers.email.config import Config, check_address, parse


def test_addresses_are_kept_once() -> None:
    """An address given twice gets one mail."""
    assert parse({"to": ["a@x.org", "b@x.org", "a@x.org"]}) == Config(("a@x.org", "b@x.org"))


@pytest.mark.parametrize("bad", ["", "a", "a@", "@x", "a b@x", "a@x\nBcc: b@x", "A <a@x>", "a@x,b@x", 'a"@x', 7, None])
def test_what_is_no_address_is_refused(bad: object) -> None:
    """Neither a name, nor a list, nor a smuggled header is an address."""
    with pytest.raises(ConfigError, match=r"is not an email address; write name@example\.com"):
        check_address(bad)


@pytest.mark.parametrize("to", [[], "a@x.org", ["a@x.org"] * 51, None])
def test_one_to_fifty_addresses(to: object) -> None:
    """A channel without addresses, or with a mailing of its own, is refused."""
    with pytest.raises(ConfigError, match="needs 1 to 50 addresses"):
        parse({"to": to})


def test_a_rotation_stands_among_the_addresses() -> None:
    """It is no address by itself: who is on call is put in its place before a mail is sent."""
    config = parse({"to": ["a@x.org", "@primary"]})
    assert (config.target, config.people) == ("a@x.org, @primary", ("a@x.org",))
