// SPDX-License-Identifier: GPL-2.0
/*
 * pmt check: is each relay able to work, and if not, why and what to do. What
 * the relay can live with is a warning.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/rtnetlink.h>

#include "pmt.h"

/* A device while it is looked at */
struct checked {
	struct config config;	/* its link and its rules */
	struct nlattr *tb[PMT_A_MAX + 1];	/* of its counters' message */
	struct dump dump;	/* where they are */
	bool bad;
};

static __printf(3, 4) void reason(bool warning, const char *word,
				  const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	open_json_object(NULL);
	print_text("    ");
	if (options.json)
		print_on_off("warning", "", warning);
	else if (warning)
		print_text("warning ");
	print_string("reason", "%s: ", word);
	print_string("text", "%s\n", text);
	close_json_object();
}

/* The lower device, as far as it has a name here */
static const char *lower_name(const struct link *link, char *buf)
{
	uint32_t ifindex = attr_u32(link->data, IFLA_PMT_LINK);

	return link->here && if_indextoname(ifindex, buf) ? buf : "its lower device";
}

static void check_local(const struct link *link)
{
	const struct nlattr *attr = attr_of_len(link->data, IFLA_PMT_LOCAL,
						sizeof(struct in_addr));
	char local[INET_ADDRSTRLEN] = "?";

	if (attr)
		inet_ntop(AF_INET, mnl_attr_get_payload(attr), local,
			  sizeof(local));
	reason(false, health_name(PMT_HEALTH_NO_LOCAL_ADDRESS),
	       "local %s, which packets are sent from, is no address of its IPv4 side: ip addr add %s/32 dev lo",
	       local, local);
}

static void check_no_rule(const struct link *link)
{
	reason(false, health_name(PMT_HEALTH_NO_RULE),
	       "it translates nothing: pmt rule add dev %s provider P",
	       link->name);
}

static void check_health(const struct link *link, unsigned int health)
{
	char lower[IF_NAMESIZE];

	switch (health) {
	case PMT_HEALTH_OK:
		break;
	case PMT_HEALTH_DRAINED:
		reason(false, health_name(health),
		       "the operator said so, and what arrives is still relayed: pmt link set %s drain off",
		       link->name);
		break;
	case PMT_HEALTH_LOWER_DOWN:
		reason(false, health_name(health),
		       "%s is down or has no carrier: nothing can be sent",
		       lower_name(link, lower));
		break;
	case PMT_HEALTH_NO_LOCAL_ADDRESS:
		check_local(link);
		break;
	case PMT_HEALTH_NO_RULE:
		check_no_rule(link);
		break;
	default:
		reason(false, health_name(health),
		       "a newer module than this tool says so");
	}
}

/* Causes that the health word, being one, may not have room for */
static void check_state(struct checked *checked)
{
	const struct link *link = &checked->config.link;
	unsigned int health = attr_u32(link->data, IFLA_PMT_HEALTH);
	bool no_rule = link->data[IFLA_PMT_RULES] &&
		       !attr_u32(link->data, IFLA_PMT_RULES);

	check_health(link, health);
	if (no_rule && health != PMT_HEALTH_NO_RULE)
		check_no_rule(link);
	if (!link->up)
		reason(false, "down",
		       "the device takes no packets: pmt link set %s up",
		       link->name);
	checked->bad = health != PMT_HEALTH_OK || no_rule || !link->up;
}

static int check_forwarding(void)
{
	bool on;
	int err = around_forwarding(&on);

	if (!err && !on)
		reason(true, "no-forwarding",
		       "net.ipv6.conf.all.forwarding is 0, so that what is translated goes no further: sysctl -w net.ipv6.conf.all.forwarding=1");
	return err;
}

static int check_errsrc(const struct config *config)
{
	const struct nlattr *attr = attr_of_len(config->link.data,
						IFLA_PMT_ERRSRC,
						sizeof(struct in6_addr));
	bool found = attr && !IN6_IS_ADDR_UNSPECIFIED((const struct in6_addr *)
						      mnl_attr_get_payload(attr));
	int err = found ? DONE : around_source(&config->rules, &found);

	if (!err && !found)
		reason(true, "no-errsrc",
		       "this namespace has no global IPv6 address outside 2002::/16 and the provider prefixes, so that ICMPv6 errors are counted and not sent: pmt link set %s errsrc ADDR6",
		       config->link.name);
	return err;
}

/* An address of a customer in the middle of the prefix, since the first and the
 * last may be something else's
 */
static struct in6_addr some_customer(const struct rule *rule)
{
	struct in6_addr addr = rule->provider;
	unsigned int bit = rule->provider_len;

	if (rule->ipv4_len == 32 && rule->subnet_bits)
		bit = 64 - rule->subnet_bits;
	if (rule->ipv4_len < 32 || rule->subnet_bits)
		addr.s6_addr[bit / 8] |= 0x80 >> bit % 8;
	return addr;
}

static int check_route(const struct link *link, const struct rule *rule)
{
	char provider[INET6_ADDRSTRLEN], vrf[IF_NAMESIZE], in_vrf[32] = "";
	struct in6_addr addr = some_customer(rule);
	enum way way;
	int err = around_way(link, &addr, &way);

	if (err || way == WAY_GATEWAY)
		return err;
	inet_ntop(AF_INET6, &rule->provider, provider, sizeof(provider));
	if (link->master && if_indextoname(link->master, vrf))
		snprintf(in_vrf, sizeof(in_vrf), " vrf %s", vrf);
	if (way == WAY_ON_LINK)
		reason(true, "on-link",
		       "provider %s/%u is routed without a gateway, so that the kernel keeps a neighbour per customer: ip -6 route replace %s/%u via fe80::1 dev %s%s",
		       provider, rule->provider_len, provider,
		       rule->provider_len, link->name, in_vrf);
	else
		reason(true, "no-route",
		       "provider %s/%u is not routed into the device: ip -6 route add %s/%u via fe80::1 dev %s%s",
		       provider, rule->provider_len, provider,
		       rule->provider_len, link->name, in_vrf);
	return DONE;
}

/* A device that is down has no routes: bring it up first */
static int check_routes(const struct config *config)
{
	const struct rule *rule = (const struct rule *)config->rules.items;
	int err = DONE;
	size_t i;

	for (i = 0; !err && config->link.up && i < config->rules.n; i++)
		err = check_route(&config->link, &rule[i]);
	return err;
}

static void print_head(const struct checked *checked)
{
	const struct link *link = &checked->config.link;

	print_string("dev", "%s: ", link->name);
	if (options.json)
		print_on_off("up", "", link->up);
	else
		print_text(link->up ? "up " : "down ");
	print_string("health", "health %s ",
		     health_name(attr_u32(link->data, IFLA_PMT_HEALTH)));
	config_id_print(attr_of_len(checked->tb, PMT_A_CONFIG_ID,
				    sizeof(uint64_t)));
	print_uint("generation", "generation %u\n",
		   attr_u32(checked->tb, PMT_A_GENERATION));
}

static int print_checked(struct checked *checked)
{
	int err;

	open_json_object(NULL);
	print_head(checked);
	open_json_array(PRINT_JSON, "reasons");
	check_state(checked);
	err = check_forwarding() ? : check_errsrc(&checked->config) ? :
	      check_routes(&checked->config);
	close_json_array(PRINT_JSON, NULL);
	close_json_object();
	return err;
}

/* Its counters' message says which configuration it has */
static int fetch_names(struct checked *checked, const char *dev)
{
	int err = dump_open(&checked->dump, PMT_CMD_STATS_GET, PMT_A_COUNTERS,
			    dev);

	if (!err && dump_next(&checked->dump))
		memcpy(checked->tb, checked->dump.tb, sizeof(checked->tb));
	return err;
}

static int check(const char *dev, bool *bad)
{
	struct checked checked = { 0 };
	int err = config_fetch_link(dev, &checked.config) ? :
		  config_fetch_rules(&checked.config) ? :
		  fetch_names(&checked, dev);

	if (!err)
		err = print_checked(&checked);
	*bad |= checked.bad;
	dump_close(&checked.dump);
	config_free(&checked.config);
	return err;
}

/* [dev NAME] */
static int read_words(struct args *args, char *dev)
{
	unsigned int dev_seen = 0;
	const char *word;
	int err = DONE;

	while (!err && (word = args_next(args)))
		err = strcmp(word, "dev") ? args_unknown(args, word, "dev") :
		      device_word(args, word, &dev_seen, dev);
	return err;
}

int check_run(struct args *args)
{
	char dev[1][IF_NAMESIZE] = { "" };
	struct devices devices = { dev, 1 };
	bool bad = false;
	unsigned int i;
	int err = read_words(args, dev[0]);

	if (!err)
		err = dev[0][0] ? device_index(dev[0], &i) :
				  devices_list(&devices);
	if (err)
		return err;
	print_begin();
	for (i = 0; !err && i < devices.n; i++)
		err = check(devices.names[i], &bad);
	print_end();
	if (!devices.n) {
		refuse("there is no device of type " PMT_KIND " here: pmt link add NAME provider P");
		bad = true;
	}
	if (devices.names != dev)
		free(devices.names);
	return err ? : bad ? NO : DONE;
}
