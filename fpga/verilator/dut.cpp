// A clocked module under Verilator that is asked words, each from its reset on: numbers of 32 bits, in this machine's
// order of bytes, on standard input and output.
//
// A word is its length and then its symbols, which are given to the port `pins`, one per clock. Its answer is as many
// numbers, of the port `shown`. All are answered by the time that the next word is waited for.
//
//   simulator RESET REGISTERED    RESET: 1 if there is a reset, `restart`; 0: the module is powered up for each word
//                                 REGISTERED: 1 if `shown` is read behind the edge, 0 if before it

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "Vsim.h"
#include "verilated.h"

namespace {

void edge(Vsim& top) {
    top.tick = 1;
    top.eval();
    top.tick = 0;
    top.eval();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const bool with_reset = !std::strcmp(argv[1], "1"), registered = !std::strcmp(argv[2], "1");
    // What the module prints is no answer.
    std::FILE* answers = fdopen(dup(1), "wb");
    dup2(2, 1);
    VerilatedContext context;
    // Registers without an initial value start at random, and at other values with each power-up.
    context.randReset(2);
    std::unique_ptr<Vsim> top;
    std::vector<uint32_t> word;
    uint32_t length;
    for (int count = 1; std::fread(&length, sizeof length, 1, stdin) == 1; ++count) {
        word.resize(length);
        if (std::fread(word.data(), sizeof length, length, stdin) != length) return 1;
        if (!top || !with_reset) {
            context.randSeed(count);
            top = std::make_unique<Vsim>(&context);
            top->tick = 0;
            top->pins = 0;
            top->restart = 0;
            top->eval();
        }
        if (with_reset) {
            top->restart = 1;
            top->pins = 0;
            top->eval();
            edge(*top);
            top->restart = 0;
            top->eval();
        }
        for (uint32_t& symbol : word) {
            top->pins = symbol;
            top->eval();
            const uint32_t before = top->shown;
            top->tick = 1;
            top->eval();
            symbol = registered ? top->shown : before;
            top->tick = 0;
            top->eval();
        }
        if (context.gotFinish()) return 1;
        std::fwrite(word.data(), sizeof length, length, answers);
        std::fflush(answers);
    }
    return 0;
}
