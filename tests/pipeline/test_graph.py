"""Order, stopping and failing of stages."""

from __future__ import annotations

import threading
import time

import pytest

from helpers.pipeline.graph import Graph, Stage


class Log:
    """Stages that say when they begin and end."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.stopped = threading.Event()
        self.threads: dict[str, threading.Thread] = {}

    def stage(self, name, *after, stale=True, work=lambda: None, here=False, length=0) -> Stage:
        def run() -> None:
            self.threads[name] = threading.current_thread()
            self.said.append(f"{name} begins")
            work()
            self.said.append(f"{name} ends")

        return Stage(name, after, lambda: stale, run, here=here, length=length)

    def run(self, *stages: Stage, workers: int = 2) -> None:
        Graph(stages, workers, self.stopped.set, self.said.append).run()

    def until_stopped(self) -> None:
        assert self.stopped.wait(30)
        raise RuntimeError("stopped")


@pytest.fixture
def log() -> Log:
    return Log()


def test_stages_run_after_what_they_depend_on(log):
    log.run(log.stage("c", "a", "b"), log.stage("b", "a"), log.stage("a"))
    assert [word for word in log.said if "begins" in word] == [f"{n} begins" for n in "abc"]


def test_stages_that_do_not_depend_on_one_another_run_side_by_side(log):
    both = threading.Barrier(2, timeout=30)
    log.run(log.stage("a", work=both.wait), log.stage("b", work=both.wait))
    assert set(log.said[2:]) == {"a ends", "b ends"}


def test_of_stages_that_could_run_the_longest_begin_first(log):
    both = threading.Barrier(2, timeout=30)
    long = [log.stage(name, "a", work=both.wait, length=9) for name in "ce"]
    short = [log.stage(name, "a", length=length) for name, length in {"b": 2, "d": 4}.items()]
    log.run(log.stage("a"), short[0], long[0], short[1], long[1])
    begun = [word[0] for word in log.said if "begins" in word]
    assert (begun[0], set(begun[1:3]), set(begun[3:])) == ("a", {"c", "e"}, {"b", "d"})


def test_no_more_run_at_once_than_there_are_workers(log):
    at_once, most = [], []

    def work() -> None:
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.01)
        at_once.pop()

    log.run(*(log.stage(str(n), work=work) for n in range(6)), workers=2)
    assert max(most) <= 2
    assert len(most) == 6


def test_what_is_up_to_date_is_told_and_not_run(log):
    log.run(log.stage("a", stale=False), log.stage("b", "a"))
    assert log.said == ["a", "b begins", "b ends"]


def test_whether_a_stage_is_stale_is_asked_when_those_before_it_are_done(log):
    asked = []

    def stale() -> bool:
        asked.append(list(log.said))
        return False

    log.run(log.stage("a"), Stage("b", ("a",), stale, lambda: None))
    assert asked == [["a begins", "a ends"]]


def test_a_stage_may_run_in_the_thread_of_the_caller(log):
    log.run(log.stage("a"), log.stage("b", "a", here=True), log.stage("c", "b"))
    assert log.threads["b"] is threading.current_thread()
    assert log.threads["a"] is not threading.current_thread()
    assert log.said[-1] == "c ends"


@pytest.mark.parametrize("here", [False, True])
def test_what_depends_on_a_failed_stage_does_not_run(log, here):
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        log.run(log.stage("a", work=fail, here=here), log.stage("b", "a", here=here))
    assert log.said == ["a begins"]


def test_a_failure_stops_the_others_and_is_the_one_that_is_raised(log):
    begun = threading.Event()

    def fail() -> None:
        assert begun.wait(30)
        raise ValueError("the cause")

    def wait() -> None:
        begun.set()
        log.until_stopped()

    with pytest.raises(ValueError, match="the cause"):
        log.run(log.stage("a", work=fail), log.stage("b", work=wait))
    assert log.stopped.is_set()


def test_a_question_that_fails_stops_the_others(log):
    def fail() -> bool:
        raise KeyError("no such thing")

    stage = Stage("b", ("a",), fail, lambda: None)
    with pytest.raises(KeyError):
        log.run(log.stage("a"), stage, log.stage("c", work=log.until_stopped))
    assert log.stopped.is_set()


def test_ctrl_c_ends_once_every_stage_has_ended(log):
    def interrupt() -> None:
        raise KeyboardInterrupt

    def wait() -> None:
        assert log.stopped.wait(30)
        time.sleep(0.05)
        log.said.append("let go")

    with pytest.raises(KeyboardInterrupt):
        log.run(log.stage("a", work=wait), log.stage("b", work=interrupt, here=True))
    assert log.said[-2:] == ["let go", "a ends"]
