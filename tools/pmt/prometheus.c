// SPDX-License-Identifier: GPL-2.0
/*
 * pmt stats prometheus: all figures in the text format of Prometheus, version
 * 0.0.4, for the textfile collector of its node exporter.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

/* A metric is told of all devices together. What prints its lines for one puts them
 * together of line(), label() and value().
 */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	void (*print)(const char *name, const struct sample *sample);
	void (*print_rule)(const char *name, const struct sample *sample,
			   const struct rule *rule);
};

static unsigned int labels;	/* of the line that is printed */

static void line(const char *name)
{
	fputs(name, stdout);
	labels = 0;
}

/* What is not ASCII turns into '?', as in JSON: labels must be UTF-8 */
static void label(const char *name, const char *text)
{
	printf("%c%s=\"", labels++ ? ',' : '{', name);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c < 0x80 ? c : '?');
	}
	putchar('"');
}

static void value(uint64_t n)
{
	printf("%s %" PRIu64 "\n", labels ? "}" : "", n);
}

static void line_of(const char *name, const struct sample *sample)
{
	line(name);
	label("device", sample->name);
}

static void print_up(const char *name, const struct sample *sample)
{
	line_of(name, sample);
	value(sample->up);
}

static void print_mtu(const char *name, const struct sample *sample)
{
	line_of(name, sample);
	value(sample->mtu);
}

static void print_state(const char *name, const struct sample *sample,
			unsigned int state)
{
	line_of(name, sample);
	label("state", health_name(state));
	value(sample->health == state);
}

/* All states that there are, and one that only a newer kernel knows */
static void print_health(const char *name, const struct sample *sample)
{
	unsigned int state;

	for (state = PMT_HEALTH_OK; state <= PMT_HEALTH_NO_RULE; state++)
		print_state(name, sample, state);
	if (sample->health >= state)
		print_state(name, sample, sample->health);
}

static void print_config(const char *name, const struct sample *sample)
{
	char id[24];

	snprintf(id, sizeof(id), "%016" PRIx64, sample->config_id);
	line_of(name, sample);
	label("config_id", id);
	value(1);
}

static void print_generation(const char *name, const struct sample *sample)
{
	line_of(name, sample);
	value(sample->generation);
}

static void print_rules(const char *name, const struct sample *sample)
{
	line_of(name, sample);
	value(sample->n_rules);
}

static void print_ways(const char *name, const struct sample *sample,
		       uint64_t out, uint64_t in)
{
	line_of(name, sample);
	label("direction", "out");
	value(out);
	line_of(name, sample);
	label("direction", "in");
	value(in);
}

static void print_packets(const char *name, const struct sample *sample)
{
	print_ways(name, sample, sample->out.packets, sample->in.packets);
}

static void print_bytes(const char *name, const struct sample *sample)
{
	print_ways(name, sample, sample->out.bytes, sample->in.bytes);
}

static void print_dropped(const char *name, const struct sample *sample)
{
	print_ways(name, sample, sample->out.dropped, sample->in.dropped);
}

static void print_reasons(const char *name, const struct sample *sample)
{
	unsigned int id;
	char reason[24];

	for (id = 1; id <= sample->n_counters; id++) {
		line_of(name, sample);
		label("reason", counter_name(id, reason, sizeof(reason)));
		value(sample->counters[id]);
	}
}

static void rule_line(const char *name, const struct sample *sample,
		      const struct rule *rule, const char *way, uint64_t n)
{
	struct in_addr ipv4 = { htonl(rule->ipv4) };
	char addr[INET6_ADDRSTRLEN], text[PREFIX_STRLEN];

	line_of(name, sample);
	inet_ntop(AF_INET6, &rule->provider, addr, sizeof(addr));
	snprintf(text, sizeof(text), "%s/%u", addr, rule->provider_len);
	label("provider", text);
	inet_ntop(AF_INET, &ipv4, addr, sizeof(addr));
	snprintf(text, sizeof(text), "%s/%u", addr, rule->ipv4_len);
	label("ipv4", text);
	subnet_name(text, sizeof(text), rule->subnet, rule->subnet_bits);
	label("subnet", text);
	label("direction", way);
	value(n);
}

static void print_rule_packets(const char *name, const struct sample *sample,
			       const struct rule *rule)
{
	rule_line(name, sample, rule, "out", rule->out_packets);
	rule_line(name, sample, rule, "in", rule->in_packets);
}

static void print_rule_bytes(const char *name, const struct sample *sample,
			     const struct rule *rule)
{
	rule_line(name, sample, rule, "out", rule->out_bytes);
	rule_line(name, sample, rule, "in", rule->in_bytes);
}

static const struct metric metrics[] = {
	{ "pmt_up", "gauge", "1: the device is up.", print_up },
	{ "pmt_mtu", "gauge", "The longest inner packet in bytes.", print_mtu },
	{ "pmt_health", "gauge", "1 for the state that holds, 0 for the others.",
	  print_health },
	{ "pmt_config_info", "gauge",
	  "A hash of rules and policy: equal where they are equal.",
	  print_config },
	{ "pmt_config_generation", "gauge",
	  "Counts the configurations that the device has had.",
	  print_generation },
	{ "pmt_rules", "gauge", "Rules of the device.", print_rules },
	{ "pmt_packets_total", "counter",
	  "Packets relayed, out from customers and in to them.",
	  print_packets },
	{ "pmt_bytes_total", "counter", "Bytes of IPv6 packets relayed.",
	  print_bytes },
	{ "pmt_dropped_packets_total", "counter",
	  "Packets that came to the device and were not relayed.",
	  print_dropped },
	{ "pmt_reason_total", "counter",
	  "What pmt stats shows: why packets were dropped, and a few more events.",
	  print_reasons },
	{ "pmt_rule_packets_total", "counter",
	  "Packets that a rule translated.", NULL, print_rule_packets },
	{ "pmt_rule_bytes_total", "counter",
	  "Bytes of IPv6 packets that a rule translated.", NULL,
	  print_rule_bytes },
};

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_info(void)
{
	static const char name[] = "pmt_info";
	char version[64], protocol[12];

	module_version(version, sizeof(version));
	snprintf(protocol, sizeof(protocol), "%d", PMT_GENL_VERSION);
	head(name, "gauge", "The loaded module and the version of its protocol.");
	line(name);
	label("version", version);
	label("protocol", protocol);
	value(1);
}

static void print_of_rules(const struct metric *metric,
			   const struct samples *samples,
			   const struct sample *sample)
{
	size_t i;

	for (i = 0; i < samples->n_rules; i++)
		if (samples->rules[i].ifindex == sample->ifindex)
			metric->print_rule(metric->name, sample,
					   &samples->rules[i].rule);
}

static void print_all(const struct samples *samples, unsigned int ifindex)
{
	const struct sample *sample;
	const struct metric *metric;

	print_info();
	for (metric = metrics; metric < metrics + ARRAY_SIZE(metrics);
	     metric++) {
		bool any = false;

		for (sample = samples->list;
		     sample < samples->list + samples->n; sample++) {
			if (ifindex && ifindex != sample->ifindex)
				continue;
			if (!any)
				head(metric->name, metric->type, metric->help);
			any = true;
			if (metric->print)
				metric->print(metric->name, sample);
			else
				print_of_rules(metric, samples, sample);
		}
	}
}

static int read_words(struct args *args, char *dev)
{
	unsigned int dev_seen = 0;
	const char *word;
	int err = DONE;

	while (!err && (word = args_next(args)))
		err = strcmp(word, "dev") ? args_unknown(args, word, "dev") :
		      device_word(args, word, &dev_seen, dev);
	if (!err && options.json)
		err = refuse("-j: prometheus has a form of its own");
	return err;
}

int stats_prometheus(struct args *args)
{
	char dev[IF_NAMESIZE] = "";
	unsigned int ifindex = 0;
	struct samples samples;
	int err = read_words(args, dev) ? :
		  dev[0] ? device_index(dev, &ifindex) : module_check();

	if (err)
		return err;
	err = samples_read(&samples, true);
	if (!err && ifindex && !sample_find(&samples, ifindex))
		err = refuse("dev %s: the device was removed", dev);
	if (!err)
		print_all(&samples, ifindex);
	samples_free(&samples);
	return err;
}
