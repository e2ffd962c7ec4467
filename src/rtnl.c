// SPDX-License-Identifier: GPL-2.0
/*
 * rtnetlink, kind "pmt": options of the device (include/uapi/linux/pmt.h). The
 * policy checks what it can; the rest is refused with a sentence.
 */
#include <linux/capability.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "pmt.h"

static const struct nla_policy pmt_policy[IFLA_PMT_MAX + 1] = {
	[IFLA_PMT_UNSPEC]	= { .strict_start_type = IFLA_PMT_LINK },
	[IFLA_PMT_LINK]		= NLA_POLICY_MIN(NLA_S32, 0),
	[IFLA_PMT_LOCAL]	= { .type = NLA_BINARY,
				    .len = PMT_LOCAL_MAX * sizeof(__be32) },
	[IFLA_PMT_TTL]		= NLA_POLICY_MIN(NLA_U8, 1),
	[IFLA_PMT_DSCP]		= { .type = NLA_U8 },
	[IFLA_PMT_ECN]		= NLA_POLICY_MAX(NLA_U8, PMT_ECN_NORMAL),
	[IFLA_PMT_DF]		= NLA_POLICY_MAX(NLA_U8, PMT_DF_PMTU),
	[IFLA_PMT_UNTRANSLATED]	= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_PMT_TO2002]	= NLA_POLICY_MAX(NLA_U8, PMT_TO2002_FORWARD),
	[IFLA_PMT_HAIRPIN]	= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_PMT_ERRSRC]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[IFLA_PMT_ICMP_RATE]	= { .type = NLA_U32 },
	[IFLA_PMT_PTB_RATE]	= { .type = NLA_U32 },
	[IFLA_PMT_DRAIN]	= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_PMT_RULE]		= { .type = NLA_NESTED },
	[IFLA_PMT_RULES]	= { .type = NLA_REJECT },
	[IFLA_PMT_CONFIG_ID]	= { .type = NLA_REJECT },
	[IFLA_PMT_HEALTH]	= { .type = NLA_REJECT },
	[IFLA_PMT_PAD]		= { .type = NLA_REJECT },
};

static const struct pmt_opts pmt_defaults = {
	.n_local = 1,
	.local = { htonl(0xc0586301) },		/* 192.88.99.1, RFC 3068 2.4 */
	.ttl = 64,
	.dscp = 0,
	.ecn = PMT_ECN_COMPAT,
	.df = PMT_DF_UNSET,
	.to2002 = PMT_TO2002_REJECT,
	.hairpin = true,
	.icmp_rate = 1000,
	.ptb_rate = 10000,
};

static int parse_local(const struct nlattr *attr, struct pmt_opts *opts,
		       struct netlink_ext_ack *extack)
{
	int n = nla_len(attr) / sizeof(__be32);
	const __be32 *addr = nla_data(attr);
	int i, k;

	if (!n || nla_len(attr) % sizeof(__be32)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "local: 1 to 16 IPv4 addresses");
		return -EINVAL;
	}
	for (i = 0; i < n; i++) {
		if (ipv4_is_zeronet(addr[i]) || ipv4_is_loopback(addr[i]) ||
		    ipv4_is_multicast(addr[i]) || ipv4_is_lbcast(addr[i])) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "local: must be a unicast address of this host, not a loopback one");
			return -EINVAL;
		}
		for (k = 0; k < i; k++)
			if (addr[k] == addr[i]) {
				NL_SET_ERR_MSG_ATTR(extack, attr,
						    "local: the same address twice");
				return -EINVAL;
			}
	}
	opts->n_local = n;
	memcpy(opts->local, addr, n * sizeof(__be32));
	return 0;
}

static int parse_errsrc(const struct nlattr *attr, struct pmt_opts *opts,
			struct netlink_ext_ack *extack)
{
	struct in6_addr addr = nla_get_in6_addr(attr);
	int type = __ipv6_addr_type(&addr);	/* with its scope */

	/* all zero: none */
	if (!ipv6_addr_any(&addr) &&
	    (!(type & IPV6_ADDR_UNICAST) ||
	     __ipv6_addr_src_scope(type) != IPV6_ADDR_SCOPE_GLOBAL ||
	     ipv6_addr_v4mapped(&addr) || pmt_hi_is_6to4(pmt_hi(&addr)))) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "errsrc: must be a global unicast address outside 2002::/16");
		return -EINVAL;
	}
	opts->errsrc = addr;
	return 0;
}

/* Change in @opts what @data names */
static int parse_opts(struct nlattr *data[], struct pmt_opts *opts,
		      struct netlink_ext_ack *extack)
{
	int err;

	if (data[IFLA_PMT_LOCAL]) {
		err = parse_local(data[IFLA_PMT_LOCAL], opts, extack);
		if (err)
			return err;
	}
	if (data[IFLA_PMT_ERRSRC]) {
		err = parse_errsrc(data[IFLA_PMT_ERRSRC], opts, extack);
		if (err)
			return err;
	}
	if (data[IFLA_PMT_DSCP]) {
		opts->dscp = nla_get_u8(data[IFLA_PMT_DSCP]);
		if (opts->dscp > 63 && opts->dscp != PMT_DSCP_INHERIT) {
			NL_SET_ERR_MSG_ATTR(extack, data[IFLA_PMT_DSCP],
					    "dscp: must be 0 to 63, or inherit");
			return -EINVAL;
		}
	}
	if (data[IFLA_PMT_TTL])
		opts->ttl = nla_get_u8(data[IFLA_PMT_TTL]);
	if (data[IFLA_PMT_ECN])
		opts->ecn = nla_get_u8(data[IFLA_PMT_ECN]);
	if (data[IFLA_PMT_DF])
		opts->df = nla_get_u8(data[IFLA_PMT_DF]);
	if (data[IFLA_PMT_UNTRANSLATED])
		opts->untranslated = nla_get_u8(data[IFLA_PMT_UNTRANSLATED]);
	if (data[IFLA_PMT_TO2002])
		opts->to2002 = nla_get_u8(data[IFLA_PMT_TO2002]);
	if (data[IFLA_PMT_HAIRPIN])
		opts->hairpin = nla_get_u8(data[IFLA_PMT_HAIRPIN]);
	if (data[IFLA_PMT_ICMP_RATE])
		opts->icmp_rate = nla_get_u32(data[IFLA_PMT_ICMP_RATE]);
	if (data[IFLA_PMT_PTB_RATE])
		opts->ptb_rate = nla_get_u32(data[IFLA_PMT_PTB_RATE]);
	if (data[IFLA_PMT_DRAIN])
		opts->drain = nla_get_u8(data[IFLA_PMT_DRAIN]);
	return 0;
}

static int parse_link(struct net *net, const struct nlattr *attr,
		      struct pmt_opts *opts, struct netlink_ext_ack *extack)
{
	const struct net_device *lower;

	opts->link = nla_get_s32(attr);
	if (!opts->link)
		return 0;
	lower = __dev_get_by_index(net, opts->link);
	if (!lower) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "dev: no such device in the namespace of the IPv4 side");
		return -ENODEV;
	}
	/* what happens to the first of a chain would happen to all, recursively */
	if (pmt_is_pmt(lower)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "dev: a pmt device carries no IPv4; it takes the device that customers are behind");
		return -EINVAL;
	}
	return 0;
}

/* rtnetlink passes over an attribute that it finds in no policy. An option of a newer
 * tool's would be lost without a word, so it is refused here, as generic netlink does.
 */
static int pmt_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	const struct nlattr *info, *attr;
	int rem, rest;

	if (!data)
		return 0;
	nla_for_each_nested(info, tb[IFLA_LINKINFO], rem) {
		if (nla_type(info) != IFLA_INFO_DATA)
			continue;
		nla_for_each_nested(attr, info, rest) {
			if (nla_type(attr) && nla_type(attr) <= IFLA_PMT_MAX)
				continue;
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Unknown attribute type");
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * pmt_newlink() - rtnl_link_ops.newlink, of every kernel
 * @net: namespace of the IPv4 side
 * @dev: as pmt_setup() left it
 * @tb: IFLA_*
 * @data: IFLA_PMT_*, or NULL
 * @extack: gets a sentence
 *
 * Return: 0; -EAFNOSUPPORT, -EINVAL, -ENODEV; or what pmt_register() answers.
 */
int pmt_newlink(struct net *net, struct net_device *dev, struct nlattr *tb[],
		struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct pmt_opts opts = pmt_defaults;
	struct pmt_map_rule rule;
	struct pmt_draft draft = { .rules = &rule };
	int err;

	/* With ipv6.disable=1 the kernel has its functions, and no tables behind them */
	if (!ipv6_mod_enabled()) {
		NL_SET_ERR_MSG(extack,
			       "IPv6 is disabled (ipv6.disable=1), a relay needs it");
		return -EAFNOSUPPORT;
	}
	if (tb[IFLA_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "a pmt device has no link-layer address");
		return -EINVAL;
	}
	if (data) {
		err = parse_opts(data, &opts, extack);
		if (err)
			return err;
	}
	if (data && data[IFLA_PMT_LINK]) {
		err = parse_link(net, data[IFLA_PMT_LINK], &opts, extack);
		if (err)
			return err;
	}
	if (data && data[IFLA_PMT_RULE]) {
		err = pmt_rule_parse(data[IFLA_PMT_RULE], &rule, extack);
		if (err)
			return err;
		draft.n_rules = 1;
	}
	err = pmt_register(net, dev, &opts, &draft, extack);
	/* R47: with the message, but no error, rtnetlink makes it a warning */
	if (!err && dev->mtu > ETH_DATA_LEN - sizeof(struct iphdr))
		NL_SET_ERR_MSG(extack,
			       "mtu above 1480: outer packets will not fit an Ethernet of 1500 bytes");
	return err;
}

static int pmt_changelink(struct net_device *dev, struct nlattr *tb[],
			  struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct pmt_dev *pmt = netdev_priv(dev);
	const struct pmt_conf *conf = rtnl_dereference(pmt->conf);
	struct pmt_opts opts = conf->opts;
	struct pmt_draft draft = {
		.rules = conf->map.rules,
		.n_rules = conf->map.n_rules,
		.policy = conf->policy,
	};
	int err;

	if (!data)
		return 0;
	/* the core has asked for the right in the device's namespace only */
	if (!net_eq(pmt->net, dev_net(dev)) &&
	    !ns_capable(pmt->net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(extack, PMT_NO_RIGHT);
		return -EPERM;
	}
	if (data[IFLA_PMT_LINK] &&
	    nla_get_s32(data[IFLA_PMT_LINK]) != opts.link) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_PMT_LINK],
				    "dev: can't be changed; make another device");
		return -EOPNOTSUPP;
	}
	if (data[IFLA_PMT_RULE]) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_PMT_RULE],
				    "rules are changed by 'pmt rule'");
		return -EOPNOTSUPP;
	}
	err = parse_opts(data, &opts, extack);
	if (err)
		return err;
	return pmt_reconfigure(pmt, &opts, &draft, extack);
}

static size_t pmt_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(s32)) +		/* LINK */
	       nla_total_size(PMT_LOCAL_MAX * sizeof(__be32)) +
	       nla_total_size(sizeof(u8)) * 8 +		/* TTL to HAIRPIN, DRAIN */
	       nla_total_size(sizeof(struct in6_addr)) + /* ERRSRC */
	       nla_total_size(sizeof(u32)) * 4 +	/* rates, RULES, HEALTH */
	       nla_total_size_64bit(sizeof(u64)) +	/* CONFIG_ID */
	       pmt_rule_size();
}

static int pmt_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct pmt_dev *pmt = netdev_priv(dev);
	const struct pmt_conf *conf;
	const struct pmt_opts *opts;
	int err = -EMSGSIZE;

	rcu_read_lock();
	conf = rcu_dereference(pmt->conf);
	opts = &conf->opts;
	if (nla_put_s32(skb, IFLA_PMT_LINK, opts->link) ||
	    nla_put(skb, IFLA_PMT_LOCAL, opts->n_local * sizeof(__be32),
		    opts->local) ||
	    nla_put_u8(skb, IFLA_PMT_TTL, opts->ttl) ||
	    nla_put_u8(skb, IFLA_PMT_DSCP, opts->dscp) ||
	    nla_put_u8(skb, IFLA_PMT_ECN, opts->ecn) ||
	    nla_put_u8(skb, IFLA_PMT_DF, opts->df) ||
	    nla_put_u8(skb, IFLA_PMT_UNTRANSLATED, opts->untranslated) ||
	    nla_put_u8(skb, IFLA_PMT_TO2002, opts->to2002) ||
	    nla_put_u8(skb, IFLA_PMT_HAIRPIN, opts->hairpin) ||
	    nla_put_in6_addr(skb, IFLA_PMT_ERRSRC, &opts->errsrc) ||
	    nla_put_u32(skb, IFLA_PMT_ICMP_RATE, opts->icmp_rate) ||
	    nla_put_u32(skb, IFLA_PMT_PTB_RATE, opts->ptb_rate) ||
	    nla_put_u8(skb, IFLA_PMT_DRAIN, opts->drain) ||
	    nla_put_u32(skb, IFLA_PMT_RULES, conf->map.n_rules) ||
	    nla_put_u64_64bit(skb, IFLA_PMT_CONFIG_ID, conf->id,
			      IFLA_PMT_PAD) ||
	    nla_put_u32(skb, IFLA_PMT_HEALTH, pmt_health(pmt, conf)))
		goto out;
	/* so that what `ip` shows can be typed back */
	if (conf->map.n_rules == 1 &&
	    pmt_rule_fill(skb, IFLA_PMT_RULE, conf->map.rules))
		goto out;
	err = 0;
out:
	rcu_read_unlock();
	return err;
}

static struct net *pmt_get_link_net(const struct net_device *dev)
{
	const struct pmt_dev *pmt = netdev_priv(dev);

	return READ_ONCE(pmt->net);
}

struct rtnl_link_ops pmt_link_ops __read_mostly = {
	.kind		= PMT_KIND,
	.maxtype	= IFLA_PMT_MAX,
	.policy		= pmt_policy,
	.priv_size	= sizeof(struct pmt_dev),
	.setup		= pmt_setup,
	.validate	= pmt_validate,
	.newlink	= pmt_compat_newlink,
	.changelink	= pmt_changelink,
	.get_size	= pmt_get_size,
	.dellink	= pmt_dellink,
	.fill_info	= pmt_fill_info,
	.get_link_net	= pmt_get_link_net,
};
