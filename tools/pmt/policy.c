// SPDX-License-Identifier: GPL-2.0
/* pmt policy: what a customer's prefix gets. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

/* The words of an entry, whose action is as it was if none is among them */
static int read_entry(struct args *args, char *dev, struct entry *entry)
{
	unsigned int dev_seen = 0, seen = 0;
	const char *word;
	int err;

	dev[0] = '\0';
	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &dev_seen, dev);
		else
			err = entry_word(entry, &seen, word);
		if (err == NOT_MINE)
			err = args_unknown(args, word,
					   "dev, a prefix, " ACTION_WORDS);
		if (err)
			return err;
	}
	return seen & 1 << SEEN_PREFIX ? DONE :
	       refuse("a policy entry needs its prefix, as in 8.0.0.0/8");
}

/**
 * policy_read() - read a whole policy entry, and its device
 * @args: the words
 * @dev: IF_NAMESIZE bytes; "" stays when no device is named
 * @entry: answer
 */
int policy_read(struct args *args, char *dev, struct entry *entry)
{
	*entry = (struct entry){ .action = PMT_ACTION_TRANSLATE };
	return read_entry(args, dev, entry);
}

static int change(struct args *args, unsigned int cmd)
{
	struct entry entry = {
		.action = cmd == PMT_CMD_POLICY_DEL ? ANY_ACTION :
						      PMT_ACTION_TRANSLATE,
	};
	char dev[IF_NAMESIZE];
	int wrong = read_entry(args, dev, &entry) ? : device_needed(dev);

	return queue_line(dev, wrong, cmd, NULL, &entry);
}

int policy_add(struct args *args)
{
	return change(args, PMT_CMD_POLICY_NEW);
}

int policy_replace(struct args *args)
{
	return change(args, PMT_CMD_POLICY_REPLACE);
}

int policy_del(struct args *args)
{
	return change(args, PMT_CMD_POLICY_DEL);
}

/* Which entries show and flush are about, as in `ip route show` */
enum match {
	ALL,
	ROOT,		/* inside the prefix */
	MATCH,		/* around it */
	EXACT,
};

static const char * const match_words[] = {
	[ALL] = "",
	[ROOT] = "root",
	[MATCH] = "match",
	[EXACT] = "exact",
	NULL
};

struct selection {
	char dev[IF_NAMESIZE];
	unsigned int dev_seen;
	unsigned int seen;	/* bits of SEEN_* */
	uint8_t action;
	enum match match;
	struct entry prefix;
};

static int match_word(struct selection *sel, struct args *args,
		      const char *word)
{
	unsigned int match, len;
	const char *value;
	int err;

	if (!choice_find(match_words, word, &match) || match == ALL)
		return NOT_MINE;
	if (sel->match)
		return refuse("%s: %s was given before", word,
			      match_words[sel->match]);
	sel->match = match;
	err = args_value(args, word, &value) ? :
	      parse_prefix4(word, value, &sel->prefix.ipv4, &len);
	if (!err)
		sel->prefix.len = len;
	return err;
}

static int read_selection(struct args *args, struct selection *sel)
{
	const char *word;
	int err;

	*sel = (struct selection){ 0 };
	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &sel->dev_seen,
					  sel->dev);
		else
			err = match_word(sel, args, word);
		if (err == NOT_MINE)
			err = action_word(&sel->seen, &sel->action, word);
		if (err == NOT_MINE)
			err = args_unknown(args, word,
					   "dev, root, match, exact, "
					   ACTION_WORDS);
		if (err)
			return err;
	}
	return DONE;
}

static bool is_selected(const struct entry *entry, const struct selection *sel)
{
	const struct entry *prefix = &sel->prefix;
	bool around = entry_contains(entry, prefix->ipv4, prefix->len);
	bool inside = entry_contains(prefix, entry->ipv4, entry->len);

	if (sel->seen & 1 << SEEN_ACTION && entry->action != sel->action)
		return false;
	return (around || sel->match == ALL || sel->match == ROOT) &&
	       (inside || sel->match == ALL || sel->match == MATCH);
}

/* Go to the next entry that is meant */
static bool next(struct dump *dump, const struct selection *sel,
		 struct entry *entry)
{
	while (dump_next(dump)) {
		entry_get(dump->item, entry);
		if (is_selected(entry, sel))
			return true;
	}
	return false;
}

static void show(const char *dev, const struct entry *entry)
{
	open_json_object(NULL);
	print_string("dev", "dev %s ", dev);
	entry_print(entry);
	print_text("\n");
	close_json_object();
}

int policy_show(struct args *args)
{
	struct selection sel;
	struct entry entry;
	struct dump dump;
	int err = read_selection(args, &sel) ? :
		  dump_open(&dump, PMT_CMD_POLICY_GET, PMT_A_POLICY, sel.dev);

	if (err)
		return err;
	print_begin();
	while (next(&dump, &sel, &entry))
		show(device_name(dump.tb), &entry);
	print_end();
	dump_close(&dump);
	return DONE;
}

int policy_flush(struct args *args)
{
	struct selection sel;
	struct entry entry;
	struct dump dump;
	int err = read_selection(args, &sel);

	if (err || !(sel.seen || sel.match))
		return err ? : queue_flush(sel.dev, PMT_CMD_POLICY_FLUSH);
	err = queue_send(NULL) ? :
	      dump_open(&dump, PMT_CMD_POLICY_GET, PMT_A_POLICY, sel.dev);
	if (err)
		return err;
	while (!err && next(&dump, &sel, &entry))
		if (!entry_is_builtin(&entry))
			err = queue_change(device_name(dump.tb),
					   PMT_CMD_POLICY_DEL, NULL, &entry);
	dump_close(&dump);
	return err ? : queue_send(NULL);
}

/* ADDR dev NAME */
static int read_get(struct args *args, char *dev, struct in_addr *addr)
{
	unsigned int dev_seen = 0, addr_seen = 0;
	const char *word;
	int err;

	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &dev_seen, dev);
		else if (!strpbrk(word, "./:"))
			err = args_unknown(args, word, "an address, dev");
		else if (addr_seen++)
			err = refuse("%s: an address was given before", word);
		else if (inet_pton(AF_INET, word, addr) != 1)
			err = refuse("%s: must be an IPv4 address", word);
		else
			err = DONE;
		if (err)
			return err;
	}
	if (!addr_seen)
		return refuse("the address is missing: policy get ADDR dev NAME");
	return dev_seen ? DONE : refuse("dev is missing: which device?");
}

/* What nobody decides about is translated, if a rule covers it */
int policy_get(struct args *args)
{
	struct nlattr *tb[PMT_A_MAX + 1] = { NULL };
	struct entry entry = { .action = PMT_ACTION_TRANSLATE };
	unsigned int ifindex = 0;
	char dev[IF_NAMESIZE];
	struct in_addr addr;
	struct reply reply;
	struct msg msg;
	int err = read_get(args, dev, &addr) ? :
		  device_index(dev, &ifindex) ? :
		  msg_pmt(&msg, PMT_CMD_POLICY_GET, 0, ifindex);

	if (err)
		return err;
	mnl_attr_put(msg.nlh, PMT_A_ADDRESS4, sizeof(addr), &addr);
	err = nl_talk(&msg, &reply);
	msg_free(&msg);
	if (!err && reply.len)
		pmt_attrs((struct nlmsghdr *)reply.buf, tb);
	if (tb[PMT_A_POLICY])
		entry_get(tb[PMT_A_POLICY], &entry);
	if (!err) {
		print_begin();
		show(dev, &entry);
		print_end();
	}
	err = err ? : tb[PMT_A_POLICY] ? DONE : NO;
	free(reply.buf);
	return err;
}
