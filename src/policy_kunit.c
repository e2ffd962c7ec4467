// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of policy.c: R51, R52, R68, against a plain list of entries */
#include "kunit.h"

#define MODEL_MAX	600

/* All entries, in no order */
struct list_model {
	u32 n;
	struct pmt_entry e[MODEL_MAX];
};

static bool covers(const struct pmt_entry *e, u32 v4)
{
	return !e->len || !((v4 ^ e->addr) >> (32 - e->len));
}

static struct pmt_entry *model_exact(struct list_model *m, u32 addr, u8 len)
{
	u32 i;

	for (i = 0; i < m->n; i++)
		if (m->e[i].addr == addr && m->e[i].len == len)
			return &m->e[i];
	return NULL;
}

static const struct pmt_entry *model_match(const struct list_model *m, u32 v4)
{
	const struct pmt_entry *best = NULL;
	u32 i;

	for (i = 0; i < m->n; i++)
		if (covers(&m->e[i], v4) && (!best || m->e[i].len > best->len))
			best = &m->e[i];
	return best;
}

static u32 some_v4(struct rnd_state *rnd, const struct list_model *m)
{
	u32 r = prandom_u32_state(rnd), v4 = prandom_u32_state(rnd);

	if (m->n && r & 3) {
		const struct pmt_entry *e = &m->e[(r >> 8) % m->n];
		u32 last = e->addr | (u32)(0xffffffffULL >> e->len);

		switch (r & 3) {
		case 1:
			return e->addr - (r >> 2 & 1);
		case 2:
			return last + (r >> 2 & 1);
		default:
			return e->addr | (u64)v4 >> e->len;
		}
	}
	return v4;
}

/* The table is the list, however it is asked */
static void expect_same(struct kunit *test, struct rnd_state *rnd,
			const struct pmt_policy *policy, struct list_model *m,
			int asked)
{
	struct pmt_policy_iter iter = {};
	struct pmt_entry entry, last = {};
	bool is_builtin;
	u32 n = 0;
	int i;

	KUNIT_ASSERT_EQ(test, pmt_policy_count(policy), m->n);
	while (pmt_policy_next(policy, &iter, &entry)) {
		const struct pmt_entry *known = model_exact(m, entry.addr, entry.len);

		KUNIT_ASSERT_NOT_NULL_MSG(test, known, "%x/%u", entry.addr, entry.len);
		KUNIT_ASSERT_EQ(test, entry.action, known->action);
		/* in order, and so each once */
		if (n++)
			KUNIT_ASSERT_TRUE(test, last.addr < entry.addr ||
					  (last.addr == entry.addr &&
					   last.len < entry.len));
		last = entry;
	}
	KUNIT_ASSERT_EQ(test, n, m->n);
	for (i = 0; i < asked; i++) {
		u32 v4 = some_v4(rnd, m);
		u8 len = prandom_u32_state(rnd) % 33;
		u32 addr = v4 & (u32)(0xffffffff00000000ULL >> len);
		const struct pmt_entry *want = model_match(m, v4), *exact;

		KUNIT_ASSERT_EQ_MSG(test, pmt_policy_find(policy, v4),
				    want ? want->action : PMT_ACTION_DEFAULT,
				    "%x", v4);
		exact = model_exact(m, addr, len);
		KUNIT_ASSERT_EQ(test, pmt_policy_exact(policy, addr, len),
				exact ? exact->action : PMT_ACTION_DEFAULT);
		if (want) {
			KUNIT_ASSERT_EQ(test, pmt_policy_exact(policy, want->addr,
							       want->len),
					want->action);
		}
		if (pmt_map_is_hard(v4, 32))
			continue;
		KUNIT_ASSERT_EQ(test, pmt_policy_match(policy, v4, &entry,
						       &is_builtin), !!want);
		KUNIT_ASSERT_FALSE(test, is_builtin);
		if (!want)
			continue;
		KUNIT_ASSERT_EQ(test, entry.addr, want->addr);
		KUNIT_ASSERT_EQ(test, entry.len, want->len);
		KUNIT_ASSERT_EQ(test, entry.action, want->action);
	}
}

/* Crowded into two /16s and their neighbours, so that prefixes nest */
static struct pmt_entry random_entry(struct rnd_state *rnd)
{
	static const u32 places[] = { 0x08000000, 0x0801ff00, 0x08020000, 0xffffff00 };
	u32 r = prandom_u32_state(rnd);
	struct pmt_entry e = {
		.addr = places[r & 3],
		.len = (r >> 2) % 33,
		.action = (r >> 8) % __PMT_ACTION_MAX,
	};

	if (r >> 16 & 3)
		e.addr ^= prandom_u32_state(rnd) >> (12 + (r >> 18) % 20);
	if ((r >> 16 & 7) == 7)
		e.addr = prandom_u32_state(rnd);
	e.addr &= (u32)(0xffffffff00000000ULL >> e.len);
	return e;
}

/* A sorted batch of different prefixes, those of entries when @known */
static u32 random_batch(struct rnd_state *rnd, struct list_model *m,
			struct pmt_entry *batch, u32 max, int known)
{
	u32 n = prandom_u32_state(rnd) % max + 1, i, k, made = 0;

	for (i = 0; i < n; i++) {
		struct pmt_entry e = random_entry(rnd);

		if (known && m->n) {
			u8 action = e.action;

			e = m->e[prandom_u32_state(rnd) % m->n];
			e.action = action;
		}
		for (k = made; k && pmt_entry_cmp(&batch[k - 1], &e) > 0; k--)
			;
		if (k && !pmt_entry_cmp(&batch[k - 1], &e))
			continue;
		memmove(&batch[k + 1], &batch[k], (made - k) * sizeof(*batch));
		batch[k] = e;
		made++;
	}
	return made;
}

static void model_apply(struct list_model *m, const struct pmt_entry *e,
			enum pmt_policy_op op)
{
	struct pmt_entry *old = model_exact(m, e->addr, e->len);

	if (op == PMT_POLICY_DEL)
		*old = m->e[--m->n];
	else if (old)
		old->action = e->action;
	else
		m->e[m->n++] = *e;
}

/* What pmt_policy_apply() ought to answer */
static int model_check(struct list_model *m, const struct pmt_entry *batch, u32 n,
		       enum pmt_policy_op op, u32 *bad)
{
	for (*bad = 0; *bad < n; (*bad)++) {
		const struct pmt_entry *e = &batch[*bad];
		const struct pmt_entry *old = model_exact(m, e->addr, e->len);

		if (op == PMT_POLICY_ADD && old)
			return -EEXIST;
		if (op == PMT_POLICY_DEL &&
		    (!old || (e->action != PMT_ACTION_DEFAULT &&
			      e->action != old->action)))
			return -ENOENT;
	}
	return 0;
}

static void policy_random(struct kunit *test)
{
	struct pmt_policy *policy, *other;
	struct list_model *m, *frozen;
	struct pmt_entry *batch;
	struct rnd_state rnd;
	int i, done[3] = {}, refused[3] = {};
	u64 id;

	prandom_seed_state(&rnd, 11);
	m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	frozen = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	batch = kunit_kcalloc(test, 64, sizeof(*batch), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, m && frozen && batch);
	policy = make_policy(test, NULL, 0);
	for (i = 0; i < 90; i++) {
		u32 r = prandom_u32_state(&rnd), n, k, bad, want_bad;
		enum pmt_policy_op op = r % 3;
		int want, err;

		if (m->n > MODEL_MAX - 64)
			op = PMT_POLICY_DEL;
		n = random_batch(&rnd, m, batch, r & 64 ? 40 : 3,
				 op == PMT_POLICY_DEL || r & 128);
		if (op == PMT_POLICY_DEL)
			for (k = 0; k < n; k++)
				if (r & 256)
					batch[k].action = PMT_ACTION_DEFAULT;
		want = model_check(m, batch, n, op, &want_bad);
		id = pmt_policy_id(policy);
		other = NULL;
		if (i % 4 == 0) {	/* the copy changes, the old one must not */
			other = policy;
			*frozen = *m;
			policy = pmt_policy_copy(other);
			KUNIT_ASSERT_NOT_NULL(test, policy);
			KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
									free_policy,
									policy), 0);
		}
		err = pmt_policy_apply(policy, batch, n, op, &bad);
		KUNIT_ASSERT_EQ_MSG(test, err, want, "step %d", i);
		if (want) {
			KUNIT_ASSERT_EQ(test, bad, want_bad);
			KUNIT_ASSERT_EQ(test, pmt_policy_id(policy), id);
			refused[op]++;
		} else {
			for (k = 0; k < n; k++)
				model_apply(m, &batch[k], op);
			done[op]++;
		}
		expect_same(test, &rnd, policy, m, 60);
		if (other) {
			expect_same(test, &rnd, other, frozen, 30);
			KUNIT_ASSERT_EQ(test, pmt_policy_id(other), id);
			kunit_release_action(test, free_policy, other);
		}
	}
	/* it was a test of something */
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_GT(test, done[i], 3);
		if (i != PMT_POLICY_REPLACE)
			KUNIT_EXPECT_GT(test, refused[i], 3);
	}
	KUNIT_EXPECT_GT(test, m->n, 0);
}

/* The id says what is in the table, not how it came there; no two tables have one */
static void policy_id(struct kunit *test)
{
	static const struct pmt_entry a[] = {
		{ 0x08000000, 8, PMT_ACTION_DROP },
		{ 0x08000000, 24, PMT_ACTION_REJECT },
	};
	static const struct pmt_entry longer = { 0x08000000, 9, PMT_ACTION_DROP };
	static const struct pmt_entry changed = { 0x08000000, 8, PMT_ACTION_PASS };
	struct pmt_policy *p = make_policy(test, a, 2), *q = make_policy(test, a, 1);
	u64 id = pmt_policy_id(p);
	u32 bad;

	KUNIT_EXPECT_EQ(test, pmt_policy_id(NULL), 0ULL);
	KUNIT_EXPECT_EQ(test, pmt_policy_count(NULL), 0U);
	KUNIT_EXPECT_EQ(test, pmt_policy_exact(NULL, 0x08000000, 8),
			PMT_ACTION_DEFAULT);
	KUNIT_EXPECT_NE(test, id, pmt_policy_id(q));
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(q, a + 1, 1, PMT_POLICY_ADD, &bad), 0);
	KUNIT_EXPECT_EQ(test, id, pmt_policy_id(q));
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(q, &changed, 1, PMT_POLICY_REPLACE,
					       &bad), 0);
	KUNIT_EXPECT_NE(test, id, pmt_policy_id(q));
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(q, a, 1, PMT_POLICY_REPLACE, &bad), 0);
	KUNIT_EXPECT_EQ(test, id, pmt_policy_id(q));
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(q, a, 1, PMT_POLICY_DEL, &bad), 0);
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(q, &longer, 1, PMT_POLICY_ADD, &bad),
			0);
	KUNIT_EXPECT_NE(test, id, pmt_policy_id(q));
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(p, a, 2, PMT_POLICY_DEL, &bad), 0);
	KUNIT_EXPECT_EQ(test, pmt_policy_id(p), 0ULL);
	KUNIT_EXPECT_EQ(test, pmt_policy_count(p), 0U);
}

/* A hard range decides before any entry; a soft one is no entry at all */
static void policy_match_builtin(struct kunit *test)
{
	static const struct pmt_entry all = { 0, 0, PMT_ACTION_DROP };
	struct pmt_policy *policy = make_policy(test, &all, 1);
	struct pmt_entry entry;
	bool is_builtin;

	KUNIT_EXPECT_TRUE(test, pmt_policy_match(policy, 0x7f123456, &entry,
						 &is_builtin));
	KUNIT_EXPECT_TRUE(test, is_builtin);
	KUNIT_EXPECT_EQ(test, entry.addr, 0x7f000000U);
	KUNIT_EXPECT_EQ(test, entry.len, 8);
	KUNIT_EXPECT_TRUE(test, pmt_policy_match(policy, 0x0a123456, &entry,
						 &is_builtin));
	KUNIT_EXPECT_FALSE(test, is_builtin);
	KUNIT_EXPECT_EQ(test, entry.len, 0);
	KUNIT_EXPECT_EQ(test, entry.action, PMT_ACTION_DROP);
	KUNIT_EXPECT_FALSE(test, pmt_policy_match(NULL, 0x0a123456, &entry,
						  &is_builtin));
	KUNIT_EXPECT_FALSE(test, is_builtin);
}

/* What no change touches is not copied but shared, and lives as long as its last table */
static void policy_sharing(struct kunit *test)
{
	static const struct pmt_entry two[] = {
		{ 0x08000100, 24, PMT_ACTION_DROP },
		{ 0x08010100, 24, PMT_ACTION_REJECT },
	};
	static const struct pmt_entry more = { 0x08010200, 24, PMT_ACTION_PASS };
	struct pmt_policy *old = make_policy(test, two, 2), *new;
	u32 bad;

	new = pmt_policy_copy(old);
	KUNIT_ASSERT_NOT_NULL(test, new);
	KUNIT_EXPECT_EQ(test, pmt_policy_apply(new, &more, 1, PMT_POLICY_ADD, &bad), 0);
	KUNIT_EXPECT_EQ(test, old->slot[0x800], new->slot[0x800]);
	KUNIT_EXPECT_NE(test, old->slot[0x801], new->slot[0x801]);
	KUNIT_EXPECT_EQ(test, old->slot[0x802], new->slot[0x802]);
	pmt_policy_get(old);
	kunit_release_action(test, free_policy, old);
	KUNIT_EXPECT_EQ(test, pmt_policy_find(old, 0x080101ff), PMT_ACTION_REJECT);
	pmt_policy_put(old);
	/* KASAN would tell */
	KUNIT_EXPECT_EQ(test, pmt_policy_find(new, 0x080001ff), PMT_ACTION_DROP);
	KUNIT_EXPECT_EQ(test, pmt_policy_find(new, 0x080101ff), PMT_ACTION_REJECT);
	KUNIT_EXPECT_EQ(test, pmt_policy_find(new, 0x08010200), PMT_ACTION_PASS);
	KUNIT_EXPECT_EQ(test, pmt_policy_find(new, 0x08010300), PMT_ACTION_DEFAULT);
	pmt_policy_put(new);
	pmt_policy_put(NULL);
}

/* A slot as full as it can be: every prefix length over every address */
static void policy_full_slot(struct kunit *test)
{
	struct pmt_entry *all;
	struct pmt_policy *policy;
	u32 n = 0, v4, len;
	const u32 step = 32;	/* all /32, as many addresses as a test has time for */

	all = alloc_kv(test, (65536 / step * 3 + 64) * sizeof(*all));
	for (v4 = 0x08000000; v4 < 0x08010000; v4 += step)
		for (len = 15; len <= 32; len++)
			if (len == 32 || (len < 28 && !(v4 << len)))
				all[n++] = (struct pmt_entry){
					v4, len, len % __PMT_ACTION_MAX
				};
	policy = make_policy(test, all, n);
	KUNIT_EXPECT_EQ(test, pmt_policy_count(policy), n);
	for (v4 = 0x08000000; v4 < 0x08010000; v4 += step) {
		KUNIT_ASSERT_EQ(test, pmt_policy_find(policy, v4),
				32 % __PMT_ACTION_MAX);
		KUNIT_ASSERT_EQ(test, pmt_policy_find(policy, v4 + 1),
				27 % __PMT_ACTION_MAX);
	}
	KUNIT_EXPECT_EQ(test, pmt_policy_find(policy, 0x08010000),
			15 % __PMT_ACTION_MAX);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_random),
	KUNIT_CASE(policy_id),
	KUNIT_CASE(policy_match_builtin),
	KUNIT_CASE(policy_sharing),
	KUNIT_CASE(policy_full_slot),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "pmt_policy",
	.init = kunit_init_case,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
