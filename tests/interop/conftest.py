"""For all interop tests: a house that is furnished once, and what its processes said when a test fails."""

from collections.abc import Generator, Iterator

import pytest

from tests.interop.house import House, furnished
from tests.service import SHOWN


@pytest.fixture(scope="session", autouse=True)
def no_proxy() -> Iterator[None]:
    """The clients read the environment; a proxy for the outside world cannot reach 127.0.0.1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session")
def house(no_proxy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One service for the tests of all clients; each takes servers of its own from it."""
    with furnished(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        house = item.funcargs.get("house")
        if isinstance(house, House):
            for process in (house.service, house.simulator):
                if process.log:
                    report.sections.append((f"the {process.name}'s log", process.log[-SHOWN:]))
    return report
