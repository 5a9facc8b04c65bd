// Keeps a command line within its bounds: the linker puts these two in the place of the BIOS's own.

#include <stddef.h>

#include <bios/command.h>

int __real_readline(char *line, int size);
int __wrap_readline(char *line, int size);
int __wrap_get_param(char *line, char **command, char **params);

// The BIOS writes the end of a line that fills its buffer behind it.
int __wrap_readline(char *line, int size)
{
	return __real_readline(line, size - 1);
}

// The BIOS writes more parameters than MAX_PARAM behind its array. Here the last one holds all that is left.
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
