// SPDX-License-Identifier: GPL-2.0
/*
 * Counters (R75): per CPU, one a reason, and packets and bytes a rule. Both ways
 * run with bottom halves off, so nothing else on the CPU writes to them.
 */
#include <linux/ethtool.h>
#include <linux/slab.h>

#include "pmt.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static const char names[__PMT_COUNTER_MAX][ETH_GSTRING_LEN] = {
#define PMT_COUNTER(id, name, requirement, meaning)	\
	[PMT_##id] = name,
#include <uapi/linux/pmt_counters.h>
#undef PMT_COUNTER
};

/* For drop monitors, where the kernel's own words say the same as ours: modules
 * can't add to them
 */
static enum skb_drop_reason core_reason(enum pmt_counter counter)
{
	switch (counter) {
	case PMT_LEN:
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	case PMT_PTB:
		return SKB_DROP_REASON_PKT_TOO_BIG;
	case PMT_NOROUTE:
		return SKB_DROP_REASON_IP_OUTNOROUTES;
	case PMT_XFRM:
		return SKB_DROP_REASON_XFRM_POLICY;
	case PMT_NOMEM:
		return SKB_DROP_REASON_NOMEM;
	case PMT_BACKLOG:
		return SKB_DROP_REASON_CPU_BACKLOG;
	default:
		return SKB_DROP_REASON_NOT_SPECIFIED;
	}
}

/**
 * pmt_count() - count an event of a packet that goes on
 * @pmt: the device
 * @counter: which
 */
void pmt_count(struct pmt_dev *pmt, enum pmt_counter counter)
{
	struct pmt_counts *counts = this_cpu_ptr(pmt->counts);

	u64_stats_update_begin(&counts->syncp);
	u64_stats_inc(&counts->n[counter]);
	u64_stats_update_end(&counts->syncp);
}

/**
 * pmt_drop() - the one exit of packets that do not pass (R16: silently)
 * @pmt: the device
 * @skb: freed
 * @counter: why
 * @dir: on which way
 * @v4: the customer, 0: not known
 */
void pmt_drop(struct pmt_dev *pmt, struct sk_buff *skb,
	      enum pmt_counter counter, enum pmt_dir dir, u32 v4)
{
	struct pmt_counts *counts = this_cpu_ptr(pmt->counts);

	u64_stats_update_begin(&counts->syncp);
	u64_stats_inc(&counts->n[counter]);
	u64_stats_inc(&counts->dropped[dir]);
	u64_stats_update_end(&counts->syncp);
	trace_pmt_drop(pmt->dev, skb, names[counter], dir == PMT_IN, htonl(v4));
	kfree_skb_reason(skb, core_reason(counter));
}

/**
 * pmt_rule_count() - count a packet that a rule translated
 * @rule: which
 * @dir: on which way
 * @bytes: length of the IPv6 packet
 */
void pmt_rule_count(const struct pmt_map_rule *rule, enum pmt_dir dir,
		    unsigned int bytes)
{
	const struct pmt_rule_stats *stats = rule->priv;
	struct pmt_rule_counts *counts = this_cpu_ptr(stats->counts);

	u64_stats_update_begin(&counts->syncp);
	u64_stats_inc(&counts->packets[dir]);
	u64_stats_add(&counts->bytes[dir], bytes);
	u64_stats_update_end(&counts->syncp);
}

/**
 * pmt_stats_read() - the sum over all CPUs of every counter
 * @pmt: the device
 * @n: where to put them, by enum pmt_counter
 */
void pmt_stats_read(const struct pmt_dev *pmt, u64 n[__PMT_COUNTER_MAX])
{
	int cpu, i;

	memset(n, 0, __PMT_COUNTER_MAX * sizeof(*n));
	for_each_possible_cpu(cpu) {
		const struct pmt_counts *counts = per_cpu_ptr(pmt->counts, cpu);
		u64 here[__PMT_COUNTER_MAX];
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&counts->syncp);
			for (i = 0; i < __PMT_COUNTER_MAX; i++)
				here[i] = u64_stats_read(&counts->n[i]);
		} while (u64_stats_fetch_retry(&counts->syncp, start));
		for (i = 0; i < __PMT_COUNTER_MAX; i++)
			n[i] += here[i];
	}
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, PMT_KIND, sizeof(info->driver));
	strscpy(info->version, PMT_VERSION, sizeof(info->version));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? PMT_COUNTER_MAX : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	int i;

	for (i = 1; i <= PMT_COUNTER_MAX && set == ETH_SS_STATS; i++)
		memcpy(data + (i - 1) * ETH_GSTRING_LEN, names[i],
		       ETH_GSTRING_LEN);
}

static void get_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	u64 n[__PMT_COUNTER_MAX];

	pmt_stats_read(netdev_priv(dev), n);
	memcpy(data, &n[1], PMT_COUNTER_MAX * sizeof(*n));
}

/* ethtool -i, -S */
const struct ethtool_ops pmt_ethtool_ops = {
	.get_drvinfo	   = get_drvinfo,
	.get_sset_count	   = get_sset_count,
	.get_strings	   = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
};

/* ndo_get_stats64: what passed is in dev->tstats, what did not is ours, and what
 * pmt_cells_forget() threw away is in both: it had passed
 */
void pmt_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	const struct pmt_dev *pmt = netdev_priv(dev);
	int cpu;

	dev_get_tstats64(dev, stats);
	for_each_possible_cpu(cpu) {
		const struct pmt_counts *counts = per_cpu_ptr(pmt->counts, cpu);
		unsigned int start;
		u64 out, in;

		do {
			start = u64_stats_fetch_begin(&counts->syncp);
			out = u64_stats_read(&counts->dropped[PMT_OUT]);
			in = u64_stats_read(&counts->dropped[PMT_IN]);
		} while (u64_stats_fetch_retry(&counts->syncp, start));
		stats->rx_dropped += out;
		stats->tx_dropped += in;
	}
}

/**
 * pmt_rule_stats_new() - counters for a new rule, with one reference
 *
 * Return: NULL when out of memory.
 */
struct pmt_rule_stats *pmt_rule_stats_new(void)
{
	struct pmt_rule_stats *stats;
	int cpu;

	stats = kmalloc(sizeof(*stats), GFP_KERNEL_ACCOUNT);
	if (!stats)
		return NULL;
	stats->counts = alloc_percpu_gfp(struct pmt_rule_counts,
					 GFP_KERNEL_ACCOUNT);
	if (!stats->counts) {
		kfree(stats);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats->counts, cpu)->syncp);
	refcount_set(&stats->refs, 1);
	return stats;
}

void pmt_rule_stats_put(struct pmt_rule_stats *stats)
{
	if (refcount_dec_and_test(&stats->refs)) {
		free_percpu(stats->counts);
		kfree(stats);
	}
}

/**
 * pmt_rule_stats_read() - the sum over all CPUs
 * @stats: of which rule
 * @packets: by enum pmt_dir
 * @bytes: by enum pmt_dir
 */
void pmt_rule_stats_read(const struct pmt_rule_stats *stats, u64 packets[2],
			 u64 bytes[2])
{
	int cpu, dir;

	for (dir = 0; dir < 2; dir++) {
		packets[dir] = 0;
		bytes[dir] = 0;
		for_each_possible_cpu(cpu) {
			const struct pmt_rule_counts *counts =
				per_cpu_ptr(stats->counts, cpu);
			unsigned int start;
			u64 p, b;

			do {
				start = u64_stats_fetch_begin(&counts->syncp);
				p = u64_stats_read(&counts->packets[dir]);
				b = u64_stats_read(&counts->bytes[dir]);
			} while (u64_stats_fetch_retry(&counts->syncp, start));
			packets[dir] += p;
			bytes[dir] += b;
		}
	}
}
