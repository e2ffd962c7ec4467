// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: provider-side IPv6 comes in, a customer's IPv6 in IPv4 goes out.
 * validate, map, route, translate, encapsulate; each step answers with the
 * counter that says why not.
 */
#include <linux/icmpv6.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_fib.h>
#include <net/ip_tunnels.h>
#include <net/nexthop.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "compat.h"
#include "pmt.h"

/* R64, R65: the outer TOS. Neither INET_ECN_encapsulate() nor a plain copy is
 * RFC 6040: compatibility mode clears the field, normal mode copies it.
 */
static u8 outer_tos(const struct pmt_opts *opts, const struct ipv6hdr *ip6h)
{
	u8 inner = ipv6_get_dsfield(ip6h);
	u8 tos;

	tos = opts->dscp == PMT_DSCP_INHERIT ? inner & ~INET_ECN_MASK :
					       opts->dscp << 2;
	if (opts->ecn == PMT_ECN_NORMAL)
		tos |= inner & INET_ECN_MASK;
	return tos;
}

/* Where a customer was last sent to from this CPU. Bottom halves are off, so nobody
 * else is at it; with PREEMPT_RT somebody may be, and it is not used.
 */
struct pmt_route {
	struct rtable *rt;		/* held; NULL: met once */
	unsigned long since;		/* jiffies */
	u32 v4;
	u32 generation;
	u8 tos;
};

/* The kernel asks with each look-up whether the neighbour behind a next hop of
 * several answers, and nothing tells us when that has changed
 */
#define ROUTE_TIME	HZ

/**
 * pmt_routes_init() - no customer has been met yet
 * @pmt: the device, being registered
 */
int pmt_routes_init(struct pmt_dev *pmt)
{
	pmt->routes = __alloc_percpu_gfp(sizeof(struct pmt_route) <<
					 PMT_ROUTES_BITS,
					 __alignof__(struct pmt_route),
					 GFP_KERNEL_ACCOUNT);
	return pmt->routes ? 0 : -ENOMEM;
}

void pmt_routes_free(struct pmt_dev *pmt)
{
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < 1 << PMT_ROUTES_BITS; i++)
			ip_rt_put(per_cpu_ptr(pmt->routes, cpu)[i].rt);
	free_percpu(pmt->routes);
}

static bool is_current(const struct net *net, const struct rtable *rt)
{
	return rt && READ_ONCE(rt->dst.obsolete) == DST_OBSOLETE_FORCE_CHK &&
	       rt->rt_genid == rt_genid_ipv4(net);
}

/* A customer is kept when it is met a second time: among very many, each met
 * seldom, keeping them would only cost. What IPsec has made of a route is never
 * current.
 */
static void keep_route(struct pmt_route *slot, const struct pmt_conf *conf,
		       struct rtable *rt, u32 v4, u8 tos)
{
	bool again = slot->v4 == v4 && slot->tos == tos &&
		     slot->generation == conf->generation;
	struct rtable *old = slot->rt;

	slot->rt = NULL;
	slot->v4 = v4;
	slot->tos = tos;
	slot->generation = conf->generation;
	if (unlikely(again) && !dst_xfrm(&rt->dst) && dst_hold_safe(&rt->dst)) {
		slot->rt = rt;
		slot->since = jiffies;
	}
	if (old)
		ip_rt_put(old);
}

/* Does IPsec have a say in what leaves? */
static bool is_ipsec_wanted(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_OUT] ||
	       net->xfrm.policy_default[XFRM_POLICY_OUT] ==
	       XFRM_USERPOLICY_BLOCK;
#else
	return false;
#endif
}

/* With an output device, the kernel takes what it has no route for to be on link */
static bool has_route(struct net *net, const struct flowi4 *fl4)
{
	struct flowi4 probe = *fl4;	/* may be changed */
	struct fib_result res;

	return !fib_lookup(net, &probe, &res, 0);
}

/* The route that the kernel keeps with a next hop, where there is nothing to it but
 * the destination's entry in the FIB. ip_route_output_key() would come to the same
 * one, at three times the cost.
 */
static __always_inline struct rtable *
plain_route(struct net *net, struct flowi4 *fl4, u8 tos)
{
	struct fib_result res __uninitialized;	/* fib_lookup() writes it */
	const struct fib_nh_common *nhc;
	const struct fib_info *fi;
	struct rtable *rt;

	/* older kernels look at other bits of a DSCP */
	if (fl4->flowi4_oif || tos & IPTOS_PREC_MASK ||
	    is_ipsec_wanted(net))
		return NULL;
	if (fib_lookup(net, fl4, &res, 0) || res.type != RTN_UNICAST)
		return NULL;
	/* fib_info_num_path() wants rcu_read_lock(), we have bottom halves off */
	fi = res.fi;
	if ((fi->nh ? fi->nh->is_group : fi->fib_nhs > 1) ||
	    (!res.prefixlen && res.table->tb_num_default > 1))
		return NULL;
	nhc = res.nhc;
	if (rcu_access_pointer(nhc->nhc_exceptions))
		return NULL;
	rt = rcu_dereference_check(*raw_cpu_ptr(nhc->nhc_pcpu_rth_output),
				   rcu_read_lock_bh_held());
	return is_current(net, rt) ? rt : NULL;
}

/* R42: a unicast route that does not lead back into the tunnel. The packet gets
 * it in place of the one that led it here.
 */
static __always_inline enum pmt_counter find_route(const struct pmt_conf *conf,
						   struct sk_buff *skb, u32 v4,
						   u8 tos)
{
	struct flowi4 fl4 = {
		.flowi4_oif = conf->opts.link,
		.flowi4_iif = LOOPBACK_IFINDEX,
		.flowi4_proto = IPPROTO_IPV6,
		/* a drained relay may have given its address away (R72) */
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.saddr = conf->opts.local[0],
		.daddr = htonl(v4),
	};
	struct net *net = conf->pmt->net;
	enum pmt_counter reason = PMT_OK;
	struct rtable *rt;

	pmt_compat_flow_tos(&fl4, tos);
	if (fl4.flowi4_oif && !has_route(net, &fl4))
		return PMT_NOROUTE;
	rt = plain_route(net, &fl4, tos);
	if (rt && rt->dst.dev != conf->pmt->dev) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, &rt->dst);
		return PMT_OK;
	}
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return PMT_NOROUTE;
	if (rt->rt_type == RTN_LOCAL || rt->rt_type == RTN_BROADCAST ||
	    rt->rt_type == RTN_MULTICAST)
		reason = PMT_BOGON;
	else if (rt->rt_type != RTN_UNICAST)
		reason = PMT_NOROUTE;
	else if (rt->dst.dev == conf->pmt->dev)
		reason = PMT_LOOP;
	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	return reason;
}

static noinline enum pmt_counter route_anew(const struct pmt_conf *conf,
					    struct sk_buff *skb, u32 v4, u8 tos,
					    struct pmt_route *slot)
{
	enum pmt_counter reason = find_route(conf, skb, v4, tos);

	if (!reason && slot)
		keep_route(slot, conf, skb_rtable(skb), v4, tos);
	return reason;
}

static __always_inline enum pmt_counter route(const struct pmt_conf *conf,
					      struct sk_buff *skb, u32 v4,
					      u8 tos)
{
	struct pmt_route *slot = NULL;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		slot = this_cpu_ptr(conf->pmt->routes) +
		       hash_32(v4, PMT_ROUTES_BITS);
	if (!slot || slot->v4 != v4 || slot->tos != tos ||
	    slot->generation != conf->generation ||
	    !is_current(conf->pmt->net, slot->rt) ||
	    jiffies - slot->since >= ROUTE_TIME)
		return route_anew(conf, skb, v4, tos, slot);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, &slot->rt->dst);
	return PMT_OK;
}

/* R50: may it go as it is, must it be fragmented, or is it too big? In the two
 * modes that set DF, only a path below the IPv6 minimum gets fragments.
 */
static enum pmt_counter check_mtu(const struct pmt_conf *conf,
				  struct sk_buff *skb, __be16 *df)
{
	unsigned int mtu, limit;

	*df = 0;
	if (conf->opts.df == PMT_DF_UNSET)
		return PMT_OK;
	mtu = dst_mtu(skb_dst(skb)) - sizeof(struct iphdr);
	limit = max_t(unsigned int, mtu, IPV6_MIN_MTU);
	if (skb_is_gso(skb) ? !skb_gso_validate_network_len(skb, limit) :
			      skb->len > limit) {
		pmt_icmp_in(conf, skb, ICMPV6_PKT_TOOBIG, 0, limit);
		return PMT_PTB;
	}
	if (mtu >= IPV6_MIN_MTU && !ip_mtu_locked(skb_dst(skb)))
		*df = htons(IP_DF);
	return PMT_OK;
}

/**
 * pmt_ids_init() - where the IDs of outer packets begin
 * @pmt: the device
 */
void pmt_ids_init(struct pmt_dev *pmt)
{
	get_random_bytes(&pmt->id_key, sizeof(pmt->id_key));
	pmt->id_key |= 1;
	get_random_bytes(pmt->ids, sizeof(pmt->ids));
}

/* RFC 6864 4.3: a customer's IDs should not repeat soon. As in the kernel's own
 * table, customers share counters. Multiply-shift with a random odd factor has
 * two of them share one at most twice as often as chance. The kernel's siphash
 * is stronger, and would cost as much as translating: whoever finds out who
 * shares a counter with him learns how much that one is sent.
 */
static __be16 next_id(struct pmt_dev *pmt, u32 v4, unsigned int n)
{
	atomic_t *id = &pmt->ids[v4 * pmt->id_key >> (32 - PMT_IDS_BITS)];

	return htons(atomic_fetch_add(n, id));
}

/* The outer header, and away. What iptunnel_xmit() does, but for the ID, and for
 * a route that is only borrowed.
 */
static __always_inline enum pmt_counter push_outer(const struct pmt_conf *conf,
						   struct sk_buff *skb, u32 v4,
						   u8 tos, __be16 df)
{
	struct pmt_dev *pmt = conf->pmt;
	unsigned int len = skb->len;
	struct iphdr *iph;
	int err;

	/* a tunnel whose packets come back to us can't be seen by its route */
	if (unlikely(dev_recursion_level() > IP_TUNNEL_RECURSION_LIMIT))
		return PMT_LOOP;
	if (skb_is_gso(skb) || skb->ip_summed == CHECKSUM_PARTIAL) {
		if (iptunnel_handle_offloads(skb, SKB_GSO_IPXIP4))
			return PMT_NOMEM;
		skb_set_inner_ipproto(skb, IPPROTO_IPV6);
	} else {
		skb->ip_summed = CHECKSUM_NONE;
		skb->encapsulation = 0;
	}
	if (skb_cow_head(skb, LL_RESERVED_SPACE(skb_dst(skb)->dev) +
			      sizeof(*iph)))
		return PMT_NOMEM;
	pmt_scrub(pmt, skb);
	skb_clear_hash_if_not_l4(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->id = next_id(pmt, v4, skb_shinfo(skb)->gso_segs ? : 1);
	iph->frag_off = df;
	iph->ttl = conf->opts.ttl;
	iph->protocol = IPPROTO_IPV6;
	iph->saddr = conf->opts.local[0];
	iph->daddr = htonl(v4);

	dev_xmit_recursion_inc();
	err = ip_local_out(pmt->net, NULL, skb);
	dev_xmit_recursion_dec();
	iptunnel_xmit_stats(pmt->dev, unlikely(net_xmit_eval(err)) ? 0 : len);
	return PMT_OK;
}

/**
 * pmt_encapsulate() - send a packet that is in a customer's own terms
 * @conf: the configuration; RCU is held
 * @skb: data and network header at the IPv6 packet; consumed if all goes well
 * @v4: the customer
 */
enum pmt_counter pmt_encapsulate(const struct pmt_conf *conf,
				 struct sk_buff *skb, u32 v4)
{
	u8 tos = outer_tos(&conf->opts, ipv6_hdr(skb));
	enum pmt_counter reason;

	reason = route(conf, skb, v4, tos);
	if (reason)
		return reason;
	return push_outer(conf, skb, v4, tos, 0);
}

static enum pmt_counter transmit(const struct pmt_conf *conf,
				 struct sk_buff *skb,
				 struct pmt_map_answer *answer)
{
	enum pmt_counter reason;
	unsigned int len;
	int unreach;
	__be16 df;
	u8 tos;

	if (skb->protocol != htons(ETH_P_IPV6) || skb_network_offset(skb) ||
	    !pskb_may_pull(skb, sizeof(struct ipv6hdr)))
		return PMT_MALFORMED;
	reason = pmt_check_length(skb);
	if (reason)
		return reason;
	reason = pmt_validate_in(conf, skb, answer, &unreach);
	if (reason && unreach >= 0)
		pmt_icmp_in(conf, skb, ICMPV6_DEST_UNREACH, unreach, 0);
	if (reason)
		return reason;
	tos = outer_tos(&conf->opts, ipv6_hdr(skb));
	reason = route(conf, skb, answer->v4, tos);
	if (reason)
		return reason;
	reason = check_mtu(conf, skb, &df);
	if (reason)
		return reason;
	reason = pmt_translate(conf, skb, answer, PMT_IN);
	if (reason)
		return reason;
	len = skb->len;
	reason = push_outer(conf, skb, answer->v4, tos, df);
	if (!reason && answer->rule)
		pmt_rule_count(answer->rule, PMT_IN, len);
	return reason;
}

/**
 * pmt_xmit() - ndo_start_xmit
 * @skb: consumed
 * @dev: a pmt device
 */
netdev_tx_t pmt_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct pmt_dev *pmt = netdev_priv(dev);
	struct pmt_map_answer answer;
	enum pmt_counter reason;

	answer.v4 = 0;		/* not known yet */
	/* bottom halves are off, which is a read side too */
	reason = transmit(rcu_dereference_bh(pmt->conf), skb, &answer);
	if (reason)
		pmt_drop(pmt, skb, reason, PMT_IN, answer.v4);
	return NETDEV_TX_OK;
}
