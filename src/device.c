// SPDX-License-Identifier: GPL-2.0
/*
 * The device, and its configurations: a new one is built in full beside the old
 * one, published by swapping a pointer, and the old one freed when no packet
 * can see it any more. RTNL serialises the changes.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/siphash.h>
#include <net/addrconf.h>
#include <net/ip.h>

#include "compat.h"
#include "pmt.h"

static u64 last_serial;			/* RTNL */

/**
 * pmt_changed() - let a dump that is under way tell that it was interrupted
 * @net: where a device came, went or has another configuration, on its IPv6 side;
 *       RTNL is held
 */
void pmt_changed(const struct net *net)
{
	struct pmt_net *ours = pmt_net(net);

	WRITE_ONCE(ours->generation, ours->generation + 1);
}

/* By enum pmt_map_error; the message itself has the details */
static int map_errno(enum pmt_map_error err)
{
	return err == PMT_MAP_TOO_MANY ? -ENOSPC : -EINVAL;
}

/* Equal on two relays of equal rules, whatever their byte order */
static u64 config_id(const struct pmt_map *map, const struct pmt_policy *policy)
{
	static const siphash_key_t key;
	u64 id = pmt_policy_id(policy);
	u32 i;

	for (i = 0; i < map->n_rules; i++) {
		const struct pmt_map_rule *rule = &map->rules[i];

		id = siphash_4u64(id, rule->provider.prefix,
				  (u64)rule->v4 << 32 | (u32)rule->sid << 16 |
				  rule->provider.plen << 8 | rule->v4_len,
				  rule->sid_bits << 8 | rule->csum, &key);
	}
	return id;
}

static void conf_free(struct pmt_conf *conf)
{
	u32 i;

	for (i = 0; i < conf->map.n_rules; i++)
		pmt_rule_stats_put(conf->map.rules[i].priv);
	pmt_policy_put(conf->policy);
	kvfree(conf);
}

/* A large policy takes its time, so not in the grace period's softirq */
static void conf_free_work(struct work_struct *work)
{
	conf_free(container_of(to_rcu_work(work), struct pmt_conf, free_work));
}

/* A configuration that nobody sees yet. A rule that has no counters gets some,
 * one that has takes a reference to them.
 */
static struct pmt_conf *conf_new(struct pmt_dev *pmt,
				 const struct pmt_opts *opts,
				 const struct pmt_draft *draft,
				 struct netlink_ext_ack *extack)
{
	u32 n_rules = draft->n_rules;
	enum pmt_map_error map_err;
	struct pmt_conf *conf;
	u32 i;

	conf = kvzalloc(struct_size(conf, map_mem, pmt_map_size(n_rules)),
			GFP_KERNEL_ACCOUNT);
	if (!conf)
		return ERR_PTR(-ENOMEM);
	conf->pmt = pmt;
	conf->opts = *opts;
	conf->serial = ++last_serial;
	for (i = 0; i < opts->n_local; i++) {
		conf->local[i].conf = conf;
		conf->local[i].addr = opts->local[i];
	}
	map_err = pmt_map_build(&conf->map, conf->map_mem, draft->rules,
				n_rules);
	if (map_err) {
		if (extack)
			extack->_msg = pmt_map_strerror(map_err);
		kvfree(conf);
		return ERR_PTR(map_errno(map_err));
	}
	conf->id = config_id(&conf->map, draft->policy);
	for (i = 0; i < n_rules; i++) {
		struct pmt_map_rule *rule = &conf->map.rules[i];
		struct pmt_rule_stats *stats = rule->priv;

		if (stats)
			refcount_inc(&stats->refs);
		else
			rule->priv = pmt_rule_stats_new();
		if (!rule->priv)
			goto err_stats;
	}
	conf->policy = draft->policy;
	pmt_policy_get(conf->policy);
	return conf;

err_stats:
	conf->map.n_rules = i;
	conf_free(conf);
	return ERR_PTR(-ENOMEM);
}

static struct hlist_head *local_head(const struct net *net, __be32 addr)
{
	return &pmt_net(net)->local[hash_32((__force u32)addr,
					    PMT_LOCAL_HASH_BITS)];
}

/* One device for each pair of local address and lower device */
static int check_local(const struct net *net, const struct pmt_dev *pmt,
		       const struct pmt_opts *opts,
		       struct netlink_ext_ack *extack)
{
	const struct pmt_local *local;
	int i;

	for (i = 0; i < opts->n_local; i++)
		hlist_for_each_entry(local, local_head(net, opts->local[i]),
				     node) {
			if (local->addr == opts->local[i] &&
			    local->conf->opts.link == opts->link &&
			    local->conf->pmt != pmt) {
				NL_SET_ERR_MSG(extack,
					       "local: another pmt device has this address on the same dev; choose another local or dev");
				return -EEXIST;
			}
		}
	return 0;
}

/* Put the locals of @conf before those of the configuration that it follows, so
 * that receive finds one or the other at every moment.
 */
static void publish_local(const struct net *net, struct pmt_conf *conf)
{
	int i;

	for (i = 0; i < conf->opts.n_local; i++)
		hlist_add_head_rcu(&conf->local[i].node,
				   local_head(net, conf->local[i].addr));
}

static void withdraw_local(struct pmt_conf *conf)
{
	int i;

	for (i = 0; i < conf->opts.n_local; i++)
		hlist_del_init_rcu(&conf->local[i].node);
}

/**
 * pmt_find() - the configuration that an outer packet is for (R10, R23)
 * @net: the namespace that the packet is in
 * @skb: an IPv4 packet; its device or, in a VRF, the enslaved port selects
 * @local: outer destination of a packet, or source of one quoted by an error
 *
 * A device bound to the port goes before one bound to the VRF, and that before
 * one that is bound to none.
 * Return: NULL when there is none, or it is down.
 */
struct pmt_conf *pmt_find(const struct net *net, const struct sk_buff *skb,
			  __be32 local)
{
	struct pmt_conf *unbound = NULL, *master = NULL;
	const struct pmt_local *entry;

	hlist_for_each_entry_rcu(entry, local_head(net, local), node) {
		struct pmt_conf *conf = entry->conf;

		if (entry->addr != local || !(READ_ONCE(conf->pmt->dev->flags) & IFF_UP))
			continue;
		if (!conf->opts.link) {
			if (!unbound)
				unbound = conf;
		} else if (conf->opts.link == inet_sdif(skb)) {
			return conf;
		} else if (conf->opts.link == skb->dev->ifindex) {
			master = conf;
		}
	}
	return master ? : unbound;
}

/* RCU or RTNL is held */
static bool is_lower_up(struct net *net, int link)
{
	const struct net_device *lower;
	bool up;

	if (!link)
		return true;
	rcu_read_lock();
	lower = dev_get_by_index_rcu(net, link);
	up = lower && netif_running(lower) && netif_carrier_ok(lower);
	rcu_read_unlock();
	return up;
}

/**
 * pmt_health() - can this relay do its work (R72)
 * @pmt: the device; RCU is held
 * @conf: its configuration
 *
 * Return: the first reason why not, in the order of enum pmt_health.
 */
enum pmt_health pmt_health(const struct pmt_dev *pmt,
			   const struct pmt_conf *conf)
{
	const struct net_device *lower;

	if (conf->opts.drain)
		return PMT_HEALTH_DRAINED;
	if (!is_lower_up(pmt->net, conf->opts.link))
		return PMT_HEALTH_LOWER_DOWN;
	lower = dev_get_by_index_rcu(pmt->net, conf->opts.link);
	/* the first is the source of what we send; a VRF has a table of its own */
	if (inet_addr_type_dev_table(pmt->net, lower, conf->opts.local[0]) !=
	    RTN_LOCAL)
		return PMT_HEALTH_NO_LOCAL_ADDRESS;
	return conf->map.n_rules ? PMT_HEALTH_OK : PMT_HEALTH_NO_RULE;
}

/**
 * pmt_health_update() - tell a change of health (R72)
 * @pmt: the device, registered; RTNL is held
 *
 * Carrier goes with the lower device alone: without it routes keep sending what
 * is then silently lost, so it is off only when nothing could be sent anyway.
 */
void pmt_health_update(struct pmt_dev *pmt)
{
	const struct pmt_conf *conf = rtnl_dereference(pmt->conf);
	enum pmt_health health;

	rcu_read_lock();
	health = pmt_health(pmt, conf);
	rcu_read_unlock();
	if (is_lower_up(pmt->net, conf->opts.link))
		netif_carrier_on(pmt->dev);
	else
		netif_carrier_off(pmt->dev);
	if (health == pmt->health)
		return;
	pmt->health = health;
	pmt_genl_notify_health(pmt);
	netdev_state_change(pmt->dev);
}

/**
 * pmt_reconfigure() - replace options, rules and policy in one step
 * @pmt: the device; RTNL is held
 * @opts: all options
 * @draft: all rules, and the policy; stays the caller's
 * @extack: gets a sentence
 *
 * Return: 0, or an error, and then nothing has changed: -EEXIST local taken,
 * -EINVAL rules contradict each other, -ENOSPC too many rules, -ENOMEM.
 */
int pmt_reconfigure(struct pmt_dev *pmt, const struct pmt_opts *opts,
		    const struct pmt_draft *draft,
		    struct netlink_ext_ack *extack)
{
	struct pmt_conf *old = rtnl_dereference(pmt->conf);
	struct pmt_conf *new;
	int err;

	err = check_local(pmt->net, pmt, opts, extack);
	if (err)
		return err;
	new = conf_new(pmt, opts, draft, extack);
	if (IS_ERR(new))
		return PTR_ERR(new);
	new->generation = old->generation + 1;
	/* before and after: a dump that read a part of each sees a change */
	pmt_changed(dev_net(pmt->dev));
	publish_local(pmt->net, new);
	rcu_assign_pointer(pmt->conf, new);
	withdraw_local(old);
	pmt_limits_set(pmt, opts);
	pmt_changed(dev_net(pmt->dev));
	INIT_RCU_WORK(&old->free_work, conf_free_work);
	queue_rcu_work(pmt_wq, &old->free_work);
	pmt_health_update(pmt);
	return 0;
}

/**
 * pmt_register() - give a new device its first configuration and register it
 * @net: the IPv4 side
 * @dev: as pmt_setup() left it; RTNL is held
 * @opts: all options
 * @draft: its rules
 * @extack: gets a sentence
 *
 * Return: as pmt_reconfigure(), or what register_netdevice() answers.
 */
int pmt_register(struct net *net, struct net_device *dev,
		 const struct pmt_opts *opts, const struct pmt_draft *draft,
		 struct netlink_ext_ack *extack)
{
	struct pmt_dev *pmt = netdev_priv(dev);
	struct pmt_conf *conf;
	int err;

	err = check_local(net, pmt, opts, extack);
	if (err)
		return err;
	err = pmt_bcast_init(net);
	if (err)
		return err;
	pmt->dev = dev;
	pmt->net = net;
	INIT_LIST_HEAD(&pmt->list);
	pmt_limits_init(pmt);
	pmt_ids_init(pmt);
	pmt_limits_set(pmt, opts);
	conf = conf_new(pmt, opts, draft, extack);
	if (IS_ERR(conf))
		return PTR_ERR(conf);
	rcu_assign_pointer(pmt->conf, conf);
	err = register_netdevice(dev);
	if (err)
		goto err_conf;
	list_add_tail(&pmt->list, &pmt_net(net)->devs);
	publish_local(net, conf);
	rcu_read_lock();
	pmt->health = pmt_health(pmt, conf);
	rcu_read_unlock();
	pmt_health_update(pmt);
	return 0;

err_conf:
	/* priv_destructor frees it, has done so, or never comes to it */
	conf = rtnl_dereference(pmt->conf);
	if (dev->reg_state == NETREG_UNINITIALIZED && conf)
		conf_free(conf);
	return err;
}

static int pmt_init(struct net_device *dev)
{
	struct pmt_dev *pmt = netdev_priv(dev);
	int cpu, err;

	err = pmt_compat_tstats_alloc(dev);
	if (err)
		return err;
	pmt->counts = alloc_percpu_gfp(struct pmt_counts, GFP_KERNEL_ACCOUNT);
	if (!pmt->counts) {
		err = -ENOMEM;
		goto err_tstats;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(pmt->counts, cpu)->syncp);
	err = pmt_cells_init(pmt);
	if (err)
		goto err_counts;
	err = pmt_routes_init(pmt);
	if (err)
		goto err_cells;
	return 0;

err_cells:
	pmt_cells_exit(pmt);
	pmt_cells_free(pmt);
err_counts:
	free_percpu(pmt->counts);
err_tstats:
	pmt_compat_tstats_free(dev);
	return err;
}

/**
 * pmt_dellink() - rtnl_link_ops.dellink
 * @dev: a pmt device; RTNL is held
 * @head: what is to be unregistered together
 *
 * It leaves the list at once: its lower device may be in the same batch, and its
 * end must not queue it again.
 */
void pmt_dellink(struct net_device *dev, struct list_head *head)
{
	struct pmt_dev *pmt = netdev_priv(dev);

	list_del_init(&pmt->list);
	unregister_netdevice_queue(dev, head);
}

/* The device is closed and no packet is in it any more */
static void pmt_uninit(struct net_device *dev)
{
	struct pmt_dev *pmt = netdev_priv(dev);

	withdraw_local(rtnl_dereference(pmt->conf));
	list_del_init(&pmt->list);
	pmt_cells_exit(pmt);
}

/* Behind the last grace period */
static void pmt_destructor(struct net_device *dev)
{
	struct pmt_dev *pmt = netdev_priv(dev);
	struct pmt_conf *conf = rcu_dereference_protected(pmt->conf, true);

	RCU_INIT_POINTER(pmt->conf, NULL);
	if (conf)
		conf_free(conf);
	pmt_routes_free(pmt);
	pmt_cells_free(pmt);
	free_percpu(pmt->counts);
	pmt_compat_tstats_free(dev);
}

static int pmt_open(struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	/* R46: with a link-local address the stack would answer hairpin packets
	 * by redirects into the tunnel
	 */
	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	pmt_cells_forget(netdev_priv(dev));
	return 0;
}

static int pmt_get_iflink(const struct net_device *dev)
{
	const struct pmt_dev *pmt = netdev_priv(dev);
	int link;

	rcu_read_lock();
	link = rcu_dereference(pmt->conf)->opts.link;
	rcu_read_unlock();
	return link;
}

const struct net_device_ops pmt_netdev_ops = {
	.ndo_init	 = pmt_init,
	.ndo_uninit	 = pmt_uninit,
	.ndo_open	 = pmt_open,
	.ndo_start_xmit	 = pmt_xmit,
	.ndo_get_stats64 = pmt_get_stats64,
	.ndo_get_iflink	 = pmt_get_iflink,
};

/**
 * pmt_setup() - rtnl_link_ops.setup
 * @dev: a new device
 */
void pmt_setup(struct net_device *dev)
{
	/* R39: fragment-list GSO would carry headers that we don't rewrite */
	netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST |
		NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |
		(NETIF_F_GSO_SOFTWARE & ~NETIF_F_GSO_FRAGLIST);

	dev->netdev_ops = &pmt_netdev_ops;
	dev->ethtool_ops = &pmt_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = pmt_destructor;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->mtu = PMT_MTU_MIN;
	dev->min_mtu = PMT_MTU_MIN;
	dev->max_mtu = PMT_MTU_MAX;
	dev->needed_headroom = LL_MAX_HEADER + sizeof(struct iphdr);
	dev->features |= features;
	dev->hw_features |= features;
	/* netpoll's frames are not IPv6, and it polls with interrupts off */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	pmt_compat_lltx(dev);
	pmt_compat_tstats_setup(dev);
}
