// SPDX-License-Identifier: GPL-2.0
/*
 * pmt save, diff and apply: a configuration as lines, what differs between such
 * lines and a device, and making it equal in one step.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

#define APPLY_TRIES	5

/* What happens to a line; a saved one just is */
enum op {
	IS,
	DEL,
	ADD,
};

static void line_begin(enum op op, const char *noun, const char *verb,
		       const char *key, const char *dev)
{
	open_json_object(NULL);
	if (op == DEL)
		print_string("op", options.json ? "%s" : "-", "del");
	if (op == ADD)
		print_string("op", options.json ? "%s" : "+", "add");
	print_string("noun", "%s ", noun);
	print_text(verb);
	print_string(key, "dev %s ", dev);
}

static void line_end(void)
{
	print_text("\n");
	close_json_object();
}

static void print_item(enum op op, const char *dev, const struct noun *noun,
		       const void *item)
{
	line_begin(op, noun->name, "add ", "dev", dev);
	noun->print(item);
	line_end();
}

static void print_link(enum op op, const char *dev, const struct link *link)
{
	line_begin(op, "link", "set ", "ifname", dev);
	if (link->sets_up && options.json)
		print_on_off("up", "", link->up);
	else if (link->sets_up)
		print_text(link->up ? "up " : "down ");
	if (link->mtu)
		print_uint("mtu", "mtu %u ", link->mtu);
	link_print_set(link->data);
	line_end();
}

static void save_items(struct config *config, const struct noun *noun)
{
	const struct list *list = config_list(config, noun);
	size_t i;

	for (i = 0; i < list->n; i++)
		print_item(IS, config->dev, noun,
			   list->items + i * noun->size);
}

/* What the operator has done for the moment is not saved, nor what `link set`
 * can't set
 */
static void save(struct config *config)
{
	config->link.sets_up = false;
	config->link.data[IFLA_PMT_LINK] = NULL;
	config->link.data[IFLA_PMT_DRAIN] = NULL;
	print_link(IS, config->dev, &config->link);
	save_items(config, &noun_rule);
	save_items(config, &noun_policy);
}

static int save_devices(const struct devices *devices)
{
	struct config config;
	unsigned int i;
	int err = DONE;

	print_begin();
	for (i = 0; !err && i < devices->n; i++) {
		err = config_fetch(devices->names[i], &config);
		if (!err)
			save(&config);
		config_free(&config);
	}
	print_end();
	return err;
}

int save_run(struct args *args)
{
	char dev[1][IF_NAMESIZE] = { "" };
	struct devices devices = { dev, 1 };
	unsigned int dev_seen = 0;
	const char *word;
	int err;

	while ((word = args_next(args))) {
		err = strcmp(word, "dev") ? args_unknown(args, word, "dev") :
		      device_word(args, word, &dev_seen, dev[0]);
		if (err)
			return err;
	}
	if (dev_seen)
		return save_devices(&devices);
	err = devices_list(&devices);
	if (err)
		return err;
	err = save_devices(&devices);
	free(devices.names);
	return err;
}

/* Two sorted lists side by side; what is equal in both is passed over */
struct pairs {
	const struct noun *noun;
	const char *have;
	const char *have_end;
	const char *want;
	const char *want_end;
	const void *old;	/* NULL: there is none */
	const void *new;
};

static struct pairs pairs_of(struct config *have, struct config *want,
			     const struct noun *noun)
{
	const struct list *h = config_list(have, noun);
	const struct list *w = config_list(want, noun);

	return (struct pairs){
		.noun = noun,
		.have = h->items,
		.have_end = h->items + h->n * noun->size,
		.want = w->items,
		.want_end = w->items + w->n * noun->size,
	};
}

static bool pairs_next(struct pairs *p)
{
	do {
		int order;

		p->old = p->have != p->have_end ? p->have : NULL;
		p->new = p->want != p->want_end ? p->want : NULL;
		if (!p->old && !p->new)
			return false;
		order = !p->old ? 1 : !p->new ? -1 :
			p->noun->cmp(p->old, p->new);
		if (order > 0)
			p->old = NULL;
		else
			p->have += p->noun->size;
		if (order < 0)
			p->new = NULL;
		else
			p->want += p->noun->size;
	} while (p->old && p->new && p->noun->same(p->old, p->new));
	return true;
}

static bool differs(struct config *have, struct config *want,
		    const struct noun *noun)
{
	struct pairs p = pairs_of(have, want, noun);

	return pairs_next(&p);
}

static void print_items(struct config *have, struct config *want,
			const struct noun *noun)
{
	struct pairs p = pairs_of(have, want, noun);

	while (pairs_next(&p)) {
		if (p.old)
			print_item(DEL, want->dev, noun, p.old);
		if (p.new)
			print_item(ADD, want->dev, noun, p.new);
	}
}

/* Strip two links of what is equal, or what the line does not say. Return:
 * whether anything is left.
 */
static bool link_differs(struct link *have, struct link *want)
{
	bool mtu = want->mtu && want->mtu != have->mtu;
	bool up = want->sets_up && want->up != have->up;
	bool differs = mtu || up;
	unsigned int type;

	if (!mtu)
		have->mtu = want->mtu = 0;
	have->sets_up = want->sets_up = up;
	for (type = 0; type <= IFLA_PMT_MAX; type++) {
		if (!want->data[type] ||
		    attr_same(have->data[type], want->data[type]))
			have->data[type] = want->data[type] = NULL;
		differs |= !!want->data[type];
	}
	return differs;
}

static void print_links(const struct config *have, const struct config *want)
{
	print_link(DEL, want->dev, &have->link);
	print_link(ADD, want->dev, &want->link);
}

static int diff(struct config *want)
{
	struct config have;
	int err = config_fetch(want->dev, &have);

	if (!err && want->msg.nlh && link_differs(&have.link, &want->link)) {
		print_links(&have, want);
		err = NO;
	}
	if (err == DONE || err == NO) {
		if (differs(&have, want, &noun_rule) ||
		    differs(&have, want, &noun_policy))
			err = NO;
		print_items(&have, want, &noun_rule);
		print_items(&have, want, &noun_policy);
	}
	config_free(&have);
	return err;
}

/* Put the changes of one kind into the transaction. What is in the way goes
 * first: all deletions of all nouns, then the rest.
 */
static int change(struct config *have, struct config *want,
		  const struct noun *noun, bool del)
{
	struct pairs p = pairs_of(have, want, noun);
	struct place here = place;
	int err = DONE;

	while (!err && pairs_next(&p)) {
		if (!del && p.new) {
			place = origin_place(want, noun->origin(p.new));
			err = noun->change(want->dev, p.new, false);
		} else if (del && !p.new) {
			err = noun->change(want->dev, p.old, true);
		}
	}
	place = here;
	return err;
}

/* Begin a transaction, and read what it begins with. If somebody else changes the
 * device meanwhile, that is busy; if later, its end will be.
 */
static int begin(struct config *have, const char *dev, bool *busy)
{
	uint32_t before, after;
	int err = config_generation(dev, &before) ? : queue_open(dev) ? :
		  config_fetch_lists(have) ? : config_generation(dev, &after);

	*busy = !err && before != after;
	return *busy ? REFUSED : err;
}

static int try_apply(struct config *have, struct config *want, bool *busy)
{
	int err = begin(have, want->dev, busy);

	if (err || (!differs(have, want, &noun_rule) &&
		    !differs(have, want, &noun_policy))) {
		queue_drop();
		return err;
	}
	err = change(have, want, &noun_rule, true) ? :
	      change(have, want, &noun_policy, true) ? :
	      change(have, want, &noun_rule, false) ? :
	      change(have, want, &noun_policy, false);
	if (err)
		queue_drop();
	return err ? : queue_send(busy);
}

/* Options are rtnetlink's and no part of the transaction: a link line of which
 * anything differs is set before
 */
static int apply_link(struct config *want)
{
	struct place here = place;
	struct config have;
	int err = config_fetch_link(want->dev, &have);

	if (!err && link_differs(&have.link, &want->link)) {
		place = want->link_place;
		err = link_send(want->dev, &want->msg);
		place = here;
		if (!err)
			print_links(&have, want);
	}
	config_free(&have);
	return err;
}

static int apply(struct config *want)
{
	unsigned int tries = APPLY_TRIES;
	struct config have;
	bool busy;
	int err = want->msg.nlh ? apply_link(want) : DONE;

	if (err)
		return err;
	do {
		have = (struct config){ 0 };
		memcpy(have.dev, want->dev, sizeof(have.dev));
		err = try_apply(&have, want, &busy);
		if (!err) {
			print_items(&have, want, &noun_rule);
			print_items(&have, want, &noun_policy);
		}
		config_free(&have);
	} while (busy && --tries);
	if (busy)
		failed("Error: dev %s: somebody else kept changing the configuration, %u times; rules and policy are as they left them: try again.",
		       want->dev, APPLY_TRIES);
	return err;
}

/* FILE... [dev NAME] */
static int read_words(struct args *args, struct configs *configs, char *dev)
{
	unsigned int dev_seen = 0, n = 0;
	const char *word;
	int err = DONE;

	while (!err && (word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &dev_seen, dev);
		else
			configs->files[n++] = word;
	}
	if (!err && !n)
		err = refuse("which file? - is standard input");
	return err;
}

static int on_files(struct args *args, int (*run)(struct config *want))
{
	char dev[IF_NAMESIZE] = "";
	struct configs configs = {
		.only = dev,
		.files = calloc(args->argc + 1, sizeof(char *)),
	};
	unsigned int i;
	int answer = DONE;
	int err = configs.files ? read_words(args, &configs, dev) ? :
				  configs_read(&configs) :
				  refuse("out of memory");

	/* an empty file is rather an accident than a wish */
	if (!err && !configs.n)
		err = refuse(dev[0] ? "dev %s: no line is for it" :
			     "no line is for any device%s", dev);
	if (!err) {
		print_begin();
		for (i = 0; i < configs.n && (!err || err == NO); i++) {
			err = run(&configs.list[i]);
			answer = answer ? : err;
		}
		print_end();
	}
	configs_free(&configs);
	free(configs.files);
	return err ? : answer;
}

int apply_run(struct args *args)
{
	return on_files(args, apply);
}

int diff_run(struct args *args)
{
	return on_files(args, diff);
}
