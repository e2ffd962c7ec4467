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
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "pmt.h"

/* R14: unspecified, loopback, mapped and compatible (::/16), unique local,
 * link-local, site-local and multicast addresses stay out of the tunnel
 */
static bool is_unfit(u64 hi)
{
	u16 word = hi >> 48;

	return !word || (word & 0xfe00) == 0xfc00 || word >= 0xfe80;
}

/* R19: neighbour discovery and multicast listener messages are for one link */
static bool is_nd(const struct sk_buff *skb)
{
	const u8 *type;
	u8 buffer;

	if (ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6)
		return false;
	type = skb_header_pointer(skb, skb_network_offset(skb) +
				  sizeof(struct ipv6hdr), 1, &buffer);
	if (!type)
		return false;
	return (*type >= ICMPV6_MGM_QUERY && *type <= NDISC_REDIRECT) ||
	       *type == ICMPV6_MLD2_REPORT;
}

static int cmp_addr(const void *a, const void *b)
{
	u32 va = (__force u32)*(const __be32 *)a;
	u32 vb = (__force u32)*(const __be32 *)b;

	return va < vb ? -1 : va > vb;
}

/**
 * pmt_is_bcast() - is it the broadcast address of a subnet here (R67)?
 * @net: the namespace; RCU is held
 * @addr: an IPv4 address
 */
bool pmt_is_bcast(const struct net *net, __be32 addr)
{
	const struct pmt_bcast *bcast = rcu_dereference(pmt_net(net)->bcast);

	return bcast && bsearch(&addr, bcast->addr, bcast->n, sizeof(addr),
				cmp_addr);
}

static bool is_local(const struct pmt_conf *conf, u32 v4)
{
	int i;

	for (i = 0; i < conf->opts.n_local; i++)
		if (conf->opts.local[i] == htonl(v4))
			return true;
	return false;
}

/**
 * pmt_check_length() - R17: a whole IPv6 packet, and nothing behind it
 * @skb: network header at an IPv6 header, of which 40 bytes are linear;
 *       trimmed to the payload length
 */
enum pmt_counter pmt_check_length(struct sk_buff *skb)
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

/**
 * pmt_validate_out() - a customer's packet, and what it maps to (R5, R11-R15)
 * @conf: the configuration
 * @skb: network header at the inner header
 * @saddr: outer source
 * @answer: rule and addresses, when PMT_OK is returned
 */
enum pmt_counter pmt_validate_out(const struct pmt_conf *conf,
				  const struct sk_buff *skb, __be32 saddr,
				  struct pmt_map_answer *answer)
{
	u64 src = pmt_hi(&ipv6_hdr(skb)->saddr);
	u64 dst = pmt_hi(&ipv6_hdr(skb)->daddr);
	enum pmt_counter reason;

	if (is_nd(skb))
		return PMT_ND;
	answer->v4 = ntohl(saddr);
	answer->sid = src;
	reason = pmt_map_find(&conf->map, answer->v4, answer->sid,
			      &answer->rule);
	if (reason == PMT_BOGON || pmt_is_bcast(conf->pmt->net, saddr))
		return PMT_BOGON;
	if (is_unfit(src) || is_unfit(dst))
		return PMT_ADDRESS;
	if (!pmt_hi_is_6to4(src))
		return PMT_SOURCE;
	if (pmt_6to4_v4(src) != answer->v4)
		return PMT_SPOOF;
	if (pmt_hi_is_6to4(dst))
		return PMT_6TO4DST;
	if (reason)
		return reason;
	answer->customer = src;
	answer->provider = pmt_form_encode(&answer->rule->provider, answer->v4,
					   answer->sid);
	return PMT_OK;
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

/**
 * pmt_validate_in() - a packet to a customer, and whose it is (R6, R42-R44)
 * @conf: the configuration
 * @skb: network header at the IPv6 header, of which 40 bytes are linear
 * @answer: rule and addresses, when PMT_OK is returned
 */
enum pmt_counter pmt_validate_in(const struct pmt_conf *conf,
				 const struct sk_buff *skb,
				 struct pmt_map_answer *answer)
{
	u64 src = pmt_hi(&ipv6_hdr(skb)->saddr);
	u64 dst = pmt_hi(&ipv6_hdr(skb)->daddr);
	bool ours = !skb->skb_iif;
	enum pmt_counter reason;

	if (is_nd(skb))
		return PMT_ND;
	if (is_unfit(src) || is_unfit(dst))
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
	reason = pmt_map_in(&conf->map, dst, answer);
	if (reason)
		return reason;
	if (pmt_is_bcast(conf->pmt->net, htonl(answer->v4)))
		return PMT_BOGON;
	return PMT_OK;
}

/* Count the namespace's broadcast addresses, or write them */
static u32 walk_bcast(struct net *net, struct pmt_bcast *to)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;
	struct net_device *dev;
	u32 n = 0;

	for_each_netdev(net, dev) {
		in_dev = __in_dev_get_rtnl(dev);
		if (!in_dev)
			continue;
		in_dev_for_each_ifa_rtnl(ifa, in_dev) {
			/* RFC 3021: no broadcast in a /31 */
			if (ifa->ifa_prefixlen > 30)
				continue;
			if (to)
				to->addr[n] = ifa->ifa_address | ~ifa->ifa_mask;
			n++;
		}
	}
	return n;
}

/**
 * pmt_bcast_update() - read the broadcast addresses of a namespace anew (R67)
 * @net: the IPv4 side of some device; RTNL is held
 *
 * Return: 0 or -ENOMEM, then the ones known before stay.
 */
int pmt_bcast_update(struct net *net)
{
	struct pmt_bcast *old, *new;
	u32 n = walk_bcast(net, NULL);

	new = kvmalloc(struct_size(new, addr, n), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->n = walk_bcast(net, new);
	sort(new->addr, n, sizeof(*new->addr), cmp_addr, NULL);
	old = rcu_replace_pointer(pmt_net(net)->bcast, new,
				  lockdep_rtnl_is_held());
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

void pmt_bcast_free(struct net *net)
{
	/* no device, so no reader is left */
	kvfree(rcu_dereference_protected(pmt_net(net)->bcast, true));
}
