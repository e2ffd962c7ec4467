// SPDX-License-Identifier: GPL-2.0
/* The rules of all pmt devices, a line each: generic netlink by libmnl.
 *	cc -Wall -Iinclude Documentation/examples/rules.c -o rules -lmnl
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <uapi/linux/pmt.h>

static char buf[1 << 16];	/* a dump's messages are at most 32 KiB */

static int show(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *rule = NULL;
	char provider[INET6_ADDRSTRLEN] = "", name[32] = "";
	unsigned int length = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == PMT_A_IFNAME)
			snprintf(name, sizeof(name), "%s", mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == PMT_A_RULE)
			rule = attr;
	}
	if (!rule)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(attr, rule) {
		if (mnl_attr_get_type(attr) == PMT_RULE_PROVIDER)
			inet_ntop(AF_INET6, mnl_attr_get_payload(attr), provider, sizeof(provider));
		if (mnl_attr_get_type(attr) == PMT_RULE_PROVIDER_LEN)
			length = mnl_attr_get_u8(attr);
	}
	printf("%s %s/%u\n", name, provider, length);
	return MNL_CB_OK;
}

static int get_family(const struct nlmsghdr *nlh, void *family)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(int *)family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

/* A request without attributes, or with the name of a family; its answer goes to cb */
static int ask(struct mnl_socket *nl, int type, int flags, int cmd, const char *name, mnl_cb_t cb,
	       void *data)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	int n, ret = MNL_CB_OK;

	*nlh = (struct nlmsghdr){ nlh->nlmsg_len, type, NLM_F_REQUEST | NLM_F_ACK | flags, 1 };
	*genl = (struct genlmsghdr){ cmd, 1 };
	if (name)
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	while (ret > MNL_CB_STOP && (n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
		ret = mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), cb, data);
	return ret;
}

int main(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	int family = 0;

	if (nl && !mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) &&
	    !ask(nl, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, PMT_GENL_NAME, get_family, &family) &&
	    !ask(nl, family, NLM_F_DUMP, PMT_CMD_RULE_GET, NULL, show, NULL))
		return 0;
	perror("rules");
	return 1;
}
