// SPDX-License-Identifier: GPL-2.0
/*
 * The words of rules, policy entries, devices and questions, a line each. What is
 * printed of what was read is read back as the same.
 */
#include <libmnl/libmnl.h>

#include "fuzz.h"

/* The words that the printer wrote since fuzz_begin() */
static void printed(struct args *args)
{
	fuzz_end();
	fuzz_words(args, fuzz_out.text);
}

/* The same in JSON is JSON */
static void check_json(void (*print)(const void *what), const void *what)
{
	options.json = true;
	fuzz_begin();
	open_json_object(NULL);
	print(what);
	print_object_end();
	fuzz_end();
	fuzz_check_json(fuzz_out.text);
	options.json = false;
}

static void print_rule(const void *rule)
{
	rule_print(rule);
}

static void print_entry(const void *entry)
{
	entry_print(entry);
}

static void print_options(const void *link)
{
	const struct link *l = link;

	link_print_head(l);
	link_print_options(l->data, l->here);
}

static bool same_rule(const struct rule *a, const struct rule *b)
{
	return !memcmp(&a->provider, &b->provider, sizeof(a->provider)) &&
	       a->provider_len == b->provider_len && a->ipv4 == b->ipv4 &&
	       a->ipv4_len == b->ipv4_len && a->subnet == b->subnet &&
	       a->subnet_bits == b->subnet_bits && a->csum == b->csum;
}

static void read_rule(struct args *args)
{
	char dev[IF_NAMESIZE];
	struct rule rule, again;
	struct msg msg;

	if (rule_read(args, dev, &rule) || rule_check(&rule))
		return;
	fuzz_begin();
	rule_print(&rule);
	printed(args);
	CHECK(!rule_read(args, dev, &again) && !rule_check(&again));
	CHECK(same_rule(&rule, &again));
	/* and through a message */
	msg_link(&msg, 0, 0);
	CHECK(rule_put(msg.nlh, msg.size, PMT_A_RULE, &rule));
	rule_get(mnl_nlmsg_get_payload_offset(msg.nlh, 16), &again);
	CHECK(same_rule(&rule, &again));
	msg_free(&msg);
	check_json(print_rule, &rule);
}

static void read_entry(struct args *args)
{
	char dev[IF_NAMESIZE];
	struct entry entry, again;
	struct msg msg;

	if (policy_read(args, dev, &entry))
		return;
	fuzz_begin();
	entry_print(&entry);
	printed(args);
	CHECK(!policy_read(args, dev, &again));
	CHECK(!entry_cmp(&entry, &again) && entry.action == again.action);
	CHECK(entry_contains(&entry, entry.ipv4, 32));
	msg_link(&msg, 0, 0);
	CHECK(entry_put(msg.nlh, msg.size, &entry));
	entry_get(mnl_nlmsg_get_payload_offset(msg.nlh, 16), &again);
	CHECK(!entry_cmp(&entry, &again) && entry.action == again.action);
	msg_free(&msg);
	check_json(print_entry, &entry);
}

static void print_link(const char *name, const struct link *link)
{
	struct rule rule;

	print_string("ifname", "dev %s ", name);
	if (link->sets_up)
		print_text(link->up ? "up " : "down ");
	if (link->mtu)
		print_uint("mtu", "mtu %u ", link->mtu);
	link_print_set(link->data);
	if (link->data[IFLA_PMT_RULE]) {
		rule_get(link->data[IFLA_PMT_RULE], &rule);
		rule_print(&rule);
	}
}

static void read_link(struct args *args)
{
	char name[IF_NAMESIZE], other[IF_NAMESIZE];
	struct link link, again;
	struct msg msg, second;
	struct rule a, b;
	unsigned int type;

	if (link_read(args, name, &msg)) {
		msg_free(&msg);
		return;
	}
	link_get(msg.nlh, &link);
	fuzz_begin();
	print_link(name, &link);
	printed(args);
	CHECK(!link_read(args, other, &second));
	link_get(second.nlh, &again);
	CHECK(!strcmp(name, other) && link.up == again.up &&
	      link.sets_up == again.sets_up && link.mtu == again.mtu);
	for (type = 0; type <= IFLA_PMT_MAX; type++)
		CHECK(type == IFLA_PMT_RULE ||
		      attr_same(link.data[type], again.data[type]));
	if (link.data[IFLA_PMT_RULE]) {
		rule_get(link.data[IFLA_PMT_RULE], &a);
		rule_get(again.data[IFLA_PMT_RULE], &b);
		CHECK(same_rule(&a, &b));
	}
	check_json(print_options, &link);
	msg_free(&second);
	msg_free(&msg);
}

static void ask_map(struct args *args)
{
	int err = map_run(args);

	fuzz_end();
	CHECK(err == DONE || err == NO || fuzz_err.len);
	CHECK(err == USAGE || fuzz_out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *noun;
		void (*read)(struct args *args);
	} readers[] = {
		{ "rule", read_rule },
		{ "policy", read_entry },
		{ "link", read_link },
		{ "map", ask_map },
	};
	struct lines lines;
	struct args args;
	const char *rest;
	size_t len = fuzz_cut(data, &size, &rest), i;

	fuzz_request = store_request;
	store_reset();
	fuzz_file(rest, len);
	fuzz_input((const char *)data, size);
	fuzz_begin();
	CHECK(!lines_open(&lines, "-"));
	while (lines_next(&lines, &args)) {
		const char *word = args_next(&args);

		/* errors name no place, as on the command line */
		place.file = NULL;
		fuzz_begin();
		for (i = 0; i < ARRAY_SIZE(readers); i++)
			if (!strcmp(word, readers[i].noun))
				readers[i].read(&args);
	}
	CHECK(!lines_close(&lines));
	fuzz_end();
	return 0;
}
