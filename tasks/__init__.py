"""What is to be learned: a reference update rule per task, with its alphabets and its input law."""

from tasks.can_destuff import CanDestuff
from tasks.catalogue import FAMILIES
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

__all__ = [
    "FAMILIES",
    "CanDestuff",
    "CycleNavigation",
    "Detector",
    "DivisibleBy",
    "Dyck",
    "EvenPairs",
    "MachineFile",
    "ModCounter",
    "Parity",
    "RandomMachine",
    "SerialAdder",
    "Task",
    "Tomita",
]
