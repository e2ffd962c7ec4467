// SPDX-License-Identifier: GPL-2.0
/*
 * Rewrite one address of an IPv6 packet and what its transport checksum covers
 * (RFC 6732 3.3 and 4.5, RFC 3022 4.2, RFC 1624). Nothing else is touched.
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

/* Where the transport header and its checksum are, from the IPv6 header */
struct l4 {
	unsigned int start;
	unsigned int csum;	/* 0: there is none to update */
	bool optional;		/* 0 says that there is none (UDP) */
	bool nonzero;		/* a result of 0 is sent as ffff */
};

static bool l4_csum(u8 proto, struct l4 *l4)
{
	unsigned int at;

	switch (proto) {
	case IPPROTO_UDP:
		l4->optional = true;
		fallthrough;
	case IPPROTO_UDPLITE:
		l4->nonzero = true;
		at = offsetof(struct udphdr, check);
		break;
	case IPPROTO_TCP:
		at = offsetof(struct tcphdr, check);
		break;
	case IPPROTO_ICMPV6:
		at = offsetof(struct icmp6hdr, icmp6_cksum);
		break;
	case IPPROTO_DCCP:
		at = offsetof(struct dccp_hdr, dccph_checksum);
		break;
	case IPPROTO_MH:
		at = 4;		/* RFC 6275 6.1.1 */
		break;
	default:
		return false;
	}
	l4->csum = l4->start + at;
	return true;
}

/* Walk to the transport header (R24, R27-R32) */
static enum pmt_counter find_l4(struct pmt_dev *pmt, const struct sk_buff *skb,
				enum pmt_dir dir, struct l4 *l4)
{
	u8 proto = ipv6_hdr(skb)->nexthdr;
	bool first_fragment = false, rewritten = true;
	union {
		struct ipv6_rt_hdr ext;	/* the longest common beginning */
		struct frag_hdr frag;
	} buffer, *h;
	int i;

	*l4 = (struct l4){ .start = sizeof(struct ipv6hdr) };
	for (i = 0; !l4_csum(proto, l4); i++) {
		bool is_ext = proto == NEXTHDR_HOP || proto == NEXTHDR_DEST ||
			      proto == NEXTHDR_ROUTING;

		if (!is_ext && proto != NEXTHDR_FRAGMENT) {
			if (proto == NEXTHDR_AUTH)
				pmt_count(pmt, PMT_AH);
			else if (proto != NEXTHDR_NONE && proto != NEXTHDR_ESP &&
				 proto != IPPROTO_SCTP && proto != IPPROTO_GRE &&
				 proto != IPPROTO_IPIP && proto != IPPROTO_IPV6)
				pmt_count(pmt, PMT_L4UNKNOWN);
			return PMT_OK;
		}
		h = skb_header_pointer(skb, l4->start, sizeof(buffer), &buffer);
		if (!h || i == MAX_HEADERS)
			return PMT_MALFORMED;
		if (is_ext) {
			if (proto == NEXTHDR_ROUTING) {
				if (h->ext.type == IPV6_SRCRT_TYPE_0)
					return PMT_RH0;
				/* the checksum has the last destination, and
				 * that is still in the routing header (R30)
				 */
				if (dir == PMT_IN && h->ext.segments_left)
					rewritten = false;
			}
			proto = h->ext.nexthdr;
			l4->start += (h->ext.hdrlen + 1) * 8;
			if (l4->start > skb->len)
				return PMT_MALFORMED;
			continue;
		}
		if (h->frag.frag_off & htons(IP6_OFFSET))
			return PMT_OK;
		first_fragment = h->frag.frag_off & htons(IP6_MF);
		proto = h->frag.nexthdr;
		l4->start += sizeof(h->frag);
	}
	if (l4->csum + sizeof(__sum16) > skb->len)
		return first_fragment ? PMT_TINYFRAG : PMT_MALFORMED;
	if (!rewritten)
		l4->csum = 0;
	return PMT_OK;
}

/* RFC 1624 equation 3. With CHECKSUM_PARTIAL on this header, the field holds the
 * sum of the pseudo header, not its complement; a checksum that a tunnel inside
 * has still to complete is none of this header's.
 */
static void update_csum(struct sk_buff *skb, const struct l4 *l4, __wsum delta)
{
	__sum16 *sum = (__sum16 *)(skb->data + l4->csum);

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_checksum_start_offset(skb) == l4->start) {
		*sum = ~csum_fold(csum_add(csum_unfold(*sum), delta));
		return;
	}
	if (l4->optional && !*sum) {
		/* no checksum to make up for the address */
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->csum = csum_add(skb->csum, delta);
		return;
	}
	*sum = csum_fold(csum_add(~csum_unfold(*sum), delta));
	if (l4->nonzero && !*sum)
		*sum = CSUM_MANGLED_0;
}

/**
 * pmt_translate() - from one form of an address to the other (R1-R3, R24-R32)
 * @pmt: whose counters
 * @skb: data and network header at an IPv6 packet of checked length
 * @answer: both forms, and their rule
 * @dir: PMT_OUT rewrites the source, PMT_IN the destination
 */
enum pmt_counter pmt_translate(struct pmt_dev *pmt, struct sk_buff *skb,
			       const struct pmt_map_answer *answer,
			       enum pmt_dir dir)
{
	u16 delta = answer->rule->delta_fixed ? answer->rule->delta :
		    pmt_map_delta(answer->customer, answer->provider);
	enum pmt_counter reason;
	struct in6_addr *addr;
	unsigned int len;
	struct l4 l4;
	__wsum wdelta;

	reason = find_l4(pmt, skb, dir, &l4);
	if (reason)
		return reason;
	len = max_t(unsigned int, sizeof(struct ipv6hdr),
		    l4.csum + sizeof(__sum16));
	if (skb_ensure_writable(skb, len))
		return PMT_NOMEM;

	/* a sum of 0 would be lost in RFC 1624's -0; ffff is the same number */
	if (dir == PMT_IN)
		delta = delta == 0xffff ? 0xffff : ~delta;
	wdelta = (__force __wsum)htons(delta);
	if (l4.csum)
		update_csum(skb, &l4, wdelta);
	else if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_add(skb->csum, wdelta);

	addr = dir == PMT_OUT ? &ipv6_hdr(skb)->saddr : &ipv6_hdr(skb)->daddr;
	*addr = pmt_in6(dir == PMT_OUT ? answer->provider : answer->customer,
			addr);
	return PMT_OK;
}
