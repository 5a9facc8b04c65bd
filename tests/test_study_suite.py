"""Suites: that the shipped ones are frozen, what their rows draw, and what is wrong with a file, in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml  # type: ignore[import-untyped]

from datamodules import SampledData
from seqlogic.configurations import shipped
from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import Alphabet, Machine
from seqlogic.study.calibration import SIZES, calibrate, sufficient
from seqlogic.study.suite import DIGITS, Peer, Row, Seeds, find_suite, freeze, read_suite, suites
from tasks import FAMILIES

PARITY = Machine([[0, 1], [1, 0]], [[0, 1], [1, 0]], Alphabet.of("ab"), Alphabet.of("xy"))
HEAD = "limit: 5\nseeds: {first: 3, count: 2}\n"
ROW = "  - {name: a, task: parity}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(set(suites()) - {"protocols", "traces"}))
def test_a_shipped_suite_is_frozen(name: str) -> None:
    suite = read_suite(find_suite(name))
    assert suite.name == name
    assert len({row.digest for row in suite.rows}) == len(suite.rows)
    suite.check(suite.rows)


def test_what_the_shipped_suites_promise() -> None:
    small, random, labels = (read_suite(find_suite(name)) for name in ("small", "random", "labels"))
    for row in small.rows:
        assert (row.supervision, row.seeds, row.limit, row.law) == ("dense", Seeds(4000, 20), 120, "task")
        assert row.length == (1, {"counter6": 128, "counter7": 256, "additive7": 256}.get(row.name, 64))
        assert (len(row.seeds_of("rpni")), len(row.seeds_of("gru_kv")), row.limit_of("gru_kv")) == (20, 3, 60)
    assert [row.parameters["states"] for row in random.rows] == [20, 50, 100, 200]
    assert all(row.seeds == Seeds(4000, 10) for row in random.rows)
    assert all((row.supervision, row.seeds.count, row.length) == ("label", 20, (1, 32)) for row in labels.rows)
    for suite in (small, random, labels):
        assert all(row.redraw == (row.task == "random") for row in suite.rows)


def test_every_configuration_of_a_small_machine_is_a_row() -> None:
    classes = {family.__name__: name for name, family in FAMILIES.items()}
    expected = {}
    for name, path in shipped().items():
        task = yaml.safe_load(path.read_text(encoding="utf-8"))["data"]["init_args"].get("task")
        if task is None:
            # Of a capture, and no task.
            continue
        family, parameters = classes[task["class_path"].removeprefix("tasks.")], task.get("init_args", {})
        if family not in ("machine", "random") and FAMILIES[family](**parameters).states <= 128:
            expected[name] = (family, parameters)
    rows = {row.name: (row.task, row.parameters) for row in read_suite(find_suite("small")).rows}
    assert rows == expected | {f"random{states}": ("random", {"states": states}) for states in (5, 10)}


@pytest.mark.parametrize(
    ("name", "sizes"), [("small", SIZES), ("labels", SIZES), ("random", (1000, 2000, 5000, 10_000))]
)
def test_shipped_rows_have_at_least_the_sequences_that_the_calibration_asks_for(
    name: str, sizes: tuple[int, ...]
) -> None:
    # All of them take a minute: `--calibrate` does.
    rows = {row.name: row for row in read_suite(find_suite(name)).rows}
    for row in (rows[few] for few in ("parity", "uart", "tomita2", "random20") if few in rows):
        least = sufficient(calibrate(row, sizes))
        assert least is not None
        assert least <= row.sequences, row.name


def test_a_row_is_what_the_file_says(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"{HEAD}length: [2, 6]\nrows:\n{ROW}  - {{name: b, task: dyck, parameters: {{depth: 3}}, "
        "law: uniform, sequences: 7, length: [1, 4], supervision: label, limit: 0.5, seeds: {first: 0, count: 1}}\n",
    )
    one, other = read_suite(path).rows
    assert one == Row("a", "parity", 5, Seeds(3, 2), length=(2, 6))
    assert other == Row("b", "dyck", 0.5, Seeds(0, 1), {"depth": 3}, False, "uniform", 7, (1, 4), "label")
    examples = other.data(0).examples
    assert examples.words.shape == (7, 4)
    assert ((examples.answers >= 0).sum(axis=1) == 1).all()


def test_the_law_and_the_redrawn_machine() -> None:
    own, uniform = (
        Row("d", "dyck", 1, Seeds(0, 1), law=law).data(5).examples.words[:, :3]
        for law in ("task", "uniform")  # type: ignore[arg-type]
    )
    # Uniform words begin with a closing bracket half of the time.
    assert abs((uniform[:, 0] == 1).mean() - 0.5) < 0.1
    assert (own[:, 0] == 1).mean() < 0.3
    fixed, redrawn = (Row("r", "random", 1, Seeds(0, 1), redraw=redraw) for redraw in (False, True))
    assert fixed.data(1).reference().digest == fixed.data(2).reference().digest
    assert redrawn.data(1).reference().digest != redrawn.data(2).reference().digest
    assert redrawn.data(2).examples.digest == redrawn.data(2).examples.digest


def test_a_row_is_the_data_of_training() -> None:
    row = Row("a", "parity", 1, Seeds(0, 1), sequences=30, length=(1, 9))
    trained = SampledData(task=FAMILIES["parity"](), sequences=30, max_length=9, seed=8)
    assert np.array_equal(row.data(8).examples.words, trained.examples.words)


def test_peers_run_for_fewer_seeds_and_have_limits_of_their_own(tmp_path: Path) -> None:
    peers = "peers: {rpni: {seeds: 1}, edsm: {seeds: 9, limit: 0.5}}"
    one, other = read_suite(
        written(tmp_path, f"{HEAD}{peers}\nrows:\n{ROW}  - {{name: b, task: parity, peers: {{}}}}")
    ).rows
    assert one.peers == {"rpni": Peer(1), "edsm": Peer(9, 0.5)}
    assert [one.seeds_of(name) for name in ("rpni", "edsm", "gru_kv")] == [range(3, 4), range(3, 5), range(3, 5)]
    assert [one.limit_of(name) for name in ("rpni", "edsm", "gru_kv")] == [5, 0.5, 5]
    assert (other.seeds_of("rpni"), other.limit_of("edsm")) == (range(3, 5), 5)


def test_the_digest_of_a_suite_is_of_all_that_a_trial_depends_on(tmp_path: Path) -> None:
    def digest(peers: str) -> str:
        return read_suite(written(tmp_path, f"{HEAD}{peers}\nrows:\n{ROW}")).digest

    assert digest("") == digest("peers: {rpni: {seeds: 1}}") == digest("peers: {rpni: {limit: 5}}")
    assert digest("") != digest("peers: {rpni: {limit: 6}}")
    # So that what was measured before there was such a thing still counts.
    assert digest("") == digest("asking: false") != digest("asking: true")
    assert digest("") != digest("registers: history")


def test_what_no_table_holds_is_drawn_for_history_registers_alone(tmp_path: Path) -> None:
    row = "  - {name: a, task: crc, parameters: {polynomial: crc32}%s}\n"
    suite = read_suite(written(tmp_path, f"{HEAD}rows:\n{row % ''}"))
    with pytest.raises(ValueError, match="4,294,967,296 states are more than a table holds"):
        suite.rows[0].data(3)
    suite = read_suite(written(tmp_path, f"{HEAD}rows:\n{row % ', registers: history'}"))
    assert len(suite.rows[0].data(3).examples) == 1000
    with pytest.raises(InputError, match="row a: registers is 'bits', expected table or history"):
        read_suite(written(tmp_path, f"{HEAD}rows:\n{row % ', registers: bits'}"))


def test_freezing(tmp_path: Path) -> None:
    text = f"# Why.\n{HEAD}rows:\n  # One.\n{ROW}  - {{name: ab, task: random, redraw: true}}  \n"
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=r"own.yaml: row a: has no digest; --freeze fills it in$"):
        read_suite(path).check(read_suite(path).rows)
    assert freeze(read_suite(path)) == 2
    frozen = path.read_text(encoding="utf-8")
    suite = read_suite(path)
    suite.check(suite.rows)
    assert all(len(row.digest) == DIGITS for row in suite.rows)
    assert frozen.startswith(f"# Why.\n{HEAD}rows:\n  # One.\n  - {{name: a, task: parity, digest: ")
    assert freeze(suite) == 0
    assert path.read_text(encoding="utf-8") == frozen

    # Other data of a name that stays.
    path.write_text(frozen.replace("task: parity", "task: even_pairs"), encoding="utf-8")
    changed = read_suite(path)
    assert changed.digest != suite.digest
    with pytest.raises(
        InputError, match=rf"row a: the data of seed 3 has the digest .*, expected {suite.rows[0].digest}"
    ):
        changed.check(changed.rows)
    changed.check(changed.rows[1:])
    assert freeze(changed) == 1

    path.write_text(f"{HEAD}rows:\n  - name: a\n    task: parity\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row a: not on a line of its own, `- {name: ...}`$"):
        freeze(read_suite(path))


def test_models_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    protocols = find_suite("protocols")
    with pytest.raises(InputError, match=r"models: holds no .dot file$"):
        read_suite(protocols, folder)
    for name in ("two", "one"):
        write_machine(PARITY, folder / f"{name}.dot")
    suite = read_suite(protocols, folder)
    assert [row.name for row in suite.rows] == ["one", "two"]
    suite.check(suite.rows)
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert read_suite(protocols, tmp_path / "elsewhere").digest == suite.digest
    named = written(tmp_path, f"{HEAD}models: [two]\n")
    assert [row.name for row in read_suite(named, folder).rows] == ["two"]
    write_machine(Machine([[0, 1], [0, 1]], PARITY.output, PARITY.inputs, PARITY.outputs), folder / "one.dot")
    assert read_suite(protocols, folder).digest != suite.digest

    for which, models, message in (
        ("all", None, r"own.yaml: takes its machines from a folder of .dot files: MODELS=folder, or --models folder"),
        ("all", tmp_path / "none", r"none: is not a folder of .dot files"),
        ("[three]", folder, r"models: holds no three.dot, which .*own.yaml names"),
        ("some", folder, r"own.yaml: models is 'some', expected `all` or a list of names"),
    ):
        with pytest.raises(InputError, match=rf"{message}$"):
            read_suite(written(tmp_path, f"{HEAD}models: {which}\n"), models)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r":1: is not YAML: .*"),
        ("a: 1\n", r": holds no suite, expected the key `rows`, or `models: all`"),
        ("- a\n", r": holds no suite, expected the key `rows`, or `models: all`"),
        ("rows: []\n", r": `rows` is not a list of rows"),
        ("rows: [a]\n", r": row 1: is not a mapping"),
        (f"{HEAD}rows:\n{ROW}{ROW}", r": row a: stands twice"),
        (f"{HEAD}rows: [{{task: parity}}]", r": row 1: name is missing"),
        ("limit: 5\nrows: [{name: a, task: parity}]", r": row a: seeds is missing"),
        (f"{HEAD}rows: [{{name: a, task: party}}]", r": row a: there is no task family 'party': .*"),
        (f"{HEAD}rows: [{{name: a, task: parity, seed: 1}}]", r": row a: unknown key 'seed', expected one of name, .*"),
        (f"{HEAD}sequences: true\nrows:\n{ROW}", r": row a: sequences is True, expected a whole number"),
        (f"{HEAD}sequences: 0\nrows:\n{ROW}", r": row a: sequences is 0, expected above 0"),
        (f"{HEAD}length: [4, 2]\nrows:\n{ROW}", r": row a: length is \[4, 2\], expected \[shortest, longest\], at .*"),
        (f"{HEAD}length: [4]\nrows:\n{ROW}", r": row a: length is \[4\], expected \[shortest, longest\], at least 1"),
        (f"{HEAD}law: normal\nrows:\n{ROW}", r": row a: law is 'normal', expected task or uniform"),
        (f"{HEAD}flipped: 1\nrows:\n{ROW}", r": row a: flipped is 1, expected a share, 0 to below 1"),
        (f"{HEAD}supervision: 1\nrows:\n{ROW}", r": row a: supervision is 1, expected dense or label"),
        ("limit: 5\nseeds: {first: -1, count: 1}\nrows:\n" + ROW, r": row a: seeds is \{.*\}, expected \{first: .*"),
        (f"{HEAD}peers: {{a: {{}}}}\nrows:\n{ROW}", r": row a: there is no peer 'a', expected some of rpni, edsm, .*"),
        (f"{HEAD}peers: {{rpni: 3}}\nrows:\n{ROW}", r": row a: rpni is 3, expected \{seeds: number, limit: seconds\}"),
        (f"{HEAD}peers: {{rpni: {{seeds: 0}}}}\nrows:\n{ROW}", r": row a: rpni is \{'seeds': 0\}, expected .*"),
        (f"{HEAD}peers: {{rpni: {{seeds: 1.5}}}}\nrows:\n{ROW}", r": row a: rpni is \{'seeds': 1.5\}, expected .*"),
        (f"{HEAD}peers: {{rpni: {{limit: 0}}}}\nrows:\n{ROW}", r": row a: rpni is \{'limit': 0\}, expected .*"),
        ("limit: 5\nseeds: {from: 1}\nrows:\n" + ROW, r": row a: seeds is \{.*\}, expected \{first: .*"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"own\.yaml{message}$"):
        read_suite(written(tmp_path, text))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("task: mod_counter, parameters: {k: 1}", "mod_counter needs k of at least 2, not 1"),
        ("task: parity, parameters: {k: 1}", r".*unexpected keyword argument 'k'|Parity\(\) takes no arguments"),
        ("task: parity, redraw: true", r".*unexpected keyword argument 'seed'|Parity\(\) takes no arguments"),
        ("task: mod_counter, parameters: {k: 5000}", "5,000 states are more than a table holds: there is no reference"),
    ],
)
def test_a_row_whose_task_refuses(row: str, message: str, tmp_path: Path) -> None:
    suite = read_suite(written(tmp_path, f"{HEAD}rows: [{{name: a, {row}}}]"))
    with pytest.raises(InputError, match=rf"own\.yaml: row a: ({message})$"):
        suite.check(suite.rows)


def test_a_suite_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^there is no suite 'big', expected one of hidden, .*, or a file$"):
        find_suite("big")
    path = written(tmp_path, yaml.safe_dump({"rows": [{"name": "a"}]}))
    assert find_suite(str(path)) == path
    with pytest.raises(InputError, match=r"has rows of its own and takes no folder of models$"):
        read_suite(path, tmp_path)


def test_a_noisy_row_and_its_clean_data() -> None:
    row = Row("p", "parity", 20, Seeds(5, 1), sequences=300, flipped=0.1)
    noisy, clean = row.data(5), row.data(5, clean=True)
    assert (noisy.noisy, clean.noisy) == (True, False)
    assert (noisy.examples.words == clean.examples.words).all()
    observed = clean.examples.answers >= 0
    assert 0.05 < (noisy.examples.answers != clean.examples.answers)[observed].mean() < 0.15


def test_without_noise_the_digest_of_a_suite_is_what_it_was(tmp_path: Path) -> None:
    plain = read_suite(written(tmp_path, f"{HEAD}rows:\n{ROW}"))
    assert plain.digest == read_suite(written(tmp_path, f"{HEAD}flipped: 0\nrows:\n{ROW}")).digest
    assert plain.digest != read_suite(written(tmp_path, f"{HEAD}flipped: 0.5\nrows:\n{ROW}")).digest
