"""The readers that a user's file reaches, with documents to begin from and the tokens of their formats."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

import numpy as np

from fpga import captures
from seqlogic.circuit import Circuit, to_circuit
from seqlogic.completion import complete
from seqlogic.configurations import shipped
from seqlogic.encoding import state_codes
from seqlogic.formats import aiger, blif, dot, kiss2
from seqlogic.formats import json as machine_json
from seqlogic.formats.abbadingo import read_abbadingo
from seqlogic.formats.circuits import read_circuit
from seqlogic.formats.csv_examples import read_csv_examples
from seqlogic.formats.examples import read_examples
from seqlogic.formats.files import read_machine, write_machine
from seqlogic.formats.vcd import read_vcd
from seqlogic.hard import HardNetwork
from seqlogic.machine import UNKNOWN, Alphabet, Machine, to_moore
from seqlogic.proof import check_certificate, prove_run, write_certificate
from tests.fuzz.mutation import Mutation, mutate_archive, mutate_text
from tests.fuzz.tokens import (
    AIGER_TOKENS,
    BLIF_TOKENS,
    CERTIFICATE_TOKENS,
    CONFIGURATION_TOKENS,
    DOT_TOKENS,
    EXAMPLE_TOKENS,
    JSON_TOKENS,
    KISS2_TOKENS,
    NPY_TOKENS,
    PICKLE_TOKENS,
    VCD_TOKENS,
    words,
)

__all__ = ["TARGETS", "Read", "Target"]

Read = Callable[[Path], object]


def _place(file: str, folder: Path, data: bytes) -> Path:
    path = folder / file
    path.write_bytes(data)
    return path


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes:
        open: imports what it takes and returns the reader.
        place: puts bytes where the reader wants them, in a folder, and returns the path that it is given.
        seeds: returns files that it reads, small ones.
        tokens: what its format is made of.
        mutate: returns another version of a file.
        permitted: audit events that it may cause.
    """

    open: Callable[[], Read]
    place: Callable[[Path, bytes], Path]
    seeds: Callable[[], list[bytes]]
    tokens: tuple[bytes, ...]
    mutate: Mutation = mutate_text
    permitted: frozenset[str] = frozenset()


BIT = Alphabet.words(1)
LAMP = Machine(
    [[0, 1], [1, 0], [UNKNOWN, 2]],
    [[0, 1], [1, UNKNOWN], [2, 0]],
    Alphabet.of(["coin", "button"]),
    Alphabet.of(["tea", "a/b", "-"]),
    initial=1,
    states=("off", "on", "third one"),
)
PART = Machine(
    [[0, 1, 1, 0], [1, 0, UNKNOWN, 1]],
    [[0, 2, 1, 3], [2, UNKNOWN, 2, 0]],
    Alphabet(bits=2, signals=(("en", 1), ("up", 1))),
    Alphabet(bits=2, signals=(("data", 2),)),
    care=[[3, 2, 1, 3], [3, 0, 2, 3]],
)
PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], BIT, BIT)
MACHINES = (LAMP, PART, PARITY, to_moore(LAMP), to_moore(PART))


def _machines(render: Callable[[Machine], str]) -> list[bytes]:
    return [render(machine).encode() for machine in MACHINES]


def _circuits(render: Callable[[Circuit], bytes]) -> list[bytes]:
    whole = map(complete, MACHINES)
    return [render(to_circuit(machine, state_codes(len(machine), "binary"))) for machine in whole]


EXAMPLES = (
    b"# a comment\n0 1 1 0\t0 1 0 0\n1 1 1\tyes\n0 1\t- 1\n",
    b"coin button coin\ttea - tea\r\nbutton\tcoffee\r\n",
    b"0 1\t0 1\n",
)
ABBADINGO = (b"3 2\n1 3 0 1 1\n0 1 0\n-1 2 1 0\n", b"2 3\n1 0\n0 4 a b c a\n")
CSV = (
    b"a,b,y,s,r\n0,0,0,1,0\n0,1,1,1,0\n1,0,x,2,0\n1,1,1,2,1\n0,1,0,2,0\n",
    b'a;b;y;s;r\n"0";1;"a""b";1;0\n;1;0;1;0\n1;1;z;1;0\n',
    b"; sigrok\n; samplerate: 1 MHz\na\tb\ty\ts\tr\n10\t0\t7\t0\t1\n01\t1\t8\t0\t0\n",
)


def _read_csv() -> Read:
    return partial(
        read_csv_examples, input_columns=["a", "b"], output_columns=["y"], sequence_column="s", reset_column="r"
    )


def _vcd_seeds() -> list[bytes]:
    folder = Path(captures.__file__).parent
    headers = (
        b"$timescale 1ns $end\n$scope module top $end\n$var wire 1 c clk $end\n$var wire 1 r rst $end\n"
        b"$var wire 1 e en $end\n$var wire 2 a a [1:0] $end\n$var reg 4 y y [3:0] $end\n$upscope $end\n"
        b"$enddefinitions $end\n",
        b"$var wire 1 ! clk $end $var wire 1 # rst $end $var integer 1 % en $end $var logic 2 & a[0:1] $end\n"
        b"$var string 1 s name $end $var real 64 f volts $end $var wire 1 y y $end $enddefinitions $end\n",
    )
    bodies = (
        b"#0\n$dumpvars\n0c\n1r\n1e\nb0 a\nbx y\n$end\n#5 1c\n#10 0c 0r b10 a b101 y\n#15 1c\n#20 0c b1 a bz y\n#25 1c",
        b"#0 0! 1# 1% b01 & 0y r1.5 f shello s #3 1! #6 0! 0# b1L & Hy #9 1! $comment x $end #12 0! #15 1!\n",
    )
    whole = [(folder / f"{name}.vcd").read_bytes() for name in ("uart_receiver", "spi_slave", "vending_machine")]
    cut = [b"\n".join(data.split(b"\n")[:200]) for data in whole]
    return [header + body for header, body in zip(headers, bodies, strict=True)] + cut


def _read_vcd() -> Read:
    return partial(
        read_vcd, input_signals=["a"], output_signals=["y"], clock="clk", reset="rst", enable="en", edge="both"
    )


def _read_capture() -> Read:
    """As a user names the signals of a capture: whole vectors, single bits, inner scopes."""
    return partial(read_vcd, input_signals=["dut.rx", "rst"], output_signals=["valid"], clock="clk", registered=True)


def _networks() -> list[bytes]:
    seeds = []
    for machine in (LAMP, PARITY):
        network = HardNetwork.from_machine(machine)
        words = np.array([[2, 3], [0, 1]], dtype=np.int32) if len(machine.outputs) == 2 else None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "hard.npz")
            HardNetwork(network.transition, network.emission, network.initial, words).save(path)
            seeds.append(path.read_bytes())
    return seeds


# Beside certificate.json, the files that are proven again; each after a line that names it.
_FILES = ("certificate.json", "machine.json", "machine.kiss2", "reference.json", "hard.npz", "config.yaml")
_NAMED = b"==== %b\n"


def _run_folders() -> list[bytes]:
    seeds = []
    for machine, reference in ((PARITY, PARITY), (LAMP, None), (PARITY, LAMP)):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_machine(machine, folder / "machine.json")
            write_machine(machine, folder / "machine.kiss2")
            HardNetwork.from_machine(machine).save(folder / "hard.npz")
            if reference is not None:
                write_machine(reference, folder / "reference.json")
            (folder / "config.yaml").write_text("name: parity\n")
            listed = [path.name for path in folder.iterdir()]
            write_certificate(folder, prove_run(folder), listed, {"task": "parity", "seed": 0}, consistent=True)
            seeds.append(_joined({name: (folder / name).read_bytes() for name in [*listed, "certificate.json"]}))
    return seeds


def _joined(files: dict[str, bytes]) -> bytes:
    return b"".join(_NAMED % name.encode() + files[name] for name in _FILES if name in files)


def _parted(data: bytes) -> dict[str, bytes]:
    places = sorted((data.find(_NAMED % name.encode()), name) for name in _FILES)
    there = [(start, name) for start, name in places if start >= 0]
    ends = [*(start for start, _ in there), len(data)][1:]
    return {
        name: data[start + len(_NAMED % name.encode()) : end] for (start, name), end in zip(there, ends, strict=True)
    }


def _place_run(folder: Path, data: bytes) -> Path:
    files = _parted(data)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
        if name in files:
            (folder / name).write_bytes(files[name])
    return folder / "certificate.json"


def _check(path: Path) -> None:
    """Check a certificate; what it finds is printed, and may not command the terminal."""
    check = check_certificate(path)
    for line in (*check.findings, *check.notes, *(f"{claim.result} {claim.why}" for claim in check.claims)):
        assert line.isprintable(), line


def _mutate_run(data: bytes, rng: Random, tokens: Sequence[bytes]) -> bytes:
    """Change one file of a run folder and, as a forger would, mostly write right digests into its certificate."""
    files = _parted(data)
    if not files or rng.random() < 0.1:
        return mutate_text(data, rng, tokens)
    name = rng.choice(list(files))
    files[name] = (mutate_archive if name == "hard.npz" else mutate_text)(files[name], rng, tokens)
    if rng.random() < 0.8:
        try:
            content = json.loads(files["certificate.json"])
            for listed in content["files"]:
                content["files"][listed] = hashlib.sha256(files.get(listed, b"")).hexdigest()
            content.pop("sha256")
            own = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
            content["sha256"] = hashlib.sha256(own).hexdigest()
            files["certificate.json"] = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            pass
    return _joined(files)


CONFIGURATIONS = (
    b"name: mine\ndata:\n  class_path: datamodules.FileData\n  init_args:\n    file: examples.txt\n"
    b"    input_columns: [a, b]\n    reset_level: 0\n    noisy: false\ntrainer:\n  max_epochs: 100\n  callbacks: null\n"
    b"model:\n  optimizer: adam\ncurriculum:\n  patience: 10\n",
    b"a: &a [1, 2.5, 0x1F, 1_000, 0o7, .inf, .nan, 2001-12-14t21:59:43.10-05:00, ~, yes]\nb: {<<: *b0, c: *a}\n"
    b"b0: &b0 {x: !!str 1, y: !!binary aGk=}\nc: !!python/object/apply:os.system ['touch pwned']\n",
)


def _configurations() -> list[bytes]:
    known = shipped()
    return [*CONFIGURATIONS, *(known[name].read_bytes() for name in ("parity", "machine"))]


def _open_yaml() -> Read:
    from seqlogic.commands.arguments import with_configs_found  # noqa: PLC0415

    return lambda path: with_configs_found(["--config", str(path)])


def _open_configuration() -> Read:
    """All of the command line but the building of what it names."""
    from seqlogic.commands import train  # noqa: PLC0415
    from seqlogic.training import quieten  # noqa: PLC0415

    class Parsed(train._TrainCLI):
        def instantiate_classes(self) -> None:
            pass

    def read(path: Path) -> object:
        quieten()
        with patch.object(train, "_TrainCLI", Parsed):
            return train._parse(["--config", str(path)], ())

    return read


def _checkpoints() -> list[bytes]:
    import torch  # noqa: PLC0415

    tables = {"registers.transition": torch.rand(2, 2, 3, 3), "registers.emission": torch.rand(2, 3, 2, 2)}
    content = {
        "epoch": 3,
        "pytorch-lightning_version": "2.6.6",
        "state_dict": tables,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {"Curriculum": {"length": 3, "attempt": [1, 6, 0], "progress": [0, 1, 0.5, None], "history": []}},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}],
        "lr_schedulers": [],
        "datamodule": {"examples": "0" * 64, "mistakes": [1, 2]},
    }
    seeds = []
    for zipped in (True, False):
        stream = io.BytesIO()
        torch.save(content, stream, _use_new_zipfile_serialization=zipped)
        seeds.append(stream.getvalue())
    trap = io.BytesIO()
    with zipfile.ZipFile(trap, "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'touch pwned'\ntR.")
        archive.writestr("archive/version", b"3\n")
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive_of_old:
        archive_of_old.addfile(tarfile.TarInfo("storages"))
    return [*seeds, trap.getvalue(), tar.getvalue(), b"\x80\x02cposix\nmkdir\n(X\x05\x00\x00\x00pwnedtR."]


def _open_checkpoint() -> Read:
    from seqlogic.commands.train import _WholeCheckpoints  # noqa: PLC0415

    return lambda path: _WholeCheckpoints().load_checkpoint(path, weights_only=True)


def _machine_target(suffix: str, render: Callable[[Machine], str], tokens: tuple[bytes, ...]) -> Target:
    return Target(lambda: read_machine, partial(_place, f"machine{suffix}"), lambda: _machines(render), tokens)


TARGETS: dict[str, Target] = {
    "examples": Target(lambda: read_examples, partial(_place, "x.txt"), lambda: list(EXAMPLES), EXAMPLE_TOKENS),
    # Symbols of alphabets that the configuration gives.
    "declared": Target(
        lambda: partial(read_examples, inputs=Alphabet.of(["0", "1"]), outputs=BIT),
        partial(_place, "x.txt"),
        lambda: list(EXAMPLES),
        EXAMPLE_TOKENS,
    ),
    "csv": Target(
        _read_csv,
        partial(_place, "x.csv"),
        lambda: list(CSV),
        words('0 1 x z - ? a b y s r , ; " "" 01 10', b"\t", b"\r", b"; "),
    ),
    "abbadingo": Target(
        lambda: read_abbadingo, partial(_place, "x.abb"), lambda: list(ABBADINGO), words("0 1 -1 2 3 a b 999999999")
    ),
    "vcd": Target(_read_vcd, partial(_place, "x.vcd"), _vcd_seeds, VCD_TOKENS),
    "capture": Target(_read_capture, partial(_place, "x.vcd"), _vcd_seeds, VCD_TOKENS),
    "kiss2": _machine_target(".kiss2", kiss2.render, KISS2_TOKENS),
    "wide_kiss2": Target(
        lambda: read_circuit, partial(_place, "x.kiss2"), lambda: _machines(kiss2.render), KISS2_TOKENS
    ),
    "dot": _machine_target(".dot", dot.render, DOT_TOKENS),
    "json": _machine_target(".json", machine_json.render, JSON_TOKENS),
    "aag": Target(
        lambda: read_circuit,
        partial(_place, "x.aag"),
        lambda: _circuits(lambda circuit: aiger.render_text(circuit).encode()),
        AIGER_TOKENS,
    ),
    "aig": Target(lambda: read_circuit, partial(_place, "x.aig"), lambda: _circuits(aiger.render), AIGER_TOKENS),
    "blif": Target(
        lambda: read_circuit,
        partial(_place, "x.blif"),
        lambda: _circuits(lambda circuit: blif.render(circuit).encode()),
        BLIF_TOKENS,
    ),
    "hard": Target(lambda: HardNetwork.load, partial(_place, "hard.npz"), _networks, NPY_TOKENS, mutate_archive),
    "certificate": Target(lambda: _check, _place_run, _run_folders, CERTIFICATE_TOKENS, _mutate_run),
    "yaml": Target(_open_yaml, partial(_place, "mine.yaml"), _configurations, CONFIGURATION_TOKENS),
    "configuration": Target(
        _open_configuration,
        partial(_place, "mine.yaml"),
        _configurations,
        CONFIGURATION_TOKENS,
        # jsonargparse evaluates the type hints of the classes that are configured, and reads a file from its folder;
        # Lightning hands the seed to processes that it might start.
        permitted=frozenset(["compile", "exec", "os.chdir", "os.putenv"]),
    ),
    "checkpoint": Target(_open_checkpoint, partial(_place, "last.ckpt"), _checkpoints, PICKLE_TOKENS, mutate_archive),
}
"""Every reader, by the name that the command line has for it."""
