// A bare machine under Verilator: how long it takes for words, one symbol per clock, and what it answers.
//
//   simulator LENGTH    the symbols of a word; each word begins with a reset
//
// Standard input holds the symbols, 32 bits each. Standard output is one line: the seconds of the processor that one pass
// over them takes, after one that warms up, and the checksum of its answers, 31 times what it was plus the next answer.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "Vsim.h"
#include "verilated.h"

namespace {

void clock_edge(Vsim& top) {
    top.clk = 1;
    top.eval();
    top.clk = 0;
}

double seconds_of_processor() {
    std::timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

uint64_t pass(Vsim& top, const std::vector<uint32_t>& symbols, std::size_t length) {
    uint64_t checksum = 0;
    for (std::size_t word = 0; word < symbols.size(); word += length) {
        top.rst = 1;
        top.eval();
        clock_edge(top);
        top.rst = 0;
        for (std::size_t place = word; place < word + length; ++place) {
            top.symbol = symbols[place];
            top.eval();
            checksum = 31 * checksum + top.output_;
            clock_edge(top);
        }
    }
    return checksum;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t length = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
    std::vector<uint32_t> symbols;
    uint32_t part[4096];
    while (const std::size_t count = std::fread(part, sizeof *part, 4096, stdin)) {
        symbols.insert(symbols.end(), part, part + count);
    }
    if (length == 0 || symbols.size() % length != 0) return 2;
    VerilatedContext context;
    Vsim top(&context);
    top.clk = 0;
    pass(top, symbols, length);
    const double begin = seconds_of_processor();
    const uint64_t checksum = pass(top, symbols, length);
    const double seconds = seconds_of_processor() - begin;
    std::printf("%.9f %llu\n", seconds, static_cast<unsigned long long>(checksum));
    top.final();
    return 0;
}
