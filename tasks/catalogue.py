"""The families of tasks by name."""

from __future__ import annotations

from typing import Any

from tasks.can_destuff import CanDestuff
from tasks.convolutional import Convolutional
from tasks.counter import Counter
from tasks.crc import Crc
from tasks.cycle_navigation import CycleNavigation
from tasks.delay import Delay
from tasks.detector import Detector
from tasks.divisible_by import DivisibleBy
from tasks.dyck import Dyck
from tasks.even_pairs import EvenPairs
from tasks.first import First
from tasks.glitch import Glitch
from tasks.machine_file import MachineFile
from tasks.majority import Majority
from tasks.manchester import Manchester
from tasks.mod_counter import ModCounter
from tasks.modular_arithmetic import ModularArithmetic
from tasks.multiply_by import MultiplyBy
from tasks.nrzi import Nrzi
from tasks.parity import Parity
from tasks.quadrature import Quadrature
from tasks.quotient import Quotient
from tasks.random_machine import RandomMachine
from tasks.repeat_01 import Repeat01
from tasks.scrambler import Scrambler
from tasks.serial_adder import SerialAdder
from tasks.serial_comparator import SerialComparator
from tasks.serial_mac import SerialMac
from tasks.serial_subtractor import SerialSubtractor
from tasks.spi import Spi
from tasks.task import Task
from tasks.tomita import Tomita
from tasks.uart import Uart
from tasks.usb_destuff import UsbDestuff
from tasks.word_problem import WordProblem

__all__ = ["FAMILIES"]

FAMILIES: dict[str, type[Task[Any]]] = {
    "parity": Parity,
    "even_pairs": EvenPairs,
    "first": First,
    "repeat_01": Repeat01,
    "majority": Majority,
    "glitch": Glitch,
    "tomita": Tomita,
    "mod_counter": ModCounter,
    "detector": Detector,
    "divisible_by": DivisibleBy,
    "quotient": Quotient,
    "multiply_by": MultiplyBy,
    "serial_adder": SerialAdder,
    "serial_subtractor": SerialSubtractor,
    "serial_comparator": SerialComparator,
    "serial_mac": SerialMac,
    "cycle_navigation": CycleNavigation,
    "modular_arithmetic": ModularArithmetic,
    "word_problem": WordProblem,
    "dyck": Dyck,
    "can_destuff": CanDestuff,
    "usb_destuff": UsbDestuff,
    "quadrature": Quadrature,
    "nrzi": Nrzi,
    "manchester": Manchester,
    "uart": Uart,
    "spi": Spi,
    "counter": Counter,
    "delay": Delay,
    "crc": Crc,
    "scrambler": Scrambler,
    "convolutional": Convolutional,
    "random": RandomMachine,
    "machine": MachineFile,
}
"""All families in the order in which they are listed. The first line of a docstring says what a family asks."""
