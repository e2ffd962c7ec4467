// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink, family "pmt": rules, the map query, counters
 * (include/uapi/linux/pmt.h). A request is carried out whole or not at all.
 */
#include <linux/capability.h>
#include <net/genetlink.h>

#include "compat.h"
#include "pmt.h"

/* The bounds of the arrays are what each command's maxattr says */
static const struct nla_policy device_policy[PMT_A_IFINDEX + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy rules_policy[PMT_A_RULE + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_RULE]		= NLA_POLICY_NESTED(pmt_rule_policy),
};

static const struct nla_policy entries_policy[PMT_A_POLICY + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_POLICY]		= NLA_POLICY_NESTED(pmt_policy_policy),
};

static const struct nla_policy address_policy[PMT_A_ADDRESS4 + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_ADDRESS4]	= { .type = NLA_U32 },
};

static const struct nla_policy map_policy[PMT_A_ADDRESS6 + 1] = {
	[PMT_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[PMT_A_ADDRESS4]	= { .type = NLA_U32 },
	[PMT_A_ADDRESS6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
};

static struct genl_family pmt_family;

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
	if (!dev || !pmt_is_pmt(dev)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "ifindex: no such pmt device in this namespace");
		return ERR_PTR(-ENODEV);
	}
	return netdev_priv(dev);
}

/**
 * pmt_genl_own_device() - the device that a request is to change
 * @skb: the request; RTNL is held
 * @info: the request
 *
 * That takes the right on its IPv4 side as well. Return: -EINVAL, -ENODEV or
 * -EPERM.
 */
struct pmt_dev *pmt_genl_own_device(struct sk_buff *skb,
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

/**
 * pmt_genl_notify() - tell the group "config" what a request did, in its words
 * @pmt: the device; RTNL is held
 * @info: the request
 *
 * A listener that misses it sees ENOBUFS, so failing here is no error.
 */
void pmt_genl_notify(const struct pmt_dev *pmt, struct genl_info *info)
{
	const struct pmt_conf *conf = rtnl_dereference(pmt->conf);
	u8 cmd = info->genlhdr->cmd;
	const struct nlattr *attr;
	struct sk_buff *skb;
	void *hdr;
	int rem;

	/* the names need little more than the request did */
	skb = genlmsg_new(info->nlhdr->nlmsg_len + NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto err;
	hdr = genlmsg_put_reply(skb, info, &pmt_family, 0, PMT_CMD_CONFIG_NTF);
	if (!hdr || put_names(skb, pmt->dev, conf) ||
	    nla_put_u32(skb, PMT_A_CMD, cmd))
		goto err_skb;
	if (cmd == PMT_CMD_TXN_COMMIT &&
	    (nla_put_u32(skb, PMT_A_RULES, conf->map.n_rules) ||
	     nla_put_u32(skb, PMT_A_ENTRIES, pmt_policy_count(conf->policy))))
		goto err_skb;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if ((nla_type(attr) == PMT_A_RULE ||
		     nla_type(attr) == PMT_A_POLICY) &&
		    nla_put(skb, nla_type(attr) | NLA_F_NESTED, nla_len(attr),
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

/**
 * pmt_genl_notify_health() - tell the group "config" of a change of health
 * @pmt: the device; RTNL is held
 */
void pmt_genl_notify_health(const struct pmt_dev *pmt)
{
	struct net *net = dev_net(pmt->dev);
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto err;
	hdr = genlmsg_put(skb, 0, 0, &pmt_family, 0, PMT_CMD_HEALTH_NTF);
	if (!hdr || put_names(skb, pmt->dev, rtnl_dereference(pmt->conf)) ||
	    nla_put_u32(skb, PMT_A_HEALTH, pmt->health)) {
		nlmsg_free(skb);
		goto err;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&pmt_family, net, skb, 0, 0, GFP_KERNEL);
	return;

err:
	genl_set_err(&pmt_family, net, 0, 0, -ENOBUFS);
}

/* A dump goes on with the device whose ifindex is args[0], or the next one; below
 * zero there is none
 */
static void dump_at(struct netlink_callback *cb, int ifindex)
{
	memset(cb->args, 0, sizeof(cb->args));
	cb->args[0] = ifindex;
}

/* The device that a dump is at, in the order of ifindex; args[1] and what follows
 * tell how far the message before got in it. RCU is held. @with_rules passes the
 * others by: they would say nothing, and a walk for each would be long.
 */
static struct pmt_dev *dump_next(struct sk_buff *skb,
				 struct netlink_callback *cb, bool with_rules)
{
	const struct nlattr *only = pmt_compat_dump_attrs(cb)[PMT_A_IFINDEX];
	struct net_device *dev, *next = NULL;

	if (cb->args[0] < 0)
		return NULL;
	for_each_netdev_rcu(sock_net(skb->sk), dev) {
		struct pmt_dev *pmt = netdev_priv(dev);

		if (!pmt_is_pmt(dev) || dev->ifindex < cb->args[0] ||
		    (only && nla_get_u32(only) != dev->ifindex) ||
		    (with_rules && !rcu_dereference(pmt->conf)->map.n_rules))
			continue;
		if (!next || dev->ifindex < next->ifindex)
			next = dev;
	}
	if (!next)
		return NULL;
	if (next->ifindex != cb->args[0])
		dump_at(cb, next->ifindex);
	return netdev_priv(next);
}

static void dump_done(struct netlink_callback *cb, const struct pmt_dev *pmt)
{
	int ifindex = pmt->dev->ifindex;

	dump_at(cb, ifindex == INT_MAX ? -1 : ifindex + 1);
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
	cb->seq = READ_ONCE(pmt_net(sock_net(skb->sk))->generation);
	while ((pmt = dump_next(skb, cb, true))) {
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
	cb->seq = READ_ONCE(pmt_net(sock_net(skb->sk))->generation);
	while ((pmt = dump_next(skb, cb, false)) && !put_stats(skb, cb, pmt))
		dump_done(cb, pmt);
	rcu_read_unlock();
	return skb->len;
}

static int put_entry(struct sk_buff *skb, const struct pmt_entry *entry,
		     bool is_builtin)
{
	struct nlattr *nest = nla_nest_start(skb, PMT_A_POLICY);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_in_addr(skb, PMT_POLICY_IPV4, htonl(entry->addr)) ||
	    nla_put_u8(skb, PMT_POLICY_IPV4_LEN, entry->len) ||
	    (is_builtin ? nla_put_flag(skb, PMT_POLICY_BUILTIN) :
	     nla_put_u8(skb, PMT_POLICY_ACTION, entry->action))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* What the data path would make of an address, @asked; all zero: an IPv4 one */
static int put_answer(struct sk_buff *skb, const struct pmt_conf *conf,
		      const struct pmt_map_answer *answer,
		      enum pmt_counter reason, const struct in6_addr *asked)
{
	u64 customer_lo = pmt_lo(asked), provider_lo = customer_lo;
	struct in6_addr addr;

	/* a neutral rule changes the interface ID on the way to the other form */
	if (answer->rule && pmt_hi(asked) == answer->provider) {
		if (!pmt_map_lo(answer->rule, answer->provider,
				answer->customer, &customer_lo))
			reason = PMT_NOMAP;
	} else if (answer->rule &&
		   !pmt_map_lo(answer->rule, answer->customer,
			       answer->provider, &provider_lo)) {
		reason = PMT_NOMAP;
	}
	if (nla_put_u32(skb, PMT_A_REASON, reason))
		return -EMSGSIZE;
	if (!reason && nla_put_in_addr(skb, PMT_A_OUTER_SRC,
				       conf->opts.local[0]))
		return -EMSGSIZE;
	if (answer->customer) {
		addr = pmt_in6(answer->customer, customer_lo);
		if (nla_put_in_addr(skb, PMT_A_V4, htonl(answer->v4)) ||
		    nla_put_u16(skb, PMT_A_SUBNET, answer->sid) ||
		    nla_put_in6_addr(skb, PMT_A_6TO4, &addr))
			return -EMSGSIZE;
	}
	if (answer->rule) {
		addr = pmt_in6(answer->provider, provider_lo);
		if (nla_put_in6_addr(skb, PMT_A_TRANSLATED, &addr) ||
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
	enum pmt_counter reason;
	enum pmt_action action;
	struct pmt_entry entry;
	struct pmt_dev *pmt;
	struct sk_buff *skb;
	bool is_builtin;
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
	err = put_names(skb, pmt->dev, conf);
	reason = answer.reason;
	if (answer.customer) {
		action = pmt_policy_find(conf->policy, answer.v4);
		reason = pmt_judge(conf, action, &answer);
		if (!reason && pmt_is_hard(conf, answer.v4))
			reason = PMT_BOGON;
		/* who is not translated has no translated address */
		if (action == PMT_ACTION_UNTRANSLATED && a6 &&
		    !pmt_hi_is_6to4(pmt_hi(&addr)))
			reason = PMT_NOMAP;
		if (!err && pmt_policy_match(conf->policy, answer.v4, &entry,
					     &is_builtin))
			err = put_entry(skb, &entry, is_builtin);
	}
	if (!err)
		err = put_answer(skb, conf, &answer, reason, &addr);
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

/* Where a dump of the policy is, in netlink_callback.args behind dump_next()'s */
struct policy_dump {
	struct pmt_policy_iter iter;
	u32 builtin;
};

/* As many entries as go into the rest of @skb. Return: -EMSGSIZE when some are
 * left over.
 */
static int put_entries(struct sk_buff *skb, const struct pmt_conf *conf,
		       struct policy_dump *at)
{
	struct pmt_policy_iter iter = at->iter;
	struct pmt_entry entry;

	while (pmt_map_builtin(at->builtin, &entry.addr, &entry.len)) {
		if (put_entry(skb, &entry, true))
			return -EMSGSIZE;
		at->builtin++;
	}
	while (pmt_policy_next(conf->policy, &iter, &entry)) {
		if (put_entry(skb, &entry, false))
			return -EMSGSIZE;
		at->iter = iter;
	}
	return 0;
}

/* The policy says who the customers are, so it is not for everyone */
static int policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct policy_dump *at = (struct policy_dump *)&cb->args[2];
	struct pmt_dev *pmt;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->args) - 2 * sizeof(cb->args[0]));
	if (!netlink_ns_capable(cb->skb, sock_net(skb->sk)->user_ns,
				CAP_NET_ADMIN))
		return -EPERM;
	rcu_read_lock();
	cb->seq = READ_ONCE(pmt_net(sock_net(skb->sk))->generation);
	while ((pmt = dump_next(skb, cb, false))) {
		const struct pmt_conf *conf = rcu_dereference(pmt->conf);
		void *hdr = dump_put(skb, cb, PMT_CMD_POLICY_GET);
		unsigned int empty;
		int err;

		if (!hdr)
			break;
		if (put_names(skb, pmt->dev, conf)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		empty = skb->len;
		err = put_entries(skb, conf, at);
		if (err && skb->len == empty) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		if (err)
			break;
		dump_done(cb, pmt);
	}
	rcu_read_unlock();
	return skb->len;
}

static int policy_get(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[PMT_A_ADDRESS4];
	const struct pmt_conf *conf;
	struct pmt_entry entry;
	struct pmt_dev *pmt;
	struct sk_buff *skb;
	bool is_builtin;
	int err;
	void *hdr;

	if (!attr) {
		GENL_SET_ERR_MSG(info, "address: the request must hold an IPv4 address");
		return -EINVAL;
	}
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	err = -EMSGSIZE;
	hdr = genlmsg_put_reply(skb, info, &pmt_family, 0, PMT_CMD_POLICY_GET);
	if (!hdr)
		goto err_skb;
	rcu_read_lock();
	pmt = find_device(info);
	if (IS_ERR(pmt)) {
		err = PTR_ERR(pmt);
		goto err_unlock;
	}
	conf = rcu_dereference(pmt->conf);
	err = put_names(skb, pmt->dev, conf);
	if (!err && pmt_policy_match(conf->policy,
				     ntohl(nla_get_in_addr(attr)), &entry,
				     &is_builtin))
		err = put_entry(skb, &entry, is_builtin);
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
#define CHANGE(command, handler, attrs, last) {				       \
		.cmd	= command,					       \
		.doit	= handler,					       \
		.policy	= attrs,					       \
		.maxattr = last,					       \
		.flags	= GENL_UNS_ADMIN_PERM,				       \
	}

static const struct genl_ops pmt_genl_ops[] = {
	{
		.cmd	= PMT_CMD_RULE_GET,
		.dumpit	= rule_dump,
		.policy	= device_policy,
		.maxattr = PMT_A_IFINDEX,
	},
	CHANGE(PMT_CMD_RULE_NEW, pmt_genl_change, rules_policy, PMT_A_RULE),
	CHANGE(PMT_CMD_RULE_REPLACE, pmt_genl_change, rules_policy, PMT_A_RULE),
	CHANGE(PMT_CMD_RULE_DEL, pmt_genl_change, rules_policy, PMT_A_RULE),
	CHANGE(PMT_CMD_RULE_FLUSH, pmt_genl_change,
	       device_policy, PMT_A_IFINDEX),
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
	{
		.cmd	= PMT_CMD_POLICY_GET,
		.doit	= policy_get,
		.dumpit	= policy_dump,
		.policy	= address_policy,
		.maxattr = PMT_A_ADDRESS4,
	},
	CHANGE(PMT_CMD_POLICY_NEW, pmt_genl_change,
	       entries_policy, PMT_A_POLICY),
	CHANGE(PMT_CMD_POLICY_REPLACE, pmt_genl_change,
	       entries_policy, PMT_A_POLICY),
	CHANGE(PMT_CMD_POLICY_DEL, pmt_genl_change,
	       entries_policy, PMT_A_POLICY),
	CHANGE(PMT_CMD_POLICY_FLUSH, pmt_genl_change,
	       device_policy, PMT_A_IFINDEX),
	CHANGE(PMT_CMD_TXN_BEGIN, pmt_genl_begin, device_policy, PMT_A_IFINDEX),
	CHANGE(PMT_CMD_TXN_COMMIT, pmt_genl_end, device_policy, PMT_A_IFINDEX),
	CHANGE(PMT_CMD_TXN_ABORT, pmt_genl_end, device_policy, PMT_A_IFINDEX),
};

static const struct genl_multicast_group pmt_genl_mcgrps[] = {
	/* changes of the policy say who the customers are, as its dump does */
	{ .name = PMT_GENL_MCGRP_CONFIG, PMT_COMPAT_MCGRP_ADMIN },
};

static struct genl_family pmt_family __ro_after_init = {
	.name		= PMT_GENL_NAME,
	.version	= PMT_GENL_VERSION,
	.maxattr	= PMT_A_MAX,
	.netnsok	= true,
	.parallel_ops	= true,		/* RTNL, RCU and txn_lock do it */
	.module		= THIS_MODULE,
	.ops		= pmt_genl_ops,
	.n_ops		= ARRAY_SIZE(pmt_genl_ops),
	.mcgrps		= pmt_genl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(pmt_genl_mcgrps),
};

int __init pmt_genl_init(void)
{
	int err;

	err = pmt_draft_init();
	if (err)
		return err;
	err = genl_register_family(&pmt_family);
	if (err)
		pmt_draft_exit();
	return err;
}

void pmt_genl_exit(void)
{
	genl_unregister_family(&pmt_family);
	pmt_draft_exit();
}
