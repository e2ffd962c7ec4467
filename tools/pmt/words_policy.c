// SPDX-License-Identifier: GPL-2.0
/* PREFIX [translate|untranslated|reject|drop|pass] */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "words.h"

static const char * const action_words[] = {
	[PMT_ACTION_TRANSLATE] = "translate",
	[PMT_ACTION_UNTRANSLATED] = "untranslated",
	[PMT_ACTION_REJECT] = "reject",
	[PMT_ACTION_DROP] = "drop",
	[PMT_ACTION_PASS] = "pass",
	NULL
};

/**
 * entry_attr_name() - the word that stands for an attribute
 * @type: PMT_POLICY_*
 */
const char *entry_attr_name(unsigned int type)
{
	return type == PMT_POLICY_ACTION ? "action" : "prefix";
}

/**
 * entry_is_builtin() - is it of the module's own table?
 * @entry: as the kernel sent it
 */
bool entry_is_builtin(const struct entry *entry)
{
	return entry->action == BUILTIN_ACTION;
}

/**
 * action_word() - read an action
 * @seen: bits of SEEN_*
 * @action: answer
 * @word: the word
 */
int action_word(unsigned int *seen, uint8_t *action, const char *word)
{
	unsigned int number;

	if (!choice_find(action_words, word, &number))
		return NOT_MINE;
	if (*seen & 1 << SEEN_ACTION)
		return refuse("%s: an action was given before", word);
	*seen |= 1 << SEEN_ACTION;
	*action = number;
	return DONE;
}

/**
 * entry_word() - read one word of a policy entry
 * @entry: to fill; zeroes at first, which are the defaults
 * @seen: bits of SEEN_*
 * @word: the word
 */
int entry_word(struct entry *entry, unsigned int *seen, const char *word)
{
	unsigned int len = 0;
	int err = action_word(seen, &entry->action, word);

	if (err != NOT_MINE || !strpbrk(word, "./:"))
		return err;
	if (*seen & 1 << SEEN_PREFIX)
		return refuse("%s: a prefix was given before", word);
	*seen |= 1 << SEEN_PREFIX;
	err = parse_prefix4("prefix", word, &entry->ipv4, &len);
	entry->len = len;
	return err;
}

/**
 * entry_put() - append a policy entry
 * @nlh: message
 * @size: of its buffer
 * @entry: to append
 *
 * Return: false when the buffer is full.
 */
bool entry_put(struct nlmsghdr *nlh, size_t size, const struct entry *entry)
{
	struct nlattr *nest = mnl_attr_nest_start_check(nlh, size,
							PMT_A_POLICY);

	if (!nest ||
	    !mnl_attr_put_u32_check(nlh, size, PMT_POLICY_IPV4,
				    htonl(entry->ipv4)) ||
	    !mnl_attr_put_u8_check(nlh, size, PMT_POLICY_IPV4_LEN,
				   entry->len) ||
	    (entry->action != ANY_ACTION &&
	     !mnl_attr_put_u8_check(nlh, size, PMT_POLICY_ACTION,
				    entry->action)))
		return false;
	mnl_attr_nest_end(nlh, nest);
	return true;
}

/**
 * entry_get() - read a policy entry that the kernel sent
 * @nest: PMT_A_POLICY
 * @entry: answer; what is missing is zero
 */
void entry_get(const struct nlattr *nest, struct entry *entry)
{
	struct nlattr *tb[PMT_POLICY_ATTR_MAX + 1];

	*entry = (struct entry){ 0 };
	attrs_parse(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest),
		    tb, PMT_POLICY_ATTR_MAX);
	entry->ipv4 = ntohl(attr_u32(tb, PMT_POLICY_IPV4));
	entry->len = attr_u8(tb, PMT_POLICY_IPV4_LEN);
	if (entry->len > 32)
		entry->len = 32;
	entry->action = tb[PMT_POLICY_BUILTIN] ? BUILTIN_ACTION :
			tb[PMT_POLICY_ACTION] ? attr_u8(tb, PMT_POLICY_ACTION) :
			ANY_ACTION;
}

/**
 * entry_contains() - does its prefix hold another one, or equal it?
 * @entry: the entry
 * @ipv4: the other prefix
 * @len: and its length
 */
bool entry_contains(const struct entry *entry, uint32_t ipv4, unsigned int len)
{
	return entry->len <= len &&
	       !((uint64_t)(entry->ipv4 ^ ipv4) >> (32 - entry->len));
}

/**
 * entry_cmp() - the order of policy entries: enclosing prefixes first
 * @a: struct entry
 * @b: struct entry
 */
int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->ipv4 != y->ipv4)
		return x->ipv4 < y->ipv4 ? -1 : 1;
	return x->len - y->len;
}

/**
 * entry_print() - print the words of a policy entry
 * @entry: to print
 */
void entry_print(const struct entry *entry)
{
	struct in_addr ipv4 = { htonl(entry->ipv4) };
	char addr[INET_ADDRSTRLEN], buf[PREFIX_STRLEN];

	inet_ntop(AF_INET, &ipv4, addr, sizeof(addr));
	snprintf(buf, sizeof(buf), "%s/%u", addr, entry->len);
	print_string("prefix", "%s ", buf);
	if (entry->action == ANY_ACTION)
		print_null("action");
	else
		print_string("action", "%s ", entry_is_builtin(entry) ?
			     "builtin" :
			     choice_name(action_words, entry->action));
}
