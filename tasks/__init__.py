"""What is to be learned: a reference update rule per task, with its alphabets and its input law."""

from tasks.can_destuff import CanDestuff
from tasks.catalogue import FAMILIES
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

__all__ = [
    "FAMILIES",
    "CanDestuff",
    "Convolutional",
    "Counter",
    "Crc",
    "CycleNavigation",
    "Delay",
    "Detector",
    "DivisibleBy",
    "Dyck",
    "EvenPairs",
    "First",
    "Glitch",
    "MachineFile",
    "Majority",
    "Manchester",
    "ModCounter",
    "ModularArithmetic",
    "MultiplyBy",
    "Nrzi",
    "Parity",
    "Quadrature",
    "Quotient",
    "RandomMachine",
    "Repeat01",
    "Scrambler",
    "SerialAdder",
    "SerialComparator",
    "SerialMac",
    "SerialSubtractor",
    "Spi",
    "Task",
    "Tomita",
    "Uart",
    "UsbDestuff",
    "WordProblem",
]
