// SPDX-License-Identifier: GPL-2.0
/*
 * The errors that the relay itself raises, and ICMPv4 errors about its outer
 * packets, which become ICMPv6 ones for who sent the inner packet (RFC 4213 3.4,
 * RFC 4443, R55-R62). Errors that pass through are translate.c's.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ratelimit.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "pmt.h"

/* RFC 4443 2.4(c): as much of the packet as fits the minimum MTU */
#define HEADERS		(sizeof(struct ipv6hdr) + sizeof(struct icmp6hdr))
#define QUOTE_MAX	(IPV6_MIN_MTU - HEADERS)

/**
 * pmt_limits_set() - token buckets of a second's errors (R62)
 * @pmt: the device; RTNL is held
 * @opts: icmp_rate, ptb_rate
 */
void pmt_limits_set(struct pmt_dev *pmt, const struct pmt_opts *opts)
{
	WRITE_ONCE(pmt->icmp_limit.burst, min_t(u32, opts->icmp_rate, INT_MAX));
	WRITE_ONCE(pmt->ptb_limit.burst, min_t(u32, opts->ptb_rate, INT_MAX));
}

void pmt_limits_init(struct pmt_dev *pmt)
{
	ratelimit_state_init(&pmt->icmp_limit, HZ, 1);
	ratelimit_state_init(&pmt->ptb_limit, HZ, 1);
	/* and no message in the log about those it held back */
	ratelimit_set_flags(&pmt->icmp_limit, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_set_flags(&pmt->ptb_limit, RATELIMIT_MSG_ON_RELEASE);
}

/**
 * pmt_find_errsrc() - the address that our errors come from
 * @conf: the configuration; RCU is held
 * @addr: the option errsrc, or else a global address of the device's namespace
 *        that is not a customer's form, and unique local only where there is no other
 *
 * Return: false when there is none.
 */
bool pmt_find_errsrc(const struct pmt_conf *conf, struct in6_addr *addr)
{
	const struct inet6_ifaddr *ifa;
	struct inet6_dev *in6_dev;
	struct net_device *dev;
	bool found = false;

	*addr = conf->opts.errsrc;
	if (!ipv6_addr_any(addr))
		return true;
	for_each_netdev_rcu(dev_net(conf->pmt->dev), dev) {
		in6_dev = __in6_dev_get(dev);
		if (!in6_dev)
			continue;
		list_for_each_entry_rcu(ifa, &in6_dev->addr_list, if_list) {
			u64 hi = pmt_hi(&ifa->addr);

			if (ifa->scope || ifa->flags & IFA_F_TENTATIVE ||
			    pmt_hi_is_6to4(hi) ||
			    pmt_map_find_provider(&conf->map, hi))
				continue;
			if (found && pmt_is_unfit(hi))
				continue;
			*addr = ifa->addr;
			found = true;
			if (!pmt_is_unfit(hi))
				return true;
		}
	}
	return found;
}

/**
 * pmt_may_send() - take a token for an ICMPv6 error (R62)
 * @pmt: the device
 * @type: of the error
 */
bool pmt_may_send(struct pmt_dev *pmt, u8 type)
{
	struct ratelimit_state *limit = type == ICMPV6_PKT_TOOBIG ?
					&pmt->ptb_limit : &pmt->icmp_limit;

	return ___ratelimit(limit, PMT_KIND);
}

/* An error about the packet at @at in @skb, to @daddr; NULL when there can be
 * none. The checksum is left to send_error().
 */
static struct sk_buff *make_error(const struct pmt_conf *conf,
				  const struct sk_buff *skb, unsigned int at,
				  unsigned int len,
				  const struct in6_addr *daddr, u8 type,
				  u8 code, u32 info)
{
	struct icmp6hdr *icmp6h;
	struct in6_addr saddr;
	struct ipv6hdr *ip6h;
	struct sk_buff *error;

	/* first, for the search may be long */
	if (!pmt_may_send(conf->pmt, type)) {
		pmt_count(conf->pmt, PMT_RATELIMIT);
		return NULL;
	}
	if (!pmt_find_errsrc(conf, &saddr)) {
		pmt_count(conf->pmt, PMT_NOERRSRC);
		return NULL;
	}
	len = min_t(unsigned int, len, QUOTE_MAX);
	error = alloc_skb(LL_MAX_HEADER + sizeof(struct iphdr) + HEADERS + len,
			  GFP_ATOMIC);
	if (!error) {
		pmt_count(conf->pmt, PMT_NOMEM);
		return NULL;
	}
	skb_reserve(error, LL_MAX_HEADER + sizeof(struct iphdr));
	error->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(error);
	ip6h = skb_put_zero(error, sizeof(*ip6h));
	skb_set_transport_header(error, sizeof(*ip6h));
	icmp6h = skb_put_zero(error, sizeof(*icmp6h));
	if (skb_copy_bits(skb, at, skb_put(error, len), len)) {
		pmt_count(conf->pmt, PMT_NOMEM);
		kfree_skb(error);
		return NULL;
	}
	ip6h->version = 6;
	ip6h->payload_len = htons(sizeof(*icmp6h) + len);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = 64;
	ip6h->saddr = saddr;
	ip6h->daddr = *daddr;
	icmp6h->icmp6_type = type;
	icmp6h->icmp6_code = code;
	icmp6h->icmp6_mtu = htonl(info);
	return error;
}

static void fill_csum(struct sk_buff *error)
{
	struct icmp6hdr *icmp6h = icmp6_hdr(error);
	const struct ipv6hdr *ip6h = ipv6_hdr(error);
	unsigned int len = error->len - sizeof(*ip6h);

	icmp6h->icmp6_cksum =
		csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_ICMPV6,
				csum_partial(icmp6h, len, 0));
}

static void send_error(const struct pmt_conf *conf, struct sk_buff *error)
{
	struct net *net = dev_net(conf->pmt->dev);
	struct flowi6 fl6 = {
		.flowi6_oif = l3mdev_master_ifindex_rcu(conf->pmt->dev),
		.flowi6_proto = IPPROTO_ICMPV6,
		.saddr = ipv6_hdr(error)->saddr,
		.daddr = ipv6_hdr(error)->daddr,
	};
	struct dst_entry *dst;

	fill_csum(error);
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error) {
		pmt_count(conf->pmt, PMT_NOERRSRC);
		dst_release(dst);
		kfree_skb(error);
		return;
	}
	skb_dst_set(error, dst);
	error->dev = dst->dev;
	ip6_local_out(net, NULL, error);
}

/* RFC 4443 2.4(e): no error about an error, nor to who is not one node. Sources
 * that are no unicast address have been refused before.
 */
static bool deserves_error(const struct sk_buff *skb, unsigned int at)
{
	struct pmt_l4 l4;

	pmt_find_l4(skb, at, skb->len, false, &l4);
	return !pmt_is_error(skb, &l4);
}

/**
 * pmt_icmp_in() - answer who sent a packet to a customer
 * @conf: the configuration
 * @skb: data and network header at the packet, not translated
 * @type: of the ICMPv6 error
 * @code: of the ICMPv6 error
 * @info: MTU, in bytes; host byte order
 */
void pmt_icmp_in(const struct pmt_conf *conf, const struct sk_buff *skb,
		 u8 type, u8 code, u32 info)
{
	struct sk_buff *error;

	if (!deserves_error(skb, 0))
		return;
	/* what is asked for a source wants more than that bottom halves are off */
	rcu_read_lock();
	error = make_error(conf, skb, 0, skb->len, &ipv6_hdr(skb)->saddr, type,
			   code, info);
	if (error)
		send_error(conf, error);
	rcu_read_unlock();
}

/**
 * pmt_icmp_out() - answer a customer: through the tunnel, without routing (R55)
 * @conf: the configuration
 * @skb: data and network header at the inner packet, its source checked
 * @v4: the customer
 * @type: of the ICMPv6 error
 * @code: of the ICMPv6 error
 */
void pmt_icmp_out(const struct pmt_conf *conf, const struct sk_buff *skb,
		  u32 v4, u8 type, u8 code)
{
	enum pmt_counter reason;
	struct sk_buff *error;

	if (!deserves_error(skb, 0))
		return;
	error = make_error(conf, skb, 0, skb->len, &ipv6_hdr(skb)->saddr, type,
			   code, 0);
	if (!error)
		return;
	fill_csum(error);
	error->dev = conf->pmt->dev;
	reason = pmt_encapsulate(conf, error, v4);
	if (reason)
		pmt_drop(conf->pmt, error, reason, PMT_IN, v4);
}

/* What an ICMPv4 error means to the sender of the inner packet */
static bool to_icmpv6(const struct pmt_conf *conf, const struct sk_buff *skb,
		      u32 info, u8 *type, u32 *mtu)
{
	const struct icmphdr *icmph = icmp_hdr(skb);

	*mtu = 0;
	*type = ICMPV6_DEST_UNREACH;
	if (icmph->type == ICMP_TIME_EXCEEDED)
		return true;
	if (icmph->type != ICMP_DEST_UNREACH || icmph->code == ICMP_SR_FAILED)
		return false;
	if (icmph->code != ICMP_FRAG_NEEDED)
		return true;
	/* outer packets that may be fragmented don't raise it (R60) */
	if (conf->opts.df == PMT_DF_UNSET)
		return false;
	*type = ICMPV6_PKT_TOOBIG;
	*mtu = max_t(u32, IPV6_MIN_MTU, info < sizeof(struct iphdr) ? 0 :
		     info - sizeof(struct iphdr));
	return true;
}

/* R58-R61, about the inner packet at @at; @info is the MTU that the ICMPv4 error
 * told, @mtu what of that is left to the inner packet
 */
static void relay_icmpv4(const struct pmt_conf *conf, struct sk_buff *skb,
			 __be32 daddr, unsigned int at, u8 type, u32 mtu,
			 u32 info)
{
	u8 code = type == ICMPV6_DEST_UNREACH ? ICMPV6_ADDR_UNREACH : 0;
	const struct ipv6hdr *ip6h;
	struct sk_buff *error;
	unsigned int len;
	u16 delta;

	/* RFC 4884 4.1: there may be something else behind the quote */
	len = icmp_hdr(skb)->un.reserved[1] * 4;
	len = min_t(unsigned int, skb->len, len ? : skb->len);
	if (len < at + sizeof(*ip6h) || !pskb_may_pull(skb, at + sizeof(*ip6h)))
		goto ignore;
	ip6h = (const struct ipv6hdr *)(skb->data + at);
	if (ip6h->version != 6 || pmt_is_unfit(pmt_hi(&ip6h->saddr)) ||
	    !pmt_hi_is_6to4(pmt_hi(&ip6h->daddr)) ||
	    pmt_6to4_v4(pmt_hi(&ip6h->daddr)) != ntohl(daddr) ||
	    pmt_is_hard(conf, ntohl(daddr)) || !deserves_error(skb, at))
		goto ignore;
	if (type == ICMPV6_PKT_TOOBIG && conf->opts.df == PMT_DF_PMTU)
		ipv4_update_pmtu(skb, dev_net(skb->dev), info, conf->opts.link,
				 IPPROTO_IPV6);
	if (type == ICMPV6_PKT_TOOBIG &&
	    sizeof(*ip6h) + ntohs(ip6h->payload_len) <= mtu)
		goto ignore;
	error = make_error(conf, skb, at, len - at, &ip6h->saddr, type, code,
			   mtu);
	if (!error)
		return;
	/* the quote goes back to what the sender sent */
	if (pmt_translate_quote(conf, error, HEADERS, error->len, ntohl(daddr),
				PMT_OUT, &delta)) {
		kfree_skb(error);
		goto ignore;
	}
	send_error(conf, error);
	return;

ignore:
	pmt_count(conf->pmt, PMT_ICMP4);
}

/**
 * pmt_err() - protocol-41 handler of ICMPv4 errors
 * @skb: data at the quoted outer IPv4 header, transport header at the ICMP one
 * @info: next hop's MTU of a Fragmentation Needed
 *
 * Return: 0 when the quoted packet was ours, else -ENOENT.
 */
int pmt_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *quoted = (const struct iphdr *)skb->data;
	struct net *net = dev_net(skb->dev);
	const struct pmt_conf *conf;
	u32 mtu;
	u8 type;

	conf = pmt_find(net, skb, quoted->saddr);
	if (!conf || pmt_policy_find(conf->policy, ntohl(quoted->daddr)) ==
		     PMT_ACTION_PASS)
		return -ENOENT;
	if (!to_icmpv6(conf, skb, info, &type, &mtu) ||
	    quoted->frag_off & htons(IP_OFFSET)) {
		pmt_count(conf->pmt, PMT_ICMP4);
		return 0;
	}
	relay_icmpv4(conf, skb, quoted->daddr, quoted->ihl * 4, type, mtu,
		     info);
	return 0;
}

#ifdef PMT_KUNIT
#include "icmp_kunit.c"
#endif
