// SPDX-License-Identifier: GPL-2.0
/* What a relay needs around it: forwarding, an address of its own, routes. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

/* Attributes at fault are not ours: their offset would name a wrong word */
static int report(const struct msg *msg, struct nl_error *error)
{
	error->offset = 0;
	return nl_report(msg, error);
}

static void parse(const struct nlmsghdr *nlh, size_t head, struct nlattr **tb,
		  unsigned int max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	head = NLMSG_ALIGN(head);
	attrs_parse(mnl_nlmsg_get_payload_offset(nlh, head),
		    len > head ? len - head : 0, tb, max);
}

/**
 * around_forwarding() - does this namespace forward IPv6?
 * @on: answer, net.ipv6.conf.all.forwarding
 */
int around_forwarding(bool *on)
{
	struct nlattr *tb[NETCONFA_MAX + 1];
	struct netconfmsg *netconf;
	struct nl_error error;
	struct reply reply;
	struct msg msg;
	int err = DONE;

	*on = false;
	netconf = msg_route(&msg, RTM_GETNETCONF, 0, sizeof(*netconf));
	netconf->ncm_family = AF_INET6;
	mnl_attr_put_u32(msg.nlh, NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL);
	if (!nl_try(&msg, &reply, &error)) {
		err = report(&msg, &error);
	} else if (reply.len) {
		parse((struct nlmsghdr *)reply.buf, sizeof(*netconf), tb,
		      NETCONFA_MAX);
		*on = attr_u32(tb, NETCONFA_FORWARDING);
	}
	free(reply.buf);
	msg_free(&msg);
	return err;
}

static bool is_within(const struct in6_addr *addr, const struct rule *rule)
{
	unsigned int bytes = rule->provider_len / 8;
	unsigned int bits = rule->provider_len % 8;

	return !memcmp(addr, &rule->provider, bytes) &&
	       !(bits && (addr->s6_addr[bytes] ^
			  rule->provider.s6_addr[bytes]) >> (8 - bits));
}

/* As the module chooses: global, not a customer's in either form */
static bool is_source(const struct nlmsghdr *nlh, const struct list *rules)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct rule *rule = (const struct rule *)rules->items;
	struct nlattr *tb[IFA_MAX + 1];
	const struct nlattr *attr;
	const struct in6_addr *addr;
	size_t i;

	parse(nlh, sizeof(*ifa), tb, IFA_MAX);
	attr = attr_of_len(tb, tb[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS,
			   sizeof(*addr));
	if (!attr || ifa->ifa_scope != RT_SCOPE_UNIVERSE ||
	    ifa->ifa_flags & IFA_F_TENTATIVE)
		return false;
	addr = mnl_attr_get_payload(attr);
	for (i = 0; i < rules->n; i++)
		if (is_within(addr, &rule[i]))
			return false;
	return addr->s6_addr16[0] != htons(0x2002);
}

/**
 * around_source() - is there an address that ICMPv6 errors can come from?
 * @rules: struct rule, of the device
 * @found: answer
 */
int around_source(const struct list *rules, bool *found)
{
	const struct nlmsghdr *nlh;
	struct ifaddrmsg *ifa;
	struct nl_error error;
	struct reply reply;
	struct msg msg;
	int err = DONE;

	*found = false;
	ifa = msg_route(&msg, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	ifa->ifa_family = AF_INET6;
	if (!nl_try(&msg, &reply, &error))
		err = report(&msg, &error);
	else
		reply_for_each(nlh, &reply)
			*found |= is_source(nlh, rules);
	free(reply.buf);
	msg_free(&msg);
	return err;
}

static enum way way_of(const struct nlmsghdr *nlh, const struct link *link)
{
	struct nlattr *tb[RTA_MAX + 1];

	parse(nlh, sizeof(struct rtmsg), tb, RTA_MAX);
	if (attr_u32(tb, RTA_OIF) != link->ifindex)
		return WAY_ELSEWHERE;
	return tb[RTA_GATEWAY] ? WAY_GATEWAY : WAY_ON_LINK;
}

/**
 * around_way() - where do packets to an address go?
 * @link: into this device, or elsewhere
 * @addr: the address
 * @way: answer
 */
int around_way(const struct link *link, const struct in6_addr *addr,
	       enum way *way)
{
	struct nl_error error;
	struct reply reply;
	struct rtmsg *rtm;
	struct msg msg;

	*way = WAY_ELSEWHERE;
	rtm = msg_route(&msg, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = AF_INET6;
	rtm->rtm_dst_len = 128;
	mnl_attr_put(msg.nlh, RTA_DST, sizeof(*addr), addr);
	/* asks the table of the device's VRF */
	if (link->master)
		mnl_attr_put_u32(msg.nlh, RTA_OIF, link->master);
	/* that there is no route is an error, and so is a route that rejects */
	if (nl_try(&msg, &reply, &error) && reply.len)
		*way = way_of((struct nlmsghdr *)reply.buf, link);
	free(reply.buf);
	msg_free(&msg);
	return DONE;
}
