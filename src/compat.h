/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the kernels we build for differ. Kbuild looks the differences up in the
 * headers at hand (stable kernels carry backports, so never ask the version)
 * and defines PMT_HAVE_*; nothing outside this file knows of them.
 */
#ifndef _PMT_COMPAT_H
#define _PMT_COMPAT_H

#include <linux/netdevice.h>
#include <net/genetlink.h>
#ifdef PMT_HAVE_GSO_H
#include <net/gso.h>
#endif
#ifdef PMT_HAVE_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#include <net/inet_dscp.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

/* rtnl.c */
int pmt_newlink(struct net *net, struct net_device *dev, struct nlattr *tb[],
		struct nlattr *data[], struct netlink_ext_ack *extack);

/* The IPv4 side's namespace is link-netnsid's if given, else the one that the
 * device is registered in; older kernels register it in the former.
 */
#ifdef PMT_HAVE_NEWLINK_PARAMS
static inline int pmt_compat_newlink(struct net_device *dev,
				     struct rtnl_newlink_params *params,
				     struct netlink_ext_ack *extack)
{
	return pmt_newlink(params->link_net ? : dev_net(dev), dev, params->tb,
			   params->data, extack);
}
#else
static inline int pmt_compat_newlink(struct net *src_net,
				     struct net_device *dev,
				     struct nlattr *tb[], struct nlattr *data[],
				     struct netlink_ext_ack *extack)
{
	return pmt_newlink(dev_net(dev), dev, tb, data, extack);
}
#endif

/* CWR stands in each segment, as in accurate ECN. Where there is no such thing, GRO
 * makes no list of such segments.
 */
static inline int pmt_compat_gso_accecn(void)
{
#ifdef PMT_HAVE_GSO_ACCECN
	return SKB_GSO_TCP_ACCECN;
#else
	return 0;
#endif
}

static inline void pmt_compat_lltx(struct net_device *dev)
{
#ifdef PMT_HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* dev->tstats is made and freed by the core where that can be asked for */
#ifdef PMT_HAVE_PCPU_STAT_TYPE
static inline void pmt_compat_tstats_setup(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}

static inline int pmt_compat_tstats_alloc(struct net_device *dev)
{
	return 0;
}

static inline void pmt_compat_tstats_free(struct net_device *dev)
{
}
#else
static inline void pmt_compat_tstats_setup(struct net_device *dev)
{
}

static inline int pmt_compat_tstats_alloc(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static inline void pmt_compat_tstats_free(struct net_device *dev)
{
	free_percpu(dev->tstats);
}
#endif

static inline void pmt_compat_flow_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef PMT_HAVE_FLOWI4_DSCP
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

/* A multicast group that takes CAP_NET_ADMIN to listen to; kernels from before
 * late 2023 let everybody
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define PMT_COMPAT_MCGRP_ADMIN	.flags = GENL_MCAST_CAP_NET_ADMIN
#else
#define PMT_COMPAT_MCGRP_ADMIN
#endif

/* How deep tunnels may be nested, or loop; newer kernels say so themselves */
#ifndef IP_TUNNEL_RECURSION_LIMIT
#define IP_TUNNEL_RECURSION_LIMIT	5
#endif

static inline struct nlattr **pmt_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef PMT_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _PMT_COMPAT_H */
