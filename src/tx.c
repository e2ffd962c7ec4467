// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: provider-side IPv6 comes in, a customer's IPv6 in IPv4 goes out.
 * validate, map, route, translate, encapsulate; each step answers with the
 * counter that says why not.
 */
#include <linux/icmpv6.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/route.h>

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

/* R42: a unicast route that does not lead back into the tunnel */
static enum pmt_counter route(const struct pmt_conf *conf, u32 v4, u8 tos,
			      struct rtable **rtp)
{
	struct flowi4 fl4 = {
		.flowi4_oif = conf->opts.link,
		.flowi4_proto = IPPROTO_IPV6,
		.saddr = conf->opts.local[0],
		.daddr = htonl(v4),
	};
	enum pmt_counter reason = PMT_OK;
	struct rtable *rt;

	pmt_compat_flow_tos(&fl4, tos);
	rt = ip_route_output_key(conf->pmt->net, &fl4);
	if (IS_ERR(rt))
		return PMT_NOROUTE;
	if (rt->rt_type == RTN_LOCAL || rt->rt_type == RTN_BROADCAST ||
	    rt->rt_type == RTN_MULTICAST)
		reason = PMT_BOGON;
	else if (rt->rt_type != RTN_UNICAST)
		reason = PMT_NOROUTE;
	else if (rt->dst.dev == conf->pmt->dev)
		reason = PMT_LOOP;
	if (reason)
		ip_rt_put(rt);
	else
		*rtp = rt;
	return reason;
}

/* R50: may it go as it is, must it be fragmented, or is it too big? In the two
 * modes that set DF, only a path below the IPv6 minimum gets fragments.
 */
static enum pmt_counter check_mtu(const struct pmt_conf *conf,
				  struct sk_buff *skb, const struct rtable *rt,
				  __be16 *df)
{
	unsigned int mtu = dst_mtu(&rt->dst) - sizeof(struct iphdr);
	unsigned int limit = max_t(unsigned int, mtu, IPV6_MIN_MTU);

	*df = 0;
	if (conf->opts.df == PMT_DF_UNSET)
		return PMT_OK;
	if (skb_is_gso(skb) ? !skb_gso_validate_network_len(skb, limit) :
			      skb->len > limit) {
		pmt_icmp_in(conf, skb, ICMPV6_PKT_TOOBIG, 0, limit);
		return PMT_PTB;
	}
	if (mtu >= IPV6_MIN_MTU)
		*df = htons(IP_DF);
	return PMT_OK;
}

/* The outer header, and away; the route is consumed if all goes well */
static enum pmt_counter push_outer(const struct pmt_conf *conf,
				   struct sk_buff *skb, struct rtable *rt,
				   u32 v4, u8 tos, __be16 df)
{
	const struct pmt_dev *pmt = conf->pmt;

	if (iptunnel_handle_offloads(skb, SKB_GSO_IPXIP4) ||
	    skb_cow_head(skb, LL_RESERVED_SPACE(rt->dst.dev) +
			      sizeof(struct iphdr)))
		return PMT_NOMEM;
	skb_set_inner_ipproto(skb, IPPROTO_IPV6);
	pmt_compat_iptunnel_xmit(NULL, rt, skb, conf->opts.local[0], htonl(v4),
				 IPPROTO_IPV6, tos, conf->opts.ttl, df,
				 !net_eq(pmt->net, dev_net(pmt->dev)));
	return PMT_OK;
}

/**
 * pmt_encapsulate() - send a packet that is in a customer's own terms
 * @conf: the configuration
 * @skb: data and network header at the IPv6 packet; consumed if all goes well
 * @v4: the customer
 */
enum pmt_counter pmt_encapsulate(const struct pmt_conf *conf,
				 struct sk_buff *skb, u32 v4)
{
	u8 tos = outer_tos(&conf->opts, ipv6_hdr(skb));
	enum pmt_counter reason;
	struct rtable *rt;

	reason = route(conf, v4, tos, &rt);
	if (reason)
		return reason;
	reason = push_outer(conf, skb, rt, v4, tos, 0);
	if (reason)
		ip_rt_put(rt);
	return reason;
}

static enum pmt_counter transmit(const struct pmt_conf *conf,
				 struct sk_buff *skb)
{
	struct pmt_map_answer answer;
	enum pmt_counter reason;
	unsigned int len;
	struct rtable *rt;
	int unreach;
	__be16 df;
	u8 tos;

	if (skb->protocol != htons(ETH_P_IPV6) || skb_network_offset(skb) ||
	    !pskb_may_pull(skb, sizeof(struct ipv6hdr)))
		return PMT_MALFORMED;
	reason = pmt_check_length(skb);
	if (reason)
		return reason;
	reason = pmt_validate_in(conf, skb, &answer, &unreach);
	if (reason && unreach >= 0)
		pmt_icmp_in(conf, skb, ICMPV6_DEST_UNREACH, unreach, 0);
	if (reason)
		return reason;
	tos = outer_tos(&conf->opts, ipv6_hdr(skb));
	reason = route(conf, answer.v4, tos, &rt);
	if (reason)
		return reason;
	reason = check_mtu(conf, skb, rt, &df);
	if (reason)
		goto err_route;
	reason = pmt_translate(conf, skb, &answer, PMT_IN);
	if (reason)
		goto err_route;
	len = skb->len;
	reason = push_outer(conf, skb, rt, answer.v4, tos, df);
	if (reason)
		goto err_route;
	if (answer.rule)
		pmt_rule_count(answer.rule, PMT_IN, len);
	return PMT_OK;

err_route:
	ip_rt_put(rt);
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
	enum pmt_counter reason;

	rcu_read_lock();
	reason = transmit(rcu_dereference(pmt->conf), skb);
	rcu_read_unlock();
	if (reason)
		pmt_drop(pmt, skb, reason, PMT_IN);
	return NETDEV_TX_OK;
}
