"""What a run leaves whose result is a circuit, of more states than a table holds."""

from __future__ import annotations

import shlex

from datamodules.sequences import SequenceData
from seqlogic.circuit import Circuit
from seqlogic.commands import EXIT_CODES
from seqlogic.commands.ending import Outcome, general_facts
from seqlogic.commands.progress import within
from seqlogic.commands.putting import certify, put
from seqlogic.formats import write_circuit
from seqlogic.logic import Logic
from seqlogic.proof import prove_run, verdict_of
from seqlogic.proof.circuit_links import SECONDS, circuit_verilog
from seqlogic.proof.links import CIRCUIT_FILE, CIRCUIT_REFERENCE_FILE, LOGIC_FILE, VERILOG_FILE
from seqlogic.report import CircuitReport, render_circuit_report
from seqlogic.run_folder import RunFolder
from seqlogic.wording import counted

__all__ = ["leave_circuit"]

_REASONS = {
    "exact": "the circuit is equal to the reference, for words of any length",
    "differs": "not exact, the circuit is not the reference",
    "undecided": "there is no reference; the circuit gives all outputs of the training data",
}


def leave_circuit(folder: RunFolder, outcome: Outcome, logic: Logic, data: SequenceData) -> int:
    """Write the circuit and all that goes with it, prove it, and tell about it; returns the exit code."""
    examples, place = data.examples, folder.partial
    write_circuit(logic.learned, place / LOGIC_FILE)
    write_circuit(logic.circuit, place / CIRCUIT_FILE)
    (place / VERILOG_FILE).write_text(circuit_verilog(logic.circuit), encoding="utf-8")
    reference = data.reference_circuit()
    if reference is not None:
        write_circuit(reference, place / CIRCUIT_REFERENCE_FILE)
    with within(2 * SECONDS):
        links = prove_run(place)
    verdict = verdict_of(links, True)
    facts = general_facts(outcome, examples) | {"logic of the outputs": logic.forms}
    if logic.open:
        facts["left open by the data"] = logic.open + (
            "; that they are right is proven against the reference" if verdict == "exact" else ""
        )
    report = CircuitReport(
        name=outcome.name,
        learned=logic.learned,
        circuit=logic.circuit,
        steps=logic.steps,
        links=links,
        verdict=verdict,
        facts=facts,
        command=outcome.command,
        open=logic.open,
        settles="" if reference is not None else shlex.join(["seqlogic", "prove", str(folder.failed), "reference.aig"]),
    )
    (place / "report.html").write_text(render_circuit_report(report), encoding="utf-8")
    open_ = {"left open by the data": logic.open} if logic.open else {}
    certify(folder, outcome, examples, links, open_, consistent=True)
    target, others = put(folder, verdict)
    print(f"{outcome.why}; it gives all outputs of the training data ({outcome.effort})")
    print(f"  {size(logic.learned)} as learned; {size(logic.circuit)} in the end")
    if logic.open:
        print(
            f"  the data leave open {logic.open}: another circuit may fit as well; more or longer sequences would tell"
        )
    for link in links:
        print(f"  {link.name}: {link.result}")
    late = verdict == "undecided" and reference is not None
    why = "a proof was not found in the time limit" if late else _REASONS[verdict]
    print(f"{verdict}: {why}, digest {logic.circuit.digest[:16]}")
    for link in links:
        if link.result == "differs" and link.counterexample is not None:
            print(f"shortest word that shows it: {' '.join(link.counterexample)}")
        elif "fault" in link.details:
            print(f"{link.name}: {link.details['fault']}")
        elif link.result == "undecided":
            print(f"{link.name}: {link.details['reason']}")
    if report.settles:
        print(f"with a reference, `{report.settles}` would settle it")
    for line in others:
        print(line)
    print(f"see {target / 'report.html'}")
    return EXIT_CODES[verdict]


def size(circuit: Circuit) -> str:
    """The latches and gates of a circuit, in words."""
    return f"{counted(len(circuit.latches), 'latch', 'latches')}, {counted(len(circuit.ands), 'gate')}"
