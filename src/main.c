// SPDX-License-Identifier: GPL-2.0
/*
 * pmt: a 6to4 Provider Managed Tunnel relay (RFC 6732).
 *
 * Loading makes no device and takes no packet (R71); `ip link add type pmt`
 * does. Documentation/packet-walk.rst leads through the code.
 */
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/xfrm.h>

#include "pmt.h"

unsigned int pmt_net_id __read_mostly;
struct workqueue_struct *pmt_wq;

static int __net_init net_init(struct net *net)
{
	INIT_LIST_HEAD(&pmt_net(net)->devs);
	pmt_net(net)->generation = 1;	/* 0 is none, to netlink's dumps */
	return 0;
}

/* A namespace ends: so do the devices whose IPv4 side it is, wherever they are.
 * Those that merely live in it are deleted by the core.
 */
static void __net_exit net_exit_batch(struct list_head *nets)
{
	struct pmt_dev *pmt, *next;
	struct net *net;
	LIST_HEAD(kill);

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list)
		list_for_each_entry_safe(pmt, next, &pmt_net(net)->devs, list)
			pmt_dellink(pmt->dev, &kill);
	unregister_netdevice_many(&kill);
	rtnl_unlock();
	list_for_each_entry(net, nets, exit_list)
		pmt_bcast_free(net);
}

/* A subsystem, so that it is there before the namespace's first device, whose
 * events look for it
 */
static struct pernet_operations pmt_net_ops = {
	.init		= net_init,
	.exit_batch	= net_exit_batch,
	.id		= &pmt_net_id,
	.size		= sizeof(struct pmt_net),
};

/* A lower device goes: so do the devices bound to it. It goes down or comes up:
 * so does their health. With any device, or when it enters or leaves a VRF, the
 * local address of others may come or go.
 */
static int netdev_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	static LIST_HEAD(kill);		/* RTNL */
	static bool killing;
	struct pmt_dev *pmt, *next;
	LIST_HEAD(now);

	/* also when it is moved */
	if (pmt_is_pmt(dev) &&
	    (event == NETDEV_REGISTER || event == NETDEV_UNREGISTER))
		pmt_changed(dev_net(dev));
	list_for_each_entry_safe(pmt, next, &pmt_net(dev_net(dev))->devs,
				 list) {
		int link = rtnl_dereference(pmt->conf)->opts.link;

		if (link == dev->ifindex && event == NETDEV_UNREGISTER)
			pmt_dellink(pmt->dev, &kill);
		else if (event == NETDEV_UP || event == NETDEV_DOWN ||
			 event == NETDEV_CHANGEUPPER ||
			 (link == dev->ifindex && event == NETDEV_CHANGE))
			pmt_health_update(pmt);
	}
	/* The end of one may be that of a device above it, and of a pmt device
	 * above that: a long chain must not become a deep stack.
	 */
	if (killing)
		return NOTIFY_DONE;
	killing = true;
	while (!list_empty(&kill)) {
		list_splice_init(&kill, &now);
		unregister_netdevice_many(&now);
		INIT_LIST_HEAD(&now);
	}
	killing = false;
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call	= netdev_event,
};

/* Where there are devices to use them: R67's broadcast addresses, and the local
 * addresses that health asks for
 */
static int inetaddr_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct net *net = dev_net(ifa->ifa_dev->dev);
	struct pmt_dev *pmt;

	if (list_empty(&pmt_net(net)->devs))
		return NOTIFY_DONE;
	if (pmt_bcast_event(net, ifa, event == NETDEV_UP))
		net_warn_ratelimited("pmt: out of memory, the broadcast addresses known are those of before\n");
	list_for_each_entry(pmt, &pmt_net(net)->devs, list)
		pmt_health_update(pmt);
	return NOTIFY_DONE;
}

static struct notifier_block inetaddr_notifier = {
	.notifier_call	= inetaddr_event,
};

/* 0 to 3 are taken (ip_vti, sit, xfrm), and sit0 takes all it is offered (R23) */
static struct xfrm_tunnel pmt_handler __read_mostly = {
	.handler	= pmt_rcv,
	.err_handler	= pmt_err,
	.priority	= -1,
};

static int __init pmt_module_init(void)
{
	int err;

	pmt_wq = alloc_workqueue("pmt", WQ_UNBOUND, 0);
	if (!pmt_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&pmt_net_ops);
	if (err)
		goto err_wq;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto err_pernet;
	err = register_inetaddr_notifier(&inetaddr_notifier);
	if (err)
		goto err_netdev;
	err = xfrm4_tunnel_register(&pmt_handler, AF_INET6);
	if (err)
		goto err_inetaddr;
	/* before the first device and after the last: they send events */
	err = pmt_genl_init();
	if (err)
		goto err_handler;
	err = rtnl_link_register(&pmt_link_ops);
	if (err)
		goto err_genl;
	return 0;

err_genl:
	pmt_genl_exit();
err_handler:
	xfrm4_tunnel_deregister(&pmt_handler, AF_INET6);
err_inetaddr:
	unregister_inetaddr_notifier(&inetaddr_notifier);
err_netdev:
	unregister_netdevice_notifier(&netdev_notifier);
err_pernet:
	unregister_pernet_subsys(&pmt_net_ops);
err_wq:
	rcu_barrier();
	destroy_workqueue(pmt_wq);
	return err;
}

static void __exit pmt_module_exit(void)
{
	rtnl_link_unregister(&pmt_link_ops);	/* deletes the devices */
	pmt_genl_exit();
	xfrm4_tunnel_deregister(&pmt_handler, AF_INET6);
	unregister_inetaddr_notifier(&inetaddr_notifier);
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_pernet_subsys(&pmt_net_ops);
	rcu_barrier();		/* configurations on their way out, ... */
	destroy_workqueue(pmt_wq);	/* ... and at the end of it */
}

module_init(pmt_module_init);
module_exit(pmt_module_exit);

MODULE_DESCRIPTION("6to4 Provider Managed Tunnel relay (RFC 6732)");
MODULE_AUTHOR("the pmt developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(PMT_VERSION);
MODULE_ALIAS_RTNL_LINK(PMT_KIND);
MODULE_ALIAS_GENL_FAMILY(PMT_GENL_NAME);
