"""The hard network: its arithmetic, its file, and what a damaged file does."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlogic import hard
from seqlogic.errors import InputError
from seqlogic.hard import HardNetwork, NotOneHotError
from seqlogic.machine import UNKNOWN, Alphabet, Machine, reachable, to_mealy
from tests.strategies import damaged, machines, refused_or_read

BIT = Alphabet.words(1)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
ABC = Alphabet.of("abc")


def network(**arrays: np.ndarray) -> HardNetwork:
    """The network of parity, with some of its arrays replaced."""
    return replace(HardNetwork.from_machine(PARITY), **arrays)


@given(machines(inputs=BIT, outputs=ABC))
def test_tabulate_gives_the_reachable_table_back(machine: Machine) -> None:
    mealy = reachable(to_mealy(machine))
    next_state, output = HardNetwork.from_machine(machine).tabulate()
    assert next_state.tolist() == mealy.next_state.tolist()
    assert output.tolist() == mealy.output.tolist()


@given(machines(inputs=BIT, outputs=ABC), st.lists(st.integers(0, 1), min_size=1, max_size=8))
def test_step_runs_as_the_machine_does(machine: Machine, word: list[int]) -> None:
    network = HardNetwork.from_machine(machine)
    belief, answers = network.initial, []
    for symbol in word:
        belief, answer = network.step(belief, symbol)
        answers.append(int(np.argmax(answer)) if answer.any() else UNKNOWN)
    assert answers == machine.run(np.array([word]))[0][0].tolist()


def test_states_that_are_not_reached_are_not_tabulated() -> None:
    wide = np.zeros((2, 5, 5), dtype=np.uint8)
    wide[:, :2, :2] = HardNetwork.from_machine(PARITY).transition
    wide[:, 3] = 1
    emission = np.zeros((5, 2, 2), dtype=np.uint8)
    emission[:2] = HardNetwork.from_machine(PARITY).emission
    initial = np.array([1, 0, 0, 0, 0], dtype=np.uint8)
    assert HardNetwork(wide, emission, initial).tabulate()[0].tolist() == [[0, 1], [1, 0]]


def test_a_belief_in_two_states_is_found_with_its_shortest_word() -> None:
    transition = HardNetwork.from_machine(PARITY).transition.copy()
    transition[0, 1] = 1
    with pytest.raises(NotOneHotError, match=r"^the belief after 2 symbols is not one-hot$") as caught:
        network(transition=transition).tabulate()
    assert (caught.value.what, caught.value.word) == ("belief", (1, 0))


def test_two_outputs_at_once_are_found() -> None:
    with pytest.raises(NotOneHotError) as caught:
        network(emission=np.ones((2, 2, 2), dtype=np.uint8)).tabulate()
    assert (caught.value.what, caught.value.word) == ("output", (0,))


@pytest.mark.parametrize("initial", [[0, 0], [1, 1]])
def test_the_initial_belief_is_one_state(initial: list[int]) -> None:
    with pytest.raises(NotOneHotError) as caught:
        network(initial=np.array(initial, dtype=np.uint8)).tabulate()
    assert caught.value.word == ()


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^initial has the shape \[3\], expected \[2\] = \[S\]$"):
        network(initial=np.array([1, 0, 0], dtype=np.uint8))
    with pytest.raises(ValueError, match=r"^transition is float64 \[2, 2, 2\], expected uint8 \[X, S, S\]$"):
        network(transition=np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match=r"^emission holds 2, expected only 0 and 1$"):
        network(emission=np.full((2, 2, 2), 2, dtype=np.uint8))


def test_what_has_no_one_hot_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Machine([[0, 0]], [[2, 0]], BIT, Alphabet.words(2), care=[[2, 3]])
    with pytest.raises(ValueError, match="known only in some of its bits"):
        HardNetwork.from_machine(part)
    monkeypatch.setattr(hard, "LIMIT", 15)
    with pytest.raises(ValueError, match="over 15 bytes"):
        HardNetwork.from_machine(PARITY)


def test_the_digest_is_of_shapes_and_contents() -> None:
    assert network().digest == HardNetwork.from_machine(PARITY).digest
    # Five ones each.
    flat = HardNetwork(np.ones((2, 1, 1), np.uint8), np.ones((1, 2, 1), np.uint8), np.ones(1, np.uint8))
    tall = HardNetwork(np.ones((1, 1, 1), np.uint8), np.ones((1, 1, 3), np.uint8), np.ones(1, np.uint8))
    digests = {network().digest, network(initial=np.array([0, 1], dtype=np.uint8)).digest, flat.digest, tall.digest}
    assert len(digests) == 4


def test_equal_networks_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        network().save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert HardNetwork.load(tmp_path / "a.npz").digest == network().digest


WORDS = np.array([[2, 3], [0, 1]], dtype=np.int32)


def test_words_are_kept_and_are_part_of_the_digest(tmp_path: Path) -> None:
    worded = network(words=WORDS)
    other = network(words=WORDS[::-1])
    assert len({network().digest, worded.digest, other.digest}) == 3
    worded.save(tmp_path / "hard.npz")
    again = HardNetwork.load(tmp_path / "hard.npz")
    assert again.digest == worded.digest
    assert again.words is not None
    assert again.words.tolist() == WORDS.tolist()


@pytest.mark.parametrize("words", [[[2, 1], [0, 1]], [[0, 0], [0, 1]], [[-1, 3], [0, 1]]])
def test_words_that_are_none_are_refused(words: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"^words holds a value with bits outside its care, or a care of no bits$"):
        network(words=np.array(words, dtype=np.int32))
    with pytest.raises(ValueError, match=r"^words is int32 \[1, 2\], expected int32 \[2, 2\] = \[Y, 2\]$"):
        network(words=WORDS[:1])


def npz(path: Path, **members: bytes) -> Path:
    """Write an archive of these npy members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_damaged_files_are_input_errors(tmp_path: Path) -> None:
    path = tmp_path / "hard.npz"
    with pytest.raises(InputError, match=r"hard\.npz: cannot be read: No such file or directory$"):
        HardNetwork.load(path)
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputError, match=r"hard\.npz: is no file of a hard network: File is not a zip file$"):
        HardNetwork.load(path)
    good = {name: npy(getattr(network(), name)) for name in ("transition", "emission", "initial")}
    with pytest.raises(InputError, match=r"expected exactly the arrays transition, emission and initial$"):
        HardNetwork.load(npz(path, transition=good["transition"]))
    for damage in (
        {"initial": good["initial"][:-1]},
        {"initial": good["initial"].replace(b"(2,)", b"(9,)")},
        {"initial": good["initial"].replace(b"(2,), }", b"(-1,), }").replace(b" \n", b"\n")},
        {"initial": npy(np.array([1.0, 0.0]))},
        {"transition": npy(np.asfortranarray(network().transition))},
        {"emission": b"no array"},
        # Found by fuzzing: what NumPy's reader of headers hands to Python's.
        {"initial": good["initial"].replace(b"(2,), }", b"(2,(((")},
        {"initial": good["initial"].replace(b"(2,)", b"(2L)")},
        {"initial": b"\x93NUMPY\x01\x00\xff\xff" + b"-" * 0xFFFF},
        {"initial": good["initial"].replace(b"(2,)" + b" " * 0 + b", }" + b" " * 24, b"(2," + b"9" * 24 + b"), }")},
        {"emission": good["initial"]},
    ):
        with pytest.raises(InputError, match=r"hard\.npz: is no file of a hard network: "):
            HardNetwork.load(npz(path, **(good | damage)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@given(st.sampled_from(["transition", "emission", "initial"]), st.data())
def test_a_damaged_array_is_read_or_refused_in_one_line(folder: Path, name: str, data: st.DataObject) -> None:
    members = {each: npy(getattr(network(), each)) for each in ("transition", "emission", "initial")}
    pieces = ["", "(", ")", ",", "'", "-", "L", "9" * 30, "|O", "\n", "\0", "\xff", "{", "1, " * 70, "\x93NUMPY\x02"]
    members[name] = damaged(data.draw, members[name].decode("latin1"), pieces).encode("latin1")

    def load(text: str, source: str) -> HardNetwork:
        return HardNetwork.load(npz(Path(source), **members))

    refused_or_read(load, "", str(folder / "hard.npz"))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    good = {name: npy(getattr(network(), name)) for name in ("transition", "emission")}
    path = npz(tmp_path / "hard.npz", initial=npy(np.array([Trap()], dtype=object)), **good)
    with pytest.raises(InputError, match=r"an array of \|O, expected \|u1 in C order"):
        HardNetwork.load(path)
    assert not (tmp_path / "sprung").exists()


def test_an_archive_of_too_many_bytes_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network().save(tmp_path / "hard.npz")
    monkeypatch.setattr(hard, "LIMIT", 400)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(InputError, match=r"its arrays take 402 bytes, expected at most 400$"):
        HardNetwork.load(tmp_path / "hard.npz")


@pytest.mark.parametrize("change", [0x01, 0xFF])
def test_a_changed_byte_is_an_input_error_or_does_not_matter(tmp_path: Path, change: int) -> None:
    path = tmp_path / "hard.npz"
    network().save(path)
    data = path.read_bytes()
    refused = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
        try:
            assert HardNetwork.load(path).digest == network().digest
        except InputError:
            refused += 1
    assert refused > len(data) / 2
