// A module under Verilator, and a VCD of some of its signals: one clock per line of standard input.
//
//   simulator FILE SIGNAL...    where the VCD goes, and the paths of the signals in it
//
// A line of input is a number, the inputs of the module, given to the port `pins`; they change with the falling edge.

#include <cstdio>

#include "Vsim.h"
#include "verilated.h"
#include "verilated_vcd_c.h"

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    VerilatedContext context;
    context.traceEverOn(true);
    // Registers without an initial value start at random.
    context.randReset(2);
    context.randSeed(1);
    Vsim top(&context);
    VerilatedVcdC trace;
    top.trace(&trace, 0);
    for (int signal = 2; signal < argc; ++signal) trace.dumpvars(1, argv[signal]);
    trace.open(argv[1]);
    unsigned pins;
    for (uint64_t time = 0; std::scanf("%u", &pins) == 1; time += 2) {
        top.pins = pins;
        top.clock = 0;
        top.eval();
        trace.dump(time);
        top.clock = 1;
        top.eval();
        trace.dump(time + 1);
    }
    top.final();
    trace.close();
    return 0;
}
