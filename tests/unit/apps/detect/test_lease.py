"""The lease: one holder, taken over at once from the dead, fenced from the overtaken."""

import socket
import subprocess
import sys
from datetime import timedelta

import pytest

from tocsin.apps.detect.lease import LIFETIME, DetectorLease, Fenced
from tocsin.apps.detect.models import Lease
from tocsin.kernel.clock import now

pytestmark = pytest.mark.django_db


def held_by(holder: str, expires_in: timedelta = LIFETIME) -> None:
    """The lease in somebody else's hand."""
    Lease.objects.create(name="detect", holder=holder, epoch=7, expires_at=now() + expires_in)


def gone_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_free_lease_is_taken() -> None:
    """The first detector of an installation."""
    assert DetectorLease().acquire(now())


@pytest.mark.parametrize("holder", ["elsewhere:1", f"{socket.gethostname()}:1"])
def test_a_living_holder_keeps_it(holder: str) -> None:
    """On another machine, or a process of this one that lives."""
    held_by(holder)
    assert not DetectorLease().acquire(now())


def test_a_dead_process_of_this_machine_is_taken_over_at_once() -> None:
    """A restart after a crash need not wait for the lease to lapse."""
    held_by(f"{socket.gethostname()}:{gone_process()}")
    assert DetectorLease().acquire(now())


def test_a_lapsed_lease_is_taken_over() -> None:
    """Whoever held it."""
    held_by("elsewhere:1", -timedelta(seconds=1))
    assert DetectorLease().acquire(now())


def test_who_was_taken_over_is_fenced() -> None:
    """Neither renewing nor releasing touches what belongs to the new holder."""
    old, new = DetectorLease(), DetectorLease()
    assert old.acquire(now())
    assert new.acquire(now())
    with pytest.raises(Fenced):
        old.renew(now())
    old.release()
    new.renew(now())


def test_a_released_lease_is_free_for_a_standby() -> None:
    """It need not wait for the lifetime."""
    lease = DetectorLease()
    lease.acquire(now())
    lease.release()
    standby = DetectorLease()
    standby._holder = "elsewhere:1"
    assert standby.acquire(now())


def test_holding_on_renews_only_now_and_then() -> None:
    """So that it can stand between all steps of a pass; an overtaken one learns of it there."""
    lease, at = DetectorLease(), now()
    lease.acquire(at)
    lease.hold(at + timedelta(seconds=1))
    assert Lease.objects.get().expires_at == at + LIFETIME
    lease.hold(at + timedelta(seconds=3))
    assert Lease.objects.get().expires_at == at + timedelta(seconds=3) + LIFETIME
    DetectorLease().acquire(now())
    with pytest.raises(Fenced):
        lease.hold(at + timedelta(seconds=9))
