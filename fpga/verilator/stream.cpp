// Machines between streams under Verilator: one clock per line of standard input, what they did on standard output.
//
// A line of input holds seven numbers: valid, first, last and symbol of the sink, ready of the source, enable, restart.
// A line of output is the port `observed` in hexadecimal, as it is in that clock, before its edge.

#include <cstdio>

#include "Vsim.h"
#include "verilated.h"

namespace {

// A port of up to 64 bits is a number, a wider one an array of words, the lowest first.
void print(uint64_t value) { std::printf("%llx\n", static_cast<unsigned long long>(value)); }

template <std::size_t words>
void print(const VlWide<words>& value) {
    for (std::size_t word = words; word-- > 0;) std::printf("%08x", value[word]);
    std::printf("\n");
}

}  // namespace

int main() {
    VerilatedContext context;
    // Registers without an initial value, as those of a block RAM's output, start at random.
    context.randReset(2);
    context.randSeed(1);
    Vsim top(&context);
    unsigned valid, first, last, symbol, ready, enable, restart;
    while (std::scanf("%u %u %u %u %u %u %u", &valid, &first, &last, &symbol, &ready, &enable, &restart) == 7) {
        top.valid = valid;
        top.first = first;
        top.last = last;
        top.symbol = symbol;
        top.ready = ready;
        top.enable = enable;
        top.restart = restart;
        top.sys_clk = 0;
        top.eval();
        print(top.observed);
        top.sys_clk = 1;
        top.eval();
    }
    top.final();
    return 0;
}
