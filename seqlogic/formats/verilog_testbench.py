"""A self-checking Verilog test bench for the stream module of a machine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqlogic.completion import complete
from seqlogic.formats.verilog_text import Vector, check_name, range_of, stream_ports
from seqlogic.machine import Machine

__all__ = ["render_testbench"]

_TEXT = """\
// Test bench of {name}: {count} symbols in {words} words, with random stalls on both sides. Written by seqlogic.
module {name}_tb;

    localparam COUNT = {count};
    localparam I = {ins};
    localparam O = {outs};

    reg clk = 1'b0;
    reg rst = 1'b1;
    always #5 clk = ~clk;

    // One row per symbol: first, last, symbol; expected error and answer; which bits of these are known; its place.
    reg [I + 1:0] stimulus [0:COUNT - 1];
    reg [O:0] expected [0:COUNT - 1];
    reg [O:0] known [0:COUNT - 1];
    integer word [0:COUNT - 1];
    integer place [0:COUNT - 1];

    task row(input integer at, input [I + 1:0] s, input [O:0] e, input [O:0] k, input integer w, input integer p);
        begin
            stimulus[at] = s;
            expected[at] = e;
            known[at] = k;
            word[at] = w;
            place[at] = p;
        end
    endtask

    integer sent = 0;
    integer received = 0;
    integer cycles = 0;
    integer quiet = 0;
    reg [31:0] lfsr = 32'h5eed1e55;

    reg sink_valid = 1'b0;
    reg source_ready = 1'b0;
    wire sink_ready;
    wire source_valid;
    wire source_first;
    wire source_last;
    wire source_error;
    wire {ins_range}sink_symbol;
    wire {outs_range}source_symbol;
    wire sink_first;
    wire sink_last;
    assign {{sink_first, sink_last, sink_symbol}} = sink_valid ? stimulus[sent] : {{(I + 2){{1'bx}}}};

    {name} dut (
        .clk(clk), .rst(rst),
        .sink_valid(sink_valid), .sink_ready(sink_ready), .sink_first(sink_first), .sink_last(sink_last),
{sink_ports},
        .source_valid(source_valid), .source_ready(source_ready), .source_first(source_first),
        .source_last(source_last), .source_error(source_error), .state(),
{source_ports}
    );

    wire [O:0] answer = {{source_error, source_symbol}};
    reg [O + 2:0] held;
    reg stalled = 1'b0;

    always @(posedge clk) begin
        cycles <= cycles + 1;
        // The maximal Galois LFSR of 32 bits.
        lfsr <= lfsr[0] ? (lfsr >> 1) ^ 32'h80200003 : lfsr >> 1;
        rst <= cycles < 3;
        if (!rst) begin
            source_ready <= lfsr[3] | lfsr[7];
            // A symbol that is offered stays until it is taken.
            if (sink_valid & sink_ready) begin
                sent <= sent + 1;
                sink_valid <= sent + 1 < COUNT && (lfsr[11] | lfsr[17]);
            end else if (!sink_valid)
                sink_valid <= sent < COUNT && lfsr[11];
            stalled <= source_valid & ~source_ready;
            held <= {{source_first, source_last, answer}};
            if (stalled && (source_valid !== 1'b1 || held !== {{source_first, source_last, answer}})) begin
                $display("FAIL word %0d symbol %0d: the answer changed before it was taken", word[received],
                         place[received]);
                $fatal;
            end
            if (source_valid & source_ready) begin
                if (received == COUNT) begin
                    $display("FAIL an answer after the last symbol");
                    $fatal;
                end
                if (((answer ^ expected[received]) & known[received]) !== {{(O + 1){{1'b0}}}}
                    || {{source_first, source_last}} !== stimulus[received][I + 1:I]) begin
                    $display("FAIL word %0d symbol %0d: expected %b got %b (first, last, error, symbol)",
                             word[received], place[received], {{stimulus[received][I + 1:I], expected[received]}},
                             {{source_first, source_last, answer}});
                    $fatal;
                end
                received <= received + 1;
            end
            // Whatever came without having been asked for would come by now.
            quiet <= received == COUNT ? quiet + 1 : 0;
            if (quiet == 20) begin
                $display("PASS %0d symbols", received);
                $finish;
            end
            if (cycles > 64 * COUNT + 1000) begin
                $display("FAIL %0d of %0d answers after %0d cycles", received, COUNT, cycles);
                $fatal;
            end
        end
    end

    initial begin
{rows}
    end

endmodule
"""


def render_testbench(machine: Machine, words: Sequence[Sequence[int]], name: str, *, unknown: str = "flag") -> str:
    """Return a self-checking test bench for the stream module of a machine, for Icarus and for Verilator.

    It sends the words with random stalls on both sides, compares each answer, and checks that none changes before it
    is taken. It prints `PASS <n> symbols` and finishes, or `FAIL word <i> symbol <j>: expected .. got ..` and stops
    with `$fatal`. For `verilator --binary --timing` and `iverilog -g2012`.

    Args:
        machine: the machine, not yet completed.
        words: bit patterns of the input; one that is no symbol must be answered with `error`.
        name: of the stream module; the test bench is called `<name>_tb`.
        unknown: what `complete` was told: with "free", what is not known is not compared.

    Raises:
        ValueError: a name that is no identifier, no symbols, or one that the input port cannot hold.
    """
    check_name(name)
    whole = complete(machine, unknown=unknown)
    ins, outs = machine.inputs.width, machine.outputs.width
    words = [word for word in words if len(word)]
    if not words:
        raise ValueError("no symbols to send")
    rows: list[str] = []
    for number, word in enumerate(words):
        if min(word) < 0:
            raise ValueError(f"a word holds {min(word)}, outside {ins} bits")
        output, care = whole.run(np.array([word]))
        for place, (symbol, value, known) in enumerate(zip(word, output[0], care[0], strict=True)):
            sent = int(symbol) | int(place == len(word) - 1) << ins | int(place == 0) << ins + 1
            fields = [f"{ins + 2}'h{sent:x}", f"{outs + 1}'h{value & known:x}", f"{outs + 1}'h{known:x}", number, place]
            rows.append(f"        row({', '.join(map(str, [len(rows), *fields]))});")
    named = stream_ports(machine, name)
    return _TEXT.format(
        sink_ports=_connected("sink_symbol", named[0], ins),
        source_ports=_connected("source_symbol", named[1], outs),
        name=name,
        count=len(rows),
        words=len(words),
        ins=ins,
        outs=outs,
        ins_range=range_of(ins),
        outs_range=range_of(outs),
        rows="\n".join(rows),
    )


def _connected(symbol: str, named: Sequence[Vector], width: int) -> str:
    """The connections of the ports of a symbol, of its signals if they have names."""
    ports = named or [Vector(symbol, tuple(range(width)))]
    return ",\n".join(f"        .{port.name}({symbol}{_part(port.members, width)})" for port in ports)


def _part(bits: Sequence[int], width: int) -> str:
    if len(bits) == width:
        return ""
    return f"[{bits[0]}]" if len(bits) == 1 else f"[{bits[-1]}:{bits[0]}]"
