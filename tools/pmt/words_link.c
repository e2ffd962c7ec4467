// SPDX-License-Identifier: GPL-2.0
/* The options of a device. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "words.h"

enum kind {
	LOCAL,		/* list of IPv4 addresses */
	DEVICE,		/* u32: ifindex */
	NUMBER8,	/* u8: number from min to max */
	NUMBER32,	/* u32 */
	DSCP,		/* u8: number or inherit */
	CHOICE,		/* u8: one of choices */
	ON_OFF,		/* u8 */
	ADDRESS6,
};

static const char * const ecn_words[] = { "compat", "normal", NULL };
static const char * const df_words[] = { "unset", "set", "pmtu", NULL };
static const char * const to2002_words[] = { "reject", "forward", NULL };
static const char * const on_off_words[] = { "off", "on", NULL };

static const char * const health_words[] = {
	[PMT_HEALTH_OK] = "ok",
	[PMT_HEALTH_DRAINED] = "drained",
	[PMT_HEALTH_LOWER_DOWN] = "lower-down",
	[PMT_HEALTH_NO_LOCAL_ADDRESS] = "no-local-address",
	[PMT_HEALTH_NO_RULE] = "no-rule",
	NULL
};

/* By attribute, in the order of printing */
static const struct option {
	const char *word;
	enum kind kind;
	unsigned int min, max;
	const char * const *choices;
} options[] = {
	[IFLA_PMT_LINK]		= { "dev", DEVICE },
	[IFLA_PMT_LOCAL]	= { "local", LOCAL },
	[IFLA_PMT_TTL]		= { "ttl", NUMBER8, 1, 255 },
	[IFLA_PMT_DSCP]		= { "dscp", DSCP, 0, 63 },
	[IFLA_PMT_ECN]		= { "ecn", CHOICE, .choices = ecn_words },
	[IFLA_PMT_DF]		= { "df", CHOICE, .choices = df_words },
	[IFLA_PMT_UNTRANSLATED]	= { "untranslated", ON_OFF },
	[IFLA_PMT_TO2002]	= { "to2002", CHOICE, .choices = to2002_words },
	[IFLA_PMT_HAIRPIN]	= { "hairpin", ON_OFF },
	[IFLA_PMT_ERRSRC]	= { "errsrc", ADDRESS6 },
	[IFLA_PMT_ICMP_RATE]	= { "icmp-rate", NUMBER32, 0, UINT32_MAX },
	[IFLA_PMT_PTB_RATE]	= { "ptb-rate", NUMBER32, 0, UINT32_MAX },
	[IFLA_PMT_DRAIN]	= { "drain", ON_OFF },
};

#define N_OPTIONS ARRAY_SIZE(options)

/**
 * link_attr_name() - the word that stands for an attribute
 * @type: IFLA_PMT_*
 */
const char *link_attr_name(unsigned int type)
{
	return type < N_OPTIONS ? options[type].word : NULL;
}

/**
 * link_is_option() - is it the word of an option?
 * @word: the word
 */
bool link_is_option(const char *word)
{
	unsigned int type;

	for (type = 0; type < N_OPTIONS; type++)
		if (options[type].word && !strcmp(word, options[type].word))
			return true;
	return false;
}

static int read_local(const char *word, const char *value, uint32_t *addrs,
		      unsigned int *len)
{
	unsigned int n = 0;

	for (;;) {
		size_t part = strcspn(value, ",");
		char text[INET_ADDRSTRLEN];

		if (n == PMT_LOCAL_MAX)
			return refuse("%s: takes %u addresses at most", word,
				      PMT_LOCAL_MAX);
		snprintf(text, sizeof(text), "%.*s", (int)part, value);
		if (part >= sizeof(text) ||
		    inet_pton(AF_INET, text, &addrs[n]) != 1)
			return refuse("%s %.*s: must be an IPv4 address", word,
				      (int)part, value);
		n++;
		if (!value[part])
			break;
		value += part + 1;
	}
	*len = n * sizeof(*addrs);
	return DONE;
}

/* Read a value as it goes into the attribute */
static int read_value(const struct option *opt, const char *value, void *data,
		      unsigned int *len)
{
	unsigned int n = 0;
	int err = DONE;

	*len = 0;
	switch (opt->kind) {
	case LOCAL:
		return read_local(opt->word, value, data, len);
	case ADDRESS6:
		*len = sizeof(struct in6_addr);
		if (inet_pton(AF_INET6, value, data) != 1)
			err = refuse("%s %s: must be an IPv6 address",
				     opt->word, value);
		return err;
	case DEVICE:
		n = if_nametoindex(value);
		if (!n)
			err = refuse("%s %s: no such device", opt->word, value);
		break;
	case DSCP:
		if (!strcmp(value, "inherit")) {
			n = PMT_DSCP_INHERIT;
			break;
		}
		fallthrough;
	case NUMBER8:
	case NUMBER32:
		err = parse_number(opt->word, value, opt->min, opt->max, &n);
		break;
	case CHOICE:
		err = parse_choice(opt->word, value, opt->choices, &n);
		break;
	case ON_OFF:
		err = parse_choice(opt->word, value, on_off_words, &n);
		break;
	}
	if (opt->kind == DEVICE || opt->kind == NUMBER32) {
		*len = sizeof(uint32_t);
		memcpy(data, &n, sizeof(uint32_t));
	} else {
		*len = sizeof(uint8_t);
		*(uint8_t *)data = n;
	}
	return err;
}

static int full(void)
{
	return refuse("the options are too many for one message");
}

/**
 * link_word() - read one option, or a word of the rule, into the message
 * @link: the message, and what came before
 * @args: the words behind @word
 * @word: the keyword
 */
int link_word(struct link_options *link, struct args *args, const char *word)
{
	uint32_t data[PMT_LOCAL_MAX];
	unsigned int type, len;
	const char *value;
	int err;

	for (type = 0; type < N_OPTIONS; type++)
		if (options[type].word && !strcmp(word, options[type].word))
			break;
	if (type == N_OPTIONS)
		return rule_word(&link->rule, args, word);
	err = word_once(&link->seen, type, word) ? :
	      args_value(args, word, &value) ? :
	      read_value(&options[type], value, data, &len);
	if (!err && !mnl_attr_put_check(link->nlh, link->size, type, len, data))
		err = full();
	return err;
}

/**
 * link_words_end() - all words are read: append the rule, if there is one
 * @link: the message, and what was read
 */
int link_words_end(struct link_options *link)
{
	int err;

	if (!link->rule.seen)
		return DONE;
	err = rule_check(&link->rule);
	if (!err && !rule_put(link->nlh, link->size, IFLA_PMT_RULE,
			      &link->rule))
		err = full();
	return err;
}

static void print_local(const char *word, const struct nlattr *attr)
{
	const uint8_t *addr = mnl_attr_get_payload(attr);
	unsigned int n = mnl_attr_get_payload_len(attr) / 4, i;
	char text[INET_ADDRSTRLEN];

	open_json_array(PRINT_ANY, is_json_context() ? word : "local ");
	for (i = 0; i < n; i++) {
		inet_ntop(AF_INET, addr + 4 * i, text, sizeof(text));
		print_string(NULL, i ? ",%s" : "%s", text);
	}
	close_json_array(PRINT_ANY, " ");
}

/* A device of another namespace has no name here, and the number says nothing
 * about ours
 */
static void print_device(const char *word, uint32_t ifindex, bool here)
{
	char name[IF_NAMESIZE];

	if (!ifindex) {
		print_null(word);
		return;
	}
	if (!here || !if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "if%" PRIu32, ifindex);
	print_string(word, "dev %s ", name);
}

static void print_option(const struct option *opt, const struct nlattr *attr,
			 bool here)
{
	char fmt[32], text[INET6_ADDRSTRLEN];
	const void *data = mnl_attr_get_payload(attr);
	uint8_t u8 = *(const uint8_t *)data;
	bool number = opt->kind == NUMBER8 || opt->kind == NUMBER32 ||
		      (opt->kind == DSCP && u8 != PMT_DSCP_INHERIT);

	snprintf(fmt, sizeof(fmt), "%s %s ", opt->word, number ? "%u" : "%s");
	switch (opt->kind) {
	case LOCAL:
		print_local(opt->word, attr);
		break;
	case DEVICE:
		print_device(opt->word, mnl_attr_get_u32(attr), here);
		break;
	case DSCP:
		if (!number) {
			print_string(opt->word, fmt, "inherit");
			break;
		}
		fallthrough;
	case NUMBER8:
		print_uint(opt->word, fmt, u8);
		break;
	case NUMBER32:
		print_uint(opt->word, fmt, mnl_attr_get_u32(attr));
		break;
	case CHOICE:
		print_string(opt->word, fmt, choice_name(opt->choices, u8));
		break;
	case ON_OFF:
		print_on_off(opt->word, fmt, u8);
		break;
	case ADDRESS6:
		inet_ntop(AF_INET6, data, text, sizeof(text));
		print_string(opt->word, fmt, text);
		break;
	}
}

static size_t option_len(enum kind kind)
{
	switch (kind) {
	case LOCAL:
	case DEVICE:
	case NUMBER32:
		return sizeof(uint32_t);
	case ADDRESS6:
		return sizeof(struct in6_addr);
	default:
		return sizeof(uint8_t);
	}
}

static const struct nlattr *option_attr(struct nlattr *const *tb,
					unsigned int type)
{
	return options[type].word ?
	       attr_of_len(tb, type, option_len(options[type].kind)) : NULL;
}

/* An address that is not set has words only where it is to be unset */
static bool is_unset(unsigned int type, const struct nlattr *attr)
{
	return options[type].kind == ADDRESS6 &&
	       IN6_IS_ADDR_UNSPECIFIED((const struct in6_addr *)
				       mnl_attr_get_payload(attr));
}

/**
 * link_print_set() - print the options that are there, so that `link set` sets
 *	just these
 * @tb: IFLA_PMT_* by type
 */
void link_print_set(struct nlattr *const *tb)
{
	const struct nlattr *attr;
	unsigned int type;

	for (type = 0; type < N_OPTIONS; type++) {
		attr = option_attr(tb, type);
		if (attr && is_json_context() && is_unset(type, attr))
			print_null(options[type].word);
		else if (attr)
			print_option(&options[type], attr, true);
	}
}

/**
 * link_print_options() - print the rule and the options, as they can be typed
 * @tb: IFLA_PMT_* by type
 * @here: the lower device lives in this network namespace
 */
void link_print_options(struct nlattr *const *tb, bool here)
{
	const struct nlattr *attr;
	struct rule rule;
	unsigned int type;

	if (tb[IFLA_PMT_RULE]) {
		rule_get(tb[IFLA_PMT_RULE], &rule);
		rule_print(&rule);
	} else {
		print_null("provider");
		print_null("ipv4");
		print_null("subnet");
		print_null("csum");
	}
	for (type = 0; type < N_OPTIONS; type++) {
		if (!options[type].word)
			continue;
		attr = option_attr(tb, type);
		if (attr && !is_unset(type, attr))
			print_option(&options[type], attr, here);
		else
			print_null(options[type].word);
	}
}

/**
 * config_id_print() - print the hash of rules and policy
 * @attr: of 64 bits, or NULL
 */
void config_id_print(const struct nlattr *attr)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64,
		 attr ? mnl_attr_get_u64(attr) : 0);
	print_string("config-id", "config-id %s ", text);
}

/**
 * health_name() - the word for a health
 * @health: enum pmt_health, or a newer kernel's
 */
const char *health_name(unsigned int health)
{
	return choice_name(health_words, health);
}

/**
 * link_print_state() - print what is only shown
 * @tb: IFLA_PMT_* by type
 */
void link_print_state(struct nlattr *const *tb)
{
	print_uint("rules", "rules %u ", attr_u32(tb, IFLA_PMT_RULES));
	config_id_print(attr_of_len(tb, IFLA_PMT_CONFIG_ID, sizeof(uint64_t)));
	if (tb[IFLA_PMT_HEALTH])
		print_string("health", "health %s ",
			     health_name(attr_u32(tb, IFLA_PMT_HEALTH)));
	else
		print_null("health");
}
