// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: a customer's IPv6 in IPv4 comes in, provider-side IPv6 goes on to
 * the stack. validate, map, translate, hand over; each step answers with the
 * counter that says why not.
 */
#include <linux/icmpv6.h>
#include <linux/net.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip_tunnels.h>
#include <net/xfrm.h>

#include "pmt.h"

/* What came out of the tunnel on this CPU and waits for the stack. gro_cells would
 * have a look at each whether it could be merged, which the stack has done before
 * us. Those to one destination go together and share a look-up of their route;
 * one by one the others are quicker, and so is what holds many packets already.
 */
struct pmt_cell {
	struct sk_buff_head queue;	/* its lock: NAPI may run in a thread */
	struct napi_struct napi;
	struct in6_addr last;		/* where the one before went to */
};

/* This CPU is handing a packet over that did not wait */
static DEFINE_PER_CPU(bool, direct);

/* As many as the kernel's own queues take unless told otherwise; there are 64 when
 * the machine keeps up
 */
#define CELL_MAX	1000

/* What waits when the device is set down or goes, under the queue's lock */
static void forget(struct pmt_dev *pmt, struct pmt_cell *cell)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&cell->queue)))
		pmt_drop(pmt, skb, PMT_BACKLOG, PMT_OUT, 0);
}

static int cell_poll(struct napi_struct *napi, int budget)
{
	struct pmt_cell *cell = container_of(napi, struct pmt_cell, napi);
	const struct sk_buff *next;
	struct sk_buff_head batch;
	struct sk_buff *skb;
	LIST_HEAD(run);
	bool more;
	int n = 0;

	__skb_queue_head_init(&batch);
	spin_lock(&cell->queue.lock);
	/* Not into the namespace that the device may be moved to. IFF_UP comes behind
	 * pmt_cells_forget(), netif_running() before it. It is read under the lock, so
	 * that what waited before then is forgotten there or here.
	 */
	if (unlikely(!(READ_ONCE(napi->dev->flags) & IFF_UP)))
		forget(netdev_priv(napi->dev), cell);
	else if (skb_queue_len(&cell->queue) <= budget)
		skb_queue_splice_init(&cell->queue, &batch);
	else
		while (skb_queue_len(&batch) < budget)
			__skb_queue_tail(&batch, __skb_dequeue(&cell->queue));
	spin_unlock(&cell->queue.lock);
	while ((skb = __skb_dequeue(&batch))) {
		n++;
		next = skb_peek(&batch);
		more = next && ipv6_addr_equal(&ipv6_hdr(next)->daddr,
					       &ipv6_hdr(skb)->daddr);
		if (!more && list_empty(&run)) {
			netif_receive_skb(skb);
			continue;
		}
		list_add_tail(&skb->list, &run);
		if (!more) {
			netif_receive_skb_list(&run);
			INIT_LIST_HEAD(&run);
		}
	}
	if (n < budget)
		napi_complete_done(napi, n);
	return n;
}

static enum pmt_counter hand_over(struct pmt_dev *pmt, struct sk_buff *skb)
{
	struct pmt_cell *cell = this_cpu_ptr(pmt->cells);
	const struct in6_addr *to = &ipv6_hdr(skb)->daddr;
	u32 n;

	if (skb_is_gso(skb) || !ipv6_addr_equal(to, &cell->last)) {
		cell->last = *to;
		/* nothing waits that it could overtake, and it is not a tunnel
		 * in a tunnel, in a packet full of them
		 */
		if (!test_bit(NAPI_STATE_SCHED, &cell->napi.state) &&
		    !__this_cpu_read(direct)) {
			__this_cpu_write(direct, true);
			netif_receive_skb(skb);
			__this_cpu_write(direct, false);
			return PMT_OK;
		}
	}
	spin_lock(&cell->queue.lock);
	n = skb_queue_len(&cell->queue);
	if (likely(n < CELL_MAX))
		__skb_queue_tail(&cell->queue, skb);
	spin_unlock(&cell->queue.lock);
	if (!n)
		napi_schedule(&cell->napi);
	return likely(n < CELL_MAX) ? PMT_OK : PMT_BACKLOG;
}

/**
 * pmt_cells_init() - the queues between receive and the stack
 * @pmt: the device, being registered
 */
int pmt_cells_init(struct pmt_dev *pmt)
{
	int cpu;

	pmt->cells = alloc_percpu_gfp(struct pmt_cell, GFP_KERNEL_ACCOUNT);
	if (!pmt->cells)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct pmt_cell *cell = per_cpu_ptr(pmt->cells, cpu);

		skb_queue_head_init(&cell->queue);
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cell->napi.state);
		netif_napi_add(pmt->dev, &cell->napi, cell_poll);
		napi_enable(&cell->napi);
	}
	return 0;
}

/**
 * pmt_cells_forget() - drop what waits
 * @pmt: the device. Being set up, what came before it was set down, perhaps in
 *       another namespace. Being unregistered, all.
 */
void pmt_cells_forget(struct pmt_dev *pmt)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct pmt_cell *cell = per_cpu_ptr(pmt->cells, cpu);

		spin_lock_bh(&cell->queue.lock);
		forget(pmt, cell);
		spin_unlock_bh(&cell->queue.lock);
	}
}

/**
 * pmt_cells_exit() - and their end; no packet is received any more
 * @pmt: the device, being unregistered. pmt_cells_free() must wait for another
 *       grace period: netpoll walks the device's NAPI list.
 */
void pmt_cells_exit(struct pmt_dev *pmt)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct pmt_cell *cell = per_cpu_ptr(pmt->cells, cpu);

		napi_disable(&cell->napi);
		__netif_napi_del(&cell->napi);
	}
	pmt_cells_forget(pmt);
}

void pmt_cells_free(struct pmt_dev *pmt)
{
	free_percpu(pmt->cells);
}

/* R66, RFC 6040 4.2, of a combination that passes; some are worth a word */
static enum pmt_counter take_ecn(const struct pmt_dev *pmt, struct sk_buff *skb,
				 u8 outer_tos)
{
	if (skb_ensure_writable(skb, sizeof(struct ipv6hdr)))
		return PMT_NOMEM;
	if (INET_ECN_decapsulate(skb, outer_tos,
				 ipv6_get_dsfield(ipv6_hdr(skb))))
		net_info_ratelimited("%s: outer ECN field %u of a packet from %pI6c, whose own does not allow it\n",
				     pmt->dev->name, outer_tos & INET_ECN_MASK,
				     &ipv6_hdr(skb)->saddr);
	return PMT_OK;
}

/* The packets of a list that GRO made bring their own headers, where no hop is
 * counted and no ECN mark is put. So all are to be made after the first, as those of
 * a packet that GRO has merged: its sum was seen to be true, and is now that of the
 * pseudo-header.
 */
static enum pmt_counter unlist(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h;
	const struct tcphdr *th;
	struct pmt_l4 l4;
	unsigned int len;

	skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;
	if (pmt_find_l4(skb, 0, skb->len, false, &l4) || !l4.csum)
		return PMT_OK;
	if (skb_ensure_writable(skb, l4.csum + sizeof(__sum16)))
		return PMT_NOMEM;
	len = sizeof(struct udphdr);
	if (l4.proto == IPPROTO_TCP) {
		th = (const struct tcphdr *)(skb->data + l4.start);
		len = th->doff * 4;
		if (th->cwr)	/* of each of them: lists are of equal flags */
			skb_shinfo(skb)->gso_type |= pmt_compat_gso_accecn();
	}
	/* skb_segment() takes no list whose first packet has some of the next */
	if (skb_pagelen(skb) != l4.start + len + skb_shinfo(skb)->gso_size &&
	    skb_linearize(skb))
		return PMT_NOMEM;
	ip6h = ipv6_hdr(skb);
	*(__sum16 *)(skb->data + l4.csum) =
		~csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr,
				 skb->len - l4.start, l4.proto, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + l4.start;
	skb->csum_offset = l4.csum - l4.start;
	return PMT_OK;
}

/* What tunnelled packets have done to them on the way out of their tunnel */
static enum pmt_counter decapsulate(struct pmt_dev *pmt, struct sk_buff *skb,
				    u8 outer_tos)
{
	struct net_device *dev = pmt->dev;

	skb_reset_mac_header(skb);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IPV6);
	skb_clear_hash_if_not_l4(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb_set_queue_mapping(skb, 0);
	skb_dst_drop(skb);
	pmt_scrub(pmt, skb);
	if (iptunnel_pull_offloads(skb))
		return PMT_NOMEM;
	if (skb_is_gso(skb) &&
	    skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST && unlist(skb))
		return PMT_NOMEM;
	return outer_tos & INET_ECN_MASK ? take_ecn(pmt, skb, outer_tos) :
					   PMT_OK;
}

/* RFC 6040 4.2: congestion seen on the way of a packet that can't carry it on */
static bool is_ecn_bad(u8 outer_tos, const struct ipv6hdr *ip6h)
{
	bool set_ce;

	return __INET_ECN_decapsulate(outer_tos, ipv6_get_dsfield(ip6h),
				      &set_ce) > 1;
}

static enum pmt_counter receive(const struct pmt_conf *conf,
				struct sk_buff *skb, enum pmt_action action)
{
	const __be32 saddr = ip_hdr(skb)->saddr;
	const __be32 daddr = ip_hdr(skb)->daddr;
	const u8 tos = ip_hdr(skb)->tos;
	struct pmt_dev *pmt = conf->pmt;
	struct pmt_map_answer answer;
	enum pmt_counter reason;
	unsigned int len;
	bool odd;

	if (!xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb))
		return PMT_XFRM;
	skb_reset_network_header(skb);
	reason = pmt_check_length(skb);
	if (reason)
		return reason;
	reason = pmt_validate_out(conf, skb, saddr, daddr, action,
				  &answer);
	if (reason == PMT_POLICY && action == PMT_ACTION_REJECT)
		pmt_icmp_out(conf, skb, answer.v4, ICMPV6_DEST_UNREACH,
			     ICMPV6_ADM_PROHIBITED);
	/* with PMT_SID, pmt_translate() has the last word: errors may pass (R37) */
	odd = reason == PMT_SID;
	if (reason && !odd)
		return reason;
	if (!odd && tos & INET_ECN_MASK && is_ecn_bad(tos, ipv6_hdr(skb)))
		return PMT_ECN;
	reason = pmt_translate(conf, skb, &answer, PMT_OUT);
	if (reason)
		return reason;
	if (odd && tos & INET_ECN_MASK && is_ecn_bad(tos, ipv6_hdr(skb)))
		return PMT_ECN;
	reason = decapsulate(pmt, skb, tos);
	if (reason)
		return reason;
	len = skb->len;
	reason = hand_over(pmt, skb);
	if (reason)
		return reason;
	if (answer.rule)
		pmt_rule_count(answer.rule, PMT_OUT, len);
	dev_sw_netstats_rx_add(pmt->dev, len);
	return PMT_OK;
}

/**
 * pmt_rcv() - protocol-41 handler, called first of the chain (R23)
 * @skb: network header at the outer IPv4 header, data at the inner IPv6
 *       header, of which 40 bytes are there
 *
 * Return: 0 when the packet was ours, -ENOENT to offer it to the next handler.
 */
int pmt_rcv(struct sk_buff *skb)
{
	const struct pmt_conf *conf;
	enum pmt_counter reason;
	enum pmt_action action;
	u32 v4;

	conf = pmt_find(dev_net(skb->dev), skb, ip_hdr(skb)->daddr);
	if (!conf)
		return -ENOENT;
	v4 = ntohl(ip_hdr(skb)->saddr);
	action = pmt_policy_find(conf->policy, v4);
	/* the built-in table comes before the policy (R67) */
	if (action == PMT_ACTION_PASS && !pmt_is_hard(conf, v4))
		return -ENOENT;
	reason = receive(conf, skb, action);
	if (reason)
		pmt_drop(conf->pmt, skb, reason, PMT_OUT, v4);
	return 0;
}
