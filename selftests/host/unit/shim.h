/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What map.c, policy.c, validate.c and translate.c want of a kernel, in user space:
 * included before all else, in the place of its headers. A packet is one piece of
 * memory. Headers on the wire and their byte order are the real ones, of UAPI;
 * checksums are RFC 1071's. Locks and memory are those of a program with one thread.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include <linux/dccp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <linux/udp.h>

/* The kernels' differences are none of these files' */
#define _PMT_COMPAT_H

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define __force
#define __percpu
#define __rcu
#define __aligned(n)		__attribute__((aligned(n)))
#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define likely(x)		(x)
#define unlikely(x)		(x)

#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define BIT_ULL(n)		(1ULL << (n))
#define cond_resched()
#define sort(base, n, size, cmp, swap)	qsort(base, n, size, cmp)

static inline size_t roundup_pow_of_two(size_t n)
{
	size_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

/* Byte order */
#define htons(x)	((__be16)htobe16(x))
#define htonl(x)	((__be32)htobe32(x))
#define ntohs(x)	be16toh((u16)(x))
#define ntohl(x)	be32toh((u32)(x))

static inline u64 get_unaligned_be64(const void *p)
{
	u64 value;

	memcpy(&value, p, sizeof(value));
	return be64toh(value);
}

static inline void put_unaligned_be64(u64 value, void *p)
{
	value = htobe64(value);
	memcpy(p, &value, sizeof(value));
}

/* Memory */
#define GFP_KERNEL			0
#define GFP_KERNEL_ACCOUNT		0
#define kvmalloc(size, gfp)		malloc(size)
#define kvmalloc_array(n, size, gfp)	malloc((n) * (size))
#define kvfree(p)			free(p)
#define kvfree_rcu(p, head)		free(p)
#define struct_size(p, member, n) \
	(sizeof(*(p)) + (n) * sizeof((p)->member[0]))

typedef struct {
	int n;
} refcount_t;

#define refcount_set(r, value)		((r)->n = (value))
#define refcount_inc(r)			((r)->n++)
#define refcount_dec_and_test(r)	(!--(r)->n)

/* One thread */
#define rcu_read_lock_bh_held()			true
#define lockdep_rtnl_is_held()			true
#define rcu_dereference_check(p, condition)	(p)
#define rcu_dereference_protected(p, condition)	(p)
#define rtnl_dereference(p)			(p)
#define rcu_replace_pointer(p, new, condition) \
	({ typeof(p) old_ = (p); (p) = (new); old_; })

/* What structures of pmt.h hold and nobody here looks at */
typedef struct {
	int unused;
} atomic_t, u64_stats_t, netdev_tx_t;

struct list_head { int unused; };
struct hlist_head { int unused; };
struct hlist_node { int unused; };
struct rcu_head { int unused; };
struct rcu_work { int unused; };
struct u64_stats_sync { int unused; };
struct ratelimit_state { int unused; };
struct nla_policy { int unused; };
struct netlink_ext_ack;
struct genl_info;
struct nlattr;
struct rtnl_link_stats64;

/* Any hash will do */
typedef struct {
	int unused;
} siphash_key_t;

#define siphash_2u64(a, b, key) \
	((void)(key), (a) * 0x9e3779b97f4a7c15ULL ^ (b))

/* One namespace; one device in it has the machine's IPv4 addresses */
struct in_ifaddr {
	struct in_ifaddr *ifa_next;
	__be32 ifa_address;
	__be32 ifa_mask;
	u8 ifa_prefixlen;
};

struct in_device {
	struct in_ifaddr *ifa_list;
	bool dead;
};

struct net {
	void *pmt;
};

struct net_device {
	int ifindex;
	struct in_device in_dev;
	const struct net_device_ops *netdev_ops;
};

extern struct net shim_net;
extern struct net_device shim_dev;

#define dev_net(dev)			(&shim_net)
#define net_eq(a, b)			((a) == (b))
#define net_generic(net, id)		((net)->pmt)
#define first_net_device(net)		(&shim_dev)
#define next_net_device(dev)		NULL
#define __in_dev_get_rtnl(dev)		(&(dev)->in_dev)
#define dev_get_by_index_rcu(net, i)	NULL
#define netdev_master_upper_dev_get_rcu(dev)	NULL
#define ipv6_chk_addr(net, addr, dev, strict)	false
int inet_addr_type_dev_table(struct net *net, const struct net_device *dev,
			     __be32 addr);

/* Of headers that UAPI has not, or not by these names */
#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_ESP		50
#define NEXTHDR_AUTH		51
#define NEXTHDR_NONE		59
#define NEXTHDR_DEST		60
#define NDISC_REDIRECT		137
#define IP6_OFFSET		0xfff8
#define IP6_MF			0x0001

struct frag_hdr {
	__u8 nexthdr;
	__u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

/* Packets */
enum { CHECKSUM_NONE, CHECKSUM_UNNECESSARY, CHECKSUM_COMPLETE, CHECKSUM_PARTIAL };
enum { PACKET_HOST };

struct sk_buff {
	u8 *data;			/* at the IPv6 header */
	unsigned int len;
	unsigned int csum_start;	/* from data */
	__wsum csum;
	u8 ip_summed;
	u8 pkt_type;
	u8 ignore_df;
	int skb_iif;
	u32 mark;
};

#define ipv6_hdr(skb)		((struct ipv6hdr *)(skb)->data)
#define skb_checksum_start_offset(skb)	((int)(skb)->csum_start)
#define skb_ensure_writable(skb, n)	((n) > (skb)->len ? -ENOMEM : 0)
#define skb_is_gso(skb)		false
#define skb_is_gso_tcp(skb)	false
#define skb_ext_reset(skb)
#define nf_reset_ct(skb)
#define nf_reset_trace(skb)
#define ipvs_reset(skb)
#define skb_clear_tstamp(skb)

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len;
}

static inline void *skb_header_pointer(const struct sk_buff *skb,
				       unsigned int at, unsigned int n,
				       void *buffer)
{
	return at + n > skb->len ? NULL : skb->data + at;
}

/* RFC 1071. All but the meaning of a word is the same in either byte order (2.B) */
#define CSUM_MANGLED_0		((__sum16)0xffff)

static inline __wsum csum_unfold(__sum16 sum)
{
	return sum;
}

static inline __wsum csum_add(__wsum a, __wsum b)
{
	u64 sum = (u64)a + b;

	return (sum & 0xffffffff) + (sum >> 32);
}

static inline __sum16 csum_fold(__wsum sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static inline __wsum csum_bytes(const u8 *data, unsigned int n)
{
	__wsum sum = 0;
	u8 pair[2];
	u16 word;

	for (; n; data += 2, n -= n == 1 ? 1 : 2) {
		pair[0] = data[0];
		pair[1] = n == 1 ? 0 : data[1];
		memcpy(&word, pair, sizeof(word));
		sum = csum_add(sum, word);
	}
	return sum;
}

static inline int pskb_trim_rcsum(struct sk_buff *skb, unsigned int len)
{
	skb->len = len;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_bytes(skb->data, len);
	return 0;
}

#endif /* _SHIM_H */
