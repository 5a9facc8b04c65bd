"""The links of a run, proven from networks and machines that are at odds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof.links import network_link, reference_link

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
ONCE = Machine([[0, 1], [1, UNKNOWN]], [[0, 1], [1, UNKNOWN]], BIT, BIT)


def test_a_network_that_believes_in_two_states_differs() -> None:
    network = HardNetwork.from_machine(PARITY)
    transition = network.transition.copy()
    transition[1, 0] = 1
    link = network_link(replace(network, transition=transition), PARITY)
    assert (link.result, link.counterexample) == ("differs", ("1",))
    assert link.details == {"fault": "the belief of the network after this word is not one-hot"}


def test_a_network_of_other_alphabets_differs() -> None:
    link = network_link(HardNetwork.from_machine(Machine([[0] * 4], [[0] * 4], Alphabet.words(2), BIT)), PARITY)
    assert (link.result, link.counterexample) == ("differs", None)
    assert link.details == {"fault": "the network has 4 input and 2 output symbols, the machine 2 and 2"}
    link = network_link(HardNetwork.from_machine(Machine([[0] * 2], [[0] * 2], BIT, Alphabet.words(2))), PARITY)
    assert link.details == {"fault": "the network has 2 input and 4 output symbols, the machine 2 and 2"}


def test_a_reference_of_other_inputs_differs() -> None:
    link = reference_link(PARITY, Machine([[0] * 4], [[0] * 4], Alphabet.words(2), BIT))
    assert (link.result, link.details) == ("differs", {"fault": "input alphabets of different sizes, 2 and 4"})


def test_what_the_machine_leaves_unanswered_is_told() -> None:
    link = reference_link(ONCE, PARITY)
    assert (link.result, link.counterexample) == ("conforms", None)
    assert link.details == {
        "known": 3,
        "specified": 4,
        "unanswered": ["1", "1"],
        "left answers": ["1", "-"],
        "right answers": ["1", "0"],
    }


def test_both_answers_to_a_counterexample_are_told() -> None:
    stuck = Machine([[0, 1], [1, 1]], [[0, 1], [1, 1]], BIT, BIT)
    link = reference_link(stuck, PARITY)
    assert (link.result, link.counterexample) == ("differs", ("1", "1"))
    assert (link.details["left answers"], link.details["right answers"]) == (["1", "1"], ["1", "0"])


def test_a_network_may_have_more_states_than_its_machine() -> None:
    twice = Machine([[0, 1], [1, 2], [0, 1]], [[0, 1], [1, 0], [0, 1]], BIT, BIT)
    link = network_link(HardNetwork.from_machine(twice), PARITY)
    assert link.result == "equal"
    assert link.details == {"network states": 3, "machine states": 2, "network entries": 6, "known": 6}


def test_an_unobserved_entry_is_not_a_zero() -> None:
    zero = Machine(ONCE.next_state, np.maximum(ONCE.output, 0), BIT, BIT)
    link = network_link(HardNetwork.from_machine(ONCE), zero)
    assert (link.result, link.counterexample) == ("differs", ("1", "1"))
    assert (link.details["left answers"], link.details["right answers"]) == (["1", "-"], ["1", "0"])


def test_words_are_compared_bit_by_bit() -> None:
    words = np.array([[0, 3], [2, 2]], dtype=np.int32)
    network = replace(HardNetwork.from_machine(PARITY), words=words)
    shown = Machine(PARITY.next_state, words[PARITY.output, 0], BIT, Alphabet.words(2), words[PARITY.output, 1])
    assert network_link(network, shown).result == "equal"
    zero = replace(shown, care=np.full((2, 2), 3))
    link = network_link(network, zero)
    assert (link.result, link.counterexample) == ("differs", ("1",))
    link = network_link(network, PARITY)
    assert link.details == {"fault": "the network outputs words of bits that are not of the 2 outputs of the machine"}
