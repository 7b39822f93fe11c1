"""Simulated Redfish servers (BMCs): real HTTPS, as many as asked for, with faults on demand. Linux only."""

from fleet.simulator.errors import SimulatorError
from fleet.simulator.options import SimulatorOptions, parse_transition
from fleet.simulator.process import simulate
from fleet.simulator.simulator import Simulator

__all__ = ["Simulator", "SimulatorError", "SimulatorOptions", "parse_transition", "simulate"]
