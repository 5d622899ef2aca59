# SPDX-License-Identifier: BSD-3-Clause
"""Bounded waits: nothing in the tests waits for ever."""
import time


def wait_for(condition, seconds=20, what="a condition"):
    """Returns the first true value of condition(); TimeoutError when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)
