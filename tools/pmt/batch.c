// SPDX-License-Identifier: GPL-2.0
/*
 * -b FILE: commands, one a line. Neighbouring lines that change rules and policy
 * of one device are a run, which is carried out whole or not at all.
 */
#include "pmt.h"

/* What comes first counts; -force goes on */
static bool note(int *first, int err)
{
	if (err && !*first)
		*first = err;
	return err && !options.force;
}

static int line_run(struct args *args, int *first)
{
	const struct verb *verb = verb_find(args);

	if (!verb)
		return USAGE;
	if (!verb->queues && note(first, queue_send(NULL)))
		return *first;
	return verb->run(args);
}

/**
 * batch_run() - carry out a file of commands
 * @name: file, "-" is standard input
 *
 * Return: the exit code of the first line that failed.
 */
int batch_run(const char *name)
{
	struct lines lines;
	struct args args;
	bool stop = false;
	int first = lines_open(&lines, name);

	if (first)
		return first;
	queue_waits = true;
	while (!stop && lines_next(&lines, &args))
		stop = note(&first, line_run(&args, &first));
	if (stop)
		queue_drop();
	else
		note(&first, queue_send(NULL));
	note(&first, lines_close(&lines));
	return first;
}
