// SPDX-License-Identifier: GPL-2.0
/*
 * The policy: what a customer's IPv4 prefix gets (R51-R57, R68). Longest match
 * among up to PMT_POLICY_MAX entries.
 *
 * The table has a slot for each /16. A slot is an action, or a chunk when there
 * are prefixes longer than 16 bits in it: these, sorted, for dumps and changes,
 * and the disjoint ranges that they make, for look-ups. Chunks are immutable and
 * shared by the tables that follow each other; a change builds anew only those
 * that it touches.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "pmt.h"

#define N_SLOTS		65536
#define WIDE_LEN	16	/* prefixes up to here are in the wide list */
#define IS_ACTION	1UL	/* tag of a slot; chunks are aligned */

/* A prefix inside a chunk: the lower half of its address */
struct pmt_sub {
	u16 addr;
	u8 len;			/* 17 to 32 */
	u8 action;
};

/* Four arrays stand behind each other, for there are many small chunks */
struct pmt_chunk {
	refcount_t refs;	/* tables that it is in */
	u32 n_subs;
	u32 n_ranges;
	u8 under;		/* what the wide list gives the slot */
	u16 data[];		/* u16 start[n_ranges]: of each range; the first is 0
				 * u16 addr[n_subs]: of each prefix, sorted
				 * u8 what[n_subs]: its len - 17 << 4 | action
				 * u8 action[n_ranges]
				 */
};

static const u16 *chunk_addr(const struct pmt_chunk *chunk)
{
	return chunk->data + chunk->n_ranges;
}

static const u8 *chunk_what(const struct pmt_chunk *chunk)
{
	return (const u8 *)(chunk_addr(chunk) + chunk->n_subs);
}

static const u8 *chunk_action(const struct pmt_chunk *chunk)
{
	return chunk_what(chunk) + chunk->n_subs;
}

static struct pmt_sub chunk_sub(const struct pmt_chunk *chunk, u32 i)
{
	u8 what = chunk_what(chunk)[i];

	return (struct pmt_sub){
		.addr = chunk_addr(chunk)[i],
		.len = (what >> 4) + WIDE_LEN + 1,
		.action = what & 0xf,
	};
}

struct pmt_policy {
	refcount_t refs;	/* configurations that it is in, transactions */
	u32 n;			/* entries */
	u32 n_wide;
	u64 id;			/* sum of the entries' hashes */
	struct pmt_entry *wide;	/* by address, then length */
	unsigned long slot[N_SLOTS];
};

static unsigned long action_slot(u8 action)
{
	return (unsigned long)action << 1 | IS_ACTION;
}

/**
 * pmt_policy_look_up() - what a customer gets
 * @policy: the table
 * @v4: the customer
 */
enum pmt_action pmt_policy_look_up(const struct pmt_policy *policy, u32 v4)
{
	const struct pmt_chunk *chunk;
	unsigned long slot;
	const u16 *base;
	u32 n;

	slot = policy->slot[v4 >> 16];
	if (slot & IS_ACTION)
		return slot >> 1;
	chunk = (const struct pmt_chunk *)slot;
	base = chunk->data;
	n = chunk->n_ranges;
	while (n > 1) {
		u32 half = n / 2;

		base += base[half] <= (u16)v4 ? half : 0;
		n -= half;
	}
	return chunk_action(chunk)[base - chunk->data];
}

static void chunk_put(unsigned long slot)
{
	struct pmt_chunk *chunk = (struct pmt_chunk *)slot;

	if (!(slot & IS_ACTION) && refcount_dec_and_test(&chunk->refs))
		kvfree(chunk);
}

void pmt_policy_get(struct pmt_policy *policy)
{
	if (policy)
		refcount_inc(&policy->refs);
}

/**
 * pmt_policy_put() - drop a reference; the last frees the table
 * @policy: may be NULL; no packet sees it any more
 */
void pmt_policy_put(struct pmt_policy *policy)
{
	u32 i;

	if (!policy || !refcount_dec_and_test(&policy->refs))
		return;
	for (i = 0; i < N_SLOTS; i++)
		chunk_put(policy->slot[i]);
	kvfree(policy->wide);
	kvfree(policy);
}

/**
 * pmt_policy_copy() - a table of one's own, to change
 * @old: may be NULL
 *
 * Return: NULL when out of memory.
 */
struct pmt_policy *pmt_policy_copy(const struct pmt_policy *old)
{
	struct pmt_policy *new;
	u32 i;

	new = kvmalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	refcount_set(&new->refs, 1);
	new->n = 0;
	new->n_wide = 0;
	new->id = 0;
	new->wide = NULL;
	if (!old) {
		for (i = 0; i < N_SLOTS; i++)
			new->slot[i] = action_slot(PMT_ACTION_DEFAULT);
		return new;
	}
	if (old->n_wide) {
		new->wide = kvmalloc_array(old->n_wide, sizeof(*new->wide),
					   GFP_KERNEL_ACCOUNT);
		if (!new->wide) {
			kvfree(new);
			return NULL;
		}
		memcpy(new->wide, old->wide, old->n_wide * sizeof(*new->wide));
	}
	new->n = old->n;
	new->n_wide = old->n_wide;
	new->id = old->id;
	for (i = 0; i < N_SLOTS; i++) {
		new->slot[i] = old->slot[i];
		if (!(new->slot[i] & IS_ACTION))
			refcount_inc(&((struct pmt_chunk *)new->slot[i])->refs);
	}
	return new;
}

static u64 entry_hash(u32 addr, u8 len, u8 action)
{
	static const siphash_key_t key;

	return siphash_2u64(addr, len << 8 | action, &key);
}

/**
 * pmt_entry_cmp() - the order of entries: enclosing prefixes first
 * @a: struct pmt_entry
 * @b: struct pmt_entry
 */
int pmt_entry_cmp(const void *a, const void *b)
{
	const struct pmt_entry *ea = a, *eb = b;

	if (ea->addr != eb->addr)
		return ea->addr < eb->addr ? -1 : 1;
	return ea->len - eb->len;
}

static int sub_cmp(struct pmt_sub a, struct pmt_sub b)
{
	if (a.addr != b.addr)
		return a.addr < b.addr ? -1 : 1;
	return a.len - b.len;
}

/**
 * pmt_policy_exact() - the entry of exactly this prefix
 * @policy: may be NULL
 * @addr: the prefix
 * @len: its length
 *
 * Return: its action, or PMT_ACTION_DEFAULT when there is no such entry.
 */
u8 pmt_policy_exact(const struct pmt_policy *policy, u32 addr, u8 len)
{
	const struct pmt_entry key = { .addr = addr, .len = len }, *entry;
	const struct pmt_sub sub_key = { .addr = addr, .len = len };
	const struct pmt_chunk *chunk;
	u32 from = 0, to;

	if (!policy)
		return PMT_ACTION_DEFAULT;
	if (len <= WIDE_LEN) {
		entry = policy->n_wide ?
			bsearch(&key, policy->wide, policy->n_wide, sizeof(key),
				pmt_entry_cmp) : NULL;
		return entry ? entry->action : PMT_ACTION_DEFAULT;
	}
	if (policy->slot[addr >> 16] & IS_ACTION)
		return PMT_ACTION_DEFAULT;
	chunk = (const struct pmt_chunk *)policy->slot[addr >> 16];
	for (to = chunk->n_subs; from < to;) {
		u32 mid = (from + to) / 2;
		struct pmt_sub sub = chunk_sub(chunk, mid);
		int cmp = sub_cmp(sub, sub_key);

		if (!cmp)
			return sub.action;
		if (cmp < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return PMT_ACTION_DEFAULT;
}

/* A prefix of the list that is swept by flatten(), and its end */
struct level {
	u32 last;
	u8 action;
};

/* Write the disjoint ranges of the sorted prefixes in 16 bits of address, the
 * first at 0 and of action @under. Return: how many; there is room for twice the
 * prefixes and one.
 */
static u32 flatten(const struct pmt_sub *subs, u32 n_subs, u8 under, u16 *start,
		   u8 *action)
{
	struct level stack[17] = { { 0xffff, under } };
	struct level *top = stack;
	u32 n = 0, i, at;

	start[n] = 0;
	action[n++] = under;
	for (i = 0; i <= n_subs; i++) {
		u32 next = i < n_subs ? subs[i].addr : 0x10000;

		while (top > stack && top->last < next) {
			at = top->last + 1;
			top--;
			if (at > 0xffff)
				break;
			if (start[n - 1] == at) {
				action[n - 1] = top->action;
			} else if (action[n - 1] != top->action) {
				start[n] = at;
				action[n++] = top->action;
			}
		}
		if (i == n_subs)
			break;
		top++;
		top->last = next | (0xffff >> (subs[i].len - WIDE_LEN));
		top->action = subs[i].action;
		if (start[n - 1] == next) {
			action[n - 1] = top->action;
		} else if (action[n - 1] != top->action) {
			start[n] = next;
			action[n++] = top->action;
		}
	}
	return n;
}

/* Scratch of one change, as large as its largest chunk needs */
struct scratch {
	struct pmt_sub *subs;
	u16 *start;
	u8 *action;
	u32 room;		/* in subs */
};

static void scratch_free(struct scratch *scratch)
{
	kvfree(scratch->subs);
	kvfree(scratch->start);
	kvfree(scratch->action);
	memset(scratch, 0, sizeof(*scratch));
}

static int scratch_grow(struct scratch *scratch, u32 n)
{
	u32 room = roundup_pow_of_two(n + 64);

	if (n <= scratch->room)
		return 0;
	scratch_free(scratch);
	scratch->subs = kvmalloc_array(room, sizeof(*scratch->subs),
				       GFP_KERNEL);
	scratch->start = kvmalloc_array(2 * room + 1, sizeof(*scratch->start),
					GFP_KERNEL);
	scratch->action = kvmalloc(2 * room + 1, GFP_KERNEL);
	if (!scratch->subs || !scratch->start || !scratch->action)
		return -ENOMEM;
	scratch->room = room;
	return 0;
}

/* A slot of these prefixes over @under; 0 when out of memory */
static unsigned long make_slot(struct scratch *scratch, u32 n_subs, u8 under)
{
	struct pmt_chunk *chunk;
	u32 n, i;
	u8 *what;
	u16 *addr;

	if (!n_subs)
		return action_slot(under);
	n = flatten(scratch->subs, n_subs, under, scratch->start,
		    scratch->action);
	chunk = kvmalloc(struct_size(chunk, data, n + n_subs) + n_subs + n,
			 GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return 0;
	refcount_set(&chunk->refs, 1);
	chunk->n_subs = n_subs;
	chunk->n_ranges = n;
	chunk->under = under;
	memcpy(chunk->data, scratch->start, n * sizeof(*chunk->data));
	addr = chunk->data + n;
	what = (u8 *)(addr + n_subs);
	for (i = 0; i < n_subs; i++) {
		addr[i] = scratch->subs[i].addr;
		what[i] = (scratch->subs[i].len - WIDE_LEN - 1) << 4 |
			  scratch->subs[i].action;
	}
	memcpy(what + n_subs, scratch->action, n);
	return (unsigned long)chunk;
}

/* Would the changes be right, and what do they do to the sums? */
static int check_changes(struct pmt_policy *policy,
			 const struct pmt_entry *changes, u32 n_changes,
			 enum pmt_policy_op op, u32 *bad)
{
	u32 n = policy->n, i;
	u64 id = policy->id;

	for (i = 0; i < n_changes; i++) {
		const struct pmt_entry *change = &changes[i];
		u8 old = pmt_policy_exact(policy, change->addr, change->len);
		bool is_old = old != PMT_ACTION_DEFAULT;

		*bad = i;
		if (is_old && op == PMT_POLICY_ADD)
			return -EEXIST;
		if (op == PMT_POLICY_DEL &&
		    (!is_old || (change->action != PMT_ACTION_DEFAULT &&
				 change->action != old)))
			return -ENOENT;
		if (is_old)
			id -= entry_hash(change->addr, change->len, old);
		else if (++n > PMT_POLICY_MAX)
			return -ENOSPC;
		if (op == PMT_POLICY_DEL)
			n--;
		else
			id += entry_hash(change->addr, change->len,
					 change->action);
	}
	policy->n = n;
	policy->id = id;
	return 0;
}

static int change_wide(struct pmt_policy *policy,
		       const struct pmt_entry *changes, u32 n_changes,
		       enum pmt_policy_op op)
{
	struct pmt_entry *wide;
	u32 i, k = 0, n = 0;

	for (i = 0; i < n_changes; i++)
		n += changes[i].len <= WIDE_LEN;
	if (!n)
		return 0;
	wide = kvmalloc_array(policy->n_wide + n, sizeof(*wide),
			      GFP_KERNEL_ACCOUNT);
	if (!wide)
		return -ENOMEM;
	n = 0;
	for (i = 0; i < n_changes; i++) {
		if (changes[i].len > WIDE_LEN)
			continue;
		while (k < policy->n_wide &&
		       pmt_entry_cmp(&policy->wide[k], &changes[i]) < 0)
			wide[n++] = policy->wide[k++];
		if (k < policy->n_wide &&
		    !pmt_entry_cmp(&policy->wide[k], &changes[i]))
			k++;
		if (op != PMT_POLICY_DEL)
			wide[n++] = changes[i];
	}
	while (k < policy->n_wide)
		wide[n++] = policy->wide[k++];
	kvfree(policy->wide);
	policy->wide = wide;
	policy->n_wide = n;
	return 0;
}

/* Bring the slots in line with the wide list and with the changes of longer
 * prefixes, @under being what the wide list gives each slot
 */
static int change_slots(struct pmt_policy *policy,
			const struct pmt_entry *changes, u32 n_changes,
			enum pmt_policy_op op, const u8 *under)
{
	struct scratch scratch = {};
	u32 slot, i = 0;
	int err = 0;

	for (slot = 0; slot < N_SLOTS; slot++) {
		const struct pmt_chunk *chunk = NULL;
		u32 k = 0, n = 0, n_old = 0, end;
		unsigned long new;

		while (i < n_changes && changes[i].len <= WIDE_LEN)
			i++;
		if (!(policy->slot[slot] & IS_ACTION)) {
			chunk = (const struct pmt_chunk *)policy->slot[slot];
			n_old = chunk->n_subs;
		}
		if (i == n_changes || changes[i].addr >> 16 != slot) {
			if (!chunk) {
				policy->slot[slot] = action_slot(under[slot]);
				continue;
			}
			if (chunk->under == under[slot])
				continue;
		}
		for (end = i; end < n_changes &&
		     changes[end].addr >> 16 == slot; end++)
			;
		err = scratch_grow(&scratch, n_old + end - i);
		if (err)
			break;
		for (; i < end; i++) {
			struct pmt_sub sub = {
				.addr = changes[i].addr,
				.len = changes[i].len,
				.action = changes[i].action,
			};

			if (sub.len <= WIDE_LEN)
				continue;
			while (k < n_old && sub_cmp(chunk_sub(chunk, k), sub) < 0)
				scratch.subs[n++] = chunk_sub(chunk, k++);
			if (k < n_old && !sub_cmp(chunk_sub(chunk, k), sub))
				k++;
			if (op != PMT_POLICY_DEL)
				scratch.subs[n++] = sub;
		}
		while (k < n_old)
			scratch.subs[n++] = chunk_sub(chunk, k++);
		new = make_slot(&scratch, n, under[slot]);
		if (!new) {
			err = -ENOMEM;
			break;
		}
		chunk_put(policy->slot[slot]);
		policy->slot[slot] = new;
		cond_resched();
	}
	scratch_free(&scratch);
	return err;
}

/**
 * pmt_policy_apply() - change a table that nobody else sees
 * @policy: from pmt_policy_copy()
 * @changes: sorted by pmt_entry_cmp(), each prefix once
 * @n_changes: how many
 * @op: what to do with all of them
 * @bad: where one was wrong
 *
 * Return: 0; -EEXIST, -ENOENT or -ENOSPC for changes[*bad], and then nothing was
 * changed; -ENOMEM, and then the table is good for pmt_policy_put() only.
 */
int pmt_policy_apply(struct pmt_policy *policy, const struct pmt_entry *changes,
		     u32 n_changes, enum pmt_policy_op op, u32 *bad)
{
	u32 i;
	u8 *under;
	int err;

	err = check_changes(policy, changes, n_changes, op, bad);
	if (err)
		return err;
	err = change_wide(policy, changes, n_changes, op);
	if (err)
		return err;
	under = kvmalloc(N_SLOTS, GFP_KERNEL);
	if (!under)
		return -ENOMEM;
	/* enclosing prefixes come first, so the longest has the last word */
	memset(under, PMT_ACTION_DEFAULT, N_SLOTS);
	for (i = 0; i < policy->n_wide; i++)
		memset(&under[policy->wide[i].addr >> 16],
		       policy->wide[i].action,
		       1U << (WIDE_LEN - policy->wide[i].len));
	err = change_slots(policy, changes, n_changes, op, under);
	kvfree(under);
	return err;
}

/**
 * pmt_policy_next() - walk all entries in their order
 * @policy: may be NULL
 * @iter: where to go on; all zero at the start
 * @entry: the next one
 *
 * Return: false when there is none left.
 */
bool pmt_policy_next(const struct pmt_policy *policy,
		     struct pmt_policy_iter *iter, struct pmt_entry *entry)
{
	const struct pmt_chunk *chunk = NULL;
	struct pmt_sub sub;

	if (!policy)
		return false;
	for (; iter->slot < N_SLOTS; iter->slot++, iter->sub = 0) {
		if (policy->slot[iter->slot] & IS_ACTION)
			continue;
		chunk = (const struct pmt_chunk *)policy->slot[iter->slot];
		if (iter->sub < chunk->n_subs)
			break;
		chunk = NULL;
	}
	if (chunk) {
		sub = chunk_sub(chunk, iter->sub);
		*entry = (struct pmt_entry){
			.addr = iter->slot << 16 | sub.addr,
			.len = sub.len,
			.action = sub.action,
		};
	}
	if (iter->wide < policy->n_wide &&
	    (!chunk || pmt_entry_cmp(&policy->wide[iter->wide], entry) < 0)) {
		*entry = policy->wide[iter->wide++];
		return true;
	}
	iter->sub++;
	return chunk;
}

/**
 * pmt_policy_match() - the entry that decides about a customer
 * @policy: may be NULL
 * @v4: the customer
 * @entry: answer
 * @is_builtin: it is of the built-in table; that has no action
 *
 * Return: false when none does.
 */
bool pmt_policy_match(const struct pmt_policy *policy, u32 v4,
		      struct pmt_entry *entry, bool *is_builtin)
{
	u32 i;
	int len;

	*is_builtin = true;
	for (i = 0; pmt_map_builtin(i, &entry->addr, &entry->len); i++)
		if (pmt_map_is_hard(entry->addr, entry->len) &&
		    !((v4 ^ entry->addr) >> (32 - entry->len)))
			return true;
	*is_builtin = false;
	for (len = 32; len >= 0; len--) {
		entry->addr = len ? v4 & ~0U << (32 - len) : 0;
		entry->len = len;
		entry->action = pmt_policy_exact(policy, entry->addr, len);
		if (entry->action != PMT_ACTION_DEFAULT)
			return true;
	}
	return false;
}

u32 pmt_policy_count(const struct pmt_policy *policy)
{
	return policy ? policy->n : 0;
}

/**
 * pmt_policy_id() - hash of the entries, equal on equal relays
 * @policy: may be NULL
 */
u64 pmt_policy_id(const struct pmt_policy *policy)
{
	return policy ? policy->id : 0;
}

#ifdef PMT_KUNIT
#include "policy_kunit.c"
#endif
