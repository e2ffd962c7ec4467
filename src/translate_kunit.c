// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of translate.c: R24-R39. Each packet is made of bytes with a checksum
 * that is right; what is wanted is the same bytes with the other address and with
 * the checksum added up anew.
 */
#include "kunit.h"

/* How the stack may hand a packet over */
struct shape {
	enum layout layout;
	bool cloned;
	u8 summed;
};

static const u8 summed[] = { CHECKSUM_NONE, CHECKSUM_UNNECESSARY, CHECKSUM_COMPLETE,
			     CHECKSUM_PARTIAL };

/* All of them, for a loop */
static bool nth_shape(int i, struct shape *shape)
{
	*shape = (struct shape){
		.layout = i % N_LAYOUTS,
		.cloned = i / N_LAYOUTS % 2,
	};
	i /= N_LAYOUTS * 2;
	if (i == ARRAY_SIZE(summed))
		return false;
	shape->summed = summed[i];
	return true;
}

/* The packet comes in the shape, is translated, and is compared with what is wanted.
 * @l4: its transport header, csum 0: nothing that a card could finish. Return: what
 * pmt_translate() answered.
 */
static enum pmt_counter
translate_as(struct kunit *test, const struct pmt_conf *conf,
	     const struct bytes *in, const struct bytes *want, const struct l4 *l4,
	     const struct pmt_map_answer *answer, enum pmt_dir dir,
	     const struct shape *shape)
{
	static struct bytes left, out;	/* the tests run one by one */
	struct sk_buff *skb, *clone = NULL;
	enum pmt_counter reason;

	left = *in;
	/* a card finishes what holds the sum of the pseudo header */
	if (shape->summed == CHECKSUM_PARTIAL)
		set16(&left, l4->csum, pseudo_sum(in, l4));
	skb = make_skb(&left, shape->layout);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb->ip_summed = shape->summed;
	if (shape->summed == CHECKSUM_PARTIAL) {
		skb->csum_start = skb_headroom(skb) + l4->at;
		skb->csum_offset = l4->csum - l4->at;
	} else if (shape->summed == CHECKSUM_COMPLETE) {
		skb->csum = (__force __wsum)htons(sum_bytes(left.at, left.len, 0));
	}
	if (shape->cloned)
		clone = skb_clone(skb, GFP_KERNEL);

	rcu_read_lock();
	local_bh_disable();
	reason = pmt_translate(conf, skb, answer, dir);
	local_bh_enable();
	rcu_read_unlock();

	if (clone)
		KUNIT_EXPECT_TRUE_MSG(test, skb_is(clone, &left),
				      "the clone changed; layout %d",
				      shape->layout);
	kfree_skb(clone);
	if (reason) {
		kfree_skb(skb);
		return reason;
	}
	out.len = skb->len;
	KUNIT_EXPECT_EQ(test, skb_copy_bits(skb, 0, out.at, skb->len), 0);
	KUNIT_EXPECT_EQ(test, (u8)skb->ip_summed, shape->summed);
	if (shape->summed == CHECKSUM_COMPLETE)
		KUNIT_EXPECT_EQ_MSG(test, ntohs((__force __be16)
						~csum_fold(skb->csum)) % 0xffff,
				    sum_bytes(out.at, out.len, 0) % 0xffff,
				    "CHECKSUM_COMPLETE; layout %d",
				    shape->layout);
	if (shape->summed == CHECKSUM_PARTIAL) {
		u16 sum = ~sum_bytes(out.at + l4->at, l4->end - l4->at, 0);

		KUNIT_EXPECT_EQ(test, skb_checksum_start_offset(skb), l4->at);
		if (!sum && (l4->proto == 17 || l4->proto == 136))
			sum = 0xffff;
		set16(&out, l4->csum, sum);
	}
	KUNIT_EXPECT_EQ(test, out.len, want->len);
	if (memcmp(out.at, want->at, want->len)) {
		KUNIT_FAIL(test, "layout %d cloned %d ip_summed %d direction %d",
			   shape->layout, shape->cloned, shape->summed, dir);
		KUNIT_EXPECT_MEMEQ(test, out.at, want->at, want->len);
	}
	kfree_skb(skb);
	return reason;
}

static const struct spec rules[] = {
	FIGURE_3,
	{ 0x2001000100000000ULL, 32, 0, 0, 0, 0, PMT_CSUM_ADJUST }, /* delta: ffff */
	{ 0x2400000000000000ULL, 28, 0, 0, 0, 0, PMT_CSUM_ADJUST }, /* not fixed */
	{ 0x20010db800000000ULL, 32, 0, 0, 0, 0, PMT_CSUM_NEUTRAL },
	{ 0x20010db800000000ULL, 32, 0x0c980000, 16, 0, 16, PMT_CSUM_NEUTRAL },
};

static struct pmt_map_answer answer_for(struct kunit *test,
					const struct pmt_conf *conf, u64 customer)
{
	struct pmt_map_answer answer;

	pmt_map_ask_hi(&conf->map, customer, &answer);
	KUNIT_ASSERT_EQ(test, answer.reason, PMT_OK);
	return answer;
}

/* The packet of @in after its translation, with the checksum of @l4 added up anew
 * unless @keep: then only the address changes
 */
static void want_translated(struct kunit *test, const struct pmt_map_answer *answer,
			    enum pmt_dir dir, const struct bytes *in,
			    struct bytes *want, const struct l4 *l4, bool keep)
{
	unsigned int at = dir == PMT_OUT ? 8 : 24;

	*want = *in;
	set64(want, at, dir == PMT_OUT ? answer->provider : answer->customer);
	if (!keep)
		fill_right(want, l4);
}

/* Make the right checksum a certain number by a word behind the header. Return:
 * false when there is none that does, as 0 for UDP
 */
static bool steer(struct bytes *p, const struct l4 *l4, u16 csum)
{
	unsigned int at = l4->end - PAYLOAD + (l4->end - PAYLOAD - l4->at) % 2;
	u16 sum;

	set16(p, at, 0);
	sum = ~right_csum(p, l4);
	set16(p, at, add16((u16)~csum, (u16)~sum));
	fill_right(p, l4);
	return get16(p, l4->csum) == csum;
}

/* R24, R26, R39: every protocol, in every shape, with every checksum at a corner, by
 * every kind of rule, both ways
 */
static void translate_protocols(struct kunit *test)
{
	static const u16 corners[] = { 0x1234, 0, 1, 0xfffe, 0xffff, 0x0db6, 0x0db7,
				       0x0db8, 0xf247, 0xf248, 0xf249 };
	static const char * const protos[] = { "T", "U", "L", "D", "I", "M" };
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	int r, p, c, i, steered = 0;

	for (r = 0; r < 3; r++) {
		struct pmt_conf *conf = make_conf(test, &rules[r], 1);
		struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
		u64 provider = answer.provider;

		for (p = 0; p < ARRAY_SIZE(protos) * ARRAY_SIZE(corners) * 2; p++) {
			enum pmt_dir dir = p & 1;
			struct shape shape;
			struct l4 l4;

			c = p / 2 % ARRAY_SIZE(corners);
			in->len = 0;
			if (dir == PMT_OUT)
				l4 = put_packet(in, C6_HI, IID, P_HI, P_LO,
						protos[p / 2 / ARRAY_SIZE(corners)]);
			else
				l4 = put_packet(in, P_HI, P_LO, provider, IID,
						protos[p / 2 / ARRAY_SIZE(corners)]);
			steered += steer(in, &l4, corners[c]);
			want_translated(test, &answer, dir, in, want, &l4, false);
			for (i = 0; nth_shape(i, &shape); i++) {
				/* all shapes once a protocol, then one by turns */
				if ((r || c) && i != p * 5 % 32)
					continue;
				KUNIT_ASSERT_EQ(test,
						translate_as(test, conf, in, want,
							     &l4, &answer, dir,
							     &shape),
						PMT_OK);
			}
		}
	}
	KUNIT_EXPECT_GT(test, steered, 3 * 6 * 2 * 9);
}

/* R26: UDP 0 stays 0, and CHECKSUM_COMPLETE takes in the address alone. UDP-Lite has
 * no such 0.
 */
static void translate_udp_zero(struct kunit *test)
{
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct shape shape;
	struct l4 l4;
	int i;

	l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, "U");
	set16(in, l4.csum, 0);
	want_translated(test, &answer, PMT_OUT, in, want, &l4, true);
	for (i = 0; nth_shape(i, &shape); i++)
		if (shape.summed != CHECKSUM_PARTIAL)
			KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4,
							   &answer, PMT_OUT, &shape),
					PMT_OK);
	in->len = 0;
	l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, "L");
	set16(in, l4.csum, 0);
	want_translated(test, &answer, PMT_OUT, in, want, &l4, true);
	set16(want, l4.csum, 0xf248);	/* ~(~0 + 0db7) */
	shape = (struct shape){ LINEAR };
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4, &answer,
					   PMT_OUT, &shape), PMT_OK);
}

/* R25: by how much a checksum is wrong stays */
static void translate_wrong_csum(struct kunit *test)
{
	static const char * const protos[] = { "T", "U", "L", "D", "I", "M" };
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct shape shape = { PAGED };
	struct l4 l4;
	int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		in->len = 0;
		l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, protos[i]);
		steer(in, &l4, 0x4321);
		want_translated(test, &answer, PMT_OUT, in, want, &l4, false);
		set16(in, l4.csum, 0x4321 + 0x100);
		set16(want, l4.csum, get16(want, l4.csum) + 0x100);
		KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4, &answer,
						   PMT_OUT, &shape), PMT_OK);
	}
}

/* RFC 6296: the address alone keeps the sum; ESP and all else stay */
static void translate_neutral(struct kunit *test)
{
	static const char * const chains[] = { "T", "U", "E", "hT", "l", "S", "I" };
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	int r, i, k;

	for (r = 3; r <= 4; r++) {
		struct pmt_conf *conf = make_conf(test, &rules[r], 1);
		struct pmt_map_answer answer;

		answer = answer_for(test, conf, r == 3 ? C6_HI : C6_HI | 0x77);
		for (k = 0; k < ARRAY_SIZE(chains) * 2; k++) {
			enum pmt_dir dir = k & 1;
			struct shape shape;
			struct l4 l4;

			in->len = 0;
			if (dir == PMT_OUT) {
				l4 = put_packet(in, answer.customer, IID, P_HI, P_LO,
						chains[k / 2]);
				*want = *in;
				set64(want, 8, answer.provider);
				if (r == 3)	/* 0000 -> f248 */
					set16(want, 16, 0xf248);
			} else {
				u64 lo = IID | (r == 3 ? 0xf248ULL << 48 : 0);

				l4 = put_packet(in, P_HI, P_LO, answer.provider, lo,
						chains[k / 2]);
				*want = *in;
				set64(want, 24, answer.customer);
				set16(want, 32, 0);
			}
			if (l4.csum)
				KUNIT_EXPECT_EQ(test, right_csum(want, &l4),
						right_csum(in, &l4));
			for (i = k % 3; nth_shape(i, &shape); i += 5)
				if (l4.csum || shape.summed != CHECKSUM_PARTIAL)
					KUNIT_ASSERT_EQ(test,
							translate_as(test, conf, in,
								     want, &l4,
								     &answer, dir,
								     &shape),
							PMT_OK);
		}
		/* no word that could take it */
		in->len = 0;
		put_packet(in, answer.customer, ~0ULL, P_HI, P_LO, "T");
		*want = *in;
		set64(want, 8, answer.provider);
		KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &(struct l4){},
						   &answer, PMT_OUT,
						   &(struct shape){ LINEAR }),
				r == 3 ? PMT_NOMAP : PMT_OK);
	}
}

/* R21, R27-R32: what the headers in front of, or in place of, a checksum do. Capital
 * and small letters: kunit.h.
 */
static const struct chain_case {
	const char *chain;
	enum pmt_counter out, in;	/* what is answered */
	bool keep_out, keep_in;		/* the transport checksum stays */
	enum pmt_counter counts;	/* although the packet passes */
} chains[] = {
	{ "hT" }, { "dU" }, { "hdT" }, { "hdrdT" }, { "rI" }, { "aT" }, { "hafU" },
	{ "fT" }, { "haI" }, { "hhhhhhhT" }, { "hhhhhhhhT" }, { "daM" }, { "aD" },
	{ "hhhhhhhhhT", PMT_MALFORMED, PMT_MALFORMED },
	/* the checksum is over the last destination, which is elsewhere */
	{ "RT", .keep_in = true }, { "hRdU", .keep_in = true },
	{ "0T", PMT_RH0, PMT_RH0 }, { "h0T", PMT_RH0, PMT_RH0 },
	/* no checksum, or none that we reach */
	{ "lT", .keep_out = true, .keep_in = true },
	{ "hlU", .keep_out = true, .keep_in = true },
	{ "l0T", .keep_out = true, .keep_in = true },
	{ "S", .keep_out = true, .keep_in = true },
	{ "E", .keep_out = true, .keep_in = true },
	{ "G", .keep_out = true, .keep_in = true },
	{ "4", .keep_out = true, .keep_in = true },
	{ "6", .keep_out = true, .keep_in = true },
	{ "N", .keep_out = true, .keep_in = true },
	{ "hS", .keep_out = true, .keep_in = true },
	{ "fS", .keep_out = true, .keep_in = true },
	{ "X", .keep_out = true, .keep_in = true, .counts = PMT_L4UNKNOWN },
	{ "dX", .keep_out = true, .keep_in = true, .counts = PMT_L4UNKNOWN },
	{ "AT", .keep_out = true, .keep_in = true, .counts = PMT_AH },
	{ "hAU", .keep_out = true, .keep_in = true, .counts = PMT_AH },
	{ "hn", PMT_ND, PMT_ND },	/* R19 */
};

static void translate_chains(struct kunit *test)
{
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	int i, k;

	for (k = 0; k < ARRAY_SIZE(chains) * 2; k++) {
		const struct chain_case *c = &chains[k / 2];
		enum pmt_dir dir = k & 1;
		bool keep = dir == PMT_OUT ? c->keep_out : c->keep_in;
		enum pmt_counter reason = dir == PMT_OUT ? c->out : c->in;
		struct shape shape;
		struct l4 l4;
		u64 before;

		in->len = 0;
		if (dir == PMT_OUT)
			l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, c->chain);
		else
			l4 = put_packet(in, P_HI, P_LO, CP_HI, IID, c->chain);
		want_translated(test, &answer, dir, in, want, &l4, keep);
		for (i = k % 5; nth_shape(i, &shape); i += 7) {
			/* nobody asks a card to sum a part, or for another's address */
			if (shape.summed == CHECKSUM_PARTIAL && (keep || !l4.csum))
				continue;
			before = counted(conf, c->counts);
			KUNIT_EXPECT_EQ_MSG(test,
					    translate_as(test, conf, in, want, &l4,
							 &answer, dir, &shape),
					    reason, "%s", c->chain);
			if (c->counts)
				KUNIT_EXPECT_EQ_MSG(test, counted(conf, c->counts),
						    before + 1, "%s", c->chain);
		}
	}
}

/* A checksum that a card is to finish, but further inside: ours is complete (R39b) */
static void translate_inner_partial(struct kunit *test)
{
	static const char * const protos[] = { "U", "T", "dU", "6", "G" };
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct sk_buff *skb;
	struct l4 l4;
	int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		in->len = 0;
		l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, protos[i]);
		want_translated(test, &answer, PMT_OUT, in, want, &l4, !l4.csum);
		skb = make_skb(in, LINEAR);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + l4.at + 10;
		skb->csum_offset = 2;
		rcu_read_lock();
		local_bh_disable();
		KUNIT_EXPECT_EQ(test, pmt_translate(conf, skb, &answer, PMT_OUT),
				PMT_OK);
		local_bh_enable();
		rcu_read_unlock();
		KUNIT_EXPECT_TRUE_MSG(test, skb_is(skb, want), "%s", protos[i]);
		kfree_skb(skb);
	}
}

/* R29, R32: a packet cut short at every length behind the IPv6 header: translated as
 * soon as the checksum is in it, or has none to be in it; refused before
 */
static void translate_cut(struct kunit *test)
{
	static const struct {
		const char *chain;
		unsigned int whole;	/* bytes behind the IPv6 header */
		enum pmt_counter reason;
	} t[] = {
		{ "T", 18, PMT_MALFORMED }, { "U", 8, PMT_MALFORMED },
		{ "L", 8, PMT_MALFORMED }, { "D", 8, PMT_MALFORMED },
		{ "I", 4, PMT_MALFORMED }, { "M", 6, PMT_MALFORMED },
		{ "hT", 26, PMT_MALFORMED }, { "dU", 24, PMT_MALFORMED },
		{ "fU", 16, PMT_TINYFRAG }, { "fdT", 42, PMT_TINYFRAG },
		{ "aT", 26, PMT_MALFORMED }, { "lT", 8, PMT_MALFORMED },
		{ "hE", 8, PMT_MALFORMED }, { "rT", 42, PMT_MALFORMED },
		{ "fI", 12, PMT_TINYFRAG },
	};
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct shape shape = { .cloned = true };
	struct l4 l4 = {};
	unsigned int n, full;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		in->len = 0;
		put_packet(in, C6_HI, IID, P_HI, P_LO, t[i].chain);
		full = in->len;
		for (n = 0; n <= min(full - 40, t[i].whole + 3); n++) {
			enum pmt_counter want_reason = t[i].reason;

			/* a fragment's own header must be there to be one */
			if (t[i].chain[0] == 'f' && n < 8)
				want_reason = PMT_MALFORMED;
			if (n >= t[i].whole)
				want_reason = PMT_OK;
			in->len = 40 + n;
			l4.end = in->len;
			/* the sum of what is there need not be right */
			want_translated(test, &answer, PMT_OUT, in, want, &l4, true);
			if (want_reason == PMT_OK && t[i].chain[0] != 'l' &&
			    t[i].chain[1] != 'E') {
				unsigned int at = 40 + t[i].whole - 2;

				set16(want, at, ~add16((u16)~get16(in, at), 0x0db7));
			}
			shape.layout = n % N_LAYOUTS;
			KUNIT_ASSERT_EQ_MSG(test,
					    translate_as(test, conf, in, want, &l4,
							 &answer, PMT_OUT, &shape),
					    want_reason, "%s %u", t[i].chain, n);
		}
	}
}

/* ---- errors and what they quote ---- */

/* An ICMPv6 error with this quote, which is cut after @n bytes; its checksum right */
static struct l4 put_error(struct bytes *p, u64 src, u64 dst, u8 type,
			   const struct bytes *quote, unsigned int n)
{
	struct l4 l4 = { .at = 40, .csum = 42, .proto = 58 };
	bool out = pmt_hi_is_6to4(src);

	p->len = 0;
	put(p, 4, 0x60000000);
	put(p, 2, 8 + n);
	put(p, 1, 58);
	put(p, 1, 64);
	put(p, 8, src);
	put(p, 8, out ? IID : P_LO);
	put(p, 8, dst);
	put(p, 8, out ? P_LO : IID);
	put(p, 1, type);
	put(p, 3, 0);
	put(p, 4, type == 2 ? 1280 : 0);
	memcpy(p->at + p->len, quote->at, n);
	p->len += n;
	l4.end = p->len;
	fill_right(p, &l4);
	return l4;
}

/* What quotes are made of: @fix is where the checksum of the quoted packet is, 0 when
 * it has none or one that is not over its address
 */
static const struct quote_case {
	const char *chain;
	unsigned int fix;
	bool foreign_out;	/* in a quoted destination, R30 */
} quotes[] = {
	{ "T", 40 + 16 }, { "U", 40 + 6 }, { "I", 40 + 2 }, { "M", 40 + 4 },
	{ "hT", 48 + 16 }, { "fU", 48 + 6 }, { "lU", 0 }, { "E", 0 }, { "S", 0 },
	{ "AT", 0 }, { "X", 0 }, { "6", 0 },
	{ "RU", 64 + 6, true },
};

/* R33, R34: both ways, every protocol, cut at every length, in every shape by turns */
static void translate_quotes(struct kunit *test)
{
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct bytes *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	unsigned int n;
	struct shape shape;
	int i, shapes = 0;

	for (i = 0; i < 2 * ARRAY_SIZE(quotes); i++) {
		const struct quote_case *q = &quotes[i / 2];
		enum pmt_dir dir = i & 1;
		struct l4 inner;
		u16 fixed = 0;

		quote->len = 0;
		if (dir == PMT_OUT)
			inner = put_packet(quote, P_HI, P_LO, C6_HI, IID, q->chain);
		else
			inner = put_packet(quote, CP_HI, IID, P_HI, P_LO, q->chain);
		if (q->fix && !(q->foreign_out && dir == PMT_OUT)) {
			struct bytes *other = want;

			*other = *quote;
			set64(other, dir == PMT_OUT ? 24 : 8,
			      dir == PMT_OUT ? CP_HI : C6_HI);
			fixed = right_csum(other, &inner);
		}
		for (n = 0; n <= quote->len; n += n < 36 ? 12 : 1) {
			u8 type = 1 + n % 4;
			struct l4 l4;

			if (dir == PMT_OUT)
				l4 = put_error(in, C6_HI, P_HI, type, quote, n);
			else
				l4 = put_error(in, P_HI, CP_HI, type, quote, n);
			*want = *in;
			if (n >= 40) {
				set64(want, dir == PMT_OUT ? 8 : 24,
				      dir == PMT_OUT ? CP_HI : C6_HI);
				set64(want, 48 + (dir == PMT_OUT ? 24 : 8),
				      dir == PMT_OUT ? CP_HI : C6_HI);
				if (fixed && n >= q->fix + 2)
					set16(want, 48 + q->fix, fixed);
				fill_right(want, &l4);
			}
			nth_shape(shapes++ % 32, &shape);
			KUNIT_ASSERT_EQ_MSG(test,
					    translate_as(test, conf, in, want, &l4,
							 &answer, dir, &shape),
					    n < 40 ? dir == PMT_OUT ?
					    PMT_ICMP_OUT : PMT_ICMP_IN : PMT_OK,
					    "%s cut at %u", q->chain, n);
		}
	}
}

/* The worked one of REQUIREMENTS 0, whose numbers no code here added up */
static void translate_quote_worked(struct kunit *test)
{
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct bytes *want = new_bytes(test);
	struct l4 l4, inner = { 0, 40, 56, 60, 6 };

	/* CP -> P, SYN 40000 -> 80, seq 1, win 65535, hop limit 60 */
	put(quote, 8, 0x600000000014063cULL);
	put(quote, 8, CP_HI);
	put(quote, 8, IID);
	put(quote, 8, P_HI);
	put(quote, 8, P_LO);
	put(quote, 8, 0x9c40005000000001ULL);
	put(quote, 8, 0x000000005002ffffULL);
	put(quote, 4, 0);
	fill_right(quote, &inner);
	l4 = put_error(in, P_HI, CP_HI, 2, quote, quote->len);
	set64(in, 16, 1);	/* from 3fff::1 */
	fill_right(in, &l4);
	KUNIT_EXPECT_EQ(test, get16(in, l4.csum), 0xebf7);
	*want = *in;
	set64(want, 24, C6_HI);
	set64(want, 56, C6_HI);
	set64(quote, 8, C6_HI);
	set16(want, 48 + 56, right_csum(quote, &inner));
	set16(want, l4.csum, 0xf9ae);
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4, &answer, PMT_IN,
					   &(struct shape){ PAGED, true }), PMT_OK);
}

/* R36 and RFC 4443 2.4(e.1): what a quote must not be */
static void translate_quote_refused(struct kunit *test)
{
	static const struct spec specs[] = {
		FIGURE_3,
		{ 0x2400000000000000ULL, 32, 0x0c000000, 8, 7, 0, 0 },
	};
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, specs, 2);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	static const struct {
		u64 src, dst;
		const char *chain;
		u8 version;
		enum pmt_dir dir;
		enum pmt_counter reason;
	} t[] = {
		{ CP_HI, P_HI, "T", 6, PMT_IN, PMT_OK },
		{ CP_HI, P_HI, "e", 6, PMT_IN, PMT_ICMP_IN },	/* an error itself */
		{ CP_HI, P_HI, "x", 6, PMT_IN, PMT_ICMP_IN },
		{ CP_HI, P_HI, "hde", 6, PMT_IN, PMT_ICMP_IN },
		{ CP_HI, P_HI, "I", 6, PMT_IN, PMT_OK },
		{ CP_HI, P_HI, "T", 4, PMT_IN, PMT_ICMP_IN },
		{ OP_HI, P_HI, "T", 6, PMT_IN, PMT_ICMP_IN },	/* of another */
		{ C6_HI, P_HI, "T", 6, PMT_IN, PMT_ICMP_IN },	/* in the wrong form */
		{ P_HI, CP_HI, "T", 6, PMT_IN, PMT_ICMP_IN },	/* the wrong way */
		{ C6_HI | 5, P_HI, "T", 6, PMT_IN, PMT_SID },
		{ P_HI, C6_HI, "T", 6, PMT_OUT, PMT_OK },
		{ P_HI, C6_HI | 7, "T", 6, PMT_OUT, PMT_OK },	/* another subnet */
		{ P_HI, C6_HI | 5, "T", 6, PMT_OUT, PMT_SID },
		{ P_HI, C6_HI, "e", 6, PMT_OUT, PMT_ICMP_OUT },
		{ P_HI, O6_HI, "T", 6, PMT_OUT, PMT_ICMP_OUT },
		{ P_HI, CP_HI, "T", 6, PMT_OUT, PMT_ICMP_OUT },
		{ C6_HI, P_HI, "T", 6, PMT_OUT, PMT_ICMP_OUT },
		{ P_HI, C6_HI, "T", 5, PMT_OUT, PMT_ICMP_OUT },
	};
	struct sk_buff *skb;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		enum pmt_counter reason;

		quote->len = 0;
		put_packet(quote, t[i].src, IID, t[i].dst, P_LO, t[i].chain);
		quote->at[0] = t[i].version << 4;
		if (t[i].dir == PMT_OUT)
			put_error(in, C6_HI, P_HI, 3, quote, quote->len);
		else
			put_error(in, P_HI, CP_HI, 3, quote, quote->len);
		skb = make_skb(in, PAGED);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		rcu_read_lock();
		local_bh_disable();
		reason = pmt_translate(conf, skb, &answer, t[i].dir);
		local_bh_enable();
		rcu_read_unlock();
		KUNIT_EXPECT_EQ_MSG(test, reason, t[i].reason, "line %d", i);
		if (reason)	/* what does not pass has not been touched */
			KUNIT_EXPECT_TRUE_MSG(test, skb_is(skb, in), "line %d", i);
		kfree_skb(skb);
	}
}

/* RFC 4884: what stands behind the length that the error gives is no quote. Types
 * 1 and 3 have one, 2 and 4 don't.
 */
static void translate_quote_length(struct kunit *test)
{
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct bytes *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct l4 inner;
	u16 fixed;
	int type, length;

	inner = put_packet(quote, CP_HI, IID, P_HI, P_LO, "T");
	*want = *quote;
	set64(want, 8, C6_HI);
	fixed = right_csum(want, &inner);
	for (type = 1; type <= 4; type++) {
		for (length = 0; length < 10; length++) {
			bool bounds = (type == 1 || type == 3) && length;
			enum pmt_counter reason = PMT_OK;
			struct l4 l4;

			l4 = put_error(in, P_HI, CP_HI, type, quote, quote->len);
			in->at[44] = length;
			fill_right(in, &l4);
			*want = *in;
			set64(want, 24, C6_HI);
			set64(want, 56, C6_HI);
			/* the checksum is at bytes 56 and 57 */
			if (!bounds || length * 8 >= 58)
				set16(want, 48 + 56, fixed);
			fill_right(want, &l4);
			if (bounds && length < 5)
				reason = PMT_ICMP_IN;
			KUNIT_EXPECT_EQ_MSG(test,
					    translate_as(test, conf, in, want, &l4,
							 &answer, PMT_IN,
							 &(struct shape){ SCATTERED, true }),
					    reason, "type %d length %d", type, length);
		}
	}
}

/* R36 with neutral rules: the quoted address makes up for itself */
static void translate_quote_neutral(struct kunit *test)
{
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct bytes *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, &rules[3], 1);
	struct pmt_map_answer answer = answer_for(test, conf, C6_HI);
	struct l4 l4;

	put_packet(quote, P_HI, P_LO, C6_HI, IID, "U");
	l4 = put_error(in, C6_HI, P_HI, 1, quote, quote->len);
	*want = *in;
	set64(want, 8, CP_HI);
	set16(want, 16, 0xf248);
	set64(want, 48 + 24, CP_HI);
	set16(want, 48 + 32, 0xf248);
	KUNIT_EXPECT_EQ(test, right_csum(want, &l4), get16(in, l4.csum));
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4, &answer, PMT_OUT,
					   &(struct shape){ PAGED, true }), PMT_OK);
}

/* R37: an error from a subnet that no rule holds comes from the relay's own address */
static void translate_foreign_error(struct kunit *test)
{
	struct bytes *quote = new_bytes(test), *in = new_bytes(test);
	struct bytes *want = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer;
	struct l4 l4, inner;
	struct shape shape;
	int i;

	pmt_map_ask_hi(&conf->map, C6_HI | 5, &answer);
	KUNIT_ASSERT_EQ(test, answer.reason, PMT_SID);
	conf->opts.errsrc = pmt_in6(N_HI, 0x1234567890abcdefULL);
	inner = put_packet(quote, P_HI, P_LO, C6_HI, IID, "U");
	l4 = put_error(in, C6_HI | 5, P_HI, 3, quote, quote->len);
	*want = *in;
	set64(want, 8, N_HI);
	set64(want, 16, 0x1234567890abcdefULL);
	set64(quote, 24, CP_HI);
	fill_right(quote, &inner);
	memcpy(want->at + 48, quote->at, quote->len);
	fill_right(want, &l4);
	for (i = 0; nth_shape(i, &shape); i += 3)
		KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, want, &l4, &answer,
						   PMT_OUT, &shape), PMT_OK);
	/* no error, and no such address */
	in->len = 0;
	l4 = put_packet(in, C6_HI | 5, IID, P_HI, P_LO, "T");
	shape = (struct shape){ LINEAR };
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, in, &l4, &answer, PMT_OUT,
					   &shape), PMT_SID);
	conf->opts.untranslated = true;
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, in, &l4, &answer, PMT_OUT,
					   &shape), PMT_OK);
}

/* Ordinary 6to4 is looked at only; what may not pass does not, all the same */
static void translate_ordinary(struct kunit *test)
{
	struct bytes *in = new_bytes(test), *quote = new_bytes(test);
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct pmt_map_answer answer = { .v4 = C_V4, .customer = C6_HI };
	struct shape shape = { SCATTERED, true };
	struct l4 l4;
	int k;

	for (k = 0; k < ARRAY_SIZE(chains) * 2; k++) {
		const struct chain_case *c = &chains[k / 2];
		enum pmt_dir dir = k & 1;

		in->len = 0;
		if (dir == PMT_OUT)
			l4 = put_packet(in, C6_HI, IID, P_HI, P_LO, c->chain);
		else
			l4 = put_packet(in, P_HI, P_LO, C6_HI, IID, c->chain);
		KUNIT_EXPECT_EQ_MSG(test, translate_as(test, conf, in, in, &l4, &answer,
						       dir, &shape),
				    dir == PMT_OUT ? c->out : c->in, "%s", c->chain);
	}
	/* its errors, too, with what they quote */
	put_packet(quote, C6_HI, IID, P_HI, P_LO, "T");
	l4 = put_error(in, P_HI, C6_HI, 1, quote, quote->len);
	KUNIT_EXPECT_EQ(test, translate_as(test, conf, in, in, &l4, &answer, PMT_IN,
					   &shape), PMT_OK);
}

static struct kunit_case translate_cases[] = {
	KUNIT_CASE(translate_protocols),
	KUNIT_CASE(translate_udp_zero),
	KUNIT_CASE(translate_wrong_csum),
	KUNIT_CASE(translate_neutral),
	KUNIT_CASE(translate_chains),
	KUNIT_CASE(translate_inner_partial),
	KUNIT_CASE(translate_cut),
	KUNIT_CASE(translate_quotes),
	KUNIT_CASE(translate_quote_worked),
	KUNIT_CASE(translate_quote_refused),
	KUNIT_CASE(translate_quote_length),
	KUNIT_CASE(translate_quote_neutral),
	KUNIT_CASE(translate_foreign_error),
	KUNIT_CASE(translate_ordinary),
	{}
};

static struct kunit_suite translate_suite = {
	.name = "pmt_translate",
	.init = kunit_init_case,
	.test_cases = translate_cases,
};

kunit_test_suite(translate_suite);
