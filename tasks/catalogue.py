"""The families of tasks by name."""

from __future__ import annotations

from typing import Any

from tasks.can_destuff import CanDestuff
from tasks.cycle_navigation import CycleNavigation
from tasks.detector import Detector
from tasks.divisible_by import DivisibleBy
from tasks.dyck import Dyck
from tasks.even_pairs import EvenPairs
from tasks.machine_file import MachineFile
from tasks.mod_counter import ModCounter
from tasks.parity import Parity
from tasks.random_machine import RandomMachine
from tasks.serial_adder import SerialAdder
from tasks.task import Task
from tasks.tomita import Tomita

__all__ = ["FAMILIES"]

FAMILIES: dict[str, type[Task[Any]]] = {
    "parity": Parity,
    "even_pairs": EvenPairs,
    "tomita": Tomita,
    "mod_counter": ModCounter,
    "detector": Detector,
    "divisible_by": DivisibleBy,
    "serial_adder": SerialAdder,
    "cycle_navigation": CycleNavigation,
    "dyck": Dyck,
    "can_destuff": CanDestuff,
    "random": RandomMachine,
    "machine": MachineFile,
}
"""All families in the order in which they are listed. The first line of a docstring says what a family asks."""
