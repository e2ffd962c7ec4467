// SPDX-License-Identifier: GPL-2.0
/* pmt rule: what is mapped to what. */
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

/**
 * rule_read() - read a whole rule, and its device
 * @args: the words
 * @dev: IF_NAMESIZE bytes; "" stays when no device is named
 * @rule: answer
 */
int rule_read(struct args *args, char *dev, struct rule *rule)
{
	unsigned int dev_seen = 0;
	const char *word;
	int err;

	dev[0] = '\0';
	*rule = (struct rule){ 0 };
	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &dev_seen, dev);
		else
			err = rule_word(rule, args, word);
		if (err == NOT_MINE)
			err = args_unknown(args, word, "dev, " RULE_WORDS);
		if (err)
			return err;
	}
	return DONE;
}

static int change(struct args *args, unsigned int cmd)
{
	char dev[IF_NAMESIZE];
	struct rule rule;
	int wrong = rule_read(args, dev, &rule) ? : device_needed(dev);

	/* what is deleted need not be spelt out */
	if (!wrong)
		wrong = cmd == PMT_CMD_RULE_DEL ? rule_check_key(&rule) :
						  rule_check(&rule);
	return queue_line(dev, wrong, cmd, &rule, NULL);
}

int rule_add(struct args *args)
{
	return change(args, PMT_CMD_RULE_NEW);
}

int rule_replace(struct args *args)
{
	return change(args, PMT_CMD_RULE_REPLACE);
}

int rule_del(struct args *args)
{
	return change(args, PMT_CMD_RULE_DEL);
}

/* Which rules show and flush are about */
struct selection {
	char dev[IF_NAMESIZE];
	unsigned int dev_seen;
	unsigned int ipv4_seen;
	uint32_t ipv4;
	unsigned int ipv4_len;
};

static int read_selection(struct args *args, struct selection *sel)
{
	const char *word, *value;
	int err;

	*sel = (struct selection){ 0 };
	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &sel->dev_seen,
					  sel->dev);
		else if (!strcmp(word, "ipv4"))
			err = word_once(&sel->ipv4_seen, 0, word) ? :
			      args_value(args, word, &value) ? :
			      parse_prefix4(word, value, &sel->ipv4,
					    &sel->ipv4_len);
		else
			err = args_unknown(args, word, "dev, ipv4");
		if (err)
			return err;
	}
	return DONE;
}

/* Go to the next rule that is meant */
static bool next(struct dump *dump, const struct selection *sel,
		 struct rule *rule)
{
	while (dump_next(dump)) {
		rule_get(dump->item, rule);
		if (!sel->ipv4_seen || (rule->ipv4 == sel->ipv4 &&
					rule->ipv4_len == sel->ipv4_len))
			return true;
	}
	return false;
}

static void print_counters(const char *key, const char *packets,
			   const char *bytes, uint64_t n_packets,
			   uint64_t n_bytes)
{
	open_json_object(key);
	print_u64("packets", packets, n_packets);
	print_u64("bytes", bytes, n_bytes);
	close_json_object();
}

int rule_show(struct args *args)
{
	struct selection sel;
	struct dump dump;
	struct rule rule;
	int err = read_selection(args, &sel) ? :
		  dump_open(&dump, PMT_CMD_RULE_GET, PMT_A_RULE, sel.dev);

	if (err)
		return err;
	print_begin();
	while (next(&dump, &sel, &rule)) {
		open_json_object(NULL);
		print_string("dev", "dev %s ", device_name(dump.tb));
		rule_print(&rule);
		print_text("\n");
		if (options.json || options.statistics) {
			print_counters("out", "    out: packets %" PRIu64 " ",
				       "bytes %" PRIu64 " ", rule.out_packets,
				       rule.out_bytes);
			print_counters("in", "in: packets %" PRIu64 " ",
				       "bytes %" PRIu64 "\n", rule.in_packets,
				       rule.in_bytes);
		}
		close_json_object();
	}
	print_end();
	dump_close(&dump);
	return DONE;
}

int rule_flush(struct args *args)
{
	struct selection sel;
	struct dump dump;
	struct rule rule;
	int err = read_selection(args, &sel);

	if (err || !sel.ipv4_seen)
		return err ? : queue_flush(sel.dev, PMT_CMD_RULE_FLUSH);
	err = queue_send(NULL) ? :
	      dump_open(&dump, PMT_CMD_RULE_GET, PMT_A_RULE, sel.dev);
	if (err)
		return err;
	while (!err && next(&dump, &sel, &rule)) {
		rule.seen = 1 << PMT_RULE_PROVIDER;
		err = queue_change(device_name(dump.tb), PMT_CMD_RULE_DEL,
				   &rule, NULL);
	}
	dump_close(&dump);
	return err ? : queue_send(NULL);
}
