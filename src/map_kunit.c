// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of map.c: REQUIREMENTS 0, R4-R7, section 9 */
#include <linux/moduleparam.h>

#include "kunit.h"

bool pmt_kunit;
module_param_named(kunit, pmt_kunit, bool, 0444);
MODULE_PARM_DESC(kunit, "run the KUnit tests");

static enum pmt_map_error try_rule(u64 provider, unsigned int plen, u32 v4,
				   unsigned int v4_len, unsigned int sid,
				   unsigned int sid_bits, unsigned int csum)
{
	struct pmt_map_rule rule;

	return pmt_map_rule_init(&rule, provider, plen, v4, v4_len, sid, sid_bits,
				 csum);
}

/* R4: each limit from both sides */
static void map_rule_limits(struct kunit *test)
{
	static const struct {
		u64 provider;
		u32 v4;
		u32 sid;
		u8 plen, v4_len, sid_bits, csum;
		enum pmt_map_error err;
	} t[] = {
		{ 0x20010db800000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_OK },
		{ 0x20010db800000000ULL, 0, 0, 0, 0, 0, 0, PMT_MAP_PROVIDER_LEN },
		{ 0x20010db800000000ULL, 0, 0, 65, 32, 0, 0, PMT_MAP_PROVIDER_LEN },
		{ 0x20010db800000001ULL, 0, 0, 64, 32, 0, 0, PMT_MAP_OK },
		{ 0x8000000000000000ULL, 0, 0, 1, 32, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0x4000000000000000ULL, 0, 0, 2, 0, 0, 0, PMT_MAP_OK },
		{ 0x20010db880000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_BITS },
		{ 0x20010db880000000ULL, 0, 0, 33, 1, 0, 0, PMT_MAP_OK },
		{ 0x20010db800000001ULL, 0, 0, 63, 32, 0, 0, PMT_MAP_PROVIDER_BITS },
		{ 0x2002000000000000ULL, 0, 0, 16, 8, 0, 0, PMT_MAP_PROVIDER_6TO4 },
		{ 0x2002000000000000ULL, 0, 0, 15, 8, 0, 0, PMT_MAP_PROVIDER_6TO4 },
		{ 0x20020a0000000000ULL, 0, 0, 32, 8, 0, 0, PMT_MAP_PROVIDER_6TO4 },
		{ 0x2003000000000000ULL, 0, 0, 16, 8, 0, 0, PMT_MAP_OK },
		{ 0x2000000000000000ULL, 0, 0, 15, 8, 0, 0, PMT_MAP_OK },
		{ 0x0000000100000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0x0001000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_OK },
		{ 0xfbff000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_OK },
		{ 0xfc00000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xfdff000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xfe00000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_OK },
		{ 0xfe00000000000000ULL, 0, 0, 8, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xfe7f000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_OK },
		{ 0xfe80000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xfec0000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xfeff000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0xff00000000000000ULL, 0, 0, 32, 0, 0, 0, PMT_MAP_PROVIDER_RANGE },
		{ 0x20010db800000000ULL, 0, 0, 32, 33, 0, 0, PMT_MAP_IPV4_LEN },
		{ 0x20010db800000000ULL, 0x0a000001, 0, 32, 31, 0, 0, PMT_MAP_IPV4_BITS },
		{ 0x20010db800000000ULL, 0x0a000001, 0, 32, 32, 0, 0, PMT_MAP_OK },
		{ 0x20010db800000000ULL, 1, 0, 32, 0, 0, 0, PMT_MAP_IPV4_BITS },
		{ 0x2001000000000000ULL, 0, 0, 16, 0, 16, 0, PMT_MAP_OK },
		{ 0x2001000000000000ULL, 0, 0, 16, 8, 17, 0, PMT_MAP_SUBNET_LEN },
		{ 0x2001000000000000ULL, 0, 0xffff, 16, 0, 0, 0, PMT_MAP_OK },
		{ 0x2001000000000000ULL, 0, 0x10000, 16, 0, 0, 0, PMT_MAP_SUBNET_BITS },
		{ 0x2001000000000000ULL, 0, 2, 16, 0, 2, 0, PMT_MAP_SUBNET_BITS },
		{ 0x2001000000000000ULL, 0, 4, 16, 0, 2, 0, PMT_MAP_OK },
		/* REQUIREMENTS 0: "Refuse: (36,0,0), (40,10,3)" */
		{ 0x20010db800000000ULL, 0, 0, 36, 0, 0, 0, PMT_MAP_TOO_LONG },
		{ 0x20010db800000000ULL, 0x64400000, 0, 40, 10, 3, 0, PMT_MAP_TOO_LONG },
		{ 0x20010db800000000ULL, 0x64400000, 0, 40, 10, 2, 0, PMT_MAP_OK },
		{ 0x20010db800000000ULL, 0, 0, 32, 0, 0, 1, PMT_MAP_OK },
		{ 0x20010db800000000ULL, 0, 0, 32, 0, 0, 2, PMT_MAP_CSUM },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    try_rule(t[i].provider, t[i].plen, t[i].v4,
					     t[i].v4_len, t[i].sid,
					     t[i].sid_bits, t[i].csum),
				    t[i].err, "line %d", i);
	for (i = 0; i < __PMT_MAP_ERRORS; i++)
		KUNIT_EXPECT_NOT_NULL(test, pmt_map_strerror(i));
	KUNIT_EXPECT_STREQ(test, pmt_map_strerror(__PMT_MAP_ERRORS),
			   "unknown error");
}

/* The table of REQUIREMENTS 0, and the fixed deltas that it says there are */
static void map_worked_numbers(struct kunit *test)
{
	static const struct {
		struct spec spec;
		u32 v4;
		u16 sid;
		u64 hi;
		u16 delta;
		bool fixed;
	} t[] = {
		{ FIGURE_3, C_V4, 0, CP_HI, 0x0db7, true },
		{ { 0x20010db8ff000000ULL, 40, 0x0a000000, 8, 0, 0, 0 },
		  0x0a010203, 0, 0x20010db8ff010203ULL, 0x02b8, true },
		{ { 0x20010db812000000ULL, 40, 0x64400000, 10, 0, 2, 0 },
		  0x64480309, 1, 0x20010db812200c25ULL, 0xc4a9, false },
		{ { 0x20010db800000000ULL, 32, 0x0a000000, 8, 0, 8, 0 },
		  0x0a646401, 1, 0x20010db864640101ULL, 0x04b6, false },
		{ { 0x20010db844000000ULL, 40, 0x64400000, 10, 0, 0, 0 },
		  0x64480309, 0, 0x20010db844200c24ULL, 0xf6a9, false },
		{ { 0x20010db800000000ULL, 32, 0, 0, 1, 0, 0 },
		  C_V4, 1, CP_HI, 0x0db6, true },
		{ { 0x20010db800000007ULL, 64, C_V4, 32, 0, 0, 0 },
		  C_V4, 0, 0x20010db800000007ULL, 0, true },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		u64 from = 0x2002000000000000ULL | (u64)t[i].v4 << 16 | t[i].sid;
		struct pmt_map_rule rule;

		init_rule(test, &rule, &t[i].spec);
		KUNIT_EXPECT_EQ_MSG(test, pmt_map_provider(&rule, t[i].v4, t[i].sid),
				    t[i].hi, "line %d", i);
		KUNIT_EXPECT_EQ_MSG(test, rule.delta_fixed, t[i].fixed, "line %d", i);
		if (!t[i].delta)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, pmt_map_delta(from, t[i].hi), t[i].delta,
				    "line %d", i);
		if (t[i].fixed)
			KUNIT_EXPECT_EQ_MSG(test, rule.delta, t[i].delta, "line %d", i);
	}
}

static u16 slow_sum(u64 hi)
{
	return add16(add16(hi >> 48, hi >> 32 & 0xffff),
		     add16(hi >> 16 & 0xffff, hi & 0xffff));
}

static u64 random64(struct rnd_state *rnd)
{
	return (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);
}

/* from + delta = to in one's complement, and never 0 */
static void map_delta(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 20000; i++) {
		u64 from = random64(&rnd), to = random64(&rnd);
		u16 delta;

		if (i & 1) {	/* words at their ends */
			from |= 0xffff00000000ffffULL;
			to &= 0xffffULL << (i & 48);
		}
		if (i % 16 == 3)
			to = from;
		delta = pmt_map_delta(from, to);
		KUNIT_ASSERT_NE(test, delta, 0);
		KUNIT_ASSERT_EQ_MSG(test, add16(slow_sum(from), delta) % 0xffff,
				    slow_sum(to) % 0xffff, "%llx %llx", from, to);
	}
}

/* delta_fixed must be true of any customer; R4's table says when it is */
static void map_delta_fixed(struct kunit *test)
{
	struct rnd_state rnd;
	int plen, v4_len, i;

	prandom_seed_state(&rnd, 2);
	for (plen = 8; plen <= 64; plen++) {
		for (v4_len = 0; v4_len <= 32; v4_len++) {
			u64 provider = 0x2400123456789abcULL;
			struct pmt_map_rule rule;

			if (plen + 32 - v4_len > 64)
				continue;
			provider &= ~0ULL << (64 - plen);
			KUNIT_ASSERT_EQ(test,
					pmt_map_rule_init(&rule, provider, plen, 0,
							  v4_len, 0, 0, 0),
					PMT_MAP_OK);
			KUNIT_ASSERT_EQ(test, rule.delta_fixed,
					v4_len == 32 || plen % 16 == v4_len % 16);
			for (i = 0; i < 4 && rule.delta_fixed; i++) {
				u32 v4 = v4_len == 32 ? 0 :
					 prandom_u32_state(&rnd) >> v4_len;
				u64 from = 0x2002000000000000ULL | (u64)v4 << 16;
				u64 to = pmt_map_provider(&rule, v4, 0);

				KUNIT_ASSERT_EQ(test, pmt_map_delta(from, to),
						rule.delta);
			}
		}
	}
}

/* RFC 6296 3.5 and the edges in REQUIREMENTS 0 */
static void map_neutral_iid(struct kunit *test)
{
	static const struct {
		u64 lo, want;
	} t[] = {
		{ 0x0000000000000001ULL, 0xf248000000000001ULL },
		{ 0x0db7000000000000ULL, 0x0000000000000000ULL },
		{ 0x0db6000000000000ULL, 0xfffe000000000000ULL },
		{ 0xffff000000000001ULL, 0xfffff24800000001ULL },
		{ 0xffffffffffff0db7ULL, 0xffffffffffff0000ULL },
		{ 0xffffffff0db70001ULL, 0xffffffff00000001ULL },
	};
	struct spec spec = FIGURE_3;
	struct pmt_map_rule rule;
	u64 lo;
	int i;

	spec.csum = PMT_CSUM_NEUTRAL;
	init_rule(test, &rule, &spec);
	KUNIT_EXPECT_FALSE(test, rule.neutral_sid);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		lo = t[i].lo;
		KUNIT_EXPECT_TRUE(test, pmt_map_lo(&rule, C6_HI, CP_HI, &lo));
		KUNIT_EXPECT_EQ(test, lo, t[i].want);
		KUNIT_EXPECT_TRUE(test, pmt_map_lo(&rule, CP_HI, C6_HI, &lo));
		KUNIT_EXPECT_EQ(test, lo, t[i].lo);
	}
	lo = ~0ULL;
	KUNIT_EXPECT_FALSE(test, pmt_map_lo(&rule, C6_HI, CP_HI, &lo));
	KUNIT_EXPECT_EQ(test, lo, ~0ULL);
	for (i = 0; i < 0xffff; i++) {
		u64 there = (u64)i << 48 | 5;

		lo = there;
		KUNIT_ASSERT_TRUE(test, pmt_map_lo(&rule, C6_HI, CP_HI, &lo));
		/* the sum of the whole address stays */
		KUNIT_ASSERT_EQ(test,
				add16(slow_sum(C6_HI), slow_sum(there)) % 0xffff,
				add16(slow_sum(CP_HI), slow_sum(lo)) % 0xffff);
		KUNIT_ASSERT_NE(test, (u16)(lo >> 48), 0xffff);
		KUNIT_ASSERT_TRUE(test, pmt_map_lo(&rule, CP_HI, C6_HI, &lo));
		KUNIT_ASSERT_EQ(test, lo, there);
	}
	spec.csum = PMT_CSUM_ADJUST;
	init_rule(test, &rule, &spec);
	lo = 0x0db7;
	KUNIT_EXPECT_TRUE(test, pmt_map_lo(&rule, C6_HI, CP_HI, &lo));
	KUNIT_EXPECT_EQ(test, lo, 0x0db7ULL);
}

/* RFC 6296 3.4: the subnet-ID takes the difference; ffff can't come back */
static void map_neutral_sid(struct kunit *test)
{
	static const struct spec spec = {
		0x20010db800000000ULL, 32, 0x64400000, 16, 0, 16, PMT_CSUM_NEUTRAL
	};
	struct pmt_conf *conf = make_conf(test, &spec, 1);
	const struct pmt_map_rule *rule;
	struct pmt_map_answer answer;
	u64 lo = 0x1234;
	int sid;

	/* 2002 + 6440 - 2001 - 0db8 = 5689, which subnet-ID 1 is added to */
	KUNIT_ASSERT_EQ(test, pmt_map_find(&conf->map, 0x64400506, 1, &rule), PMT_OK);
	KUNIT_EXPECT_TRUE(test, rule->neutral_sid);
	KUNIT_EXPECT_EQ(test, pmt_map_provider(rule, 0x64400506, 1),
			0x20010db80506568aULL);
	KUNIT_EXPECT_TRUE(test, pmt_map_lo(rule, C6_HI, CP_HI, &lo));
	KUNIT_EXPECT_EQ(test, lo, 0x1234ULL);
	for (sid = 0; sid < 0xffff; sid++) {
		u64 from = 0x2002644005060000ULL | sid;
		u64 to = pmt_map_provider(rule, 0x64400506, sid);

		KUNIT_ASSERT_EQ(test, slow_sum(from) % 0xffff, slow_sum(to) % 0xffff);
		KUNIT_ASSERT_EQ(test, pmt_map_in(&conf->map, to, &answer), PMT_OK);
		KUNIT_ASSERT_EQ(test, answer.customer, from);
	}
	KUNIT_EXPECT_EQ(test, pmt_map_find(&conf->map, 0x64400506, 0xffff, &rule),
			PMT_SID);
	KUNIT_EXPECT_NULL(test, rule);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db80506ffffULL, &answer),
			PMT_NOMAP);
}

static void map_overlaps(struct kunit *test)
{
	static const struct {
		struct spec a, b;
		enum pmt_map_error err;
	} t[] = {
		{ FIGURE_3, FIGURE_3, PMT_MAP_PROVIDER_OVERLAP },
		{ FIGURE_3, { 0x20010db8ff000000ULL, 40, 0x0a000000, 8, 0, 0, 0 },
		  PMT_MAP_PROVIDER_OVERLAP },
		{ FIGURE_3, { 0x20010db900000000ULL, 32, 0, 0, 1, 0, 0 }, PMT_MAP_OK },
		{ FIGURE_3, { 0x20010db900000000ULL, 32, 0, 0, 0, 0, 0 },
		  PMT_MAP_SUBNET_OVERLAP },
		{ FIGURE_3, { 0x20010db900000000ULL, 32, 0, 1, 0, 0, 0 }, PMT_MAP_OK },
		{ { 0x2400000000000000ULL, 28, 0, 0, 8, 3, 0 },
		  { 0x2401000000000000ULL, 28, 0, 0, 15, 0, 0 },
		  PMT_MAP_SUBNET_OVERLAP },
		{ { 0x2400000000000000ULL, 28, 0, 0, 8, 3, 0 },
		  { 0x2401000000000000ULL, 28, 0, 0, 16, 4, 0 }, PMT_MAP_OK },
	};
	struct pmt_map_rule rules[2];
	struct pmt_map *map;
	void *mem;
	int i;

	map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);
	mem = kunit_kzalloc(test, pmt_map_size(2), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, map && mem);
	for (i = 0; i < 2 * ARRAY_SIZE(t); i++) {
		init_rule(test, &rules[i & 1], &t[i / 2].a);
		init_rule(test, &rules[~i & 1], &t[i / 2].b);
		KUNIT_EXPECT_EQ_MSG(test, pmt_map_build(map, mem, rules, 2),
				    t[i / 2].err, "line %d", i / 2);
	}
	KUNIT_EXPECT_EQ(test, pmt_map_build(map, mem, rules, PMT_RULES_MAX + 1),
			PMT_MAP_TOO_MANY);
}

/* REQUIREMENTS section 9, written once more */
static const struct {
	u32 first, last;
	bool hard;
} section_9[] = {
	{ 0x00000000, 0x00ffffff, true },	/* 0.0.0.0/8 */
	{ 0x7f000000, 0x7fffffff, true },	/* 127.0.0.0/8 */
	{ 0xa9fe0000, 0xa9feffff, true },	/* 169.254.0.0/16 */
	{ 0xe0000000, 0xefffffff, true },	/* 224.0.0.0/4 */
	{ 0xf0000000, 0xffffffff, true },	/* 240.0.0.0/4 */
	{ 0xc0586300, 0xc05863ff, true },	/* 192.88.99.0/24 */
	{ 0x0a000000, 0x0affffff, false },	/* 10.0.0.0/8 */
	{ 0xac100000, 0xac1fffff, false },	/* 172.16.0.0/12 */
	{ 0xc0a80000, 0xc0a8ffff, false },	/* 192.168.0.0/16 */
	{ 0xc0000000, 0xc00000ff, false },	/* 192.0.0.0/24 */
	{ 0xc0000200, 0xc00002ff, false },	/* 192.0.2.0/24 */
	{ 0xc6120000, 0xc613ffff, false },	/* 198.18.0.0/15 */
	{ 0xc6336400, 0xc63364ff, false },	/* 198.51.100.0/24 */
	{ 0xcb007100, 0xcb0071ff, false },	/* 203.0.113.0/24 */
};

/* May a rule for @start to @last serve @v4? */
static bool slow_serves(u32 v4, u32 start, u32 last)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(section_9); i++) {
		if (v4 < section_9[i].first || v4 > section_9[i].last)
			continue;
		if (section_9[i].hard || start < section_9[i].first ||
		    last > section_9[i].last)
			return false;
	}
	return true;
}

/* Every range at its ends and beside them, under 0.0.0.0/0 alone and beside a rule
 * of its own
 */
static void map_builtin(struct kunit *test)
{
	static const struct spec specs[] = {
		FIGURE_3,
		{ 0x2401000000000000ULL, 32, 0x0a000000, 8, 0, 0, 0 },
		{ 0x2402000000000000ULL, 32, 0x0a010000, 16, 0, 0, 0 },
		{ 0x2403000000000000ULL, 32, 0x7f000000, 8, 0, 0, 0 },
		{ 0x2404000000000000ULL, 32, 0xc0000000, 8, 0, 0, 0 },
		{ 0x2405000000000000ULL, 32, 0xe0000000, 32, 0, 0, 0 },
	};
	struct pmt_conf *one = make_conf(test, specs, 1);
	struct pmt_conf *all = make_conf(test, specs, ARRAY_SIZE(specs));
	const struct pmt_map_rule *rule;
	u32 start, seen = 0;
	int i, k;
	u8 len;

	for (i = 0; i < ARRAY_SIZE(section_9); i++) {
		u32 first = section_9[i].first, last = section_9[i].last;
		u32 v4[] = { first - 1, first, last, last + 1 };

		for (k = 0; k < 4; k++) {
			bool served = slow_serves(v4[k], 0, ~0U);
			bool hard = section_9[i].hard && (k == 1 || k == 2);

			KUNIT_EXPECT_EQ_MSG(test, pmt_map_find(&one->map, v4[k], 0,
							       &rule),
					    served ? PMT_OK : PMT_BOGON, "%x", v4[k]);
			KUNIT_EXPECT_EQ(test, pmt_map_is_bogon(&one->map, v4[k]),
					!served);
			if (k == 1 || k == 2)
				KUNIT_EXPECT_EQ(test, pmt_map_is_hard(v4[k], 32),
						hard);
			KUNIT_EXPECT_EQ(test, pmt_map_is_global(v4[k]), served);
		}
		KUNIT_EXPECT_FALSE(test, pmt_map_is_hard(first, 3));
	}
	KUNIT_EXPECT_TRUE(test, pmt_map_is_global(0x643fffff));
	KUNIT_EXPECT_FALSE(test, pmt_map_is_global(0x64400000));
	KUNIT_EXPECT_FALSE(test, pmt_map_is_global(0x647fffff));
	KUNIT_EXPECT_TRUE(test, pmt_map_is_global(0x64800000));
	KUNIT_EXPECT_TRUE(test, pmt_map_is_hard(0xe0000000, 4));
	KUNIT_EXPECT_FALSE(test, pmt_map_is_hard(0xc0586300, 23));

	/* the rule inside opens 10/8, and its /16 what is inside of that */
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0x0a020304, 0, &rule), PMT_OK);
	KUNIT_EXPECT_EQ(test, rule->provider.prefix, 0x2401000000000000ULL);
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0x0a01ffff, 0, &rule), PMT_OK);
	KUNIT_EXPECT_EQ(test, rule->provider.prefix, 0x2402000000000000ULL);
	/* but neither falls back to 0.0.0.0/0 */
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0x0a01ffff, 1, &rule), PMT_SID);
	/* nothing opens a hard range, and a rule around one opens no soft one */
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0x7f000001, 0, &rule),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0xe0000000, 0, &rule),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0xc0a80001, 0, &rule),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, pmt_map_find(&all->map, 0xc0010001, 0, &rule), PMT_OK);
	KUNIT_EXPECT_EQ(test, rule->provider.prefix, 0x2404000000000000ULL);

	for (i = 0; pmt_map_builtin(i, &start, &len); i++)
		for (k = 0; k < ARRAY_SIZE(section_9); k++)
			if (section_9[k].first == start &&
			    section_9[k].last - start == 0xffffffffU >> len)
				seen |= 1 << k;
	KUNIT_EXPECT_EQ(test, i, (int)ARRAY_SIZE(section_9));
	KUNIT_EXPECT_EQ(test, seen, (1U << ARRAY_SIZE(section_9)) - 1);
}

/* R57 */
static void map_empty(struct kunit *test)
{
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	const struct pmt_map_rule *rule;
	struct pmt_map_answer answer;
	u64 hi;

	KUNIT_EXPECT_EQ(test, pmt_map_find(&conf->map, C_V4, 0, &rule), PMT_NOMAP);
	KUNIT_EXPECT_EQ(test, pmt_map_find(&conf->map, 0x7f000001, 0, &rule),
			PMT_BOGON);
	for (hi = 0; hi < 256; hi++) {
		KUNIT_EXPECT_NULL(test, pmt_map_find_provider(&conf->map, hi << 56));
		KUNIT_EXPECT_NULL(test, pmt_map_find_provider(&conf->map,
							      ~(hi << 56)));
	}
	pmt_map_ask_v4(&conf->map, C_V4, &answer);
	KUNIT_EXPECT_EQ(test, answer.reason, PMT_NOMAP);
	KUNIT_EXPECT_EQ(test, answer.customer, C6_HI);
	KUNIT_EXPECT_EQ(test, answer.provider, 0ULL);
}

/* R6: bits that the form leaves zero, another rule's customers, ranges never served */
static void map_inverse(struct kunit *test)
{
	static const struct spec specs[] = {
		FIGURE_3,
		{ 0x20010db944000000ULL, 40, 0x64400000, 10, 0, 0, 0 },
		{ 0x2400000000000000ULL, 32, 0x08000000, 8, 0x30, 4, 0 },
	};
	struct pmt_conf *conf = make_conf(test, specs, ARRAY_SIZE(specs));
	struct pmt_map_answer answer;

	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, CP_HI, &answer), PMT_OK);
	KUNIT_EXPECT_EQ(test, answer.customer, C6_HI);
	KUNIT_EXPECT_EQ(test, answer.provider, CP_HI);
	KUNIT_EXPECT_EQ(test, answer.v4, C_V4);
	KUNIT_EXPECT_EQ(test, answer.reason, PMT_OK);

	/* 100.72.3.9 has the longer prefix; its pad of two bits must be zero */
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db944200c24ULL, &answer),
			PMT_OK);
	KUNIT_EXPECT_EQ(test, answer.customer, 0x2002644803090000ULL);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db944200c25ULL, &answer),
			PMT_NOMAP);
	KUNIT_EXPECT_NULL(test, answer.rule);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db864480309ULL, &answer),
			PMT_NOMAP);
	KUNIT_EXPECT_EQ(test, answer.v4, 0x64480309U);
	KUNIT_EXPECT_NULL(test, answer.rule);

	/* 8.1.2.3, subnet 0x35, with a pad of four bits */
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x2400000001020305ULL, &answer),
			PMT_OK);
	KUNIT_EXPECT_EQ(test, answer.customer, 0x2002080102030035ULL);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x2400000001020315ULL, &answer),
			PMT_NOMAP);

	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db87f000001ULL, &answer),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, 0x20010db80a000001ULL, &answer),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, pmt_map_in(&conf->map, P_HI, &answer), PMT_NOMAP);

	pmt_map_ask_hi(&conf->map, C6_HI, &answer);
	KUNIT_EXPECT_EQ(test, answer.provider, CP_HI);
	pmt_map_ask_hi(&conf->map, CP_HI, &answer);
	KUNIT_EXPECT_EQ(test, answer.customer, C6_HI);
	pmt_map_ask_hi(&conf->map, C6_HI | 5, &answer);
	KUNIT_EXPECT_EQ(test, answer.reason, PMT_SID);
	/* by the subnet-ID that a rule serves, if it does not serve 0 */
	pmt_map_ask_v4(&conf->map, 0x08010203, &answer);
	KUNIT_EXPECT_EQ(test, answer.sid, 0);
	KUNIT_EXPECT_EQ(test, answer.provider, 0x20010db808010203ULL);
}

/* What REQUIREMENTS R5 and section 9 say, rule by rule */
static enum pmt_counter slow_find(const struct spec *specs, u32 n, u32 v4, u16 sid,
				  const struct spec **best)
{
	bool covered = false, refused = false;
	int best_len = -1;
	u32 i;

	*best = NULL;
	if (!slow_serves(v4, v4, v4))
		return PMT_BOGON;
	for (i = 0; i < n; i++) {
		u32 last = specs[i].v4 + (u32)((1ULL << (32 - specs[i].v4_len)) - 1);
		bool holds;

		if (v4 < specs[i].v4 || v4 > last)
			continue;
		holds = sid >= specs[i].sid &&
			sid < specs[i].sid + (1 << specs[i].sid_bits);
		covered |= slow_serves(v4, specs[i].v4, last);
		if (holds && specs[i].v4_len > best_len) {
			best_len = specs[i].v4_len;
			refused = !slow_serves(v4, specs[i].v4, last);
			*best = &specs[i];
		}
	}
	if (refused)
		*best = NULL;
	if (*best)
		return PMT_OK;
	/* in an explicit range, what no rule inside covers is a bogon by itself */
	if (refused || (!covered && !slow_serves(v4, 0, ~0U)))
		return PMT_BOGON;
	return covered ? PMT_SID : PMT_NOMAP;
}

/* A random set, prefixes crowded around few places so that they nest */
static u32 random_specs(struct rnd_state *rnd, struct spec *specs, u32 n)
{
	static const u32 places[] = {
		0x08000000, 0x0a000000, 0x0a010200, 0x64400000, 0x7f000000,
		0xac100000, 0xc0000200, 0xc0586300, 0xdfffffff, 0xffffffff, 0
	};
	u32 i, k, made = 0;

	for (i = 0; i < n; i++) {
		struct spec s = {};
		u32 r = prandom_u32_state(rnd);

		s.v4_len = r % 33;
		s.v4 = places[r / 64 % ARRAY_SIZE(places)];
		if (r & BIT(31))
			s.v4 ^= prandom_u32_state(rnd) >> (r >> 20 & 31);
		s.v4 &= s.v4_len ? ~0U << (32 - s.v4_len) : 0;
		s.sid_bits = (r >> 12) % 4;
		s.sid = (prandom_u32_state(rnd) & 15) & (0xffff << s.sid_bits);
		/* provider prefixes: each in a /20 of its own, of any length behind */
		s.plen = min(20 + prandom_u32_state(rnd) % 45,
			     32U + s.v4_len - s.sid_bits);
		s.provider = 0x2400000000000000ULL | (u64)i << 44 |
			     random64(rnd) >> 20;
		s.provider &= ~0ULL << (64 - s.plen);
		for (k = 0; k < made; k++)
			if (specs[k].v4 == s.v4 && specs[k].v4_len == s.v4_len &&
			    specs[k].sid < s.sid + (1 << s.sid_bits) &&
			    s.sid < specs[k].sid + (1 << specs[k].sid_bits))
				break;
		if (k == made)
			specs[made++] = s;
	}
	return made;
}

/* Both look-ups, their octet tables and ranges, against a walk over all rules */
static void map_random(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 3, 8, 40, 120 };
	const struct pmt_map_rule *rule;
	struct pmt_map_answer answer;
	struct spec *specs;
	struct rnd_state rnd;
	int round, i;
	u32 n, k;

	prandom_seed_state(&rnd, 3);
	specs = kunit_kcalloc(test, 120, sizeof(*specs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, specs);
	for (round = 0; round < 24; round++) {
		const struct spec *want;
		struct pmt_conf *conf;

		n = random_specs(&rnd, specs, sizes[round % ARRAY_SIZE(sizes)]);
		conf = make_conf(test, specs, n);
		for (i = 0; i < 1500; i++) {
			u32 r = prandom_u32_state(&rnd);
			const struct spec *s = &specs[r % n];
			u32 v4 = prandom_u32_state(&rnd);
			u16 sid = r >> 28;
			enum pmt_counter reason;
			u64 hi;

			/* in, at the ends of, or beside a rule or a range */
			switch (r >> 20 & 3) {
			case 0:
				v4 = s->v4 | (u64)v4 >> s->v4_len;
				break;
			case 1:
				v4 = s->v4 - 1 + (r >> 24 & 1);
				break;
			case 2:
				v4 = section_9[v4 % ARRAY_SIZE(section_9)].first - 1 +
				     (r >> 24 & 1);
				break;
			}
			reason = slow_find(specs, n, v4, sid, &want);
			KUNIT_ASSERT_EQ_MSG(test,
					    pmt_map_find(&conf->map, v4, sid, &rule),
					    reason, "round %d: %x %x", round, v4, sid);
			KUNIT_ASSERT_EQ(test, !!rule, !!want);
			if (!want)
				continue;
			KUNIT_ASSERT_EQ_MSG(test, rule->provider.prefix,
					    want->provider, "round %d: %x %x", round,
					    v4, sid);
			hi = pmt_map_provider(rule, v4, sid);
			KUNIT_ASSERT_EQ(test, pmt_map_in(&conf->map, hi, &answer),
					PMT_OK);
			KUNIT_ASSERT_EQ(test, answer.v4, v4);
			KUNIT_ASSERT_EQ(test, answer.sid, sid);
			KUNIT_ASSERT_PTR_EQ(test, answer.rule, rule);
		}
		for (i = 0; i < 1500; i++) {
			u32 r = prandom_u32_state(&rnd);
			const struct spec *s = &specs[r % n];
			u64 hi = random64(&rnd);
			u64 found = 0;

			if (r & BIT(30))
				hi = s->provider - 1 + (r >> 28 & 1);
			else if (r & BIT(31))
				hi = s->provider | (s->plen < 64 ? hi >> s->plen : 0);
			for (k = 0; k < n; k++)
				if (hi >> (64 - specs[k].plen) ==
				    specs[k].provider >> (64 - specs[k].plen))
					found = specs[k].provider;
			rule = pmt_map_find_provider(&conf->map, hi);
			KUNIT_ASSERT_EQ_MSG(test, rule ? rule->provider.prefix : 0,
					    found, "round %d: %llx", round, hi);
		}
	}
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(map_rule_limits),
	KUNIT_CASE(map_worked_numbers),
	KUNIT_CASE(map_delta),
	KUNIT_CASE(map_delta_fixed),
	KUNIT_CASE(map_neutral_iid),
	KUNIT_CASE(map_neutral_sid),
	KUNIT_CASE(map_overlaps),
	KUNIT_CASE(map_builtin),
	KUNIT_CASE(map_empty),
	KUNIT_CASE(map_inverse),
	KUNIT_CASE(map_random),
	{}
};

static struct kunit_suite map_suite = {
	.name = "pmt_map",
	.init = kunit_init_case,
	.test_cases = map_cases,
};

kunit_test_suite(map_suite);
