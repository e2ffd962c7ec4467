// SPDX-License-Identifier: GPL-2.0
/* Words, numbers and attributes in general. */
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/**
 * args_next() - take a word
 * @args: the words left
 *
 * Return: NULL when none is left.
 */
const char *args_next(struct args *args)
{
	if (!args->argc)
		return NULL;
	args->argc--;
	return *args->argv++;
}

/**
 * args_value() - take the value that follows a keyword
 * @args: the words left
 * @word: the keyword
 * @value: answer
 */
int args_value(struct args *args, const char *word, const char **value)
{
	*value = args_next(args);
	return *value ? DONE : refuse("%s: its value is missing", word);
}

/**
 * args_unknown() - refuse a word, and say which ones would do
 * @args: where it came from
 * @word: the word
 * @allowed: what a user could have meant
 */
int args_unknown(const struct args *args, const char *word,
		 const char *allowed)
{
	if (word[0] == '-' && word[1])
		return refuse("%s: options come first, as in pmt -j rule show",
			      word);
	if (args->verbs)
		return refuse("%s: unknown word, allowed here: %s, or one of the verbs %s",
			      word, allowed, args->verbs);
	return refuse("%s: unknown word, allowed here: %s", word, allowed);
}

/**
 * word_once() - refuse a keyword that comes twice
 * @seen: bits of the keywords that came
 * @bit: this one's number
 * @word: the keyword
 */
int word_once(unsigned int *seen, unsigned int bit, const char *word)
{
	if (*seen & 1U << bit)
		return refuse("%s: given twice", word);
	*seen |= 1U << bit;
	return DONE;
}

/**
 * read_number() - decimal, or hexadecimal behind 0x
 * @text: to read; strtoull() alone would take blanks, signs and octal numbers
 * @min: least
 * @max: greatest number allowed
 * @number: answer
 */
bool read_number(const char *text, unsigned int min, unsigned int max,
		 unsigned int *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	const char *set = hex ? "0123456789abcdefABCDEF" : "0123456789";
	size_t len = strlen(digits);
	unsigned long long n = strtoull(digits, NULL, hex ? 16 : 10);

	if (!len || strspn(digits, set) != len || n < min || n > max)
		return false;
	*number = n;
	return true;
}

/**
 * parse_number() - the number behind a keyword
 * @word: the keyword, for the sentence
 * @value: to read
 * @min: least
 * @max: greatest number allowed
 * @number: answer
 */
int parse_number(const char *word, const char *value, unsigned int min,
		 unsigned int max, unsigned int *number)
{
	if (read_number(value, min, max, number))
		return DONE;
	return refuse("%s %s: must be a number from %u to %u", word, value,
		      min, max);
}

/**
 * choice_find() - look a word up
 * @choices: the words, NULL at the end
 * @value: the word
 * @number: answer, its place in @choices
 */
bool choice_find(const char *const *choices, const char *value,
		 unsigned int *number)
{
	unsigned int i;

	for (i = 0; choices[i]; i++) {
		if (!strcmp(value, choices[i])) {
			*number = i;
			return true;
		}
	}
	return false;
}

/**
 * choice_name() - the word for a number, or the number when only a newer kernel
 *	knows it
 * @choices: the words, NULL at the end
 * @number: the place in @choices
 */
const char *choice_name(const char *const *choices, unsigned int number)
{
	static char text[12];
	unsigned int i;

	for (i = 0; i < number && choices[i]; i++)
		;
	if (choices[i])
		return choices[i];
	snprintf(text, sizeof(text), "%u", number);
	return text;
}

/**
 * parse_choice() - one of several words
 * @word: the keyword, for the sentence
 * @value: to read
 * @choices: the words, NULL at the end
 * @number: answer, the place in @choices
 */
int parse_choice(const char *word, const char *value,
		 const char *const *choices, unsigned int *number)
{
	char list[64] = "";
	unsigned int i;

	if (choice_find(choices, value, number))
		return DONE;
	for (i = 0; choices[i]; i++) {
		strncat(list, i ? " or " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, choices[i], sizeof(list) - strlen(list) - 1);
	}
	return refuse("%s %s: must be %s", word, value, list);
}

/**
 * attrs_parse() - sort attributes by type
 * @payload: where they are
 * @len: bytes
 * @tb: answer, @max + 1 pointers
 * @max: greatest type known; a newer kernel's are passed over
 */
void attrs_parse(const void *payload, size_t len, struct nlattr **tb,
		 unsigned int max)
{
	const struct nlattr *attr;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each_payload(payload, len)
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = (struct nlattr *)attr;
}

/**
 * attr_of_len() - an attribute, if it is there and holds what it should
 * @tb: made by attrs_parse()
 * @type: which
 * @len: least bytes that will be read from it
 */
const struct nlattr *attr_of_len(struct nlattr *const *tb, unsigned int type,
				 size_t len)
{
	const struct nlattr *attr = tb[type];

	return attr && mnl_attr_get_payload_len(attr) >= len ? attr : NULL;
}

/**
 * attr_same() - do two attributes hold the same?
 * @a: may be NULL
 * @b: may be NULL, which is the same as NULL
 */
bool attr_same(const struct nlattr *a, const struct nlattr *b)
{
	if (!a || !b)
		return a == b;
	return mnl_attr_get_payload_len(a) == mnl_attr_get_payload_len(b) &&
	       !memcmp(mnl_attr_get_payload(a), mnl_attr_get_payload(b),
		       mnl_attr_get_payload_len(a));
}

/**
 * attr_u8() - a small number
 * @tb: made by attrs_parse()
 * @type: which
 *
 * Return: 0 when it is not there.
 */
unsigned int attr_u8(struct nlattr *const *tb, unsigned int type)
{
	const struct nlattr *attr = attr_of_len(tb, type, sizeof(uint8_t));

	return attr ? mnl_attr_get_u8(attr) : 0;
}

/**
 * attr_u32() - a number
 * @tb: made by attrs_parse()
 * @type: which
 *
 * Return: 0 when it is not there.
 */
uint32_t attr_u32(struct nlattr *const *tb, unsigned int type)
{
	const struct nlattr *attr = attr_of_len(tb, type, sizeof(uint32_t));

	return attr ? mnl_attr_get_u32(attr) : 0;
}
