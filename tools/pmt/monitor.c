// SPDX-License-Identifier: GPL-2.0
/* pmt monitor: changes of links, rules, policy and health, a line each. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

/* Bytes of events that may wait while the reader of our output is busy */
#define WAITING_EVENTS	(1 << 20)

/* The last that was told of a device */
struct known {
	struct known *next;
	struct nlmsghdr *nlh;
};

static struct known *known_links;
static unsigned int pmt_family;

/* What a change is called; commands without a word are a newer module's */
static const struct {
	const char *noun;
	const char *verb;
} changes[] = {
	[PMT_CMD_RULE_NEW] = { "rule", "add" },
	[PMT_CMD_RULE_REPLACE] = { "rule", "replace" },
	[PMT_CMD_RULE_DEL] = { "rule", "del" },
	[PMT_CMD_RULE_FLUSH] = { "rule", "flush" },
	[PMT_CMD_POLICY_NEW] = { "policy", "add" },
	[PMT_CMD_POLICY_REPLACE] = { "policy", "replace" },
	[PMT_CMD_POLICY_DEL] = { "policy", "del" },
	[PMT_CMD_POLICY_FLUSH] = { "policy", "flush" },
	[PMT_CMD_TXN_COMMIT] = { "config", "commit" },
};

/* The key of the device's name is `ifname` where `dev` is its lower device */
static void line_begin(const char *noun, const char *verb, const char *dev)
{
	bool is_link = !strcmp(noun, "link");

	open_json_object(NULL);
	print_time();
	print_string("noun", "%s ", noun);
	print_string("verb", "%s ", verb);
	print_string(is_link ? "ifname" : "dev", "dev %s ", dev);
}

static void line_end(void)
{
	print_text("\n");
	print_object_end();
}

/* Which configuration the device has now; text is rather what can be typed */
static void print_config(struct nlattr *const *tb)
{
	if (!options.json && !options.details)
		return;
	print_uint("generation", "generation %u ",
		   attr_u32(tb, PMT_A_GENERATION));
	config_id_print(attr_of_len(tb, PMT_A_CONFIG_ID, sizeof(uint64_t)));
}

/* A change of one rule or of one policy entry, in the words of whoever asked
 * for it: of what is deleted the key may be all that was said
 */
static void print_item(const char *noun, const char *verb,
		       struct nlattr *const *tb, const struct nlattr *item)
{
	struct entry entry;
	struct rule rule;

	line_begin(noun, verb, device_name(tb));
	if (mnl_attr_get_type(item) == PMT_A_RULE) {
		rule_get(item, &rule);
		if (attr_u32(tb, PMT_A_CMD) == PMT_CMD_RULE_DEL)
			rule_print_key(&rule);
		else
			rule_print(&rule);
	} else {
		entry_get(item, &entry);
		entry_print(&entry);
	}
	print_config(tb);
	line_end();
}

/* A change of the whole: what there is behind it */
static void print_whole(const char *noun, const char *verb,
			struct nlattr *const *tb)
{
	line_begin(noun, verb, device_name(tb));
	if (tb[PMT_A_RULES])
		print_uint("rules", "rules %u ", attr_u32(tb, PMT_A_RULES));
	if (tb[PMT_A_ENTRIES])
		print_uint("entries", "entries %u ",
			   attr_u32(tb, PMT_A_ENTRIES));
	print_config(tb);
	line_end();
}

static void config_event(const struct nlmsghdr *nlh, struct nlattr *const *tb)
{
	unsigned int cmd = attr_u32(tb, PMT_A_CMD);
	const char *noun = "config", *verb = "change";
	const struct nlattr *attr;
	bool items = false;

	if (cmd < ARRAY_SIZE(changes) && changes[cmd].noun) {
		noun = changes[cmd].noun;
		verb = changes[cmd].verb;
	}
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type != PMT_A_RULE && type != PMT_A_POLICY)
			continue;
		print_item(noun, verb, tb, attr);
		items = true;
	}
	if (!items)
		print_whole(noun, verb, tb);
}

static void health_event(struct nlattr *const *tb)
{
	line_begin("health", "set", device_name(tb));
	print_string("health", "%s ",
		     health_name(attr_u32(tb, PMT_A_HEALTH)));
	print_config(tb);
	line_end();
}

/* Return: false when there will be no more events */
static bool control_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (genl->cmd != CTRL_CMD_DELFAMILY)
		return true;
	attrs_parse(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
		    mnl_nlmsg_get_payload_len(nlh) - GENL_HDRLEN, tb,
		    CTRL_ATTR_MAX);
	if (!attr_of_len(tb, CTRL_ATTR_FAMILY_ID, sizeof(uint16_t)) ||
	    mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]) != pmt_family)
		return true;
	refuse("the module was removed");
	return false;
}

static bool generic_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct nlattr *tb[PMT_A_MAX + 1];

	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return true;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return control_event(nlh);
	if (nlh->nlmsg_type != pmt_family)
		return true;
	pmt_attrs(nlh, tb);
	if (genl->cmd == PMT_CMD_CONFIG_NTF)
		config_event(nlh, tb);
	else if (genl->cmd == PMT_CMD_HEALTH_NTF)
		health_event(tb);
	return true;
}

static struct known **find_known(unsigned int ifindex)
{
	struct known **at;
	struct link link;

	for (at = &known_links; *at; at = &(*at)->next) {
		link_get((*at)->nlh, &link);
		if (link.ifindex == ifindex)
			break;
	}
	return at;
}

static void forget(struct known **at)
{
	struct known *known = *at;

	if (!known)
		return;
	*at = known->next;
	free(known->nlh);
	free(known);
}

static void remember(struct known **at, const struct nlmsghdr *nlh)
{
	struct known *known;

	forget(at);
	known = calloc(1, sizeof(*known));
	if (known)
		known->nlh = malloc(nlh->nlmsg_len);
	if (!known || !known->nlh) {
		free(known);
		return;
	}
	memcpy(known->nlh, nlh, nlh->nlmsg_len);
	known->next = *at;
	*at = known;
}

/* What has events of its own */
static bool is_told_elsewhere(unsigned int type)
{
	return type == IFLA_PMT_RULE || type == IFLA_PMT_RULES ||
	       type == IFLA_PMT_CONFIG_ID || type == IFLA_PMT_HEALTH;
}

/* The kernel also tells of changes that are none of what we show */
static bool is_news(const struct link *old, const struct link *new)
{
	unsigned int type;

	for (type = 0; type <= IFLA_PMT_MAX; type++)
		if (!is_told_elsewhere(type) &&
		    !attr_same(old->data[type], new->data[type]))
			return true;
	return strcmp(old->name, new->name) || old->up != new->up ||
	       old->mtu != new->mtu;
}

static void print_link(const char *verb, const struct link *link)
{
	line_begin("link", verb, link->name);
	link_print_head(link);
	if (options.json || options.details)
		link_print_options(link->data, link->here);
	line_end();
}

static bool link_event(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link link, old;
	struct known **known;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    ifi->ifi_family != AF_UNSPEC)
		return true;
	link_get(nlh, &link);
	if (!link.is_pmt)
		return true;
	known = find_known(link.ifindex);
	if (nlh->nlmsg_type == RTM_DELLINK) {
		line_begin("link", "del", link.name);
		line_end();
		forget(known);
	} else if (nlh->nlmsg_type == RTM_NEWLINK) {
		if (*known)
			link_get((*known)->nlh, &old);
		if (!*known || is_news(&old, &link))
			print_link(*known ? "set" : "add", &link);
		remember(known, nlh);
	}
	return true;
}

static int remember_links(void)
{
	const struct nlmsghdr *nlh;
	struct reply reply;
	struct link link;
	int err = link_fetch(0, &reply);

	if (!err) {
		reply_for_each(nlh, &reply) {
			link_get(nlh, &link);
			if (link.is_pmt)
				remember(find_known(link.ifindex), nlh);
		}
	}
	free(reply.buf);
	return err;
}

/* What is lost is lost; whoever keeps account must read all again */
static void print_lost(void)
{
	failed("pmt: events were lost: more came than were read");
	if (!options.json)
		return;
	open_json_object(NULL);
	print_time();
	print_string("noun", "%s ", "monitor");
	print_string("verb", "%s ", "lost");
	print_null("dev");
	print_object_end();
}

/* A socket that listens to groups */
struct listener {
	struct mnl_socket *nl;
	bool (*event)(const struct nlmsghdr *nlh);
	char *buf;
	size_t size;
};

static int cannot_listen(void)
{
	return refuse("can't listen for events: %s", strerror(errno));
}

static int listener_open(struct listener *listener, int protocol,
			 const unsigned int *groups, unsigned int n)
{
	int size = WAITING_EVENTS, fd;
	unsigned int i;

	listener->nl = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!listener->nl ||
	    mnl_socket_bind(listener->nl, 0, MNL_SOCKET_AUTOPID))
		return cannot_listen();
	fd = mnl_socket_get_fd(listener->nl);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (i = 0; i < n; i++)
		if (mnl_socket_setsockopt(listener->nl, NETLINK_ADD_MEMBERSHIP,
					  (void *)&groups[i],
					  sizeof(groups[i])))
			return cannot_listen();
	return DONE;
}

static void listener_close(struct listener *listener)
{
	if (listener->nl)
		mnl_socket_close(listener->nl);
	free(listener->buf);
}

/* Read a datagram, however long. Return: its length, 0: nothing, -1: errno */
static ssize_t listener_read(struct listener *listener)
{
	int fd = mnl_socket_get_fd(listener->nl);
	ssize_t len = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC);

	if (len > (ssize_t)listener->size) {
		free(listener->buf);
		listener->size = len;
		listener->buf = malloc(len);
		if (!listener->buf)
			listener->size = 0;
	}
	if (len > 0)
		len = mnl_socket_recvfrom(listener->nl, listener->buf,
					  listener->size);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return len;
}

/* Read what is there. Return: DONE, or the exit code of the end */
static int listener_ready(struct listener *listener)
{
	const struct nlmsghdr *nlh;
	ssize_t n = listener_read(listener);
	int len;

	if (n < 0 && errno == ENOBUFS) {
		print_lost();
		return DONE;
	}
	if (n < 0)
		return cannot_listen();
	len = n;
	nlh = (struct nlmsghdr *)listener->buf;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && !listener->event(nlh))
			return USAGE;
	return DONE;
}

static int listen_to(struct listener *generic, struct listener *route)
{
	struct pollfd fds[] = {
		{ .fd = mnl_socket_get_fd(generic->nl), .events = POLLIN },
		{ .fd = mnl_socket_get_fd(route->nl), .events = POLLIN },
		{ .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	sigset_t set;
	int err = DONE;

	sigemptyset(&set);
	fds[2].fd = signals_open(&set);
	while (!err) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			err = cannot_listen();
		else if (fds[2].revents || fds[3].revents & POLLERR)
			break;
		if (!err && fds[0].revents)
			err = listener_ready(generic);
		if (!err && fds[1].revents)
			err = listener_ready(route);
		if (ferror(stdout))
			break;
	}
	close(fds[2].fd);
	return is_unread() ? DONE : err;
}

int monitor_run(struct args *args)
{
	struct listener generic = { .event = generic_event };
	struct listener route = { .event = link_event };
	unsigned int groups[2] = { 0, GENL_ID_CTRL };
	unsigned int links = RTNLGRP_LINK;
	int err;

	if (args->argc)
		return args_unknown(args, args->argv[0], "nothing more");
	err = module_events(&pmt_family, &groups[0]) ? :
	      listener_open(&generic, NETLINK_GENERIC, groups, 2) ? :
	      listener_open(&route, NETLINK_ROUTE, &links, 1) ? :
	      remember_links() ? :
	      listen_to(&generic, &route);
	while (known_links)
		forget(&known_links);
	listener_close(&generic);
	listener_close(&route);
	return err;
}
