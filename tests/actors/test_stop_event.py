"""StopEvent: what threads that wait for a stop may expect of it, as of any `threading.Event`."""

import threading
from concurrent.futures import ThreadPoolExecutor

from actors.runtime.stop_event import StopEvent


def test_every_thread_that_waits_is_woken() -> None:
    event = StopEvent()
    with ThreadPoolExecutor(max_workers=4) as threads:
        ready = threading.Barrier(5)

        def wait() -> bool:
            ready.wait(30)
            return event.wait(30)

        waiting = [threads.submit(wait) for _ in range(4)]
        ready.wait(30)
        event.set()
        assert [one.result(30) for one in waiting] == [True] * 4


def test_who_waits_while_it_is_set_goes_on_at_once() -> None:
    event = StopEvent()
    event.set()
    assert event.is_set()
    assert event.wait()


def test_who_gives_up_is_told_that_it_is_not_set() -> None:
    event = StopEvent()
    assert not event.wait(0)
    assert not event.is_set()
    event.set()
    event.set()
    assert event.wait(0)


def test_cleared_it_can_be_waited_for_again() -> None:
    event = StopEvent()
    event.set()
    event.clear()
    assert not event.wait(0)
    event.set()
    assert event.wait(0)


def test_it_shows_whether_it_is_set() -> None:
    event = StopEvent()
    assert "unset" in repr(event)
    event.set()
    assert "unset" not in repr(event)
