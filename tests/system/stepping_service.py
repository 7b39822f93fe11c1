"""The service as a process with its ports wrapped, so that it can be told at which step to kill itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL

from tests.service import ROOT, Service, Simulator

DEAD_WITHIN = 10.0


class SteppingService(Service):
    """taskmon as `stepping_serve` starts it. It has many lives on one data folder."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        settings = {
            "fleet.ca_file": simulator.certificate,
            "fleet.retries": 0,  # so that a server that is away is noticed
            "reset.expected_outage": 1,
            "reset.settle": 0.2,
            "log.level": "warning",
        }
        super().__init__(folder, settings)
        self._steps, self._kill = folder / "steps.log", folder / "kill"

    def program(self) -> Sequence[str]:
        return ["-m", "tests.system.stepping_serve"]

    def environment(self) -> Mapping[str, str]:
        steps = {"STEPS_LOG": str(self._steps), "STEPS_KILL": str(self._kill)}
        return {**super().environment(), **steps, "PYTHONPATH": str(ROOT)}

    @property
    def steps(self) -> list[str]:
        """The names of all steps so far, of all its lives."""
        return self._steps.read_text().splitlines() if self._steps.exists() else []

    def kill_at(self, step: str, number: int = 1) -> None:
        """Die at this step, when it comes for the so-and-so-many-th time from now on."""
        whole = self._kill.with_suffix(".new")
        whole.write_text(f"{number} {step}")
        whole.replace(self._kill)

    def spare(self) -> None:
        """Die at no step."""
        self._kill.unlink(missing_ok=True)

    def survives_start(self, step: str) -> bool:
        """Start it; False if it has died at this step before it listened."""
        try:
            self.start()
        except AssertionError as error:
            if f"ended, with exit code {-SIGKILL}" not in str(error):
                raise
            assert self.steps[-1] == step
            return False
        return True

    def check_dead(self, step: str) -> None:
        """AssertionError if it has not died, or otherwise than at this step."""
        code = self.wait(DEAD_WITHIN)
        assert code == -SIGKILL, f"the service did not die at {step}: {code}; it wrote:\n{self.log}"
        assert self.steps[-1] == step
