"""The loop of `tocsin run notify`: empties the outbox.

1. Claim what is due: the oldest delivery of each channel that has none under way, while a thread is
   free. A claim is a conditional UPDATE that takes a lease, so several notifiers share one outbox.
2. Write its message from the alert as it is now, and hand both to a thread. Threads only talk to the
   other side; the database is this thread's alone.
3. Write down what came of it: sent; or put off, with back-off and jitter; or, after 24 hours or a
   refusal that trying again cannot mend, dead, which the other channels are told.
4. Wait for a thread or for new rows, and begin again. A database that does not answer is waited for,
   and what came of a delivery is kept until it is written down.
5. When told to stop, claim nothing more, and write down what the threads still bring.

Delivered at least once: a process killed between 2 and 3 leaves a claim. The next notifier of the same machine
frees it when it begins, any other takes it when it lapses; the message is sent again with the same key.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import close_old_connections

from tocsin.apps.notify import claims
from tocsin.apps.notify.channels import transports
from tocsin.apps.notify.claims import Claim
from tocsin.apps.notify.oncall import resolve_addresses
from tocsin.apps.notify.options import NotifyOptions
from tocsin.apps.notify.render import message_for
from tocsin.kernel import clock
from tocsin.kernel.errors import ConfigError, DeliveryError
from tocsin.notifiers import load_notifier
from tocsin.notifiers.message import Message
from tocsin.notifiers.transport import Transports

log = logging.getLogger(__name__)

THREADS = 8
LOOK_AHEAD = 64
POLL_S = 0.3
BUSY_POLL_S = 0.03
TROUBLE_PAUSE_S = 1.0
STOP_S = 6.0


@dataclass(frozen=True, slots=True)
class _UnderWay:
    claim: Claim
    outcome: Future[DeliveryError | None]


class Courier:
    """What one notifier has in hand."""

    def __init__(self, ways: Transports, base_url: str) -> None:
        self._ways = ways
        self._base_url = base_url
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="notify")
        self._under_way: list[_UnderWay] = []
        self._has_begun = False

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way)

    def start_due(self) -> None:
        """Claim and start what is due, one delivery a channel, while a thread is free."""
        if not self._has_begun:
            claims.release_abandoned()
            self._has_begun = True
        busy = {each.claim.delivery.channel_id for each in self._under_way}
        if len(busy) >= THREADS:
            return
        for delivery_id, channel_id in claims.due(clock.now(), busy, LOOK_AHEAD):
            if channel_id in busy or len(busy) >= THREADS:
                continue
            if claim := claims.claim(delivery_id, clock.now()):
                busy.add(channel_id)
                self._start(claim)

    def settle(self) -> None:
        """Write down what came of the deliveries that have ended; each is kept until that has worked."""
        for each in [each for each in self._under_way if each.outcome.done()]:
            error = each.outcome.result()
            if error is None:
                claims.sent(each.claim, clock.now())
            else:
                claims.failed(each.claim, error, clock.now())
            self._under_way.remove(each)

    def finish(self, timeout_s: float) -> None:
        """Wait for what is under way and write it down; what takes longer is left to its lease."""
        wait([each.outcome for each in self._under_way], timeout_s)
        self._threads.shutdown(wait=False)
        self.settle()

    def _start(self, claim: Claim) -> None:
        try:
            message = message_for(claim.delivery, self._base_url, clock.now())
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            log.exception("the message %s cannot be written", claim)
            claims.failed(claim, DeliveryError(f"the message cannot be written: {error!r}"), clock.now())
            return
        if message is None:
            claims.superseded(claim)
            return
        channel = claim.delivery.channel
        config = resolve_addresses(channel.config, clock.now())
        outcome = self._threads.submit(_deliver, channel.kind, config, message, self._ways)
        self._under_way.append(_UnderWay(claim, outcome))


def run(stop: threading.Event, options: NotifyOptions) -> None:
    """Deliver until ``stop`` is set.

    Raises: ConfigError where TOCSIN_SMTP_URL cannot be used.
    """
    courier = Courier(transports(options), options.base_url)
    while not stop.is_set():
        is_well = _attempt(courier)
        pause_s = BUSY_POLL_S if courier.is_busy else POLL_S
        stop.wait(pause_s if is_well else TROUBLE_PAUSE_S)
    try:
        courier.finish(STOP_S)
    except DatabaseError:
        log.exception("the database did not answer at the end; what was sent last may be sent again")


def _attempt(courier: Courier) -> bool:
    """One round; False where it went wrong and a pause is due."""
    try:
        courier.settle()
        courier.start_due()
    except DatabaseError as error:
        log.warning("the database does not answer, trying again: %s", error)
        close_old_connections()
        return False
    except Exception:  # the outer edge: whatever this was, alarms must go on being delivered
        log.exception("a round of deliveries failed; what was claimed lapses and is tried again")
        return False
    return True


def _deliver(kind: str, config: dict[str, object], message: Message, ways: Transports) -> DeliveryError | None:
    """One delivery, on a thread of its own: what went wrong, or None."""
    try:
        notifier = load_notifier(kind)
        notifier.deliver(notifier.parse(config), message, ways)
    except DeliveryError as error:
        return error
    except ConfigError as error:
        return DeliveryError(f"the channel cannot be used: {error}", is_permanent=True)
    except Exception as error:  # the outer edge of a thread: a defect is a failure like others
        log.exception("the %s notifier failed in a way it does not know", kind)
        return DeliveryError(f"the {kind} notifier failed: {type(error).__name__}")
    return None
