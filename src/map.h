/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mapping between customer and provider addresses (RFC 6732 3.3).
 *
 * A rule maps the upper 64 bits of an IPv6 address; the interface ID is kept.
 * Knows nothing of packets and needs nothing but fixed-width types: the kernel
 * module, the tool and the tests compile the same file. All numbers here are in
 * host byte order; "hi" is always the upper half of an IPv6 address.
 */
#ifndef _PMT_MAP_H
#define _PMT_MAP_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#endif
#include <uapi/linux/pmt.h>

/* Where one side of a rule keeps the IPv4 address and the subnet-ID in hi:
 * | prefix | low v4_bits of V4 | zero | low sid_bits of the subnet-ID |
 */
struct pmt_form {
	__u64 prefix;		/* bits behind plen are zero */
	__u32 v4_mask;		/* the bits of V4 that hi carries */
	__u16 sid_mask;		/* the bits of the subnet-ID that hi carries */
	__u8 v4_shift;		/* where they stand */
	__u8 plen;
};

struct pmt_map_rule {
	struct pmt_form customer;
	struct pmt_form provider;
	__u32 v4;		/* the prefix that the rule serves */
	__u16 sid;		/* its first subnet-ID */
	__u8 v4_len;
	__u8 sid_bits;
	__u8 csum;		/* enum pmt_csum */
	bool delta_fixed;	/* delta is the same for every address */
	bool neutral_sid;	/* RFC 6296 3.4: the subnet-ID takes the difference */
	__u16 delta;		/* sum of provider minus sum of customer words, 1..ffff */
	void *priv;		/* the caller's: the kernel's counters */
};

/* Everything that can be wrong with a rule, or with a set of them */
enum pmt_map_error {
	PMT_MAP_OK,
	PMT_MAP_PROVIDER_LEN,
	PMT_MAP_PROVIDER_BITS,
	PMT_MAP_PROVIDER_6TO4,
	PMT_MAP_PROVIDER_RANGE,
	PMT_MAP_IPV4_LEN,
	PMT_MAP_IPV4_BITS,
	PMT_MAP_SUBNET_LEN,
	PMT_MAP_SUBNET_BITS,
	PMT_MAP_TOO_LONG,
	PMT_MAP_CSUM,
	PMT_MAP_PROVIDER_OVERLAP,
	PMT_MAP_SUBNET_OVERLAP,
	PMT_MAP_TOO_MANY,
	__PMT_MAP_ERRORS,
};

/* A distinct IPv4 prefix: its rules are rules[first..first+count), by sid */
struct pmt_map_node {
	__u32 start;
	__u32 last;
	__u16 first;
	__u16 count;
	__u16 parent;		/* the next shorter prefix, or PMT_NODE_NONE */
	bool last_inside;	/* of an explicit range: its parent may not serve it */
};

/* V4 from start to the next range's start belongs to node */
struct pmt_map_range {
	__u32 start;
	__u16 node;
};

#define PMT_NODE_NONE	0xffff	/* no rule */
#define PMT_NODE_BOGON	0xfffe	/* never relayed: REQUIREMENTS section 9 */

/* A rule found by its provider prefix */
struct pmt_map_key {
	__u64 prefix;
	__u16 rule;		/* index */
};

/* A set of rules, immutable once built; all arrays lie in one piece of memory */
struct pmt_map {
	struct pmt_map_rule *rules;	/* by (v4, v4_len, sid) */
	struct pmt_map_key *keys;	/* by prefix */
	struct pmt_map_node *nodes;
	struct pmt_map_range *ranges;
	__u32 n_rules;
	__u32 n_nodes;
	__u32 n_ranges;
	__u16 octet[257];		/* the range that each first octet begins in */
	__u64 common;			/* what all keys begin with, above shift + 8 bits */
	__u8 shift;
	__u16 next[257];		/* the key that each octet behind it begins in */
};

/* What is known of one address */
struct pmt_map_answer {
	const struct pmt_map_rule *rule;	/* NULL: none */
	__u64 customer;		/* hi of the 6to4 address; 0: none */
	__u64 provider;		/* hi of the translated address; 0: none */
	__u32 v4;
	__u16 sid;
	enum pmt_counter reason;
};

/* map.c: making */
enum pmt_map_error pmt_map_rule_init(struct pmt_map_rule *rule, __u64 provider,
				     unsigned int plen, __u32 v4,
				     unsigned int v4_len, unsigned int sid,
				     unsigned int sid_bits, unsigned int csum);
const char *pmt_map_strerror(enum pmt_map_error err);
size_t pmt_map_size(__u32 n_rules);
enum pmt_map_error pmt_map_build(struct pmt_map *map, void *mem,
				 const struct pmt_map_rule *rules,
				 __u32 n_rules);

/* map.c: asking */
enum pmt_counter pmt_map_find_any(const struct pmt_map *map, __u32 v4,
				  __u16 sid, const struct pmt_map_rule **rule);
__u64 pmt_map_provider_neutral(const struct pmt_map_rule *rule, __u32 v4,
			       __u16 sid);
__u16 pmt_map_sid_neutral(const struct pmt_map_rule *rule, __u32 v4, __u16 sid);
bool pmt_map_builtin(__u32 i, __u32 *start, __u8 *len);
bool pmt_map_is_hard(__u32 start, unsigned int len);
bool pmt_map_is_global(__u32 v4);
bool pmt_map_is_bogon(const struct pmt_map *map, __u32 v4);
bool pmt_map_lo(const struct pmt_map_rule *rule, __u64 from, __u64 to,
		__u64 *lo);
void pmt_map_ask_v4(const struct pmt_map *map, __u32 v4,
		    struct pmt_map_answer *answer);
void pmt_map_ask_hi(const struct pmt_map *map, __u64 hi,
		    struct pmt_map_answer *answer);
__u16 pmt_map_delta(__u64 from, __u64 to);

/* 2002::/16, the customer side of every rule of a 6to4 relay (RFC 3056 2) */
#define PMT_6TO4_HI	0x2002000000000000ULL
#define PMT_6TO4_LEN	16

/**
 * pmt_form_encode() - the upper half of an address
 * @form: which side
 * @v4: the customer's IPv4 address
 * @sid: the customer's subnet-ID
 */
static inline __u64 pmt_form_encode(const struct pmt_form *form, __u32 v4,
				    __u16 sid)
{
	return form->prefix | (__u64)(v4 & form->v4_mask) << form->v4_shift |
	       (sid & form->sid_mask);
}

static inline bool pmt_form_has(const struct pmt_form *form, __u64 hi)
{
	return !((hi ^ form->prefix) >> (64 - form->plen));
}

static inline bool pmt_hi_is_6to4(__u64 hi)
{
	return hi >> 48 == PMT_6TO4_HI >> 48;
}

static inline __u32 pmt_6to4_v4(__u64 hi)
{
	return hi >> 16;
}

/* What follows is asked for every packet, and so inline */

/* The last range that starts at or before v4: one of those that its first octet
 * has to do with, most often the only one
 */
static inline __u16 pmt_map_node(const struct pmt_map *map, __u32 v4)
{
	const __u16 *octet = &map->octet[v4 >> 24];
	const struct pmt_map_range *base = &map->ranges[octet[0]];
	__u32 n = octet[1] - octet[0] + 1;

	while (n > 1) {
		__u32 half = n / 2;

		base += base[half].start <= v4 ? half : 0;
		n -= half;
	}
	return base->node;
}

/**
 * pmt_map_find() - the rule of a customer's address (R5)
 * @map: where to look
 * @v4: the customer's IPv4 address
 * @sid: the customer's subnet-ID
 * @rule: answer, NULL unless PMT_OK is returned
 *
 * The longest IPv4 match among the rules that hold the subnet-ID. Return:
 * PMT_BOGON when the address is never relayed, or not by this rule; PMT_NOMAP
 * when no rule covers it; PMT_SID when some do but none holds the subnet-ID.
 */
static inline enum pmt_counter pmt_map_find(const struct pmt_map *map,
					    __u32 v4, __u16 sid,
					    const struct pmt_map_rule **rule)
{
	__u16 node = pmt_map_node(map, v4);

	if (node < PMT_NODE_BOGON && map->nodes[node].count == 1) {
		*rule = &map->rules[map->nodes[node].first];
		if (!(((*rule)->sid ^ sid) >> (*rule)->sid_bits) &&
		    !(*rule)->neutral_sid)
			return PMT_OK;
	}
	return pmt_map_find_any(map, v4, sid, rule);
}

/**
 * pmt_map_find_provider() - the rule whose provider prefix holds an address
 * @map: where to look
 * @hi: upper half of any address
 *
 * Return: NULL when there is none.
 */
static inline const struct pmt_map_rule *
pmt_map_find_provider(const struct pmt_map *map, __u64 hi)
{
	const struct pmt_map_rule *rule;
	const struct pmt_map_key *base;
	const __u16 *next;
	__u32 n;

	if (hi >> map->shift >> 8 != map->common)
		return NULL;
	next = &map->next[(__u8)(hi >> map->shift)];
	base = &map->keys[next[0]];
	n = next[1] - next[0] + 1;
	while (n > 1) {
		__u32 half = n / 2;

		base += base[half].prefix <= hi ? half : 0;
		n -= half;
	}
	rule = &map->rules[base->rule];
	return pmt_form_has(&rule->provider, hi) ? rule : NULL;
}

/**
 * pmt_map_provider() - upper half of a translated address
 * @rule: that pmt_map_find() gave for
 * @v4: this customer and
 * @sid: this subnet-ID
 */
static inline __u64 pmt_map_provider(const struct pmt_map_rule *rule, __u32 v4,
				     __u16 sid)
{
	return rule->neutral_sid ? pmt_map_provider_neutral(rule, v4, sid) :
				   pmt_form_encode(&rule->provider, v4, sid);
}

/**
 * pmt_map_in() - from a provider address back to the customer (R2, R6)
 * @map: where to look
 * @hi: upper half of an address
 * @answer: filled as far as the address made sense
 *
 * Only the exact inverse counts: bits that the form leaves zero must be zero,
 * and the customer's address must lead to the same rule again.
 * Return: PMT_OK, PMT_NOMAP or PMT_BOGON.
 */
static inline enum pmt_counter pmt_map_in(const struct pmt_map *map, __u64 hi,
					  struct pmt_map_answer *answer)
{
	const struct pmt_map_rule *rule = pmt_map_find_provider(map, hi);
	enum pmt_counter reason;
	__u32 v4;
	__u16 sid;

	*answer = (struct pmt_map_answer){ .reason = PMT_NOMAP };
	if (!rule)
		return PMT_NOMAP;
	v4 = rule->v4 | ((hi >> rule->provider.v4_shift) &
			 rule->provider.v4_mask);
	sid = rule->sid | (hi & rule->provider.sid_mask);
	if (rule->neutral_sid)
		sid = pmt_map_sid_neutral(rule, v4, sid);
	answer->v4 = v4;
	answer->sid = sid;
	if (pmt_map_provider(rule, v4, sid) != hi)
		return PMT_NOMAP;
	reason = pmt_map_find(map, v4, sid, &answer->rule);
	if (answer->rule != rule) {
		answer->rule = NULL;
		if (reason == PMT_BOGON)
			answer->reason = PMT_BOGON;
		return answer->reason;
	}
	answer->provider = hi;
	answer->customer = pmt_form_encode(&rule->customer, v4, sid);
	answer->reason = PMT_OK;
	return PMT_OK;
}

#endif /* _PMT_MAP_H */
