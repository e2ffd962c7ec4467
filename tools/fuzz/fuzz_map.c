// SPDX-License-Identifier: GPL-2.0
/*
 * The map (src/map.c): any set of rules, any address. The reference below goes
 * through all rules one by one; its ranges and its layout of an address are
 * written from the requirements (R4-R6, R53, sections 0 and 9), not from map.c.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "map.h"

#define RULES_MAX	48
#define ASKED_MAX	64

/* A rule as it was asked for */
struct spec {
	uint64_t provider;
	uint32_t v4;
	unsigned int plen, v4_len, sid, sid_bits, csum;
};

struct range {
	uint32_t start;
	unsigned int len;
};

/* Section 9: what is never relayed, and what only a rule inside opens */
static const struct range hard[] = {
	{ 0x00000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 },
	{ 0xe0000000, 4 }, { 0xf0000000, 4 }, { 0xc0586300, 24 },
};

static const struct range soft[] = {
	{ 0x0a000000, 8 }, { 0xac100000, 12 }, { 0xc0a80000, 16 },
	{ 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc6120000, 15 },
	{ 0xc6336400, 24 }, { 0xcb007100, 24 },
};

static const struct range shared = { 0x64400000, 10 };

/* Prefixes whose neighbourhood is worth a visit */
static const uint32_t near[] = {
	0x00000000, 0x08000000, 0x09ffff00, 0x0a000000, 0x0b000000, 0x64400000,
	0x7f000000, 0xa9fe0000, 0xac100000, 0xc0000000, 0xc0000200, 0xc0586300,
	0xc0a80000, 0xc6120000, 0xc6336400, 0xcb007100, 0xdfffff00, 0xe0000000,
	0xf0000000, 0xffffff00,
};

static const uint64_t near_hi[] = {
	0x20010db800000000, 0x2001000000000000, 0x2002000000000000,
	0x2003000000000000, 0x3fff000000000000, 0xfc00000000000000,
	0xfe80000000000000, 0xff00000000000000, 0x0001000000000000,
	0xfbff000000000000,
};

/* Bits [0, len) of two numbers of so many bits are equal */
static bool same_prefix(uint64_t a, uint64_t b, unsigned int bits,
			unsigned int len)
{
	return !len || !((a ^ b) >> (bits - len));
}

static bool none_behind(uint64_t n, unsigned int bits, unsigned int len)
{
	return len >= bits || !(n << (64 - bits) << len);
}

static bool covers(const struct range *range, uint32_t v4)
{
	return same_prefix(range->start, v4, 32, range->len);
}

static const struct range *range_of(const struct range *ranges, size_t n,
				    uint32_t v4)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (covers(&ranges[i], v4))
			return &ranges[i];
	return NULL;
}

static const struct range *hard_of(uint32_t v4)
{
	return range_of(hard, ARRAY_SIZE(hard), v4);
}

static const struct range *soft_of(uint32_t v4)
{
	return range_of(soft, ARRAY_SIZE(soft), v4);
}

/* R4: two prefixes of upper halves overlap */
static bool overlap(uint64_t a, unsigned int alen, uint64_t b,
		    unsigned int blen)
{
	return same_prefix(a, b, 64, alen < blen ? alen : blen);
}

static bool spec_is_good(const struct spec *s)
{
	if (s->plen < 1 || s->plen > 64 || s->v4_len > 32 || s->sid_bits > 16 ||
	    s->sid > 0xffff || s->csum > PMT_CSUM_NEUTRAL)
		return false;
	if (!none_behind(s->provider, 64, s->plen) ||
	    !none_behind(s->v4, 32, s->v4_len) ||
	    s->sid % (1U << s->sid_bits))
		return false;
	if (overlap(s->provider, s->plen, 0x2002000000000000, 16) ||
	    overlap(s->provider, s->plen, 0, 16) ||
	    overlap(s->provider, s->plen, 0xfc00000000000000, 7) ||
	    overlap(s->provider, s->plen, 0xfe80000000000000, 10) ||
	    overlap(s->provider, s->plen, 0xfec0000000000000, 10) ||
	    overlap(s->provider, s->plen, 0xff00000000000000, 8))
		return false;
	return s->plen + (32 - s->v4_len) + s->sid_bits <= 64;
}

static bool holds_sid(const struct spec *s, uint16_t sid)
{
	return sid >= s->sid && sid - s->sid < 1U << s->sid_bits;
}

static bool covers_v4(const struct spec *s, uint32_t v4)
{
	return same_prefix(s->v4, v4, 32, s->v4_len);
}

static bool set_is_good(const struct spec *s, unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++) {
			if (overlap(s[i].provider, s[i].plen, s[j].provider,
				    s[j].plen))
				return false;
			if (s[i].v4 == s[j].v4 && s[i].v4_len == s[j].v4_len &&
			    (holds_sid(&s[i], s[j].sid) ||
			     holds_sid(&s[j], s[i].sid)))
				return false;
		}
	}
	return true;
}

/* Section 0: RFC 6296 3.4 has room for its word */
static bool word_in_sid(const struct spec *s)
{
	return s->csum == PMT_CSUM_NEUTRAL && s->sid_bits == 16 &&
	       s->plen + 32 - s->v4_len <= 48;
}

/* The words' sum as a number modulo ffff, which is what checksums keep */
static unsigned int sum(uint64_t half)
{
	return half % 0xffff;
}

static uint64_t to_customer(uint32_t v4, uint16_t sid)
{
	return 0x2002000000000000 | (uint64_t)v4 << 16 | sid;
}

/* The layout of section 0, bit by bit */
static uint64_t to_provider(const struct spec *s, uint32_t v4, uint16_t sid)
{
	uint64_t hi = s->provider;
	unsigned int i;

	for (i = s->v4_len; i < 32; i++)
		if (v4 >> (31 - i) & 1)
			hi |= 1ULL << (63 - (s->plen + i - s->v4_len));
	if (word_in_sid(s))
		return hi | (sum(to_customer(v4, sid)) + 0xffff - sum(hi)) %
		       0xffff;
	for (i = 0; i < s->sid_bits; i++)
		hi |= sid & 1ULL << i;
	return hi;
}

/* R5, and the ranges: the rule of a customer */
static enum pmt_counter ref_find(const struct spec *s, unsigned int n,
				 uint32_t v4, uint16_t sid,
				 const struct spec **rule)
{
	const struct range *range = soft_of(v4);
	const struct spec *found = NULL;
	bool covered = false;
	unsigned int i;

	*rule = NULL;
	if (hard_of(v4))
		return PMT_BOGON;
	for (i = 0; i < n; i++) {
		if (!covers_v4(&s[i], v4))
			continue;
		covered |= !range || s[i].v4_len >= range->len;
		if (holds_sid(&s[i], sid) &&
		    (!found || s[i].v4_len > found->v4_len))
			found = &s[i];
	}
	if (!covered)
		return range ? PMT_BOGON : PMT_NOMAP;
	if (!found)
		return PMT_SID;
	if (range && found->v4_len < range->len)
		return PMT_BOGON;
	if (word_in_sid(found) && sid == 0xffff)
		return PMT_SID;
	*rule = found;
	return PMT_OK;
}

/* R2, R6: the customer of a provider address */
static enum pmt_counter ref_in(const struct spec *s, unsigned int n,
			       uint64_t hi, uint32_t *v4, uint16_t *sid,
			       const struct spec **rule)
{
	const struct spec *mine, *other;
	enum pmt_counter reason;
	unsigned int i;

	*rule = NULL;
	for (mine = s; mine < s + n; mine++)
		if (same_prefix(mine->provider, hi, 64, mine->plen))
			break;
	if (mine == s + n)
		return PMT_NOMAP;
	*v4 = mine->v4;
	for (i = mine->v4_len; i < 32; i++)
		if (hi >> (63 - (mine->plen + i - mine->v4_len)) & 1)
			*v4 |= 1U << (31 - i);
	*sid = mine->sid;
	for (i = 0; i < mine->sid_bits; i++)
		*sid |= hi & 1ULL << i;
	if (word_in_sid(mine))
		*sid = (sum(hi) + 2 * 0xffff - sum(to_customer(*v4, 0))) %
		       0xffff;
	if (to_provider(mine, *v4, *sid) != hi)
		return PMT_NOMAP;
	reason = ref_find(s, n, *v4, *sid, &other);
	if (other == mine) {
		*rule = mine;
		return PMT_OK;
	}
	return reason == PMT_BOGON ? PMT_BOGON : PMT_NOMAP;
}

/* The set under test. Rules carry their specification in priv */
static struct spec specs[RULES_MAX];
static unsigned int n_specs;
static struct pmt_map map;

/* What is done to the lower half, and what checksums then need */
static void check_sums(const struct pmt_map_rule *rule, uint64_t customer,
		       uint64_t provider, uint64_t lo)
{
	const struct spec *s = rule->priv;
	uint16_t delta = pmt_map_delta(customer, provider);
	__u64 new = lo, back;
	bool can = pmt_map_lo(rule, customer, provider, &new);
	int shift = 48;

	CHECK(delta);
	CHECK((sum(customer) + delta) % 0xffff == sum(provider));
	CHECK(rule->delta_fixed ==
	      (s->plen % 16 == s->v4_len % 16 || s->v4_len == 32));
	if (rule->delta_fixed && !word_in_sid(s) &&
	    s->sid_bits == 0)
		CHECK(rule->delta == delta);
	if (s->csum == PMT_CSUM_ADJUST || word_in_sid(s)) {
		CHECK(can && new == lo);
		if (word_in_sid(s))
			CHECK(sum(customer) == sum(provider));
		return;
	}
	while (shift >= 0 && (lo >> shift & 0xffff) == 0xffff)
		shift -= 16;
	CHECK(can == (shift >= 0));
	if (!can) {
		CHECK(new == lo);
		return;
	}
	CHECK(!((lo ^ new) & ~(0xffffULL << shift)));
	CHECK((new >> shift & 0xffff) != 0xffff);
	CHECK((sum(customer) + sum(lo)) % 0xffff ==
	      (sum(provider) + sum(new)) % 0xffff);
	back = new;
	CHECK(pmt_map_lo(rule, provider, customer, &back) && back == lo);
}

static void check_answer(const struct pmt_map_answer *a, enum pmt_counter want,
			 const struct spec *rule)
{
	CHECK(a->reason == want);
	CHECK((a->rule ? a->rule->priv : NULL) == rule);
	CHECK(!a->rule || (a->customer && a->provider));
}

static void ask_customer(uint32_t v4, uint16_t sid, uint64_t lo)
{
	const struct pmt_map_rule *rule, *any;
	const struct spec *want;
	struct pmt_map_answer a;
	enum pmt_counter reason = ref_find(specs, n_specs, v4, sid, &want);
	uint64_t hi;

	CHECK(pmt_map_find(&map, v4, sid, &rule) == reason);
	CHECK(pmt_map_find_any(&map, v4, sid, &any) == reason && any == rule);
	CHECK((rule ? rule->priv : NULL) == want);
	pmt_map_ask_hi(&map, to_customer(v4, sid), &a);
	check_answer(&a, reason, want);
	CHECK(a.v4 == v4 && a.sid == sid && a.customer == to_customer(v4, sid));
	if (!rule)
		return;
	hi = pmt_map_provider(rule, v4, sid);
	CHECK(hi == to_provider(want, v4, sid) && hi == a.provider);
	CHECK(pmt_map_find_provider(&map, hi) == rule);
	CHECK(pmt_map_in(&map, hi, &a) == PMT_OK);
	check_answer(&a, PMT_OK, want);
	CHECK(a.v4 == v4 && a.sid == sid && a.provider == hi &&
	      a.customer == to_customer(v4, sid));
	check_sums(rule, a.customer, hi, lo);
}

static void ask_v4(uint32_t v4)
{
	const struct spec *want;
	struct pmt_map_answer a;
	bool inside = false;
	unsigned int i;

	pmt_map_ask_v4(&map, v4, &a);
	CHECK(a.v4 == v4);
	CHECK(a.reason == ref_find(specs, n_specs, v4, a.sid, &want));
	check_answer(&a, a.reason, want);
	/* an answer with a rule where there is one for its first subnet */
	for (i = 0; i < n_specs; i++)
		inside |= covers_v4(&specs[i], v4) &&
			  (!soft_of(v4) ||
			   specs[i].v4_len >= soft_of(v4)->len);
	CHECK(!inside || hard_of(v4) || a.rule);
	CHECK(pmt_map_is_bogon(&map, v4) ==
	      (hard_of(v4) || (soft_of(v4) && !inside)));
	CHECK(pmt_map_is_global(v4) ==
	      !(hard_of(v4) || soft_of(v4) || covers(&shared, v4)));
}

static void ask_provider(uint64_t hi, uint64_t lo)
{
	const struct spec *want;
	struct pmt_map_answer a;
	uint32_t v4 = 0;
	uint16_t sid = 0;
	enum pmt_counter reason = ref_in(specs, n_specs, hi, &v4, &sid, &want);

	CHECK(pmt_map_in(&map, hi, &a) == reason);
	check_answer(&a, reason, want);
	if (!want)
		return;
	CHECK(a.v4 == v4 && a.sid == sid && a.provider == hi);
	check_sums(a.rule, a.customer, a.provider, lo);
	ask_customer(v4, sid, lo);
}

/* The edges of a rule, and what lies just outside */
static void ask_around(const struct spec *s, uint64_t lo)
{
	uint32_t last = s->v4 | (uint32_t)(0xffffffffULL >> s->v4_len);
	uint64_t end = s->provider | (s->plen == 64 ? 0 : ~0ULL >> s->plen);
	uint16_t sids[] = {
		s->sid, s->sid + (1U << s->sid_bits) - 1, s->sid - 1,
		s->sid + (1U << s->sid_bits), 0xffff,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sids); i++) {
		ask_customer(s->v4, sids[i], lo);
		ask_customer(last, sids[i], ~lo);
	}
	ask_v4(s->v4);
	ask_v4(last);
	ask_v4(s->v4 - 1);
	ask_v4(last + 1);
	ask_provider(s->provider, lo);
	ask_provider(end, lo);
	ask_provider(s->provider - 1, lo);
	ask_provider(end + 1, lo);
}

static void ask_all(struct input *in)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(near); i++) {
		ask_v4(near[i]);
		ask_v4(near[i] - 1);
		ask_customer(near[i] | 0xff, i, i);
	}
	for (i = 0; i < n_specs; i++)
		ask_around(&specs[i], input_u64(in));
	for (i = 0; in->left && i < ASKED_MAX; i++) {
		uint64_t hi = input_u64(in), lo = input_u64(in);
		const struct spec *s;

		ask_v4(hi);
		ask_customer(hi, hi >> 32, lo);
		ask_provider(hi, lo);
		if (!n_specs)
			continue;
		/* hi with the prefixes of a rule */
		s = &specs[lo % n_specs];
		ask_customer(s->v4 | (uint32_t)((hi & 0xffffffff) >> s->v4_len),
			     s->sid | (hi >> 48 & ((1U << s->sid_bits) - 1)),
			     lo);
		ask_provider(s->provider |
			     (s->plen == 64 ? 0 : hi >> s->plen), lo);
	}
}

/* Bytes turn into a rule that is most often good */
static struct spec take_spec(struct input *in)
{
	unsigned int shape = input_u8(in);
	struct spec s = {
		.provider = input_u64(in),
		.v4 = input_u32(in),
		.plen = input_u8(in),
		.v4_len = input_u8(in),
		.sid = input_u16(in),
		.sid_bits = input_u8(in),
		.csum = input_u8(in),
	};

	if (shape & 1)
		s.provider = s.provider >> 16 |
			     near_hi[s.provider % ARRAY_SIZE(near_hi)];
	if (shape & 2)
		s.v4 = near[s.v4 % ARRAY_SIZE(near)] | s.v4 >> 8;
	if (shape & 4 && n_specs) {	/* a neighbour of one before */
		s.provider = specs[0].provider + (s.provider & 0xffff000000000);
		s.v4 = specs[n_specs - 1].v4;
	}
	if (shape & 0x80)		/* as it is: wrong, perhaps */
		return s;
	s.plen = s.plen % 64 + 1;
	s.v4_len %= 33;
	s.sid_bits %= 17;
	s.csum %= 2;
	if (s.plen + 32 - s.v4_len + s.sid_bits > 64 && !(shape & 0x40)) {
		s.plen = s.plen > 32 ? 32 : s.plen;
		if (32 - s.v4_len + s.sid_bits > 32)
			s.sid_bits = s.v4_len < 16 ? s.v4_len : 16;
	}
	s.provider &= ~0ULL << (64 - s.plen);
	s.v4 &= ~(uint32_t)(0xffffffffULL >> s.v4_len);
	s.sid &= ~((1U << s.sid_bits) - 1);
	return s;
}

static void check_ranges(void)
{
	size_t i;
	uint32_t start, n;
	uint8_t len;

	for (n = 0; pmt_map_builtin(n, &start, &len); n++) {
		CHECK(hard_of(start) || soft_of(start));
		CHECK(pmt_map_is_hard(start, len) == !!hard_of(start));
	}
	CHECK(n == ARRAY_SIZE(hard) + ARRAY_SIZE(soft));
	for (i = 0; i < ARRAY_SIZE(hard); i++) {
		CHECK(pmt_map_is_hard(hard[i].start, hard[i].len));
		CHECK(pmt_map_is_hard(hard[i].start, 32));
		CHECK(!pmt_map_is_hard(hard[i].start, hard[i].len - 2));
	}
	CHECK(pmt_map_build(&map, NULL, NULL, PMT_RULES_MAX + 1) ==
	      PMT_MAP_TOO_MANY);
}

/* Memory of the very size, so that a byte too far is seen */
static void *copy_of(const void *from, size_t size)
{
	void *to = malloc(size ? size : 1);

	CHECK(to);
	if (size)
		memcpy(to, from, size);
	return to;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check_ranges();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pmt_map_rule rules[RULES_MAX];
	struct input in = { data, size };
	unsigned int n = input_u8(&in) % (RULES_MAX + 1);
	bool tidy = input_u8(&in) & 3;
	struct pmt_map_rule *exact;
	enum pmt_map_error err;
	void *mem;

	for (n_specs = 0; n && in.left; n--) {
		struct spec s = take_spec(&in);
		struct pmt_map_rule *rule = &rules[n_specs];

		err = pmt_map_rule_init(rule, s.provider, s.plen, s.v4,
					s.v4_len, s.sid, s.sid_bits, s.csum);
		CHECK(!err == spec_is_good(&s));
		CHECK(pmt_map_strerror(err)[0]);
		if (err)
			continue;
		specs[n_specs] = s;
		rule->priv = &specs[n_specs++];
		/* most sets shall be good: what does not fit stays out */
		if (tidy && !set_is_good(specs, n_specs))
			n_specs--;
	}
	exact = copy_of(rules, n_specs * sizeof(*rules));
	mem = malloc(pmt_map_size(n_specs));
	CHECK(mem);
	err = pmt_map_build(&map, mem, exact, n_specs);
	free(exact);
	CHECK(!err == set_is_good(specs, n_specs));
	CHECK(pmt_map_strerror(err)[0]);
	if (!err)
		ask_all(&in);
	free(mem);
	return 0;
}
