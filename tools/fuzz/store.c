// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for the module: two devices, pmt0 and pmt1, with options, rules and
 * a policy, requests carried out whole or not at all, and transactions. What it
 * refuses it refuses as the module does, at the offset of the attribute. It reads
 * messages with code of its own, and more strictly than the kernel would.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"

#define RULES		64
#define ENTRIES		512
#define FIRST_DEVICE	2	/* pmt0's ifindex */
#define DEVICES		2
#define NOBODYS_DEVICE	4
#define OPTION_SIZE	64

struct store_rule {
	uint8_t provider[16];
	uint8_t plen, v4_len, sid_bits, csum;
	uint32_t v4;
	uint16_t sid;
};

struct store_entry {
	uint32_t v4;
	uint8_t len, action;
};

struct conf {
	unsigned int n_rules, n_entries;
	struct store_rule rules[RULES];
	struct store_entry entries[ENTRIES];
};

struct device {
	struct conf conf;
	uint32_t generation;
	bool up;
	uint32_t mtu;
	unsigned int len[IFLA_PMT_MAX + 1];
	uint8_t option[IFLA_PMT_MAX + 1][OPTION_SIZE];
};

static struct device devices[DEVICES], kept[DEVICES];

static struct conf draft;
static struct device *draft_of;

static struct device *device_of(unsigned int ifindex)
{
	return ifindex >= FIRST_DEVICE && ifindex < FIRST_DEVICE + DEVICES ?
	       &devices[ifindex - FIRST_DEVICE] : NULL;
}

/** store_reset() - devices as they are after they were made without a rule */
void store_reset(void)
{
	unsigned int i;

	memset(devices, 0, sizeof(devices));
	for (i = 0; i < DEVICES; i++)
		devices[i].mtu = PMT_MTU_MIN;
	draft_of = NULL;
}

/** store_keep() - the devices as they are now are what store_restore() makes */
void store_keep(void)
{
	memcpy(kept, devices, sizeof(kept));
}

/** store_restore() - make the devices what they were */
void store_restore(void)
{
	memcpy(devices, kept, sizeof(kept));
	draft_of = NULL;
}

/** store_generation() - how often has anything changed? */
uint32_t store_generation(void)
{
	return devices[0].generation + devices[1].generation;
}

/** store_has_draft() - was a transaction left open? */
bool store_has_draft(void)
{
	return draft_of;
}

/* The end of an answer: an error or an acknowledgment */
static void answer_end(const struct nlmsghdr *request, int code,
		       const void *at, const char *text)
{
	char buf[512] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED;
	nlh->nlmsg_seq = request->nlmsg_seq;
	err->error = -code;
	err->msg = *request;
	if (text || at)
		nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	if (text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	if (at)
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS,
				 (const char *)at - (const char *)request);
	fuzz_answer(nlh);
}

/* The answers of a request are made here one by one */
static _Alignas(8) char answer_buf[16384];

static struct nlmsghdr *answer(const struct nlmsghdr *request,
			       unsigned int type, size_t head)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(answer_buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = request->nlmsg_seq;
	mnl_nlmsg_put_extra_header(nlh, head);
	return nlh;
}

static void answer_done(const struct nlmsghdr *request)
{
	int zero = 0;
	struct nlmsghdr *nlh = answer(request, NLMSG_DONE, sizeof(zero));

	fuzz_answer(nlh);
}

/* Sort attributes, which must fill their place exactly */
static void sort_attrs(const void *from, size_t len,
		       const struct nlattr **tb, unsigned int max)
{
	const char *at = from, *end = at + len;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	while (at < end) {
		const struct nlattr *attr = (const void *)at;

		CHECK((size_t)(end - at) >= sizeof(*attr));
		CHECK(attr->nla_len >= sizeof(*attr) &&
		      attr->nla_len <= end - at);
		if ((attr->nla_type & NLA_TYPE_MASK) <= max)
			tb[attr->nla_type & NLA_TYPE_MASK] = attr;
		at += NLA_ALIGN(attr->nla_len);
	}
}

static void nested(const struct nlattr *nest, const struct nlattr **tb,
		   unsigned int max)
{
	sort_attrs(nest + 1, nest->nla_len - sizeof(*nest), tb, max);
}

/* What comes from the tool has the right size, always */
static uint64_t number(const struct nlattr *attr, size_t size)
{
	uint64_t n = 0;

	if (!attr)
		return 0;
	CHECK(attr->nla_len == sizeof(*attr) + size);
	memcpy(&n, attr + 1, size);
	return n;
}

static const char *set_is_wrong(const struct conf *conf)
{
	struct pmt_map_rule rules[RULES] = { 0 };
	enum pmt_map_error err = PMT_MAP_OK;
	void *mem = malloc(pmt_map_size(RULES));
	struct pmt_map map;
	unsigned int i;

	CHECK(mem);
	for (i = 0; !err && i < conf->n_rules; i++) {
		const struct store_rule *rule = &conf->rules[i];
		uint64_t hi;

		memcpy(&hi, rule->provider, sizeof(hi));
		err = pmt_map_rule_init(&rules[i], be64toh(hi), rule->plen,
					rule->v4, rule->v4_len, rule->sid,
					rule->sid_bits, rule->csum);
	}
	err = err ? : pmt_map_build(&map, mem, rules, conf->n_rules);
	free(mem);
	return err ? pmt_map_strerror(err) : NULL;
}

/* What the tool never asks for, unless it was told so by a spoilt answer */
static bool is_absurd(bool absurd)
{
	CHECK(!absurd || fuzz_spoil);
	return absurd;
}

/* Why a request is refused */
struct wrong {
	int code;
	const struct nlattr *at;
	const char *text;
};

static void refuse_at(struct wrong *wrong, int code, const struct nlattr *at,
		      const char *text)
{
	*wrong = (struct wrong){ code, at, text };
}

static void change_rule(struct conf *conf, unsigned int cmd,
			const struct nlattr *nest, struct wrong *wrong)
{
	const struct nlattr *tb[PMT_RULE_MAX + 1];
	struct store_rule rule = { 0 };
	unsigned int i;

	nested(nest, tb, PMT_RULE_MAX);
	CHECK(tb[PMT_RULE_PROVIDER] &&
	      tb[PMT_RULE_PROVIDER]->nla_len == sizeof(struct nlattr) + 16);
	memcpy(rule.provider, tb[PMT_RULE_PROVIDER] + 1, 16);
	rule.plen = number(tb[PMT_RULE_PROVIDER_LEN], 1);
	rule.v4 = ntohl(number(tb[PMT_RULE_IPV4], 4));
	rule.v4_len = number(tb[PMT_RULE_IPV4_LEN], 1);
	rule.sid = number(tb[PMT_RULE_SUBNET], 2);
	rule.sid_bits = number(tb[PMT_RULE_SUBNET_BITS], 1);
	rule.csum = number(tb[PMT_RULE_CSUM], 1);
	for (i = 0; i < conf->n_rules; i++)
		if (!memcmp(conf->rules[i].provider, rule.provider, 16) &&
		    conf->rules[i].plen == rule.plen)
			break;
	if (cmd == PMT_CMD_RULE_DEL) {
		if (i == conf->n_rules)
			refuse_at(wrong, ENOENT, tb[PMT_RULE_PROVIDER],
				  "no rule has this provider prefix");
		else
			conf->rules[i] = conf->rules[--conf->n_rules];
		return;
	}
	if (cmd == PMT_CMD_RULE_NEW && i < conf->n_rules) {
		refuse_at(wrong, EEXIST, tb[PMT_RULE_PROVIDER], "is there");
		return;
	}
	if (i == RULES) {
		refuse_at(wrong, ENOSPC, NULL, "too many rules.");
		return;
	}
	if (i == conf->n_rules)
		conf->n_rules++;
	conf->rules[i] = rule;
}

static void change_entry(struct conf *conf, unsigned int cmd,
			 const struct nlattr *nest, struct wrong *wrong)
{
	const struct nlattr *tb[PMT_POLICY_ATTR_MAX + 1];
	struct store_entry entry;
	unsigned int i;

	nested(nest, tb, PMT_POLICY_ATTR_MAX);
	CHECK(tb[PMT_POLICY_IPV4] && tb[PMT_POLICY_IPV4_LEN]);
	entry.v4 = ntohl(number(tb[PMT_POLICY_IPV4], 4));
	entry.len = number(tb[PMT_POLICY_IPV4_LEN], 1);
	entry.action = number(tb[PMT_POLICY_ACTION], 1);
	if (is_absurd(entry.len > 32 || entry.action >= __PMT_ACTION_MAX ||
		      (entry.len < 32 && entry.v4 << entry.len))) {
		refuse_at(wrong, EINVAL, nest, NULL);
		return;
	}
	for (i = 0; i < conf->n_entries; i++)
		if (conf->entries[i].v4 == entry.v4 &&
		    conf->entries[i].len == entry.len)
			break;
	if (cmd == PMT_CMD_POLICY_DEL) {
		if (i == conf->n_entries)
			refuse_at(wrong, ENOENT, tb[PMT_POLICY_IPV4],
				  "no such entry");
		else if (tb[PMT_POLICY_ACTION] &&
			 conf->entries[i].action != entry.action)
			refuse_at(wrong, ENOENT, tb[PMT_POLICY_ACTION],
				  "the entry has another action");
		else
			conf->entries[i] = conf->entries[--conf->n_entries];
		return;
	}
	CHECK(tb[PMT_POLICY_ACTION]);
	if (cmd == PMT_CMD_POLICY_NEW && i < conf->n_entries) {
		refuse_at(wrong, EEXIST, tb[PMT_POLICY_IPV4], NULL);
		return;
	}
	if (i == ENTRIES) {
		refuse_at(wrong, ENOSPC, NULL, "too many policy entries");
		return;
	}
	if (i == conf->n_entries)
		conf->n_entries++;
	conf->entries[i] = entry;
}

static void carry_out(const struct nlmsghdr *nlh, unsigned int cmd,
		      struct conf *conf, struct wrong *wrong)
{
	const struct nlattr *attr;

	if (cmd == PMT_CMD_RULE_FLUSH)
		conf->n_rules = 0;
	if (cmd == PMT_CMD_POLICY_FLUSH)
		conf->n_entries = 0;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		unsigned int type = mnl_attr_get_type(attr);

		if (!wrong->code && type == PMT_A_RULE)
			change_rule(conf, cmd, attr, wrong);
		if (!wrong->code && type == PMT_A_POLICY)
			change_entry(conf, cmd, attr, wrong);
		if (!wrong->code && type == PMT_A_RULE &&
		    cmd != PMT_CMD_RULE_DEL && set_is_wrong(conf))
			refuse_at(wrong, EINVAL, attr, set_is_wrong(conf));
	}
}

static void change(const struct nlmsghdr *nlh, unsigned int cmd,
		   struct device *device)
{
	static struct conf new;
	struct wrong wrong = { 0 };

	new = draft_of ? draft : device->conf;
	carry_out(nlh, cmd, &new, &wrong);
	if (!wrong.code && draft_of)
		draft = new;
	if (!wrong.code && !draft_of) {
		device->conf = new;
		device->generation++;
	}
	answer_end(nlh, wrong.code, wrong.at, wrong.text);
}

static void transaction(const struct nlmsghdr *nlh, unsigned int cmd,
			struct device *device)
{
	if (cmd == PMT_CMD_TXN_BEGIN) {
		is_absurd(draft_of);
		draft = device->conf;
		draft_of = device;
	} else {
		is_absurd(draft_of != device);
		if (cmd == PMT_CMD_TXN_COMMIT) {
			device->conf = draft;
			device->generation++;
		}
		draft_of = NULL;
	}
	answer_end(nlh, 0, NULL, NULL);
}

static const char *name_of(const struct device *device)
{
	return device == devices ? "pmt0" : "pmt1";
}

static struct nlmsghdr *answer_of(const struct nlmsghdr *request,
				  unsigned int cmd, const struct device *device)
{
	struct nlmsghdr *nlh = answer(request, STORE_FAMILY, GENL_HDRLEN);
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	genl->cmd = cmd;
	mnl_attr_put_u32(nlh, PMT_A_IFINDEX, FIRST_DEVICE + device - devices);
	mnl_attr_put_strz(nlh, PMT_A_IFNAME, name_of(device));
	return nlh;
}

static void put_rule(struct nlmsghdr *nlh, const struct store_rule *rule)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, PMT_A_RULE);

	mnl_attr_put(nlh, PMT_RULE_PROVIDER, 16, rule->provider);
	mnl_attr_put_u8(nlh, PMT_RULE_PROVIDER_LEN, rule->plen);
	mnl_attr_put_u32(nlh, PMT_RULE_IPV4, htonl(rule->v4));
	mnl_attr_put_u8(nlh, PMT_RULE_IPV4_LEN, rule->v4_len);
	mnl_attr_put_u16(nlh, PMT_RULE_SUBNET, rule->sid);
	mnl_attr_put_u8(nlh, PMT_RULE_SUBNET_BITS, rule->sid_bits);
	mnl_attr_put_u8(nlh, PMT_RULE_CSUM, rule->csum);
	mnl_attr_put_u64(nlh, PMT_RULE_OUT_PACKETS, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void put_entry(struct nlmsghdr *nlh, const struct store_entry *entry,
		      bool builtin)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, PMT_A_POLICY);

	mnl_attr_put_u32(nlh, PMT_POLICY_IPV4, htonl(entry->v4));
	mnl_attr_put_u8(nlh, PMT_POLICY_IPV4_LEN, entry->len);
	if (builtin)
		mnl_attr_put(nlh, PMT_POLICY_BUILTIN, 0, NULL);
	else
		mnl_attr_put_u8(nlh, PMT_POLICY_ACTION, entry->action);
	mnl_attr_nest_end(nlh, nest);
}

static void tell_rules(const struct nlmsghdr *request,
		       const struct device *device)
{
	const struct conf *conf = draft_of == device ? &draft : &device->conf;
	unsigned int i;

	for (i = 0; i < conf->n_rules; i++) {
		struct nlmsghdr *nlh = answer_of(request, PMT_CMD_RULE_GET,
						 device);

		put_rule(nlh, &conf->rules[i]);
		fuzz_answer(nlh);
	}
}

static void tell_policy(const struct nlmsghdr *request,
			const struct device *device)
{
	const struct conf *conf = draft_of == device ? &draft : &device->conf;
	struct store_entry builtin = { 0x0a000000, 8, 0 };
	struct nlmsghdr *nlh = answer_of(request, PMT_CMD_POLICY_GET, device);
	unsigned int i;

	put_entry(nlh, &builtin, true);
	for (i = 0; i < conf->n_entries; i++)
		put_entry(nlh, &conf->entries[i], false);
	fuzz_answer(nlh);
}

static void tell_stats(const struct nlmsghdr *request,
		       const struct device *device)
{
	struct nlmsghdr *nlh = answer_of(request, PMT_CMD_STATS_GET, device);
	struct nlattr *nest;
	unsigned int id;

	mnl_attr_put_u32(nlh, PMT_A_GENERATION, device->generation);
	mnl_attr_put_u64(nlh, PMT_A_CONFIG_ID, device->generation);
	nest = mnl_attr_nest_start(nlh, PMT_A_COUNTERS);
	for (id = 1; id <= PMT_COUNTER_MAX; id++)
		mnl_attr_put_u64(nlh, id, id == PMT_SPOOF ? 7 : 0);
	mnl_attr_nest_end(nlh, nest);
	fuzz_answer(nlh);
}

/* What is asked of every device, or of one */
static void dump(const struct nlmsghdr *nlh, unsigned int cmd,
		 struct device *only)
{
	struct device *device;

	for (device = devices; device < devices + DEVICES; device++) {
		if (only && only != device)
			continue;
		if (cmd == PMT_CMD_RULE_GET)
			tell_rules(nlh, device);
		if (cmd == PMT_CMD_POLICY_GET)
			tell_policy(nlh, device);
		if (cmd == PMT_CMD_STATS_GET)
			tell_stats(nlh, device);
	}
	answer_done(nlh);
}

/* The first entry will do for whoever asks what decides */
static void tell_one(const struct nlmsghdr *request, unsigned int cmd,
		     const struct device *device)
{
	struct nlmsghdr *nlh = answer_of(request, cmd, device);

	if (device->conf.n_entries)
		put_entry(nlh, device->conf.entries, false);
	if (cmd == PMT_CMD_MAP_GET && device->conf.n_rules)
		put_rule(nlh, device->conf.rules);
	if (cmd == PMT_CMD_MAP_GET)
		mnl_attr_put_u32(nlh, PMT_A_REASON, PMT_NOMAP);
	fuzz_answer(nlh);
	answer_end(request, 0, NULL, NULL);
}

static void family_request(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[PMT_A_MAX + 1];
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct device *device;

	CHECK(nlh->nlmsg_type == STORE_FAMILY);
	sort_attrs(genl + 1, nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, tb,
		   PMT_A_MAX);
	device = device_of(number(tb[PMT_A_IFINDEX], 4));
	if (is_absurd(!device && (tb[PMT_A_IFINDEX] ||
				  !(nlh->nlmsg_flags & NLM_F_DUMP)))) {
		answer_end(nlh, ENODEV, tb[PMT_A_IFINDEX], NULL);
		return;
	}
	if (nlh->nlmsg_flags & NLM_F_DUMP) {
		dump(nlh, genl->cmd, device);
		return;
	}
	switch (genl->cmd) {
	case PMT_CMD_TXN_BEGIN:
	case PMT_CMD_TXN_COMMIT:
	case PMT_CMD_TXN_ABORT:
		transaction(nlh, genl->cmd, device);
		break;
	case PMT_CMD_MAP_GET:
	case PMT_CMD_POLICY_GET:
		CHECK(!tb[PMT_A_ADDRESS4] != !tb[PMT_A_ADDRESS6]);
		tell_one(nlh, genl->cmd, device);
		break;
	default:
		is_absurd(draft_of && draft_of != device);
		change(nlh, genl->cmd, device);
	}
}

static void control_request(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = answer(request, GENL_ID_CTRL, GENL_HDRLEN);
	struct nlattr *groups, *group;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, STORE_FAMILY);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME,
			  PMT_GENL_MCGRP_CONFIG);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 5);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	fuzz_answer(nlh);
	answer_end(request, 0, NULL, NULL);
}

static void tell_link(const struct nlmsghdr *request, unsigned int ifindex)
{
	struct rtnl_link_stats64 stats = { .rx_packets = 5, .tx_dropped = 6 };
	struct nlmsghdr *nlh = answer(request, RTM_NEWLINK,
				      sizeof(struct ifinfomsg));
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct device *device = device_of(ifindex);
	struct nlattr *info, *data;
	unsigned int type;
	char name[IF_NAMESIZE];

	ifi->ifi_index = ifindex;
	CHECK(if_indextoname(ifindex, name));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (device) {
		ifi->ifi_flags = device->up ? IFF_UP : 0;
		mnl_attr_put_u32(nlh, IFLA_MTU, device->mtu);
		mnl_attr_put(nlh, IFLA_STATS64, sizeof(stats), &stats);
		if (device != devices)
			mnl_attr_put_u32(nlh, IFLA_MASTER, NOBODYS_DEVICE);
		info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, PMT_KIND);
		data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
		for (type = 0; type <= IFLA_PMT_MAX; type++)
			if (device->len[type])
				mnl_attr_put(nlh, type, device->len[type],
					     device->option[type]);
		mnl_attr_put_u32(nlh, IFLA_PMT_RULES, device->conf.n_rules);
		mnl_attr_put_u64(nlh, IFLA_PMT_CONFIG_ID, device->generation);
		mnl_attr_put_u32(nlh, IFLA_PMT_HEALTH, device->conf.n_rules ?
				 PMT_HEALTH_OK : PMT_HEALTH_NO_RULE);
		mnl_attr_nest_end(nlh, data);
		mnl_attr_nest_end(nlh, info);
	}
	fuzz_answer(nlh);
}

static void set_link(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(*ifi));
	const struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct nlattr *data[IFLA_PMT_MAX + 1] = { NULL };
	struct device *device = device_of(ifi->ifi_index);
	unsigned int type;

	sort_attrs((const char *)nlh + head, nlh->nlmsg_len - head, tb,
		   IFLA_MAX);
	if (tb[IFLA_LINKINFO]) {
		nested(tb[IFLA_LINKINFO], info, IFLA_INFO_MAX);
		CHECK(info[IFLA_INFO_KIND]);
		if (info[IFLA_INFO_DATA])
			nested(info[IFLA_INFO_DATA], data, IFLA_PMT_MAX);
	}
	if (nlh->nlmsg_flags & NLM_F_CREATE) {
		answer_end(nlh, EOPNOTSUPP, NULL, NULL);
		return;
	}
	if (is_absurd(!device)) {
		answer_end(nlh, ENODEV, NULL, NULL);
		return;
	}
	if (data[IFLA_PMT_LINK] || data[IFLA_PMT_RULE]) {
		answer_end(nlh, EOPNOTSUPP,
			   data[IFLA_PMT_LINK] ? : data[IFLA_PMT_RULE],
			   "can't be changed");
		return;
	}
	for (type = 0; type <= IFLA_PMT_MAX; type++) {
		if (!data[type])
			continue;
		device->len[type] = data[type]->nla_len - sizeof(struct nlattr);
		CHECK(device->len[type] && device->len[type] <= OPTION_SIZE);
		memcpy(device->option[type], data[type] + 1, device->len[type]);
	}
	if (tb[IFLA_MTU])
		device->mtu = number(tb[IFLA_MTU], 4);
	if (ifi->ifi_change & IFF_UP)
		device->up = ifi->ifi_flags & IFF_UP;
	answer_end(nlh, 0, NULL, device->mtu > 1480 ? "large mtu" : NULL);
}

static void get_link(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	unsigned int i;

	if (!(nlh->nlmsg_flags & NLM_F_DUMP)) {
		tell_link(nlh, ifi->ifi_index);
		answer_end(nlh, 0, NULL, NULL);
		return;
	}
	for (i = 1; i <= NOBODYS_DEVICE; i++)
		tell_link(nlh, i);
	answer_done(nlh);
}

/* What `pmt check` asks for: it forwards, has an address and a route */
static void tell_around(const struct nlmsghdr *request)
{
	static const uint8_t addr[16] = { 0x3f, 0xff, [15] = 1 };
	struct nlmsghdr *nlh;

	switch (request->nlmsg_type) {
	case RTM_GETNETCONF:
		nlh = answer(request, RTM_NEWNETCONF,
			     sizeof(struct netconfmsg));
		mnl_attr_put_u32(nlh, NETCONFA_FORWARDING, 1);
		break;
	case RTM_GETADDR:
		nlh = answer(request, RTM_NEWADDR, sizeof(struct ifaddrmsg));
		mnl_attr_put(nlh, IFA_ADDRESS, sizeof(addr), addr);
		break;
	default:
		CHECK(request->nlmsg_type == RTM_GETROUTE);
		nlh = answer(request, RTM_NEWROUTE, sizeof(struct rtmsg));
		mnl_attr_put_u32(nlh, RTA_OIF, FIRST_DEVICE);
		mnl_attr_put(nlh, RTA_GATEWAY, sizeof(addr), addr);
	}
	fuzz_answer(nlh);
	if (request->nlmsg_flags & NLM_F_DUMP)
		answer_done(request);
	else
		answer_end(request, 0, NULL, NULL);
}

/**
 * store_request() - answer a request as the kernel would
 * @nlh: request
 * @generic: it came to the socket of generic netlink
 */
void store_request(const struct nlmsghdr *nlh, bool generic)
{
	CHECK(nlh->nlmsg_flags & NLM_F_REQUEST);
	if (generic && nlh->nlmsg_type == GENL_ID_CTRL)
		control_request(nlh);
	else if (generic)
		family_request(nlh);
	else if (nlh->nlmsg_type == RTM_GETLINK)
		get_link(nlh);
	else if (nlh->nlmsg_type == RTM_NEWLINK)
		set_link(nlh);
	else if (nlh->nlmsg_type == RTM_DELLINK)
		answer_end(nlh, EPERM, NULL, NULL);
	else
		tell_around(nlh);
}
