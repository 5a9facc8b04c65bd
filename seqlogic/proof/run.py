"""The links of a run, proven again from the files of its folder alone."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from seqlogic.formats import is_circuit
from seqlogic.hard import HardNetwork
from seqlogic.proof.circuit_links import circuit_links, logic_link, machine_circuit_link, read_bounded_circuit
from seqlogic.proof.links import (
    CIRCUIT_REFERENCE_FILE,
    HARD_FILE,
    LOGIC_FILE,
    MACHINE_FILE,
    REFERENCE_FILE,
    Link,
    network_link,
    read_bounded,
    reference_link,
)

__all__ = ["prove_run"]


def prove_run(folder: str | PathLike[str]) -> tuple[Link, ...]:
    """Prove the links of a run folder from its files: each link of which both sides are there, in the chain's order.

    The one to the examples is not among them; see `prove_examples`. A run that holds circuit.aig in place of a machine
    has the links of `circuit_links`.

    Raises:
        InputError: neither a machine.json nor a circuit.aig, or a file that is malformed or larger than 1 GiB.
    """
    folder = Path(folder)
    if is_circuit(folder):
        return circuit_links(folder)
    machine = read_bounded(folder / MACHINE_FILE)
    links = []
    if (folder / HARD_FILE).exists():
        links.append(network_link(HardNetwork.load(folder / HARD_FILE), machine))
    if (folder / LOGIC_FILE).exists():
        links.append(logic_link(read_bounded_circuit(folder / LOGIC_FILE), machine))
    if (folder / REFERENCE_FILE).exists():
        links.append(reference_link(machine, read_bounded(folder / REFERENCE_FILE)))
    elif (folder / CIRCUIT_REFERENCE_FILE).exists():
        links.append(machine_circuit_link(machine, read_bounded_circuit(folder / CIRCUIT_REFERENCE_FILE)))
    return tuple(links)
