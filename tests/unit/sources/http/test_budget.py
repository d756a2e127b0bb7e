"""What all requests together may hold."""

import contextlib

import pytest

from tocsin.sources.http import Refusal
from tocsin.sources.http.budget import REQUEST_OVERHEAD_BYTES, Budget, Share


def test_a_share_is_given_back_whatever_happens() -> None:
    """At the end of its block nothing is held, after an error too."""
    budget = Budget(1_000_000)
    with contextlib.suppress(KeyError), Share(budget) as share:
        share.grow_to(500_000)
        assert budget.held_bytes == 500_000
        raise KeyError
    assert budget.held_bytes == 0


def test_a_share_never_shrinks() -> None:
    """A smaller size asks for nothing, and the overhead is the least."""
    budget = Budget(1_000_000)
    with Share(budget) as share:
        share.grow_to(1)
        assert budget.held_bytes == REQUEST_OVERHEAD_BYTES


def test_a_full_budget_refuses_and_keeps_count() -> None:
    """503, and what could not be held is not counted."""
    budget = Budget(100_000)
    with Share(budget) as first, Share(budget) as second:
        first.grow_to(80_000)
        with pytest.raises(Refusal, match="busy") as caught:
            second.grow_to(50_000)
        assert caught.value.status == 503
        assert budget.held_bytes == 80_000 + REQUEST_OVERHEAD_BYTES
