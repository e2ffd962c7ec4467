// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrite one address of an IPv6 packet and what its transport checksum covers
 * (RFC 6732 3.3 and 4.5, RFC 3022 4.2, RFC 1624, RFC 6296). The packet that an
 * ICMPv6 error quotes gets the same, the other way round.
 */
#include <linux/dccp.h>
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ipv6.h>

#include "pmt.h"

/* Extension headers that are looked through. RFC 8200 4.1 knows of six, one of
 * which may come twice.
 */
#define MAX_HEADERS	8

/* Where the checksum over the addresses is; 0: there is none (R24, R27) */
static const u8 csum_offset[256] = {
	[IPPROTO_TCP]	  = offsetof(struct tcphdr, check),
	[IPPROTO_UDP]	  = offsetof(struct udphdr, check),
	[IPPROTO_UDPLITE] = offsetof(struct udphdr, check),
	[IPPROTO_DCCP]	  = offsetof(struct dccp_hdr, dccph_checksum),
	[IPPROTO_ICMPV6]  = offsetof(struct icmp6hdr, icmp6_cksum),
	[IPPROTO_MH]	  = 4,		/* RFC 6275 6.1.1 */
};

static bool l4_csum(u8 proto, struct pmt_l4 *l4)
{
	if (!csum_offset[proto])
		return false;
	l4->proto = proto;
	l4->csum = l4->start + csum_offset[proto];
	return true;
}

/* Through the extension headers behind the IPv6 header, the first being @proto */
static noinline enum pmt_counter walk_headers(const struct sk_buff *skb,
					      u8 proto, unsigned int end,
					      bool dst, struct pmt_l4 *l4)
{
	bool first_fragment = false, covered = true;
	union {
		struct ipv6_rt_hdr ext;	/* the longest common beginning */
		struct frag_hdr frag;
	} buffer, *h;
	int i;

	for (i = 0; !l4_csum(proto, l4); i++) {
		bool is_ext = proto == NEXTHDR_HOP || proto == NEXTHDR_DEST ||
			      proto == NEXTHDR_ROUTING;

		if (proto == NEXTHDR_AUTH)
			return PMT_AH;
		if (proto == NEXTHDR_NONE || proto == NEXTHDR_ESP ||
		    proto == IPPROTO_SCTP || proto == IPPROTO_GRE ||
		    proto == IPPROTO_IPIP || proto == IPPROTO_IPV6)
			return PMT_OK;
		if (!is_ext && proto != NEXTHDR_FRAGMENT)
			return PMT_L4UNKNOWN;
		h = skb_header_pointer(skb, l4->start, sizeof(buffer), &buffer);
		if (!h || l4->start + sizeof(buffer) > end || i == MAX_HEADERS)
			return first_fragment ? PMT_TINYFRAG : PMT_MALFORMED;
		if (is_ext) {
			if (proto == NEXTHDR_ROUTING) {
				if (h->ext.type == IPV6_SRCRT_TYPE_0)
					return PMT_RH0;
				/* the checksum has the last destination, and
				 * that is still in the routing header (R30)
				 */
				if (dst && h->ext.segments_left)
					covered = false;
			}
			proto = h->ext.nexthdr;
			l4->start += (h->ext.hdrlen + 1) * 8;
			if (l4->start > end)
				return first_fragment ? PMT_TINYFRAG :
							PMT_MALFORMED;
			continue;
		}
		if (h->frag.frag_off & htons(IP6_OFFSET))
			return PMT_OK;
		first_fragment = h->frag.frag_off & htons(IP6_MF);
		proto = h->frag.nexthdr;
		l4->start += sizeof(h->frag);
	}
	if (l4->csum + sizeof(__sum16) > end) {
		l4->csum = 0;
		return first_fragment ? PMT_TINYFRAG : PMT_MALFORMED;
	}
	l4->covered = covered;
	return PMT_OK;
}

/**
 * pmt_find_l4() - walk to the transport header (R24, R27-R32)
 * @skb: a packet that holds
 * @at: an IPv6 header, 40 bytes of it linear, at this offset
 * @end: its end
 * @dst: it is about the destination address
 * @l4: answer; l4->csum is 0 when there is no checksum, and l4->covered is false
 *      when it is not over that address (R30)
 *
 * Return: PMT_OK; PMT_AH and PMT_L4UNKNOWN when the transport header is out of
 * reach, but the packet may pass; PMT_MALFORMED, PMT_TINYFRAG or PMT_RH0 when it
 * may not.
 */
enum pmt_counter pmt_find_l4(const struct sk_buff *skb, unsigned int at,
			     unsigned int end, bool dst, struct pmt_l4 *l4)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)(skb->data + at);

	*l4 = (struct pmt_l4){ .start = at + sizeof(*ip6h) };
	if (l4_csum(ip6h->nexthdr, l4) && l4->csum + sizeof(__sum16) <= end) {
		l4->covered = true;
		return PMT_OK;
	}
	return walk_headers(skb, ip6h->nexthdr, end, dst, l4);
}

/* What becomes of an address */
struct rewrite {
	struct in6_addr to;
	u16 delta;		/* for the checksums, 0: they stay as they are */
};

/* What the checksums have to take in when an adjust rule is applied */
static u16 find_delta(const struct pmt_map_answer *answer, enum pmt_dir dir)
{
	u16 delta = answer->rule->delta_fixed ? answer->rule->delta :
		    pmt_map_delta(answer->customer, answer->provider);

	/* ffff is 0 in one's complement; a plain 0 would be RFC 1624's -0 */
	return dir == PMT_IN && delta != 0xffff ? ~delta : delta;
}

static enum pmt_counter find_rewrite(const struct pmt_map_answer *answer,
				     enum pmt_dir dir,
				     const struct in6_addr *from,
				     struct rewrite *rw)
{
	u64 to = dir == PMT_OUT ? answer->provider : answer->customer;
	u64 lo = pmt_lo(from);

	rw->delta = 0;
	if (answer->rule->csum != PMT_CSUM_NEUTRAL)
		rw->delta = find_delta(answer, dir);
	else if (!pmt_map_lo(answer->rule, pmt_hi(from), to, &lo))
		return PMT_NOMAP;
	rw->to = pmt_in6(to, lo);
	return PMT_OK;
}

static __wsum wide(u16 delta)
{
	return (__force __wsum)htons(delta);
}

/* RFC 1624 equation 3 */
static __always_inline void add_csum(__sum16 *sum, u8 proto, u16 delta)
{
	*sum = csum_fold(csum_add(~csum_unfold(*sum), wide(delta)));
	if (!*sum && (proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE))
		*sum = CSUM_MANGLED_0;
}

/* Is the address in a checksum? R26: a UDP checksum of 0 says that there is none */
static bool has_csum(const struct pmt_l4 *l4, const __sum16 *sum)
{
	return l4->covered && (*sum || l4->proto != IPPROTO_UDP);
}

/* A tunnel inside may have a checksum to complete, which is not this header's */
static bool is_partial(const struct sk_buff *skb, const struct pmt_l4 *l4)
{
	return l4->csum && skb->ip_summed == CHECKSUM_PARTIAL &&
	       skb_checksum_start_offset(skb) == l4->start;
}

/* Bring the sums of a packet in line with a rewritten address (R39). With
 * CHECKSUM_PARTIAL the field holds the sum of the pseudo header, not its
 * complement.
 */
static __always_inline void update_csum(struct sk_buff *skb,
					const struct pmt_l4 *l4, u16 delta)
{
	__sum16 *sum = (__sum16 *)(skb->data + l4->csum);

	if (is_partial(skb, l4) && l4->covered)
		*sum = ~csum_fold(csum_add(csum_unfold(*sum), wide(delta)));
	else if (has_csum(l4, sum))
		add_csum(sum, l4->proto, delta);
	else if (skb->ip_summed == CHECKSUM_COMPLETE)
		/* nothing makes up for the address */
		skb->csum = csum_add(skb->csum, wide(delta));
}

/**
 * pmt_is_error() - is it an ICMPv6 error? Types below 128 are (RFC 4443 2.1)
 * @skb: the packet
 * @l4: its transport header, from pmt_find_l4()
 */
bool pmt_is_error(const struct sk_buff *skb, const struct pmt_l4 *l4)
{
	const u8 *type;
	u8 buffer;

	if (l4->proto != IPPROTO_ICMPV6)
		return false;
	type = skb_header_pointer(skb, l4->start, 1, &buffer);
	return type && *type < ICMPV6_ECHO_REQUEST;
}

/* Where the packet that an error quotes ends: RFC 4884 4.1 and 4.2 may set a
 * bound, in 8-byte units, and put something else behind it.
 */
static unsigned int quote_end(const struct sk_buff *skb,
			      const struct pmt_l4 *l4)
{
	struct icmp6hdr buffer, *icmp6h;
	unsigned int length;

	icmp6h = skb_header_pointer(skb, l4->start, sizeof(buffer), &buffer);
	if (!icmp6h)
		return 0;
	if (icmp6h->icmp6_type != ICMPV6_DEST_UNREACH &&
	    icmp6h->icmp6_type != ICMPV6_TIME_EXCEED)
		return skb->len;
	length = icmp6h->icmp6_dataun.un_data8[0] * 8;
	if (!length)
		return skb->len;
	return min_t(unsigned int, skb->len,
		     l4->start + sizeof(*icmp6h) + length);
}

/**
 * pmt_translate_quote() - the packet that an ICMPv6 error quotes (R33-R36)
 * @conf: the configuration
 * @skb: the error; its whole quote becomes writable
 * @at: where the quote begins
 * @end: where it ends
 * @v4: the customer that the error is from or to
 * @dir: the error's own way. What it quotes went the other, so that here
 *       PMT_OUT rewrites the quoted destination, PMT_IN the quoted source.
 * @delta: what the ICMPv6 checksum has to make up for; 0 when the quoted
 *         transport checksum did, or there was nothing
 *
 * Return: PMT_OK; PMT_NOMEM; PMT_SID when it is about a subnet of the customer
 * that is not relayed; PMT_ICMP_IN or PMT_ICMP_OUT when the quote is an error
 * itself, or not about a packet of this customer.
 */
enum pmt_counter pmt_translate_quote(const struct pmt_conf *conf,
				     struct sk_buff *skb, unsigned int at,
				     unsigned int end, u32 v4,
				     enum pmt_dir dir, u16 *delta)
{
	enum pmt_counter bad = dir == PMT_OUT ? PMT_ICMP_OUT : PMT_ICMP_IN;
	struct pmt_map_answer quoted;
	enum pmt_counter reason;
	struct in6_addr *addr;
	struct ipv6hdr *ip6h;
	struct rewrite rw;
	struct pmt_l4 l4;
	__sum16 *sum;

	*delta = 0;
	if (at + sizeof(*ip6h) > end)
		return bad;
	if (skb_ensure_writable(skb, end))
		return PMT_NOMEM;
	ip6h = (struct ipv6hdr *)(skb->data + at);
	if (ip6h->version != 6)
		return bad;
	/* what does not reach to the checksum goes without */
	pmt_find_l4(skb, at, end, dir == PMT_OUT, &l4);
	if (l4.start < end && pmt_is_error(skb, &l4))
		return bad;
	addr = dir == PMT_OUT ? &ip6h->daddr : &ip6h->saddr;
	pmt_map_ask_hi(&conf->map, pmt_hi(addr), &quoted);
	if (quoted.v4 != v4)
		return bad;
	reason = pmt_judge(conf, pmt_policy_find(conf->policy, v4), &quoted);
	if (reason)
		return reason == PMT_SID ? reason : bad;
	/* the form of the customer's side of the relay, or of the other; ordinary
	 * 6to4 has one form for both, and the quote stays
	 */
	if (pmt_hi_is_6to4(pmt_hi(addr)) != (dir == PMT_OUT || !quoted.rule))
		return bad;
	if (!quoted.rule)
		return PMT_OK;
	if (find_rewrite(&quoted, dir, addr, &rw))
		return bad;
	*delta = rw.delta;
	sum = (__sum16 *)(skb->data + l4.csum);
	if (rw.delta && has_csum(&l4, sum)) {
		add_csum(sum, l4.proto, rw.delta);
		*delta = 0;
	}
	*addr = rw.to;
	return PMT_OK;
}

static u16 csum_words(u16 a, u16 b)
{
	u32 sum = a + b;

	return (sum & 0xffff) + (sum >> 16);
}

/* R37: an error from a subnet that is not mapped, about a packet of one that is,
 * comes from the relay itself; what else comes from there stays as it is, or
 * does not pass.
 */
static enum pmt_counter translate_foreign(const struct pmt_conf *conf,
					  struct sk_buff *skb,
					  const struct pmt_map_answer *answer,
					  const struct pmt_l4 *l4,
					  struct rewrite *rw, u16 *quoted)
{
	unsigned int at = l4->start + sizeof(struct icmp6hdr);
	const struct in6_addr *saddr = &ipv6_hdr(skb)->saddr;
	const struct ipv6hdr *quote;
	enum pmt_counter reason;

	rw->delta = 0;
	rw->to = *saddr;
	reason = pmt_translate_quote(conf, skb, at, quote_end(skb, l4),
				     answer->v4, PMT_OUT, quoted);
	if (reason == PMT_ICMP_OUT && conf->opts.untranslated)
		return PMT_OK;
	if (reason)
		return reason;
	saddr = &ipv6_hdr(skb)->saddr;
	quote = (const struct ipv6hdr *)(skb->data + at);
	if (pmt_hi_is_6to4(pmt_hi(&quote->daddr)))
		return PMT_OK;
	if (!pmt_may_send(conf->pmt, ICMPV6_DEST_UNREACH))
		return PMT_RATELIMIT;
	if (!pmt_find_errsrc(conf, &rw->to))
		return PMT_NOERRSRC;
	rw->delta = pmt_map_delta(pmt_hi(saddr), pmt_hi(&rw->to));
	if (pmt_lo(saddr) != pmt_lo(&rw->to))
		rw->delta = csum_words(rw->delta, pmt_map_delta(pmt_lo(saddr),
								pmt_lo(&rw->to)));
	return PMT_OK;
}

/* Everything but the usual packet: extension headers, errors and what they quote,
 * neutral rules, ordinary 6to4
 */
static noinline enum pmt_counter translate_slow(const struct pmt_conf *conf,
						struct sk_buff *skb,
						const struct pmt_map_answer *answer,
						enum pmt_dir dir)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	enum pmt_counter reason, seen;
	bool only_errors, error;
	struct rewrite rw = {};
	struct pmt_l4 l4;
	u16 quoted = 0;

	/* from a subnet that no rule holds, and that is not ordinary 6to4 (R37) */
	only_errors = dir == PMT_OUT && !answer->rule &&
		      answer->reason == PMT_SID && !conf->opts.untranslated;
	if (answer->rule) {
		reason = find_rewrite(answer, dir, dir == PMT_OUT ?
				      &ip6h->saddr : &ip6h->daddr, &rw);
		if (reason)
			return reason;
	}
	seen = pmt_find_l4(skb, 0, skb->len, dir == PMT_IN, &l4);
	if (seen && seen != PMT_AH && seen != PMT_L4UNKNOWN)
		return only_errors ? PMT_SID : seen;
	if (l4.proto == IPPROTO_ICMPV6 && pmt_is_nd(skb, l4.start))
		return PMT_ND;
	error = l4.csum && pmt_is_error(skb, &l4);
	if (!answer->rule) {
		if (dir == PMT_IN || answer->reason != PMT_SID)
			goto out;
		if (!error && only_errors)
			return PMT_SID;
		if (!error)
			goto out;
		reason = translate_foreign(conf, skb, answer, &l4, &rw, &quoted);
	} else {
		reason = PMT_OK;
		if (error)
			reason = pmt_translate_quote(conf, skb, l4.start +
						     sizeof(struct icmp6hdr),
						     quote_end(skb, &l4),
						     answer->v4, dir, &quoted);
	}
	if (reason)
		return reason;
	if (skb_ensure_writable(skb, max_t(unsigned int, sizeof(*ip6h),
					   l4.csum + sizeof(__sum16))))
		return PMT_NOMEM;
	if (rw.delta)
		update_csum(skb, &l4, rw.delta);
	if (quoted && !is_partial(skb, &l4))
		add_csum((__sum16 *)(skb->data + l4.csum), l4.proto, quoted);
	if (dir == PMT_OUT)
		ipv6_hdr(skb)->saddr = rw.to;
	else
		ipv6_hdr(skb)->daddr = rw.to;
out:
	if (seen)
		pmt_count(conf->pmt, seen);
	return PMT_OK;
}

/* No error (RFC 4443 2.1), and that is soon seen */
static bool is_query(const struct sk_buff *skb)
{
	const unsigned int at = sizeof(struct ipv6hdr);

	return at < skb_headlen(skb) && skb->data[at] & ICMPV6_INFOMSG_MASK;
}

/**
 * pmt_translate() - from one form of an address to the other (R1-R3, R24-R37)
 * @conf: the configuration
 * @skb: data and network header at an IPv6 packet of checked length
 * @answer: both forms, and their rule; no rule: ordinary 6to4, looked at only
 * @dir: PMT_OUT rewrites the source, PMT_IN the destination
 */
enum pmt_counter pmt_translate(const struct pmt_conf *conf, struct sk_buff *skb,
			       const struct pmt_map_answer *answer,
			       enum pmt_dir dir)
{
	const struct pmt_map_rule *rule = answer->rule;
	struct pmt_l4 l4 = { .start = sizeof(struct ipv6hdr), .covered = true };
	u8 proto = ipv6_hdr(skb)->nexthdr;

	if (!l4_csum(proto, &l4) || l4.csum + sizeof(__sum16) > skb->len ||
	    (proto == IPPROTO_ICMPV6 && !is_query(skb)) ||
	    !rule || rule->csum == PMT_CSUM_NEUTRAL)
		return translate_slow(conf, skb, answer, dir);
	if (skb_ensure_writable(skb, l4.csum + sizeof(__sum16)))
		return PMT_NOMEM;
	update_csum(skb, &l4, find_delta(answer, dir));
	if (dir == PMT_OUT)
		pmt_set_hi(&ipv6_hdr(skb)->saddr, answer->provider);
	else
		pmt_set_hi(&ipv6_hdr(skb)->daddr, answer->customer);
	return PMT_OK;
}

#ifdef PMT_KUNIT
#include "translate_kunit.c"
#endif
