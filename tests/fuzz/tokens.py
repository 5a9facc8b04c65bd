"""What the formats are made of, for mutations to put in."""

from __future__ import annotations

__all__ = [
    "AIGER_TOKENS",
    "BLIF_TOKENS",
    "CERTIFICATE_TOKENS",
    "CONFIGURATION_TOKENS",
    "DOT_TOKENS",
    "EXAMPLE_TOKENS",
    "JSON_TOKENS",
    "KISS2_TOKENS",
    "NPY_TOKENS",
    "PICKLE_TOKENS",
    "VCD_TOKENS",
    "words",
]


def words(text: str, *more: bytes) -> tuple[bytes, ...]:
    """The words of a text, and more tokens that hold blanks or are no text."""
    return (*text.encode().split(), *more)


VCD_TOKENS = words(
    "$comment $date $dumpall $dumpoff $dumpon $dumpvars $end $enddefinitions $scope $timescale $upscope $var $version "
    "#0 #5 #10 #-1 #9223372036854775808 0c 1c xc zc b0 b1 bx b0101 bxz r1e9 rnan rinf s sx a y clk rst en module begin "
    "fork function task wire reg integer real realtime string event parameter supply0 tri logic 1 2 4 64 0 -1 "
    "[1:0] [0:1] [-1:0] [0] [16777215:0] 16777216 16777217 1ns 10ps 100fs L H U W - \\ [ ]"
)

CONFIGURATION_TOKENS = words(
    "name: run: data: class_path: init_args: task: file: trainer: max_epochs: max_time: callbacks: logger: strategy: "
    "accelerator: devices: precision: model: capacity: optimizer: population: curriculum: noise: seed_everything: "
    "config: uniqueness: datamodules.FileData datamodules.SampledData tasks.Parity tasks.MachineFile os.system "
    "builtins.eval lightning.pytorch.callbacks.Timer torch.nn.Module subprocess.Popen null true false ~ .inf .nan "
    "1e999 0x1F 0b1 0o7 1:60 2001-99-99 2001-12-14 2001-12-14t21:59:43.10-99:99 &a *a <<: ? | > - [ ] { } : , % @ ` "
    "!!python/object/apply:os.system !!python/name:os.system !!python/module:os !!int !!float !!bool !!timestamp "
    "!!binary !!set !!omap !!pairs !!null !!map !!seq !!str !!merge !x --- ...",
    *(b"- - ", b"&a [*a]", b"{a: ", b": \n  ", b"? ? ", b"[[", b"%YAML 1.1\n---\n"),
)

PICKLE_TOKENS = (
    *(
        b"cos\nsystem\n(S'touch pwned'\ntR",
        b"cbuiltins\neval\n",
        b"ctorch\nFloatStorage\n",
        b"ccollections\nOrderedDict\n",
    ),
    *(
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"ctorch._utils\n_rebuild_parameter\n",
        b"ctorch.nn\nModule\n",
        b"Q",
        b"R",
    ),
    *(
        b"}",
        b")",
        b"(",
        b"t",
        b"u",
        b"s",
        b"q\x00",
        b"h\x00",
        b"r\x00\x00\x00\x10",
        b"K\x01",
        b"J\xff\xff\xff\x7f",
        b".",
    ),
    *(b"N", b"\x88", b"\x89", b"\x8a\xff", b"X\xff\xff\xff\x7f", b"X\x01\x00\x00\x00a", b"\x80\x02", b"\x80\xff", b"b"),
    *(b"\x81", b"\x93", b"\x95\xff\xff\xff\xff\xff\xff\xff\xff", b"e", b"a", b"]", b"l", b"d", b"0", b"2", b"\x85"),
)

KISS2_TOKENS = words(
    '.i .o .p .s .r .e .end .ilb .ob .model 0 1 - * -- 01 1- 12 13 30 31 s0 s1 a b # moore input output = "coin" "a" '
    "data[1] data[0] \\u0000 \\ud800",
    *(b"# moore\n", b'# input 0 = "x"\n', b'# output 01 = "y"\n', b".i 12\n.o 30\n", b"- * * -\n"),
)

AIGER_TOKENS = words(
    "aag aig 0 1 2 3 4 5 13 100 4194304 4294967295 99999999999 -1 i0 i9 l0 o0 b0 c0 j0 f0 c symbol[0] state[0] \xe4",
    *(b"\n", b"aag 3 1 1 1 1\n", b"i0 a\n", b"l0 output[0]\n", b"c\n", b"\x00", b"\x02", b"\x7f", b"\x80", b"\xff" * 6),
)

BLIF_TOKENS = words(
    ".model .inputs .outputs .names .latch .clock .end .subckt .gate .mlatch .exdc .search .start_kiss .area .foo re "
    "fe ah as NIL 0 1 2 3 4 - 11 1- symbol[0] state[0] output[0] n5 a \\ # = \xe4",
    *(b"\n", b"\\\n", b".names a a\n", b".latch a b re c 2\n", b".inputs a\n", b"1 1\n", b"0\n", b"-" * 300),
)

DOT_TOKENS = words(
    "digraph strict graph node edge subgraph { } [ ] -> -- ; , : + = label shape circle doublecircle record Mrecord "
    's0 s1 __start0 __unknown "a/b" "a|b" "{a|b}" "x / 1" // /* */ # < > \\n \\N \\" &#47; &#1114112; &lt; &amp; bits '
    ".5 -1",
    *(b"// kind: moore\n", b"// kind: mealy\n", b"// inputs: 3 bits\n", b"// outputs: 24 bits\n", b"s0 -> s1 "),
    *(b"// inputs: 30 bits\n", b'// inputs: ["a", "b"]\n', b'// output signals: [["q", 1]]\n'),
    b"// inputs: " + b"[" * 3000 + b"\n",
)

JSON_TOKENS = words(
    '{ } [ ] : , " "format" "seqlogic-machine" "version" 1 2 -1 -2 0 "kind" "mealy" "moore" "inputs" "outputs" "bits" '
    '{"bits":30} {"bits":1} "initial" "next_state" "output" "care" "states" "input_signals" "output_signals" null true '
    '1.5 1e9 NaN Infinity -0 2147483648 "\\ud800" "\\u0000" "\\n" [["q",1]] [[0,1],[1,0]]'
)

CERTIFICATE_TOKENS = (
    *JSON_TOKENS,
    *words(
        '"verdict" "exact" "conforms" "differs" "likely" "consistent" "links" "files" "tool" "run" "sha256" "name" '
        '"method" "left" "right" "result" "equal" "counterexample" "details" "reason" "hard.npz" "../x" "/etc/passwd" '
        '"machine.json" "certificate.json" "a/../b" "\\u0000" "core.v" "undecided" "gateware"'
    ),
)

NPY_TOKENS = words(
    "'descr' 'fortran_order' 'shape' '|u1' '<i4' '|O' True False None (2,) (2,2,2) (0,) (-1,) () 2L 1e3 { } ( ) , ' "
    "transition emission initial words .npy __import__('os') 2**99 'V9999999999' [('a','O')]",
    *(b"\x93NUMPY\x01\x00v\x00", b"\x93NUMPY\x02\x00", b"\x93NUMPY", b"\xff\xff", b"(" * 300, b"-" * 3000),
)

EXAMPLE_TOKENS = words("0 1 a - # yes", b"\t", b" ")
