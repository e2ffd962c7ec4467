// SPDX-License-Identifier: GPL-2.0
/* Requests to the kernel, its answers, and what it says when it refuses. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

#define DUMP_TRIES	20

static struct {
	struct mnl_socket *nl;
	int protocol;
	uint32_t seq;
	size_t send_size;	/* what the socket takes in one message */
} sockets[] = {
	[ROUTE] = { .protocol = NETLINK_ROUTE },
	[GENERIC] = { .protocol = NETLINK_GENERIC },
};

static void no_memory(void)
{
	refuse("out of memory");
	exit(USAGE);
}

static void *grow(void *buf, size_t *size, size_t need)
{
	if (need <= *size)
		return buf;
	*size = need * 2;
	buf = realloc(buf, *size);
	if (!buf)
		no_memory();
	return buf;
}

static void msg_init(struct msg *msg, enum bus bus, unsigned int type,
		     unsigned int flags)
{
	*msg = (struct msg){ .bus = bus, .size = 1024 };
	msg->nlh = malloc(msg->size);
	if (!msg->nlh)
		no_memory();
	mnl_nlmsg_put_header(msg->nlh);
	msg->nlh->nlmsg_type = type;
	msg->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

/**
 * msg_room() - make sure that attributes fit
 * @msg: grows; pointers into it are void afterwards
 * @len: bytes that will be appended
 */
void msg_room(struct msg *msg, size_t len)
{
	msg->nlh = grow(msg->nlh, &msg->size, msg->nlh->nlmsg_len + len);
}

/**
 * msg_free() - a request is no longer needed
 * @msg: it
 */
void msg_free(struct msg *msg)
{
	free(msg->nlh);
	msg->nlh = NULL;
}

/**
 * msg_route() - begin an rtnetlink request
 * @msg: to make
 * @type: RTM_*
 * @flags: NLM_F_*
 * @len: of the header of such requests
 *
 * Return: the header, which is zero.
 */
void *msg_route(struct msg *msg, unsigned int type, unsigned int flags,
		size_t len)
{
	msg_init(msg, ROUTE, type, flags);
	return mnl_nlmsg_put_extra_header(msg->nlh, len);
}

/**
 * msg_link() - begin an rtnetlink request about links
 * @msg: to make
 * @type: RTM_*
 * @flags: NLM_F_*
 */
void msg_link(struct msg *msg, unsigned int type, unsigned int flags)
{
	msg_route(msg, type, flags, sizeof(struct ifinfomsg));
}

/**
 * msg_generic() - begin a generic netlink request
 * @msg: to make
 * @family: number
 * @cmd: of the family
 * @version: of the family
 * @flags: NLM_F_*
 */
void msg_generic(struct msg *msg, unsigned int family, unsigned int cmd,
		 unsigned int version, unsigned int flags)
{
	struct genlmsghdr *genl;

	msg_init(msg, GENERIC, family, flags);
	genl = mnl_nlmsg_put_extra_header(msg->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
}

static int sock_open(enum bus bus)
{
	struct mnl_socket *nl;
	int on = 1;

	if (sockets[bus].nl)
		return 0;
	nl = mnl_socket_open2(sockets[bus].protocol, SOCK_CLOEXEC);
	if (!nl)
		return errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		int err = errno;

		mnl_socket_close(nl);
		return err;
	}
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on));
	sockets[bus].nl = nl;
	sockets[bus].send_size = 65536;
	return 0;
}

/* A message must fit into the socket's buffer; the default holds some thousand
 * rules. FORCE needs rights that whoever sends so much has.
 */
static int sock_send(enum bus bus, const struct nlmsghdr *nlh)
{
	struct mnl_socket *nl = sockets[bus].nl;
	int fd = mnl_socket_get_fd(nl), size = nlh->nlmsg_len * 2;

	if (nlh->nlmsg_len > sockets[bus].send_size) {
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			       sizeof(size)))
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
		sockets[bus].send_size = nlh->nlmsg_len;
	}
	return mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 ? errno : 0;
}

/* Attributes behind an error or an acknowledgment */
static void read_extack(const void *attrs, size_t len, struct nl_error *error)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	const struct nlattr *attr;

	attrs_parse(attrs, len, tb, NLMSGERR_ATTR_MAX);
	attr = tb[NLMSGERR_ATTR_MSG];
	if (attr)
		snprintf(error->text, sizeof(error->text), "%.*s",
			 (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	error->offset = attr_u32(tb, NLMSGERR_ATTR_OFFS);
}

/* NLMSG_ERROR and NLMSG_DONE both begin with a negative errno */
static void read_end(const struct nlmsghdr *nlh, struct nl_error *error)
{
	const struct nlmsgerr *end = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh), attrs = sizeof(int);

	if (len < sizeof(int))
		return;
	error->code = 0U - end->error;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		attrs = sizeof(*end);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && len >= attrs)
			attrs += NLMSG_ALIGN(end->msg.nlmsg_len) -
				 NLMSG_HDRLEN;
	}
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && len > attrs)
		read_extack((const char *)end + attrs, len - attrs, error);
}

static void reply_add(struct reply *reply, const struct nlmsghdr *nlh)
{
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	reply->buf = grow(reply->buf, &reply->size, reply->len + len);
	memcpy(reply->buf + reply->len, nlh, nlh->nlmsg_len);
	reply->len += len;
}

/* Read until the request has its end. Return: errno, 0 also when the kernel
 * refused
 */
static int receive(enum bus bus, struct reply *reply, struct nl_error *error,
		   bool *changed)
{
	static _Alignas(NLMSG_ALIGNTO) char buf[65536];
	struct mnl_socket *nl = sockets[bus].nl;

	for (;;) {
		const struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		int len = n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != sockets[bus].seq)
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				*changed = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE) {
				read_end(nlh, error);
				return 0;
			}
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && reply)
				reply_add(reply, nlh);
		}
	}
}

/**
 * nl_try() - send a request and gather its whole answer
 * @msg: the request
 * @reply: the answer, to be freed by the caller, and empty if it failed; may be
 *	NULL
 * @error: why it failed
 *
 * A dump that was disturbed is asked for again. Return: true when it worked.
 */
bool nl_try(const struct msg *msg, struct reply *reply, struct nl_error *error)
{
	unsigned int tries = DUMP_TRIES;
	bool changed;
	int err;

	if (reply)
		*reply = (struct reply){ 0 };
	do {
		*error = (struct nl_error){ 0 };
		changed = false;
		err = sock_open(msg->bus);
		if (err)
			break;
		if (reply)
			reply->len = 0;
		msg->nlh->nlmsg_seq = ++sockets[msg->bus].seq;
		err = sock_send(msg->bus, msg->nlh) ? :
		      receive(msg->bus, reply, error, &changed);
	} while ((changed || err == ENOBUFS) && --tries);
	if (err)
		error->code = err;
	else if (changed && !error->code)
		*error = (struct nl_error){ .code = EAGAIN, .text =
			"the configuration changes too fast to be read" };
	if (error->code && reply) {
		free(reply->buf);
		*reply = (struct reply){ 0 };
	}
	return !error->code;
}

/* The types of the attributes, one inside the other, that lead to an offset of
 * the request. Return: how many.
 */
static unsigned int attr_path(const struct msg *msg, unsigned int offset,
			      unsigned int *path, unsigned int max)
{
	size_t at = NLMSG_HDRLEN + (msg->bus == ROUTE ?
		    NLMSG_ALIGN(sizeof(struct ifinfomsg)) : GENL_HDRLEN);
	size_t end = msg->nlh->nlmsg_len;
	unsigned int depth = 0;

	while (at + sizeof(struct nlattr) <= end && depth < max) {
		const struct nlattr *attr =
			(const void *)((const char *)msg->nlh + at);
		size_t len = attr->nla_len;

		if (len < sizeof(*attr) || at + len > end)
			break;
		if (offset >= at + NLMSG_ALIGN(len)) {
			at += NLMSG_ALIGN(len);
			continue;
		}
		path[depth++] = mnl_attr_get_type(attr);
		if (offset < at + sizeof(*attr))
			break;
		end = at + len;
		at += sizeof(*attr);
	}
	return depth;
}

/* The word for the attribute at an offset of the request */
static const char *attr_name(const struct msg *msg, unsigned int offset)
{
	unsigned int path[4] = { 0 };
	unsigned int depth = attr_path(msg, offset, path, 4);

	if (msg->bus == GENERIC)
		return depth < 2 ? NULL :
		       path[0] == PMT_A_POLICY ? entry_attr_name(path[1]) :
						 rule_attr_name(path[1]);
	if (path[0] == IFLA_MTU)
		return "mtu";
	if (path[0] != IFLA_LINKINFO || path[1] != IFLA_INFO_DATA)
		return NULL;
	return path[2] == IFLA_PMT_RULE ? rule_attr_name(path[3]) :
					  link_attr_name(path[2]);
}

static void say(const char *kind, const char *name, const char *text)
{
	size_t len = strlen(text);

	if (!name || strstr(text, name))
		name = "";
	failed("%s: %s%s%s%s", kind, name, name[0] ? ": " : "", text,
	       len && text[len - 1] == '.' ? "" : ".");
}

/* What the kernel says of an attribute that is in none of the module's policies: this
 * tool is newer than the module. Return: that, or NULL.
 */
static const char *too_new(const struct nl_error *error)
{
	static char text[256];
	char module[64];

	if (strcmp(error->text, "Unknown attribute type"))
		return NULL;
	module_version(module, sizeof(module));
	snprintf(text, sizeof(text),
		 "the loaded module is of version %s and does not know it, this pmt is of " PMT_VERSION,
		 module);
	return text;
}

/**
 * nl_report() - pass on to the user what the kernel says of a request
 * @msg: the request
 * @error: what came back, a warning perhaps
 *
 * Return: the exit code.
 */
int nl_report(const struct msg *msg, const struct nl_error *error)
{
	if (!error->code) {
		if (error->text[0])
			say("Warning", NULL, error->text);
		return DONE;
	}
	say("Error", error->offset ? attr_name(msg, error->offset) : NULL,
	    too_new(error) ? :
	    error->text[0] ? error->text :
	    error->code == EPERM ?
	    "Operation not permitted: it takes CAP_NET_ADMIN in the network namespace" :
	    strerror(error->code));
	return REFUSED;
}

/**
 * nl_talk() - send a request, and tell the user what the kernel says
 * @msg: the request
 * @reply: the answer, to be freed by the caller; may be NULL
 */
int nl_talk(const struct msg *msg, struct reply *reply)
{
	struct nl_error error;

	nl_try(msg, reply, &error);
	return nl_report(msg, &error);
}

/**
 * device_name_copy() - take a name, if it can be one
 * @name: answer, IF_NAMESIZE bytes
 * @value: the word
 */
int device_name_copy(char *name, const char *value)
{
	size_t len = strlen(value);

	if (!len || len >= IF_NAMESIZE)
		return refuse("%s: a device name has 1 to %d characters", value,
			      IF_NAMESIZE - 1);
	if (strpbrk(value, "/: \t\n\v\f\r") || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return refuse("%s: a device name has no blank, / or :, and is not . or ..",
			      value);
	memcpy(name, value, len + 1);
	return DONE;
}

/**
 * device_word() - take the name behind `dev`
 * @args: the words
 * @word: "dev"
 * @seen: set when it came before
 * @name: answer, IF_NAMESIZE bytes
 */
int device_word(struct args *args, const char *word, unsigned int *seen,
		char *name)
{
	const char *value;
	int err = word_once(seen, 0, word) ? : args_value(args, word, &value);

	return err ? : device_name_copy(name, value);
}

/**
 * device_needed() - refuse a line that names no device
 * @dev: its device, empty if none was given
 */
int device_needed(const char *dev)
{
	return dev[0] ? DONE : refuse("dev is missing: which device?");
}
