// SPDX-License-Identifier: GPL-2.0
/* pmt: the tool of the 6to4 Provider Managed Tunnel relay (RFC 6732). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "pmt.h"

struct tool_options options;

static const struct verb verbs[] = {
	{ "link", "add", link_add },
	{ "link", "set", link_set },
	{ "link", "del", link_del },
	{ "link", "show", link_show },
	{ "rule", "add", rule_add, true },
	{ "rule", "replace", rule_replace, true },
	{ "rule", "del", rule_del, true },
	{ "rule", "show", rule_show },
	{ "rule", "flush", rule_flush, true },
	{ "policy", "add", policy_add, true },
	{ "policy", "replace", policy_replace, true },
	{ "policy", "del", policy_del, true },
	{ "policy", "get", policy_get },
	{ "policy", "show", policy_show },
	{ "policy", "flush", policy_flush, true },
	{ "map", NULL, map_run },
	{ "save", NULL, save_run },
	{ "apply", NULL, apply_run },
	{ "diff", NULL, diff_run },
	{ "stats", "show", stats_show },
	{ "stats", "watch", stats_watch },
	{ "stats", "explain", stats_explain },
	{ "stats", "prometheus", stats_prometheus },
	{ "check", NULL, check_run },
	{ "monitor", NULL, monitor_run },
};

#define N_VERBS ARRAY_SIZE(verbs)

static const char usage[] =
	"Usage: pmt [OPTIONS] COMMAND\n"
	"       pmt link {add|set} [dev] NAME [up|down] [mtu N]\n"
	"            " LINK_USAGE
	"       pmt link del [dev] NAME\n"
	"       pmt link [show] [[dev] NAME]\n"
	"       pmt rule {add|replace|del} dev NAME RULE\n"
	"       pmt rule [show|flush] [dev NAME] [ipv4 V]\n"
	"       pmt policy {add|replace|del} dev NAME PREFIX [ACTION]\n"
	"       pmt policy get ADDR dev NAME\n"
	"       pmt policy [show|flush] [dev NAME] [ACTION]\n"
	"            [root|match|exact PREFIX]\n"
	"       pmt map {ADDR...|-} {dev NAME | file FILE | RULE...}\n"
	"       pmt stats [show|watch] [dev NAME] [nonzero]\n"
	"       pmt stats prometheus [dev NAME]\n"
	"       pmt stats explain\n"
	"       pmt check [dev NAME]\n"
	"       pmt monitor\n"
	"       pmt save [dev NAME]\n"
	"       pmt {apply|diff} FILE... [dev NAME]\n"
	"RULE    := provider P [ipv4 V] [subnet S[-T]] [csum adjust|neutral]\n"
	"ACTION  := translate|untranslated|reject|drop|pass\n"
	"OPTIONS := -j JSON, -p pretty, -s statistics, -d details, -t time,\n"
	"           -b FILE commands from a file, -force go on after errors,\n"
	"           -n NETNS in that network namespace, -V version, -h help\n"
	"FILE may be - for standard input. A missing verb means show.\n";

static void say(const char *before, const char *fmt, va_list ap)
{
	fflush(stdout);
	if (!place.file)
		fputs(before, stderr);
	else if (!place.last)
		fprintf(stderr, "%s:%u: ", place.file, place.line);
	else
		fprintf(stderr, "%s:%u-%u: ", place.file, place.line,
			place.last);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

/**
 * refuse() - say what is wrong with what the user typed
 * @fmt: one sentence
 *
 * Return: the exit code.
 */
int refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("pmt: ", fmt, ap);
	va_end(ap);
	return USAGE;
}

/**
 * failed() - pass on what the kernel says
 * @fmt: as ip prints it
 */
void failed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

static const char *alias(const char *name)
{
	if (!strcmp(name, "list"))
		return "show";
	if (!strcmp(name, "delete"))
		return "del";
	return name;
}

static void append(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", word);
}

/**
 * verb_find() - take noun and verb from the words
 * @args: the words; what is left belongs to the verb
 *
 * Return: NULL when there is no such command, and that was said.
 */
const struct verb *verb_find(struct args *args)
{
	static char known[80];
	const char *noun = args_next(args);
	const struct verb *show = NULL;
	unsigned int i;

	for (i = 0; i < N_VERBS; i++) {
		if (strcmp(noun, verbs[i].noun))
			continue;
		if (!verbs[i].name)
			return &verbs[i];
		if (args->argc && !strcmp(alias(args->argv[0]), verbs[i].name)) {
			args_next(args);
			return &verbs[i];
		}
		if (!strcmp(verbs[i].name, "show"))
			show = &verbs[i];
	}
	known[0] = '\0';
	for (i = 0; i < N_VERBS; i++) {
		if (show && !strcmp(noun, verbs[i].noun))
			append(known, sizeof(known), verbs[i].name);
		if (!show && (!i || strcmp(verbs[i].noun, verbs[i - 1].noun)))
			append(known, sizeof(known), verbs[i].noun);
	}
	if (show) {
		args->verbs = known;
		return show;
	}
	refuse("%s: unknown command, there are: %s", noun, known);
	return NULL;
}

static int enter_netns(const char *name)
{
	char path[128];
	int fd, err = DONE;

	if (strchr(name, '/') ||
	    (size_t)snprintf(path, sizeof(path), "/run/netns/%s", name) >=
	    sizeof(path))
		return refuse("-n %s: not the name of a network namespace",
			      name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err = refuse("-n %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

static int print_version(void)
{
	char module[64];

	module_version(module, sizeof(module));
	print_begin();
	open_json_object(NULL);
	print_string("tool", "pmt %s, ", PMT_VERSION);
	if (module[0])
		print_string("module", "module %s, ", module);
	else
		print_color_null(PRINT_ANY, COLOR_NONE, "module",
				 "module %s, ", "not loaded");
	print_uint("protocol", "protocol %u\n", PMT_GENL_VERSION);
	close_json_object();
	print_end();
	return DONE;
}

static int print_help(void)
{
	fputs(usage, stdout);
	return DONE;
}

/* help, or NOUN help, as `ip` has it; a device of that name is `dev help` */
static bool wants_help(const struct args *args)
{
	unsigned int i;

	if (!strcmp(args->argv[0], "help"))
		return true;
	for (i = 0; i < N_VERBS; i++)
		if (!strcmp(args->argv[0], verbs[i].noun))
			return args->argc == 2 && !strcmp(args->argv[1], "help");
	return false;
}

static int run(struct args *args)
{
	const char *batch = NULL, *word, *netns;
	const struct verb *verb;
	bool version = false;
	int err;

	while (args->argc && args->argv[0][0] == '-' && args->argv[0][1]) {
		word = args_next(args);
		err = DONE;
		if (!strcmp(word, "-j"))
			options.json = true;
		else if (!strcmp(word, "-p"))
			options.pretty = true;
		else if (!strcmp(word, "-s"))
			options.statistics = true;
		else if (!strcmp(word, "-d"))
			options.details = true;
		else if (!strcmp(word, "-t"))
			options.timestamp = true;
		else if (!strcmp(word, "-force"))
			options.force = true;
		else if (!strcmp(word, "-V") || !strcmp(word, "--version"))
			version = true;
		else if (!strcmp(word, "-h") || !strcmp(word, "--help"))
			return print_help();
		else if (!strcmp(word, "-b"))
			err = args_value(args, word, &batch);
		else if (!strcmp(word, "-n"))
			err = args_value(args, word, &netns) ? :
			      enter_netns(netns);
		else
			err = refuse("%s: unknown option, there are: -j -p -s -d -t -b FILE -force -n NETNS -V -h",
				     word);
		if (err)
			return err;
	}
	if (version)
		return print_version();
	if (batch)
		return args->argc ? refuse("%s: with -b, commands come from the file only",
					   args->argv[0]) : batch_run(batch);
	if (!args->argc) {
		fputs(usage, stderr);
		return USAGE;
	}
	if (wants_help(args))
		return print_help();
	verb = verb_find(args);
	return verb ? verb->run(args) : USAGE;
}

int main(int argc, char **argv)
{
	struct args args = { .argc = argc - 1, .argv = argv + 1 };
	int err, fd;

	/* or a socket would take the place of an output that is closed */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	err = run(&args);

	if (fflush(stdout) || ferror(stdout))
		err = refuse("standard output: %s", strerror(errno));
	return err;
}
