// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping between customer and provider addresses (RFC 6732 3.3, R1-R7).
 *
 * Rules are kept flat: the IPv4 space is cut into sorted ranges, each belonging
 * to the longest rule prefix that covers it, and the ranges that are never
 * relayed (REQUIREMENTS section 9) are cut out when the set is built. So one
 * binary search a packet answers both, among one rule or thousands.
 */
#include "map.h"

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/sort.h>
#include <linux/string.h>
#else
#include <stdlib.h>
#include <string.h>
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* IPv4 prefixes with rules of their own. "explicit": only rules whose prefix
 * lies inside serve them; the others are never relayed.
 */
static const struct pmt_builtin {
	__u32 start;
	__u8 len;
	bool explicit;
} builtin[] = {
	{ 0x00000000,  8, false },	/* this network */
	{ 0x0a000000,  8, true },	/* private */
	{ 0x7f000000,  8, false },	/* loopback */
	{ 0xa9fe0000, 16, false },	/* link-local */
	{ 0xac100000, 12, true },	/* private */
	{ 0xc0000000, 24, true },	/* IETF protocol assignments */
	{ 0xc0000200, 24, true },	/* documentation */
	{ 0xc0586300, 24, false },	/* 6to4 anycast: another relay, a loop */
	{ 0xc0a80000, 16, true },	/* private */
	{ 0xc6120000, 15, true },	/* benchmarking */
	{ 0xc6336400, 24, true },	/* documentation */
	{ 0xcb007100, 24, true },	/* documentation */
	{ 0xe0000000,  4, false },	/* multicast */
	{ 0xf0000000,  4, false },	/* reserved, broadcast */
};

/* The customer side of every rule of a 6to4 relay (RFC 3056 2) */
static const struct pmt_form sixtofour = {
	.prefix = PMT_6TO4_HI,
	.plen = PMT_6TO4_LEN,
	.v4_mask = ~0U,
	.v4_shift = 16,
	.sid_mask = 0xffff,
};

#define N_BUILTIN ARRAY_SIZE(builtin)

static const char * const map_errors[] = {
	[PMT_MAP_OK] = "no error",
	[PMT_MAP_PROVIDER_LEN] = "provider: prefix length must be 1 to 64",
	[PMT_MAP_PROVIDER_BITS] =
		"provider: bits are set behind the prefix length",
	[PMT_MAP_PROVIDER_6TO4] =
		"provider: contains or lies in 2002::/16, the customers' own prefix",
	[PMT_MAP_PROVIDER_RANGE] =
		"provider: must be global unicast, outside ::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8",
	[PMT_MAP_IPV4_LEN] = "ipv4: prefix length must be 0 to 32",
	[PMT_MAP_IPV4_BITS] = "ipv4: bits are set behind the prefix length",
	[PMT_MAP_SUBNET_LEN] =
		"subnet: a range must hold 2^n subnet-IDs, n from 0 to 16",
	[PMT_MAP_SUBNET_BITS] =
		"subnet: the first of 2^n subnet-IDs must be a multiple of 2^n",
	[PMT_MAP_TOO_LONG] =
		"provider length + IPv4 bits left + subnet bits exceed 64: use a shorter provider prefix, a longer ipv4 prefix or fewer subnets",
	[PMT_MAP_CSUM] = "csum: must be adjust or neutral",
	[PMT_MAP_PROVIDER_OVERLAP] =
		"provider: overlaps the provider prefix of another rule",
	[PMT_MAP_SUBNET_OVERLAP] =
		"subnet: overlaps that of another rule with the same ipv4 prefix",
	[PMT_MAP_TOO_MANY] = "a device holds 4096 rules at most",
};

/**
 * pmt_map_strerror() - the sentence for the user
 * @err: what pmt_map_rule_init() or pmt_map_build() answered
 */
const char *pmt_map_strerror(enum pmt_map_error err)
{
	return err < __PMT_MAP_ERRORS ? map_errors[err] : "unknown error";
}

static __u64 mask64(unsigned int len)
{
	return len ? ~0ULL << (64 - len) : 0;
}

static __u32 mask32(unsigned int len)
{
	return len ? ~0U << (32 - len) : 0;
}

static bool hi_overlaps(__u64 a, unsigned int alen, __u64 b, unsigned int blen)
{
	return !((a ^ b) & mask64(alen) & mask64(blen));
}

static __u32 sum_words(__u64 hi)
{
	return (hi >> 48) + (hi >> 32 & 0xffff) + (hi >> 16 & 0xffff) +
	       (hi & 0xffff);
}

/**
 * pmt_map_delta() - what a change of the upper half does to a checksum
 * @from: the old half
 * @to: the new half
 *
 * RFC 1624 equation 3: HC' = ~(~HC + delta). Never 0, which as a one's
 * complement number is ffff, so that HC' is what adding word by word gives.
 */
__u16 pmt_map_delta(__u64 from, __u64 to)
{
	/* ~word is 0xffff - word; eight words make 19 bits, which two folds take */
	__u32 sum = sum_words(to) + sum_words(~from);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum ? : 0xffff;
}

/* One's complement sum of two words, in which ffff stands for 0 */
static __u16 add_words(__u16 a, __u16 b)
{
	__u32 sum = a + b;

	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? 0 : sum;
}

/**
 * pmt_map_lo() - lower half of an address whose upper half is rewritten
 * @rule: the rule
 * @from: the old upper half
 * @to: the new one
 * @lo: interface ID
 *
 * Kept, unless a neutral rule makes up in it for the change: RFC 6296 3.5, in the
 * first word that is not ffff. Return: false when there is no such word, and then
 * the address can't be mapped.
 */
bool pmt_map_lo(const struct pmt_map_rule *rule, __u64 from, __u64 to,
		__u64 *lo)
{
	__u16 delta;
	int shift;

	if (rule->csum != PMT_CSUM_NEUTRAL || rule->neutral_sid)
		return true;
	delta = pmt_map_delta(from, to);
	for (shift = 48; shift >= 0; shift -= 16) {
		__u16 word = *lo >> shift;

		if (word == 0xffff)
			continue;
		*lo &= ~(0xffffULL << shift);
		*lo |= (__u64)add_words(word, ~delta) << shift;
		return true;
	}
	return false;
}

/* RFC 6296 3.4: what the words before the subnet-ID differ by */
static __u16 sid_delta(const struct pmt_map_rule *rule, __u32 v4)
{
	return pmt_map_delta(pmt_form_encode(&rule->customer, v4, 0),
			     pmt_form_encode(&rule->provider, v4, 0));
}

/* See pmt_map_provider() in map.h */
__u64 pmt_map_provider_neutral(const struct pmt_map_rule *rule, __u32 v4,
			       __u16 sid)
{
	return pmt_form_encode(&rule->provider, v4,
			       add_words(sid, ~sid_delta(rule, v4)));
}

/* See pmt_map_in() in map.h */
__u16 pmt_map_sid_neutral(const struct pmt_map_rule *rule, __u32 v4, __u16 sid)
{
	return add_words(sid, sid_delta(rule, v4));
}

/**
 * pmt_map_rule_init() - check one rule and work out its two forms (R4)
 * @rule: to fill; undefined when an error is returned
 * @provider: upper half of the provider prefix; whoever has the whole address
 *            must see to it that the lower half is zero
 * @plen: its length
 * @v4: IPv4 prefix served
 * @v4_len: its length
 * @sid: first subnet-ID served
 * @sid_bits: 2^sid_bits subnet-IDs are served
 * @csum: enum pmt_csum
 */
enum pmt_map_error pmt_map_rule_init(struct pmt_map_rule *rule, __u64 provider,
				     unsigned int plen, __u32 v4,
				     unsigned int v4_len, unsigned int sid,
				     unsigned int sid_bits, unsigned int csum)
{
	static const struct {
		__u64 prefix;
		unsigned int len;
	} unusable[] = {		/* R14's ranges */
		{ 0x0000000000000000ULL, 16 },
		{ 0xfc00000000000000ULL,  7 },
		{ 0xfe80000000000000ULL, 10 },
		{ 0xfec0000000000000ULL, 10 },
		{ 0xff00000000000000ULL,  8 },
	};
	unsigned int v4_bits, i;

	if (!plen || plen > 64)
		return PMT_MAP_PROVIDER_LEN;
	if (provider & ~mask64(plen))
		return PMT_MAP_PROVIDER_BITS;
	if (hi_overlaps(provider, plen, PMT_6TO4_HI, PMT_6TO4_LEN))
		return PMT_MAP_PROVIDER_6TO4;
	for (i = 0; i < ARRAY_SIZE(unusable); i++)
		if (hi_overlaps(provider, plen, unusable[i].prefix,
				unusable[i].len))
			return PMT_MAP_PROVIDER_RANGE;
	if (v4_len > 32)
		return PMT_MAP_IPV4_LEN;
	if (v4 & ~mask32(v4_len))
		return PMT_MAP_IPV4_BITS;
	if (sid_bits > 16)
		return PMT_MAP_SUBNET_LEN;
	if (sid > 0xffff || sid & ((1U << sid_bits) - 1))
		return PMT_MAP_SUBNET_BITS;
	v4_bits = 32 - v4_len;
	if (plen + v4_bits + sid_bits > 64)
		return PMT_MAP_TOO_LONG;
	if (csum > PMT_CSUM_NEUTRAL)
		return PMT_MAP_CSUM;

	memset(rule, 0, sizeof(*rule));
	rule->v4 = v4;
	rule->v4_len = v4_len;
	rule->sid = sid;
	rule->sid_bits = sid_bits;
	rule->csum = csum;

	rule->customer = sixtofour;
	rule->provider.prefix = provider;
	rule->provider.plen = plen;
	rule->provider.v4_mask = ~mask32(v4_len);
	rule->provider.v4_shift = v4_bits ? 64 - plen - v4_bits : 0;
	rule->provider.sid_mask = (1U << sid_bits) - 1;

	/* When V4 keeps its place within the 16-bit words, or does not vary,
	 * neither does the difference of the sums.
	 */
	rule->delta_fixed = !v4_bits || plen % 16 == v4_len % 16;
	rule->neutral_sid = csum == PMT_CSUM_NEUTRAL && sid_bits == 16 &&
			    plen + v4_bits <= 48;
	rule->delta = pmt_map_delta(pmt_form_encode(&rule->customer, v4, sid),
				    pmt_form_encode(&rule->provider, v4, sid));
	return PMT_MAP_OK;
}

/* A prefix adds at most two boundaries, and one range begins at 0 */
static size_t max_ranges(__u32 n_rules)
{
	return 2 * (n_rules + N_BUILTIN) + 1;
}

/**
 * pmt_map_size() - bytes that pmt_map_build() needs
 * @n_rules: for so many rules
 */
size_t pmt_map_size(__u32 n_rules)
{
	return n_rules * (sizeof(struct pmt_map_rule) +
			  sizeof(struct pmt_map_key) +
			  sizeof(struct pmt_map_node)) +
	       max_ranges(n_rules) * sizeof(struct pmt_map_range);
}

/* Order of rules: enclosing prefixes first, then by subnet-ID */
static int cmp_rules(const void *a, const void *b)
{
	const struct pmt_map_rule *ra = a, *rb = b;

	if (ra->v4 != rb->v4)
		return ra->v4 < rb->v4 ? -1 : 1;
	if (ra->v4_len != rb->v4_len)
		return ra->v4_len - rb->v4_len;
	return ra->sid - rb->sid;
}

static int cmp_keys(const void *a, const void *b)
{
	const struct pmt_map_key *ka = a, *kb = b;

	return ka->prefix < kb->prefix ? -1 : ka->prefix > kb->prefix;
}

static void sort_array(void *base, size_t n, size_t size,
		       int (*cmp)(const void *a, const void *b))
{
#ifdef __KERNEL__
	sort(base, n, size, cmp, NULL);
#else
	qsort(base, n, size, cmp);
#endif
}

static void sort_rules(struct pmt_map *map, const struct pmt_map_rule *rules)
{
	__u32 i;

	if (!map->n_rules)
		return;
	memcpy(map->rules, rules, map->n_rules * sizeof(*rules));
	sort_array(map->rules, map->n_rules, sizeof(*map->rules), cmp_rules);
	for (i = 0; i < map->n_rules; i++) {
		map->keys[i].prefix = map->rules[i].provider.prefix;
		map->keys[i].rule = i;
	}
	sort_array(map->keys, map->n_rules, sizeof(*map->keys), cmp_keys);
}

static enum pmt_map_error check_overlaps(const struct pmt_map *map)
{
	const struct pmt_map_rule *rules = map->rules;
	__u32 i;

	for (i = 1; i < map->n_rules; i++) {
		const struct pmt_form *a, *b;

		a = &rules[map->keys[i - 1].rule].provider;
		b = &rules[map->keys[i].rule].provider;
		if (hi_overlaps(a->prefix, a->plen, b->prefix, b->plen))
			return PMT_MAP_PROVIDER_OVERLAP;
		if (rules[i - 1].v4 == rules[i].v4 &&
		    rules[i - 1].v4_len == rules[i].v4_len &&
		    rules[i - 1].sid + (1U << rules[i - 1].sid_bits) >
		    rules[i].sid)
			return PMT_MAP_SUBNET_OVERLAP;
	}
	return PMT_MAP_OK;
}

/* An open prefix of the sweep in flatten() */
struct level {
	__u32 last;
	__u16 node;	/* what its addresses belong to */
	__u16 parent;	/* of the prefixes inside */
	bool is_explicit;
};

static void begin_range(struct pmt_map *map, __u32 start, __u16 node)
{
	struct pmt_map_range *next = &map->ranges[map->n_ranges];

	if (map->n_ranges && next[-1].start == start) {
		next[-1].node = node;
	} else if (!map->n_ranges || next[-1].node != node) {
		*next = (struct pmt_map_range){ start, node };
		map->n_ranges++;
	}
}

/* Close the prefixes that end before @start; their enclosing ones go on there */
static struct level *close_levels(struct pmt_map *map, struct level *bottom,
				  struct level *top, __u32 start)
{
	while (top > bottom && top->last < start) {
		__u32 next = top->last + 1;

		top--;
		begin_range(map, next, top->node);
	}
	return top;
}

/* Does the built-in prefix come before, or around, that of the rule? */
static bool goes_first(const struct pmt_builtin *prefix,
		       const struct pmt_map_rule *rule)
{
	if (prefix->start != rule->v4)
		return prefix->start < rule->v4;
	return prefix->len <= rule->v4_len;
}

/* Walk rule prefixes and the built-in table in order, enclosing ones first, and
 * write a range wherever the innermost prefix changes.
 */
static void flatten(struct pmt_map *map)
{
	/* nested prefixes: at most 33 lengths of rules and as many built in */
	struct level stack[2 * 33 + 1] = {
		{ ~0U, PMT_NODE_NONE, PMT_NODE_NONE, false }
	};
	struct level *top = stack;
	__u32 i = 0, b = 0;

	begin_range(map, 0, PMT_NODE_NONE);
	while (i < map->n_rules || b < N_BUILTIN) {
		const struct pmt_map_rule *rule = &map->rules[i];
		struct level new;

		if (i == map->n_rules ||
		    (b < N_BUILTIN && goes_first(&builtin[b], rule))) {
			top = close_levels(map, stack, top, builtin[b].start);
			new.last = builtin[b].start | ~mask32(builtin[b].len);
			new.node = PMT_NODE_BOGON;
			new.is_explicit = builtin[b].explicit;
			new.parent = new.is_explicit ? top->parent :
						       PMT_NODE_BOGON;
			begin_range(map, builtin[b].start, new.node);
			b++;
		} else {
			struct pmt_map_node *node = &map->nodes[map->n_nodes];

			top = close_levels(map, stack, top, rule->v4);
			node->start = rule->v4;
			node->last = rule->v4 | ~mask32(rule->v4_len);
			node->first = i;
			node->parent = top->parent;
			node->last_inside = top->is_explicit;
			while (i < map->n_rules && map->rules[i].v4 == rule->v4 &&
			       map->rules[i].v4_len == rule->v4_len)
				i++;
			node->count = i - node->first;
			new.last = node->last;
			/* inside a hard range nothing serves */
			new.node = top->parent == PMT_NODE_BOGON ?
				   PMT_NODE_BOGON : map->n_nodes;
			new.parent = new.node;
			new.is_explicit = false;
			begin_range(map, node->start, new.node);
			map->n_nodes++;
		}
		*++top = new;
	}
	while (top > stack && top->last != ~0U) {
		__u32 next = top->last + 1;

		top--;
		begin_range(map, next, top->node);
	}
}

/**
 * pmt_map_builtin() - list the built-in ranges, in order
 * @i: which, from 0
 * @start: answer
 * @len: answer
 *
 * Return: false when there is no such one.
 */
bool pmt_map_builtin(__u32 i, __u32 *start, __u8 *len)
{
	if (i >= N_BUILTIN)
		return false;
	*start = builtin[i].start;
	*len = builtin[i].len;
	return true;
}

/**
 * pmt_map_is_hard() - does a prefix lie in a range that nothing can open?
 * @start: the prefix
 * @len: its length
 */
bool pmt_map_is_hard(__u32 start, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < N_BUILTIN; i++)
		if (!builtin[i].explicit && len >= builtin[i].len &&
		    !((start ^ builtin[i].start) & mask32(builtin[i].len)))
			return true;
	return false;
}

/**
 * pmt_map_is_global() - may a 6to4 address of this customer leave the provider?
 * @v4: the customer
 *
 * REQUIREMENTS section 9, untranslated: none of the built-in ranges, nor shared
 * address space, which has no way back (R53, RFC 6732 4.1).
 */
bool pmt_map_is_global(__u32 v4)
{
	unsigned int i;

	for (i = 0; i < N_BUILTIN; i++)
		if (!((v4 ^ builtin[i].start) & mask32(builtin[i].len)))
			return false;
	return (v4 ^ 0x64400000) & mask32(10);
}

static void index_octets(struct pmt_map *map)
{
	__u32 octet, range = 0;

	for (octet = 0; octet < 256; octet++) {
		while (range + 1 < map->n_ranges &&
		       map->ranges[range + 1].start <= octet << 24)
			range++;
		map->octet[octet] = range;
	}
	map->octet[256] = map->n_ranges - 1;
}

/* The same for provider prefixes, which most often have much in common */
static void index_keys(struct pmt_map *map)
{
	const struct pmt_map_key *keys = map->keys;
	__u32 octet, key = 0;
	__u64 differ;
	__u8 plen;

	map->shift = 56;
	map->common = ~0ULL;	/* of no address */
	if (!map->n_rules)
		return;
	/* those of several rules differ before the end of any */
	plen = map->rules[keys[0].rule].provider.plen;
	differ = keys[0].prefix ^ keys[map->n_rules - 1].prefix;
	while (map->shift && 56 - map->shift < plen &&
	       !(differ >> (map->shift + 7)))
		map->shift--;
	map->common = keys[0].prefix >> map->shift >> 8;
	for (octet = 0; octet < 256; octet++) {
		while (key + 1 < map->n_rules && keys[key + 1].prefix <=
		       (map->common << 8 | octet) << map->shift)
			key++;
		map->next[octet] = key;
	}
	map->next[256] = map->n_rules - 1;
}

/**
 * pmt_map_build() - sort a set of rules for look-ups, and check it as a whole
 * @map: to fill
 * @mem: pmt_map_size(@n_rules) bytes, 8-byte aligned; the map lies in them
 * @rules: each made by pmt_map_rule_init(), in any order; copied
 * @n_rules: how many
 *
 * Refuses rules whose provider prefixes overlap, and rules of equal IPv4 prefix
 * whose subnet-IDs overlap (R4).
 */
enum pmt_map_error pmt_map_build(struct pmt_map *map, void *mem,
				 const struct pmt_map_rule *rules,
				 __u32 n_rules)
{
	enum pmt_map_error err;

	if (n_rules > PMT_RULES_MAX)
		return PMT_MAP_TOO_MANY;
	/* largest alignment first */
	map->rules = mem;
	map->keys = (void *)(map->rules + n_rules);
	map->nodes = (void *)(map->keys + n_rules);
	map->ranges = (void *)(map->nodes + n_rules);
	map->n_rules = n_rules;
	map->n_nodes = 0;
	map->n_ranges = 0;
	sort_rules(map, rules);
	err = check_overlaps(map);
	if (!err) {
		flatten(map);
		index_octets(map);
		index_keys(map);
	}
	return err;
}

/**
 * pmt_map_is_bogon() - is it a customer's address that nothing here can relay?
 * @map: where to look
 * @v4: the address
 */
bool pmt_map_is_bogon(const struct pmt_map *map, __u32 v4)
{
	return pmt_map_node(map, v4) == PMT_NODE_BOGON;
}

/* See pmt_map_find() in map.h */
enum pmt_counter pmt_map_find_any(const struct pmt_map *map, __u32 v4,
				  __u16 sid, const struct pmt_map_rule **rule)
{
	__u16 node = pmt_map_node(map, v4);
	bool outside = false;

	*rule = NULL;
	if (node == PMT_NODE_BOGON)
		return PMT_BOGON;
	if (node == PMT_NODE_NONE)
		return PMT_NOMAP;
	do {
		const struct pmt_map_rule *base =
			&map->rules[map->nodes[node].first];
		__u32 n = map->nodes[node].count;

		while (n > 1) {
			__u32 half = n / 2;

			base += base[half].sid <= sid ? half : 0;
			n -= half;
		}
		if (!((base->sid ^ sid) >> base->sid_bits)) {
			if (outside)
				return PMT_BOGON;
			/* as a sum ffff is 0, and would come back as that */
			if (base->neutral_sid && sid == 0xffff)
				return PMT_SID;
			*rule = base;
			return PMT_OK;
		}
		outside |= map->nodes[node].last_inside;
		node = map->nodes[node].parent;
	} while (node != PMT_NODE_NONE);
	return PMT_SID;
}

static void ask_v4_sid(const struct pmt_map *map, __u32 v4, __u16 sid,
		       struct pmt_map_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->v4 = v4;
	answer->sid = sid;
	answer->customer = pmt_form_encode(&sixtofour, v4, sid);
	answer->reason = pmt_map_find(map, v4, sid, &answer->rule);
	if (answer->rule)
		answer->provider = pmt_map_provider(answer->rule, v4, sid);
}

/**
 * pmt_map_ask_v4() - what becomes of a customer, known by its IPv4 address
 * @map: where to look
 * @v4: the customer's IPv4 address
 * @answer: filled; the subnet-ID is 0, or the first that a rule serves
 */
void pmt_map_ask_v4(const struct pmt_map *map, __u32 v4,
		    struct pmt_map_answer *answer)
{
	__u16 node;

	ask_v4_sid(map, v4, 0, answer);
	node = pmt_map_node(map, v4);
	if (!answer->rule && node < PMT_NODE_BOGON)
		ask_v4_sid(map, v4, map->rules[map->nodes[node].first].sid,
			   answer);
}

/**
 * pmt_map_ask_hi() - what becomes of an IPv6 address, of either side
 * @map: where to look
 * @hi: its upper half
 * @answer: filled
 */
void pmt_map_ask_hi(const struct pmt_map *map, __u64 hi,
		    struct pmt_map_answer *answer)
{
	if (pmt_hi_is_6to4(hi))
		ask_v4_sid(map, pmt_6to4_v4(hi), hi, answer);
	else
		pmt_map_in(map, hi, answer);
}

#ifdef PMT_KUNIT
#include "map_kunit.c"
#endif
