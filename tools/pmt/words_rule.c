// SPDX-License-Identifier: GPL-2.0
/* provider P [ipv4 V] [subnet S[-T]] [csum adjust|neutral] */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "words.h"

static const char * const csum_words[] = {
	[PMT_CSUM_ADJUST] = "adjust",
	[PMT_CSUM_NEUTRAL] = "neutral",
	NULL
};

static const char * const attr_names[] = {
	[PMT_RULE_PROVIDER] = "provider",
	[PMT_RULE_PROVIDER_LEN] = "provider",
	[PMT_RULE_IPV4] = "ipv4",
	[PMT_RULE_IPV4_LEN] = "ipv4",
	[PMT_RULE_SUBNET] = "subnet",
	[PMT_RULE_SUBNET_BITS] = "subnet",
	[PMT_RULE_CSUM] = "csum",
};

/**
 * rule_attr_name() - the word that stands for an attribute
 * @type: PMT_RULE_*
 */
const char *rule_attr_name(unsigned int type)
{
	return type <= PMT_RULE_CSUM ? attr_names[type] : NULL;
}

/* Read ADDR/LEN, and see to it that nothing is set behind the length */
static int parse_prefix(const char *word, const char *value, int family,
			unsigned int min_len, unsigned int max_len, void *addr,
			unsigned int *len)
{
	unsigned int i, bits = family == AF_INET ? 32 : 128;
	size_t n = strcspn(value, "/");
	char text[INET6_ADDRSTRLEN];
	uint8_t *bytes = addr;
	bool host_bits = false;

	snprintf(text, sizeof(text), "%.*s", (int)n, value);
	if (n >= sizeof(text) || inet_pton(family, text, addr) != 1)
		return refuse("%s %s: must be an %s prefix", word, value,
			      family == AF_INET ? "IPv4" : "IPv6");
	*len = bits;
	if (!value[n] && bits > max_len)
		return refuse("%s %s: its length is missing, as in 2001:db8::/32",
			      word, value);
	if (value[n] && !read_number(value + n + 1, min_len, max_len, len))
		return refuse("%s %s: the length must be %u to %u", word, value,
			      min_len, max_len);
	for (i = *len; i < bits; i++) {
		uint8_t bit = 0x80 >> i % 8;

		host_bits |= bytes[i / 8] & bit;
		bytes[i / 8] &= ~bit;
	}
	if (!host_bits)
		return DONE;
	inet_ntop(family, addr, text, sizeof(text));
	return refuse("%s has host bits set: %s/%u", value, text, *len);
}

/**
 * parse_prefix4() - read an IPv4 prefix; an address alone is a /32
 * @word: the keyword
 * @value: to read
 * @ipv4: answer, in host order
 * @len: answer
 */
int parse_prefix4(const char *word, const char *value, uint32_t *ipv4,
		  unsigned int *len)
{
	int err = parse_prefix(word, value, AF_INET, 0, 32, ipv4, len);

	*ipv4 = ntohl(*ipv4);
	return err;
}

/* S or S-T, an aligned range of 2^n */
static int parse_subnet(struct rule *rule, const char *word, const char *value)
{
	size_t n = strcspn(value, "-");
	unsigned int last, start, bits = 0;
	char first[16];

	snprintf(first, sizeof(first), "%.*s", (int)n, value);
	if (n >= sizeof(first) ||
	    !read_number(first, 0, 0xffff, &rule->subnet) ||
	    !read_number(value[n] ? value + n + 1 : first, 0, 0xffff, &last))
		return refuse("%s %s: must be a number from 0 to 65535, or two with a dash between",
			      word, value);
	if (last < rule->subnet)
		return refuse("%s %s: the first is greater than the last",
			      word, value);
	/* the smallest aligned range that holds both */
	while (rule->subnet >> bits != last >> bits)
		bits++;
	start = rule->subnet >> bits << bits;
	if (rule->subnet != start || last != start + (1U << bits) - 1)
		return refuse("%s %s: must be an aligned range of 2^n subnet-IDs, the nearest is %u-%u",
			      word, value, start, start + (1U << bits) - 1);
	rule->subnet_bits = bits;
	return DONE;
}

/**
 * rule_word() - read one word of a rule, and its value
 * @rule: to fill; zeroes at first, which are the defaults
 * @args: the words behind @word
 * @word: the keyword
 */
int rule_word(struct rule *rule, struct args *args, const char *word)
{
	const char *value;
	unsigned int type;
	int err;

	for (type = 0; type <= PMT_RULE_CSUM; type++)
		if (attr_names[type] && !strcmp(word, attr_names[type]))
			break;
	if (type > PMT_RULE_CSUM)
		return NOT_MINE;
	err = word_once(&rule->seen, type, word) ? :
	      args_value(args, word, &value);
	if (err)
		return err;
	switch (type) {
	case PMT_RULE_PROVIDER:
		return parse_prefix(word, value, AF_INET6, 1, 64,
				    &rule->provider, &rule->provider_len);
	case PMT_RULE_IPV4:
		return parse_prefix4(word, value, &rule->ipv4, &rule->ipv4_len);
	case PMT_RULE_SUBNET:
		return parse_subnet(rule, word, value);
	default:
		return parse_choice(word, value, csum_words, &rule->csum);
	}
}

/**
 * rule_check_key() - see that the words name a rule
 * @rule: as read
 */
int rule_check_key(const struct rule *rule)
{
	if (rule->seen & 1 << PMT_RULE_PROVIDER)
		return DONE;
	return refuse("a rule needs its provider prefix, as in provider 2001:db8::/32");
}

/**
 * rule_check() - see that the words make a rule that fits in 64 bits
 * @rule: as read
 */
int rule_check(const struct rule *rule)
{
	unsigned int p = rule->provider_len, v4_bits = 32 - rule->ipv4_len;
	unsigned int s = rule->subnet_bits, sum = p + v4_bits + s;
	char way_out[64] = "";
	int err = rule_check_key(rule);

	if (err || sum <= 64)
		return err;
	/* a shorter provider prefix always helps, fewer subnets or IPv4
	 * addresses only if the other two leave room
	 */
	if (s && p + v4_bits == 64)
		snprintf(way_out, sizeof(way_out), ", or subnet %u",
			 rule->subnet);
	else if (s && p + v4_bits < 64)
		snprintf(way_out, sizeof(way_out), ", or subnet %u-%u",
			 rule->subnet,
			 rule->subnet + (1U << (64 - p - v4_bits)) - 1);
	else if (p + s <= 64)
		snprintf(way_out, sizeof(way_out), ", or ipv4 /%u or longer",
			 p + s - 32);
	return refuse("p %u + %u + %u = %u > 64: use /%u or shorter%s", p,
		      v4_bits, s, sum, 64 - v4_bits - s, way_out);
}

/**
 * rule_put() - append the words of a rule that were given; the kernel knows the
 *	defaults
 * @nlh: message
 * @size: of its buffer
 * @type: of the nest
 * @rule: to append
 *
 * Return: false when the buffer is full.
 */
bool rule_put(struct nlmsghdr *nlh, size_t size, unsigned int type,
	      const struct rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start_check(nlh, size, type);
	bool fits = nest;

	if (fits && rule->seen & 1 << PMT_RULE_PROVIDER)
		fits = mnl_attr_put_check(nlh, size, PMT_RULE_PROVIDER,
					  sizeof(rule->provider),
					  &rule->provider) &&
		       mnl_attr_put_u8_check(nlh, size, PMT_RULE_PROVIDER_LEN,
					     rule->provider_len);
	if (fits && rule->seen & 1 << PMT_RULE_IPV4)
		fits = mnl_attr_put_u32_check(nlh, size, PMT_RULE_IPV4,
					      htonl(rule->ipv4)) &&
		       mnl_attr_put_u8_check(nlh, size, PMT_RULE_IPV4_LEN,
					     rule->ipv4_len);
	if (fits && rule->seen & 1 << PMT_RULE_SUBNET)
		fits = mnl_attr_put_u16_check(nlh, size, PMT_RULE_SUBNET,
					      rule->subnet) &&
		       mnl_attr_put_u8_check(nlh, size, PMT_RULE_SUBNET_BITS,
					     rule->subnet_bits);
	if (fits && rule->seen & 1 << PMT_RULE_CSUM)
		fits = mnl_attr_put_u8_check(nlh, size, PMT_RULE_CSUM,
					     rule->csum);
	if (fits)
		mnl_attr_nest_end(nlh, nest);
	return fits;
}

static uint64_t get_u64(struct nlattr *const *tb, unsigned int type)
{
	const struct nlattr *attr = attr_of_len(tb, type, sizeof(uint64_t));

	return attr ? mnl_attr_get_u64(attr) : 0;
}

static unsigned int at_most(unsigned int n, unsigned int max)
{
	return n < max ? n : max;
}

/**
 * rule_get() - read a rule that the kernel sent
 * @nest: PMT_A_RULE or IFLA_PMT_RULE
 * @rule: answer; what is missing is zero
 */
void rule_get(const struct nlattr *nest, struct rule *rule)
{
	struct nlattr *tb[PMT_RULE_MAX + 1];
	const struct nlattr *attr;

	memset(rule, 0, sizeof(*rule));
	attrs_parse(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest),
		    tb, PMT_RULE_MAX);
	attr = attr_of_len(tb, PMT_RULE_PROVIDER, sizeof(rule->provider));
	if (attr)
		memcpy(&rule->provider, mnl_attr_get_payload(attr),
		       sizeof(rule->provider));
	rule->ipv4 = ntohl(attr_u32(tb, PMT_RULE_IPV4));
	attr = attr_of_len(tb, PMT_RULE_SUBNET, sizeof(uint16_t));
	if (attr)
		rule->subnet = mnl_attr_get_u16(attr);
	/* others count on these being within the protocol's limits */
	rule->provider_len = at_most(attr_u8(tb, PMT_RULE_PROVIDER_LEN), 64);
	rule->ipv4_len = at_most(attr_u8(tb, PMT_RULE_IPV4_LEN), 32);
	rule->subnet_bits = at_most(attr_u8(tb, PMT_RULE_SUBNET_BITS), 16);
	rule->csum = attr_u8(tb, PMT_RULE_CSUM);
	rule->out_packets = get_u64(tb, PMT_RULE_OUT_PACKETS);
	rule->out_bytes = get_u64(tb, PMT_RULE_OUT_BYTES);
	rule->in_packets = get_u64(tb, PMT_RULE_IN_PACKETS);
	rule->in_bytes = get_u64(tb, PMT_RULE_IN_BYTES);
}

/**
 * subnet_name() - write S or S-T
 * @buf: where to
 * @size: of @buf
 * @first: subnet-ID
 * @bits: 2^bits of them
 */
void subnet_name(char *buf, size_t size, unsigned int first, unsigned int bits)
{
	if (bits)
		snprintf(buf, size, "0x%x-0x%x", first,
			 first + (1U << bits) - 1);
	else
		snprintf(buf, size, "0x%x", first);
}

static void print_provider(const struct rule *rule)
{
	char addr[INET6_ADDRSTRLEN], buf[PREFIX_STRLEN];

	inet_ntop(AF_INET6, &rule->provider, addr, sizeof(addr));
	snprintf(buf, sizeof(buf), "%s/%u", addr, rule->provider_len);
	print_string("provider", "provider %s ", buf);
}

/**
 * rule_print_key() - print the words that name a rule
 * @rule: to print; the rest of it is not known
 */
void rule_print_key(const struct rule *rule)
{
	print_provider(rule);
	print_null("ipv4");
	print_null("subnet");
	print_null("csum");
}

/**
 * rule_print() - print the words of a rule
 * @rule: to print
 */
void rule_print(const struct rule *rule)
{
	struct in_addr ipv4 = { htonl(rule->ipv4) };
	char addr[INET6_ADDRSTRLEN], buf[PREFIX_STRLEN];

	print_provider(rule);
	inet_ntop(AF_INET, &ipv4, addr, sizeof(addr));
	snprintf(buf, sizeof(buf), "%s/%u", addr, rule->ipv4_len);
	print_string("ipv4", "ipv4 %s ", buf);
	subnet_name(buf, sizeof(buf), rule->subnet, rule->subnet_bits);
	print_string("subnet", "subnet %s ", buf);
	print_string("csum", "csum %s ", choice_name(csum_words, rule->csum));
}
