/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of the grammar: reading and printing them. Shared by the tool and
 * by the plugin of `ip`, so that both speak one language.
 *
 * What reads words returns 0, NOT_MINE when the word is unknown to it, or the
 * exit code, after refuse() has said why.
 */
#ifndef _PMT_WORDS_H
#define _PMT_WORDS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <uapi/linux/pmt.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, first)	__attribute__((format(printf, fmt, \
						      first)))
#define fallthrough	__attribute__((__fallthrough__))

#define NOT_MINE	(-1)

/* Exit codes */
enum {
	DONE = 0,
	USAGE = 1,	/* usage, file, no module */
	REFUSED = 2,	/* by the kernel */
	NO = 3,		/* the answer to the question */
};

/* The words not yet read */
struct args {
	int argc;
	char **argv;
	const char *verbs;	/* when the verb was left out: what there is */
};

/* A rule; numbers and ipv4 in host order */
struct rule {
	unsigned int seen;	/* words given, bits of their attributes */
	struct in6_addr provider;
	uint32_t ipv4;
	unsigned int provider_len;
	unsigned int ipv4_len;
	unsigned int subnet;
	unsigned int subnet_bits;
	unsigned int csum;
	uint64_t out_packets;
	uint64_t out_bytes;
	uint64_t in_packets;
	uint64_t in_bytes;
	unsigned int file;	/* where it was read */
	unsigned int line;
};

/* Behind all actions that there may ever be: what a deletion has when whoever
 * asks for it does not mind which
 */
#define ANY_ACTION	0xfe
#define BUILTIN_ACTION	0xff

/* A policy entry; ipv4 in host order. Files have millions, so it is small */
struct entry {
	uint32_t ipv4;
	uint8_t len;
	uint8_t action;		/* enum pmt_action, or ANY_ACTION */
	uint16_t file;		/* where it was read */
	uint32_t line;
};

/* The words of a policy entry that came */
enum {
	SEEN_PREFIX,
	SEEN_ACTION,
};

/* The options of a device while they are read into a netlink message */
struct link_options {
	struct nlmsghdr *nlh;
	size_t size;		/* of nlh's buffer */
	unsigned int seen;	/* bits of IFLA_PMT_* */
	struct rule rule;
};

#define PREFIX_STRLEN	(INET6_ADDRSTRLEN + 4)

/* words.c */
__printf(1, 2) int refuse(const char *fmt, ...);	/* main.c, link_pmt.c */
const char *args_next(struct args *args);
int args_value(struct args *args, const char *word, const char **value);
int args_unknown(const struct args *args, const char *word,
		 const char *allowed);
int word_once(unsigned int *seen, unsigned int bit, const char *word);
bool read_number(const char *text, unsigned int min, unsigned int max,
		 unsigned int *number);
int parse_number(const char *word, const char *value, unsigned int min,
		 unsigned int max, unsigned int *number);
bool choice_find(const char *const *choices, const char *value,
		 unsigned int *number);
const char *choice_name(const char *const *choices, unsigned int number);
int parse_choice(const char *word, const char *value,
		 const char *const *choices, unsigned int *number);
void attrs_parse(const void *payload, size_t len, struct nlattr **tb,
		 unsigned int max);
const struct nlattr *attr_of_len(struct nlattr *const *tb, unsigned int type,
				 size_t len);
bool attr_same(const struct nlattr *a, const struct nlattr *b);
unsigned int attr_u8(struct nlattr *const *tb, unsigned int type);
uint32_t attr_u32(struct nlattr *const *tb, unsigned int type);

/* words_rule.c */
#define RULE_WORDS	"provider, ipv4, subnet, csum"
int parse_prefix4(const char *word, const char *value, uint32_t *ipv4,
		  unsigned int *len);
int rule_word(struct rule *rule, struct args *args, const char *word);
int rule_check_key(const struct rule *rule);
int rule_check(const struct rule *rule);
bool rule_put(struct nlmsghdr *nlh, size_t size, unsigned int type,
	      const struct rule *rule);
void rule_get(const struct nlattr *nest, struct rule *rule);
void rule_print(const struct rule *rule);
void rule_print_key(const struct rule *rule);
void subnet_name(char *buf, size_t size, unsigned int first, unsigned int bits);
const char *rule_attr_name(unsigned int type);

/* words_policy.c */
#define ACTION_WORDS	"translate, untranslated, reject, drop, pass"
int action_word(unsigned int *seen, uint8_t *action, const char *word);
int entry_word(struct entry *entry, unsigned int *seen, const char *word);
bool entry_put(struct nlmsghdr *nlh, size_t size, const struct entry *entry);
void entry_get(const struct nlattr *nest, struct entry *entry);
bool entry_contains(const struct entry *entry, uint32_t ipv4, unsigned int len);
bool entry_is_builtin(const struct entry *entry);
int entry_cmp(const void *a, const void *b);
void entry_print(const struct entry *entry);
const char *entry_attr_name(unsigned int type);

/* words_link.c */
#define LINK_WORDS \
	RULE_WORDS ", local, dev, ttl, dscp, ecn, df, untranslated, to2002, hairpin, errsrc, icmp-rate, ptb-rate, drain"
#define LINK_USAGE							       \
	"[provider P [ipv4 V] [subnet S[-T]] [csum adjust|neutral]]\n"	       \
	"            [local ADDR[,ADDR...]] [dev LOWER|VRF] [ttl N]\n"	       \
	"            [dscp N|inherit] [ecn compat|normal] [df unset|set|pmtu]\n" \
	"            [untranslated on|off] [to2002 reject|forward]\n"	       \
	"            [hairpin on|off] [errsrc ADDR6] [icmp-rate N]\n"	       \
	"            [ptb-rate N] [drain on|off]\n"
int link_word(struct link_options *link, struct args *args, const char *word);
int link_words_end(struct link_options *link);
void link_print_set(struct nlattr *const *tb);
void link_print_options(struct nlattr *const *tb, bool here);
void link_print_state(struct nlattr *const *tb);
void config_id_print(const struct nlattr *attr);
const char *health_name(unsigned int health);
const char *link_attr_name(unsigned int type);
bool link_is_option(const char *word);

#endif /* _PMT_WORDS_H */
