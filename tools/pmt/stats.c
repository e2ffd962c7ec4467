// SPDX-License-Identifier: GPL-2.0
/* pmt stats: why packets were dropped. */
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

static const struct counter {
	const char *name;
	const char *requirement;
	const char *meaning;
} counters[] = {
#define PMT_COUNTER(id, name, requirement, meaning)	\
	[PMT_##id] = { name, requirement, meaning },
#include <uapi/linux/pmt_counters.h>
#undef PMT_COUNTER
};

/**
 * counter_name() - the name of a counter
 * @id: enum pmt_counter, or one that only a newer kernel knows
 * @buf: where a name is made if need be
 * @size: of @buf
 */
const char *counter_name(unsigned int id, char *buf, size_t size)
{
	if (id && id <= PMT_COUNTER_MAX)
		return counters[id].name;
	snprintf(buf, size, "counter-%u", id);
	return buf;
}

/**
 * stats_read() - read the words of show and watch
 * @args: the words
 * @dev: answer, IF_NAMESIZE bytes, "": all devices
 * @nonzero: answer, not 0: what is zero is left out
 */
int stats_read(struct args *args, char *dev, unsigned int *nonzero)
{
	unsigned int dev_seen = 0;
	const char *word;
	int err = DONE;

	dev[0] = '\0';
	*nonzero = 0;
	while (!err && (word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &dev_seen, dev);
		else if (!strcmp(word, "nonzero"))
			err = word_once(nonzero, 0, word);
		else
			err = args_unknown(args, word, "dev, nonzero");
	}
	return err;
}

static void show(const struct dump *dump, bool nonzero)
{
	struct nlattr *values[N_COUNTERS + 1];
	unsigned int id;
	char name[24];

	attrs_parse(mnl_attr_get_payload(dump->item),
		    mnl_attr_get_payload_len(dump->item), values, N_COUNTERS);
	open_json_object(NULL);
	print_string("dev", "%s:\n", device_name(dump->tb));
	for (id = 1; id <= N_COUNTERS; id++) {
		const struct nlattr *attr =
			attr_of_len(values, id, sizeof(uint64_t));
		uint64_t value = attr ? mnl_attr_get_u64(attr) : 0;
		const char *key = counter_name(id, name, sizeof(name));

		if (nonzero ? !value : !attr && id > PMT_COUNTER_MAX)
			continue;
		if (!options.json)
			printf("    %-12s", key);
		print_u64(key, "%" PRIu64 "\n", value);
	}
	close_json_object();
}

int stats_show(struct args *args)
{
	char dev[IF_NAMESIZE];
	unsigned int nonzero;
	struct dump dump;
	int err = stats_read(args, dev, &nonzero) ? :
		  dump_open(&dump, PMT_CMD_STATS_GET, PMT_A_COUNTERS, dev);

	if (err)
		return err;
	print_begin();
	while (dump_next(&dump))
		show(&dump, nonzero);
	print_end();
	dump_close(&dump);
	return DONE;
}

int stats_explain(struct args *args)
{
	unsigned int id;

	if (args->argc)
		return args_unknown(args, args->argv[0], "nothing more");
	print_begin();
	for (id = 1; id <= PMT_COUNTER_MAX; id++) {
		open_json_object(NULL);
		print_string("name", "%-12s", counters[id].name);
		print_string("requirement", "%-16s", counters[id].requirement);
		print_string("meaning", "%s\n", counters[id].meaning);
		close_json_object();
	}
	print_end();
	return DONE;
}
