// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of validate.c: R10-R19, R38, R42-R46, R51-R56, section 9 */
#include "kunit.h"

/* R14, once more: a word and how much of it counts */
static bool slow_is_unfit(u16 word)
{
	static const struct {
		u16 word, mask;
	} bad[] = {
		{ 0x0000, 0xffff },	/* ::/16 */
		{ 0xfc00, 0xfe00 },	/* fc00::/7 */
		{ 0xfe80, 0xffc0 },	/* fe80::/10 */
		{ 0xfec0, 0xffc0 },	/* fec0::/10 */
		{ 0xff00, 0xff00 },	/* ff00::/8 */
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if ((word & bad[i].mask) == bad[i].word)
			return true;
	return false;
}

static void validate_unfit(struct kunit *test)
{
	u32 word;

	for (word = 0; word <= 0xffff; word++) {
		KUNIT_ASSERT_EQ_MSG(test, pmt_is_unfit((u64)word << 48),
				    slow_is_unfit(word), "%x", word);
		KUNIT_ASSERT_EQ_MSG(test, pmt_is_unfit((u64)word << 48 | ~0ULL >> 16),
				    slow_is_unfit(word), "%x", word);
	}
}

/* R19: 130 to 137 and 143 */
static void validate_nd(struct kunit *test)
{
	struct bytes *in = new_bytes(test);
	struct sk_buff *skb;
	int type;

	put_packet(in, C6_HI, IID, P_HI, P_LO, "I");
	for (type = 0; type < 256; type += type > 125 && type < 150 ? 1 : 11) {
		bool nd = (type >= 130 && type <= 137) || type == 143;

		in->at[40] = type;
		skb = make_skb(in, type % N_LAYOUTS);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ_MSG(test, pmt_is_nd(skb, 40), nd, "%d", type);
		KUNIT_EXPECT_EQ(test, is_plain_nd(skb, ipv6_hdr(skb)), nd);
		KUNIT_EXPECT_FALSE(test, pmt_is_nd(skb, in->len));
		kfree_skb(skb);
	}
}

/* R17, R38 */
static void validate_length(struct kunit *test)
{
	static const struct {
		u8 version, nexthdr;
		u16 payload, len;	/* len: behind the IPv6 header */
		u32 gso;
		enum pmt_counter reason;
		u16 left;
	} t[] = {
		{ 6, 17, 16, 16, 0, PMT_OK, 16 },
		{ 6, 17, 16, 17, 0, PMT_OK, 16 },
		{ 6, 17, 15, 24, 0, PMT_OK, 15 },
		{ 6, 17, 17, 16, 0, PMT_LEN },
		{ 6, 17, 65535, 16, 0, PMT_LEN },
		{ 6, 17, 1, 0, 0, PMT_LEN },
		{ 4, 17, 16, 16, 0, PMT_MALFORMED },
		{ 7, 17, 16, 16, 0, PMT_MALFORMED },
		{ 0, 17, 16, 16, 0, PMT_MALFORMED },
		{ 6, 59, 0, 0, 0, PMT_OK, 0 },
		{ 6, 59, 0, 9, 0, PMT_OK, 0 },
		{ 6, 0, 0, 16, 0, PMT_JUMBO },
		{ 6, 6, 0, 32, SKB_GSO_TCPV6, PMT_OK, 32 },
		{ 6, 0, 0, 32, SKB_GSO_TCPV6, PMT_OK, 32 },
		{ 6, 0, 0, 32, SKB_GSO_UDP_L4, PMT_JUMBO },
	};
	struct bytes *in = new_bytes(test);
	struct sk_buff *skb;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		for (k = 0; k < N_LAYOUTS; k++) {
			u16 sum;

			in->len = 0;
			put(in, 4, t[i].version << 28);
			put(in, 2, t[i].payload);
			put(in, 1, t[i].nexthdr);
			while (in->len < 40 + t[i].len)
				put(in, 1, in->len * 7);
			skb = make_skb(in, k);
			KUNIT_ASSERT_NOT_NULL(test, skb);
			skb->ip_summed = CHECKSUM_COMPLETE;
			skb->csum = (__force __wsum)htons(sum_bytes(in->at, in->len, 0));
			if (t[i].gso) {
				skb_shinfo(skb)->gso_size = 8;
				skb_shinfo(skb)->gso_type = t[i].gso;
			}
			KUNIT_EXPECT_EQ_MSG(test, pmt_check_length(skb), t[i].reason,
					    "line %d", i);
			if (!t[i].reason) {
				in->len = 40 + t[i].left;
				KUNIT_EXPECT_TRUE_MSG(test, skb_is(skb, in),
						      "line %d", i);
				sum = ntohs((__force __be16)~csum_fold(skb->csum));
				KUNIT_EXPECT_EQ(test, sum % 0xffff,
						sum_bytes(in->at, in->len, 0) % 0xffff);
			}
			kfree_skb(skb);
		}
	}
}

/* R51, R53, R7, section 9 */
static void validate_judge(struct kunit *test)
{
	enum { T = PMT_ACTION_TRANSLATE, U = PMT_ACTION_UNTRANSLATED,
	       R = PMT_ACTION_REJECT, D = PMT_ACTION_DROP, P = PMT_ACTION_PASS,
	       NO = PMT_ACTION_DEFAULT };
	static const struct {
		u8 action;
		enum pmt_counter reason;	/* of the look-up */
		u32 v4;
		bool untranslated;
		enum pmt_counter want;
		bool rule;			/* stays */
	} t[] = {
		{ NO, PMT_OK, C_V4, false, PMT_OK, true },
		{ T, PMT_OK, C_V4, false, PMT_OK, true },
		{ T, PMT_OK, C_V4, true, PMT_OK, true },
		{ U, PMT_OK, C_V4, false, PMT_OK, false },
		{ R, PMT_OK, C_V4, false, PMT_POLICY, true },
		{ D, PMT_OK, C_V4, true, PMT_POLICY, true },
		{ P, PMT_OK, C_V4, false, PMT_POLICY, true },
		{ D, PMT_NOMAP, C_V4, false, PMT_POLICY, true },
		{ NO, PMT_NOMAP, C_V4, false, PMT_NOMAP, true },
		{ NO, PMT_NOMAP, C_V4, true, PMT_NOMAP, true },
		{ T, PMT_NOMAP, C_V4, false, PMT_NOMAP, true },
		{ T, PMT_NOMAP, C_V4, true, PMT_OK, false },
		{ U, PMT_NOMAP, C_V4, false, PMT_OK, false },
		{ NO, PMT_SID, C_V4, false, PMT_SID, true },
		{ NO, PMT_SID, C_V4, true, PMT_OK, false },
		{ T, PMT_SID, C_V4, true, PMT_OK, false },
		{ U, PMT_SID, C_V4, false, PMT_OK, false },
		{ R, PMT_SID, C_V4, true, PMT_POLICY, true },
		/* never ordinary 6to4: shared, private, documentation */
		{ U, PMT_OK, 0x64400001, false, PMT_BOGON, false },
		{ U, PMT_OK, 0x0a000001, false, PMT_BOGON, false },
		{ U, PMT_NOMAP, 0xcb007101, false, PMT_BOGON, false },
		{ NO, PMT_SID, 0x64400001, true, PMT_BOGON, false },
		{ T, PMT_OK, 0x64400001, true, PMT_OK, true },
		/* bogons stay bogons */
		{ NO, PMT_BOGON, 0x7f000001, false, PMT_BOGON, true },
		{ T, PMT_BOGON, 0x0a000001, true, PMT_BOGON, true },
		{ U, PMT_BOGON, 0x7f000001, true, PMT_BOGON, true },
		{ D, PMT_BOGON, 0x7f000001, false, PMT_BOGON, true },
		{ P, PMT_BOGON, 0xe0000001, false, PMT_BOGON, true },
		{ R, PMT_BOGON, 0xc0586301, false, PMT_BOGON, true },
		{ D, PMT_BOGON, 0x0a000001, false, PMT_POLICY, true },
	};
	struct pmt_conf *conf = make_conf(test, NULL, 0);
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct pmt_map_rule rule;
		struct pmt_map_answer answer = {
			.v4 = t[i].v4, .reason = t[i].reason, .rule = &rule
		};
		enum pmt_counter reason;

		conf->opts.untranslated = t[i].untranslated;
		rcu_read_lock();
		reason = pmt_judge(conf, t[i].action, &answer);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ_MSG(test, reason, t[i].want, "line %d", i);
		KUNIT_EXPECT_EQ_MSG(test, !!answer.rule, t[i].rule, "line %d", i);
	}
}

static const struct spec rules[] = {
	FIGURE_3,
	{ 0x2400000000000000ULL, 32, 0x0a000000, 8, 0, 0, 0 },
};

/* PMT_NOMEM: there was no memory to try it */
static enum pmt_counter validate_one_out(const struct pmt_conf *conf,
					 struct bytes *p, u32 saddr,
					 u64 src, u64 dst, u64 dst_lo,
					 const char *chain, enum pmt_action action,
					 struct pmt_map_answer *answer)
{
	enum pmt_counter reason;
	struct sk_buff *skb;

	p->len = 0;
	put_packet(p, src, IID, dst, dst_lo, chain);
	skb = make_skb(p, PAGED);
	if (!skb)
		return PMT_NOMEM;
	*answer = (struct pmt_map_answer){};
	rcu_read_lock();
	reason = pmt_validate_out(conf, skb, htonl(saddr), htonl(A_V4), action,
				  answer);
	rcu_read_unlock();
	kfree_skb(skb);
	return reason;
}

/* R11-R15, R19, R67 */
static void validate_out(struct kunit *test)
{
	static const struct {
		u32 saddr;
		u64 src, dst;
		const char *chain;
		enum pmt_counter reason;
		u8 action;
	} t[] = {
		{ C_V4, C6_HI, P_HI, "T", PMT_OK, PMT_ACTION_DEFAULT },
		{ O_V4, C6_HI, P_HI, "T", PMT_SPOOF, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI ^ 0x10000, P_HI, "T", PMT_SPOOF, PMT_ACTION_DEFAULT },
		{ C_V4, CP_HI, P_HI, "T", PMT_SOURCE, PMT_ACTION_DEFAULT },
		{ C_V4, P_HI, P_HI, "T", PMT_SOURCE, PMT_ACTION_DEFAULT },
		{ C_V4, 0xfe80000000000000ULL, P_HI, "T", PMT_ADDRESS,
		  PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, 0xff02000000000000ULL, "T", PMT_ADDRESS,
		  PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, 0, "T", PMT_ADDRESS, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, 0xfd00000000000000ULL, "T", PMT_ADDRESS,
		  PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, O6_HI, "T", PMT_6TO4DST, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, C6_HI, "T", PMT_6TO4DST, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI | 1, P_HI, "T", PMT_SID, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, P_HI, "n", PMT_ND, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, P_HI, "I", PMT_OK, PMT_ACTION_DEFAULT },
		{ C_V4, C6_HI, P_HI, "T", PMT_POLICY, PMT_ACTION_DROP },
		{ C_V4, C6_HI, P_HI, "T", PMT_OK, PMT_ACTION_UNTRANSLATED },
		{ 0x7f000001, 0x20027f0000010000ULL, P_HI, "T", PMT_BOGON,
		  PMT_ACTION_DEFAULT },
		{ 0xa9fe0101, 0x2002a9fe01010000ULL, P_HI, "T", PMT_BOGON,
		  PMT_ACTION_DEFAULT },
		{ 0xac100001, 0x2002ac1000010000ULL, P_HI, "T", PMT_BOGON,
		  PMT_ACTION_DEFAULT },
		{ 0x0a000001, 0x20020a0000010000ULL, P_HI, "T", PMT_OK,
		  PMT_ACTION_DEFAULT },
		/* two faults: the outer source's first, then the policy's last */
		{ 0x7f000001, 0xfe80000000000000ULL, P_HI, "T", PMT_BOGON,
		  PMT_ACTION_DEFAULT },
		{ 0x7f000001, C6_HI, O6_HI, "T", PMT_BOGON, PMT_ACTION_DEFAULT },
		{ O_V4, C6_HI, 0xff02000000000000ULL, "T", PMT_ADDRESS,
		  PMT_ACTION_DEFAULT },
		{ O_V4, C6_HI, P_HI, "T", PMT_SPOOF, PMT_ACTION_DROP },
		{ O_V4, C6_HI, O6_HI, "T", PMT_SPOOF, PMT_ACTION_DEFAULT },
		{ 0x64400001, 0x2002644000010000ULL, P_HI, "T", PMT_BOGON,
		  PMT_ACTION_UNTRANSLATED },
	};
	struct pmt_conf *conf = make_conf(test, rules, ARRAY_SIZE(rules));
	struct bytes *bytes = new_bytes(test);
	struct pmt_map_answer answer;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		KUNIT_EXPECT_EQ_MSG(test, validate_one_out(conf, bytes, t[i].saddr,
							   t[i].src, t[i].dst, P_LO,
							   t[i].chain, t[i].action,
							   &answer),
				    t[i].reason, "line %d", i);
		KUNIT_EXPECT_EQ(test, answer.rule && !t[i].reason &&
				t[i].saddr == C_V4 ? answer.provider : CP_HI, CP_HI);
		if (!t[i].reason) {
			KUNIT_EXPECT_EQ(test, !!answer.rule,
					t[i].action != PMT_ACTION_UNTRANSLATED);
			KUNIT_EXPECT_EQ(test, answer.customer, t[i].src);
		}
	}
}

/* R42-R46, R56, R6 and the codes of RFC 4443 3.1: 0 no route, 1 prohibited, 3 address */
static void validate_in(struct kunit *test)
{
	enum { ELSEWHERE = 1, HERE = 2, PMT = 3 };	/* where it came in */
	static const struct {
		u64 src, dst;
		u8 from;
		const char *chain;
		enum pmt_counter reason;
		int unreach;
		u8 to2002;
		bool no_hairpin, untranslated;
	} t[] = {
		{ P_HI, CP_HI, ELSEWHERE, "T", PMT_OK, -1 },
		{ P_HI, CP_HI, HERE, "T", PMT_OK, -1 },
		{ P_HI, CP_HI, ELSEWHERE, "n", PMT_ND, -1 },
		{ 0xfe80000000000000ULL, CP_HI, ELSEWHERE, "T", PMT_ADDRESS, -1 },
		{ P_HI, 0xff0e000000000000ULL, ELSEWHERE, "T", PMT_ADDRESS, -1 },
		{ 0, CP_HI, HERE, "T", PMT_ADDRESS, -1 },
		/* R43: our own 6to4 address, from here */
		{ O6_HI, CP_HI, ELSEWHERE, "T", PMT_6TO4SRC, -1 },
		{ O6_HI, CP_HI, HERE, "T", PMT_6TO4SRC, -1 },
		{ 0x2002c05863010000ULL, CP_HI, ELSEWHERE, "T", PMT_6TO4SRC, -1 },
		{ 0x2002c05863010000ULL, CP_HI, HERE, "T", PMT_OK, -1 },
		{ 0x2002c05863010000ULL, CP_HI, PMT, "T", PMT_6TO4SRC, -1 },
		/* R44, R46: a provider source came through the relay, or is ours */
		{ OP_HI, CP_HI, ELSEWHERE, "T", PMT_SPOOF, -1 },
		{ OP_HI, CP_HI, PMT, "T", PMT_OK, -1 },
		{ OP_HI, CP_HI, HERE, "T", PMT_OK, -1 },
		{ OP_HI, CP_HI, PMT, "T", PMT_POLICY, -1, .no_hairpin = true },
		{ OP_HI, CP_HI, ELSEWHERE, "T", PMT_SPOOF, -1, .no_hairpin = true },
		{ P_HI, CP_HI, ELSEWHERE, "T", PMT_OK, -1, .no_hairpin = true },
		/* R45, R6, R42 */
		{ P_HI, N_HI, ELSEWHERE, "T", PMT_NOMAP, 0 },
		{ P_HI, 0x2400000000000001ULL, ELSEWHERE, "T", PMT_NOMAP, 3 },
		{ P_HI, 0x20010db80a000001ULL, ELSEWHERE, "T", PMT_NOMAP, 3 },
		{ P_HI, 0x20010db8c0a80001ULL, ELSEWHERE, "T", PMT_BOGON, -1 },
		{ P_HI, 0x20010db87f000001ULL, ELSEWHERE, "T", PMT_BOGON, -1 },
		/* the policy: 8.0.0.2 reject, .3 drop, .4 untranslated, .5 pass */
		{ P_HI, 0x20010db808000002ULL, ELSEWHERE, "T", PMT_POLICY, 1 },
		{ P_HI, 0x20010db808000003ULL, ELSEWHERE, "T", PMT_POLICY, -1 },
		{ P_HI, 0x20010db808000004ULL, ELSEWHERE, "T", PMT_NOMAP, 3 },
		{ P_HI, 0x20010db808000005ULL, ELSEWHERE, "T", PMT_POLICY, -1 },
		/* R56: the 6to4 form */
		{ P_HI, C6_HI, ELSEWHERE, "T", PMT_POLICY, 1 },
		{ P_HI, C6_HI, ELSEWHERE, "T", PMT_OK, -1, PMT_TO2002_FORWARD },
		{ P_HI, C6_HI | 9, ELSEWHERE, "T", PMT_SID, 3 },
		{ P_HI, C6_HI | 9, ELSEWHERE, "T", PMT_OK, -1, .untranslated = true },
		{ P_HI, 0x2002080000020000ULL, ELSEWHERE, "T", PMT_POLICY, 1 },
		{ P_HI, 0x2002080000030000ULL, ELSEWHERE, "T", PMT_POLICY, -1 },
		{ P_HI, 0x2002080000040000ULL, ELSEWHERE, "T", PMT_OK, -1 },
		{ P_HI, 0x2002080000040077ULL, ELSEWHERE, "T", PMT_OK, -1 },
		{ P_HI, 0x2002080000050000ULL, ELSEWHERE, "T", PMT_POLICY, -1 },
		{ P_HI, 0x20027f0000010000ULL, ELSEWHERE, "T", PMT_BOGON, -1 },
		{ P_HI, 0x2002c0a800010000ULL, ELSEWHERE, "T", PMT_BOGON, -1 },
	};
	static const struct pmt_entry entries[] = {
		{ 0x08000002, 32, PMT_ACTION_REJECT },
		{ 0x08000003, 32, PMT_ACTION_DROP },
		{ 0x08000004, 32, PMT_ACTION_UNTRANSLATED },
		{ 0x08000005, 32, PMT_ACTION_PASS },
	};
	/* 2400::/32 serves 10/8 with a pad of 8 bits, so some of it is nobody's */
	struct pmt_conf *conf = make_conf(test, rules, ARRAY_SIZE(rules));
	struct bytes *p = new_bytes(test);
	struct pmt_map_answer answer;
	struct sk_buff *skb;
	int i;

	conf->policy = make_policy(test, entries, ARRAY_SIZE(entries));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		enum pmt_counter reason;
		int unreach = 77;

		p->len = 0;
		put_packet(p, t[i].src, P_LO, t[i].dst, IID, t[i].chain);
		skb = make_skb(p, PAGED);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		if (t[i].from != HERE)
			skb->skb_iif = t[i].from == PMT ? conf->pmt->dev->ifindex :
				       0x7ffffff1;
		conf->opts.to2002 = t[i].to2002;
		conf->opts.hairpin = !t[i].no_hairpin;
		conf->opts.untranslated = t[i].untranslated;
		rcu_read_lock();
		reason = pmt_validate_in(conf, skb, &answer, &unreach);
		rcu_read_unlock();
		kfree_skb(skb);
		KUNIT_EXPECT_EQ_MSG(test, reason, t[i].reason, "line %d", i);
		KUNIT_EXPECT_EQ_MSG(test, unreach, t[i].unreach, "line %d", i);
		if (!reason) {	/* what is of the 6to4 form goes on as it is */
			KUNIT_EXPECT_EQ_MSG(test, !!answer.rule,
					    !pmt_hi_is_6to4(t[i].dst), "line %d", i);
			if (answer.rule)
				KUNIT_EXPECT_EQ(test, answer.customer, C6_HI);
		}
	}
}

/* ---- with devices of their own, in the first namespace ---- */

static netdev_tx_t kunit_xmit(struct sk_buff *skb, struct net_device *dev)
{
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops kunit_ops = { .ndo_start_xmit = kunit_xmit };

static void unregister(void *dev)
{
	unregister_netdev(dev);
}

static struct net_device *add_dev(struct kunit *test)
{
	struct net_device *dev;

	dev = alloc_netdev(0, "kunit%d", NET_NAME_UNKNOWN, ether_setup);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_dev, dev), 0);
	dev->netdev_ops = &kunit_ops;
	dev->flags |= IFF_NOARP;
	eth_hw_addr_random(dev);
	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister, dev), 0);
	return dev;
}

/* Is the table what there is, but for @gone: each broadcast once, in order? The mask
 * says at least what is in it.
 */
static bool table_is_right(const struct in_ifaddr *gone)
{
	const struct pmt_bcast *bcast = rtnl_dereference(pmt_net(&init_net)->bcast);
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	u32 i, found = 0;

	if (pmt_net(&init_net)->bcast_stale)
		return false;
	for (i = 0; i < bcast->n; i++)
		if ((i && bcast->addr[i - 1] >= bcast->addr[i]) ||
		    !(bcast->mask >> (bcast->addr[i] % 64) & 1))
			return false;
	for (i = 0; i < bcast->n; i++) {
		bool known = false;

		for_each_netdev(&init_net, dev) {
			if (!__in_dev_get_rtnl(dev))
				continue;
			in_dev_for_each_ifa_rtnl(ifa, __in_dev_get_rtnl(dev))
				known |= ifa != gone && ifa->ifa_prefixlen < 31 &&
					 (ntohl(ifa->ifa_local) |
					  (u32)(0xffffffffULL >> ifa->ifa_prefixlen)) ==
					 bcast->addr[i];
		}
		if (!known)
			return false;
	}
	for_each_netdev(&init_net, dev) {
		if (!__in_dev_get_rtnl(dev))
			continue;
		in_dev_for_each_ifa_rtnl(ifa, __in_dev_get_rtnl(dev)) {
			u32 want = ntohl(ifa->ifa_local) |
				   (u32)(0xffffffffULL >> ifa->ifa_prefixlen);

			if (ifa == gone || ifa->ifa_prefixlen >= 31)
				continue;
			for (i = 0; i < bcast->n && bcast->addr[i] != want; i++)
				;
			found += i < bcast->n;
			if (i == bcast->n)
				return false;
		}
	}
	return found >= bcast->n;
}

#define N_IFAS	24

/* R67: address by address is the same as all at once. Nothing may end the test while
 * it holds RTNL, nor while the addresses, which are its own, are in the devices.
 */
static void validate_bcast(struct kunit *test)
{
	struct net_device *dev[2] = { add_dev(test), add_dev(test) };
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct bytes *bytes = new_bytes(test);
	struct pmt_map_answer answer;
	int i, bad = -1, ups = 0, downs = 0;
	struct in_ifaddr *ifas;
	struct rnd_state rnd;
	u32 there = 0;

	prandom_seed_state(&rnd, 5);
	ifas = kunit_kcalloc(test, N_IFAS, sizeof(*ifas), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ifas);
	rtnl_lock();
	for (i = 0; i < N_IFAS; i++) {
		u32 r = prandom_u32_state(&rnd);
		u8 len = i < 12 ? 24 : r % 33;

		ifas[i].ifa_dev = __in_dev_get_rtnl(dev[i & 1]);
		/* many of them share a broadcast, on one device or both */
		ifas[i].ifa_local = htonl(0x08000000 | (r >> 8 & 0x3ff));
		ifas[i].ifa_address = ifas[i].ifa_local;
		ifas[i].ifa_prefixlen = len;
		ifas[i].ifa_mask = inet_make_mask(len);
	}
	KUNIT_EXPECT_EQ(test, pmt_bcast_init(&init_net), 0);
	for (i = 0; i < 160 && bad < 0; i++) {
		u32 r = prandom_u32_state(&rnd), k = r % N_IFAS;
		struct in_device *in_dev = ifas[k].ifa_dev;
		bool up = !(there & BIT(k));
		struct in_ifaddr __rcu **at;
		bool ok = true;

		at = &in_dev->ifa_list;
		if (up) {
			ifas[k].ifa_next = NULL;
			while (r & BIT(20) && rtnl_dereference(*at))
				at = &rtnl_dereference(*at)->ifa_next;
			RCU_INIT_POINTER(ifas[k].ifa_next, rtnl_dereference(*at));
			rcu_assign_pointer(*at, &ifas[k]);
		} else {
			while (rtnl_dereference(*at) != &ifas[k])
				at = &rtnl_dereference(*at)->ifa_next;
			/* told of before or after it is taken out */
			if (r & BIT(21)) {
				ok &= !pmt_bcast_event(&init_net, &ifas[k], false);
				ok &= table_is_right(&ifas[k]);
			}
			rcu_assign_pointer(*at, rtnl_dereference(ifas[k].ifa_next));
		}
		there ^= BIT(k);
		if (r & BIT(27) && r & BIT(28))	/* no memory the last time */
			pmt_net(&init_net)->bcast_stale = true;
		ok &= !pmt_bcast_event(&init_net, &ifas[k], up);
		ok &= table_is_right(NULL);
		if (r & BIT(25)) {		/* told of twice */
			ok &= !pmt_bcast_event(&init_net, &ifas[k], up);
			ok &= table_is_right(NULL);
		}
		if (r & BIT(26)) {
			ok &= !pmt_bcast_init(&init_net);
			ok &= table_is_right(NULL);
		}
		if (!ok)
			bad = i;
		ups += up;
		downs += !up;
	}
	KUNIT_EXPECT_EQ(test, bad, -1);
	KUNIT_EXPECT_GT(test, ups, 40);
	KUNIT_EXPECT_GT(test, downs, 40);

	/* and it is asked: 8.0.3.255, of 8.0.3.7/24 alone */
	for (i = 0; i < 2; i++)
		RCU_INIT_POINTER(__in_dev_get_rtnl(dev[i])->ifa_list, NULL);
	ifas[0].ifa_next = NULL;
	ifas[0].ifa_local = htonl(0x08000307);
	ifas[0].ifa_address = ifas[0].ifa_local;
	rcu_assign_pointer(ifas[0].ifa_dev->ifa_list, &ifas[0]);
	KUNIT_EXPECT_EQ(test, pmt_bcast_init(&init_net), 0);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, is_bcast(&init_net, 0x080003ff));
	KUNIT_EXPECT_FALSE(test, is_bcast(&init_net, 0x080003fe));
	KUNIT_EXPECT_FALSE(test, is_bcast(&init_net, 0x080003ff ^ 64));
	KUNIT_EXPECT_FALSE(test, is_bcast(&init_net, 0x080002ff));
	KUNIT_EXPECT_TRUE(test, pmt_is_hard(conf, 0x080003ff));
	KUNIT_EXPECT_FALSE(test, pmt_is_hard(conf, 0x080003fe));
	rcu_read_unlock();
	/* before all else, and whatever the policy says */
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, 0x080003ff, CP_HI, P_HI,
					       P_LO, "T", PMT_ACTION_DROP, &answer),
			PMT_BOGON);
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, 0x080003fe,
					       0x2002080003fe0000ULL, P_HI, P_LO, "T",
					       PMT_ACTION_DEFAULT, &answer), PMT_OK);
	RCU_INIT_POINTER(ifas[0].ifa_dev->ifa_list, NULL);
	pmt_bcast_init(&init_net);
	rtnl_unlock();
	synchronize_net();
}

/* R15, R20: the relay's own 6to4 address, when the host has it */
static void validate_anycast(struct kunit *test)
{
	struct pmt_conf *conf = make_conf(test, rules, 1);
	struct bytes *bytes = new_bytes(test);
	const u64 a6 = 0x2002c05863010000ULL;
	struct in6_addr addr = pmt_in6(a6, 0);
	struct pmt_map_answer answer;
	struct inet6_dev *in6_dev;
	struct net_device *dev;

	if (ipv6_chk_addr(&init_net, &addr, NULL, 0))
		kunit_skip(test, "the host has 2002:c058:6301::");
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, C_V4, C6_HI, a6, 0, "T",
					       PMT_ACTION_DEFAULT, &answer),
			PMT_6TO4DST);
	dev = add_dev(test);
	rtnl_lock();
	in6_dev = __in6_dev_get(dev);
	if (in6_dev)
		addrconf_add_linklocal(in6_dev, &addr, IFA_F_NODAD);
	rtnl_unlock();
	KUNIT_ASSERT_TRUE(test, ipv6_chk_addr(&init_net, &addr, NULL, 0));
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, C_V4, C6_HI, a6, 0, "T",
					       PMT_ACTION_DEFAULT, &answer), PMT_OK);
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, C_V4, C6_HI, a6, 1, "T",
					       PMT_ACTION_DEFAULT, &answer),
			PMT_6TO4DST);
	KUNIT_EXPECT_EQ(test, validate_one_out(conf, bytes, C_V4, C6_HI, a6 | 1, 0, "T",
					       PMT_ACTION_DEFAULT, &answer),
			PMT_6TO4DST);
}

static struct kunit_case validate_cases[] = {
	KUNIT_CASE(validate_unfit),
	KUNIT_CASE(validate_nd),
	KUNIT_CASE(validate_length),
	KUNIT_CASE(validate_judge),
	KUNIT_CASE(validate_out),
	KUNIT_CASE(validate_in),
	KUNIT_CASE(validate_bcast),
	KUNIT_CASE(validate_anycast),
	{}
};

static struct kunit_suite validate_suite = {
	.name = "pmt_validate",
	.init = kunit_init_case,
	.test_cases = validate_cases,
};

kunit_test_suite(validate_suite);
