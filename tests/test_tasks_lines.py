"""Tasks of lines, codes and counters, each against an independent definition of its answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from itertools import pairwise, product

import numpy as np
import pytest

from seqlogic.machine import canonical
from tasks import (
    Convolutional,
    Counter,
    Crc,
    Delay,
    Manchester,
    Nrzi,
    Quadrature,
    Scrambler,
    Spi,
    Task,
    Uart,
    UsbDestuff,
)


def answers(task: Task, word: list[str] | str) -> list[str]:
    """The names of the outputs of one word, by name too, as the update rule gives them."""
    state, found = task.initial, []
    for symbol in word:
        state, output = task.step(state, task.inputs.index(symbol))
        found.append(task.outputs.name(output))
    return found


def words(length: int) -> list[str]:
    """All words of zeros and ones of one length."""
    return ["".join(word) for word in product("01", repeat=length)]


def drawn(count: int, length: int) -> list[str]:
    """Words of zeros and ones drawn at random."""
    bits = np.random.default_rng(0).integers(2, size=(count, length))
    return ["".join(map(str, row)) for row in bits.tolist()]


def by_tokens(tokens: list[tuple[str, Callable[[str], list[str]]]], word: str) -> list[str]:
    """The answers of a word that regular expressions cut into pieces, the first that fits at each place."""
    found: list[str] = []
    while len(found) < len(word):
        at = len(found)
        token, answer = next((m[0], a) for pattern, a in tokens if (m := re.compile(pattern).match(word, at)))
        found += answer(token)
        assert len(found) == at + len(token)
    return found


@pytest.mark.parametrize("length", [1, 2, 6])
def test_quadrature_tells_the_direction_by_channel_a_now_and_channel_b_before(length: int) -> None:
    for word in product(("00", "01", "10", "11"), repeat=length):
        expected = ["0"]
        for before, now in pairwise(word):
            changes = (before[0] != now[0]) + (before[1] != now[1])
            direction = "+1" if now[0] != before[1] else "-1"
            expected.append(("0", direction, "error")[changes])
        assert answers(Quadrature(), list(word)) == expected


def test_nrzi_undoes_a_sender() -> None:
    for data in words(10):
        # Each zero so far has turned the idle level around once.
        line = "".join("10"[data[: t + 1].count("0") % 2] for t in range(len(data)))
        assert "".join(answers(Nrzi(), line)) == data


def test_manchester_undoes_a_sender() -> None:
    for data in words(8):
        line = "".join({"0": "10", "1": "01"}[bit] for bit in data)
        assert "".join(answers(Manchester(), line)) == "".join(f".{bit}" for bit in data)


def test_manchester_waits_at_a_first_half_for_the_change() -> None:
    tokens = [
        ("0+1|1+0", lambda run: [".", *"e" * (len(run) - 2), run[-1]]),
        ("0+|1+", lambda run: [".", *"e" * (len(run) - 1)]),
    ]
    for line in words(11):
        assert answers(Manchester(), line) == by_tokens(tokens, line)


def test_manchester_finds_its_step_at_the_first_change() -> None:
    # One sample is lost, and a bit later the bits are read as they were sent.
    assert "".join(answers(Manchester(), "01011001100110"[1:])) == ".0.e0.1.0.1.0"


@pytest.mark.parametrize("run", [1, 2, 6])
def test_usb_destuff_by_its_runs_of_ones(run: int) -> None:
    for word in words(11):
        # Each run of ones, and what follows it.
        expected = re.sub(
            "(1*)(0?)",
            lambda found: (
                found[1][:run] + "e" * len(found[1][run:]) + (found[2] and ("s" if len(found[1]) == run else "0"))
            ),
            word,
        )
        assert "".join(answers(UsbDestuff(run=run), word)) == expected


@pytest.mark.parametrize("run", [1, 2, 6])
def test_usb_destuff_undoes_a_sender(run: int) -> None:
    for data in words(11):
        line = data.replace("1" * run, "1" * run + "0")
        assert "".join(answers(UsbDestuff(run=run), line)).replace("s", "") == data


def from_the_start_bit(line: str, bits: int, parity: str) -> list[str]:
    """The answers to a frame, or to what there is of it, and to the break that follows a broken one."""
    data, check, rest = re.fullmatch(rf"0(.{{0,{bits}}})(.{{0,{int(parity != 'none')}}})(.*)", line).groups()  # type: ignore[union-attr]
    found = ["start", *data, *["check"][: len(check)]]
    if rest.startswith("1"):
        wrong = parity != "none" and (data + check).count("1") % 2 != (parity == "odd")
        return [*found, "parity" if wrong else "ok"]
    return found + [{"0": "break", "1": "idle"}[level] if at else "framing" for at, level in enumerate(rest)]


def uart(line: str, bits: int, parity: str) -> list[str]:
    """The answers that a UART's line owes: it is idle, a whole frame, or the beginning of one."""

    def frame(piece: str) -> list[str]:
        return from_the_start_bit(piece, bits, parity)

    size = bits + (parity != "none")
    return by_tokens([("1+", lambda piece: ["idle"] * len(piece)), (f"0.{{{size}}}(1|0+1?)|0.*", frame)], line)


@pytest.mark.parametrize(
    ("bits", "parity"), [(1, "none"), (2, "none"), (3, "none"), (1, "odd"), (2, "even"), (3, "odd")]
)
def test_uart_on_every_short_line(bits: int, parity: str) -> None:
    for line in words(12):
        assert answers(Uart(data_bits=bits, parity=parity), line) == uart(line, bits, parity)  # type: ignore[arg-type]


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
def test_uart_on_long_lines(parity: str) -> None:
    for line in drawn(300, 60):
        assert answers(Uart(parity=parity), line) == uart(line, 8, parity)  # type: ignore[arg-type]


def test_uart_receives_text() -> None:
    text = b"seqlogic"
    line = "".join("10" + f"{byte:08b}"[::-1] + "1" for byte in text)
    data = [answer for answer in answers(Uart(), line) if answer in "01"]
    assert bytes(int("".join(data[at : at + 8])[::-1], 2) for at in range(0, len(data), 8)) == text


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_spi_by_its_selections(bits: int) -> None:
    for samples in product(("00", "01", "10", "11"), repeat=6):
        expected = []
        for t in range(6):
            # What came since the chip was last deselected.
            read = [sample[1] for sample in samples[: t + 1]]
            selected = read[max((at + 1 for at in range(t + 1) if samples[at][0] == "1"), default=0) :]
            whole = selected and len(selected) % bits == 0
            expected.append("1" + "".join(selected[-bits:]) if whole else "0" * (bits + 1))
        assert answers(Spi(bits=bits), list(samples)) == expected


def gray(bits: int) -> list[str]:
    """The reflected Gray code: a copy of the shorter one, and its mirror image."""
    if bits == 0:
        return [""]
    shorter = gray(bits - 1)
    return [f"0{code}" for code in shorter] + [f"1{code}" for code in reversed(shorter)]


def codes(bits: int, code: str) -> list[str]:
    """All counts in their order, as they are written."""
    return gray(bits) if code == "gray" else words(bits)


@pytest.mark.parametrize("code", ["binary", "gray"])
@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_a_counter_with_enable_adds_up(bits: int, code: str) -> None:
    listed = codes(bits, code)
    for word in [*words(6), *drawn(50, 60), "1" * 40]:
        totals = [word[: t + 1].count("1") for t in range(len(word))]
        everything, msb, carry = (
            answers(Counter(bits=bits, code=code, answer=answer), word)  # type: ignore[arg-type]
            for answer in ("all", "msb", "carry")
        )
        assert everything == [listed[total % 2**bits] for total in totals]
        assert msb == [shown[0] for shown in everything]
        assert carry == [
            str(int(enabled == "1" and total % 2**bits == 0)) for enabled, total in zip(word, totals, strict=True)
        ]


@pytest.mark.parametrize("code", ["binary", "gray"])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
def test_a_counter_with_load_counts_from_the_latest_data(bits: int, code: str) -> None:
    listed = codes(bits, code)
    rng = np.random.default_rng(bits)
    for _ in range(200):
        load, data = rng.random(30) < rng.uniform(0, 0.5), rng.integers(2**bits, size=30).tolist()
        word = [f"{int(loads)}{value:0{bits}b}" for loads, value in zip(load, data, strict=True)]
        totals = []
        for t in range(30):
            loads = np.flatnonzero(load[: t + 1])
            totals.append(listed.index(word[loads[-1]][1:]) + t - loads[-1] if len(loads) else t + 1)
        everything, msb, carry = (
            answers(Counter(bits=bits, code=code, control="load", answer=answer), word)  # type: ignore[arg-type]
            for answer in ("all", "msb", "carry")
        )
        assert everything == [listed[total % 2**bits] for total in totals]
        assert msb == [shown[0] for shown in everything]
        assert carry == [str(int(not load[t] and total % 2**bits == 0)) for t, total in enumerate(totals)]


@pytest.mark.parametrize("d", [1, 2, 4, 16, 32, 100])
def test_a_delay_line_is_late(d: int) -> None:
    for word in [*words(6), *drawn(20, 150)]:
        assert "".join(answers(Delay(d=d), word)) == ("0" * d + word)[: len(word)]


def remainder(message: str, divisor: str) -> str:
    """The remainder of a message by long division over GF(2), as on paper."""
    rest = list(message)
    for at in range(len(message) - len(divisor) + 1):
        if rest[at] == "1":
            for place, digit in enumerate(divisor):
                rest[at + place] = str(int(rest[at + place] != digit))
    return "".join(rest[len(rest) - len(divisor) + 1 :])


@pytest.mark.parametrize("polynomial", ["crc4", "crc8", "crc16", "crc32", 0x3, 0x7, 0x19, 0x18005])
def test_the_crc_is_a_remainder(polynomial: int | str) -> None:
    task = Crc(polynomial=polynomial)
    divisor = f"{task.polynomial:b}"
    for word in [*words(5), *drawn(10, 70)]:
        expected = [remainder(word[: t + 1] + "0" * (len(divisor) - 1), divisor)[0] for t in range(len(word))]
        assert answers(task, word) == expected


# The check values of the catalogue of parametrised CRC algorithms (Greg Cook); CRC-32/CKSUM inverts its result.
@pytest.mark.parametrize(
    ("polynomial", "check"), [("crc8", 0xF4), ("crc16", 0x31C3), ("crc32", 0x765E7680 ^ 0xFFFFFFFF), (0x18005, 0xFEE8)]
)
def test_the_register_ends_as_the_check_value(polynomial: int | str, check: int) -> None:
    task = Crc(polynomial=polynomial)
    bits = [int(bit) for byte in b"123456789" for bit in f"{byte:08b}"]
    assert reduce(lambda state, bit: task.step(state, bit)[0], bits, task.initial) == check


@pytest.mark.parametrize("taps", [(1,), (2, 1), (7, 4), (58, 39), (5, 3, 2)])
def test_the_multiplicative_scrambler_is_undone_by_its_descrambler(taps: tuple[int, ...]) -> None:
    for seed in (0, None, 1):
        task = Scrambler(taps=taps, seed=seed)
        # Long ago the register was sent.
        start = f"{2 ** max(taps) - 1 if seed is None else seed:0{max(taps)}b}"
        for word in [*words(6), *drawn(20, 150)]:
            line = start + "".join(answers(task, word))
            read = [sum(int(line[at - tap]) for tap in (0, *taps)) % 2 for at in range(len(start), len(line))]
            assert "".join(map(str, read)) == word


def test_the_additive_scrambler_of_80211_sends_its_sequence() -> None:
    # IEEE 802.11, 17.3.5.5: the output for zeros, where the initial state is all ones.
    published = (
        "00001110 11110010 11001001 00000010 00100110 00101110 10110110 00001100 "
        "11010100 11100111 10110100 00101010 11111010 01010001 10111000 1111111"
    ).replace(" ", "")
    task = Scrambler(kind="additive")
    assert task.states == len(published)
    assert "".join(answers(task, "0" * 254)) == published * 2
    for word in drawn(20, 200):
        assert answers(task, word) == [str(int(bit != key)) for bit, key in zip(word, published * 2, strict=False)]


@pytest.mark.parametrize(
    ("taps", "seed", "period"),
    [
        ((1,), None, 1),
        ((2, 1), None, 3),
        ((4, 1), 5, 15),
        ((4, 2), 1, 6),
        ((4, 2), 0b110, 3),
        ((4, 3, 2, 1), None, 5),
        ((15, 14), 1, 32767),
    ],
)
def test_the_period_of_an_additive_scrambler(taps: tuple[int, ...], seed: int | None, period: int) -> None:
    task = Scrambler(kind="additive", taps=taps, seed=seed)
    sent = "".join(answers(task, "0" * 3 * period))
    assert task.states == period
    assert [shift for shift in range(1, period + 1) if sent[shift:].startswith(sent[: 2 * period])] == [period]


@pytest.mark.parametrize("generators", [("7", "5"), ("171", "133"), ("1",), ("13", "15", "17"), ("4", "3")])
def test_the_convolutional_code_multiplies_polynomials(generators: tuple[str, ...]) -> None:
    task = Convolutional(generators=generators)
    for word in [*words(6), *drawn(20, 60)]:
        data = [int(bit) for bit in word]
        taps = [[int(bit) for bit in f"{int(octal, 8):0{task.constraint}b}"] for octal in generators]
        streams = [np.convolve(data, row)[: len(data)] % 2 for row in taps]
        assert answers(task, word) == ["".join(map(str, code)) for code in np.stack(streams, axis=1).tolist()]


@pytest.mark.parametrize(
    ("task", "states"),
    [
        (Delay(d=16), 65_536),
        (Delay(d=32), 2**32),
        (Crc(polynomial="crc16"), 65_536),
        (Crc(polynomial="crc32"), 2**32),
        (Counter(bits=16), 65_536),
        (Counter(bits=16, control="load"), 65_536),
        (Scrambler(taps=(58, 39)), 2**58),
        (Scrambler(kind="additive", taps=(15, 14)), 32_767),
        (Convolutional(generators=("40001",)), 2**14),
        (Spi(bits=16), 65_535),
    ],
)
def test_large_ones_answer_by_the_update_rule(task: Task, states: int) -> None:
    assert (task.states, task.tabular) == (states, False)
    examples = task.examples(np.random.default_rng(0), 5, 30, 40)
    for word, answer in zip(examples.words.tolist(), examples.answers.tolist(), strict=True):
        names = [task.inputs.name(symbol) for symbol in word if symbol >= 0]
        assert [task.outputs.name(output) for output in answer if output >= 0] == answers(task, names)


def test_a_gray_counter_is_a_binary_one_by_its_last_bit_and_carry() -> None:
    for answer in ("msb", "carry"):
        gray, binary = (Counter(code=code, answer=answer).reference() for code in ("gray", "binary"))
        assert canonical(gray).digest == canonical(binary).digest
