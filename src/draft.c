// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of rules and policy. Every change is made on a draft, a copy of the
 * configuration, which is published when all of it was right. One request makes
 * its draft and publishes it at once; a transaction keeps it for its socket.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sort.h>
#include <net/genetlink.h>

#include "pmt.h"

const struct nla_policy pmt_policy_policy[PMT_POLICY_ATTR_MAX + 1] = {
	[PMT_POLICY_IPV4]	= { .type = NLA_U32 },
	[PMT_POLICY_IPV4_LEN]	= NLA_POLICY_MAX(NLA_U8, 32),
	[PMT_POLICY_ACTION]	= NLA_POLICY_MAX(NLA_U8, __PMT_ACTION_MAX - 1),
};

/* A draft that a socket keeps between its requests */
struct txn {
	struct list_head list;
	struct pmt_draft draft;
	const struct net *net;		/* of the socket */
	u32 portid;			/* of the socket */
	int ifindex;
	u64 serial;			/* of the configuration it began with: while
					 * that is published, its rules' counters live
					 */
	bool broken;			/* out of memory: good for nothing */
};

static LIST_HEAD(txns);
static DEFINE_MUTEX(txn_lock);

static int draft_init(struct pmt_draft *draft, const struct pmt_conf *conf)
{
	u32 n = conf->map.n_rules;

	memset(draft, 0, sizeof(*draft));
	if (n) {
		draft->rules = kvmalloc_array(n, sizeof(*draft->rules),
					      GFP_KERNEL_ACCOUNT);
		if (!draft->rules)
			return -ENOMEM;
		memcpy(draft->rules, conf->map.rules, n * sizeof(*draft->rules));
	}
	draft->n_rules = n;
	draft->policy = conf->policy;
	pmt_policy_get(draft->policy);
	return 0;
}

static void draft_free(struct pmt_draft *draft)
{
	kvfree(draft->rules);
	pmt_policy_put(draft->policy);
}

static u32 count_nests(const struct genl_info *info, int type)
{
	const struct nlattr *nest;
	u32 n = 0;
	int rem;

	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(nest) == type;
	return n;
}

static int change_rules(struct pmt_draft *draft, struct genl_info *info, u8 cmd)
{
	u32 n = count_nests(info, PMT_A_RULE);
	struct pmt_draft new = *draft;
	const struct nlattr *nest;
	int rem, err = 0;

	if (!n) {
		GENL_SET_ERR_MSG(info, "rule: the request holds none");
		return -EINVAL;
	}
	/* a draft may exceed the limit before what is to go is deleted */
	if (draft->n_rules + n > 2 * PMT_RULES_MAX) {
		GENL_SET_ERR_MSG(info, "a device holds 4096 rules at most");
		return -ENOSPC;
	}
	new.rules = kvmalloc_array(draft->n_rules + n, sizeof(*new.rules),
				   GFP_KERNEL_ACCOUNT);
	if (!new.rules)
		return -ENOMEM;
	if (draft->n_rules)
		memcpy(new.rules, draft->rules,
		       draft->n_rules * sizeof(*new.rules));
	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nest) != PMT_A_RULE)
			continue;
		if (cmd == PMT_CMD_RULE_DEL)
			err = pmt_rule_del(&new, nest, info->extack);
		else
			err = pmt_rule_add(&new, nest,
					   cmd == PMT_CMD_RULE_REPLACE,
					   info->extack);
		if (err)
			break;
		cond_resched();		/* each may move all rules */
	}
	kvfree(err ? new.rules : draft->rules);
	if (!err)
		*draft = new;
	return err;
}

static int parse_entry(const struct nlattr *nest, struct pmt_entry *entry,
		       bool del, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PMT_POLICY_ATTR_MAX + 1];
	int err;

	err = nla_parse(tb, PMT_POLICY_ATTR_MAX, nla_data(nest), nla_len(nest),
			pmt_policy_policy, extack);
	if (err)
		return err;
	if (!tb[PMT_POLICY_IPV4] || !tb[PMT_POLICY_IPV4_LEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "policy: an entry needs an IPv4 prefix and its length");
		return -EINVAL;
	}
	if (!del && !tb[PMT_POLICY_ACTION]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "policy: an entry needs an action");
		return -EINVAL;
	}
	entry->addr = ntohl(nla_get_in_addr(tb[PMT_POLICY_IPV4]));
	entry->len = nla_get_u8(tb[PMT_POLICY_IPV4_LEN]);
	entry->action = tb[PMT_POLICY_ACTION] ?
			nla_get_u8(tb[PMT_POLICY_ACTION]) : PMT_ACTION_DEFAULT;
	if (entry->len < 32 && entry->addr & (~0U >> entry->len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "policy: bits are set behind the prefix length");
		return -EINVAL;
	}
	if (!del && pmt_map_is_hard(entry->addr, entry->len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "policy: the prefix lies in a built-in range that is never relayed");
		return -EINVAL;
	}
	return 0;
}

/* The entry as it stood in the request; of two that are alike, the second */
static const struct nlattr *find_nest(const struct genl_info *info,
				      const struct pmt_entry *entry)
{
	const struct nlattr *nest, *found = NULL;
	struct pmt_entry parsed;
	int rem;

	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(nest) == PMT_A_POLICY &&
		    !parse_entry(nest, &parsed, true, NULL) &&
		    !pmt_entry_cmp(&parsed, entry))
			found = nest;
	return found;
}

/* The policy becomes the draft's own with the first change */
static int apply_entries(struct pmt_draft *draft,
			 const struct pmt_entry *entries, u32 n, u8 cmd,
			 struct genl_info *info)
{
	enum pmt_policy_op op = cmd == PMT_CMD_POLICY_NEW ? PMT_POLICY_ADD :
				cmd == PMT_CMD_POLICY_DEL ? PMT_POLICY_DEL :
				PMT_POLICY_REPLACE;
	struct pmt_policy *own;
	u32 bad;
	int err;

	if (!draft->own_policy) {
		own = pmt_policy_copy(draft->policy);
		if (!own)
			return -ENOMEM;
		pmt_policy_put(draft->policy);
		draft->policy = own;
		draft->own_policy = true;
	}
	err = pmt_policy_apply(draft->policy, entries, n, op, &bad);
	if (err && err != -ENOMEM)
		NL_SET_BAD_ATTR(info->extack, find_nest(info, &entries[bad]));
	if (err == -EEXIST)
		GENL_SET_ERR_MSG(info,
				 "policy: there is an entry of this prefix; replace or del it");
	else if (err == -ENOENT)
		GENL_SET_ERR_MSG(info, "policy: there is no such entry");
	else if (err == -ENOSPC)
		GENL_SET_ERR_MSG(info, "policy: a device holds 4194304 entries at most");
	return err;
}

static int change_policy(struct pmt_draft *draft, struct genl_info *info,
			 u8 cmd)
{
	u32 n = count_nests(info, PMT_A_POLICY), i = 0;
	struct pmt_entry *entries;
	const struct nlattr *nest;
	int rem, err = 0;

	if (!n) {
		GENL_SET_ERR_MSG(info, "policy: the request holds none");
		return -EINVAL;
	}
	entries = kvmalloc_array(n, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	nlmsg_for_each_attr(nest, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nest) != PMT_A_POLICY)
			continue;
		err = parse_entry(nest, &entries[i++], cmd == PMT_CMD_POLICY_DEL,
				  info->extack);
		if (err)
			goto out;
	}
	sort(entries, n, sizeof(*entries), pmt_entry_cmp, NULL);
	for (i = 1; i < n; i++)
		if (!pmt_entry_cmp(&entries[i - 1], &entries[i])) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    find_nest(info, &entries[i]),
					    "policy: the same prefix twice in one request");
			err = -EINVAL;
			goto out;
		}
	err = apply_entries(draft, entries, n, cmd, info);
out:
	kvfree(entries);
	return err;
}

static int change_draft(struct pmt_draft *draft, struct genl_info *info)
{
	u8 cmd = info->genlhdr->cmd;

	switch (cmd) {
	case PMT_CMD_RULE_FLUSH:
		draft->n_rules = 0;
		return 0;
	case PMT_CMD_POLICY_FLUSH:
		pmt_policy_put(draft->policy);
		draft->policy = NULL;
		draft->own_policy = false;
		return 0;
	case PMT_CMD_POLICY_NEW:
	case PMT_CMD_POLICY_REPLACE:
	case PMT_CMD_POLICY_DEL:
		return change_policy(draft, info, cmd);
	default:
		return change_rules(draft, info, cmd);
	}
}

/* The transaction of this socket for this device; txn_lock is held */
static struct txn *find_txn(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[PMT_A_IFINDEX];
	struct txn *txn;

	list_for_each_entry(txn, &txns, list)
		if (attr && txn->portid == info->snd_portid &&
		    txn->net == genl_info_net(info) &&
		    txn->ifindex == nla_get_u32(attr))
			return txn;
	return NULL;
}

static void txn_free(struct txn *txn)
{
	list_del(&txn->list);
	draft_free(&txn->draft);
	kfree(txn);
}

static int change_txn(struct txn *txn, struct genl_info *info)
{
	int err;

	if (txn->broken) {
		GENL_SET_ERR_MSG(info, "the transaction ran out of memory; abort it");
		return -ENOMEM;
	}
	err = change_draft(&txn->draft, info);
	if (err == -ENOMEM) {
		draft_free(&txn->draft);
		memset(&txn->draft, 0, sizeof(txn->draft));
		txn->broken = true;
	}
	return err;
}

static int publish(struct pmt_dev *pmt, const struct pmt_draft *draft,
		   struct genl_info *info)
{
	const struct pmt_conf *conf = rtnl_dereference(pmt->conf);
	int err;

	err = pmt_reconfigure(pmt, &conf->opts, draft, info->extack);
	if (!err)
		pmt_genl_notify(pmt, info);
	return err;
}

/**
 * pmt_genl_change() - RULE_* and POLICY_*: change the configuration, or the draft
 *                     of the socket's transaction
 * @skb: the request
 * @info: the request
 *
 * Return: 0, or an error and nothing was changed.
 */
int pmt_genl_change(struct sk_buff *skb, struct genl_info *info)
{
	struct pmt_draft draft;
	struct pmt_dev *pmt;
	struct txn *txn;
	int err;

	mutex_lock(&txn_lock);
	txn = find_txn(info);
	err = txn ? change_txn(txn, info) : 0;
	mutex_unlock(&txn_lock);
	if (txn)
		return err;

	rtnl_lock();
	pmt = pmt_genl_own_device(skb, info);
	if (IS_ERR(pmt)) {
		err = PTR_ERR(pmt);
		goto out_unlock;
	}
	err = draft_init(&draft, rtnl_dereference(pmt->conf));
	if (err)
		goto out_unlock;
	err = change_draft(&draft, info);
	if (!err)
		err = publish(pmt, &draft, info);
	draft_free(&draft);
out_unlock:
	rtnl_unlock();
	return err;
}

/**
 * pmt_genl_begin() - TXN_BEGIN
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EBUSY when the socket has one for this device; or an error.
 */
int pmt_genl_begin(struct sk_buff *skb, struct genl_info *info)
{
	const struct pmt_conf *conf;
	struct pmt_dev *pmt;
	struct txn *txn;
	int err;

	txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	if (!txn)
		return -ENOMEM;
	rtnl_lock();
	mutex_lock(&txn_lock);
	err = -EBUSY;
	if (find_txn(info)) {
		GENL_SET_ERR_MSG(info, "this socket has a transaction for the device already");
		goto err_unlock;
	}
	pmt = pmt_genl_own_device(skb, info);
	if (IS_ERR(pmt)) {
		err = PTR_ERR(pmt);
		goto err_unlock;
	}
	conf = rtnl_dereference(pmt->conf);
	err = draft_init(&txn->draft, conf);
	if (err)
		goto err_unlock;
	txn->portid = info->snd_portid;
	txn->net = genl_info_net(info);
	txn->ifindex = pmt->dev->ifindex;
	txn->serial = conf->serial;
	list_add(&txn->list, &txns);
	mutex_unlock(&txn_lock);
	rtnl_unlock();
	return 0;

err_unlock:
	mutex_unlock(&txn_lock);
	rtnl_unlock();
	kfree(txn);
	return err;
}

static int commit(struct txn *txn, struct sk_buff *skb, struct genl_info *info)
{
	struct pmt_dev *pmt = pmt_genl_own_device(skb, info);

	if (IS_ERR(pmt))
		return PTR_ERR(pmt);
	if (txn->broken) {
		GENL_SET_ERR_MSG(info, "the transaction ran out of memory");
		return -ENOMEM;
	}
	if (rtnl_dereference(pmt->conf)->serial != txn->serial) {
		GENL_SET_ERR_MSG(info, "the configuration has changed since the transaction began");
		return -EBUSY;
	}
	return publish(pmt, &txn->draft, info);
}

/**
 * pmt_genl_end() - TXN_COMMIT and TXN_ABORT
 * @skb: the request
 * @info: the request
 *
 * The transaction is over, whatever the answer. Return: 0; -ENOENT when there is
 * none; -EBUSY when the configuration has changed meanwhile; or an error.
 */
int pmt_genl_end(struct sk_buff *skb, struct genl_info *info)
{
	struct txn *txn;
	int err = 0;

	rtnl_lock();
	mutex_lock(&txn_lock);
	txn = find_txn(info);
	if (!txn) {
		GENL_SET_ERR_MSG(info, "this socket has no transaction for the device");
		err = -ENOENT;
		goto out;
	}
	if (info->genlhdr->cmd == PMT_CMD_TXN_COMMIT)
		err = commit(txn, skb, info);
	txn_free(txn);
out:
	mutex_unlock(&txn_lock);
	rtnl_unlock();
	return err;
}

/* A socket is closed */
static int netlink_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	const struct netlink_notify *notify = ptr;
	struct txn *txn, *next;

	/* whatever socket of the machine, and few have one */
	if (event != NETLINK_URELEASE ||
	    notify->protocol != NETLINK_GENERIC || list_empty_careful(&txns))
		return NOTIFY_DONE;
	mutex_lock(&txn_lock);
	list_for_each_entry_safe(txn, next, &txns, list)
		if (txn->portid == notify->portid && txn->net == notify->net)
			txn_free(txn);
	mutex_unlock(&txn_lock);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call	= netlink_event,
};

int __init pmt_draft_init(void)
{
	return netlink_register_notifier(&netlink_notifier);
}

/* The family is gone, so no transaction is added any more */
void pmt_draft_exit(void)
{
	struct txn *txn, *next;

	netlink_unregister_notifier(&netlink_notifier);
	list_for_each_entry_safe(txn, next, &txns, list)
		txn_free(txn);
}
