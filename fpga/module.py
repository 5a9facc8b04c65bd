"""A clocked module in Verilog as the machine that it is from its reset on, and a machine proven against it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fpga.induction import TimeUpError
from fpga.netlist import Bit, Netlist, read_netlist
from fpga.ports import Pins, Ports
from seqlogic.circuit import Circuit, circuit_of, simulate, to_machine
from seqlogic.formats.kiss2_file import MOST_INPUT_BITS
from seqlogic.machine import Alphabet, Machine, minimise, to_mealy, with_words
from seqlogic.proof import Verdict, prove
from seqlogic.proof.circuits import CircuitVerdict, called_as, copied, prove_circuits, root_of
from seqlogic.synthesis import FALSE, TRUE, Gates

__all__ = ["Module", "Pins", "UndecidedError", "prove_module", "read_module"]

MOST_STATES = 1 << 16
"""The most states of a module that are enumerated, from each state after reset."""
_MOST_ENTRIES = 1 << 22
_MOST_STARTS = 64
_MOST_FREE = 16


class UndecidedError(Exception):
    """A module is too large to be enumerated; the message is one line."""


def prove_module(
    machine: Machine, files: Sequence[Path], pins: Pins, *, top: str | None = None, seconds: float = 600.0
) -> Verdict:
    """Prove what a machine is to a Verilog module, for all input words of any length from its reset on.

    yosys makes gates and registers of the module. Of them a machine is made by enumeration of all states that it
    reaches, and `seqlogic.proof.prove` compares the two, with the shortest counterexample. A step is an edge of the
    clock, with the reset not active.

    The states from which this starts are all that an edge with the reset active can leave, whatever the registers
    held before and whatever the inputs are then; without a reset, the initial values of the registers, and any value
    for those that have none. Where there are several, the machine is proven against the module from each of them. What
    Verilog leaves open (an x) may be anything at any step, as far as yosys leaves it so. Registers that no output needs
    are left out.

    Args:
        machine: over words of as many bits as the pins have, or symbols named as such words; of its inputs not all
            need be there, and the module is then asked about no others.
        files: the Verilog of the module, and of those in it.
        pins: what its ports are.
        top: its name; see `read_netlist`.
        seconds: the time limit; what is enumerated from one state after reset is finished beyond it.

    Returns:
        What the machine, the first, is to the module, the second.

    Raises:
        InputError: as `read_netlist` says; a port that is not there, has no use or two; a clock that is used as data, a
            register with another clock or edge, or reset by anything but the reset without an edge; a registered output
            that depends on the inputs of its own clock; a machine over other symbols.
        TimeUpError: the time limit was reached.
        UndecidedError: too many states are reached, or too many are left by the reset.
    """
    deadline = time.monotonic() + seconds
    module = read_module(files, pins, top=top, seconds=seconds)
    return module.prove(machine, deadline - time.monotonic())


def read_module(files: Sequence[Path], pins: Pins, *, top: str | None = None, seconds: float = 600.0) -> Module:
    """Read a Verilog module, to be proven or simulated: arguments and errors are those of `prove_module`."""
    return Module(read_netlist(files, top, seconds=seconds), pins, files[0])


def _rank(verdict: Verdict) -> tuple[int, int]:
    """The worst first, and of these the one with the shortest word."""
    return ["differs", "conforms", "equal"].index(verdict.result), len(verdict.word or ())


class Module:
    """A netlist of which is known what its ports are.

    Attributes:
        name: of the module.
        ports: its ports, each with its use.
        circuit: one step, without reset. The first inputs are the bits of the input symbol, the least significant
            first, the others what Verilog leaves open.
        free: how many others.
    """

    def __init__(self, netlist: Netlist, pins: Pins, file: Path) -> None:
        self.name = netlist.name
        self.ports = Ports(netlist.name, netlist.ports, pins, file)
        self._error = self.ports.error
        self._netlist = netlist
        self._pins = self.ports.pins
        self._clock, self._reset = self.ports.clock, self.ports.reset
        self._inputs, outputs = self.ports.bits(self.ports.drives), self.ports.bits(self.ports.shows)
        needed = self._needed(outputs)
        self._latches = {wire: register for wire, register in netlist.registers.items() if wire in needed}
        self._free = [wire for wire in netlist.free if wire in needed]
        self.free = len(self._free)
        for register in self._latches.values():
            if register.clock != self._clock:
                raise self._error(f"a register has another clock than {self._pins.clock}")
            if register.rising != (self._pins.edge == "rising"):
                raise self._error(
                    f"a register takes its value at another than the {self._pins.edge} edge of {self._pins.clock}"
                )
        self.circuit = self._step(outputs)

    def check_listed(self) -> None:
        """InputError if there are too many input symbols to be listed."""
        if len(self._inputs) + self.free > MOST_INPUT_BITS:
            left_open = f" and {self.free:,} that Verilog leaves open" if self.free else ""
            in_all = " in all" if self.free else ""
            what = f"{len(self._inputs):,} bits of input{left_open}"
            raise self._error(f"{what}, expected at most {MOST_INPUT_BITS}{in_all}")

    def prove_circuit(self, circuit: Circuit, seconds: float) -> CircuitVerdict:
        """Prove what a circuit is to this module, whose states need not be listed, see `prove_circuits`.

        Their inputs and outputs belong together by the names of the ports, `data[2]` a bit of one; where no name is the
        same, by their order, the least significant bit of a symbol first. As `prove_module`, from each state that the
        reset can leave; the worst of the verdicts is returned.

        Args:
            circuit: of as many inputs and outputs as the pins have bits.
            seconds: the time limit.

        Raises:
            InputError: other numbers of inputs or outputs, or only some of the names are the same.
            UndecidedError: too many states are left by the reset.
        """
        deadline = time.monotonic() + seconds
        open_bits = [f"an open bit [{bit}]" for bit in range(self.free)]
        sides = []
        for ours, theirs in zip(self.bit_names, (circuit.inputs, circuit.outputs), strict=True):
            by_order = len(ours) == len(theirs) and set(ours).isdisjoint(theirs)
            sides.append(theirs if by_order else ours)
        try:
            widened = _widened(circuit, open_bits)
            latches = tuple(f"a latch [{place}]" for place in range(len(self.circuit.latches)))
            named = replace(self.circuit, inputs=(*sides[0], *open_bits), latches=latches, outputs=sides[1])
            own = called_as(named, widened)
        except ValueError as error:
            raise self._error(f"cannot be compared with the circuit: {error}") from error
        verdicts = [
            prove_circuits(widened, replace(own, reset=start), seconds=deadline - time.monotonic())
            for start in self.starts()
        ]
        return min(verdicts, key=lambda one: (["differs", "unknown", "equal"].index(one.result), len(one.word or ())))

    @property
    def bit_names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the bits of an input symbol and of an output symbol, the least significant first."""
        inputs, outputs = (
            tuple(name if self.ports.width(name) == 1 else f"{name}[{bit}]" for name, bit in places)
            for places in (self.ports.drives, self.ports.shows)
        )
        return inputs, outputs

    def prove(self, machine: Machine, seconds: float) -> Verdict:
        """Prove what a machine is to this module, see `prove_module`."""
        deadline = time.monotonic() + seconds
        over_words = self.over_words(machine)
        verdicts = []
        for start in self.starts():
            if time.monotonic() > deadline:
                raise TimeUpError
            verdicts.append(prove(over_words, self.states(start, machine)))
        return min(verdicts, key=_rank)

    def states(self, start: np.ndarray, machine: Machine) -> Machine:
        """The machine of the states that are reached from a start, asked only what a machine over words knows.

        Its inputs are those of `over_words`. UndecidedError if the states are too many.
        """
        limit = min(MOST_STATES, _MOST_ENTRIES >> len(self.circuit.inputs))
        try:
            whole = to_machine(replace(self.circuit, reset=start), limit=limit)
        except ValueError:
            raise UndecidedError(f"the module {self.name} reaches more than {limit:,} states") from None
        values = self._values(machine.inputs, len(self._inputs), "input")
        columns = [opened << len(self._inputs) | value for opened in range(1 << self.free) for value in values]
        inputs = self.over_words(machine).inputs
        return minimise(Machine(whole.next_state[:, columns], whole.output[:, columns], inputs, whole.outputs))

    def over_words(self, machine: Machine) -> Machine:
        """The machine with words of bits as outputs, and inputs that also say what Verilog leaves open.

        InputError if its symbols are no words of as many bits as the ports have.
        """
        self.check_listed()
        self._values(machine.inputs, len(self._inputs), "input")
        values = self._values(machine.outputs, len(self.circuit.outputs), "output")
        machine = to_mealy(machine)
        outputs = Alphabet.words(len(self.circuit.outputs))
        if machine.outputs != outputs:
            machine = with_words(machine, np.array([(value, outputs.full) for value in values]), outputs)
        if self.free == 0:
            return machine
        names = [machine.inputs.name(symbol) for symbol in range(len(machine.inputs))]
        return Machine(
            np.tile(machine.next_state, 1 << self.free),
            np.tile(machine.output, 1 << self.free),
            Alphabet.of(f"{name}/{opened:0{self.free}b}" for opened in range(1 << self.free) for name in names),
            machine.outputs,
            np.tile(machine.care, 1 << self.free),
            machine.initial,
        )

    def _values(self, alphabet: Alphabet, bits: int, what: str) -> list[int]:
        """The values of the symbols of an alphabet as words of bits; InputError if one is none."""
        if alphabet.bits is not None and alphabet.bits != bits:
            raise self._error(f"the machine has {alphabet.bits} {what} bits, the ports named have {bits}")
        names = [alphabet.name(symbol) for symbol in range(len(alphabet))]
        for name in names:
            if len(name) != bits or not set(name) <= {"0", "1"}:
                raise self._error(
                    f"the machine has the {what} symbol {name!r}, the ports named have words of {bits} bits"
                )
        return [int(name, 2) for name in names]

    def starts(self) -> Iterator[np.ndarray]:
        """The codes, bool [L], in which the module may be before its first step; UndecidedError if they are many."""
        leaves = [*self._inputs, *self._free, *self._latches]
        gates = Gates(len(leaves))
        known = self._known(gates, leaves, reset=True)
        if self._reset is None:
            next_state = [
                known[wire] if register.initial is None else register.initial
                for wire, register in self._latches.items()
            ]
        else:
            # A register that is reset without an edge is so before the edge as well.
            cleared = self._cleared(gates, known, reset=True)
            known |= {wire: self._latches[wire].cleared for wire in cleared}
            data = self._build(gates, [register.data for register in self._latches.values()], known)
            next_state = [
                register.cleared if wire in cleared else literal
                for (wire, register), literal in zip(self._latches.items(), data, strict=True)
            ]
        yield from _image(gates, next_state, self.name)

    def _step(self, outputs: Sequence[Bit]) -> Circuit:
        leaves = [*self._inputs, *self._free, *self._latches]
        gates = Gates(len(leaves))
        known = self._known(gates, leaves, reset=False)
        self._cleared(gates, known, reset=False)
        next_state = self._build(gates, [register.data for register in self._latches.values()], known)
        output = self._build(gates, outputs, known)
        if self._pins.registered:
            inputs = len(self._inputs) + self.free
            if any(1 <= leaf <= inputs for leaf in _support(gates, output)):
                raise self._error("an output depends on the inputs of its own clock, or on an x: it is not registered")
            known |= dict(zip(self._latches, next_state, strict=True))
            output = self._build(gates, outputs, known)
        return circuit_of(
            gates,
            inputs=[f"input[{bit}]" for bit in range(len(self._inputs) + self.free)],
            latches=[f"latch[{bit}]" for bit in range(len(self._latches))],
            outputs=[f"output[{bit}]" for bit in range(len(outputs))],
            next_state=next_state,
            output=output,
            reset=np.zeros(len(self._latches), dtype=bool),
        )

    def _known(self, gates: Gates, leaves: Sequence[Bit], *, reset: bool) -> dict[Bit, int]:
        """The literals of the leaves, of the reset, active or not, and of the enable."""
        known = {wire: gates.leaf(number) for number, wire in enumerate(leaves)}
        if self._reset is not None:
            known[self._reset] = TRUE if reset == bool(self._pins.reset_level) else FALSE
        if self.ports.enable is not None:
            known[self.ports.enable] = TRUE
        return known

    def _cleared(self, gates: Gates, known: Mapping[Bit, int], *, reset: bool) -> set[Bit]:
        """The registers that the reset, active or not, resets without an edge."""
        clears = {wire: register.clear for wire, register in self._latches.items() if register.clear is not None}
        levels = self._build(gates, list(clears.values()), known)
        active = {wire: level ^ 1 ^ self._latches[wire].clear_level for wire, level in zip(clears, levels, strict=True)}
        if TRUE in active.values() and not reset and self._pins.reset is not None:
            level = 1 - self._pins.reset_level
            raise self._error(
                f"a register is reset without an edge by {self._pins.reset} at {level}; is that its level?"
            )
        if not set(active.values()) <= ({FALSE, TRUE} if reset else {FALSE}):
            expected = "there is no reset" if self._pins.reset is None else f"expected only by {self._pins.reset}"
            raise self._error(f"a register is reset without an edge, {expected}")
        return {wire for wire, level in active.items() if level == TRUE}

    def _build(self, gates: Gates, wires: Sequence[Bit], known: Mapping[Bit, int]) -> list[int]:
        try:
            return self._netlist.build(gates, wires, known)
        except KeyError:
            raise self._error(f"the clock {self._pins.clock} is used as data") from None

    def _needed(self, outputs: Sequence[Bit]) -> set[Bit]:
        """The wires that the outputs need, now or in a later step."""
        netlist, seen = self._netlist, set(outputs)
        waiting = list(outputs)
        while waiting:
            wire = waiting.pop()
            register = netlist.registers.get(wire)
            following = netlist.gates.get(wire, ()) if register is None else (register.data, register.clear)
            fresh = {other for other in following if other is not None} - seen
            seen |= fresh
            waiting += fresh
        return seen


def _widened(circuit: Circuit, more: Sequence[str]) -> Circuit:
    """A circuit with more inputs, which it does not look at."""
    ins, extra = len(circuit.inputs), len(more)
    gates = Gates(ins + extra + len(circuit.latches))
    leaves = gates.leaf_literals()
    values = copied(gates, circuit, [*leaves[:ins], *leaves[ins + extra :]])
    return circuit_of(
        gates,
        inputs=(*circuit.inputs, *more),
        latches=circuit.latches,
        outputs=circuit.outputs,
        next_state=[root_of(values, literal) for literal in circuit.next_state.tolist()],
        output=[root_of(values, literal) for literal in circuit.output.tolist()],
        reset=circuit.reset,
    )


def _support(gates: Gates, roots: Sequence[int]) -> list[int]:
    """The variables of the leaves that literals depend on."""
    seen = {root >> 1 for root in roots} - {0}
    waiting = list(seen)
    while waiting:
        number = waiting.pop() - 1 - gates.leaves
        if number >= 0:
            fresh = {literal >> 1 for literal in gates.pairs[number]} - seen
            seen |= fresh
            waiting += fresh
    return sorted(variable for variable in seen if variable <= gates.leaves)


def _image(gates: Gates, roots: Sequence[int], name: str) -> Iterator[np.ndarray]:
    """All values, bool [L], that literals can have together."""
    if not roots:
        yield np.zeros(0, dtype=bool)
        return
    support = _support(gates, roots)
    if len(support) > _MOST_FREE:
        message = f"{len(support):,} bits decide in which state the module {name} starts, expected at most {_MOST_FREE}"
        raise UndecidedError(f"{message}; reset its registers")
    logic = circuit_of(
        gates,
        inputs=[f"leaf[{leaf}]" for leaf in range(gates.leaves)],
        latches=(),
        outputs=[f"root[{root}]" for root in range(len(roots))],
        next_state=(),
        output=roots,
        reset=(),
    )
    count = 1 << len(support)
    bits = np.zeros((gates.leaves, max(64, count)), dtype=bool)
    for place, variable in enumerate(support):
        bits[variable - 1, :count] = np.arange(count) >> place & 1
    words = np.packbits(bits, axis=1, bitorder="little").view("<u8")
    values = np.ascontiguousarray(simulate(logic, words[None])[0], dtype="<u8").view(np.uint8)
    found = np.unpackbits(values, axis=1, count=count, bitorder="little").T == 1
    starts = np.unique(found, axis=0)
    if len(starts) > _MOST_STARTS:
        message = f"the module {name} may start in {len(starts):,} states, expected at most {_MOST_STARTS}"
        raise UndecidedError(f"{message}; reset its registers")
    yield from starts
