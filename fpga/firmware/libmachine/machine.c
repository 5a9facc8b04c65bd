// The command "machine": info, reset, run and selftest, by way of the registers of the core.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bios/command.h>
#include <bios/readline.h>
#include <generated/csr.h>
#include <generated/machine.h>
#include <generated/soc.h>

// The error bit on top of an answer, and both together.
#define ERROR (1u << MACHINE_OUTPUT_BITS)
#define WHOLE (2 * ERROR - 1)
// An answer takes a few clocks, and a look at the status many.
#define LOOKS 100
#define MOST_SHOWN 16

static const char *const sources[] = {
	[MACHINE_SOURCE_MANUAL] = "this console",
	[MACHINE_SOURCE_STREAM] = "the stream port",
	[MACHINE_SOURCE_PINS] = "the pins",
};

static unsigned int source(void)
{
	return machine_control_read() >> CSR_MACHINE_CONTROL_SOURCE_OFFSET & 3;
}

// Back to the initial state, and fed from here on by symbol_in.
static void restart(void)
{
	machine_control_write(
		1 << CSR_MACHINE_CONTROL_ENABLE_OFFSET |
		1 << CSR_MACHINE_CONTROL_RESTART_OFFSET |
		MACHINE_SOURCE_MANUAL << CSR_MACHINE_CONTROL_SOURCE_OFFSET);
}

static int ours(void)
{
	uint64_t identity = machine_identity_read();

	if (identity == MACHINE_IDENTITY)
		return 1;
	printf("the machine in the fabric is %08lx%08lx, and the firmware is that of %.16s\n",
		(unsigned long)(identity >> 32), (unsigned long)identity, MACHINE_DIGEST);
	return 0;
}

// Feed a symbol; returns the answer with its error bit, or -1 if there is none.
static int32_t answer_to(uint32_t symbol, int first)
{
	int looks;

	machine_symbol_in_write(symbol | (uint32_t)first << CSR_MACHINE_SYMBOL_IN_FIRST_OFFSET);
	for (looks = 0; looks < LOOKS; looks++) {
		if (machine_status_read() >> CSR_MACHINE_STATUS_ANSWERED_OFFSET & 1) {
			uint32_t answer = machine_symbol_out_read();

			return (answer & (ERROR - 1)) | (answer >> CSR_MACHINE_SYMBOL_OUT_ERROR_OFFSET & 1 ? ERROR : 0);
		}
	}
	return -1;
}

// Symbols are named, or, without names, words of bits.

static void print_bits(uint32_t value, uint32_t known, int width)
{
	while (width--)
		putchar(known >> width & 1 ? '0' + (value >> width & 1) : '-');
}

static void print_symbol(uint32_t symbol, const char *const *names, uint32_t count, int width)
{
	if (names && symbol < count)
		fputs(names[symbol], stdout);
	else
		print_bits(symbol, -1, width);
}

static void print_input(uint32_t symbol)
{
	print_symbol(symbol, machine_input_names, MACHINE_INPUTS, MACHINE_INPUT_BITS);
}

static void print_answer(uint32_t answer, uint32_t known)
{
	uint32_t symbol = answer & (ERROR - 1);

	if ((known & (ERROR - 1)) == ERROR - 1)
		print_symbol(symbol, machine_output_names, MACHINE_OUTPUTS, MACHINE_OUTPUT_BITS);
	else
		print_bits(symbol, known, MACHINE_OUTPUT_BITS);
	if (answer & ERROR)
		fputs(" with error", stdout);
}

// The symbol of this name, or -1.
static int32_t input_named(const char *name)
{
	int32_t symbol = 0;

	if (machine_input_names) {
		for (symbol = 0; symbol < MACHINE_INPUTS; symbol++)
			if (!strcmp(name, machine_input_names[symbol]))
				return symbol;
		return -1;
	}
	if (strlen(name) != MACHINE_INPUT_BITS)
		return -1;
	for (; *name; name++) {
		if (*name != '0' && *name != '1')
			return -1;
		symbol = symbol << 1 | (*name - '0');
	}
	return symbol;
}

static void print_names(const char *const *names, int count, int width)
{
	int i;

	if (!names) {
		printf("words of %d bits", width);
		return;
	}
	for (i = 0; i < count && i < MOST_SHOWN; i++)
		printf("%s%s", i ? " " : "", names[i]);
	if (i < count)
		printf(" ... (%d)", count);
}

static void info(void)
{
	int word;

	printf("digest   %s\n", MACHINE_DIGEST);
	ours();
	printf("states   %d\n", MACHINE_STATES);
	printf("inputs   ");
	print_names(machine_input_names, MACHINE_INPUTS, MACHINE_INPUT_BITS);
	printf("\noutputs  ");
	print_names(machine_output_names, MACHINE_OUTPUTS, MACHINE_OUTPUT_BITS);
	// A one-hot code can be wider than any integer: the registers of its words follow each other, the highest first.
	printf("\ncode     0x");
	for (word = 0; word < CSR_MACHINE_STATE_SIZE; word++)
		printf(word ? "%08lx" : "%lx",
			(unsigned long)csr_read_simple(CSR_MACHINE_STATE_ADDR + word * (CONFIG_CSR_ALIGNMENT / 8)));
	printf("\nsymbols  %lu in %lu clocks\n",
		(unsigned long)machine_symbols_read(), (unsigned long)machine_cycles_read());
	printf("error    %s\n", machine_status_read() >> CSR_MACHINE_STATUS_ERROR_OFFSET & 1 ? "yes" : "no");
	printf("source   %s", source() < 3 ? sources[source()] : "nobody");
}

static void run(int count, char **words)
{
	static int32_t symbols[CMD_LINE_BUFFER_SIZE];
	int length = 0, i;
	int32_t answer;

	// The last parameter may hold several words.
	for (i = 0; i < count; i++) {
		char *word = words[i];

		while (*word) {
			char *end = word + strlen(word), *space = strchr(word, ' ');

			if (space)
				*space = 0;
			symbols[length] = input_named(word);
			if (symbols[length++] < 0) {
				printf("unknown symbol '%s', expected ", word);
				print_names(machine_input_names, MACHINE_INPUTS, MACHINE_INPUT_BITS);
				return;
			}
			word = space ? space + 1 : end;
			while (*word == ' ')
				word++;
		}
	}
	if (source() != MACHINE_SOURCE_MANUAL) {
		printf("the machine is fed by %s; `machine reset` gives it to this console, `reboot` back",
			source() < 3 ? sources[source()] : "nobody");
		return;
	}
	for (i = 0; i < length; i++) {
		answer = answer_to(symbols[i], 0);
		if (answer < 0) {
			printf("%sno answer; `machine reset` enables the machine", i ? "\n" : "");
			return;
		}
		if (i)
			putchar(' ');
		if (answer & ERROR)
			putchar('-');
		else
			print_answer(answer, -1);
	}
	if (machine_status_read() >> CSR_MACHINE_STATUS_ERROR_OFFSET & 1)
		printf("\nerror: since the reset, a symbol was none or its answer (-) is unknown");
}

// The next bits of the suite, the lowest first.
static uint32_t take(uint32_t *place, int width)
{
	uint32_t value = 0;
	int bit;

	for (bit = 0; bit < width; bit++, (*place)++)
		value |= (uint32_t)(machine_suite[*place >> 3] >> (*place & 7) & 1) << bit;
	return value;
}

static void selftest(void)
{
	uint32_t place = 0, begin = 0, word = 0, position = 0, number;

	if (!ours())
		return;
	printf("%d words, %d symbols\n", MACHINE_SUITE_WORDS, MACHINE_SUITE_SYMBOLS);
	printf("the suite %s\n", MACHINE_SUITE_CLAIM);
	restart();
	for (number = 0; number < MACHINE_SUITE_SYMBOLS; number++) {
		uint32_t at = place;
		int first = take(&place, 1);
		uint32_t symbol = take(&place, MACHINE_INPUT_BITS);
		uint32_t expected = take(&place, MACHINE_OUTPUT_BITS + 1);
		uint32_t known = MACHINE_SUITE_MASKED ? take(&place, MACHINE_OUTPUT_BITS + 1) : WHOLE;
		int32_t answer = answer_to(symbol, first);

		if (first) {
			begin = at;
			word++;
			position = 0;
		}
		position++;
		if (answer >= 0 && !((answer ^ expected) & known))
			continue;
		printf("FAIL: word %lu, symbol %lu: after '", (unsigned long)word, (unsigned long)position);
		for (; begin <= at; begin += place - at) {
			uint32_t here = begin + 1;

			print_input(take(&here, MACHINE_INPUT_BITS));
			if (begin < at)
				putchar(' ');
		}
		printf("' expected ");
		print_answer(expected, known);
		printf(", observed ");
		if (answer < 0)
			printf("nothing");
		else
			print_answer(answer, -1);
		restart();
		return;
	}
	restart();
	printf("PASS: every answer is the machine's");
}

static void machine_handler(int nb_params, char **params)
{
	const char *action = nb_params ? params[0] : "";

	if (!strcmp(action, "info") && nb_params == 1)
		info();
	else if (!strcmp(action, "reset") && nb_params == 1) {
		restart();
		printf("in the initial state");
	}
	else if (!strcmp(action, "run") && nb_params > 1)
		run(nb_params - 1, params + 1);
	else if (!strcmp(action, "selftest") && nb_params == 1)
		selftest();
	else
		printf("machine info                what it is, and how it is\n"
			"machine reset               back to the initial state; clears error and counters\n"
			"machine run <symbol> ...    go on from the present state, and print the answers\n"
			"machine selftest            a conformance test suite, from the initial state");
}

define_command(machine, machine_handler, "The finite-state machine: info, reset, run, selftest", SYSTEM_CMDS);
