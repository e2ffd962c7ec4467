// SPDX-License-Identifier: GPL-2.0
/* The figures of all devices at one moment, for what shows them again and again. */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

static int cmp_rules(const void *a, const void *b)
{
	const struct sample_rule *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return noun_rule.cmp(&x->rule, &y->rule);
}

/**
 * sample_find() - a device among those of another moment
 * @samples: the moment
 * @ifindex: the device; its name may have changed
 */
struct sample *sample_find(const struct samples *samples, unsigned int ifindex)
{
	unsigned int i;

	for (i = 0; i < samples->n; i++)
		if (samples->list[i].ifindex == ifindex)
			return &samples->list[i];
	return NULL;
}

/**
 * sample_find_rule() - a rule among those of another moment
 * @samples: the moment
 * @rule: with a provider prefix and a device
 */
const struct rule *sample_find_rule(const struct samples *samples,
				    const struct sample_rule *rule)
{
	const struct sample_rule *found = !samples->n_rules ? NULL :
		bsearch(rule, samples->rules, samples->n_rules, sizeof(*rule),
			cmp_rules);

	return found ? &found->rule : NULL;
}

/* What the device receives goes out, to the Internet */
static void take_traffic(const struct link *link, struct sample *sample)
{
	struct rtnl_link_stats64 stats = { 0 };
	size_t len = link->stats ? mnl_attr_get_payload_len(link->stats) : 0;

	if (len)
		memcpy(&stats, mnl_attr_get_payload(link->stats),
		       len < sizeof(stats) ? len : sizeof(stats));
	sample->out = (struct traffic){ stats.rx_packets, stats.rx_bytes,
					stats.rx_dropped };
	sample->in = (struct traffic){ stats.tx_packets, stats.tx_bytes,
				       stats.tx_dropped };
}

static int read_links(struct samples *samples)
{
	const struct nlmsghdr *nlh;
	struct sample *sample;
	struct reply reply;
	struct link link;
	unsigned int n = 0;
	int err = link_fetch(0, &reply);

	if (err)
		return err;
	reply_for_each(nlh, &reply)
		n++;
	samples->list = calloc(n + 1, sizeof(*samples->list));
	if (!samples->list)
		err = refuse("out of memory");
	reply_for_each(nlh, &reply) {
		if (err || nlh->nlmsg_type != RTM_NEWLINK)
			continue;
		link_get(nlh, &link);
		if (!link.is_pmt)
			continue;
		sample = &samples->list[samples->n++];
		sample->ifindex = link.ifindex;
		memcpy(sample->name, link.name, sizeof(sample->name));
		sample->up = link.up;
		sample->mtu = link.mtu;
		sample->n_rules = attr_u32(link.data, IFLA_PMT_RULES);
		sample->health = attr_u32(link.data, IFLA_PMT_HEALTH);
		take_traffic(&link, sample);
	}
	free(reply.buf);
	return err;
}

static void take_counters(const struct dump *dump, struct sample *sample)
{
	struct nlattr *values[N_COUNTERS + 1];
	const struct nlattr *attr;
	unsigned int id;

	attrs_parse(mnl_attr_get_payload(dump->item),
		    mnl_attr_get_payload_len(dump->item), values, N_COUNTERS);
	for (id = 1; id <= N_COUNTERS; id++) {
		attr = attr_of_len(values, id, sizeof(uint64_t));
		if (!attr)
			continue;
		sample->counters[id] = mnl_attr_get_u64(attr);
		sample->n_counters = id;
	}
	attr = attr_of_len(dump->tb, PMT_A_CONFIG_ID, sizeof(uint64_t));
	sample->config_id = attr ? mnl_attr_get_u64(attr) : 0;
	sample->generation = attr_u32(dump->tb, PMT_A_GENERATION);
	sample->counted = true;
}

/* A device that came or went between the two questions is left out */
static int read_counters(struct samples *samples)
{
	struct sample *sample;
	struct dump dump;
	unsigned int i, n = 0;
	int err = dump_open(&dump, PMT_CMD_STATS_GET, PMT_A_COUNTERS, "");

	if (err)
		return err;
	while (dump_next(&dump)) {
		sample = sample_find(samples,
				     attr_u32(dump.tb, PMT_A_IFINDEX));
		if (sample)
			take_counters(&dump, sample);
	}
	dump_close(&dump);
	for (i = 0; i < samples->n; i++)
		if (samples->list[i].counted)
			samples->list[n++] = samples->list[i];
	samples->n = n;
	return DONE;
}

static int read_rules(struct samples *samples)
{
	struct sample_rule rule;
	struct dump dump;
	size_t room = 0;
	void *rules;
	int err = dump_open(&dump, PMT_CMD_RULE_GET, PMT_A_RULE, "");

	if (err)
		return err;
	while (!err && dump_next(&dump)) {
		if (samples->n_rules == room) {
			room = room * 2 + 16;
			rules = realloc(samples->rules, room * sizeof(rule));
			if (!rules) {
				err = refuse("out of memory");
				break;
			}
			samples->rules = rules;
		}
		rule.ifindex = attr_u32(dump.tb, PMT_A_IFINDEX);
		rule_get(dump.item, &rule.rule);
		samples->rules[samples->n_rules++] = rule;
	}
	dump_close(&dump);
	if (samples->n_rules)
		qsort(samples->rules, samples->n_rules, sizeof(rule),
		      cmp_rules);
	return err;
}

/**
 * samples_read() - read the figures of all devices
 * @samples: answer, to be freed by the caller
 * @with_rules: those of the rules, too
 */
int samples_read(struct samples *samples, bool with_rules)
{
	int err;

	*samples = (struct samples){ .milliseconds = now_milliseconds() };
	err = read_links(samples) ? : read_counters(samples);
	if (!err && with_rules)
		err = read_rules(samples);
	return err;
}

/**
 * samples_free() - they are no longer needed
 * @samples: they
 */
void samples_free(struct samples *samples)
{
	free(samples->list);
	free(samples->rules);
	*samples = (struct samples){ 0 };
}

/** now_milliseconds() - a clock that nobody sets */
uint64_t now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}
