// SPDX-License-Identifier: GPL-2.0
/*
 * Plugin of `ip link` (iproute2 5.0 to 7.1) for devices of kind "pmt".
 *
 * `ip` opens link_pmt.so from its library folder and looks up pmt_link_util.
 * Its headers are not installed, so the structure stands here. A plugin that
 * can't be loaded is passed over in silence: nothing here names a variable of
 * `ip`, and all but pmt_link_util is hidden, so that no name of ours meets one
 * of its own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "words.h"

/* ip/ip_common.h */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *nlh);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f,
			     struct rtattr *xstats);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *nlh, void *arg);
};

/* What ip/iplink.c keeps for a request: header, ifinfomsg and 1024 bytes */
#define REQUEST_SIZE \
	(NLMSG_LENGTH(sizeof(struct ifinfomsg)) + 1024)

int refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("Error: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs(".\n", stderr);
	va_end(ap);
	return USAGE;
}

static void print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu;
	(void)argc;
	(void)argv;
	fputs("Usage: ... pmt " LINK_USAGE, f);
}

static int parse_opt(struct link_util *lu, int argc, char **argv,
		     struct nlmsghdr *nlh)
{
	struct link_options link = { .nlh = nlh, .size = REQUEST_SIZE };
	struct args args = { .argc = argc, .argv = argv };
	const char *word;
	int err;

	while ((word = args_next(&args))) {
		if (!strcmp(word, "help")) {
			print_help(lu, 0, NULL, stderr);
			return -1;
		}
		err = link_word(&link, &args, word);
		if (err == NOT_MINE)
			err = args_unknown(&args, word, LINK_WORDS);
		if (err)
			return -1;
	}
	return link_words_end(&link) ? -1 : 0;
}

static void print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	(void)lu;
	(void)f;
	/* struct nlattr is struct rtattr by another name */
	if (!tb)
		return;
	link_print_options((struct nlattr **)tb, true);
	link_print_state((struct nlattr **)tb);
}

struct link_util pmt_link_util __attribute__((visibility("default"))) = {
	.id = PMT_KIND,
	.maxattr = IFLA_PMT_MAX,
	.parse_opt = parse_opt,
	.print_opt = print_opt,
	.print_help = print_help,
};
