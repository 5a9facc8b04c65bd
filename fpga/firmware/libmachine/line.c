// The command line of the console. The linker puts these two in the place of the BIOS's own, which write behind the
// buffer of a line that is too long, and behind the array of parameters where there are more than MAX_PARAM.

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

#include <bios/command.h>
#include <bios/readline.h>

int __wrap_readline(char *line, int size);
int __wrap_get_param(char *line, char **command, char **params);

// A key; those that send more than one character, such as arrows, are none.
static int key(void)
{
	int c = getchar();

	if (c != ESC)
		return c;
	c = getchar();
	if (c == '[' || c == 'O')
		do
			c = getchar();
		while (isdigit(c) || c == ';');
	return 0;
}

int __wrap_readline(char *line, int size)
{
	static int last;
	int length = 0;

	for (;;) {
		int c = key(), pair = c == '\n' && last == '\r';

		last = c;
		if (pair)
			continue;
		if (c == CTL_CH('c'))
			length = 0;
		if (c == '\n' || c == '\r' || c == CTL_CH('c')) {
			line[length] = 0;
			return length;
		}
		if (c == CTL_BACKSPACE || c == DEL7) {
			if (length) {
				length--;
				fputs("\b \b", stdout);
			}
		} else if (c > 0 && c < DEL7 && isprint(c)) {
			if (length < size - 1) {
				line[length++] = c;
				putchar(c);
			} else {
				putchar('\a');
			}
		}
	}
}

// Where there are too many parameters the last one holds all that is left.
int __wrap_get_param(char *line, char **command, char **params)
{
	int count, i;

	for (i = 0; i < MAX_PARAM; i++)
		params[i] = NULL;
	*command = line;
	for (count = 0; ; count++) {
		while (*line && *line != ' ')
			line++;
		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			return count;
		params[count] = line;
		if (count == MAX_PARAM - 1)
			return MAX_PARAM;
	}
}
