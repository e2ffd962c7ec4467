/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map of the module: what each file offers to the others, in the order in
 * which a packet meets them. Documentation/packet-walk.rst follows one through.
 */
#ifndef _PMT_H
#define _PMT_H

#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/ratelimit_types.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>

#include "compat.h"
#include "map.h"

/* The device options, as the user set them */
struct pmt_opts {
	int link;			/* ifindex of the lower device, 0: any */
	u8 n_local;
	u8 ttl;
	u8 dscp;			/* 0 to 63, PMT_DSCP_INHERIT */
	u8 ecn;				/* enum pmt_ecn */
	u8 df;				/* enum pmt_df */
	u8 to2002;			/* enum pmt_to2002 */
	bool untranslated;
	bool hairpin;
	bool drain;
	__be32 local[PMT_LOCAL_MAX];
	u32 icmp_rate;			/* a second */
	u32 ptb_rate;			/* a second */
	struct in6_addr errsrc;
};

/* Where a transport header and its checksum are, from skb->data */
struct pmt_l4 {
	unsigned int start;
	unsigned int csum;		/* 0: there is none to update */
	u8 proto;			/* 0: none that we know */
	bool covered;			/* the checksum has the address in it */
};

enum pmt_dir {
	PMT_OUT,			/* customer to Internet: we receive */
	PMT_IN,				/* Internet to customer: we transmit */
};

struct pmt_rule_counts {
	u64_stats_t packets[2];		/* by enum pmt_dir */
	u64_stats_t bytes[2];
	struct u64_stats_sync syncp;
};

/* What outlives the configurations that a rule stands in: its counters */
struct pmt_rule_stats {
	refcount_t refs;		/* one a configuration */
	struct pmt_rule_counts __percpu *counts;
};

/* Where receive finds a configuration: by outer destination */
struct pmt_local {
	struct hlist_node node;
	struct pmt_conf *conf;
	__be32 addr;
};

/* All that a packet is judged by: one snapshot, immutable once published */
struct pmt_conf {
	struct pmt_dev *pmt;
	struct pmt_policy *policy;	/* shared with other configurations; NULL: empty */
	struct pmt_map map;
	struct pmt_opts opts;
	u32 generation;
	u64 serial;			/* of no other, of whatever device */
	u64 id;				/* hash of the rules: equal on equal relays */
	struct rcu_work free_work;
	struct pmt_local local[PMT_LOCAL_MAX];
	u8 map_mem[] __aligned(8);
};

/* Rules and policy on their way into a configuration */
struct pmt_draft {
	struct pmt_map_rule *rules;	/* those that stay bring their counters */
	u32 n_rules;
	bool own_policy;		/* nobody else sees the policy */
	struct pmt_policy *policy;
};

struct pmt_counts {
	u64_stats_t n[__PMT_COUNTER_MAX];
	u64_stats_t dropped[2];		/* by enum pmt_dir */
	struct u64_stats_sync syncp;
};

#define PMT_IDS_BITS	10
#define PMT_ROUTES_BITS	4

/* netdev_priv() of a pmt device */
struct pmt_dev {
	struct pmt_conf __rcu *conf;	/* RTNL writes */
	struct pmt_counts __percpu *counts;
	struct pmt_cell __percpu *cells;
	struct pmt_route __percpu *routes;	/* 1 << PMT_ROUTES_BITS a CPU */
	atomic_t ids[1 << PMT_IDS_BITS];	/* of outer packets */
	u32 id_key;
	struct ratelimit_state icmp_limit;
	struct ratelimit_state ptb_limit;
	struct net_device *dev;
	struct net *net;		/* the IPv4 side; its end ends the device */
	enum pmt_health health;		/* as it was last told; RTNL */
	struct list_head list;		/* in pmt_net.devs */
};

#define PMT_LOCAL_HASH_BITS	5

/* Broadcast addresses of a namespace, kept by the address notifier */
struct pmt_bcast {
	struct rcu_head rcu;
	u32 n;
	u64 mask;			/* a bit for each addr % 64 */
	u32 addr[];			/* sorted */
};

/* Per network namespace, for the devices whose IPv4 side it is */
struct pmt_net {
	struct list_head devs;
	struct hlist_head local[1 << PMT_LOCAL_HASH_BITS];
	struct pmt_bcast __rcu *bcast;
	bool bcast_stale;		/* there was no memory for a change; RTNL */
	u32 generation;			/* counts pmt_changed() */
};

extern unsigned int pmt_net_id;
extern struct workqueue_struct *pmt_wq;

static inline struct pmt_net *pmt_net(const struct net *net)
{
	return net_generic(net, pmt_net_id);
}

static inline u64 pmt_hi(const struct in6_addr *addr)
{
	return get_unaligned_be64(addr->s6_addr);
}

static inline u64 pmt_lo(const struct in6_addr *addr)
{
	return get_unaligned_be64(addr->s6_addr + 8);
}

/* Has this address no place in a tunnel (R14)? Unspecified, loopback, mapped and
 * compatible (::/16), unique local (fc00::/7), link-local (fe80::/10), site-local
 * (fec0::/10) and multicast ones have none.
 */
static inline bool pmt_is_unfit(u64 hi)
{
	u16 word = hi >> 48;

	return (u16)(word - 1) >= 0xfbff && (word & 0xff80) != 0xfe00;
}

static inline struct in6_addr pmt_in6(u64 hi, u64 lo)
{
	struct in6_addr addr;

	put_unaligned_be64(hi, addr.s6_addr);
	put_unaligned_be64(lo, addr.s6_addr + 8);
	return addr;
}

static inline void pmt_set_hi(struct in6_addr *addr, u64 hi)
{
	put_unaligned_be64(hi, addr->s6_addr);
}

/* What skb_scrub_packet() does within a namespace, but for the route */
static inline void pmt_scrub(const struct pmt_dev *pmt, struct sk_buff *skb)
{
	skb->pkt_type = PACKET_HOST;
	skb->skb_iif = 0;
	skb->ignore_df = 0;
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	nf_reset_trace(skb);
	ipvs_reset(skb);
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
	skb->offload_l3_fwd_mark = 0;
#endif
	if (!net_eq(pmt->net, dev_net(pmt->dev))) {
		skb->mark = 0;
		skb_clear_tstamp(skb);
	}
}

/* rx.c: from the protocol-41 handler to the stack */
struct pmt_cell;
int pmt_cells_init(struct pmt_dev *pmt);
void pmt_cells_forget(struct pmt_dev *pmt);
void pmt_cells_exit(struct pmt_dev *pmt);
void pmt_cells_free(struct pmt_dev *pmt);
int pmt_rcv(struct sk_buff *skb);

/* validate.c: may this packet pass (RFC 3964 5.2, R10-R17, R42-R44) */
bool pmt_is_nd(const struct sk_buff *skb, unsigned int at);
enum pmt_counter pmt_check_odd_length(struct sk_buff *skb);

/* R17: a whole IPv6 packet, and nothing behind it. Network header at an IPv6
 * header, of which 40 bytes are linear; trimmed to the payload length.
 */
static inline enum pmt_counter pmt_check_length(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	if (likely(ip6h->version == 6 && ip6h->payload_len &&
		   skb->len == sizeof(*ip6h) + ntohs(ip6h->payload_len)))
		return PMT_OK;
	return pmt_check_odd_length(skb);
}

enum pmt_counter pmt_validate_out(const struct pmt_conf *conf,
				  const struct sk_buff *skb, __be32 saddr,
				  __be32 daddr, enum pmt_action action,
				  struct pmt_map_answer *answer);
enum pmt_counter pmt_validate_in(const struct pmt_conf *conf,
				 const struct sk_buff *skb,
				 struct pmt_map_answer *answer, int *unreach);
bool pmt_is_hard(const struct pmt_conf *conf, u32 v4);
enum pmt_counter pmt_judge(const struct pmt_conf *conf, enum pmt_action action,
			   struct pmt_map_answer *answer);
int pmt_bcast_init(struct net *net);
int pmt_bcast_event(struct net *net, const struct in_ifaddr *ifa, bool up);
void pmt_bcast_free(struct net *net);

/* map.c: see map.h */

/* policy.c: what a customer's prefix gets (R51) */
struct pmt_entry {
	u32 addr;
	u8 len;
	u8 action;			/* enum pmt_action */
};

/* No entry covers the customer: translate, if a rule does */
#define PMT_ACTION_DEFAULT	__PMT_ACTION_MAX

enum pmt_policy_op {
	PMT_POLICY_ADD,
	PMT_POLICY_REPLACE,
	PMT_POLICY_DEL,
};

struct pmt_policy_iter {
	u32 wide;
	u32 slot;
	u32 sub;
};

enum pmt_action pmt_policy_look_up(const struct pmt_policy *policy, u32 v4);

/* NULL is the table without an entry */
static inline enum pmt_action pmt_policy_find(const struct pmt_policy *policy,
					      u32 v4)
{
	return policy ? pmt_policy_look_up(policy, v4) : PMT_ACTION_DEFAULT;
}

u8 pmt_policy_exact(const struct pmt_policy *policy, u32 addr, u8 len);
struct pmt_policy *pmt_policy_copy(const struct pmt_policy *old);
void pmt_policy_get(struct pmt_policy *policy);
void pmt_policy_put(struct pmt_policy *policy);
int pmt_policy_apply(struct pmt_policy *policy, const struct pmt_entry *changes,
		     u32 n_changes, enum pmt_policy_op op, u32 *bad);
bool pmt_policy_next(const struct pmt_policy *policy,
		     struct pmt_policy_iter *iter, struct pmt_entry *entry);
bool pmt_policy_match(const struct pmt_policy *policy, u32 v4,
		      struct pmt_entry *entry, bool *is_builtin);
int pmt_entry_cmp(const void *a, const void *b);
u32 pmt_policy_count(const struct pmt_policy *policy);
u64 pmt_policy_id(const struct pmt_policy *policy);

/* translate.c: rewrite one address, and what its checksum covers */
enum pmt_counter pmt_translate(const struct pmt_conf *conf, struct sk_buff *skb,
			       const struct pmt_map_answer *answer,
			       enum pmt_dir dir);
enum pmt_counter pmt_translate_quote(const struct pmt_conf *conf,
				     struct sk_buff *skb, unsigned int at,
				     unsigned int end, u32 v4,
				     enum pmt_dir dir, u16 *delta);
enum pmt_counter pmt_find_l4(const struct sk_buff *skb, unsigned int at,
			     unsigned int end, bool dst, struct pmt_l4 *l4);

bool pmt_is_error(const struct sk_buff *skb, const struct pmt_l4 *l4);

/* icmp.c: the errors that we raise ourselves */
void pmt_limits_init(struct pmt_dev *pmt);
void pmt_limits_set(struct pmt_dev *pmt, const struct pmt_opts *opts);
bool pmt_may_send(struct pmt_dev *pmt, u8 type);
bool pmt_find_errsrc(const struct pmt_conf *conf, struct in6_addr *addr);
void pmt_icmp_in(const struct pmt_conf *conf, const struct sk_buff *skb,
		 u8 type, u8 code, u32 info);
void pmt_icmp_out(const struct pmt_conf *conf, const struct sk_buff *skb,
		  u32 v4, u8 type, u8 code);
int pmt_err(struct sk_buff *skb, u32 info);

/* tx.c: from ndo_start_xmit to the IPv4 output */
struct pmt_route;
int pmt_routes_init(struct pmt_dev *pmt);
void pmt_routes_free(struct pmt_dev *pmt);
void pmt_ids_init(struct pmt_dev *pmt);
enum pmt_counter pmt_encapsulate(const struct pmt_conf *conf,
				 struct sk_buff *skb, u32 v4);
netdev_tx_t pmt_xmit(struct sk_buff *skb, struct net_device *dev);

/* device.c: the device, its namespace's table, its configurations */
extern const struct net_device_ops pmt_netdev_ops;

static inline bool pmt_is_pmt(const struct net_device *dev)
{
	return dev->netdev_ops == &pmt_netdev_ops;
}

void pmt_setup(struct net_device *dev);
int pmt_register(struct net *net, struct net_device *dev,
		 const struct pmt_opts *opts, const struct pmt_draft *draft,
		 struct netlink_ext_ack *extack);
void pmt_dellink(struct net_device *dev, struct list_head *head);
int pmt_reconfigure(struct pmt_dev *pmt, const struct pmt_opts *opts,
		    const struct pmt_draft *draft,
		    struct netlink_ext_ack *extack);
struct pmt_conf *pmt_find(const struct net *net, const struct sk_buff *skb,
			  __be32 local);
enum pmt_health pmt_health(const struct pmt_dev *pmt,
			   const struct pmt_conf *conf);
void pmt_health_update(struct pmt_dev *pmt);
void pmt_changed(const struct net *net);

#define PMT_NO_RIGHT \
	"changing a pmt device takes CAP_NET_ADMIN in the namespace of its IPv4 side too"

/* rtnl.c: rtnetlink, kind pmt */
extern struct rtnl_link_ops pmt_link_ops;

/* rule.c: rules in netlink messages */
extern const struct nla_policy pmt_rule_policy[PMT_RULE_MAX + 1];
int pmt_rule_parse(const struct nlattr *nest, struct pmt_map_rule *rule,
		   struct netlink_ext_ack *extack);
int pmt_rule_add(struct pmt_draft *draft, const struct nlattr *nest,
		 bool replace, struct netlink_ext_ack *extack);
int pmt_rule_del(struct pmt_draft *draft, const struct nlattr *nest,
		 struct netlink_ext_ack *extack);
int pmt_rule_fill(struct sk_buff *skb, int attrtype,
		  const struct pmt_map_rule *rule);
size_t pmt_rule_size(void);

/* draft.c: changes of rules and policy, in one request or a transaction */
extern const struct nla_policy pmt_policy_policy[PMT_POLICY_ATTR_MAX + 1];
int pmt_genl_change(struct sk_buff *skb, struct genl_info *info);
int pmt_genl_begin(struct sk_buff *skb, struct genl_info *info);
int pmt_genl_end(struct sk_buff *skb, struct genl_info *info);
int pmt_draft_init(void);
void pmt_draft_exit(void);

/* genl.c: generic netlink, family pmt */
struct pmt_dev *pmt_genl_own_device(struct sk_buff *skb,
				    struct genl_info *info);
void pmt_genl_notify(const struct pmt_dev *pmt, struct genl_info *info);
void pmt_genl_notify_health(const struct pmt_dev *pmt);
int pmt_genl_init(void);
void pmt_genl_exit(void);

/* stats.c: counters */
extern const struct ethtool_ops pmt_ethtool_ops;
void pmt_count(struct pmt_dev *pmt, enum pmt_counter counter);
void pmt_drop(struct pmt_dev *pmt, struct sk_buff *skb,
	      enum pmt_counter counter, enum pmt_dir dir, u32 v4);
void pmt_rule_count(const struct pmt_map_rule *rule, enum pmt_dir dir,
		    unsigned int bytes);
void pmt_stats_read(const struct pmt_dev *pmt, u64 n[__PMT_COUNTER_MAX]);
void pmt_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats);
struct pmt_rule_stats *pmt_rule_stats_new(void);
void pmt_rule_stats_put(struct pmt_rule_stats *stats);
void pmt_rule_stats_read(const struct pmt_rule_stats *stats, u64 packets[2],
			 u64 bytes[2]);

#endif /* _PMT_H */
