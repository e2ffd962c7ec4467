// SPDX-License-Identifier: GPL-2.0
/*
 * Counters (R75): per CPU, one a reason, and packets and bytes a rule. Both ways
 * run with bottom halves off, so nothing else on the CPU writes to them.
 */
#include <linux/slab.h>

#include "pmt.h"

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
 */
void pmt_drop(struct pmt_dev *pmt, struct sk_buff *skb,
	      enum pmt_counter counter, enum pmt_dir dir)
{
	struct pmt_counts *counts = this_cpu_ptr(pmt->counts);

	u64_stats_update_begin(&counts->syncp);
	u64_stats_inc(&counts->n[counter]);
	u64_stats_inc(&counts->dropped[dir]);
	u64_stats_update_end(&counts->syncp);
	kfree_skb(skb);
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

/* ndo_get_stats64: what passed is in dev->tstats, what did not is ours */
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
