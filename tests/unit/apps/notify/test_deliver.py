"""The loop that empties the outbox, with real receivers."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, BinaryIO

import pytest
from django.db import OperationalError, connection
from tests.unit.apps.notify.cast import SECRET, Settings, alert, channel, states
from tests.unit.notifiers.servers import HttpReceiver, closed_port, http_receiver, smtp_receiver

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.notify import claims, deliver
from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.apps.notify.outbox import enqueue
from tocsin.kernel.errors import ConfigError

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60)]

GONE = (410, {}, b"gone")
BUSY = (503, {}, b"later")


def run_until(is_done: Callable[[], bool], options: Settings | None = None, at_most_s: float = 10) -> None:
    """Run the loop in this thread until ``is_done``, which is asked between its rounds."""
    stop = _StopWhen(is_done, time.monotonic() + at_most_s)
    deliver.run(stop, options or Settings())
    assert is_done(), states()


class _StopWhen(Event):
    """Set once a condition holds: the loop's own pauses are when it is asked."""

    def __init__(self, is_done: Callable[[], bool], deadline: float) -> None:
        super().__init__()
        self._is_done, self._deadline = is_done, deadline

    def wait(self, timeout: float | None = None) -> bool:
        if self._is_done() or time.monotonic() > self._deadline:
            self.set()
        return super().wait(timeout)


def none_pending() -> bool:
    """Whether everything has been told or given up."""
    return not Delivery.objects.filter(state=DeliveryState.PENDING).exists()


def told(receiver: HttpReceiver) -> list[str]:
    """The lines that a receiver got, in order."""
    return [json.loads(each.body)["text"] for each in receiver.requests]


def test_what_is_due_is_told() -> None:
    """An alert's first message reaches its channel, and its row says so."""
    with http_receiver() as hook:
        channel(url=hook.url)
        enqueue(alert(), "opened")
        run_until(none_pending)
    assert told(hook) == ["[HIGH] 12 events, 203.0.113.9 — SSH brute force"]
    assert states() == [("hook", "opened", "sent")]


def test_email_goes_through_the_server_of_the_settings() -> None:
    """TOCSIN_SMTP_URL leads to the mail server."""
    with smtp_receiver() as mailbox:
        channel(kind="email", config={"to": ["a@example.com"]})
        enqueue(alert(), "opened")
        run_until(none_pending, Settings(smtp_url=f"smtp://127.0.0.1:{mailbox.port}?from=t@example.com"))
    assert mailbox.recipients == [["a@example.com"]]


def test_a_wrong_mail_server_is_said_at_the_start() -> None:
    """A setting that cannot work does not wait for the first alarm."""
    with pytest.raises(ConfigError, match="TOCSIN_SMTP_URL"):
        deliver.run(Event(), Settings(smtp_url="http://example.com"))


def test_a_channels_messages_keep_their_order() -> None:
    """Twenty alerts arrive one at a time, as they rang."""
    with http_receiver() as hook:
        channel(url=hook.url)
        for number in range(20):
            enqueue(alert(rule_title=f"Rule {number}"), "opened")
        run_until(none_pending)
    assert [text.rpartition(" ")[2] for text in told(hook)] == [str(number) for number in range(20)]


def test_a_slow_channel_holds_up_no_other() -> None:
    """While one receiver thinks, another gets all its messages."""
    fast_is_done = Event()

    def slow(out: BinaryIO, stopped: Event) -> None:
        fast_is_done.wait(10)
        out.write(b"HTTP/1.0 200 OK\r\n\r\n")

    with http_receiver(slow) as first, http_receiver() as second:
        second.on_request = lambda: fast_is_done.set() if len(second.requests) == 3 else None
        channel("first", first.url)
        channel("second", second.url)
        for _ in range(3):
            enqueue(alert(), "opened")
        run_until(none_pending)
    assert fast_is_done.is_set()
    assert len(first.requests) == 3


def test_a_temporary_failure_is_tried_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two refusals and a success are one message, known by its key."""
    monkeypatch.setattr(claims, "BASE_DELAY_S", 0.05)
    with http_receiver(BUSY, BUSY, (200, {}, b"ok")) as hook:
        channel(url=hook.url)
        enqueue(alert(), "opened")
        run_until(none_pending)
    assert len({each.headers["Idempotency-Key"] for each in hook.requests}) == 1
    assert [Delivery.objects.get().attempts, len(hook.requests)] == [3, 3]


def test_a_first_message_that_was_late_tells_the_count_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alert grew while its channel was down: one message, with the newest count, and no update after it."""
    monkeypatch.setattr(claims, "BASE_DELAY_S", 0.05)
    with http_receiver(BUSY, (200, {}, b"ok")) as hook:
        channel(url=hook.url)
        ringing = alert()
        enqueue(ringing, "opened")
        run_until(lambda: len(hook.requests) == 1)
        Alert.objects.update(count=1_200)
        enqueue(ringing, "x100")
        enqueue(ringing, "x1000")
        run_until(none_pending)
    assert told(hook)[1:] == ["[HIGH] 1,200 events, 203.0.113.9 — SSH brute force"]
    assert states() == [("hook", "opened", "sent"), ("hook", "x100", "superseded"), ("hook", "x1000", "superseded")]


def test_an_update_follows_its_first_message() -> None:
    """What grew after it was told is told again, as an update."""
    with http_receiver() as hook:
        channel(url=hook.url)
        ringing = alert()
        enqueue(ringing, "opened")
        run_until(none_pending)
        Alert.objects.update(count=100)
        enqueue(ringing, "x100")
        run_until(none_pending)
    assert told(hook)[1] == "[HIGH] now 100 events, 203.0.113.9 — SSH brute force"


def test_a_dead_channel_is_told_to_the_other() -> None:
    """Two lost messages are one word to the channel that works, and the log has it too."""
    with http_receiver(GONE) as broken, http_receiver() as works:
        channel("broken", broken.url)
        channel("works", works.url, min_level_rank=4)
        enqueue(alert(), "opened")
        enqueue(alert(), "opened")
        run_until(none_pending)
    assert len(told(works)) == 1
    assert "not delivered to broken" in told(works)[0]
    assert states().count(("broken", "opened", "dead")) == 2


def test_two_dead_channels_end_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    """Where nobody can be told, the log says so, and there is no loop."""
    with http_receiver(GONE) as first, http_receiver(GONE) as second, caplog.at_level(logging.ERROR):
        channel("first", first.url)
        channel("second", second.url)
        enqueue(alert(), "opened")
        run_until(none_pending)
    assert sorted(states()) == [
        ("first", "opened", "dead"),
        ("first", "undelivered", "dead"),
        ("second", "opened", "dead"),
        ("second", "undelivered", "dead"),
    ]
    assert "gave up on 'opened' about alert" in caplog.text


@pytest.mark.parametrize(
    ("kind", "config"), [("pigeon", {}), ("webhook", {"url": "x"}), ("email", {"to": ["a@b.org"]})]
)
def test_a_channel_that_cannot_be_used_is_dead_at_once(kind: str, config: dict[str, Any]) -> None:
    """An unknown kind, a broken config or mail without a server is not waited for."""
    channel(kind=kind, config=config)
    enqueue(alert(), "opened")
    run_until(none_pending)
    assert states() == [("hook", "opened", "dead")]
    assert Delivery.objects.get().error


def test_an_alert_that_joined_another_is_passed_over() -> None:
    """Its row is closed, and nobody is told."""
    with http_receiver() as hook:
        channel(url=hook.url)
        enqueue(alert(state=State.MERGED), "opened")
        run_until(none_pending)
    assert not hook.requests
    assert states() == [("hook", "opened", "superseded")]


def test_an_alert_that_cannot_be_written_harms_no_other() -> None:
    """A row of nonsense is put off with its reason; the alert beside it is told."""
    with http_receiver() as hook:
        channel(url=hook.url)
        enqueue(alert(group=["not", "a", "mapping"]), "opened")
        enqueue(alert(), "opened")
        run_until(lambda: bool(Delivery.objects.filter(state=DeliveryState.SENT)))
    assert [state for _, _, state in states()] == ["pending", "sent"]
    assert "cannot be written" in Delivery.objects.order_by("id")[0].error


def test_a_killed_notifiers_delivery_is_taken_over() -> None:
    """A claim whose holder died between sending and writing lapses; the message comes again with its key."""
    with http_receiver() as hook:
        channel(url=hook.url)
        enqueue(alert(), "opened")
        delivery_id = Delivery.objects.get().pk
        assert claims.claim(delivery_id, deliver.clock.now() - claims.LEASE * 2)
        run_until(none_pending)
    assert len(hook.requests) == 1
    assert Delivery.objects.get().attempts == 2


def test_a_channel_out_of_reach_is_put_off() -> None:
    """A refused connection leaves the message waiting, with its reason."""
    channel(url=f"http://127.0.0.1:{closed_port()}/")
    enqueue(alert(), "opened")
    run_until(lambda: bool(Delivery.objects.get().error))
    assert states() == [("hook", "opened", "pending")]
    assert "cannot be reached" in Delivery.objects.get().error
    assert SECRET not in Delivery.objects.get().error


def test_stop_is_heard_at_once() -> None:
    """An idle loop ends in a moment, not after its pause."""
    stop = Event()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    began = time.monotonic()
    deliver.run(stop, Settings())
    timer.join()
    assert time.monotonic() - began < 0.25


def test_what_is_under_way_at_the_stop_is_written_down() -> None:
    """A message that leaves while the process is told to stop is marked as sent, not sent again later."""
    stop = Event()

    def slow(out: BinaryIO, stopped: Event) -> None:
        stop.set()
        stopped.wait(0.2)
        out.write(b"HTTP/1.0 200 OK\r\n\r\n")

    with http_receiver(slow) as hook:
        channel(url=hook.url)
        enqueue(alert(), "opened")
        enqueue(alert(), "opened")
        deliver.run(stop, Settings())
    assert [state for _, _, state in states()] == ["sent", "pending"]


@contextmanager
def broken_database(is_broken: Callable[[str], bool]) -> Iterator[None]:
    """Statements for which ``is_broken`` says so fail as those of a locked database do."""

    def execute(go: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if is_broken(sql):
            raise OperationalError("database is locked")
        return go(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("statement", "column"), [("SELECT", "due_at"), ("UPDATE", "claimed_until")])
def test_a_database_that_does_not_answer_is_waited_for(
    statement: str, column: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever statement fails three times, the message is sent once and marked in the end."""
    monkeypatch.setattr(deliver, "TROUBLE_PAUSE_S", 0.01)
    left = {"failures": 3}

    def is_broken(sql: str) -> bool:
        # Only the loop asks for what is due or claims it; the test's own reading must not fail.
        if sql.startswith(statement) and column in sql and left["failures"]:
            left["failures"] -= 1
            return True
        return False

    with http_receiver() as hook, broken_database(is_broken):
        channel(url=hook.url)
        enqueue(alert(), "opened")
        run_until(none_pending)
    assert left["failures"] == 0
    assert len(hook.requests) == 1
    assert states() == [("hook", "opened", "sent")]
    assert "the database does not answer" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_kept_until_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away between sending and marking: nothing is sent twice."""
    monkeypatch.setattr(deliver, "TROUBLE_PAUSE_S", 0.01)
    left = {"failures": 5}
    with http_receiver() as hook:

        def is_broken(sql: str) -> bool:
            if hook.requests and sql.startswith("UPDATE") and left["failures"]:
                left["failures"] -= 1
                return True
            return False

        with broken_database(is_broken):
            channel(url=hook.url)
            enqueue(alert(), "opened")
            run_until(none_pending)
    assert left["failures"] == 0
    assert len(hook.requests) == 1


def test_an_idle_loop_asks_one_question_a_round(django_assert_num_queries: Any) -> None:
    """Polling is one query."""
    courier = deliver.Courier(deliver.transports(Settings()), "")
    courier.start_due()  # the first round also looks for what a dead notifier left
    with django_assert_num_queries(1):
        courier.settle()
        courier.start_due()
    courier.finish(1)
