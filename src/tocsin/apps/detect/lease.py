"""One active detector: a lease by conditional UPDATE, and a fence that a sleeper cannot pass."""

from datetime import UTC, datetime, timedelta

from django.db.models import F, Q

from tocsin.apps.detect.models import Lease
from tocsin.kernel.processes import is_gone, this_process

LIFETIME = timedelta(seconds=10)
BREAK = timedelta(minutes=5)
"""How long no detector may have run so that detecting has gone on without a break: a restart, an upgrade."""


class Fenced(Exception):
    """The lease was lost; what this process had in hand must not be written."""


class DetectorLease:
    """This process's hold on being the detector.

    Attributes:
        since_at: since when there has been a detector, this one or those before it, without a longer break.
    """

    def __init__(self) -> None:
        self.since_at = datetime.max.replace(tzinfo=UTC)
        self._holder = this_process()
        self._epoch = 0
        self._renewed_at = datetime.min.replace(tzinfo=UTC)

    def acquire(self, at: datetime) -> bool:
        """Take the lease if nobody living holds it."""
        lease, _ = Lease.objects.get_or_create(name="detect", defaults={"holder": "", "expires_at": at})
        is_free = Q(expires_at__lte=at) | Q(holder=self._holder)
        if is_gone(lease.holder):
            is_free |= Q(holder=lease.holder)
        taken = Lease.objects.filter(is_free, name="detect", epoch=lease.epoch)
        since_at = at if lease.since_at is None or at - lease.expires_at > BREAK else lease.since_at
        if not taken.update(holder=self._holder, epoch=F("epoch") + 1, expires_at=at + LIFETIME, since_at=since_at):
            return False
        self.since_at = since_at
        self._epoch = lease.epoch + 1
        self._renewed_at = at
        return True

    def renew(self, at: datetime) -> None:
        """Hold on for another lifetime. Inside a transaction this is the fence: it fails or everything counts.

        Raises: Fenced where another detector has taken over.
        """
        mine = Lease.objects.filter(name="detect", holder=self._holder, epoch=self._epoch)
        if not mine.update(expires_at=at + LIFETIME):
            raise Fenced
        self._renewed_at = at

    def hold(self, at: datetime) -> None:
        """`renew` where that was a while ago: between the steps of a pass that may take longer than a lifetime.

        Raises: Fenced.
        """
        if abs(at - self._renewed_at) >= LIFETIME / 5:
            self.renew(at)

    def release(self) -> None:
        """Let a standby take over at once."""
        Lease.objects.filter(name="detect", holder=self._holder, epoch=self._epoch).update(
            holder="", expires_at=F("expires_at") - LIFETIME
        )
