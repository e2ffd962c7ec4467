// SPDX-License-Identifier: GPL-2.0
/*
 * May this packet pass? RFC 3964 5.2 and 5.3, RFC 4213 3.6, RFC 5969 9.2.
 * Both directions ask the cheap questions first, and in an order that counts a
 * packet with two faults always under the same one.
 */
#include <linux/bsearch.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "pmt.h"

/**
 * pmt_is_nd() - neighbour discovery and multicast listener messages are for one
 *               link (R19)
 * @skb: the packet
 * @at: offset of its ICMPv6 header
 */
bool pmt_is_nd(const struct sk_buff *skb, unsigned int at)
{
	const u8 *type;
	u8 buffer;

	type = skb_header_pointer(skb, at, 1, &buffer);
	if (!type)
		return false;
	return (*type >= ICMPV6_MGM_QUERY && *type <= NDISC_REDIRECT) ||
	       *type == ICMPV6_MLD2_REPORT;
}

/* The usual place; pmt_translate() looks behind extension headers as well */
static bool is_plain_nd(const struct sk_buff *skb, const struct ipv6hdr *ip6h)
{
	return ip6h->nexthdr == IPPROTO_ICMPV6 &&
	       pmt_is_nd(skb, sizeof(*ip6h));
}

static int cmp_addr(const void *a, const void *b)
{
	u32 va = *(const u32 *)a;
	u32 vb = *(const u32 *)b;

	return va < vb ? -1 : va > vb;
}

/* Asked for every packet, so most go by the mask. */
static bool is_bcast(const struct net *net, u32 v4)
{
	const struct pmt_bcast *bcast;

	bcast = rcu_dereference_check(pmt_net(net)->bcast,
				      rcu_read_lock_bh_held());
	return bcast && bcast->mask & BIT_ULL(v4 & 63) &&
	       bsearch(&v4, bcast->addr, bcast->n, sizeof(v4), cmp_addr);
}

static bool is_local(const struct pmt_conf *conf, u32 v4)
{
	int i;

	for (i = 0; i < conf->opts.n_local; i++)
		if (conf->opts.local[i] == htonl(v4))
			return true;
	return false;
}

/* See pmt_check_length() in pmt.h */
enum pmt_counter pmt_check_odd_length(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int len = sizeof(*ip6h) + ntohs(ip6h->payload_len);

	if (ip6h->version != 6)
		return PMT_MALFORMED;
	if (!ip6h->payload_len) {
		/* GRO's way to say more than 64 KiB (BIG TCP) */
		if (skb_is_gso(skb) && skb_is_gso_tcp(skb))
			return PMT_OK;
		if (ip6h->nexthdr == NEXTHDR_HOP)
			return PMT_JUMBO;
	}
	if (skb->len < len)
		return PMT_LEN;
	if (skb->len > len && pskb_trim_rcsum(skb, len))
		return PMT_MALFORMED;
	return PMT_OK;
}

/* R15, R20: the 6to4 address of the outer destination, when it is one of this host */
static bool is_anycast(const struct pmt_conf *conf, __be32 daddr,
		       const struct in6_addr *addr)
{
	return pmt_6to4_v4(pmt_hi(addr)) == ntohl(daddr) &&
	       !(pmt_hi(addr) & 0xffff) && !pmt_lo(addr) &&
	       ipv6_chk_addr(dev_net(conf->pmt->dev), addr, NULL, 0);
}

/* R7, R51, R53: ordinary 6to4 for who asked for it. With the option it is also
 * what a subnet-ID gets that no rule holds, if only something covers the customer.
 */
static bool is_untranslated(const struct pmt_conf *conf,
			    enum pmt_action action, enum pmt_counter reason)
{
	if (action == PMT_ACTION_UNTRANSLATED)
		return true;
	return conf->opts.untranslated &&
	       (reason == PMT_SID ||
		(reason == PMT_NOMAP && action == PMT_ACTION_TRANSLATE));
}

/**
 * pmt_is_hard() - an address that is no customer's, whatever rules and policy say
 * @conf: the configuration; RCU is held
 * @v4: the address (R67)
 *
 * For what is not relayed only: the packets that are meet the same answer in the
 * map, and at their route.
 */
bool pmt_is_hard(const struct pmt_conf *conf, u32 v4)
{
	struct net *net = conf->pmt->net;
	const struct net_device *lower;

	if (pmt_map_is_hard(v4, 32) || is_bcast(net, v4))
		return true;
	lower = dev_get_by_index_rcu(net, conf->opts.link);
	return inet_addr_type_dev_table(net, lower, htonl(v4)) == RTN_LOCAL;
}

static __always_inline enum pmt_counter judge(const struct pmt_conf *conf,
					      enum pmt_action action,
					      struct pmt_map_answer *answer)
{
	if (likely(answer->reason == PMT_OK &&
		   (action == PMT_ACTION_TRANSLATE ||
		    action == PMT_ACTION_DEFAULT)))
		return PMT_OK;
	if (action == PMT_ACTION_DROP || action == PMT_ACTION_REJECT ||
	    action == PMT_ACTION_PASS)
		return pmt_is_hard(conf, answer->v4) ? PMT_BOGON : PMT_POLICY;
	if (answer->reason == PMT_BOGON)
		return PMT_BOGON;
	if (is_untranslated(conf, action, answer->reason)) {
		answer->rule = NULL;
		if (action == PMT_ACTION_UNTRANSLATED)
			answer->reason = PMT_OK;	/* all its subnets are */
		return pmt_map_is_global(answer->v4) ? PMT_OK : PMT_BOGON;
	}
	return answer->reason;
}

/**
 * pmt_judge() - what becomes of a customer, once it is looked up
 * @conf: the configuration; RCU is held
 * @action: what the policy says of it
 * @answer: from pmt_map_find(); the rule goes when it is ordinary 6to4 instead
 *
 * Broadcast addresses of subnets are left to pmt_validate_out() and to the route.
 * Return: PMT_OK when it is translated or ordinary 6to4.
 */
enum pmt_counter pmt_judge(const struct pmt_conf *conf, enum pmt_action action,
			   struct pmt_map_answer *answer)
{
	return judge(conf, action, answer);
}

/**
 * pmt_validate_out() - a customer's packet, and what it maps to (R5, R11-R15)
 * @conf: the configuration
 * @skb: network header at the inner header
 * @saddr: outer source
 * @daddr: outer destination
 * @action: what the policy says of it
 * @answer: rule and addresses, when PMT_OK is returned; no rule: it goes on as
 *          it is. With PMT_SID, the packet may still be an error that is worth
 *          passing on (R37).
 */
enum pmt_counter pmt_validate_out(const struct pmt_conf *conf,
				  const struct sk_buff *skb, __be32 saddr,
				  __be32 daddr, enum pmt_action action,
				  struct pmt_map_answer *answer)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u64 src = pmt_hi(&ip6h->saddr);
	u64 dst = pmt_hi(&ip6h->daddr);
	enum pmt_counter reason;

	if (is_plain_nd(skb, ip6h))
		return PMT_ND;
	answer->v4 = ntohl(saddr);
	answer->sid = src;
	answer->customer = src;
	answer->reason = pmt_map_find(&conf->map, answer->v4, answer->sid,
				      &answer->rule);
	reason = judge(conf, action, answer);
	/* the outer source comes first, by itself */
	if (is_bcast(conf->pmt->net, answer->v4) ||
	    (reason == PMT_BOGON && pmt_map_is_bogon(&conf->map, answer->v4)))
		return PMT_BOGON;
	if (pmt_is_unfit(src) || pmt_is_unfit(dst))
		return PMT_ADDRESS;
	if (!pmt_hi_is_6to4(src))
		return PMT_SOURCE;
	if (pmt_6to4_v4(src) != answer->v4)
		return PMT_SPOOF;
	if (pmt_hi_is_6to4(dst) && !is_anycast(conf, daddr, &ip6h->daddr))
		return PMT_6TO4DST;
	if (answer->rule)
		answer->provider = pmt_map_provider(answer->rule, answer->v4,
						    answer->sid);
	return reason;
}

/* R44: a provider address as the source is true only of what we relayed
 * ourselves (hairpin) or of this host
 */
static bool came_through(const struct sk_buff *skb, const struct pmt_dev *pmt)
{
	const struct net_device *master;

	if (skb->skb_iif == pmt->dev->ifindex)
		return true;
	/* In a VRF the master takes the place of all its ports: there an access
	 * list must keep forged provider sources out.
	 */
	master = netdev_master_upper_dev_get_rcu(pmt->dev);
	return master && skb->skb_iif == master->ifindex;
}

/* The sender is owed an error, unless it is about an address that is nobody's */
static enum pmt_counter refuse(const struct pmt_conf *conf,
			       const struct pmt_map_answer *answer,
			       enum pmt_counter reason, u8 code, int *unreach)
{
	if (pmt_is_hard(conf, answer->v4))
		return PMT_BOGON;
	*unreach = code;
	return reason;
}

/* R56 and R7: a packet to a customer's 6to4 address, not to the translated one */
static enum pmt_counter judge_6to4(const struct pmt_conf *conf, u64 dst,
				   struct pmt_map_answer *answer, int *unreach)
{
	enum pmt_action action;
	enum pmt_counter reason;

	answer->v4 = pmt_6to4_v4(dst);
	answer->sid = dst;
	answer->customer = dst;
	answer->reason = pmt_map_find(&conf->map, answer->v4, answer->sid,
				      &answer->rule);
	action = pmt_policy_find(conf->policy, answer->v4);
	reason = judge(conf, action, answer);
	if (reason == PMT_POLICY && action == PMT_ACTION_REJECT)
		return refuse(conf, answer, reason, ICMPV6_ADM_PROHIBITED,
			      unreach);
	if (reason == PMT_NOMAP || reason == PMT_SID)
		return refuse(conf, answer, reason, ICMPV6_ADDR_UNREACH,
			      unreach);
	if (reason || !answer->rule)
		return reason;
	/* the customer is translated: its reply would come from elsewhere */
	answer->rule = NULL;
	if (conf->opts.to2002 == PMT_TO2002_FORWARD)
		return PMT_OK;
	return refuse(conf, answer, PMT_POLICY, ICMPV6_ADM_PROHIBITED, unreach);
}

static enum pmt_counter judge_provider(const struct pmt_conf *conf, u64 dst,
				       struct pmt_map_answer *answer,
				       int *unreach)
{
	enum pmt_counter reason = pmt_map_in(&conf->map, dst, answer);
	enum pmt_action action;

	if (reason == PMT_NOMAP) {
		/* R6: ours, but nobody's; R45: not ours at all */
		*unreach = pmt_map_find_provider(&conf->map, dst) ?
			   ICMPV6_ADDR_UNREACH : ICMPV6_NOROUTE;
		return reason;
	}
	action = pmt_policy_find(conf->policy, answer->v4);
	reason = judge(conf, action, answer);
	if (reason == PMT_POLICY && action == PMT_ACTION_REJECT)
		return refuse(conf, answer, reason, ICMPV6_ADM_PROHIBITED,
			      unreach);
	if (reason || action != PMT_ACTION_UNTRANSLATED)
		return reason;
	/* it has opted out of this address */
	return refuse(conf, answer, PMT_NOMAP, ICMPV6_ADDR_UNREACH, unreach);
}

/**
 * pmt_validate_in() - a packet to a customer, and whose it is (R6, R42-R45)
 * @conf: the configuration
 * @skb: network header at the IPv6 header, of which 40 bytes are linear
 * @answer: rule and addresses, when PMT_OK is returned; no rule: it goes on as
 *          it is
 * @unreach: code of the Destination Unreachable that its sender is owed, or -1
 */
enum pmt_counter pmt_validate_in(const struct pmt_conf *conf,
				 const struct sk_buff *skb,
				 struct pmt_map_answer *answer, int *unreach)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u64 src = pmt_hi(&ip6h->saddr);
	u64 dst = pmt_hi(&ip6h->daddr);
	bool ours = !skb->skb_iif;
	enum pmt_counter reason;

	*unreach = -1;
	if (is_plain_nd(skb, ip6h))
		return PMT_ND;
	if (pmt_is_unfit(src) || pmt_is_unfit(dst))
		return PMT_ADDRESS;
	if (pmt_hi_is_6to4(src) &&
	    !(ours && is_local(conf, pmt_6to4_v4(src))))
		return PMT_6TO4SRC;
	if (!ours && pmt_map_find_provider(&conf->map, src)) {
		if (!came_through(skb, conf->pmt))
			return PMT_SPOOF;
		if (!conf->opts.hairpin)
			return PMT_POLICY;
	}
	if (pmt_hi_is_6to4(dst))
		reason = judge_6to4(conf, dst, answer, unreach);
	else
		reason = judge_provider(conf, dst, answer, unreach);
	return reason;
}

/* RFC 3021: no broadcast in a /31 */
static bool has_bcast(const struct in_ifaddr *ifa)
{
	return ifa->ifa_prefixlen <= 30;
}

static u32 bcast_of(const struct in_ifaddr *ifa)
{
	return ntohl(ifa->ifa_address | ~ifa->ifa_mask);
}

/* Publish a table of addresses in order; without one, what is known is stale */
static int publish_bcast(struct net *net, struct pmt_bcast *new)
{
	struct pmt_bcast *old;
	u32 i;

	pmt_net(net)->bcast_stale = !new;
	if (!new)
		return -ENOMEM;
	new->mask = 0;
	for (i = 0; i < new->n; i++)
		new->mask |= BIT_ULL(new->addr[i] & 63);
	old = rcu_replace_pointer(pmt_net(net)->bcast, new,
				  lockdep_rtnl_is_held());
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

static struct pmt_bcast *new_bcast(u32 n)
{
	struct pmt_bcast *new;

	new = kvmalloc(struct_size(new, addr, n), GFP_KERNEL_ACCOUNT);
	if (new)
		new->n = n;
	return new;
}

/* The next address that has a broadcast, of a device that will stay */
static const struct in_ifaddr *next_ifa(struct net *net,
					struct net_device **dev,
					const struct in_ifaddr *ifa)
{
	const struct in_device *in_dev;

	for (;;) {
		if (ifa)
			ifa = rtnl_dereference(ifa->ifa_next);
		while (!ifa) {
			*dev = *dev ? next_net_device(*dev) :
				      first_net_device(net);
			if (!*dev)
				return NULL;
			in_dev = __in_dev_get_rtnl(*dev);
			if (in_dev && !in_dev->dead)
				ifa = rtnl_dereference(in_dev->ifa_list);
		}
		if (has_bcast(ifa))
			return ifa;
	}
}

/**
 * pmt_bcast_init() - read the broadcast addresses of a namespace (R67)
 * @net: the IPv4 side of some device; RTNL is held
 *
 * Return: 0 or -ENOMEM, then the ones known before stay.
 */
int pmt_bcast_init(struct net *net)
{
	const struct in_ifaddr *ifa = NULL;
	struct net_device *dev = NULL;
	struct pmt_bcast *new;
	u32 i, n = 0;

	while ((ifa = next_ifa(net, &dev, ifa)))
		n++;
	new = new_bcast(n);
	if (new) {
		for (n = 0; (ifa = next_ifa(net, &dev, ifa)); n++)
			new->addr[n] = bcast_of(ifa);
		sort(new->addr, n, sizeof(*new->addr), cmp_addr, NULL);
		for (new->n = 0, i = 0; i < n; i++)
			if (!i || new->addr[i] != new->addr[i - 1])
				new->addr[new->n++] = new->addr[i];
	}
	return publish_bcast(net, new);
}

/**
 * pmt_bcast_event() - an address comes or goes, and its broadcast maybe with it
 * @net: the IPv4 side of some device; RTNL is held
 * @ifa: the address, in the list of its device or no longer
 * @up: it is there; the kernel may say so more than once
 *
 * Reading all anew would take n^2 steps where many come or go at once.
 * Return: 0 or -ENOMEM, then the ones known before stay until the next event.
 */
int pmt_bcast_event(struct net *net, const struct in_ifaddr *ifa, bool up)
{
	const struct pmt_bcast *old = rtnl_dereference(pmt_net(net)->bcast);
	const struct in_ifaddr *other = NULL;
	struct net_device *dev = NULL;
	struct pmt_bcast *new;
	u32 addr, at;
	bool known;

	if (pmt_net(net)->bcast_stale)
		return pmt_bcast_init(net);
	if (!has_bcast(ifa))
		return 0;
	addr = bcast_of(ifa);
	for (at = 0; at < old->n && old->addr[at] < addr; at++)
		;
	known = at < old->n && old->addr[at] == addr;
	if (known == up)
		return 0;
	while (!up && (other = next_ifa(net, &dev, other)))
		if (other != ifa && bcast_of(other) == addr)
			return 0;
	new = new_bcast(up ? old->n + 1 : old->n - 1);
	if (new) {
		memcpy(new->addr, old->addr, at * sizeof(addr));
		if (up)
			new->addr[at] = addr;
		memcpy(new->addr + at + up, old->addr + at + !up,
		       (old->n - at - !up) * sizeof(addr));
	}
	return publish_bcast(net, new);
}

void pmt_bcast_free(struct net *net)
{
	/* no device, so no reader is left */
	kvfree(rcu_dereference_protected(pmt_net(net)->bcast, true));
}

#ifdef PMT_KUNIT
#include "validate_kunit.c"
#endif
