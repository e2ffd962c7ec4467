/* SPDX-License-Identifier: GPL-2.0 */
/* The tool: what its files offer each other. */
#ifndef _PMT_TOOL_H
#define _PMT_TOOL_H

#include <net/if.h>
#include <signal.h>
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
	bool timestamp;
	bool force;
} options;

/* A verb of a noun; all words behind it are in args */
struct verb {
	const char *noun;
	const char *name;	/* NULL: the noun has no verbs */
	int (*run)(struct args *args);
	bool queues;		/* its changes may wait for more of them */
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
	int err;		/* it ended before its end */
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

/* What a dump brings, one after the other */
struct dump {
	unsigned int type;	/* of the items */
	struct reply reply;
	const struct nlmsghdr *nlh;
	const struct nlattr *item;
	struct nlattr *tb[PMT_A_MAX + 1];	/* of the item's message */
};

void *msg_route(struct msg *msg, unsigned int type, unsigned int flags,
		size_t len);
void msg_link(struct msg *msg, unsigned int type, unsigned int flags);
void msg_generic(struct msg *msg, unsigned int family, unsigned int cmd,
		 unsigned int version, unsigned int flags);
void msg_room(struct msg *msg, size_t len);
void msg_free(struct msg *msg);
bool nl_try(const struct msg *msg, struct reply *reply, struct nl_error *error);
int nl_report(const struct msg *msg, const struct nl_error *error);
int nl_talk(const struct msg *msg, struct reply *reply);
int device_name_copy(char *name, const char *value);
int device_needed(const char *dev);
int device_word(struct args *args, const char *word, unsigned int *seen,
		char *name);

/* A pmt message of a reply: the generic netlink header is behind it */
#define reply_for_each(nlh, reply)					       \
	for (nlh = (struct nlmsghdr *)(reply)->buf;			       \
	     (char *)(nlh) < (reply)->buf + (reply)->len;		       \
	     nlh = (struct nlmsghdr *)((char *)(nlh) +			       \
				       NLMSG_ALIGN((nlh)->nlmsg_len)))

/* module.c */
int module_check(void);
int module_events(unsigned int *family, unsigned int *group);
int msg_pmt(struct msg *msg, unsigned int cmd, unsigned int flags,
	    unsigned int ifindex);
void pmt_attrs(const struct nlmsghdr *nlh, struct nlattr **tb);
void module_version(char *version, size_t size);
const char *device_name(struct nlattr *const *tb);
int dump_open(struct dump *dump, unsigned int cmd, unsigned int type,
	      const char *dev);
bool dump_next(struct dump *dump);
void dump_close(struct dump *dump);

/* queue.c: changes of rules and policy */
extern bool queue_waits;	/* a batch gathers them */
int queue_open(const char *dev);
int queue_change(const char *dev, unsigned int cmd, const struct rule *rule,
		 const struct entry *entry);
int queue_line(const char *dev, int wrong, unsigned int cmd,
	       const struct rule *rule, const struct entry *entry);
int queue_flush(const char *dev, unsigned int cmd);
int queue_send(bool *busy);
void queue_drop(void);

/* print.c: begin and end of what a command shows */
void print_begin(void);
void print_end(void);
void print_object_end(void);
void print_time(void);

/* link.c */
struct devices {
	char (*names)[IF_NAMESIZE];
	unsigned int n;
};

/* A link in a message */
struct link {
	unsigned int ifindex;
	char name[IF_NAMESIZE];
	unsigned int mtu;	/* 0: not there */
	unsigned int master;	/* ifindex of its VRF, 0: none */
	bool up;
	bool sets_up;		/* the message shall bring it up or down */
	bool is_pmt;
	bool here;		/* its IPv4 side is this network namespace */
	const struct nlattr *stats;	/* IFLA_STATS64, NULL: not there */
	struct nlattr *data[IFLA_PMT_MAX + 1];
};

int device_index(const char *name, unsigned int *ifindex);
int devices_list(struct devices *devices);
void link_get(const struct nlmsghdr *nlh, struct link *link);
void link_print_head(const struct link *link);
int link_fetch(unsigned int ifindex, struct reply *reply);
int link_read(struct args *args, char *name, struct msg *msg);
int link_send(const char *name, struct msg *msg);
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

/* policy.c */
int policy_read(struct args *args, char *dev, struct entry *entry);
int policy_add(struct args *args);
int policy_replace(struct args *args);
int policy_del(struct args *args);
int policy_get(struct args *args);
int policy_show(struct args *args);
int policy_flush(struct args *args);

/* config.c: what a device does, or shall do */
struct list {
	char *items;
	size_t n;
	size_t room;
};

struct config {
	char dev[IF_NAMESIZE];
	const char **files;	/* that the lines came from */
	struct msg msg;		/* the link line of a file; nlh NULL: none */
	struct reply reply;	/* or the kernel's answer */
	struct link link;	/* points there */
	struct place link_place;
	struct list rules;	/* struct rule, by provider prefix */
	struct list entries;	/* struct entry, by prefix */
};

/* Configurations read from files */
struct configs {
	const char **files;	/* NULL at the end */
	const char *only;	/* this device, and lines without one; "": all */
	bool for_map;		/* one device, whose name and options don't matter */
	struct config *list;
	unsigned int n;
};

/* The line that something was read from */
struct origin {
	unsigned int file;
	unsigned int line;
};

/* What is common to rules and policy entries */
struct noun {
	const char *name;
	size_t size;
	size_t list;		/* where struct config has them */
	int (*cmp)(const void *a, const void *b);	/* by their keys */
	bool (*same)(const void *a, const void *b);	/* but for the keys */
	struct origin (*origin)(const void *item);
	int (*change)(const char *dev, const void *item, bool del);
	void (*print)(const void *item);
};

extern const struct noun noun_rule;
extern const struct noun noun_policy;

struct list *config_list(struct config *config, const struct noun *noun);
int config_add(struct config *config, const struct noun *noun,
	       const void *item);
int config_fetch_link(const char *dev, struct config *config);
int config_fetch_rules(struct config *config);
int config_fetch_lists(struct config *config);
int config_generation(const char *dev, uint32_t *generation);
int config_fetch(const char *dev, struct config *config);
const struct entry *config_entry(const struct config *config, uint32_t ipv4);
void config_free(struct config *config);
int configs_read(struct configs *configs);
void configs_free(struct configs *configs);
struct place origin_place(const struct config *config, struct origin origin);

/* apply.c */
int save_run(struct args *args);
int apply_run(struct args *args);
int diff_run(struct args *args);

/* cmd_map.c */
int map_run(struct args *args);

/* around.c: what a relay needs around it */
enum way {
	WAY_GATEWAY,		/* into the device, as it should be */
	WAY_ON_LINK,
	WAY_ELSEWHERE,		/* or nowhere */
};

int around_forwarding(bool *on);
int around_source(const struct list *rules, bool *found);
int around_way(const struct link *link, const struct in6_addr *addr,
	       enum way *way);

/* check.c */
int check_run(struct args *args);

/* signals.c: the end of what runs until then */
int signals_open(sigset_t *set);
bool is_unread(void);

/* monitor.c */
int monitor_run(struct args *args);

/* sample.c: figures of devices and rules at one moment */

/* A kernel newer than the tool may have some more */
#define N_COUNTERS	(PMT_COUNTER_MAX + 64)

struct traffic {
	uint64_t packets;
	uint64_t bytes;
	uint64_t dropped;
};

struct sample {
	unsigned int ifindex;
	char name[IF_NAMESIZE];
	bool up;
	bool counted;		/* its counters have been read */
	unsigned int mtu;
	unsigned int n_rules;
	unsigned int health;	/* enum pmt_health */
	uint32_t generation;
	uint64_t config_id;
	struct traffic out;
	struct traffic in;
	unsigned int n_counters;	/* the last that the kernel has */
	uint64_t counters[N_COUNTERS + 1];	/* by enum pmt_counter */
};

struct sample_rule {
	unsigned int ifindex;
	struct rule rule;
};

struct samples {
	uint64_t milliseconds;	/* when */
	struct sample *list;
	unsigned int n;
	struct sample_rule *rules;	/* by device and provider prefix */
	size_t n_rules;
};

int samples_read(struct samples *samples, bool with_rules);
void samples_free(struct samples *samples);
struct sample *sample_find(const struct samples *samples, unsigned int ifindex);
const struct rule *sample_find_rule(const struct samples *samples,
				    const struct sample_rule *rule);
uint64_t now_milliseconds(void);

/* stats.c */
int stats_read(struct args *args, char *dev, unsigned int *nonzero);
int stats_show(struct args *args);
int stats_explain(struct args *args);
const char *counter_name(unsigned int id, char *buf, size_t size);

/* watch.c */
int stats_watch(struct args *args);

/* prometheus.c */
int stats_prometheus(struct args *args);

#endif /* _PMT_TOOL_H */
