"""Kill -9 at random moments, in step with what is sent."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

from tests.scenario.server import Server

Command = tuple[str, ...]


class Killer:
    """Kills one of ``commands`` after the other and starts it again; what ended by itself is started again too.

    Those in ``extras`` may end as they like, and their kills are not counted.

    Kills and sending wait for each other, so that the kills lie over the whole run whatever the machine's speed.

    Attributes:
        killed, extra: per command and per extra, how often it was killed.
        ended: commands that ended by themselves with an error.
    """

    SLACK = 2

    def __init__(
        self,
        server: Server,
        commands: tuple[Command, ...],
        extras: tuple[Command, ...],
        kills: int,
        chance: random.Random,
    ) -> None:
        self._server = server
        self._commands = (*commands, *extras)
        self._extras = extras
        self._kills = kills
        self._chance = chance
        self._sent: dict[str, float] = {}
        self._moved = threading.Condition()
        self.killed: Counter[Command] = Counter()
        self.extra: Counter[Command] = Counter()
        self.ended: list[str] = []

    @property
    def done(self) -> int:
        """How many were killed so far."""
        return self.killed.total()

    def start_all(self) -> None:
        """Start every command."""
        for command in self._commands:
            self._server.start(*command)

    def wait_to_send(self, source: str, part: float, timeout_s: float) -> None:
        """A sender may go beyond ``part`` (0 to 1) of its events when so many of the kills have been."""
        with self._moved:
            self._sent[source] = part
            self._moved.notify_all()
            may = self._moved.wait_for(lambda: self.done >= self._kills * part - self.SLACK, timeout_s)
            assert may, f"the kills stand at {self.done} of {self._kills}"

    def run(self, senders: int, say: Callable[[str], None], timeout_s: float) -> None:
        """Kill until all kills are done; each waits for its part of the events of ``senders``."""
        while (number := self.done) < self._kills:
            part = (number - self.SLACK) / self._kills
            with self._moved:
                self._moved.wait_for(lambda part=part: self._has_sent(part, senders), timeout_s)  # type: ignore[misc]
            time.sleep(self._chance.uniform(0.05, 1.2))
            self.revive()
            self.kill(self._chance.choice(self._commands))
            if self.done % 5 == 0 and self.done > number:
                say(f"{self.done} of {self._kills} kills")

    def kill(self, command: Command) -> None:
        """Kill -9 and start again at once."""
        is_alive = self._server.processes[" ".join(command)].poll() is None
        if is_alive and self._server.stop(*command, number=signal.SIGKILL) == -signal.SIGKILL:
            with self._moved:
                (self.extra if command in self._extras else self.killed)[command[:2]] += 1
                self._moved.notify_all()
        self._server.start(*command)

    def revive(self) -> None:
        """Start again what ended by itself, as a supervisor does."""
        for command in self._commands:
            status = self._server.processes[" ".join(command)].poll()
            if status is None:
                continue
            if status:
                self.ended.append(f"{' '.join(command)}: {status}")
            self._server.start(*command)

    def _has_sent(self, part: float, senders: int) -> bool:
        return len(self._sent) == senders and min(self._sent.values()) >= part
