// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of icmp.c: R55-R62, RFC 4213 3.4, RFC 4443 2.4 and 3 */
#include "kunit.h"

/* R59, R60: type, code and MTU of the ICMPv4 error, and what becomes of them */
static void icmp_to_icmpv6(struct kunit *test)
{
	static const struct {
		u8 type, code, df;
		u32 info;
		bool passes;
		u8 want;
		u32 mtu;
	} t[] = {
		{ 3, 0, PMT_DF_UNSET, 0, true, 1 },
		{ 3, 1, PMT_DF_UNSET, 0, true, 1 },
		{ 3, 2, PMT_DF_SET, 0, true, 1 },
		{ 3, 3, PMT_DF_SET, 0, true, 1 },
		{ 3, 5, PMT_DF_SET, 0, false },		/* source route failed */
		{ 3, 13, PMT_DF_SET, 0, true, 1 },
		{ 11, 0, PMT_DF_UNSET, 0, true, 1 },
		{ 11, 1, PMT_DF_UNSET, 0, true, 1 },
		{ 12, 0, PMT_DF_UNSET, 0, false },
		{ 4, 0, PMT_DF_UNSET, 0, false },	/* source quench */
		{ 5, 0, PMT_DF_UNSET, 0, false },	/* redirect */
		{ 0, 0, PMT_DF_UNSET, 0, false },
		{ 8, 0, PMT_DF_UNSET, 0, false },
		{ 3, 4, PMT_DF_UNSET, 1400, false },
		{ 3, 4, PMT_DF_SET, 1400, true, 2, 1380 },
		{ 3, 4, PMT_DF_PMTU, 1400, true, 2, 1380 },
		{ 3, 4, PMT_DF_PMTU, 1301, true, 2, 1281 },
		{ 3, 4, PMT_DF_PMTU, 1300, true, 2, 1280 },
		{ 3, 4, PMT_DF_PMTU, 1299, true, 2, 1280 },
		{ 3, 4, PMT_DF_PMTU, 600, true, 2, 1280 },
		{ 3, 4, PMT_DF_PMTU, 20, true, 2, 1280 },
		{ 3, 4, PMT_DF_PMTU, 19, true, 2, 1280 },
		{ 3, 4, PMT_DF_PMTU, 0, true, 2, 1280 },
		{ 3, 4, PMT_DF_SET, 65535, true, 2, 65515 },
	};
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);
	struct icmphdr *icmph;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reset_transport_header(skb);
	icmph = skb_put_zero(skb, sizeof(*icmph));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		u32 mtu = 77;
		u8 type = 77;

		icmph->type = t[i].type;
		icmph->code = t[i].code;
		conf->opts.df = t[i].df;
		KUNIT_EXPECT_EQ_MSG(test, to_icmpv6(conf, skb, t[i].info, &type, &mtu),
				    t[i].passes, "line %d", i);
		if (!t[i].passes)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, type, t[i].want, "line %d", i);
		KUNIT_EXPECT_EQ_MSG(test, mtu, t[i].mtu, "line %d", i);
	}
	kfree_skb(skb);
}

/* RFC 4443 3.1, 3.2: as much of the packet as keeps the error within 1280 bytes */
static void icmp_make_error(struct kunit *test)
{
	static const unsigned int lengths[] = { 0, 1, 7, 40, 53, 1231, 1232, 1233, 1400 };
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	struct bytes *in = new_bytes(test), *want = new_bytes(test);
	struct in6_addr daddr = pmt_in6(P_HI, P_LO);
	struct sk_buff *skb, *error;
	int i, k, at;

	put_packet(in, P_HI, P_LO, CP_HI, IID, "U");
	while (in->len < 1420)
		put(in, 1, in->len * 13);
	for (i = 0; i < ARRAY_SIZE(lengths) * N_LAYOUTS; i++) {
		unsigned int len = lengths[i / N_LAYOUTS];

		at = i & 1 ? 20 : 0;
		skb = make_skb(in, i % N_LAYOUTS);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		rcu_read_lock();
		error = make_error(conf, skb, at, len, &daddr, 2, 5, 0x12345678);
		if (error)
			fill_csum(error);
		rcu_read_unlock();
		kfree_skb(skb);
		KUNIT_ASSERT_NOT_NULL(test, error);

		len = min(len, 1280U - 48);
		want->len = 0;
		put(want, 4, 0x60000000);
		put(want, 2, 8 + len);
		put(want, 1, 58);
		put(want, 1, 64);
		put(want, 8, N_HI);
		put(want, 8, 1);
		put(want, 8, P_HI);
		put(want, 8, P_LO);
		put(want, 4, 0x02050000);
		put(want, 4, 0x12345678);
		for (k = 0; k < len; k++)
			put(want, 1, in->at[at + k]);
		fill_right(want, &(struct l4){ 0, 40, 42, want->len, 58 });
		KUNIT_EXPECT_TRUE_MSG(test, skb_is(error, want), "%u bytes", len);
		KUNIT_EXPECT_EQ(test, error->protocol, htons(ETH_P_IPV6));
		KUNIT_EXPECT_GE(test, skb_headroom(error), sizeof(struct iphdr));
		kfree_skb(error);
	}
	/* no more than there is */
	skb = make_skb(want, LINEAR);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	rcu_read_lock();
	error = make_error(conf, skb, 60, skb->len, &daddr, 1, 0, 0);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, error);
	kfree_skb(skb);
}

/* RFC 4443 2.4(e.1), behind extension headers as well; later fragments have no type */
static void icmp_deserves(struct kunit *test)
{
	static const struct {
		const char *chain;
		bool deserves;
	} t[] = {
		{ "T", true }, { "U", true }, { "I", true }, { "E", true },
		{ "X", true }, { "N", true }, { "AT", true }, { "hT", true },
		{ "e", false }, { "b", false }, { "x", false }, { "he", false },
		{ "hde", false }, { "fe", false }, { "ae", false }, { "le", true },
		{ "re", false },
	};
	struct bytes *in = new_bytes(test);
	struct sk_buff *skb;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		for (k = 0; k < N_LAYOUTS; k++) {
			in->len = 0;
			put_packet(in, P_HI, P_LO, CP_HI, IID, t[i].chain);
			skb = make_skb(in, k);
			KUNIT_ASSERT_NOT_NULL(test, skb);
			KUNIT_EXPECT_EQ_MSG(test, deserves_error(skb, 0),
					    t[i].deserves, "%s", t[i].chain);
			kfree_skb(skb);
		}
	}
}

/* R62: two buckets, a burst of a second's errors each */
static void icmp_limits(struct kunit *test)
{
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	int i, ptb = 0, other = 0;

	conf->opts.icmp_rate = 7;
	conf->opts.ptb_rate = 70;
	pmt_limits_set(conf->pmt, &conf->opts);
	for (i = 0; i < 100; i++) {
		ptb += pmt_may_send(conf->pmt, 2);
		other += pmt_may_send(conf->pmt, i & 1 ? 1 : 3);
	}
	/* a second may have begun meanwhile */
	KUNIT_EXPECT_TRUE(test, ptb >= 70 && ptb <= 100);
	KUNIT_EXPECT_TRUE(test, other >= 7 && other <= 14);
	conf->opts.icmp_rate = 0;
	pmt_limits_set(conf->pmt, &conf->opts);
	KUNIT_EXPECT_FALSE(test, pmt_may_send(conf->pmt, 1));
	conf->opts.icmp_rate = U32_MAX;
	pmt_limits_set(conf->pmt, &conf->opts);
	KUNIT_EXPECT_TRUE(test, pmt_may_send(conf->pmt, 1));
}

static void icmp_errsrc(struct kunit *test)
{
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	struct in6_addr addr;
	bool found;

	rcu_read_lock();
	found = pmt_find_errsrc(conf, &addr);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, found);
	KUNIT_EXPECT_EQ(test, pmt_hi(&addr), N_HI);
	KUNIT_EXPECT_EQ(test, pmt_lo(&addr), 1ULL);
	/* what the namespace has is not ours to say, but it is no customer's form */
	conf->opts.errsrc = in6addr_any;
	rcu_read_lock();
	found = pmt_find_errsrc(conf, &addr);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, !found || (!ipv6_addr_any(&addr) &&
					   !pmt_hi_is_6to4(pmt_hi(&addr))));
}

/* R58-R61: which ICMPv4 errors are answered. With an empty bucket an answer shows as
 * PMT_RATELIMIT, all that is ignored as PMT_ICMP4.
 */
static void icmp_relay_icmpv4(struct kunit *test)
{
	static const struct spec specs[] = { FIGURE_3 };
	static const struct {
		u64 src, dst;
		u32 v4;			/* the outer destination that is quoted */
		const char *chain;
		u8 version;
		u8 type;
		u32 mtu;
		u8 length;		/* RFC 4884, 4-byte units */
		int cut;		/* bytes of the inner packet, -1: all */
		bool answered;
	} t[] = {
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 0, -1, true },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 0, 40, true },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 0, 39, false },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 0, 8, false },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 0, 0, false },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 15, -1, true },
		{ P_HI, C6_HI, C_V4, "U", 6, 1, 0, 14, -1, false },
		{ P_HI, C6_HI, C_V4, "U", 4, 1, 0, 0, -1, false },
		{ P_HI, C6_HI, O_V4, "U", 6, 1, 0, 0, -1, false },
		{ P_HI, CP_HI, C_V4, "U", 6, 1, 0, 0, -1, false },
		{ P_HI, C6_HI, C_V4, "I", 6, 1, 0, 0, -1, true },
		{ P_HI, C6_HI, C_V4, "e", 6, 1, 0, 0, -1, false },
		{ P_HI, C6_HI, C_V4, "hb", 6, 1, 0, 0, -1, false },
		{ 0, C6_HI, C_V4, "U", 6, 1, 0, 0, -1, false },
		{ 0xff0e000000000000ULL, C6_HI, C_V4, "U", 6, 1, 0, 0, -1, false },
		{ 0xfe80000000000000ULL, C6_HI, C_V4, "U", 6, 1, 0, 0, -1, false },
		{ P_HI, 0x20027f0000010000ULL, 0x7f000001, "U", 6, 1, 0, 0, -1, false },
		{ P_HI, 0x2002e00000010000ULL, 0xe0000001, "U", 6, 1, 0, 0, -1, false },
		/* 61 bytes: told only who sent more */
		{ P_HI, C6_HI, C_V4, "U", 6, 2, 60, 0, -1, true },
		{ P_HI, C6_HI, C_V4, "U", 6, 2, 61, 0, -1, false },
		{ P_HI, C6_HI, C_V4, "U", 6, 2, 62, 0, -1, false },
	};
	struct pmt_conf *conf = make_conf(test, specs, 1);
	struct bytes *in = new_bytes(test), *whole = new_bytes(test);
	struct sk_buff *skb;
	int i, k;

	conf->opts.icmp_rate = 0;
	conf->opts.ptb_rate = 0;
	conf->opts.df = PMT_DF_SET;
	pmt_limits_set(conf->pmt, &conf->opts);
	for (i = 0; i < ARRAY_SIZE(t) * 2; i++) {
		u64 ignored = counted(conf, PMT_ICMP4);
		u64 sent = counted(conf, PMT_RATELIMIT);
		const int c = i / 2;

		/* the ICMPv4 header, then what it quotes: data begins there */
		whole->len = 0;
		put_packet(whole, t[c].src, P_LO, t[c].dst, IID, t[c].chain);
		whole->at[0] = t[c].version << 4;
		in->len = 0;
		put(in, 5, 0);
		put(in, 1, t[c].length);
		put(in, 2, 0);
		put(in, 8, 0x4500000000000000ULL);
		put(in, 8, 0x4029000000000000ULL);
		put(in, 4, t[c].v4);
		for (k = 0; k < (t[c].cut < 0 ? whole->len : t[c].cut); k++)
			put(in, 1, whole->at[k]);
		skb = make_skb(in, i & 1 && in->len > 40 ? PAGED : LINEAR);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		skb_reset_transport_header(skb);
		skb_pull(skb, 8);
		rcu_read_lock();
		local_bh_disable();
		relay_icmpv4(conf, skb, htonl(t[c].v4), 20, t[c].type, t[c].mtu,
			     t[c].mtu + 20);
		local_bh_enable();
		rcu_read_unlock();
		kfree_skb(skb);
		KUNIT_EXPECT_EQ_MSG(test, counted(conf, PMT_ICMP4) - ignored,
				    !t[c].answered, "line %d", c);
		KUNIT_EXPECT_EQ_MSG(test, counted(conf, PMT_RATELIMIT) - sent,
				    t[c].answered, "line %d", c);
	}
}

static struct kunit_case icmp_cases[] = {
	KUNIT_CASE(icmp_to_icmpv6),
	KUNIT_CASE(icmp_make_error),
	KUNIT_CASE(icmp_deserves),
	KUNIT_CASE(icmp_limits),
	KUNIT_CASE(icmp_errsrc),
	KUNIT_CASE(icmp_relay_icmpv4),
	{}
};

static struct kunit_suite icmp_suite = {
	.name = "pmt_icmp",
	.init = kunit_init_case,
	.test_cases = icmp_cases,
};

kunit_test_suite(icmp_suite);
