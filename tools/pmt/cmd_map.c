// SPDX-License-Identifier: GPL-2.0
/*
 * pmt map: what becomes of an address. The device answers, or the same code as
 * in the module with rules, policy and options from a file, or with rules from the
 * command line.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

/* Whom to ask */
struct oracle {
	char dev[IF_NAMESIZE];
	unsigned int dev_seen;
	unsigned int ifindex;	/* 0: the map */
	struct config config;	/* that the map is made of */
	bool untranslated;	/* what its options say */
	uint32_t local;		/* the first, in network byte order; 0: not known */
	struct pmt_map map;
	void *map_mem;
	bool failed;		/* an answer was no */
};

/* What is known of an address; seen bits are PMT_A_* */
struct answer {
	unsigned int seen;
	struct in_addr v4;
	unsigned int subnet;
	struct in6_addr a6to4;
	struct in6_addr translated;
	struct in_addr outer_src;
	unsigned int reason;
	struct rule rule;
	struct entry entry;
};

struct address {
	const char *text;
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

static bool has(const struct answer *answer, unsigned int attr)
{
	return answer->seen & 1U << attr;
}

static struct in6_addr join(uint64_t hi, const struct in6_addr *iid)
{
	struct in6_addr addr = *iid;
	uint64_t be = htobe64(hi);

	memcpy(&addr, &be, sizeof(be));
	return addr;
}

/* RFC 6296: the interface ID makes up for the difference. Return: false for the
 * one that can't.
 */
static bool join_neutral(const struct pmt_map_answer *found, bool out,
			 const struct in6_addr *iid, struct in6_addr *addr)
{
	uint64_t from = out ? found->customer : found->provider;
	uint64_t to = out ? found->provider : found->customer;
	struct in6_addr lower = *iid;
	__u64 lo, be;

	memcpy(&be, &iid->s6_addr[8], sizeof(be));
	lo = be64toh(be);
	if (!pmt_map_lo(found->rule, from, to, &lo))
		return false;
	be = htobe64(lo);
	memcpy(&lower.s6_addr[8], &be, sizeof(be));
	*addr = join(to, &lower);
	return true;
}

/* The entry that decides about a customer. Return: false when none does. */
static bool find_entry(const struct config *config, uint32_t v4,
		       struct entry *entry)
{
	const struct entry *own;
	unsigned int i;
	__u32 start;
	__u8 len;

	for (i = 0; pmt_map_builtin(i, &start, &len); i++) {
		*entry = (struct entry){ start, len, BUILTIN_ACTION };
		if (pmt_map_is_hard(start, len) &&
		    entry_contains(entry, v4, 32))
			return true;
	}
	own = config_entry(config, v4);
	if (own)
		*entry = *own;
	return own;
}

/* What policy and options make of it, as pmt_judge() of the module does, which also
 * knows the host's own addresses and broadcasts
 */
static unsigned int judge(const struct oracle *oracle, bool out,
			  unsigned int action, struct pmt_map_answer *found)
{
	unsigned int reason = found->reason;

	if (action == BUILTIN_ACTION)
		return PMT_BOGON;
	if (action == PMT_ACTION_DROP || action == PMT_ACTION_REJECT ||
	    action == PMT_ACTION_PASS)
		return PMT_POLICY;
	if (reason == PMT_BOGON)
		return reason;
	if (action != PMT_ACTION_UNTRANSLATED &&
	    !(oracle->untranslated &&
	      (reason == PMT_SID ||
	       (reason == PMT_NOMAP && action == PMT_ACTION_TRANSLATE))))
		return reason;
	found->rule = NULL;
	if (!out)
		return PMT_NOMAP;
	return pmt_map_is_global(found->v4) ? PMT_OK : PMT_BOGON;
}

/* The map's rules point back to those they were made of */
static void ask_map(const struct oracle *oracle, const struct address *addr,
		    struct answer *answer)
{
	const struct pmt_map *map = &oracle->map;
	struct in6_addr iid = in6addr_any;
	struct pmt_map_answer found;
	bool out = true;
	uint64_t hi;

	if (addr->family == AF_INET) {
		pmt_map_ask_v4(map, ntohl(addr->v4.s_addr), &found);
	} else {
		iid = addr->v6;
		memcpy(&hi, &addr->v6, sizeof(hi));
		pmt_map_ask_hi(map, be64toh(hi), &found);
		out = pmt_hi_is_6to4(be64toh(hi));
	}
	if (found.customer) {
		answer->seen |= 1 << PMT_A_V4 | 1 << PMT_A_SUBNET |
				1 << PMT_A_6TO4;
		answer->v4.s_addr = htonl(found.v4);
		answer->subnet = found.sid;
		answer->a6to4 = join(found.customer, &iid);
		if (find_entry(&oracle->config, found.v4, &answer->entry))
			answer->seen |= 1 << PMT_A_POLICY;
		else
			answer->entry.action = ANY_ACTION;
		found.reason = judge(oracle, out, answer->entry.action, &found);
	}
	if (found.rule) {
		struct in6_addr *other = out ? &answer->translated :
					       &answer->a6to4;

		answer->seen |= 1 << PMT_A_TRANSLATED | 1 << PMT_A_RULE;
		answer->translated = join(found.provider, &iid);
		answer->rule = *(const struct rule *)found.rule->priv;
		if (addr->family == AF_INET6 &&
		    found.rule->csum == PMT_CSUM_NEUTRAL &&
		    !found.rule->neutral_sid &&
		    !join_neutral(&found, out, &iid, other))
			found.reason = PMT_NOMAP;
	}
	answer->reason = found.reason;
	if (!found.reason && oracle->local) {
		answer->outer_src.s_addr = oracle->local;
		answer->seen |= 1 << PMT_A_OUTER_SRC;
	}
}

static void take(struct nlattr *const *tb, unsigned int type, void *value,
		 size_t len, struct answer *answer)
{
	const struct nlattr *attr = attr_of_len(tb, type, len);

	if (!attr)
		return;
	memcpy(value, mnl_attr_get_payload(attr), len);
	answer->seen |= 1U << type;
}

static void read_answer(const struct nlmsghdr *nlh, struct answer *answer)
{
	struct nlattr *tb[PMT_A_MAX + 1];
	uint16_t subnet = 0;

	pmt_attrs(nlh, tb);
	take(tb, PMT_A_V4, &answer->v4, sizeof(answer->v4), answer);
	take(tb, PMT_A_SUBNET, &subnet, sizeof(subnet), answer);
	answer->subnet = subnet;
	take(tb, PMT_A_6TO4, &answer->a6to4, sizeof(answer->a6to4), answer);
	take(tb, PMT_A_TRANSLATED, &answer->translated,
	     sizeof(answer->translated), answer);
	take(tb, PMT_A_OUTER_SRC, &answer->outer_src,
	     sizeof(answer->outer_src), answer);
	take(tb, PMT_A_REASON, &answer->reason, sizeof(answer->reason),
	     answer);
	if (tb[PMT_A_RULE]) {
		rule_get(tb[PMT_A_RULE], &answer->rule);
		answer->seen |= 1 << PMT_A_RULE;
	}
	if (tb[PMT_A_POLICY]) {
		entry_get(tb[PMT_A_POLICY], &answer->entry);
		answer->seen |= 1 << PMT_A_POLICY;
	}
}

static int ask_device(unsigned int ifindex, const struct address *addr,
		      struct answer *answer)
{
	struct reply reply;
	struct msg msg;
	int err = msg_pmt(&msg, PMT_CMD_MAP_GET, 0, ifindex);

	if (err)
		return err;
	if (addr->family == AF_INET)
		mnl_attr_put(msg.nlh, PMT_A_ADDRESS4, sizeof(addr->v4),
			     &addr->v4);
	else
		mnl_attr_put(msg.nlh, PMT_A_ADDRESS6, sizeof(addr->v6),
			     &addr->v6);
	err = nl_talk(&msg, &reply);
	if (!err && reply.len)
		read_answer((struct nlmsghdr *)reply.buf, answer);
	free(reply.buf);
	msg_free(&msg);
	return err;
}

/* A customer known by the IPv4 address has a whole /64 */
static void print_address6(const char *key, const char *fmt,
			   const struct address *addr,
			   const struct answer *answer, unsigned int attr,
			   const struct in6_addr *value)
{
	char text[PREFIX_STRLEN];

	if (!has(answer, attr)) {
		print_null(key);
		return;
	}
	inet_ntop(AF_INET6, value, text, sizeof(text));
	if (addr->family == AF_INET)
		strcat(text, "/64");
	print_string(key, fmt, text);
}

static void print_outer(const struct answer *answer, const char *v4)
{
	char src[INET_ADDRSTRLEN];

	open_json_object("outer");
	if (has(answer, PMT_A_OUTER_SRC)) {
		inet_ntop(AF_INET, &answer->outer_src, src, sizeof(src));
		print_string("src", "outer src %s ", src);
	} else {
		print_null("src");
		print_text("outer ");
	}
	print_string("dst", "dst %s ", v4);
	print_uint("protocol", "protocol %u ", IPPROTO_IPV6);
	close_json_object();
}

/* One line, in the words of the grammar */
static void print_answer(const struct address *addr,
			 const struct answer *answer)
{
	char v4[INET_ADDRSTRLEN], text[24];

	inet_ntop(AF_INET, &answer->v4, v4, sizeof(v4));
	open_json_object(NULL);
	print_string("address", "%s: ", addr->text);
	if (has(answer, PMT_A_V4))
		print_string("ipv4", "ipv4 %s ", v4);
	else
		print_null("ipv4");
	if (has(answer, PMT_A_SUBNET)) {
		subnet_name(text, sizeof(text), answer->subnet, 0);
		print_string("subnet", "subnet %s ", text);
	} else {
		print_null("subnet");
	}
	print_address6("6to4", "6to4 %s ", addr, answer, PMT_A_6TO4,
		       &answer->a6to4);
	print_address6("translated", "translated %s ", addr, answer,
		       PMT_A_TRANSLATED, &answer->translated);
	if (has(answer, PMT_A_RULE)) {
		open_json_object("rule");
		print_text("rule ");
		rule_print(&answer->rule);
		close_json_object();
	} else {
		print_null("rule");
	}
	if (has(answer, PMT_A_POLICY)) {
		open_json_object("policy");
		print_text("policy ");
		entry_print(&answer->entry);
		close_json_object();
	} else {
		print_null("policy");
	}
	if (answer->reason) {
		print_null("outer");
		print_string("reason", "reason %s\n",
			     counter_name(answer->reason, text, sizeof(text)));
	} else {
		print_outer(answer, v4);
		print_null("reason");
		print_text("\n");
	}
	close_json_object();
}

static int read_address(const char *word, struct address *addr)
{
	addr->text = word;
	addr->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(addr->family, word, &addr->v6) == 1)
		return DONE;
	return refuse("%s: must be an IPv4 or an IPv6 address", word);
}

static int ask(struct oracle *oracle, const char *word)
{
	struct answer answer = { 0 };
	struct address addr;
	int err = read_address(word, &addr);

	if (!err && oracle->ifindex)
		err = ask_device(oracle->ifindex, &addr, &answer);
	else if (!err)
		ask_map(oracle, &addr, &answer);
	if (err)
		return err;
	print_answer(&addr, &answer);
	oracle->failed |= answer.reason;
	return DONE;
}

static int ask_stdin(struct oracle *oracle)
{
	struct lines lines;
	struct args args;
	const char *word;
	int err = lines_open(&lines, "-");

	if (err)
		return err;
	while (!err && lines_next(&lines, &args))
		while (!err && (word = args_next(&args)))
			err = ask(oracle, word);
	return lines_close(&lines) ? : err;
}

static int add_rule(struct oracle *oracle, const struct rule *rule)
{
	return rule_check(rule) ? :
	       config_add(&oracle->config, &noun_rule, rule);
}

static int read_file(const char *name, struct oracle *oracle)
{
	const char *files[2] = { name };
	struct configs configs = { .files = files, .for_map = true };
	int err = configs_read(&configs);
	const struct nlattr *local;

	/* it is the only one */
	if (!err && configs.n) {
		oracle->config = *configs.list;
		*configs.list = (struct config){ 0 };
		oracle->untranslated = attr_u8(oracle->config.link.data,
					       IFLA_PMT_UNTRANSLATED);
		local = attr_of_len(oracle->config.link.data, IFLA_PMT_LOCAL,
				    sizeof(oracle->local));
		if (local)
			memcpy(&oracle->local, mnl_attr_get_payload(local),
			       sizeof(oracle->local));
	}
	configs_free(&configs);
	return err;
}

static int build_map(struct oracle *oracle)
{
	const struct rule *typed = (void *)oracle->config.rules.items;
	unsigned int n = oracle->config.rules.n, i;
	struct pmt_map_rule *rules = calloc(n + 1, sizeof(*rules));
	enum pmt_map_error wrong = PMT_MAP_OK;

	oracle->map_mem = malloc(pmt_map_size(n));
	if (!rules || !oracle->map_mem) {
		free(rules);
		return refuse("out of memory");
	}
	for (i = 0; !wrong && i < n; i++) {
		const struct rule *rule = &typed[i];
		uint64_t hi;

		memcpy(&hi, &rule->provider, sizeof(hi));
		wrong = pmt_map_rule_init(&rules[i], be64toh(hi),
					  rule->provider_len, rule->ipv4,
					  rule->ipv4_len, rule->subnet,
					  rule->subnet_bits, rule->csum);
		rules[i].priv = (void *)rule;
	}
	if (!wrong)
		wrong = pmt_map_build(&oracle->map, oracle->map_mem, rules, n);
	free(rules);
	return wrong ? refuse("%s", pmt_map_strerror(wrong)) : DONE;
}

/* Rules stand behind each other; the next one begins with its provider */
struct typed_rules {
	struct rule rule;
	bool any;
};

static int typed_word(struct typed_rules *typed, struct oracle *oracle,
		      struct args *args, const char *word)
{
	unsigned int provider = 1 << PMT_RULE_PROVIDER;
	int err;

	if (!strcmp(word, "provider") && typed->rule.seen & provider) {
		err = add_rule(oracle, &typed->rule);
		if (err)
			return err;
		typed->rule = (struct rule){ 0 };
	}
	err = rule_word(&typed->rule, args, word);
	typed->any |= err != NOT_MINE;
	return err;
}

struct question {
	const char **addrs;
	unsigned int n_addrs;
	const char *file;
	unsigned int file_seen;
	struct typed_rules typed;
};

static int read_question(struct args *args, struct question *q,
			 struct oracle *oracle)
{
	const char *word;
	int err;

	while ((word = args_next(args))) {
		if (!strcmp(word, "dev"))
			err = device_word(args, word, &oracle->dev_seen,
					  oracle->dev);
		else if (!strcmp(word, "file"))
			err = word_once(&q->file_seen, 0, word) ? :
			      args_value(args, word, &q->file);
		else
			err = typed_word(&q->typed, oracle, args, word);
		if (err == NOT_MINE && !strpbrk(word, ".:") &&
		    strcmp(word, "-")) {
			err = args_unknown(args, word,
					   "an address, -, dev, file, " RULE_WORDS);
		} else if (err == NOT_MINE) {
			q->addrs[q->n_addrs++] = word;
			err = DONE;
		}
		if (err)
			return err;
	}
	if (q->typed.any)
		err = add_rule(oracle, &q->typed.rule);
	else
		err = DONE;
	if (!err && oracle->dev_seen + q->file_seen + q->typed.any != 1)
		err = refuse("map asks a device, a file or rules: one of dev NAME, file FILE, provider P ...");
	if (!err && !q->n_addrs)
		err = refuse("map needs an address, or - for standard input");
	return err;
}

static int open_oracle(const struct question *q, struct oracle *oracle)
{
	int err = DONE;

	if (oracle->dev_seen)
		return device_index(oracle->dev, &oracle->ifindex);
	if (q->file)
		err = read_file(q->file, oracle);
	return err ? : build_map(oracle);
}

int map_run(struct args *args)
{
	struct question q = { .addrs = calloc(args->argc + 1, sizeof(char *)) };
	struct oracle oracle = { 0 };
	unsigned int i;
	int err = q.addrs ? read_question(args, &q, &oracle) :
			    refuse("out of memory");

	if (!err)
		err = open_oracle(&q, &oracle);
	if (!err) {
		print_begin();
		for (i = 0; !err && i < q.n_addrs; i++)
			err = strcmp(q.addrs[i], "-") ?
			      ask(&oracle, q.addrs[i]) : ask_stdin(&oracle);
		print_end();
	}
	free(q.addrs);
	config_free(&oracle.config);
	free(oracle.map_mem);
	return err ? : oracle.failed ? NO : DONE;
}
