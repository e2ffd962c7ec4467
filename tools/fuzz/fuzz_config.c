// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration files: what a device does, a line "%%", and what it shall do. A
 * file that was applied has no difference, a saved configuration is one that can
 * be applied, and what was refused changes nothing.
 */
#include "fuzz.h"

static char *save(void)
{
	char *text;

	CHECK(fuzz_run("save") == DONE);
	text = strdup(fuzz_out.text);
	CHECK(text);
	return text;
}

static int with_input(const char *line, const char *text, size_t len)
{
	fuzz_input(text, len);
	return fuzz_run(line);
}

/* All that is not a link's: that is set apart from the rest, and before it */
static char *without_links(char *text)
{
	char *line = text, *to = text;

	while (*line) {
		size_t len = strcspn(line, "\n");

		len += line[len] == '\n';
		if (strncmp(line, "link", 4)) {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = '\0';
	return text;
}

static void check_saved(void)
{
	char *first = save(), *second;

	store_reset();
	CHECK(with_input("apply -", first, strlen(first)) == DONE);
	second = save();
	CHECK(!strcmp(first, second));
	CHECK(with_input("diff -", first, strlen(first)) == DONE);
	free(first);
	free(second);
}

static void try_file(const char *text, size_t len)
{
	char *before = save(), *after;
	uint32_t generation;
	int err = with_input("diff -", text, len);

	CHECK(!strchr(fuzz_out.text, '[') || err != DONE);
	if (err == USAGE || err == REFUSED)
		goto out;
	err = with_input("apply -", text, len);
	CHECK(!store_has_draft());
	if (err) {
		/* several devices are several steps */
		after = save();
		CHECK(memmem(text, len, "pmt1", 4) ||
		      !strcmp(without_links(before), without_links(after)));
		free(after);
		goto out;
	}
	generation = store_generation();
	CHECK(with_input("diff -", text, len) == DONE && !fuzz_out.len);
	CHECK(with_input("apply -", text, len) == DONE && !fuzz_out.len);
	CHECK(store_generation() == generation);
	options.json = true;
	with_input("diff -", text, len);
	fuzz_run("save");
	options.json = false;
	check_saved();
out:
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *rest;
	size_t len = fuzz_cut(data, &size, &rest);

	fuzz_request = store_request;
	store_reset();
	options = (struct tool_options){ 0 };
	try_file((const char *)data, size);
	try_file(rest, len);
	return 0;
}
