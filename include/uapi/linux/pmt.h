/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * pmt: 6to4 Provider Managed Tunnel relay (RFC 6732), user space protocol.
 *
 * A device is made, changed and shown over rtnetlink, kind "pmt", with the
 * IFLA_PMT_* attributes inside IFLA_INFO_DATA. Its rules, its policy, the map
 * query and the counters go over generic netlink, family "pmt": each request
 * names its device by PMT_A_IFINDEX, takes any number of nested PMT_A_RULE or
 * PMT_A_POLICY, and is carried out whole or not at all. Unknown attributes are
 * refused. A refusal carries a sentence (NLMSGERR_ATTR_MSG) and, where one
 * attribute is at fault, its offset.
 *
 * What does not fit one message is a transaction: TXN_BEGIN makes a draft of the
 * device's configuration that belongs to the socket, the requests that follow on
 * the socket change the draft, TXN_COMMIT publishes it in one step. Closing the
 * socket drops it. When the configuration has changed since, commit answers
 * EBUSY. Out of memory inside a transaction drops the draft as a whole.
 *
 * Addresses are in network byte order, every other number in the host's.
 * Attributes and commands are only ever added at the end of their list.
 * The same protocol for code generators: Documentation/netlink/specs/pmt.yaml.
 */
#ifndef _UAPI_LINUX_PMT_H
#define _UAPI_LINUX_PMT_H

#include <linux/types.h>

#define PMT_KIND		"pmt"
#define PMT_GENL_NAME		"pmt"
#define PMT_GENL_VERSION	1
#define PMT_GENL_MCGRP_CONFIG	"config"

#define PMT_LOCAL_MAX		16	/* addresses in IFLA_PMT_LOCAL */
#define PMT_RULES_MAX		4096	/* rules of a device */
#define PMT_POLICY_MAX		4194304	/* policy entries of a device */
#define PMT_MTU_MIN		1280	/* RFC 8200 5; bytes of inner packet */
#define PMT_MTU_MAX		65515	/* 65535 less the outer IPv4 header */
#define PMT_DSCP_INHERIT	0xff	/* IFLA_PMT_DSCP: copy the inner DSCP */

/* IFLA_PMT_ECN, RFC 6040 4.1 */
enum pmt_ecn {
	PMT_ECN_COMPAT,		/* outer Not-ECT */
	PMT_ECN_NORMAL,		/* copy the inner field */
};

/* IFLA_PMT_DF, REQUIREMENTS R50, R60 */
enum pmt_df {
	PMT_DF_UNSET,		/* outer packets may be fragmented */
	PMT_DF_SET,
	PMT_DF_PMTU,		/* set, and learn the path MTU */
};

/* IFLA_PMT_TO2002, R56 */
enum pmt_to2002 {
	PMT_TO2002_REJECT,
	PMT_TO2002_FORWARD,
};

/* PMT_RULE_CSUM: how a rule keeps transport checksums true */
enum pmt_csum {
	PMT_CSUM_ADJUST,	/* update the checksum, RFC 3022 4.2 */
	PMT_CSUM_NEUTRAL,	/* update the interface ID, RFC 6296 */
};

/* PMT_POLICY_ACTION, R51 */
enum pmt_action {
	PMT_ACTION_TRANSLATE,
	PMT_ACTION_UNTRANSLATED,	/* ordinary 6to4 */
	PMT_ACTION_REJECT,		/* drop, with an ICMPv6 error */
	PMT_ACTION_DROP,
	PMT_ACTION_PASS,		/* leave it to the next tunnel */
	__PMT_ACTION_MAX,
};

/* IFLA_PMT_HEALTH: the first that holds, in this order */
enum pmt_health {
	PMT_HEALTH_OK,
	PMT_HEALTH_DRAINED,		/* the operator said so */
	PMT_HEALTH_LOWER_DOWN,		/* dev is down or has no carrier */
	PMT_HEALTH_NO_LOCAL_ADDRESS,	/* the first `local` is none here */
	PMT_HEALTH_NO_RULE,
};

/* rtnetlink, in IFLA_INFO_DATA. "once": only when the device is created */
enum {
	IFLA_PMT_UNSPEC,
	IFLA_PMT_LINK,		/* s32: ifindex of the lower device or VRF, 0: any; once */
	IFLA_PMT_LOCAL,		/* binary: 1 to PMT_LOCAL_MAX IPv4 addresses */
	IFLA_PMT_TTL,		/* u8: 1 to 255 */
	IFLA_PMT_DSCP,		/* u8: 0 to 63 or PMT_DSCP_INHERIT */
	IFLA_PMT_ECN,		/* u8: enum pmt_ecn */
	IFLA_PMT_DF,		/* u8: enum pmt_df */
	IFLA_PMT_UNTRANSLATED,	/* u8: 0, 1 */
	IFLA_PMT_TO2002,	/* u8: enum pmt_to2002 */
	IFLA_PMT_HAIRPIN,	/* u8: 0, 1 */
	IFLA_PMT_ERRSRC,	/* IPv6 address; all zero: choose one */
	IFLA_PMT_ICMP_RATE,	/* u32: ICMPv6 errors a second, 0: none */
	IFLA_PMT_PTB_RATE,	/* u32: Packet Too Big a second, 0: none */
	IFLA_PMT_DRAIN,		/* u8: 0, 1 */
	IFLA_PMT_RULE,		/* nest of PMT_RULE_*; once, and shown while it is the only one */
	IFLA_PMT_RULES,		/* u32: how many rules; shown only */
	IFLA_PMT_CONFIG_ID,	/* u64: hash of rules and policy; shown only */
	IFLA_PMT_HEALTH,	/* u32: enum pmt_health; shown only */
	IFLA_PMT_PAD,
	__IFLA_PMT_MAX,
};

#define IFLA_PMT_MAX (__IFLA_PMT_MAX - 1)

/* One rule, inside PMT_A_RULE or IFLA_PMT_RULE */
enum pmt_rule_attr {
	PMT_RULE_UNSPEC,
	PMT_RULE_PROVIDER,	/* IPv6 address, bits behind the length zero; the rule's key */
	PMT_RULE_PROVIDER_LEN,	/* u8: 1 to 64 bits */
	PMT_RULE_IPV4,		/* IPv4 address; default 0.0.0.0 */
	PMT_RULE_IPV4_LEN,	/* u8: 0 to 32 bits; default 0 */
	PMT_RULE_SUBNET,	/* u16: first subnet-ID; default 0 */
	PMT_RULE_SUBNET_BITS,	/* u8: 2^n subnet-IDs, 0 to 16; default 0 */
	PMT_RULE_CSUM,		/* u8: enum pmt_csum; default adjust */
	PMT_RULE_OUT_PACKETS,	/* u64: customer to Internet; shown only */
	PMT_RULE_OUT_BYTES,	/* u64: of IPv6 packets; shown only */
	PMT_RULE_IN_PACKETS,	/* u64: Internet to customer; shown only */
	PMT_RULE_IN_BYTES,	/* u64 */
	PMT_RULE_PAD,
	__PMT_RULE_MAX,
};

#define PMT_RULE_MAX (__PMT_RULE_MAX - 1)

/* One policy entry, inside PMT_A_POLICY */
enum pmt_policy_attr {
	PMT_POLICY_UNSPEC,
	PMT_POLICY_IPV4,	/* IPv4 address, bits behind the length zero; the key is both */
	PMT_POLICY_IPV4_LEN,	/* u8: 0 to 32 bits */
	PMT_POLICY_ACTION,	/* u8: enum pmt_action; POLICY_DEL: must fit, if given */
	PMT_POLICY_BUILTIN,	/* flag: of the built-in table; shown only, with no action */
	__PMT_POLICY_MAX,
};

#define PMT_POLICY_ATTR_MAX (__PMT_POLICY_MAX - 1)

/* The attributes of every generic netlink message */
enum pmt_attr {
	PMT_A_UNSPEC,
	PMT_A_IFINDEX,		/* u32: the device */
	PMT_A_IFNAME,		/* string: its name; shown only */
	PMT_A_RULE,		/* nest of PMT_RULE_*; may come many times */
	PMT_A_GENERATION,	/* u32: counts the configurations of the device; shown only */
	PMT_A_CONFIG_ID,	/* u64: hash of rules and policy; shown only */
	PMT_A_COUNTERS,		/* nest: attribute n is the u64 of counter n */
	PMT_A_ADDRESS4,		/* IPv4 address that MAP_GET asks for */
	PMT_A_ADDRESS6,		/* IPv6 address that MAP_GET asks for */
	PMT_A_V4,		/* IPv4 address: the customer's */
	PMT_A_SUBNET,		/* u16: the customer's subnet-ID */
	PMT_A_6TO4,		/* IPv6 address: 2002: form */
	PMT_A_TRANSLATED,	/* IPv6 address: provider form */
	PMT_A_OUTER_SRC,	/* IPv4 address: the relay's in the outer header */
	PMT_A_REASON,		/* u32: enum pmt_counter of what would drop it, 0: would pass */
	PMT_A_PAD,
	PMT_A_POLICY,		/* nest of PMT_POLICY_*; may come many times */
	PMT_A_CMD,		/* u32: enum pmt_cmd that an event tells of */
	PMT_A_RULES,		/* u32: how many rules; events of TXN_COMMIT */
	PMT_A_ENTRIES,		/* u32: how many policy entries; events of TXN_COMMIT */
	PMT_A_HEALTH,		/* u32: enum pmt_health; HEALTH_NTF */
	__PMT_A_MAX,
};

#define PMT_A_MAX (__PMT_A_MAX - 1)

enum pmt_cmd {
	PMT_CMD_UNSPEC,
	PMT_CMD_RULE_GET,	/* dump: [IFINDEX] -> a message a rule */
	PMT_CMD_RULE_NEW,	/* IFINDEX, RULE...: none of them may be there */
	PMT_CMD_RULE_REPLACE,	/* IFINDEX, RULE...: those that are there change */
	PMT_CMD_RULE_DEL,	/* IFINDEX, RULE...: PROVIDER is the key, the rest must fit */
	PMT_CMD_RULE_FLUSH,	/* IFINDEX */
	PMT_CMD_MAP_GET,	/* IFINDEX, ADDRESS4 or ADDRESS6 -> V4, SUBNET, ..., and the
				 * RULE and the POLICY that decide, if any do
				 */
	PMT_CMD_STATS_GET,	/* dump: [IFINDEX] -> COUNTERS a device */
	PMT_CMD_POLICY_GET,	/* dump: [IFINDEX] -> POLICY..., many a message, the built-in
				 * ones first; takes CAP_NET_ADMIN.
				 * do: IFINDEX, ADDRESS4 -> the POLICY that decides, or none
				 */
	PMT_CMD_POLICY_NEW,	/* IFINDEX, POLICY...: none of them may be there */
	PMT_CMD_POLICY_REPLACE,	/* IFINDEX, POLICY...: those that are there change */
	PMT_CMD_POLICY_DEL,	/* IFINDEX, POLICY... */
	PMT_CMD_POLICY_FLUSH,	/* IFINDEX */
	PMT_CMD_TXN_BEGIN,	/* IFINDEX */
	PMT_CMD_TXN_COMMIT,	/* IFINDEX */
	PMT_CMD_TXN_ABORT,	/* IFINDEX */
	PMT_CMD_CONFIG_NTF,	/* event to the group "config": CMD, IFINDEX, IFNAME, GENERATION,
				 * CONFIG_ID, and the RULE... or POLICY... of the request
				 */
	PMT_CMD_HEALTH_NTF,	/* event to the group "config": IFINDEX, IFNAME, GENERATION,
				 * CONFIG_ID, HEALTH
				 */
	__PMT_CMD_MAX,
};

#define PMT_CMD_MAX (__PMT_CMD_MAX - 1)

/* Why a packet did not pass, and what else is counted: pmt_counters.h */
enum pmt_counter {
	PMT_OK,			/* no counter: the packet goes on */
#define PMT_COUNTER(id, ...) PMT_##id,
#include "pmt_counters.h"
#undef PMT_COUNTER
	__PMT_COUNTER_MAX,
};

#define PMT_COUNTER_MAX (__PMT_COUNTER_MAX - 1)

#endif /* _UAPI_LINUX_PMT_H */
