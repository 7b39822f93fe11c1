"""What a simulated server remembers: sessions that time out, tasks that are forgotten, seeded transitions."""

from fleet.simulator.identity import identity
from fleet.simulator.power import ResetType
from fleet.simulator.server import Server
from fleet.simulator.server_tasks import KEPT, ServerTasks, TaskFate
from fleet.simulator.sessions import TIMEOUT, Sessions


def server(index: int = 0, seed: int = 0) -> Server:
    return Server(index, identity(seed, index), 443, seed, (1.0, 3.0))


def test_a_session_ends_when_nobody_uses_it() -> None:
    sessions = Sessions()
    used, idle = sessions.open(0), sessions.open(0)

    assert sessions.use(used.token, TIMEOUT)
    assert sessions.use(used.token, 2 * TIMEOUT)
    assert not sessions.use(idle.token, TIMEOUT + 1)
    assert sessions.ids() == [used.id]


def test_a_login_forgets_the_sessions_that_have_ended() -> None:
    sessions = Sessions()
    for _ in range(3):
        sessions.open(0)

    last = sessions.open(TIMEOUT + 1)

    assert sessions.ids() == [last.id]
    assert last.id == "4"


def test_only_the_youngest_tasks_are_kept() -> None:
    tasks = ServerTasks()
    for _ in range(KEPT + 5):
        tasks.start(ResetType.ON, TaskFate.OK, now=0, seconds=1, wall=0, retry_after=None)

    assert tasks.ids(0) == [str(number) for number in range(6, KEPT + 6)]
    assert tasks.find("5", 0) is None


def test_the_percentage_of_a_task_follows_its_time() -> None:
    tasks = ServerTasks()
    ok = tasks.start(ResetType.ON, TaskFate.OK, now=10, seconds=3, wall=0, retry_after=None)
    never = tasks.start(ResetType.ON, TaskFate.NEVER, now=10, seconds=3, wall=0, retry_after=None)
    at_once = tasks.start(ResetType.ON, TaskFate.OK, now=10, seconds=0, wall=0, retry_after=None)

    assert [ok.percent(at) for at in (10, 11, 12, 13, 99)] == [0, 33, 66, 100, 100]
    assert [never.percent(at) for at in (10, 99)] == [0, 0]
    assert at_once.percent(10) == 100


def test_transitions_are_seeded_and_within_their_bounds() -> None:
    first, same, other, seeded = server(), server(), server(index=1), server(seed=1)
    times = [first.transition() for _ in range(50)]

    assert all(1 <= seconds <= 3 for seconds in times)
    assert len(set(times)) == 50
    assert times == [same.transition() for _ in range(50)]
    assert times != [other.transition() for _ in range(50)]
    assert times != [seeded.transition() for _ in range(50)]


def test_the_last_reset_of_a_new_server_is_seeded_too() -> None:
    assert abs(server().last_boot(0) - server().last_boot(0)) < 60
    assert server().last_boot(0) != server(index=1).last_boot(0)
