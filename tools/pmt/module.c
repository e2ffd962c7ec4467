// SPDX-License-Identifier: GPL-2.0
/* The module's own family: is it there, requests to it, and its dumps. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include "pmt.h"

static unsigned int pmt_family;	/* 0: not asked for yet, or not there */
static unsigned int pmt_group;	/* of its events */

/* The attributes of a generic netlink message, none if it is cut short */
static void generic_attrs(const struct nlmsghdr *nlh, struct nlattr **tb,
			  unsigned int max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	attrs_parse(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
		    len > GENL_HDRLEN ? len - GENL_HDRLEN : 0, tb, max);
}

/* The family has one group, "config" */
static unsigned int find_group(const struct nlattr *groups)
{
	struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *group, *name;

	if (!groups)
		return 0;
	mnl_attr_for_each_nested(group, groups) {
		attrs_parse(mnl_attr_get_payload(group),
			    mnl_attr_get_payload_len(group), tb,
			    CTRL_ATTR_MCAST_GRP_MAX);
		name = attr_of_len(tb, CTRL_ATTR_MCAST_GRP_NAME,
				   sizeof(PMT_GENL_MCGRP_CONFIG));
		if (name && !strcmp(mnl_attr_get_payload(name),
				    PMT_GENL_MCGRP_CONFIG))
			return attr_u32(tb, CTRL_ATTR_MCAST_GRP_ID);
	}
	return 0;
}

/**
 * module_check() - see that the module is there
 */
int module_check(void)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	const struct nlattr *attr;
	struct nl_error error;
	struct reply reply;
	struct msg msg;
	int err = DONE;

	if (pmt_family)
		return DONE;
	msg_generic(&msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	mnl_attr_put_strz(msg.nlh, CTRL_ATTR_FAMILY_NAME, PMT_GENL_NAME);
	if (nl_try(&msg, &reply, &error) && reply.len) {
		generic_attrs((struct nlmsghdr *)reply.buf, tb, CTRL_ATTR_MAX);
		attr = attr_of_len(tb, CTRL_ATTR_FAMILY_ID, sizeof(uint16_t));
		if (attr)
			pmt_family = mnl_attr_get_u16(attr);
		pmt_group = find_group(tb[CTRL_ATTR_MCAST_GROUPS]);
	}
	if (!pmt_family)
		err = error.code && error.code != ENOENT ?
		      nl_report(&msg, &error) :
		      refuse("module not loaded (modprobe pmt)");
	free(reply.buf);
	msg_free(&msg);
	return err;
}

/**
 * module_events() - where the module tells of changes
 * @family: answer, the type of these messages
 * @group: answer
 */
int module_events(unsigned int *family, unsigned int *group)
{
	int err = module_check();

	*family = pmt_family;
	*group = pmt_group;
	return err;
}

/**
 * module_version() - the version of the loaded module
 * @version: answer, "unknown" if it does not tell, "" if it is not there
 * @size: of @version
 */
void module_version(char *version, size_t size)
{
	FILE *f = fopen("/sys/module/" PMT_KIND "/version", "r");

	version[0] = '\0';
	if (f) {
		if (fgets(version, size, f))
			version[strcspn(version, "\n")] = '\0';
		fclose(f);
	}
	if (!version[0] && !access("/sys/module/" PMT_KIND, F_OK))
		snprintf(version, size, "unknown");
}

/**
 * msg_pmt() - begin a request to the module
 * @msg: to make
 * @cmd: PMT_CMD_*
 * @flags: NLM_F_*
 * @ifindex: the device it is about, 0: all
 *
 * Return: the exit code, when the module is not there; that was said.
 */
int msg_pmt(struct msg *msg, unsigned int cmd, unsigned int flags,
	    unsigned int ifindex)
{
	int err = module_check();

	if (err)
		return err;
	msg_generic(msg, pmt_family, cmd, PMT_GENL_VERSION, flags);
	if (ifindex)
		mnl_attr_put_u32(msg->nlh, PMT_A_IFINDEX, ifindex);
	return DONE;
}

/**
 * pmt_attrs() - sort the attributes of a message of the module
 * @nlh: message
 * @tb: answer, PMT_A_MAX + 1 pointers
 */
void pmt_attrs(const struct nlmsghdr *nlh, struct nlattr **tb)
{
	generic_attrs(nlh, tb, PMT_A_MAX);
}

/**
 * device_name() - the device that a message of the module is about
 * @tb: its attributes
 */
const char *device_name(struct nlattr *const *tb)
{
	const struct nlattr *attr = tb[PMT_A_IFNAME];
	static char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "%.*s",
		 attr ? (int)mnl_attr_get_payload_len(attr) : 0,
		 attr ? (const char *)mnl_attr_get_payload(attr) : "");
	return name;
}

/**
 * dump_open() - ask for all things of a kind
 * @dump: to begin
 * @cmd: PMT_CMD_*_GET
 * @type: the attribute that is one of these things
 * @dev: of this device, "": of all
 *
 * Return: the exit code; unless it is 0 there is nothing to close.
 */
int dump_open(struct dump *dump, unsigned int cmd, unsigned int type,
	      const char *dev)
{
	unsigned int ifindex = 0;
	struct nl_error error;
	struct msg msg;
	int err = dev[0] ? device_index(dev, &ifindex) : DONE;

	*dump = (struct dump){ .type = type };
	if (!err)
		err = msg_pmt(&msg, cmd, NLM_F_DUMP, ifindex);
	if (err)
		return err;
	/* the number of a family that is no more */
	if (!nl_try(&msg, &dump->reply, &error) && error.code == ENOENT)
		err = refuse("the module was removed");
	else
		err = nl_report(&msg, &error);
	msg_free(&msg);
	if (err)
		dump_close(dump);
	return err;
}

/* The message behind the one that is done */
static bool next_message(struct dump *dump)
{
	const struct nlmsghdr *nlh = dump->nlh;

	nlh = (void *)(nlh ? (char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len) :
			     dump->reply.buf);
	if ((char *)nlh >= dump->reply.buf + dump->reply.len)
		return false;
	dump->nlh = nlh;
	pmt_attrs(nlh, dump->tb);
	dump->item = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
	return true;
}

/**
 * dump_next() - go to the next thing
 * @dump: item is where it is, tb what else its message says
 *
 * Return: false when there is none left.
 */
bool dump_next(struct dump *dump)
{
	if (dump->item)
		dump->item = mnl_attr_next(dump->item);
	while (dump->item || next_message(dump)) {
		const char *end = mnl_nlmsg_get_payload_tail(dump->nlh);
		const struct nlattr *item = dump->item;

		for (; mnl_attr_ok(item, end - (const char *)item);
		     item = mnl_attr_next(item)) {
			dump->item = item;
			if (mnl_attr_get_type(item) == dump->type)
				return true;
		}
		dump->item = NULL;
	}
	return false;
}

/**
 * dump_close() - the dump is no longer needed
 * @dump: it
 */
void dump_close(struct dump *dump)
{
	free(dump->reply.buf);
	dump->reply = (struct reply){ 0 };
}
