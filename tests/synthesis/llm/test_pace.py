"""When calls may go out: never before the rate allows it, nor before the server does."""

from attndsl.synthesis.llm.pace import CallPace


def times(per_minute: float | None, calls: int, holds: dict[int, float]) -> list[float]:
    """When so many calls go out, one asking after the other. `holds` says for how long the server
    asks all to wait, by how often somebody has slept by then."""
    now, slept, found = [0.0], [0], list[float]()

    def sleep(seconds: float) -> None:
        now[0] += seconds
        slept[0] += 1
        if slept[0] in holds:
            pace.hold(holds[slept[0]])

    pace = CallPace(per_minute, lambda: now[0], sleep)
    for number in range(calls):
        pace.wait()
        if not number and 0 in holds:
            pace.hold(holds[0])
        found.append(round(now[0], 6))
    return found


def test_calls_keep_the_rate() -> None:
    assert times(60, 3, {}) == [0.0, 1.0, 2.0]
    assert times(None, 3, {}) == [0.0, 0.0, 0.0]


def test_a_server_that_asks_to_wait_is_given_all_of_it_and_the_rate_holds_after() -> None:
    assert times(None, 3, {0: 3.0}) == [0.0, 3.0, 3.0]
    assert times(6, 3, {0: 12.0}) == [0.0, 12.0, 22.0]
    assert times(6, 3, {0: 1.0}) == [0.0, 10.0, 20.0]
    assert times(6, 3, {1: 12.0}) == [0.0, 12.5, 22.5], "asked while a call waits its turn"
