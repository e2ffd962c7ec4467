// SPDX-License-Identifier: GPL-2.0
/* pmt rule: what is mapped to what. */
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

#define RULE_ROOM	128	/* bytes of a PMT_A_RULE */

/* What a batch has gathered; without one it holds a rule for a moment */
static struct {
	struct msg msg;		/* nlh NULL: nothing */
	unsigned int cmd;
	char dev[IF_NAMESIZE];
	struct {
		unsigned int end;	/* where the rule ends in the message */
		unsigned int line;
	} *rules;
	unsigned int n;
} queue;

bool rule_queueing;

/**
 * rule_queue_drop() - forget what is waiting
 */
void rule_queue_drop(void)
{
	msg_free(&queue.msg);
	free(queue.rules);
	queue.rules = NULL;
	queue.n = 0;
}

/* The lines that the kernel's error is about: the one whose rule holds the
 * attribute, or all
 */
static void queue_place(const struct nl_error *error)
{
	unsigned int i;

	for (i = 0; i < queue.n && error->offset >= queue.rules[i].end; i++)
		;
	if (error->offset && i < queue.n) {
		place.line = queue.rules[i].line;
		place.last = 0;
	} else {
		place.line = queue.rules[0].line;
		place.last = queue.n > 1 ? queue.rules[queue.n - 1].line : 0;
	}
}

/**
 * rule_queue_send() - carry out what is waiting, all or none
 */
int rule_queue_send(void)
{
	struct place here = place;
	struct nl_error error;
	int err;

	if (!queue.n)
		return DONE;
	nl_try(&queue.msg, NULL, &error);
	queue_place(&error);
	err = nl_report(&queue.msg, &error);
	place = here;
	rule_queue_drop();
	return err;
}

static int queue_begin(const char *dev, unsigned int cmd)
{
	unsigned int ifindex;
	int err = device_index(dev, &ifindex) ? :
		  msg_pmt(&queue.msg, cmd, 0);

	if (err)
		return err;
	mnl_attr_put_u32(queue.msg.nlh, PMT_A_IFINDEX, ifindex);
	queue.cmd = cmd;
	memcpy(queue.dev, dev, sizeof(queue.dev));
	return DONE;
}

static int queue_add(const struct rule *rule)
{
	void *rules = realloc(queue.rules,
			      (queue.n + 1) * sizeof(*queue.rules));

	if (!rules)
		return refuse("out of memory");
	queue.rules = rules;
	msg_room(&queue.msg, RULE_ROOM);
	rule_put(queue.msg.nlh, queue.msg.size, PMT_A_RULE, rule);
	queue.rules[queue.n].end = queue.msg.nlh->nlmsg_len;
	queue.rules[queue.n].line = place.line;
	queue.n++;
	return DONE;
}

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
	int wrong = rule_read(args, dev, &rule);
	int err = DONE;

	if (!wrong && !dev[0])
		wrong = refuse("dev is missing: which device?");
	/* what is deleted need not be spelt out */
	if (!wrong)
		wrong = cmd == PMT_CMD_RULE_DEL ? rule_check_key(&rule) :
						  rule_check(&rule);

	/* a wrong line stops those before it only if they belong together */
	if (queue.n && (cmd != queue.cmd ||
			(dev[0] && strcmp(dev, queue.dev))))
		err = rule_queue_send();
	if (err && !options.force)
		return err;
	if (!wrong && !queue.n)
		wrong = queue_begin(dev, cmd);
	if (!wrong)
		wrong = queue_add(&rule);
	if (!wrong && !rule_queueing)
		wrong = rule_queue_send();
	return err ? : wrong;
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
	unsigned int dev_seen;
	unsigned int ipv4_seen;
	unsigned int ifindex;
	uint32_t ipv4;
	unsigned int ipv4_len;
};

static int read_selection(struct args *args, struct selection *sel)
{
	char dev[IF_NAMESIZE];
	const char *word, *value;
	int err;

	*sel = (struct selection){ 0 };
	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &sel->dev_seen, dev);
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
	return sel->dev_seen ? device_index(dev, &sel->ifindex) : DONE;
}

static int dump(const struct selection *sel, struct reply *reply)
{
	struct msg msg;
	int err = msg_pmt(&msg, PMT_CMD_RULE_GET, NLM_F_DUMP);

	*reply = (struct reply){ 0 };
	if (err)
		return err;
	if (sel->ifindex)
		mnl_attr_put_u32(msg.nlh, PMT_A_IFINDEX, sel->ifindex);
	err = nl_talk(&msg, reply);
	msg_free(&msg);
	return err;
}

/* Is the message a rule that is meant? */
static bool selected(const struct nlmsghdr *nlh, const struct selection *sel,
		     struct nlattr **tb, struct rule *rule)
{
	pmt_attrs(nlh, tb);
	if (!tb[PMT_A_RULE])
		return false;
	rule_get(tb[PMT_A_RULE], rule);
	return !sel->ipv4_seen || (rule->ipv4 == sel->ipv4 &&
				   rule->ipv4_len == sel->ipv4_len);
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
	struct nlattr *tb[PMT_A_MAX + 1];
	const struct nlmsghdr *nlh;
	struct selection sel;
	struct reply reply;
	struct rule rule;
	int err = read_selection(args, &sel);

	if (err)
		return err;
	err = dump(&sel, &reply);
	if (!err)
		print_begin();
	reply_for_each(nlh, &reply) {
		if (err || !selected(nlh, &sel, tb, &rule))
			continue;
		open_json_object(NULL);
		print_string("dev", "dev %s ", device_name(tb));
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
	if (!err)
		print_end();
	free(reply.buf);
	return err;
}

/* All rules of a device go with one command, some with their names */
static int flush_device(unsigned int ifindex, const struct reply *reply,
			const struct selection *sel)
{
	struct nlattr *tb[PMT_A_MAX + 1];
	const struct nlmsghdr *nlh;
	struct rule rule;
	struct msg msg;
	int err = msg_pmt(&msg, sel->ipv4_seen ? PMT_CMD_RULE_DEL :
						 PMT_CMD_RULE_FLUSH, 0);

	if (err)
		return err;
	mnl_attr_put_u32(msg.nlh, PMT_A_IFINDEX, ifindex);
	reply_for_each(nlh, reply) {
		if (!sel->ipv4_seen || !selected(nlh, sel, tb, &rule) ||
		    !attr_of_len(tb, PMT_A_IFINDEX, sizeof(uint32_t)) ||
		    mnl_attr_get_u32(tb[PMT_A_IFINDEX]) != ifindex)
			continue;
		msg_room(&msg, RULE_ROOM);
		rule.seen = 1 << PMT_RULE_PROVIDER;
		rule_put(msg.nlh, msg.size, PMT_A_RULE, &rule);
	}
	err = nl_talk(&msg, NULL);
	msg_free(&msg);
	return err;
}

int rule_flush(struct args *args)
{
	struct nlattr *tb[PMT_A_MAX + 1];
	const struct nlattr *attr;
	const struct nlmsghdr *nlh;
	unsigned int last = 0;
	struct selection sel;
	struct reply reply;
	struct rule rule;
	int err = read_selection(args, &sel) ? : dump(&sel, &reply);

	if (err)
		return err;
	/* a dump shows a device's rules together */
	reply_for_each(nlh, &reply) {
		if (err || !selected(nlh, &sel, tb, &rule))
			continue;
		attr = attr_of_len(tb, PMT_A_IFINDEX, sizeof(uint32_t));
		if (!attr || mnl_attr_get_u32(attr) == last)
			continue;
		last = mnl_attr_get_u32(attr);
		err = flush_device(last, &reply, &sel);
	}
	free(reply.buf);
	return err;
}
