/* SPDX-License-Identifier: GPL-2.0 */
/* The tool: what its files offer each other. */
#ifndef _PMT_TOOL_H
#define _PMT_TOOL_H

#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>

#include "map.h"
#include "print.h"
#include "words.h"

/* Global options */
extern struct tool_options {
	bool json;
	bool pretty;
	bool statistics;
	bool details;
	bool force;
} options;

/* A verb of a noun; all words behind it are in args */
struct verb {
	const char *noun;
	const char *name;	/* NULL: the noun has no verbs */
	int (*run)(struct args *args);
	bool queues;		/* its requests may wait for more of their kind */
};

/* main.c */
const struct verb *verb_find(struct args *args);
__printf(1, 2) void failed(const char *fmt, ...);

/* lines.c: input in lines of words, and the place that errors name */
extern struct place {
	const char *file;	/* NULL: the command line */
	unsigned int line;
	unsigned int last;	/* of several lines; 0: one */
} place;

struct lines {
	FILE *file;
	struct place outer;
	char *text;
	size_t size;
	char **words;
	size_t max_words;
};

int lines_open(struct lines *lines, const char *name);
bool lines_next(struct lines *lines, struct args *args);
int lines_close(struct lines *lines);

/* batch.c */
int batch_run(const char *name);

/* netlink.c */
enum bus {
	ROUTE,
	GENERIC,
};

/* A request while it is written; the buffer grows with msg_room() */
struct msg {
	enum bus bus;
	struct nlmsghdr *nlh;
	size_t size;
};

/* The messages of an answer, one after the other */
struct reply {
	char *buf;
	size_t len;
	size_t size;
};

/* Why the kernel refused */
struct nl_error {
	int code;		/* errno */
	unsigned int offset;	/* of the attribute at fault in the request, 0: none */
	char text[256];
};

struct nlmsghdr *msg_route(struct msg *msg, unsigned int type,
			   unsigned int flags);
int msg_pmt(struct msg *msg, unsigned int cmd, unsigned int flags);
void msg_room(struct msg *msg, size_t len);
void msg_free(struct msg *msg);
bool nl_try(const struct msg *msg, struct reply *reply, struct nl_error *error);
int nl_report(const struct msg *msg, const struct nl_error *error);
int nl_talk(const struct msg *msg, struct reply *reply);
int module_check(void);
int device_name_copy(char *name, const char *value);
int device_word(struct args *args, const char *word, unsigned int *seen,
		char *name);

/* A pmt message of a reply: the generic netlink header is behind it */
#define reply_for_each(nlh, reply)					       \
	for (nlh = (struct nlmsghdr *)(reply)->buf;			       \
	     (char *)(nlh) < (reply)->buf + (reply)->len;		       \
	     nlh = (struct nlmsghdr *)((char *)(nlh) +			       \
				       NLMSG_ALIGN((nlh)->nlmsg_len)))

void pmt_attrs(const struct nlmsghdr *nlh, struct nlattr **tb);
const char *device_name(struct nlattr *const *tb);

/* print.c: begin and end of what a command shows */
void print_begin(void);
void print_end(void);

/* link.c */
int device_index(const char *name, unsigned int *ifindex);
int link_add(struct args *args);
int link_set(struct args *args);
int link_del(struct args *args);
int link_show(struct args *args);

/* rule.c */
int rule_read(struct args *args, char *dev, struct rule *rule);
int rule_add(struct args *args);
int rule_replace(struct args *args);
int rule_del(struct args *args);
int rule_show(struct args *args);
int rule_flush(struct args *args);
int rule_queue_send(void);
void rule_queue_drop(void);
extern bool rule_queueing;

/* cmd_map.c */
int map_run(struct args *args);

/* stats.c */
int stats_show(struct args *args);
int stats_explain(struct args *args);
const char *counter_name(unsigned int id, char *buf, size_t size);

#endif /* _PMT_TOOL_H */
