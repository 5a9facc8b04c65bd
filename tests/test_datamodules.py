"""Where examples and batches come from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from datamodules import CounterexampleSampler, FileData, SampledData, SequenceData
from seqlogic.errors import InputError
from seqlogic.formats import write_machine
from seqlogic.machine import Alphabet, Machine
from seqlogic.prefix_tree import PrefixTree
from tasks import CycleNavigation, Delay, MachineFile, ModCounter, Parity, RandomMachine
from tests.captures import capture

PARITY = Parity().reference()


def batches(data: SequenceData, epoch: int, length: int = 8) -> list[PrefixTree]:
    """The batches of one epoch, cut to this length."""
    data.trainer = SimpleNamespace(current_epoch=epoch)  # type: ignore[assignment]
    data.sampler.cut(length)
    return list(data.train_dataloader())


def shown(trees: list[PrefixTree]) -> list[list[list[int]]]:
    """Batches as plain values."""
    return [
        [array.tolist() for level in tree.levels for array in (level.parent, level.symbol, level.answer, level.count)]
        for tree in trees
    ]


def test_a_random_machine_and_its_examples_are_drawn_independently() -> None:
    # From one stream, the lengths of the first sequences would tell the machine's transitions.
    lengths, targets = [], []
    for seed in range(200):
        task = RandomMachine(states=16, seed=seed)
        data = SampledData(task=task, sequences=32, max_length=16, seed=seed)
        lengths.append(data.examples.lengths)
        targets.append(task.targets.ravel())
    together = np.corrcoef(np.ravel(lengths), np.ravel(targets))[0, 1]
    assert abs(together) < 0.05


def test_half_of_a_batch_are_mistakes() -> None:
    sampler = CounterexampleSampler(np.ones((1000, 8), dtype=bool), batch_size=20)
    rng = np.random.default_rng(0)
    # So often each of the mistakes is drawn, in all so many rows.
    for mistakes, times, drawn in ((0, 0, 0), (1, 10, 10), (4, 2, 8), (10, 1, 10), (400, 1, 10)):
        sampler.mistakes = np.arange(mistakes)
        rows = sampler.draw(rng)
        assert len(rows) == 20
        # The other half comes from all sequences, mistakes among them.
        assert (rows[:drawn] < mistakes).all()
        assert (np.unique(rows[:drawn], return_counts=True)[1] == times).all()
        assert len(set(rows[drawn:].tolist())) == 20 - drawn
    sampler.mistakes = np.zeros(0, dtype=np.int64)
    assert np.mean([sampler.draw(rng).mean() for _ in range(200)]) == pytest.approx(499.5, abs=20)


@pytest.mark.parametrize(
    # The words show 4 and 12 outputs in turn.
    ("length", "outputs", "size"),
    [(12, 160, 20), (12, 168, 21), (8, 240, 40), (4, 160, 40), (4, 161, 41), (4, 10**6, 1000)],
)
def test_a_batch_shows_as_many_outputs_as_the_curriculum_asks_for(length: int, outputs: int, size: int) -> None:
    sampler = CounterexampleSampler(np.arange(12) < np.tile([[4], [12]], (500, 1)), batch_size=20)
    sampler.cut(length, outputs)
    rows = sampler.draw(np.random.default_rng(0)).tolist()
    assert len(rows) == len(set(rows)) == size


def test_a_sequence_that_shows_nothing_yet_is_not_drawn() -> None:
    # Labels: word i shows its one output after symbol i + 1.
    sampler = CounterexampleSampler(np.eye(50, dtype=bool), batch_size=4)
    sampler.cut(10)
    drawn = {int(row) for seed in range(50) for row in sampler.draw(np.random.default_rng(seed))}
    assert drawn == set(range(10))
    sampler.cut(3)
    assert sampler.draw(np.random.default_rng(0)).tolist() == [0, 1, 2]


def test_a_batch_that_holds_all_sequences_holds_mistakes_more_often() -> None:
    sampler = CounterexampleSampler(np.ones((20, 8), dtype=bool), batch_size=20)
    rng = np.random.default_rng(0)
    for mistakes, times in (([], 0), ([3], 10), ([3, 5, 7], 3)):
        sampler.mistakes = np.array(mistakes, dtype=np.int64)
        assert sampler.draw(rng).tolist() == [*range(20), *np.repeat(mistakes, times).tolist()]


def test_batches_depend_on_the_seed_and_the_epoch_alone() -> None:
    def data(seed: int) -> SampledData:
        return SampledData(task=ModCounter(k=3), sequences=300, batch_size=16, steps_per_check=3, seed=seed)

    first = shown(batches(data(0), epoch=4))
    assert len(first) == 3
    assert shown(batches(data(0), epoch=4)) == first
    assert shown(batches(data(0), epoch=5)) != first
    assert shown(batches(data(1), epoch=4)) != first
    assert first[0] != first[1]


def test_batches_are_cut_to_the_length_of_the_curriculum() -> None:
    data = SampledData(task=Parity(), sequences=50, min_length=9, max_length=9)
    for length in (1, 5, 9):
        assert {len(tree.levels) for tree in batches(data, 0, length)} == {length}


def test_the_sampler_goes_on_from_a_checkpoint() -> None:
    one, two = (SampledData(task=Parity(), sequences=100, batch_size=10) for _ in range(2))
    one.sampler.mistakes = np.array([5, 7, 50])
    two.load_state_dict(one.state_dict())
    assert shown(batches(two, 1)) == shown(batches(one, 1))


def test_the_sampler_does_not_go_on_with_other_examples() -> None:
    one, two = (SampledData(task=Parity(), sequences=100, seed=seed) for seed in (0, 1))
    with pytest.raises(InputError, match=r"^the examples have changed since the run was interrupted; restore them"):
        two.load_state_dict(one.state_dict())


def test_a_seed_draws_the_same_examples() -> None:
    drawn = [SampledData(task=Parity(), sequences=40, seed=seed).examples for seed in (0, 0, 1)]
    assert drawn[0].words.tolist() == drawn[1].words.tolist() != drawn[2].words.tolist()
    assert {tuple(examples.words.shape) for examples in drawn} == {(40, 32)}


def test_flipped_outputs_are_others_and_the_rest_is_as_it_was() -> None:
    clean = SampledData(task=CycleNavigation(k=5), sequences=400, missing=0.3)
    noisy = SampledData(task=CycleNavigation(k=5), sequences=400, missing=0.3, flipped=0.1)
    assert (clean.noisy, noisy.noisy) == (False, True)
    before, after = clean.examples, noisy.examples
    assert (before.words == after.words).all()
    assert ((before.answers >= 0) == (after.answers >= 0)).all()
    observed = before.answers >= 0
    wrong = before.answers[observed] != after.answers[observed]
    assert 0.08 < wrong.mean() < 0.12
    # Each of the other four symbols takes its share.
    steps = (after.answers[observed] - before.answers[observed])[wrong] % 5
    assert np.bincount(steps, minlength=5)[1:].min() > 0.2 * wrong.sum()


def test_corrupt_sequences_are_wrong_from_end_to_end() -> None:
    clean = SampledData(task=CycleNavigation(k=5), sequences=400, min_length=20)
    noisy = SampledData(task=CycleNavigation(k=5), sequences=400, min_length=20, corrupt=0.1)
    wrong = (clean.examples.answers != noisy.examples.answers).mean(axis=1)
    assert 0.05 < (wrong > 0).mean() < 0.15
    # A symbol drawn at random is right one time in five.
    assert wrong[wrong > 0].mean() > 0.4


def test_supervision_is_dense_missing_or_a_label() -> None:
    dense = SampledData(task=Parity(), sequences=400, min_length=2, max_length=9).examples
    inside = dense.words >= 0
    assert (dense.answers[inside] >= 0).all()
    missing = SampledData(task=Parity(), sequences=400, min_length=2, max_length=9, missing=0.4).examples
    observed = missing.answers >= 0
    assert missing.words.tolist() == dense.words.tolist()
    assert (missing.answers[observed] == dense.answers[observed]).all()
    assert observed[inside].mean() == pytest.approx(0.6, abs=0.05)
    label = SampledData(task=Parity(), sequences=400, min_length=2, max_length=9, supervision="label").examples
    observed = label.answers >= 0
    assert observed.sum(axis=1).tolist() == [1] * 400
    assert observed.argmax(axis=1).tolist() == (dense.lengths - 1).tolist()
    assert (label.answers[observed] == dense.answers[observed]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sequences": 0}, "0 sequences: expected at least 1"),
        ({"min_length": 0}, "lengths from 0 to 32: expected 1 <= min_length <= max_length"),
        ({"min_length": 33}, "lengths from 33 to 32: expected 1 <= min_length <= max_length"),
        ({"missing": 1.0}, "a share of 1.0 missing outputs: expected 0 to below 1"),
        ({"flipped": 1.0}, "a share of 1.0 flipped outputs: expected 0 to below 1"),
        ({"corrupt": -0.1}, "a share of -0.1 corrupt sequences: expected 0 to below 1"),
        ({"missing": 0.5, "supervision": "label"}, "a share of 0.5 missing outputs: expected 0 with labels, which are "
         "all there is"),
        ({"batch_size": 0}, "batch_size is 0, expected at least 1"),
        ({"steps_per_check": 0}, "steps_per_check is 0, expected at least 1"),
    ],
)  # fmt: skip
def test_impossible_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        SampledData(task=Parity(), **arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_machine_file_gives_its_own_words_back(tmp_path: Path) -> None:
    (tmp_path / "m.kiss2").write_text(".i 1\n.o 2\n.r a\n0 a a 0-\n1 a a 11\n.e\n")
    data = SampledData(task=MachineFile(file=tmp_path / "m.kiss2"), sequences=20)
    assert data.words is not None
    assert data.words.tolist() == [[3, 3], [0, 2]]
    learned = Machine([[0, 0]], [[1, 0]], data.examples.inputs, data.examples.outputs)
    assert data.express(learned).digest == data.reference().digest


def test_a_task_that_no_table_holds_is_refused_before_the_training() -> None:
    SampledData(task=Delay(d=12)).check_reference()
    data = SampledData(task=Delay(d=13))
    assert len(data.examples) == 500
    with pytest.raises(InputError, match=r"^8,192 states are more than a table holds, expected at most 4,096$"):
        data.check_reference()


class TestFileData:
    """Example files."""

    def file(self, folder: Path, text: str) -> Path:
        (folder / "data.txt").write_text(text)
        return folder / "data.txt"

    def test_reads_the_file(self, tmp_path: Path) -> None:
        data = FileData(file=self.file(tmp_path, "0 1\t0 1\n1 1\t1 0\n"))
        assert data.examples.words.tolist() == [[0, 1], [1, 1]]
        assert data.reference() is None
        assert (data.words, data.express(PARITY)) == (None, PARITY)

    def test_declared_alphabets_may_hold_more(self, tmp_path: Path) -> None:
        data = FileData(file=self.file(tmp_path, "1\tx\n"), inputs=["1", "0"], outputs=["y", "x"])
        assert data.examples.words.tolist() == [[0]]
        assert data.examples.answers.tolist() == [[1]]
        assert data.examples.inputs == Alphabet.of("10")

    @pytest.mark.parametrize(
        ("text", "arguments", "message"),
        [
            ("# c\n0 1\t0 1\n1\t1\n0 1 1\t0 0 1\n", {}, "{file}: lines 2 and 4 contradict each other: after the same 2 "
             "input symbols one shows 1, the other 0; a deterministic machine cannot do both; if outputs may be wrong, "
             "say so with data.noisy"),
            ("1\t- \n", {"outputs": ["x"]}, "{file}: no output was observed in any example"),
            ("1\t1\n", {"inputs": ["a"]}, "{file}:1: unknown symbol '1', expected one of: a"),
            ("1\t1\n", {"inputs": ["a", "a"]}, "data.inputs: symbol 'a' stands twice in the alphabet"),
        ],
    )  # fmt: skip
    def test_faults_name_the_file(
        self, tmp_path: Path, text: str, arguments: dict[str, list[str]], message: str
    ) -> None:
        file = self.file(tmp_path, text)
        with pytest.raises(InputError) as error:
            FileData(file=file, **arguments).examples  # type: ignore[arg-type]  # noqa: B018
        assert str(error.value) == message.format(file=file)

    def test_a_reference_of_the_same_symbols(self, tmp_path: Path) -> None:
        write_machine(PARITY, tmp_path / "parity.kiss2")
        data = FileData(file=self.file(tmp_path, "0 1\t0 1\n"), reference_file=tmp_path / "parity.kiss2")
        data.check_reference()
        reference = data.reference()
        assert reference is not None
        assert reference.digest == PARITY.digest

    def test_outputs_may_be_some_of_those_of_a_named_reference(self, tmp_path: Path) -> None:
        named = Machine(PARITY.next_state, [[2, 1], [1, 2]], Alphabet.of("10"), Alphabet.of("xyz"))
        write_machine(named, tmp_path / "named.json")
        data = FileData(file=self.file(tmp_path, "0 1\ty z\n"), reference_file=tmp_path / "named.json")
        data.check_reference()
        assert data.examples.outputs == Alphabet.of("yz")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a\t0\n", "{file}: input symbol 'a' is not in {reference}"),
            ("0\t0\n", "{reference}: input symbol '1' is not in {file}"),
            ("0 1\t0 2\n", "{file}: output symbol '2' is not in {reference}"),
            ("0 1\t0 0\n", "{reference}: output symbol '1' is not in {file}"),
        ],
    )
    def test_a_reference_of_other_symbols_is_refused_before_the_training(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        reference = tmp_path / "parity.kiss2"
        write_machine(PARITY, reference)
        file = self.file(tmp_path, text)
        with pytest.raises(InputError) as error:
            FileData(file=file, reference_file=reference).check_reference()
        assert str(error.value).startswith(message.format(file=file, reference=reference))

    def test_words_of_bits_stand_in_their_order(self, tmp_path: Path) -> None:
        write_machine(PARITY, tmp_path / "parity.kiss2")
        file = self.file(tmp_path, "0 1\t0 1\n")
        data = FileData(file=file, inputs=["1", "0"], reference_file=tmp_path / "parity.kiss2")
        with pytest.raises(InputError, match=r"input symbols are not in the order of words of bits, expected 0 1$"):
            data.check_reference()

    def test_the_digest_is_of_words_answers_and_alphabets(self, tmp_path: Path) -> None:
        texts = ["0 1\t0 1\n", "0 1\t0 -\n", "1 0\t0 1\n", "0 1\ta b\n", "0 1\t0 1\n1\t0\n", "# c\n0 1\t0 1\n"]
        digests = [FileData(file=self.file(tmp_path, text)).examples.digest for text in texts]
        assert digests[-1] == digests[0]
        assert len(set(digests)) == len(texts) - 1
        declared = FileData(file=self.file(tmp_path, texts[0]), inputs=["0", "1", "2"]).examples.digest
        assert declared not in digests

    @pytest.mark.parametrize("name", ["data.csv", "data.TSV"])
    def test_reads_csv_by_its_suffix(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("run,rst,a,b,y\n1,1,x,x,x\n1,0,0,1,1\n1,0,1,1,0\n2,0,1,1,1\n")
        data = FileData(
            file=tmp_path / name,
            inputs=["1,0", "1,1"],
            outputs=["1", "0"],
            input_columns=["b", "a"],
            output_columns=["y"],
            sequence_column="run",
            reset_column="rst",
        )
        assert data.examples.words.tolist() == [[0, 1], [1, -1]]
        assert data.examples.answers.tolist() == [[0, 1], [0, -1]]
        assert data.examples.inputs == Alphabet.of(["1,0", "1,1"])
        assert data.examples.lines == (3, 5)

    def test_the_columns_say_where_sequences_begin(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text("run,rst,a,y\n1,0,0,0\n2,0,0,0\n2,1,0,0\n2,0,0,0\n2,0,0,0\n")
        lines = {
            (run, reset): FileData(
                file=tmp_path / "x.csv",
                input_columns=["a"],
                output_columns=["y"],
                sequence_column=run,
                reset_column=reset,
            ).examples.lines
            for run in (None, "run")
            for reset in (None, "rst")
        }
        expected = {(None, None): (2,), ("run", None): (2, 3), (None, "rst"): (5,), ("run", "rst"): (2, 3, 5)}
        assert lines == expected

    def test_reads_vcd_by_its_suffix(self, tmp_path: Path) -> None:
        rows = [
            {"rst": "0", "en": "1", "a": "11", "y": "0"},
            {"rst": "1", "a": "10", "y": "1"},
            {"en": "0", "a": "00"},
            {"en": "1", "a": "01", "y": "0"},
        ]
        (tmp_path / "x.vcd").write_bytes(capture({"rst": 1, "en": 1, "a": 2, "y": 1}, rows, edge="falling", delay=9))
        data = FileData(
            file=tmp_path / "x.vcd",
            outputs=["1", "0"],
            input_columns=["a[0]", "a[1]"],
            output_columns=["y"],
            reset_column="rst",
            clock_column="clk",
            enable_column="en",
            edge="falling",
            reset_level=0,
            registered=True,
        )
        assert data.examples.words.tolist() == [[1, 2]]
        assert data.examples.answers.tolist() == [[0, -1]]
        assert data.examples.inputs == Alphabet.words(2)
        assert data.examples.outputs == Alphabet.of("10")

    def test_reads_csv_with_a_clock(self, tmp_path: Path) -> None:
        rows = ["clk,rst,en,a,b,y", "1,0,1,1,1,0", "0,0,1,1,1,0", "1,1,1,1,0,1", "0,1,1,1,0,1", "1,1,0,0,0,1"]
        rows += ["0,1,0,0,0,1", "1,1,1,0,1,0", "0,1,1,0,1,0"]
        (tmp_path / "x.csv").write_text("\n".join(rows))
        data = FileData(
            file=tmp_path / "x.csv",
            outputs=["1", "0"],
            input_columns=["b", "a"],
            output_columns=["y"],
            reset_column="rst",
            clock_column="clk",
            enable_column="en",
            edge="falling",
            reset_level=0,
            registered=True,
        )
        assert data.examples.words.tolist() == [[1, 2]]
        assert data.examples.answers.tolist() == [[0, -1]]
        assert data.examples.inputs == Alphabet.words(2)
        assert data.examples.outputs == Alphabet.of("10")

    @pytest.mark.parametrize("name", ["data.abb", "data.abbadingo", "data.ABB"])
    def test_reads_abbadingo_by_its_suffix(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("2 2\n1 2 0 1\n0 1 0\n")
        data = FileData(file=tmp_path / name, inputs=["1", "0"], outputs=["0", "1", "2"])
        assert data.examples.words.tolist() == [[1, 0], [1, -1]]
        assert data.examples.answers.tolist() == [[-1, 1], [0, -1]]
        assert len(data.examples.outputs) == 3

    @pytest.mark.parametrize(
        ("name", "arguments", "message"),
        [
            ("x.csv", {}, "x.csv: is CSV, which needs data.input_columns, a list of its columns"),
            ("x.tsv", {"input_columns": ["a"]},
             "x.tsv: is CSV, which needs data.output_columns, a list of its columns"),
            ("x.csv", {"input_columns": [], "output_columns": ["y"]},
             "x.csv: is CSV, which needs data.input_columns, a list of its columns"),
            ("x.txt", {"input_columns": ["a"]}, "x.txt: data.input_columns is for CSV (.csv, .tsv) and VCD (.vcd)"),
            ("x.abb", {"output_columns": ["a"]}, "x.abb: data.output_columns is for CSV (.csv, .tsv) and VCD (.vcd)"),
            ("x", {"sequence_column": "a"}, "x: data.sequence_column is for CSV (.csv, .tsv)"),
            ("csv", {"reset_column": "a"}, "csv: data.reset_column is for CSV (.csv, .tsv) and VCD (.vcd)"),
            ("vcd", {"clock_column": "a"}, "vcd: data.clock_column is for CSV (.csv, .tsv) and VCD (.vcd)"),
            ("x.vcd", {"input_columns": ["a"], "output_columns": ["y"]},
             "x.vcd: is VCD, which needs data.clock_column, one of its signals"),
        ],
    )  # fmt: skip
    def test_columns_are_for_some_formats_and_needed_there(
        self, name: str, arguments: dict[str, object], message: str
    ) -> None:
        with pytest.raises(InputError) as error:
            FileData(file=name, **arguments)  # type: ignore[arg-type]
        assert str(error.value) == message

    def test_words_whose_labels_are_not_known_teach_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "test.abb").write_text("1 2\n-1 1 0\n")
        with pytest.raises(InputError, match=r"test\.abb: no output was observed in any example$"):
            FileData(file=tmp_path / "test.abb").examples  # noqa: B018


def test_there_must_be_something_to_learn_from() -> None:
    with pytest.raises(TypeError, match=r"abstract method '?load"):
        SequenceData()  # type: ignore[abstract]
