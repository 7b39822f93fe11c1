"""What can go wrong with a simulator that is being set up."""


class SimulatorError(Exception):
    """The simulator cannot start or read its faults: a sentence that says what to change."""
