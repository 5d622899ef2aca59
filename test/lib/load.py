# SPDX-License-Identifier: BSD-3-Clause
"""Many mails over several SMTP connections at once."""
import itertools
import threading

from smtp import Smtp
from waiting import wait_for


class Load:
    """Sends count mails made by make(number); replies holds (number, Reply or exception) as they come."""

    def __init__(self, port, make, count, connections=4, **envelope):
        self.port = port
        self.make = make
        self.count = count
        self.envelope = envelope
        self.replies = []
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(connections)]

    def start(self):
        for t in self._threads:
            t.start()
        return self

    def _work(self):
        try:
            with Smtp(self.port) as s:
                for number in self._numbers:
                    if number >= self.count:
                        return
                    self.replies.append((number, s.deliver(self.make(number), **self.envelope)))
        except Exception as e:
            self.replies.append((None, e))

    def wait_sent(self, count, seconds=60):
        wait_for(lambda: len(self.replies) >= count, seconds, f"{count} replies")

    def join(self, seconds=120):
        for t in self._threads:
            t.join(seconds)
            if t.is_alive():
                raise TimeoutError(f"still sending after {seconds} s, {len(self.replies)} of {self.count} answered")
        return [r for _, r in self.replies]

    @property
    def refused(self):
        """Everything that is not a 250."""
        return [r for _, r in self.replies if getattr(r, "code", None) != 250]
