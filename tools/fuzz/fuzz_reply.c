// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel answers, spoilt: messages of another kernel, cut short, with
 * other lengths, types and values. No answer makes the tool crash or say nothing
 * when it fails. An input says what is asked, with which options, and what is
 * done to each answer; where it ends, answers are as they should be.
 */
#include "fuzz.h"

/* Their state is reset here, and what they wait for is put in by hand */
#define pmt_family monitor_family
#include "../pmt/monitor.c"
#undef pmt_family
#include "../pmt/module.c"
#include "../pmt/watch.c"

static struct input in;

static const char setting[] =
	"link set pmt0 up mtu 1300 local 192.88.99.1,192.0.2.7 ttl 7 dscp inherit errsrc 3fff::1 ptb-rate 9 drain off\n"
	"rule add dev pmt0 provider 2001:db8::/32\n"
	"rule add dev pmt0 provider 2001:db9::/40 ipv4 10.0.0.0/8 csum neutral\n"
	"rule add dev pmt0 provider 2001:dba::/32 ipv4 100.64.0.0/16 subnet 0-0xffff\n"
	"rule add dev pmt1 provider 2001:dbb::/64 ipv4 8.0.0.1/32\n"
	"policy add dev pmt0 9.0.0.0/24 drop\n"
	"policy add dev pmt0 9.0.0.0/8 untranslated\n";

static const char file[] =
	"link set pmt0 ttl 9 local 192.88.99.1 up\n"
	"rule add dev pmt0 provider 2001:db8::/32 ipv4 8.0.0.0/8\n"
	"policy add dev pmt0 9.0.0.0/24 reject\n";

static const char *const commands[] = {
	"link show", "link show pmt0", "link set pmt0 up mtu 1290 ttl 3",
	"link add pmt2 provider 2001:db8::/32", "link del pmt1",
	"rule show", "rule show dev pmt0", "rule flush",
	"rule flush ipv4 10.0.0.0/8", "rule add dev pmt0 provider 2001:db8::/32",
	"policy show", "policy show root 9.0.0.0/8", "policy flush drop",
	"policy get 9.0.0.1 dev pmt0", "policy del dev pmt0 9.0.0.0/8 drop",
	"stats", "stats dev pmt0 nonzero", "map 8.0.0.1 2001:db8::1 dev pmt0",
	"check", "check dev pmt0", "save", "save dev pmt0", "diff f",
	"apply f", "apply f dev pmt0", "stats prometheus",
	"stats prometheus dev pmt1",
};

/* A message of its very size, spoilt; more than one step may be taken. The
 * outermost length is netlink's own: no kernel gets that wrong.
 */
static struct nlmsghdr *spoil(const struct nlmsghdr *nlh)
{
	size_t len = nlh->nlmsg_len, room = len + 512, n, i;
	uint8_t *buf = calloc(1, room);
	struct nlmsghdr *new = (void *)buf;
	unsigned int op;

	CHECK(buf);
	memcpy(buf, nlh, len);
	while ((op = input_u8(&in) % 8) && in.left) {
		size_t at = NLMSG_HDRLEN + input_u16(&in) % (len - 15);

		switch (op) {
		case 1:		/* a byte */
			if (at < len)
				buf[at] = input_u8(&in);
			break;
		case 2:		/* the head of an attribute, say */
			at &= ~3UL;
			if (at + 2 <= len)
				buf[at] = input_u8(&in), buf[at + 1] = 0;
			break;
		case 3:
			at &= ~3UL;
			if (at + 4 <= len)
				buf[at + 2] = input_u8(&in);
			break;
		case 4:		/* it ends here */
			len = at < len ? at : len;
			break;
		case 5:		/* more behind it */
			n = input_u8(&in) % 64;
			for (i = 0; i < n && len < room; i++)
				buf[len++] = input_u8(&in);
			break;
		case 6:
			new->nlmsg_flags = input_u16(&in);
			break;
		case 7:
			new->nlmsg_type = at & 1 ? NLMSG_ERROR : input_u16(&in);
			break;
		}
	}
	new->nlmsg_len = len;
	new = realloc(buf, len);
	CHECK(new);
	return new;
}

/* Answers are spoilt at a size that shows each byte too far */
static void exact(struct reply *reply)
{
	char *buf;

	if (!reply || !reply->len)
		return;
	buf = malloc(reply->len);
	CHECK(buf);
	memcpy(buf, reply->buf, reply->len);
	free(reply->buf);
	reply->buf = buf;
	reply->size = reply->len;
}

bool __wrap_nl_try(const struct msg *msg, struct reply *reply,
		   struct nl_error *error)
{
	bool done = __real_nl_try(msg, reply, error);

	exact(reply);
	return done;
}

int __wrap_nl_talk(const struct msg *msg, struct reply *reply)
{
	int err = __real_nl_talk(msg, reply);

	exact(reply);
	return err;
}

/* Requests that only the right answers lead to can be wrong themselves: the
 * store must not be asked for what it does not have
 */
static void request(const struct nlmsghdr *nlh, bool generic)
{
	if (generic && nlh->nlmsg_type != GENL_ID_CTRL &&
	    nlh->nlmsg_type != STORE_FAMILY)
		return;
	store_request(nlh, generic);
}

/* An event on its way to the monitor */
static bool tell(const struct nlmsghdr *nlh,
		 bool (*event)(const struct nlmsghdr *nlh))
{
	struct nlmsghdr *spoilt = spoil(nlh);
	bool more = spoilt->nlmsg_type < NLMSG_MIN_TYPE || event(spoilt);

	free(spoilt);
	return more;
}

static struct nlmsghdr *event_begin(char *buf, unsigned int type,
				    unsigned int cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);

	nlh->nlmsg_type = type;
	genl->cmd = cmd;
	return nlh;
}

static bool generic_news(unsigned int what)
{
	char buf[1024] = "";
	struct entry entry = { .ipv4 = 0x09000000, .len = 24 };
	struct rule rule = { .seen = ~0U, .provider_len = 32 };
	struct nlmsghdr *nlh;

	if (what == 7) {
		nlh = event_begin(buf, GENL_ID_CTRL, CTRL_CMD_DELFAMILY);
		mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, STORE_FAMILY);
		return tell(nlh, generic_event);
	}
	nlh = event_begin(buf, STORE_FAMILY, what == 6 ? PMT_CMD_HEALTH_NTF :
			  PMT_CMD_CONFIG_NTF);
	mnl_attr_put_u32(nlh, PMT_A_CMD, input_u8(&in) % 32);
	mnl_attr_put_strz(nlh, PMT_A_IFNAME, "pmt0");
	mnl_attr_put_u32(nlh, PMT_A_GENERATION, 5);
	mnl_attr_put_u64(nlh, PMT_A_CONFIG_ID, 5);
	mnl_attr_put_u32(nlh, PMT_A_HEALTH, what);
	if (what & 1)
		rule_put(nlh, sizeof(buf), PMT_A_RULE, &rule);
	if (what & 2)
		entry_put(nlh, sizeof(buf), &entry);
	if (what & 4)
		mnl_attr_put_u32(nlh, PMT_A_ENTRIES, 1);
	return tell(nlh, generic_event);
}

static bool link_news(unsigned int type)
{
	const struct nlmsghdr *nlh;
	struct reply reply;
	bool more = true;

	fuzz_spoil = NULL;
	CHECK(!link_fetch(2 + (type & 1), &reply));
	fuzz_spoil = spoil;
	reply_for_each(nlh, &reply) {
		((struct nlmsghdr *)nlh)->nlmsg_type =
			type & 2 ? RTM_DELLINK : RTM_NEWLINK;
		more = tell(nlh, link_event);
	}
	free(reply.buf);
	return more;
}

static void monitor(void)
{
	unsigned int group, what;
	bool more = true;

	/* behind another command, as in a batch */
	fuzz_run("stats explain");
	fuzz_begin();
	if (!module_events(&monitor_family, &group) && !remember_links()) {
		monitor_family = STORE_FAMILY;
		while (more && in.left) {
			what = input_u8(&in);
			more = what & 8 ? link_news(what) :
					  generic_news(what % 8);
		}
	}
	while (known_links)
		forget(&known_links);
	fuzz_end();
	if (options.json)
		fuzz_check_json(fuzz_out.text);
}

/* A few moments of it; on a terminal it cuts what it shows */
static void watch(void)
{
	unsigned int what = input_u8(&in), i;
	struct watch w = { .dev = "pmt0", .nonzero = what & 1 };

	fuzz_begin();
	screen.on = what & 2 && !options.json;
	for (i = 0; i < 3 && !step(&w); i++)
		show(&w);
	samples_free(&w.old);
	samples_free(&w.new);
	screen.on = false;
	fuzz_end();
	if (options.json)
		fuzz_check_json(fuzz_out.text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_request = request;
	store_reset();
	fuzz_file(file, sizeof(file) - 1);
	fuzz_input(setting, sizeof(setting) - 1);
	CHECK(!fuzz_run(NULL));
	store_keep();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int command, letters;

	in = (struct input){ data, size };
	command = input_u8(&in);
	letters = input_u8(&in);
	fuzz_spoil = NULL;
	pmt_family = 0;
	store_restore();
	options = (struct tool_options){
		.json = letters & 1,
		.pretty = letters & 2,
		.statistics = letters & 4,
		.details = letters & 8,
		.timestamp = letters & 16,
		.force = letters & 32,
	};
	fuzz_spoil = spoil;
	if (command < ARRAY_SIZE(commands))
		fuzz_run(commands[command]);
	else if (command % 4 == 3)
		watch();
	else
		monitor();
	return 0;
}
