/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests share: packets as bytes, their sums by adding up, skbs of
 * every shape, a configuration. Each FILE_kunit.c is included at the end of FILE.c
 * and so reaches its statics. What they expect is written from the RFCs and the
 * requirements, or worked out by the slow and obvious way.
 */
#ifndef _PMT_KUNIT_H
#define _PMT_KUNIT_H

#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/prandom.h>
#include <net/ipv6.h>

#include "pmt.h"

/* REQUIREMENTS, notation: customer C and its forms, relay A, remote host P, relay N */
#define C_V4		0x0c982c01U
#define C6_HI		0x20020c982c010000ULL
#define CP_HI		0x20010db80c982c01ULL
#define A_V4		0xc0586301U
#define P_HI		0x3fff000000000000ULL
#define P_LO		0x80
#define N_HI		0x3fff000000010000ULL
#define IID		1

/* Another customer, 8.0.0.1, and its forms */
#define O_V4		0x08000001U
#define O6_HI		0x2002080000010000ULL
#define OP_HI		0x20010db808000001ULL

/* Only when asked for: they take long, and other tests load the module often */
extern bool pmt_kunit;

static inline int kunit_init_case(struct kunit *test)
{
	if (!pmt_kunit)
		kunit_skip(test, "load the module with kunit=1");
	return 0;
}

/* ---- rules and configurations ---- */

struct spec {
	u64 provider;
	u8 plen;
	u32 v4;
	u8 v4_len;
	u16 sid;
	u8 sid_bits;
	u8 csum;
};

#define FIGURE_3	{ 0x20010db800000000ULL, 32, 0, 0, 0, 0, PMT_CSUM_ADJUST }

static inline void free_counts(void *pmt)
{
	free_percpu(((struct pmt_dev *)pmt)->counts);
}

static inline void free_dev(void *dev)
{
	free_netdev(dev);
}

static inline void free_kv(void *p)
{
	kvfree(p);
}

static inline void *alloc_kv(struct kunit *test, size_t size)
{
	void *p = kvzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_kv, p), 0);
	return p;
}

static inline void init_rule(struct kunit *test, struct pmt_map_rule *rule,
			     const struct spec *spec)
{
	KUNIT_ASSERT_EQ(test, pmt_map_rule_init(rule, spec->provider, spec->plen,
						spec->v4, spec->v4_len, spec->sid,
						spec->sid_bits, spec->csum),
			PMT_MAP_OK);
}

/* A configuration of these rules, with a device that nobody else sees */
static inline struct pmt_conf *make_conf(struct kunit *test,
					 const struct spec *specs, u32 n)
{
	struct pmt_map_rule *rules;
	struct net_device *dev;
	struct pmt_conf *conf;
	struct pmt_dev *pmt;
	u32 i;

	conf = kunit_kzalloc(test, sizeof(*conf) + pmt_map_size(n), GFP_KERNEL);
	rules = kunit_kcalloc(test, n + 1, sizeof(*rules), GFP_KERNEL);
	pmt = kunit_kzalloc(test, sizeof(*pmt), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, conf && rules && pmt);
	for (i = 0; i < n; i++)
		init_rule(test, &rules[i], &specs[i]);
	KUNIT_ASSERT_EQ(test, pmt_map_build(&conf->map, conf->map_mem, rules, n),
			PMT_MAP_OK);
	dev = alloc_netdev(0, "kunit%d", NET_NAME_UNKNOWN, ether_setup);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_dev, dev), 0);
	dev->ifindex = 0x7ffffff0;
	pmt->counts = alloc_percpu(struct pmt_counts);
	KUNIT_ASSERT_TRUE(test, pmt->counts);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_counts, pmt), 0);
	pmt->dev = dev;
	pmt->net = &init_net;
	conf->pmt = pmt;
	conf->opts.hairpin = true;
	conf->opts.n_local = 1;
	conf->opts.local[0] = htonl(A_V4);
	conf->opts.icmp_rate = 1000;
	conf->opts.ptb_rate = 1000;
	conf->opts.errsrc = pmt_in6(N_HI, 1);
	pmt_limits_init(pmt);
	pmt_limits_set(pmt, &conf->opts);
	return conf;
}

static inline void free_policy(void *policy)
{
	pmt_policy_put(policy);
}

/* A policy of entries that are in order */
static inline struct pmt_policy *make_policy(struct kunit *test,
					     const struct pmt_entry *entries,
					     u32 n)
{
	struct pmt_policy *policy = pmt_policy_copy(NULL);
	u32 bad;

	KUNIT_ASSERT_NOT_NULL(test, policy);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_policy,
							policy), 0);
	KUNIT_ASSERT_EQ(test, pmt_policy_apply(policy, entries, n, PMT_POLICY_ADD,
					       &bad), 0);
	return policy;
}

/* ---- bytes ---- */

struct bytes {
	unsigned int len;
	u8 at[1500];
};

static inline struct bytes *new_bytes(struct kunit *test)
{
	struct bytes *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

/* Append a number of so many bytes */
static inline void put(struct bytes *p, int size, u64 value)
{
	while (size--)
		p->at[p->len++] = value >> (8 * size);
}

static inline void set16(struct bytes *p, unsigned int at, u16 value)
{
	p->at[at] = value >> 8;
	p->at[at + 1] = value;
}

static inline u16 get16(const struct bytes *p, unsigned int at)
{
	return p->at[at] << 8 | p->at[at + 1];
}

static inline void set64(struct bytes *p, unsigned int at, u64 value)
{
	int i;

	for (i = 0; i < 8; i++)
		p->at[at + i] = value >> (56 - 8 * i);
}

/* One's complement sum, RFC 1071: byte by byte, folded at once */
static inline u16 add16(u32 a, u32 b)
{
	return a + b > 0xffff ? a + b - 0xffff : a + b;
}

static inline u16 sum_bytes(const u8 *bytes, unsigned int len, u16 sum)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum = add16(sum, i & 1 ? bytes[i] : bytes[i] << 8);
	return sum;
}

/* ---- packets ---- */

/* A transport header in a packet, and where its IPv6 header is; end: where the
 * packet ends, which may have something behind it
 */
struct l4 {
	unsigned int ip;
	unsigned int at;
	unsigned int csum;	/* 0: none */
	unsigned int end;
	u8 proto;
};

/* RFC 8200 8.1 */
static inline u16 pseudo_sum(const struct bytes *p, const struct l4 *l4)
{
	return sum_bytes(p->at + l4->ip + 8, 32, add16(l4->end - l4->at,
						       l4->proto));
}

/* What the checksum ought to be; that of UDP and UDP-Lite is never sent as 0 */
static inline u16 right_csum(const struct bytes *p, const struct l4 *l4)
{
	u16 sum = pseudo_sum(p, l4);

	sum = sum_bytes(p->at + l4->at, l4->csum - l4->at, sum);
	sum = ~sum_bytes(p->at + l4->csum + 2, l4->end - l4->csum - 2, sum);
	if (!sum && (l4->proto == 17 || l4->proto == 136))
		return 0xffff;
	return sum;
}

static inline void fill_right(struct bytes *p, const struct l4 *l4)
{
	set16(p, l4->csum, right_csum(p, l4));
}

/* The headers that a letter stands for */
static const struct header {
	char letter;
	u8 proto;
	u8 len;
	u8 csum;	/* offset, 0: none */
	u8 next;	/* has the type of the next header as its first byte: 1 */
	u8 bytes[4];	/* what it begins with */
} headers[] = {
	{ 'T',   6, 20, 16, 0, { 0x9c, 0x40, 0, 80 } },	/* TCP */
	{ 'U',  17,  8,  6, 0, { 4, 0, 0, 53 } },	/* UDP */
	{ 'L', 136,  8,  6, 0, { 4, 0, 0, 53 } },	/* UDP-Lite */
	{ 'D',  33, 16,  6, 0, { 4, 0, 0, 53 } },	/* DCCP */
	{ 'I',  58,  8,  2, 0, { 128 } },		/* echo request */
	{ 'e',  58,  8,  2, 0, { 1 } },			/* unreachable */
	{ 'b',  58,  8,  2, 0, { 2 } },			/* too big */
	{ 'x',  58,  8,  2, 0, { 127 } },		/* the last error */
	{ 'n',  58,  8,  2, 0, { 135 } },		/* neighbour solicitation */
	{ 'M', 135,  8,  4, 0, { 59, 0 } },		/* mobility */
	{ 'S', 132, 12,  0, 0, { 4, 0, 0, 53 } },	/* SCTP */
	{ 'E',  50, 16,  0, 0, { } },			/* ESP */
	{ 'G',  47,  4,  0, 0, { } },			/* GRE */
	{ '4',   4, 20,  0, 0, { 0x45 } },		/* IPv4 */
	{ '6',  41, 40,  0, 0, { 0x60 } },		/* IPv6 */
	{ 'N',  59,  0,  0, 0, { } },			/* nothing */
	{ 'X', 253,  8,  0, 0, { } },			/* unknown */
	{ 'A',  51, 24,  0, 1, { 0, 4 } },		/* AH */
	{ 'h',   0,  8,  0, 1, { 0, 0, 1, 4 } },	/* hop-by-hop */
	{ 'd',  60, 16,  0, 1, { 0, 1, 1, 12 } },	/* destination options */
	{ 'r',  43, 24,  0, 1, { 0, 2, 2, 0 } },	/* routing, at its end */
	{ 'R',  43, 24,  0, 1, { 0, 2, 2, 1 } },	/* routing, on its way */
	{ '0',  43, 24,  0, 1, { 0, 2, 0, 0 } },	/* routing type 0 */
	{ 'f',  44,  8,  0, 1, { 0, 0, 0, 1 } },	/* first fragment */
	{ 'a',  44,  8,  0, 1, { 0, 0, 0, 0 } },	/* atomic fragment */
	{ 'l',  44,  8,  0, 1, { 0, 0, 0, 8 } },	/* last fragment, at 8 */
	{ 0,    59,  0,  0, 0, { } },
};

static inline const struct header *find_header(char letter)
{
	const struct header *h;

	for (h = headers; h->letter && h->letter != letter; h++)
		;
	return h;
}

#define PAYLOAD	13	/* odd, to meet the last byte of a sum */

/* Append an IPv6 packet from and to these, with the headers that the letters stand
 * for and a payload, its last checksum right.
 */
static inline struct l4 put_packet(struct bytes *p, u64 src, u64 src_lo, u64 dst,
				   u64 dst_lo, const char *chain)
{
	struct l4 l4 = { .ip = p->len };
	const struct header *h = find_header(*chain);
	unsigned int i, len = PAYLOAD;
	const char *c;

	for (c = chain; *c; c++)
		len += find_header(*c)->len;
	put(p, 4, 0x600abcde);
	put(p, 2, len);
	put(p, 1, h->proto);
	put(p, 1, 64);
	put(p, 8, src);
	put(p, 8, src_lo);
	put(p, 8, dst);
	put(p, 8, dst_lo);
	for (c = chain; *c; c++) {
		h = find_header(*c);
		l4.at = p->len;
		l4.csum = h->csum ? p->len + h->csum : 0;
		l4.proto = h->proto;
		for (i = 0; i < h->len; i++)
			put(p, 1, i < sizeof(h->bytes) ? h->bytes[i] : 0);
		if (h->next)
			p->at[l4.at] = find_header(c[1])->proto;
	}
	for (i = 0; i < PAYLOAD; i++)
		put(p, 1, 0xa1 + 7 * i);
	l4.end = p->len;
	if (l4.csum)
		fill_right(p, &l4);
	return l4;
}

/* ---- skbs ---- */

enum layout {
	LINEAR,
	PAGED,		/* the IPv6 header linear, the rest in a page */
	SCATTERED,	/* the rest in many pieces of odd length */
	LISTED,		/* the rest in a second skb */
	N_LAYOUTS,
};

/* NULL when there is no memory */
static inline struct sk_buff *make_skb(const struct bytes *p, enum layout layout)
{
	unsigned int linear = layout == LINEAR ? p->len : sizeof(struct ipv6hdr);
	unsigned int at, n, i = 0;
	struct sk_buff *skb, *list;
	struct page *page;

	skb = alloc_skb(128 + linear, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, 128);
	skb_reset_network_header(skb);
	skb_put_data(skb, p->at, linear);
	skb->protocol = htons(ETH_P_IPV6);
	if (p->len == linear)
		return skb;
	if (layout == LISTED) {
		n = p->len - linear;
		list = alloc_skb(n, GFP_KERNEL);
		if (!list)
			goto err;
		skb_put_data(list, p->at + linear, n);
		skb_shinfo(skb)->frag_list = list;
		skb->len += n;
		skb->data_len += n;
		skb->truesize += list->truesize;
		return skb;
	}
	page = alloc_page(GFP_KERNEL);
	if (!page)
		goto err;
	memcpy(page_address(page), p->at + linear, p->len - linear);
	for (at = linear; at < p->len; at += n) {
		n = layout == SCATTERED && i < 15 ? 2 * i + 1 : p->len - at;
		n = min(n, p->len - at);
		if (i)
			get_page(page);
		skb_add_rx_frag(skb, i++, page, at - linear, n, n);
	}
	return skb;

err:
	kfree_skb(skb);
	return NULL;
}

static inline bool skb_is(const struct sk_buff *skb, const struct bytes *p)
{
	static u8 buffer[sizeof(p->at)];	/* the tests run one by one */

	return skb->len == p->len &&
	       !skb_copy_bits(skb, 0, buffer, skb->len) &&
	       !memcmp(buffer, p->at, p->len);
}

static inline u64 counted(const struct pmt_conf *conf, enum pmt_counter counter)
{
	u64 n[__PMT_COUNTER_MAX];

	pmt_stats_read(conf->pmt, n);
	return n[counter];
}

#endif /* _PMT_KUNIT_H */
