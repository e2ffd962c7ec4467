// SPDX-License-Identifier: GPL-2.0
/* What a device does, read from the kernel, or shall do, read from files. */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

#define FETCH_TRIES	5

static int cmp_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return memcmp(&x->provider, &y->provider, sizeof(x->provider)) ? :
	       (int)x->provider_len - (int)y->provider_len;
}

static bool same_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return x->ipv4 == y->ipv4 && x->ipv4_len == y->ipv4_len &&
	       x->subnet == y->subnet && x->subnet_bits == y->subnet_bits &&
	       x->csum == y->csum;
}

static struct origin rule_origin(const void *item)
{
	const struct rule *rule = item;

	return (struct origin){ rule->file, rule->line };
}

/* Whole rules go out, so that a default replaces what is there */
static int change_rule(const char *dev, const void *item, bool del)
{
	struct rule rule = *(const struct rule *)item;

	rule.seen = 1 << PMT_RULE_PROVIDER;
	if (!del)
		rule.seen |= 1 << PMT_RULE_IPV4 | 1 << PMT_RULE_SUBNET |
			     1 << PMT_RULE_CSUM;
	return queue_change(dev, del ? PMT_CMD_RULE_DEL : PMT_CMD_RULE_REPLACE,
			    &rule, NULL);
}

static void print_rule(const void *item)
{
	rule_print(item);
}

const struct noun noun_rule = {
	.name = "rule",
	.size = sizeof(struct rule),
	.list = offsetof(struct config, rules),
	.cmp = cmp_rules,
	.same = same_rules,
	.origin = rule_origin,
	.change = change_rule,
	.print = print_rule,
};

static bool same_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->action == y->action;
}

static struct origin entry_origin(const void *item)
{
	const struct entry *entry = item;

	return (struct origin){ entry->file, entry->line };
}

static int change_entry(const char *dev, const void *item, bool del)
{
	return queue_change(dev, del ? PMT_CMD_POLICY_DEL :
				       PMT_CMD_POLICY_REPLACE, NULL, item);
}

static void print_entry(const void *item)
{
	entry_print(item);
}

const struct noun noun_policy = {
	.name = "policy",
	.size = sizeof(struct entry),
	.list = offsetof(struct config, entries),
	.cmp = entry_cmp,
	.same = same_entries,
	.origin = entry_origin,
	.change = change_entry,
	.print = print_entry,
};

/**
 * config_list() - a device's rules, or its policy
 * @config: the device
 * @noun: which
 */
struct list *config_list(struct config *config, const struct noun *noun)
{
	return (struct list *)((char *)config + noun->list);
}

static void *item_at(const struct list *list, const struct noun *noun, size_t i)
{
	return list->items + i * noun->size;
}

/**
 * config_add() - append a rule or a policy entry
 * @config: to this configuration
 * @noun: what it is
 * @item: copied
 */
int config_add(struct config *config, const struct noun *noun, const void *item)
{
	struct list *list = config_list(config, noun);

	if (list->n == list->room) {
		size_t room = list->room * 2 + 16;
		void *items = realloc(list->items, room * noun->size);

		if (!items)
			return refuse("out of memory");
		list->items = items;
		list->room = room;
	}
	memcpy(item_at(list, noun, list->n++), item, noun->size);
	return DONE;
}

static bool is_sorted(const struct list *list, const struct noun *noun)
{
	size_t i;

	for (i = 1; i < list->n; i++)
		if (noun->cmp(item_at(list, noun, i - 1),
			      item_at(list, noun, i)) >= 0)
			return false;
	return true;
}

static void sort(struct list *list, const struct noun *noun)
{
	if (!is_sorted(list, noun))
		qsort(list->items, list->n, noun->size, noun->cmp);
}

/**
 * config_free() - a configuration is no longer needed
 * @config: it
 */
void config_free(struct config *config)
{
	msg_free(&config->msg);
	free(config->reply.buf);
	free(config->rules.items);
	free(config->entries.items);
	*config = (struct config){ 0 };
}

/**
 * config_fetch_rules() - read the rules of a device
 * @config: which device; filled
 */
int config_fetch_rules(struct config *config)
{
	struct dump dump;
	struct rule rule;
	int err = dump_open(&dump, PMT_CMD_RULE_GET, PMT_A_RULE, config->dev);

	if (err)
		return err;
	while (!err && dump_next(&dump)) {
		rule_get(dump.item, &rule);
		err = config_add(config, &noun_rule, &rule);
	}
	dump_close(&dump);
	sort(&config->rules, &noun_rule);
	return err;
}

static int fetch_policy(struct config *config)
{
	struct dump dump;
	struct entry entry;
	int err = dump_open(&dump, PMT_CMD_POLICY_GET, PMT_A_POLICY,
			    config->dev);

	if (err)
		return err;
	while (!err && dump_next(&dump)) {
		entry_get(dump.item, &entry);
		if (!entry_is_builtin(&entry))
			err = config_add(config, &noun_policy, &entry);
	}
	dump_close(&dump);
	sort(&config->entries, &noun_policy);
	return err;
}

/**
 * config_fetch_link() - read the options of a device
 * @dev: the device
 * @config: answer; to be freed by the caller
 */
int config_fetch_link(const char *dev, struct config *config)
{
	unsigned int ifindex;
	int err = device_index(dev, &ifindex);

	*config = (struct config){ 0 };
	memcpy(config->dev, dev, sizeof(config->dev));
	if (!err)
		err = link_fetch(ifindex, &config->reply);
	if (!err && config->reply.len)
		link_get((struct nlmsghdr *)config->reply.buf, &config->link);
	return err;
}

/**
 * config_fetch_lists() - read the rules and the policy of a device
 * @config: which device; filled
 */
int config_fetch_lists(struct config *config)
{
	return config_fetch_rules(config) ? : fetch_policy(config);
}

/**
 * config_generation() - read which of its configurations a device has
 * @dev: the device
 * @generation: answer
 */
int config_generation(const char *dev, uint32_t *generation)
{
	struct dump dump;
	int err = dump_open(&dump, PMT_CMD_STATS_GET, PMT_A_COUNTERS, dev);

	if (err)
		return err;
	*generation = dump_next(&dump) ?
		      attr_u32(dump.tb, PMT_A_GENERATION) : 0;
	dump_close(&dump);
	return DONE;
}

/**
 * config_fetch() - read all of a device, as it was at one moment
 * @dev: the device
 * @config: answer; to be freed by the caller
 */
int config_fetch(const char *dev, struct config *config)
{
	unsigned int tries = FETCH_TRIES;
	uint32_t before, after;
	int err;

	*config = (struct config){ 0 };
	do {
		config_free(config);
		err = config_generation(dev, &before) ? :
		      config_fetch_link(dev, config) ? :
		      config_fetch_lists(config) ? :
		      config_generation(dev, &after);
		if (err || before == after)
			return err;
	} while (--tries);
	failed("Error: dev %s: the configuration changes too fast to be read.",
	       dev);
	return REFUSED;
}

/**
 * origin_place() - name the place of a line
 * @config: what was read
 * @origin: where
 */
struct place origin_place(const struct config *config, struct origin origin)
{
	const char *file = config->files[origin.file];

	return (struct place){
		.file = strcmp(file, "-") ? file : "stdin",
		.line = origin.line,
	};
}

/* The configuration that a line is about, NULL: it is not asked for */
static int config_of(struct configs *configs, const char *dev,
		     struct config **config)
{
	void *list;
	unsigned int i;
	int err;

	*config = NULL;
	if (configs->for_map) {
		if (!configs->n)
			goto add;
		*config = configs->list;
		if (!dev[0])
			return DONE;
		if ((*config)->dev[0] && strcmp((*config)->dev, dev))
			return refuse("dev %s: the lines before are for %s",
				      dev, (*config)->dev);
		memcpy((*config)->dev, dev, IF_NAMESIZE);
		return DONE;
	}
	if (!dev[0])
		dev = configs->only;
	err = device_needed(dev);
	if (err)
		return err;
	if (configs->only[0] && strcmp(dev, configs->only))
		return DONE;
	for (i = 0; i < configs->n; i++)
		if (!strcmp(configs->list[i].dev, dev))
			break;
	if (i < configs->n) {
		*config = &configs->list[i];
		return DONE;
	}
add:
	list = realloc(configs->list, (configs->n + 1) * sizeof(**config));
	if (!list)
		return refuse("out of memory");
	configs->list = list;
	*config = &configs->list[configs->n++];
	**config = (struct config){ .files = configs->files };
	memcpy((*config)->dev, dev, strlen(dev) + 1);
	return DONE;
}

static int read_link(struct configs *configs, struct args *args)
{
	char dev[IF_NAMESIZE] = "";
	struct config *config = NULL;
	struct msg msg;
	int err;

	if (configs->only)
		memcpy(dev, configs->only, sizeof(dev));
	err = link_read(args, dev, &msg) ? : config_of(configs, dev, &config);
	if (!err && config && config->msg.nlh)
		err = refuse("dev %s: there was a link line before", dev);
	if (err || !config) {
		msg_free(&msg);
		return err;
	}
	config->msg = msg;
	config->link_place = place;
	link_get(msg.nlh, &config->link);
	return config->link.data[IFLA_PMT_RULE] ?
	       refuse("provider: rules have lines of their own here") : DONE;
}

static int read_rule(struct configs *configs, struct args *args,
		     unsigned int file)
{
	char dev[IF_NAMESIZE];
	struct config *config = NULL;
	struct rule rule;
	int err = rule_read(args, dev, &rule) ? : rule_check(&rule) ? :
		  config_of(configs, dev, &config);

	rule.file = file;
	rule.line = place.line;
	return err || !config ? err : config_add(config, &noun_rule, &rule);
}

static int read_entry(struct configs *configs, struct args *args,
		      unsigned int file)
{
	char dev[IF_NAMESIZE];
	struct config *config = NULL;
	struct entry entry;
	int err = policy_read(args, dev, &entry) ? :
		  config_of(configs, dev, &config);

	entry.file = file;
	entry.line = place.line;
	return err || !config ? err : config_add(config, &noun_policy, &entry);
}

static int read_line(struct configs *configs, struct args *args,
		     unsigned int file)
{
	const struct verb *verb = verb_find(args);

	if (!verb)
		return USAGE;
	if (verb->run == rule_add)
		return read_rule(configs, args, file);
	if (verb->run == policy_add)
		return read_entry(configs, args, file);
	if (verb->run == link_set)
		return read_link(configs, args);
	return refuse("%s%s%s: only link set, rule add and policy add lines are read here",
		      verb->noun, verb->name ? " " : "", verb->name ? : "");
}

static int read_file(struct configs *configs, unsigned int file)
{
	struct lines lines;
	struct args args;
	int err = lines_open(&lines, configs->files[file]);

	if (err)
		return err;
	while (!err && lines_next(&lines, &args))
		err = read_line(configs, &args, file);
	return lines_close(&lines) ? : err;
}

/* Of two lines the later one is at fault; @before and @behind say what of the earlier
 * one's place
 */
static int refuse_pair(const struct config *config, struct origin first,
		       struct origin second, const char *before,
		       const char *behind)
{
	struct place a = origin_place(config, first);
	struct place b = origin_place(config, second);
	struct place here = place;

	if (a.file == b.file && a.line > b.line) {
		place = a;
		a = b;
	} else {
		place = b;
	}
	refuse("%s%s:%u%s", before, a.file, a.line, behind);
	place = here;
	return USAGE;
}

/* What was given twice in the same words counts once; else it is a mistake */
static int drop_repeated(struct config *config, const struct noun *noun)
{
	struct list *list = config_list(config, noun);
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		void *item = item_at(list, noun, i), *last;

		last = n ? item_at(list, noun, n - 1) : NULL;
		if (!last || noun->cmp(last, item)) {
			memmove(item_at(list, noun, n++), item, noun->size);
			continue;
		}
		if (noun->same(last, item))
			continue;
		return refuse_pair(config, noun->origin(last),
				   noun->origin(item), "",
				   noun == &noun_rule ?
				   " has another rule of this prefix" :
				   " has another policy of this prefix");
	}
	list->n = n;
	return DONE;
}

static int tidy(struct config *config, const struct noun *noun)
{
	struct list *list = config_list(config, noun);

	if (is_sorted(list, noun))
		return DONE;
	sort(list, noun);
	return drop_repeated(config, noun);
}

/* By what may not overlap, the wider one first */
static int cmp_subnets(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;

	if (x->ipv4 != y->ipv4)
		return x->ipv4 < y->ipv4 ? -1 : 1;
	if (x->ipv4_len != y->ipv4_len)
		return x->ipv4_len < y->ipv4_len ? -1 : 1;
	if (x->subnet != y->subnet)
		return x->subnet < y->subnet ? -1 : 1;
	return (int)y->subnet_bits - (int)x->subnet_bits;
}

static bool provider_contains(const struct rule *outer, const struct rule *inner)
{
	unsigned int len = outer->provider_len, bytes = len / 8;
	const uint8_t *x = outer->provider.s6_addr;
	const uint8_t *y = inner->provider.s6_addr;

	return !memcmp(x, y, bytes) &&
	       (len % 8 == 0 || (x[bytes] ^ y[bytes]) >> (8 - len % 8) == 0);
}

/* The module would refuse them all, without the line. Prefixes nest or are apart, so
 * that in their order one that overlaps another overlaps the one before it.
 */
static int check_rules(const struct config *config)
{
	const struct rule *rules = (const void *)config->rules.items;
	size_t n = config->rules.n, i;
	const struct rule **sorted;
	int err = DONE;

	for (i = 1; i < n; i++)
		if (provider_contains(&rules[i - 1], &rules[i]))
			return refuse_pair(config, rule_origin(&rules[i - 1]),
					   rule_origin(&rules[i]),
					   "provider: overlaps that of ", "");
	sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		return refuse("out of memory");
	for (i = 0; i < n; i++)
		sorted[i] = &rules[i];
	qsort(sorted, n, sizeof(*sorted), cmp_subnets);
	for (i = 1; !err && i < n; i++) {
		const struct rule *a = sorted[i - 1], *b = sorted[i];

		if (a->ipv4 == b->ipv4 && a->ipv4_len == b->ipv4_len &&
		    a->subnet + (1U << a->subnet_bits) > b->subnet)
			err = refuse_pair(config, rule_origin(a), rule_origin(b),
					  "subnet: overlaps that of ",
					  ", with the same ipv4 prefix");
	}
	free(sorted);
	return err;
}

/* Devices, too, come in order */
static int cmp_configs(const void *a, const void *b)
{
	const struct config *x = a, *y = b;

	return strcmp(x->dev, y->dev);
}

/**
 * configs_read() - read files of configuration lines
 * @configs: which files; filled, to be freed also after an error
 */
int configs_read(struct configs *configs)
{
	unsigned int i;
	int err = DONE;

	for (i = 0; !err && configs->files[i]; i++)
		err = read_file(configs, i);
	for (i = 0; !err && i < configs->n; i++)
		err = tidy(&configs->list[i], &noun_rule) ? :
		      check_rules(&configs->list[i]) ? :
		      tidy(&configs->list[i], &noun_policy);
	if (!err && configs->n)
		qsort(configs->list, configs->n, sizeof(*configs->list),
		      cmp_configs);
	return err;
}

/**
 * configs_free() - what was read is no longer needed
 * @configs: it
 */
void configs_free(struct configs *configs)
{
	unsigned int i;

	for (i = 0; i < configs->n; i++)
		config_free(&configs->list[i]);
	free(configs->list);
}

/**
 * config_entry() - the policy entry that decides about a customer
 * @config: as read from files
 * @ipv4: the customer
 *
 * Return: NULL when none does.
 */
const struct entry *config_entry(const struct config *config, uint32_t ipv4)
{
	const struct list *list = &config->entries;
	const struct entry *found = NULL;
	int len;

	for (len = 32; list->n && !found && len >= 0; len--) {
		struct entry key = {
			.ipv4 = len ? ipv4 & ~0U << (32 - len) : 0,
			.len = len,
		};

		found = bsearch(&key, list->items, list->n, sizeof(key),
				entry_cmp);
	}
	return found;
}
