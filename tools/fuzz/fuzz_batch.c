// SPDX-License-Identifier: GPL-2.0
/*
 * A batch of any commands of the tool, on the devices of store.c. Its first line
 * may be options: "#" and letters, as -j is "#j". Behind a line "%%" is what the
 * file "f" holds. A batch works if its lines, one by one, do, and then makes the
 * same of the devices, however it gathers and sorts them.
 */
#include <poll.h>

#include "fuzz.h"

int __wrap_poll(struct pollfd *fds, nfds_t n, int milliseconds);

/* `stats watch` goes on until nobody reads: at once */
int __wrap_poll(struct pollfd *fds, nfds_t n, int milliseconds)
{
	(void)milliseconds;
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = POLLHUP;
	return n;
}

static char *state(void)
{
	char *text;

	options = (struct tool_options){ 0 };
	CHECK(fuzz_run("save") == DONE);
	text = strdup(fuzz_out.text);
	CHECK(text);
	return text;
}

static int run_lines(const char *text, size_t size)
{
	const struct verb *verb;
	struct lines lines;
	struct args args;
	int err;

	store_reset();
	fuzz_input(text, size);
	fuzz_begin();
	err = lines_open(&lines, "-");
	while (!err && lines_next(&lines, &args)) {
		verb = verb_find(&args);
		err = verb ? verb->run(&args) : USAGE;
	}
	lines_close(&lines);
	fuzz_end();
	return err;
}

static void compare(const char *text, size_t size, int err)
{
	const struct tool_options given = options;
	char *whole = state(), *by_lines;

	options = given;
	CHECK(!err == !run_lines(text, size));
	by_lines = state();
	CHECK(err || !strcmp(whole, by_lines));
	free(whole);
	free(by_lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *rest;
	size_t len = fuzz_cut(data, &size, &rest);
	size_t letters = size && *text == '#' ? size < 6 ? size : 6 : 0;
	bool force = memchr(text, 'o', letters);
	int err;

	options = (struct tool_options){
		.json = memchr(text, 'j', letters),
		.pretty = memchr(text, 'p', letters),
		.statistics = memchr(text, 's', letters),
		.details = memchr(text, 'd', letters),
		.force = force,
	};
	fuzz_request = store_request;
	store_reset();
	fuzz_file(rest, len);
	fuzz_input(text, size);
	err = fuzz_run(NULL);
	CHECK(!store_has_draft());
	/* the rest of standard input may be something else's */
	if (!force && !memmem(text, size, " -", 2))
		compare(text, size, err);
	return 0;
}
