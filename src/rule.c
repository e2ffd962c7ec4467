// SPDX-License-Identifier: GPL-2.0
/*
 * Rules as generic netlink speaks of them: PMT_RULE_* in a nest.
 */
#include <net/genetlink.h>

#include "pmt.h"

const struct nla_policy pmt_rule_policy[PMT_RULE_MAX + 1] = {
	[PMT_RULE_PROVIDER]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[PMT_RULE_PROVIDER_LEN]	= { .type = NLA_U8 },
	[PMT_RULE_IPV4]		= { .type = NLA_U32 },
	[PMT_RULE_IPV4_LEN]	= { .type = NLA_U8 },
	[PMT_RULE_SUBNET]	= { .type = NLA_U16 },
	[PMT_RULE_SUBNET_BITS]	= { .type = NLA_U8 },
	[PMT_RULE_CSUM]		= { .type = NLA_U8 },
};

/* The attributes of a rule, and the prefix that every request must name */
static int parse_key(const struct nlattr *nest, struct nlattr *tb[],
		     struct in6_addr *provider, struct netlink_ext_ack *extack)
{
	int err;

	err = nla_parse(tb, PMT_RULE_MAX, nla_data(nest), nla_len(nest),
			pmt_rule_policy, extack);
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
	struct in6_addr provider = pmt_in6(rule->provider.prefix, 0);
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

/* Index of the rule of this provider prefix, or how many there are */
static u32 find_key(const struct pmt_draft *draft, u64 prefix, u8 plen)
{
	u32 i;

	for (i = 0; i < draft->n_rules; i++)
		if (draft->rules[i].provider.prefix == prefix &&
		    draft->rules[i].provider.plen == plen)
			break;
	return i;
}

/**
 * pmt_rule_add() - put one rule into a draft that has room for it
 * @draft: the draft
 * @nest: PMT_RULE_*
 * @replace: one of its provider prefix may be there, and goes on counting
 * @extack: gets a sentence
 *
 * Return: 0, -EINVAL or -EEXIST.
 */
int pmt_rule_add(struct pmt_draft *draft, const struct nlattr *nest,
		 bool replace, struct netlink_ext_ack *extack)
{
	struct pmt_map_rule rule;
	u32 at;
	int err;

	err = pmt_rule_parse(nest, &rule, extack);
	if (err)
		return err;
	at = find_key(draft, rule.provider.prefix, rule.provider.plen);
	if (at == draft->n_rules) {
		draft->n_rules++;
	} else if (replace) {
		rule.priv = draft->rules[at].priv;
	} else {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "provider: there is a rule of this prefix; replace or del it");
		return -EEXIST;
	}
	draft->rules[at] = rule;
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

/**
 * pmt_rule_del() - take one rule from a draft
 * @draft: the draft
 * @nest: PMT_RULE_*: the provider prefix, and what else must fit
 * @extack: gets a sentence
 *
 * Return: 0, -EINVAL or -ENOENT.
 */
int pmt_rule_del(struct pmt_draft *draft, const struct nlattr *nest,
		 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PMT_RULE_MAX + 1];
	struct in6_addr provider;
	u32 at;
	int err;

	err = parse_key(nest, tb, &provider, extack);
	if (err)
		return err;
	at = find_key(draft, pmt_hi(&provider),
		      nla_get_u8(tb[PMT_RULE_PROVIDER_LEN]));
	if (at == draft->n_rules || pmt_lo(&provider) ||
	    !has_attrs(&draft->rules[at], tb)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "provider: there is no such rule");
		return -ENOENT;
	}
	draft->n_rules--;
	memmove(&draft->rules[at], &draft->rules[at + 1],
		(draft->n_rules - at) * sizeof(*draft->rules));
	return 0;
}
