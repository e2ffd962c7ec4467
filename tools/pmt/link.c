// SPDX-License-Identifier: GPL-2.0
/* pmt link: the devices, for where `ip` has no plugins. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

#define LINK_ROOM	4096	/* all options together need a tenth of it */

/**
 * link_get() - read a message about a link, as far as we care
 * @nlh: from the kernel, or to it
 * @link: answer; points into the message, and is all zero if that has no room for
 *	its header
 */
void link_get(const struct nlmsghdr *nlh, struct link *link)
{
	struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	size_t head = NLMSG_ALIGN(sizeof(struct ifinfomsg));
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const struct nlattr *attr;

	*link = (struct link){ 0 };
	if (len < head)
		return;
	*link = (struct link){
		.ifindex = ifi->ifi_index,
		.up = ifi->ifi_flags & IFF_UP,
		.sets_up = ifi->ifi_change & IFF_UP,
	};
	attrs_parse(mnl_nlmsg_get_payload_offset(nlh, head), len - head, tb,
		    IFLA_MAX);
	attr = tb[IFLA_IFNAME];
	if (attr)
		snprintf(link->name, sizeof(link->name), "%.*s",
			 (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	link->mtu = attr_u32(tb, IFLA_MTU);
	link->master = attr_u32(tb, IFLA_MASTER);
	link->here = !tb[IFLA_LINK_NETNSID];
	link->stats = tb[IFLA_STATS64];
	attr = tb[IFLA_LINKINFO];
	if (!attr)
		return;
	attrs_parse(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr),
		    info, IFLA_INFO_MAX);
	attr = attr_of_len(info, IFLA_INFO_KIND, sizeof(PMT_KIND));
	link->is_pmt = attr && !memcmp(mnl_attr_get_payload(attr), PMT_KIND,
				       sizeof(PMT_KIND));
	attr = info[IFLA_INFO_DATA];
	if (attr)
		attrs_parse(mnl_attr_get_payload(attr),
			    mnl_attr_get_payload_len(attr), link->data,
			    IFLA_PMT_MAX);
}

/**
 * link_fetch() - ask for devices
 * @ifindex: this one, 0: all of our kind
 * @reply: answer, to be freed by the caller
 */
int link_fetch(unsigned int ifindex, struct reply *reply)
{
	struct ifinfomsg *ifi;
	struct nlattr *info;
	struct msg msg;
	int err;

	msg_link(&msg, RTM_GETLINK, ifindex ? 0 : NLM_F_DUMP);
	if (ifindex) {
		ifi = mnl_nlmsg_get_payload(msg.nlh);
		ifi->ifi_index = ifindex;
	} else {
		info = mnl_attr_nest_start(msg.nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(msg.nlh, IFLA_INFO_KIND, PMT_KIND);
		mnl_attr_nest_end(msg.nlh, info);
	}
	err = nl_talk(&msg, reply);
	msg_free(&msg);
	return err;
}

/**
 * device_index() - look a device up, and see that it is ours
 * @name: the device
 * @ifindex: answer
 */
int device_index(const char *name, unsigned int *ifindex)
{
	struct reply reply;
	struct link link;
	int err = module_check();

	if (err)
		return err;
	*ifindex = if_nametoindex(name);
	if (!*ifindex)
		return refuse("dev %s: no such device", name);
	err = link_fetch(*ifindex, &reply);
	if (!err && reply.len) {
		link_get((struct nlmsghdr *)reply.buf, &link);
		if (!link.is_pmt)
			err = refuse("dev %s: not a device of type " PMT_KIND,
				     name);
	}
	free(reply.buf);
	return err;
}

static int cmp_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/**
 * devices_list() - the names of all our devices here, sorted
 * @devices: answer, to be freed by the caller
 */
int devices_list(struct devices *devices)
{
	const struct nlmsghdr *nlh;
	struct reply reply;
	struct link link;
	unsigned int n = 0;
	int err = module_check() ? : link_fetch(0, &reply);

	*devices = (struct devices){ 0 };
	if (err)
		return err;
	reply_for_each(nlh, &reply)
		n++;
	devices->names = calloc(n + 1, sizeof(*devices->names));
	if (!devices->names)
		err = refuse("out of memory");
	reply_for_each(nlh, &reply) {
		if (err || nlh->nlmsg_type != RTM_NEWLINK)
			continue;
		link_get(nlh, &link);
		if (link.is_pmt)
			memcpy(devices->names[devices->n++], link.name,
			       IF_NAMESIZE);
	}
	free(reply.buf);
	if (!err)
		qsort(devices->names, devices->n, sizeof(*devices->names),
		      cmp_names);
	return err;
}

/* [dev] NAME */
static int read_name(struct args *args, char *name)
{
	const char *word = args_next(args);

	if (word && !strcmp(word, "dev"))
		word = args_next(args);
	if (!word)
		return refuse("the name of the device is missing");
	return device_name_copy(name, word);
}

/* Words that are the device's rather than ours */
struct core {
	unsigned int seen;
	unsigned int mtu;
	bool up;
};

enum {
	SEEN_STATE,
	SEEN_MTU,
};

static int core_word(struct core *core, struct args *args, const char *word)
{
	const char *value;

	if (!strcmp(word, "mtu"))
		return word_once(&core->seen, SEEN_MTU, word) ? :
		       args_value(args, word, &value) ? :
		       parse_number(word, value, PMT_MTU_MIN, PMT_MTU_MAX,
				    &core->mtu);
	if (strcmp(word, "up") && strcmp(word, "down"))
		return NOT_MINE;
	if (core->seen & 1 << SEEN_STATE)
		return refuse("%s: up or down was given before", word);
	core->seen |= 1 << SEEN_STATE;
	core->up = word[0] == 'u';
	return DONE;
}

/* Read the options into IFLA_INFO_DATA */
static int read_options(struct args *args, struct msg *msg, struct core *core)
{
	struct link_options link = { .nlh = msg->nlh, .size = msg->size };
	const char *word;
	int err;

	while ((word = args_next(args))) {
		err = core_word(core, args, word);
		if (err == NOT_MINE)
			err = link_word(&link, args, word);
		if (err == NOT_MINE)
			err = args_unknown(args, word,
					   "up, down, mtu, " LINK_WORDS);
		if (err)
			return err;
	}
	return link_words_end(&link);
}

static int write_request(struct args *args, struct msg *msg, unsigned int flags)
{
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(msg->nlh);
	struct nlattr *info, *data;
	struct core core = { 0 };
	int err;

	info = mnl_attr_nest_start(msg->nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(msg->nlh, IFLA_INFO_KIND, PMT_KIND);
	data = mnl_attr_nest_start(msg->nlh, IFLA_INFO_DATA);
	err = read_options(args, msg, &core);
	if (err)
		return err;
	mnl_attr_nest_end(msg->nlh, data);
	mnl_attr_nest_end(msg->nlh, info);
	/* up, down and mtu alone are no change of ours */
	if (data->nla_len == sizeof(*data) && !(flags & NLM_F_CREATE))
		mnl_attr_nest_cancel(msg->nlh, info);
	if (core.seen & 1 << SEEN_MTU)
		mnl_attr_put_u32(msg->nlh, IFLA_MTU, core.mtu);
	if (core.seen & 1 << SEEN_STATE) {
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = core.up ? IFF_UP : 0;
	}
	return DONE;
}

int link_add(struct args *args)
{
	unsigned int flags = NLM_F_CREATE | NLM_F_EXCL;
	struct nl_error error;
	char name[IF_NAMESIZE];
	struct msg msg;
	int err = read_name(args, name);

	if (err)
		return err;
	msg_link(&msg, RTM_NEWLINK, flags);
	mnl_attr_put_strz(msg.nlh, IFLA_IFNAME, name);
	msg_room(&msg, LINK_ROOM);
	err = write_request(args, &msg, flags);
	if (!err && !nl_try(&msg, NULL, &error) && error.code == EOPNOTSUPP)
		err = module_check();
	if (!err && error.code == EEXIST && !error.text[0])
		snprintf(error.text, sizeof(error.text),
			 "%s: there is a device of this name", name);
	if (!err)
		err = nl_report(&msg, &error);
	msg_free(&msg);
	return err;
}

/**
 * link_send() - send a request about a device that is there
 * @name: the device
 * @msg: the request, as link_read() made it
 */
int link_send(const char *name, struct msg *msg)
{
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(msg->nlh);
	unsigned int ifindex;
	int err = device_index(name, &ifindex);

	if (err)
		return err;
	ifi->ifi_index = ifindex;
	return nl_talk(msg, NULL);
}

/* Is the first word an option? dev is the name's */
static bool begins_with_option(const struct args *args)
{
	const char *word = args->argc ? args->argv[0] : "dev";

	return !strcmp(word, "up") || !strcmp(word, "down") ||
	       !strcmp(word, "mtu") ||
	       (strcmp(word, "dev") && link_is_option(word));
}

/**
 * link_read() - read what `link set` shall do
 * @args: the words
 * @name: answer, IF_NAMESIZE bytes; the words may leave out what it is already
 * @msg: the request, which as yet names no device; to be freed by the caller
 */
int link_read(struct args *args, char *name, struct msg *msg)
{
	msg_link(msg, RTM_NEWLINK, 0);
	msg_room(msg, LINK_ROOM);
	return (name[0] && begins_with_option(args) ? DONE :
		read_name(args, name)) ? : write_request(args, msg, 0);
}

int link_set(struct args *args)
{
	char name[IF_NAMESIZE] = "";
	struct msg msg;
	int err = link_read(args, name, &msg) ? : link_send(name, &msg);

	msg_free(&msg);
	return err;
}

int link_del(struct args *args)
{
	char name[IF_NAMESIZE];
	struct msg msg;
	int err = read_name(args, name);

	if (!err && args->argc)
		err = args_unknown(args, args->argv[0], "nothing more");
	if (err)
		return err;
	msg_link(&msg, RTM_DELLINK, 0);
	err = link_send(name, &msg);
	msg_free(&msg);
	return err;
}

/**
 * link_print_head() - print what is told of a device with or without details
 * @link: the device
 */
void link_print_head(const struct link *link)
{
	if (options.json)
		print_on_off("up", "", link->up);
	else
		print_text(link->up ? "up " : "down ");
	print_uint("mtu", "mtu %u ", link->mtu);
	link_print_state(link->data);
}

static void show(const struct link *link)
{
	open_json_object(NULL);
	print_string("ifname", "%s: ", link->name);
	link_print_head(link);
	print_text("\n");
	if (options.json || options.details) {
		print_text("    ");
		link_print_options(link->data, link->here);
		print_text("\n");
	}
	close_json_object();
}

int link_show(struct args *args)
{
	const struct nlmsghdr *nlh;
	char name[IF_NAMESIZE];
	unsigned int ifindex = 0;
	struct reply reply;
	struct link link;
	bool one = args->argc;
	int err = one ? read_name(args, name) : DONE;

	if (!err && args->argc)
		err = args_unknown(args, args->argv[0], "nothing more");
	if (!err)
		err = one ? device_index(name, &ifindex) : module_check();
	if (!err)
		err = link_fetch(ifindex, &reply);
	if (err)
		return err;
	print_begin();
	reply_for_each(nlh, &reply) {
		if (nlh->nlmsg_type != RTM_NEWLINK)
			continue;
		link_get(nlh, &link);
		if (link.is_pmt)
			show(&link);
	}
	print_end();
	free(reply.buf);
	return DONE;
}
