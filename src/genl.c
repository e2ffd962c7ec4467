// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink, family "pmt": rules, the map query, counters
 * (include/uapi/linux/pmt.h). A request is carried out whole or not at all.
 */
#include <linux/capability.h>
#include <net/genetlink.h>

#include "compat.h"
#include "pmt.h"

static const struct nla_policy rule_policy[PMT_RULE_MAX + 1] = {
	[PMT_RULE_PROVIDER]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[PMT_RULE_PROVIDER_LEN]	= { .type = NLA_U8 },
	[PMT_RULE_IPV4]		= { .type = NLA_U32 },
	[PMT_RULE_IPV4_LEN]	= { .type = NLA_U8 },
	[PMT_RULE_SUBNET]	= { .type = NLA_U16 },
	[PMT_RULE_SUBNET_BITS]	= { .type = NLA_U8 },
	[PMT_RULE_CSUM]		= { .type = NLA_U8 },
};

/* The bounds of the arrays are what each command's maxattr says */
static const struct nla_policy device_policy[PMT_A_IFINDEX + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy rules_policy[PMT_A_RULE + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_RULE]		= NLA_POLICY_NESTED(rule_policy),
};

static const struct nla_policy map_policy[PMT_A_ADDRESS6 + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_ADDRESS4]	= { .type = NLA_U32 },
	[PMT_A_ADDRESS6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
};

static struct genl_family pmt_family;

/* The attributes of a rule, and the prefix that every request must name */
static int parse_key(const struct nlattr *nest, struct nlattr *tb[],
		     struct in6_addr *provider, struct netlink_ext_ack *extack)
{
	int err;

	err = nla_parse(tb, PMT_RULE_MAX, nla_data(nest), nla_len(nest),
			rule_policy, extack);
	if (err)
		return err;
	if (!tb[PMT_RULE_PROVIDER] || !tb[PMT_RULE_PROVIDER_LEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "provider: a rule needs a prefix and its length");
		return -EINVAL;
	}
	*provider = nla_get_in6_addr(tb[PMT_RULE_PROVIDER]);
	return 0;
}

/**
 * pmt_rule_parse() - read and check one rule
 * @nest: a nest of PMT_RULE_*
 * @rule: to fill
 * @extack: gets a sentence, and the nest as what was wrong
 *
 * Return: 0 or -EINVAL.
 */
int pmt_rule_parse(const struct nlattr *nest, struct pmt_map_rule *rule,
		   struct netlink_ext_ack *extack)
{
	unsigned int v4_len = 0, sid = 0, sid_bits = 0, csum = PMT_CSUM_ADJUST;
	struct nlattr *tb[PMT_RULE_MAX + 1];
	enum pmt_map_error map_err;
	struct in6_addr provider;
	u32 v4 = 0;
	int err;

	err = parse_key(nest, tb, &provider, extack);
	if (err)
		return err;
	if (tb[PMT_RULE_IPV4])
		v4 = ntohl(nla_get_in_addr(tb[PMT_RULE_IPV4]));
	if (tb[PMT_RULE_IPV4_LEN])
		v4_len = nla_get_u8(tb[PMT_RULE_IPV4_LEN]);
	if (tb[PMT_RULE_SUBNET])
		sid = nla_get_u16(tb[PMT_RULE_SUBNET]);
	if (tb[PMT_RULE_SUBNET_BITS])
		sid_bits = nla_get_u8(tb[PMT_RULE_SUBNET_BITS]);
	if (tb[PMT_RULE_CSUM])
		csum = nla_get_u8(tb[PMT_RULE_CSUM]);

	if (provider.s6_addr32[2] || provider.s6_addr32[3])
		map_err = PMT_MAP_PROVIDER_BITS;
	else
		map_err = pmt_map_rule_init(rule, pmt_hi(&provider),
					    nla_get_u8(tb[PMT_RULE_PROVIDER_LEN]),
					    v4, v4_len, sid, sid_bits, csum);
	if (map_err) {
		NL_SET_BAD_ATTR(extack, nest);
		if (extack)
			extack->_msg = pmt_map_strerror(map_err);
		return -EINVAL;
	}
	return 0;
}

/**
 * pmt_rule_size() - room that pmt_rule_fill() needs, in bytes
 */
size_t pmt_rule_size(void)
{
	return nla_total_size(0) +
	       nla_total_size(sizeof(struct in6_addr)) +
	       nla_total_size(sizeof(__be32)) +
	       nla_total_size(sizeof(u16)) +
	       nla_total_size(sizeof(u8)) * 4 +
	       nla_total_size_64bit(sizeof(u64)) * 4;
}

/**
 * pmt_rule_fill() - write one rule and its counters
 * @skb: message to write to
 * @attrtype: of the nest
 * @rule: which; RCU or RTNL is held
 *
 * Return: 0, or -EMSGSIZE and the nest is cancelled.
 */
int pmt_rule_fill(struct sk_buff *skb, int attrtype,
		  const struct pmt_map_rule *rule)
{
	struct in6_addr provider = pmt_in6(rule->provider.prefix, NULL);
	u64 packets[2], bytes[2];
	struct nlattr *nest;

	pmt_rule_stats_read(rule->priv, packets, bytes);
	nest = nla_nest_start(skb, attrtype);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_in6_addr(skb, PMT_RULE_PROVIDER, &provider) ||
	    nla_put_u8(skb, PMT_RULE_PROVIDER_LEN, rule->provider.plen) ||
	    nla_put_in_addr(skb, PMT_RULE_IPV4, htonl(rule->v4)) ||
	    nla_put_u8(skb, PMT_RULE_IPV4_LEN, rule->v4_len) ||
	    nla_put_u16(skb, PMT_RULE_SUBNET, rule->sid) ||
	    nla_put_u8(skb, PMT_RULE_SUBNET_BITS, rule->sid_bits) ||
	    nla_put_u8(skb, PMT_RULE_CSUM, rule->csum) ||
	    nla_put_u64_64bit(skb, PMT_RULE_OUT_PACKETS, packets[PMT_OUT],
			      PMT_RULE_PAD) ||
	    nla_put_u64_64bit(skb, PMT_RULE_OUT_BYTES, bytes[PMT_OUT],
			      PMT_RULE_PAD) ||
	    nla_put_u64_64bit(skb, PMT_RULE_IN_PACKETS, packets[PMT_IN],
			      PMT_RULE_PAD) ||
	    nla_put_u64_64bit(skb, PMT_RULE_IN_BYTES, bytes[PMT_IN],
			      PMT_RULE_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static bool is_pmt(const struct net_device *dev)
{
	return dev->netdev_ops == &pmt_netdev_ops;
}

/* The device that a request names; RCU or RTNL is held */
static struct pmt_dev *find_device(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[PMT_A_IFINDEX];
	struct net_device *dev;

	if (!attr) {
		GENL_SET_ERR_MSG(info, "ifindex: the request names no device");
		return ERR_PTR(-EINVAL);
	}
	rcu_read_lock();
	dev = dev_get_by_index_rcu(genl_info_net(info), nla_get_u32(attr));
	rcu_read_unlock();
	if (!dev || !is_pmt(dev)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "ifindex: no such pmt device in this namespace");
		return ERR_PTR(-ENODEV);
	}
	return netdev_priv(dev);
}

/* The same, to change it: that takes the right on its IPv4 side as well */
static struct pmt_dev *find_own_device(struct sk_buff *skb,
				       struct genl_info *info)
{
	struct pmt_dev *pmt = find_device(info);

	if (!IS_ERR(pmt) && !net_eq(pmt->net, dev_net(pmt->dev)) &&
	    !netlink_ns_capable(skb, pmt->net->user_ns, CAP_NET_ADMIN)) {
		GENL_SET_ERR_MSG(info, PMT_NO_RIGHT);
		return ERR_PTR(-EPERM);
	}
	return pmt;
}

static int put_names(struct sk_buff *skb, const struct net_device *dev,
		     const struct pmt_conf *conf)
{
	if (nla_put_u32(skb, PMT_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(skb, PMT_A_IFNAME, dev->name) ||
	    nla_put_u32(skb, PMT_A_GENERATION, conf->generation) ||
	    nla_put_u64_64bit(skb, PMT_A_CONFIG_ID, conf->id, PMT_A_PAD))
		return -EMSGSIZE;
	return 0;
}

/* Tell the listeners what was done, in the words of the request. A listener that
 * misses it sees ENOBUFS, so failing here is no error.
 */
static void notify(const struct pmt_dev *pmt, struct genl_info *info)
{
	const struct pmt_conf *conf = rtnl_dereference(pmt->conf);
	const struct nlattr *attr;
	struct sk_buff *skb;
	void *hdr;
	int rem;

	/* put_names() needs little more than the request did */
	skb = genlmsg_new(info->nlhdr->nlmsg_len + NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto err;
	hdr = genlmsg_put_reply(skb, info, &pmt_family, 0,
				info->genlhdr->cmd);
	if (!hdr || put_names(skb, pmt->dev, conf))
		goto err_skb;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == PMT_A_RULE &&
		    nla_put(skb, PMT_A_RULE | NLA_F_NESTED, nla_len(attr),
			    nla_data(attr)))
			goto err_skb;
	genlmsg_end(skb, hdr);
	genl_notify(&pmt_family, skb, info, 0, GFP_KERNEL);
	return;

err_skb:
	nlmsg_free(skb);
err:
	genl_set_err(&pmt_family, genl_info_net(info), 0, 0, -ENOBUFS);
}

/* Index of the rule of this provider prefix, or @n */
static u32 find_key(const struct pmt_map_rule *rules, u32 n, u64 prefix,
		    u8 plen)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (rules[i].provider.prefix == prefix &&
		    rules[i].provider.plen == plen)
			break;
	return i;
}

/* Put @nest's rule among the @n @rules, which have room for it */
static int add_rule(struct pmt_map_rule *rules, u32 *n,
		    const struct nlattr *nest, const struct genl_info *info)
{
	struct pmt_map_rule rule;
	u32 at;
	int err;

	err = pmt_rule_parse(nest, &rule, info->extack);
	if (err)
		return err;
	at = find_key(rules, *n, rule.provider.prefix, rule.provider.plen);
	if (at == *n) {
		(*n)++;
	} else if (info->genlhdr->cmd == PMT_CMD_RULE_REPLACE) {
		rule.priv = rules[at].priv;	/* goes on counting */
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "provider: there is a rule of this prefix; replace or del it");
		return -EEXIST;
	}
	rules[at] = rule;
	return 0;
}

/* Does @rule have everything that the request names? */
static bool has_attrs(const struct pmt_map_rule *rule, struct nlattr *tb[])
{
	return (!tb[PMT_RULE_IPV4] ||
		nla_get_in_addr(tb[PMT_RULE_IPV4]) == htonl(rule->v4)) &&
	       (!tb[PMT_RULE_IPV4_LEN] ||
		nla_get_u8(tb[PMT_RULE_IPV4_LEN]) == rule->v4_len) &&
	       (!tb[PMT_RULE_SUBNET] ||
		nla_get_u16(tb[PMT_RULE_SUBNET]) == rule->sid) &&
	       (!tb[PMT_RULE_SUBNET_BITS] ||
		nla_get_u8(tb[PMT_RULE_SUBNET_BITS]) == rule->sid_bits) &&
	       (!tb[PMT_RULE_CSUM] ||
		nla_get_u8(tb[PMT_RULE_CSUM]) == rule->csum);
}

/* Take @nest's rule from the @n @rules */
static int del_rule(struct pmt_map_rule *rules, u32 *n,
		    const struct nlattr *nest, const struct genl_info *info)
{
	struct nlattr *tb[PMT_RULE_MAX + 1];
	struct in6_addr provider;
	u32 at;
	int err;

	err = parse_key(nest, tb, &provider, info->extack);
	if (err)
		return err;
	at = find_key(rules, *n, pmt_hi(&provider),
		      nla_get_u8(tb[PMT_RULE_PROVIDER_LEN]));
	if (at == *n || provider.s6_addr32[2] || provider.s6_addr32[3] ||
	    !has_attrs(&rules[at], tb)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "provider: there is no such rule");
		return -ENOENT;
	}
	(*n)--;
	memmove(&rules[at], &rules[at + 1], (*n - at) * sizeof(*rules));
	return 0;
}

/* Carry the request out on a copy of the rules, and publish that when all of it
 * was right. Replaced rules keep their counters, so the copy owns none.
 */
static int change_rules(struct sk_buff *skb, struct genl_info *info)
{
	const struct pmt_conf *conf;
	struct pmt_map_rule *rules;
	const struct nlattr *nest;
	struct pmt_dev *pmt;
	int rem, err = 0;
	u32 n, room = 0;

	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem)
		room += nla_type(nest) == PMT_A_RULE;
	if (!room && info->genlhdr->cmd != PMT_CMD_RULE_FLUSH) {
		GENL_SET_ERR_MSG(info, "rule: the request holds none");
		return -EINVAL;
	}
	rtnl_lock();
	pmt = find_own_device(skb, info);
	if (IS_ERR(pmt)) {
		err = PTR_ERR(pmt);
		goto out_unlock;
	}
	conf = rtnl_dereference(pmt->conf);
	n = conf->map.n_rules;
	rules = kvmalloc_array(n + room, sizeof(*rules), GFP_KERNEL_ACCOUNT);
	if (!rules && n + room) {
		err = -ENOMEM;
		goto out_unlock;
	}
	if (info->genlhdr->cmd == PMT_CMD_RULE_FLUSH)
		n = 0;
	else if (n)
		memcpy(rules, conf->map.rules, n * sizeof(*rules));
	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nest) != PMT_A_RULE)
			continue;
		if (info->genlhdr->cmd == PMT_CMD_RULE_DEL)
			err = del_rule(rules, &n, nest, info);
		else
			err = add_rule(rules, &n, nest, info);
		if (err)
			goto out_rules;
	}
	err = pmt_reconfigure(pmt, &conf->opts, rules, n, info->extack);
	if (!err)
		notify(pmt, info);
out_rules:
	kvfree(rules);
out_unlock:
	rtnl_unlock();
	return err;
}

/* The next device of a dump, in the order of ifindex: args[0] is the last one that
 * is done, args[1] where in the next one the message before ended. RCU is held.
 */
static struct pmt_dev *dump_next(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	const struct nlattr *only = pmt_compat_dump_attrs(cb)[PMT_A_IFINDEX];
	struct net_device *dev, *next = NULL;

	for_each_netdev_rcu(sock_net(skb->sk), dev) {
		if (!is_pmt(dev) || dev->ifindex <= cb->args[0] ||
		    (only && nla_get_u32(only) != dev->ifindex))
			continue;
		if (!next || dev->ifindex < next->ifindex)
			next = dev;
	}
	return next ? netdev_priv(next) : NULL;
}

static void dump_done(struct netlink_callback *cb, const struct pmt_dev *pmt)
{
	cb->args[0] = pmt->dev->ifindex;
	cb->args[1] = 0;
}

static void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &pmt_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int put_rule(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct pmt_dev *pmt, const struct pmt_conf *conf,
		    const struct pmt_map_rule *rule)
{
	void *hdr = dump_put(skb, cb, PMT_CMD_RULE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_names(skb, pmt->dev, conf) ||
	    pmt_rule_fill(skb, PMT_A_RULE, rule)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Rules come in the order of their IPv4 prefixes and subnet-IDs */
static int rule_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pmt_dev *pmt;

	rcu_read_lock();
	cb->seq = pmt_generation();
	while ((pmt = dump_next(skb, cb))) {
		const struct pmt_conf *conf = rcu_dereference(pmt->conf);

		for (; cb->args[1] < conf->map.n_rules; cb->args[1]++)
			if (put_rule(skb, cb, pmt, conf,
				     &conf->map.rules[cb->args[1]]))
				goto out;
		dump_done(cb, pmt);
	}
out:
	rcu_read_unlock();
	return skb->len;
}

static int put_stats(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct pmt_dev *pmt)
{
	void *hdr = dump_put(skb, cb, PMT_CMD_STATS_GET);
	u64 n[__PMT_COUNTER_MAX];
	struct nlattr *nest;
	int i;

	if (!hdr)
		return -EMSGSIZE;
	pmt_stats_read(pmt, n);
	if (put_names(skb, pmt->dev, rcu_dereference(pmt->conf)))
		goto err;
	nest = nla_nest_start(skb, PMT_A_COUNTERS);
	if (!nest)
		goto err;
	/* the attribute 0 that PMT_OK would be pads */
	for (i = 1; i < __PMT_COUNTER_MAX; i++)
		if (nla_put_u64_64bit(skb, i, n[i], PMT_OK))
			goto err;
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	return 0;

err:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static int stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pmt_dev *pmt;

	rcu_read_lock();
	cb->seq = pmt_generation();
	while ((pmt = dump_next(skb, cb)) && !put_stats(skb, cb, pmt))
		dump_done(cb, pmt);
	rcu_read_unlock();
	return skb->len;
}

/* What the data path would make of an address; the interface ID is kept */
static int put_answer(struct sk_buff *skb, const struct pmt_conf *conf,
		      const struct pmt_map_answer *answer,
		      const struct in6_addr *iid)
{
	struct in6_addr addr;

	if (nla_put_u32(skb, PMT_A_REASON, answer->reason))
		return -EMSGSIZE;
	if (answer->customer) {
		addr = pmt_in6(answer->customer, iid);
		if (nla_put_in_addr(skb, PMT_A_V4, htonl(answer->v4)) ||
		    nla_put_u16(skb, PMT_A_SUBNET, answer->sid) ||
		    nla_put_in6_addr(skb, PMT_A_6TO4, &addr))
			return -EMSGSIZE;
	}
	if (answer->rule) {
		addr = pmt_in6(answer->provider, iid);
		if (nla_put_in6_addr(skb, PMT_A_TRANSLATED, &addr) ||
		    nla_put_in_addr(skb, PMT_A_OUTER_SRC,
				    conf->opts.local[0]) ||
		    pmt_rule_fill(skb, PMT_A_RULE, answer->rule))
			return -EMSGSIZE;
	}
	return 0;
}

static int map_get(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *a4 = info->attrs[PMT_A_ADDRESS4];
	const struct nlattr *a6 = info->attrs[PMT_A_ADDRESS6];
	struct in6_addr addr = {};
	struct pmt_map_answer answer;
	const struct pmt_conf *conf;
	struct pmt_dev *pmt;
	struct sk_buff *skb;
	int err = -ENOMEM;
	void *hdr;

	if (!a4 == !a6) {
		GENL_SET_ERR_MSG(info,
				 "address: the request must hold one, IPv4 or IPv6");
		return -EINVAL;
	}
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &pmt_family, 0, PMT_CMD_MAP_GET);
	if (!hdr)
		goto err_skb;
	rcu_read_lock();
	pmt = find_device(info);
	if (IS_ERR(pmt)) {
		err = PTR_ERR(pmt);
		goto err_unlock;
	}
	conf = rcu_dereference(pmt->conf);
	if (a4) {
		pmt_map_ask_v4(&conf->map, ntohl(nla_get_in_addr(a4)), &answer);
	} else {
		addr = nla_get_in6_addr(a6);
		pmt_map_ask_hi(&conf->map, pmt_hi(&addr), &answer);
	}
	if (!answer.reason && pmt_is_bcast(pmt->net, htonl(answer.v4)))
		answer.reason = PMT_BOGON;
	err = put_names(skb, pmt->dev, conf);
	if (!err)
		err = put_answer(skb, conf, &answer, &addr);
	rcu_read_unlock();
	if (err)
		goto err_skb;
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);

err_unlock:
	rcu_read_unlock();
err_skb:
	nlmsg_free(skb);
	return err;
}

/* Each command has a policy of its own: what it has no use for, it refuses */
static const struct genl_ops pmt_genl_ops[] = {
	{
		.cmd	= PMT_CMD_RULE_GET,
		.dumpit	= rule_dump,
		.policy	= device_policy,
		.maxattr = PMT_A_IFINDEX,
	},
	{
		.cmd	= PMT_CMD_RULE_NEW,
		.doit	= change_rules,
		.policy	= rules_policy,
		.maxattr = PMT_A_RULE,
		.flags	= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd	= PMT_CMD_RULE_REPLACE,
		.doit	= change_rules,
		.policy	= rules_policy,
		.maxattr = PMT_A_RULE,
		.flags	= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd	= PMT_CMD_RULE_DEL,
		.doit	= change_rules,
		.policy	= rules_policy,
		.maxattr = PMT_A_RULE,
		.flags	= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd	= PMT_CMD_RULE_FLUSH,
		.doit	= change_rules,
		.policy	= device_policy,
		.maxattr = PMT_A_IFINDEX,
		.flags	= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd	= PMT_CMD_MAP_GET,
		.doit	= map_get,
		.policy	= map_policy,
		.maxattr = PMT_A_ADDRESS6,
	},
	{
		.cmd	= PMT_CMD_STATS_GET,
		.dumpit	= stats_dump,
		.policy	= device_policy,
		.maxattr = PMT_A_IFINDEX,
	},
};

static const struct genl_multicast_group pmt_genl_mcgrps[] = {
	{ .name = PMT_GENL_MCGRP_CONFIG },
};

static struct genl_family pmt_family __ro_after_init = {
	.name		= PMT_GENL_NAME,
	.version	= PMT_GENL_VERSION,
	.maxattr	= PMT_A_MAX,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= pmt_genl_ops,
	.n_ops		= ARRAY_SIZE(pmt_genl_ops),
	.mcgrps		= pmt_genl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(pmt_genl_mcgrps),
};

int __init pmt_genl_init(void)
{
	return genl_register_family(&pmt_family);
}

void pmt_genl_exit(void)
{
	genl_unregister_family(&pmt_family);
}
