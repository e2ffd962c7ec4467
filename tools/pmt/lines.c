// SPDX-License-Identifier: GPL-2.0
/* Input in lines of words: a batch, a list of addresses, a file of rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

struct place place;

/**
 * lines_open() - begin to read; from here on errors name the place
 * @lines: state
 * @name: file, "-" is standard input
 */
int lines_open(struct lines *lines, const char *name)
{
	bool std = !strcmp(name, "-");

	*lines = (struct lines){ .outer = place };
	lines->file = std ? stdin : fopen(name, "r");
	if (!lines->file)
		return refuse("%s: %s", name, strerror(errno));
	place = (struct place){ .file = std ? "stdin" : name };
	return DONE;
}

static bool add_word(struct lines *lines, struct args *args, char *word)
{
	if ((size_t)args->argc == lines->max_words) {
		size_t max = lines->max_words * 2 + 16;
		char **words = realloc(lines->words, max * sizeof(*words));

		if (!words)
			return false;
		lines->words = words;
		lines->max_words = max;
	}
	lines->words[args->argc++] = word;
	args->argv = lines->words;
	return true;
}

/**
 * lines_next() - read the next line that has words
 * @lines: state
 * @args: answer; valid until the next call
 *
 * A "#" at the start of a word begins a comment. Return: false at the end.
 */
bool lines_next(struct lines *lines, struct args *args)
{
	static const char blank[] = " \t\r\n";

	while (getline(&lines->text, &lines->size, lines->file) >= 0) {
		char *word, *rest = lines->text;

		place.line++;
		place.last = 0;
		*args = (struct args){ 0 };
		while ((word = strtok_r(rest, blank, &rest)) && *word != '#')
			if (!add_word(lines, args, word)) {
				lines->err = refuse("out of memory");
				return false;
			}
		if (args->argc)
			return true;
	}
	return false;
}

/**
 * lines_close() - end of reading
 * @lines: state
 */
int lines_close(struct lines *lines)
{
	const char *name = place.file;
	int err = lines->err;

	place = lines->outer;
	if (ferror(lines->file))
		err = refuse("%s: %s", name, strerror(errno));
	if (lines->file != stdin)
		fclose(lines->file);
	free(lines->text);
	free(lines->words);
	return err;
}
