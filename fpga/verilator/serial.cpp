// A SoC under Verilator: drives its clock, and joins its serial stream to a TCP socket of the loopback interface.
//
// Options:
//   --trace FILE         write all signals to FILE, in the format that this program was built for
//   --half-period PS     picoseconds from edge to edge, for the trace; default 10000
//   --quiet CYCLES       stand still after so many clocks without a byte, until the next; 0, the default, for never
//   --cycles CYCLES      end after so many clocks; 0, the default, for never
//   --with-parent        end at the end of standard input: who holds its other end is then never outlived
//
// Says `listening on 127.0.0.1:PORT` once the socket is there, and `simulated CYCLES cycles` at the end. Simulated
// time stands still while nobody is connected. There is one client at a time; others find their connection closed.
// SIGTERM and SIGINT end it as well, with the trace complete and status 0.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "Vsim.h"
#include "verilated.h"

#if defined(TRACE_VCD)
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#elif defined(TRACE_FST)
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#endif

namespace {

// A look at the client costs a system call, as long as some ten clocks: worth it only every so many of these.
constexpr int burst_cycles = 128;
// The other files, for which a person waits, are looked at every so many bursts.
constexpr int rounds_of_bursts = 256;
// A client that does not read stalls the SoC, as a serial line with handshake would.
constexpr size_t most_unsent = 1 << 16;
// Bytes that the SoC has not taken for so many clocks are lost, once who sent them has gone.
constexpr uint64_t stuck_cycles = 1 << 20;
constexpr int reset_cycles = 4;

volatile std::sig_atomic_t stopped = 0;

void stop(int) { stopped = 1; }

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "error: %s\n", what.c_str());
    std::exit(2);
}

struct Options {
    std::string trace;
    uint64_t half_period = 10'000;
    uint64_t quiet = 0;
    uint64_t cycles = 0;
    bool with_parent = false;
};

uint64_t number(const std::string& option, const char* text) {
    char* end = nullptr;
    errno = 0;
    const uint64_t value = std::strtoull(text, &end, 10);
    if (end == text || *end != '\0' || *text == '-' || errno != 0) fail(option + ": " + text + " is no number");
    return value;
}

Options parse(int count, char** words) {
    Options options;
    for (int i = 1; i < count; i++) {
        const std::string option = words[i];
        if (option == "--with-parent") {
            options.with_parent = true;
            continue;
        }
        if (i + 1 == count) fail(option + ": unknown, or without its value");
        const char* value = words[++i];
        if (option == "--trace") options.trace = value;
        else if (option == "--half-period") options.half_period = number(option, value);
        else if (option == "--quiet") options.quiet = number(option, value);
        else if (option == "--cycles") options.cycles = number(option, value);
        else fail("unknown option " + option);
    }
#if !defined(TRACE_VCD) && !defined(TRACE_FST)
    if (!options.trace.empty()) fail("--trace: this simulator was built without");
#endif
    return options;
}

// The socket, its client, and the bytes on their way. `input` goes to the SoC, `output` comes from it.
class Line {
  public:
    explicit Line(bool with_parent) : with_parent_(with_parent) {
        // Signals arrive inside of pselect and nowhere else, so that none is missed just before a wait.
        sigset_t blocked;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGTERM);
        sigaddset(&blocked, SIGINT);
        sigprocmask(SIG_BLOCK, &blocked, &unblocked_);
        sigdelset(&unblocked_, SIGTERM);
        sigdelset(&unblocked_, SIGINT);
        struct sigaction action {};
        action.sa_handler = stop;
        sigaction(SIGTERM, &action, nullptr);
        sigaction(SIGINT, &action, nullptr);
        std::signal(SIGPIPE, SIG_IGN);

        listener_ = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
            listen(listener_, 4) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
            fail(std::string("no socket: ") + std::strerror(errno));
        std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    bool connected() const { return client_ >= 0; }
    bool has_input() const { return taken_ < input_.size(); }
    uint8_t input() const { return static_cast<uint8_t>(input_[taken_]); }
    void take() { taken_++; }
    bool has_room() const { return output_.size() < most_unsent; }
    void give(uint8_t byte) { output_.push_back(static_cast<char>(byte)); }

    // Whether a client came since the last call.
    bool is_new() { return std::exchange(new_, false); }

    // Move what can be moved without waiting.
    void exchange() {
        while (connected() && !output_.empty()) {
            const ssize_t sent = send(client_, output_.data(), output_.size(), 0);
            if (sent < 0) {
                if (errno != EAGAIN && errno != EINTR) hang_up();
                break;
            }
            output_.erase(0, static_cast<size_t>(sent));
        }
        if (!connected() || has_input()) return;
        char bytes[4096];
        const ssize_t received = recv(client_, bytes, sizeof bytes, 0);
        if (received > 0) {
            input_.assign(bytes, static_cast<size_t>(received));
            taken_ = 0;
#ifdef TCP_QUICKACK
            // pyserial leaves Nagle's algorithm on: it sends the rest of a command when the beginning is acknowledged,
            // which would be after 40 ms. The option holds for one acknowledgement.
            const int on = 1;
            setsockopt(client_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
        } else if (received == 0 || (errno != EAGAIN && errno != EINTR)) {
            hang_up();
        }
    }

    // Look after everything, and if `wait` is set, sleep until there is something to look after.
    void attend(bool wait) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener_, &readable);
        if (with_parent_) FD_SET(STDIN_FILENO, &readable);
        if (connected() && !has_input()) FD_SET(client_, &readable);
        if (connected() && !output_.empty()) FD_SET(client_, &writable);
        const timespec now{};
        const int last = std::max(listener_, client_);
        if (pselect(last + 1, &readable, &writable, nullptr, wait ? nullptr : &now, &unblocked_) < 0) {
            if (errno != EINTR) fail(std::string("pselect: ") + std::strerror(errno));
            return;
        }
        if (with_parent_ && FD_ISSET(STDIN_FILENO, &readable)) {
            char ignored[256];
            if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) stopped = 1;
        }
        exchange();
        if (FD_ISSET(listener_, &readable)) admit();
    }

    // Give up bytes that the SoC does not take, if who sent them has gone.
    void drop_if_left() {
        pollfd hangup{client_, POLLRDHUP, 0};
        if (connected() && poll(&hangup, 1, 0) > 0) hang_up();
    }

    // Hand the client what is left for it; it may have gone.
    void finish() {
        if (!connected()) return;
        fcntl(client_, F_SETFL, 0);
        const timeval patience{1, 0};
        setsockopt(client_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (!output_.empty() && send(client_, output_.data(), output_.size(), 0) < 0) return;
        close(client_);
    }

  private:
    void admit() {
        const int other = accept(listener_, nullptr, nullptr);
        if (other < 0) return;
        if (connected()) {
            close(other);
            return;
        }
        client_ = other;
        new_ = true;
        const int on = 1;
        // Nagle's algorithm would hold every answer back until the one before is acknowledged.
        setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(client_, F_SETFL, O_NONBLOCK);
    }

    void hang_up() {
        close(client_);
        client_ = -1;
        input_.clear();
        output_.clear();
        taken_ = 0;
    }

    bool with_parent_;
    bool new_ = false;
    int listener_ = -1, client_ = -1;
    size_t taken_ = 0;
    std::string input_, output_;
    sigset_t unblocked_;
};

// The SoC and its clock.
class Simulation {
  public:
    explicit Simulation(const Options& options) : half_period_(options.half_period), top_(&context_) {
#if defined(TRACE_VCD) || defined(TRACE_FST)
        if (!options.trace.empty()) {
            context_.traceEverOn(true);
            top_.trace(&trace_, 99);
            trace_.open(options.trace.c_str());
            if (!trace_.isOpen()) fail("cannot write " + options.trace);
            tracing_ = true;
        }
#endif
        top_.sys_rst = 1;
        for (int i = 0; i < reset_cycles; i++) half(0), half(1);
        top_.sys_rst = 0;
    }

    ~Simulation() {
        top_.final();
#if defined(TRACE_VCD) || defined(TRACE_FST)
        if (tracing_) trace_.close();
#endif
    }

    // One clock; returns whether a byte went either way.
    bool cycle(Line& line) {
        top_.serial_connect = line.is_new();
        top_.serial_sink_valid = line.has_input();
        top_.serial_sink_data = line.has_input() ? line.input() : 0;
        top_.serial_source_ready = line.has_room();
        half(0);
        const bool taken = top_.serial_sink_valid && top_.serial_sink_ready;
        const bool given = top_.serial_source_valid && top_.serial_source_ready;
        if (taken) line.take();
        if (given) line.give(top_.serial_source_data);
        half(1);
        return taken || given;
    }

    bool finished() const { return context_.gotFinish(); }

  private:
    void half(int clock) {
        top_.sys_clk = clock;
        top_.eval();
#if defined(TRACE_VCD) || defined(TRACE_FST)
        if (tracing_) {
            trace_.dump(time_);
            time_ += half_period_;
        }
#endif
    }

    VerilatedContext context_;
    [[maybe_unused]] uint64_t time_ = 0;
    [[maybe_unused]] uint64_t half_period_;
    Vsim top_;
#if defined(TRACE_VCD) || defined(TRACE_FST)
    Trace trace_;
    bool tracing_ = false;
#endif
};

}  // namespace

int main(int count, char** words) {
    const Options options = parse(count, words);
    uint64_t cycles = 0;
    {
        Simulation simulation(options);
        Line line(options.with_parent);
        uint64_t silent = 0;
        int round = 0;
        while (!stopped && !simulation.finished() && (options.cycles == 0 || cycles < options.cycles)) {
            const bool quiet = options.quiet != 0 && silent >= options.quiet;
            if (!line.connected() || (quiet && !line.has_input())) {
                line.attend(true);
                if (!line.connected()) continue;
                silent = 0;
            } else if (++round == rounds_of_bursts) {
                round = 0;
                line.attend(false);
                if (silent >= stuck_cycles && line.has_input()) line.drop_if_left();
            } else {
                line.exchange();
            }
            uint64_t burst = burst_cycles;
            if (options.cycles != 0) burst = std::min(burst, options.cycles - cycles);
            for (uint64_t i = 0; i < burst; i++) silent = simulation.cycle(line) ? 0 : silent + 1;
            cycles += burst;
        }
        line.finish();
    }
    std::printf("simulated %llu cycles\n", static_cast<unsigned long long>(cycles));
    return 0;
}
