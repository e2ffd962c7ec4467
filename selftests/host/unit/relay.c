// SPDX-License-Identifier: GPL-2.0
/*
 * A relay of the module's own validate.c, map.c, policy.c and translate.c, and the
 * shim. What the other files would do with a packet is done here in a few lines.
 * Reads lines, prints one for each packet:
 *
 *	conf UNTRANSLATED HAIRPIN TO2002	begin anew
 *	rule PROVIDER PLEN V4 V4LEN SID SID_BITS CSUM
 *	policy ADDR LEN ACTION
 *	go					publish
 *	out SADDR DADDR PACKET			from a customer, the outer header off
 *	in IIF PACKET				from the Internet
 *
 * Numbers are hexadecimal, in the order of the wire. The answer: the packet that
 * leaves, or -; who it goes to or comes from; the code of the Destination
 * Unreachable that is owed, or -1; what was counted; "sum" when the packet's sum
 * came out of step with it, "partial" when a checksum to complete did.
 */
#include <stdio.h>

#include "pmt.h"

struct net shim_net;
struct net_device shim_dev = { .ifindex = 1 };
unsigned int pmt_net_id;

static struct pmt_net namespace;
static struct pmt_dev device = { .dev = &shim_dev, .net = &shim_net };
static struct pmt_conf conf = { .pmt = &device };
static struct pmt_map_rule rules[64];
static u32 n_rules;
static void *map_mem;

static const char * const counter_names[] = {
#define PMT_COUNTER(id, name, ...)	\
	[PMT_##id] = name,
#include <linux/pmt_counters.h>
#undef PMT_COUNTER
};

static unsigned int counts[__PMT_COUNTER_MAX];

/* The machine's own addresses */
#define ANYCAST		0xc0586301	/* 192.88.99.1 */
#define OWN		0x08000002	/* 8.0.0.2/24 */

int inet_addr_type_dev_table(struct net *net, const struct net_device *dev,
			     __be32 addr)
{
	(void)net;
	(void)dev;
	return addr == htonl(ANYCAST) || addr == htonl(OWN) ? RTN_LOCAL :
							      RTN_UNICAST;
}

void pmt_count(struct pmt_dev *pmt, enum pmt_counter counter)
{
	(void)pmt;
	counts[counter]++;
}

bool pmt_may_send(struct pmt_dev *pmt, u8 type)
{
	(void)pmt;
	(void)type;
	return true;
}

bool pmt_find_errsrc(const struct pmt_conf *c, struct in6_addr *addr)
{
	*addr = c->opts.errsrc;
	return true;
}

/* As receive() in rx.c; without IPsec and ECN */
static enum pmt_counter receive(struct sk_buff *skb, u32 saddr, u32 daddr,
				struct pmt_map_answer *answer)
{
	enum pmt_counter reason = pmt_check_length(skb);

	if (reason)
		return reason;
	reason = pmt_validate_out(&conf, skb, htonl(saddr), htonl(daddr),
				  pmt_policy_find(conf.policy, saddr), answer);
	if (reason && reason != PMT_SID)
		return reason;
	return pmt_translate(&conf, skb, answer, PMT_OUT);
}

/* As transmit() in tx.c; of routes only what the address says */
static enum pmt_counter transmit(struct sk_buff *skb,
				 struct pmt_map_answer *answer, int *unreach)
{
	enum pmt_counter reason = pmt_check_length(skb);

	if (!reason)
		reason = pmt_validate_in(&conf, skb, answer, unreach);
	if (reason)
		return reason;
	if (pmt_is_hard(&conf, answer->v4))
		return PMT_BOGON;
	return pmt_translate(&conf, skb, answer, PMT_IN);
}

struct verdict {
	enum pmt_counter reason;
	u32 v4;
	int unreach;
};

static struct verdict pass(struct sk_buff *skb, bool out, u32 saddr, u32 daddr)
{
	struct pmt_map_answer answer = {};
	struct verdict verdict = { .unreach = -1 };

	if (out)
		verdict.reason = receive(skb, saddr, daddr, &answer);
	else
		verdict.reason = transmit(skb, &answer, &verdict.unreach);
	verdict.v4 = answer.v4;
	return verdict;
}

/* Where the checksum of a plain TCP or UDP packet is, or 0 */
static unsigned int plain_csum(const struct sk_buff *skb)
{
	unsigned int at = sizeof(struct ipv6hdr);

	if (skb->len < at + sizeof(struct tcphdr))
		return 0;
	if (ipv6_hdr(skb)->nexthdr == IPPROTO_TCP)
		return at + offsetof(struct tcphdr, check);
	if (ipv6_hdr(skb)->nexthdr == IPPROTO_UDP)
		return at + offsetof(struct udphdr, check);
	return 0;
}

/* The sum of the pseudo header, RFC 8200 8.1: what CHECKSUM_PARTIAL begins with */
static __sum16 pseudo(const struct sk_buff *skb)
{
	__wsum sum = csum_bytes((u8 *)&ipv6_hdr(skb)->saddr, 32);

	sum = csum_add(sum, htonl(skb->len - sizeof(struct ipv6hdr)));
	sum = csum_add(sum, htonl(ipv6_hdr(skb)->nexthdr));
	return ~csum_fold(sum);
}

/* The same packet with its checksum left to the card: does it stay the sum of the
 * pseudo header?
 */
static bool is_partial_wrong(struct sk_buff *skb, bool out, u32 saddr,
			     u32 daddr)
{
	unsigned int at;
	__sum16 sum;

	if (pmt_check_length(skb))
		return false;
	at = plain_csum(skb);
	if (!at)
		return false;
	sum = pseudo(skb);
	memcpy(skb->data + at, &sum, sizeof(sum));
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = sizeof(struct ipv6hdr);
	if (pass(skb, out, saddr, daddr).reason)
		return false;
	/* a neutral rule leaves the field, and the sum of the addresses */
	memcpy(&sum, skb->data + at, sizeof(sum));
	return csum_fold(csum_add(sum, (u16)~pseudo(skb))) != 0;
}

static void packet(bool out, u32 saddr, u32 daddr, int iif, const char *hex)
{
	/* as the kernel has it, the address fields aligned to 4 bytes */
	static u8 data[70000] __aligned(8), copy[70000] __aligned(8);
	struct sk_buff skb = { .data = data, .skb_iif = iif };
	struct sk_buff other = { .data = copy, .skb_iif = iif };
	struct verdict verdict;
	unsigned int i;
	bool wrong;

	while (sscanf(hex + 2 * skb.len, "%2hhx", &data[skb.len]) == 1)
		skb.len++;
	other.len = skb.len;
	memcpy(copy, data, skb.len);
	memset(counts, 0, sizeof(counts));
	wrong = is_partial_wrong(&other, out, saddr, daddr);

	memset(counts, 0, sizeof(counts));
	skb.ip_summed = CHECKSUM_COMPLETE;
	skb.csum = csum_bytes(skb.data, skb.len);
	verdict = pass(&skb, out, saddr, daddr);
	if (verdict.reason)
		counts[verdict.reason]++;
	else
		for (i = 0; i < skb.len; i++)
			printf("%02x", data[i]);
	printf("%s %08x %d", verdict.reason ? "-" : "", verdict.v4,
	       verdict.unreach);
	for (i = 1; i < __PMT_COUNTER_MAX; i++)
		while (counts[i]--)
			printf(" %s", counter_names[i]);
	if (!verdict.reason &&
	    csum_fold(csum_add(csum_bytes(skb.data, skb.len), ~skb.csum)))
		printf(" sum");
	printf("%s\n", wrong ? " partial" : "");
}

static void begin(int untranslated, int hairpin, int to2002)
{
	static const struct in6_addr errsrc = { .s6_addr = {
		0x3f, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } };

	n_rules = 0;
	pmt_policy_put(conf.policy);
	conf.policy = pmt_policy_copy(NULL);
	conf.opts = (struct pmt_opts){
		.n_local = 1,
		.local = { htonl(ANYCAST) },
		.untranslated = untranslated,
		.hairpin = hairpin,
		.to2002 = to2002,
		.errsrc = errsrc,
	};
}

static bool publish(void)
{
	free(map_mem);
	map_mem = malloc(pmt_map_size(n_rules));
	return map_mem &&
	       !pmt_map_build(&conf.map, map_mem, rules, n_rules);
}

static bool obey(const char *line)
{
	unsigned int a, b, c, d, e, f;
	unsigned long long hi;
	int at;

	if (sscanf(line, "conf %x %x %x", &a, &b, &c) == 3) {
		begin(a, b, c);
	} else if (sscanf(line, "rule %llx %x %x %x %x %x %x", &hi, &a, &b, &c,
			  &d, &e, &f) == 7) {
		return n_rules < 64 &&
		       !pmt_map_rule_init(&rules[n_rules++], hi, a, b, c, d, e,
					  f);
	} else if (sscanf(line, "policy %x %x %x", &a, &b, &c) == 3) {
		struct pmt_entry entry = { a, b, c };

		return !pmt_policy_apply(conf.policy, &entry, 1, PMT_POLICY_ADD,
					 &d);
	} else if (!strcmp(line, "go\n")) {
		return publish();
	} else if (sscanf(line, "out %x %x %n", &a, &b, &at) == 2) {
		packet(true, a, b, 1, line + at);
	} else if (sscanf(line, "in %x %n", &a, &at) == 1) {
		packet(false, 0, 0, a, line + at);
	} else {
		return false;
	}
	return true;
}

int main(void)
{
	struct in_ifaddr own = {
		.ifa_address = htonl(OWN),
		.ifa_mask = htonl(0xffffff00),
		.ifa_prefixlen = 24,
	};
	char *line = NULL;
	size_t room = 0;

	shim_net.pmt = &namespace;
	shim_dev.in_dev.ifa_list = &own;
	if (pmt_bcast_init(&shim_net))
		return 1;
	while (getline(&line, &room, stdin) > 0) {
		if (!obey(line)) {
			fprintf(stderr, "no: %s", line);
			return 1;
		}
	}
	free(line);
	return 0;
}
