// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: a customer's IPv6 in IPv4 comes in, provider-side IPv6 goes on to
 * the stack. validate, map, translate, hand over; each step answers with the
 * counter that says why not.
 */
#include <linux/icmpv6.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/xfrm.h>

#include "pmt.h"

/* What tunnelled packets have done to them on the way out of their tunnel */
static enum pmt_counter decapsulate(struct pmt_dev *pmt, struct sk_buff *skb,
				    u8 outer_tos)
{
	struct net_device *dev = pmt->dev;

	skb_reset_mac_header(skb);
	skb->dev = dev;
	if (iptunnel_pull_header(skb, 0, htons(ETH_P_IPV6),
				 !net_eq(pmt->net, dev_net(dev))))
		return PMT_NOMEM;
	INET_ECN_decapsulate(skb, outer_tos, ipv6_get_dsfield(ipv6_hdr(skb)));
	return PMT_OK;
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
	const struct iphdr outer = *ip_hdr(skb);
	struct pmt_dev *pmt = conf->pmt;
	struct pmt_map_answer answer;
	enum pmt_counter reason;

	if (!xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb))
		return PMT_XFRM;
	skb_reset_network_header(skb);
	reason = pmt_check_length(skb);
	if (reason)
		return reason;
	reason = pmt_validate_out(conf, skb, outer.saddr, action, &answer);
	if (reason == PMT_POLICY && action == PMT_ACTION_REJECT)
		pmt_icmp_out(conf, skb, answer.v4, ICMPV6_DEST_UNREACH,
			     ICMPV6_ADM_PROHIBITED);
	/* with PMT_SID, pmt_translate() has the last word: errors may pass (R37) */
	if (reason && reason != PMT_SID)
		return reason;
	if (!reason && is_ecn_bad(outer.tos, ipv6_hdr(skb)))
		return PMT_ECN;
	reason = pmt_translate(conf, skb, &answer, PMT_OUT);
	if (reason)
		return reason;
	if (is_ecn_bad(outer.tos, ipv6_hdr(skb)))
		return PMT_ECN;
	reason = decapsulate(pmt, skb, outer.tos);
	if (reason)
		return reason;
	if (answer.rule)
		pmt_rule_count(answer.rule, PMT_OUT, skb->len);
	dev_sw_netstats_rx_add(pmt->dev, skb->len);
	gro_cells_receive(&pmt->cells, skb);
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

	conf = pmt_find(dev_net(skb->dev), skb, ip_hdr(skb)->daddr);
	if (!conf)
		return -ENOENT;
	action = pmt_policy_find(conf->policy, ntohl(ip_hdr(skb)->saddr));
	/* the built-in table comes before the policy (R67) */
	if (action == PMT_ACTION_PASS &&
	    !pmt_is_hard(conf, ntohl(ip_hdr(skb)->saddr)))
		return -ENOENT;
	reason = receive(conf, skb, action);
	if (reason)
		pmt_drop(conf->pmt, skb, reason, PMT_OUT);
	return 0;
}
