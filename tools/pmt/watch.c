// SPDX-License-Identifier: GPL-2.0
/*
 * pmt stats watch: how fast devices and rules count, each second. On a terminal in
 * place, as much as there is room for, until q; else as lines, or an object a line.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "pmt.h"

#define INTERVAL	1000	/* milliseconds */

/* Lines are cut at the right edge while one picture is drawn, and no longer, so
 * that a terminal is as it was however we end
 */
#define PICTURE_BEGIN	"\033[H\033[?7l"
#define ROW_BEGIN	"\033[K"
#define PICTURE_END	"\033[J\033[?7h"

static struct {
	bool on;
	unsigned int room;	/* lines left */
	unsigned int left_out;	/* lines for which there was no room */
	bool has_keys;
	struct termios before;
} screen;

/* Two moments, and what of them is wanted */
struct watch {
	struct samples old;
	struct samples new;
	char dev[IF_NAMESIZE];
	unsigned int ifindex;	/* 0: all devices */
	unsigned int nonzero;
};

static bool row_begin(void)
{
	if (!screen.on)
		return true;
	if (!screen.room) {
		screen.left_out++;
		return false;
	}
	screen.room--;
	print_text(ROW_BEGIN);
	return true;
}

/* What goes backwards has begun anew */
static uint64_t per_second(const struct watch *w, uint64_t old, uint64_t new)
{
	uint64_t time = w->new.milliseconds - w->old.milliseconds;

	if (new < old || !time)
		return 0;
	return ((new - old) * 1000 + time / 2) / time;
}

static void print_figure(const struct watch *w, const char *indent,
			 const char *key, uint64_t old, uint64_t new)
{
	char label[40];

	if (!row_begin())
		return;
	snprintf(label, sizeof(label), "%s%-*s", indent,
		 24 - (int)strlen(indent), key);
	open_json_object(key);
	print_text(label);
	print_u64("rate", "%12" PRIu64 "/s", per_second(w, old, new));
	print_u64("total", "   total %" PRIu64 "\n", new);
	close_json_object();
}

static void print_traffic(const struct watch *w, const char *indent,
			  const char *key, const struct traffic *old,
			  const struct traffic *new, bool drops)
{
	char begin[24];

	snprintf(begin, sizeof(begin), "%s%s ", indent, key);
	open_json_object(key);
	print_figure(w, begin, "packets", old->packets, new->packets);
	print_figure(w, begin, "bytes", old->bytes, new->bytes);
	if (drops)
		print_figure(w, begin, "dropped", old->dropped, new->dropped);
	close_json_object();
}

static bool is_idle(const struct rule *rule)
{
	return !rule->out_packets && !rule->in_packets;
}

/* A rule that was not there before began at zero */
static void print_rule(const struct watch *w, const struct rule *old,
		       const struct rule *new)
{
	static const struct rule none;

	old = old ? : &none;
	open_json_object(NULL);
	if (row_begin()) {
		print_text("    ");
		rule_print(new);
		print_text("\n");
	}
	print_traffic(w, "        ", "out",
		      &(struct traffic){ old->out_packets, old->out_bytes },
		      &(struct traffic){ new->out_packets, new->out_bytes },
		      false);
	print_traffic(w, "        ", "in",
		      &(struct traffic){ old->in_packets, old->in_bytes },
		      &(struct traffic){ new->in_packets, new->in_bytes },
		      false);
	close_json_object();
}

static void print_rules(const struct watch *w, unsigned int ifindex)
{
	size_t i;

	open_json_array(PRINT_JSON, "rules");
	for (i = 0; i < w->new.n_rules; i++) {
		const struct sample_rule *rule = &w->new.rules[i];

		if (rule->ifindex == ifindex &&
		    !(w->nonzero && is_idle(&rule->rule)))
			print_rule(w, sample_find_rule(&w->old, rule),
				   &rule->rule);
	}
	close_json_array(PRINT_JSON, NULL);
}

static void print_counters(const struct watch *w, const struct sample *old,
			   const struct sample *new)
{
	unsigned int id;
	char name[24];

	open_json_object("counters");
	for (id = 1; id <= new->n_counters; id++)
		if (!w->nonzero || new->counters[id])
			print_figure(w, "    ",
				     counter_name(id, name, sizeof(name)),
				     old->counters[id], new->counters[id]);
	close_json_object();
}

static void print_head(const struct sample *sample)
{
	if (!row_begin())
		return;
	if (!options.json && !screen.on)
		print_time();
	print_string("dev", "%s: ", sample->name);
	if (options.json)
		print_on_off("up", "", sample->up);
	else
		print_text(sample->up ? "up " : "down ");
	print_string("health", "health %s\n", health_name(sample->health));
}

/* A device whose number is another is another device, whatever its name: its
 * rates are known when it has been seen twice
 */
static void print_devices(const struct watch *w)
{
	const struct sample *old, *new;

	for (new = w->new.list; new < w->new.list + w->new.n; new++) {
		old = sample_find(&w->old, new->ifindex);
		if (!old || (w->ifindex && w->ifindex != new->ifindex))
			continue;
		open_json_object(NULL);
		print_head(new);
		print_traffic(w, "    ", "out", &old->out, &new->out, true);
		print_traffic(w, "    ", "in", &old->in, &new->in, true);
		print_counters(w, old, new);
		if (options.json || options.statistics)
			print_rules(w, new->ifindex);
		close_json_object();
	}
}

static void print_json(const struct watch *w)
{
	open_json_object(NULL);
	print_time();
	print_u64("milliseconds", "", w->new.milliseconds -
				      w->old.milliseconds);
	open_json_array(PRINT_JSON, "devices");
	print_devices(w);
	close_json_array(PRINT_JSON, NULL);
	print_object_end();
}

static unsigned int count_lines(const struct watch *w)
{
	screen.room = screen.left_out = 0;
	print_devices(w);
	return screen.left_out;
}

/* The heading, what there is room for, and the line where the cursor rests: zeros
 * go first, then what is last
 */
static void draw(struct watch *w)
{
	unsigned int nonzero = w->nonzero, lines, room;
	struct winsize size = { 0 };
	char clock[16] = "";
	time_t now = time(NULL);

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		size.ws_row = 24;
	room = size.ws_row > 2 ? size.ws_row - 2 : 0;
	lines = count_lines(w);
	if (lines > room) {
		w->nonzero = 1;
		lines = count_lines(w);
	}
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	printf(PICTURE_BEGIN ROW_BEGIN "pmt stats watch: %s%s%s\n", clock,
	       w->nonzero && !nonzero ? ", no room for zeros" : "",
	       screen.has_keys ? ", q ends" : "");
	screen.room = lines > room && room ? room - 1 : room;
	screen.left_out = 0;
	print_devices(w);
	if (screen.left_out && room)
		printf(ROW_BEGIN "... %u more lines\n", screen.left_out);
	fputs(PICTURE_END, stdout);
	fflush(stdout);
	w->nonzero = nonzero;
}

static void show(struct watch *w)
{
	if (options.json) {
		print_json(w);
	} else if (screen.on) {
		draw(w);
	} else {
		print_devices(w);
		fflush(stdout);
	}
}

/* A moment further */
static int step(struct watch *w)
{
	samples_free(&w->old);
	w->old = w->new;
	return samples_read(&w->new, options.json || options.statistics);
}

static bool is_gone(const struct watch *w)
{
	return w->ifindex && !sample_find(&w->new, w->ifindex);
}

/* Keys come as they are typed, and are not shown; also after a stop, during which
 * the shell had the terminal
 */
static void take_keys(void)
{
	struct termios keys = screen.before;

	if (!screen.has_keys)
		return;
	keys.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
}

static void screen_open(void)
{
	const char *term = getenv("TERM");

	screen.on = !options.json && isatty(STDOUT_FILENO) && term &&
		    strcmp(term, "dumb");
	screen.has_keys = screen.on && !tcgetattr(STDIN_FILENO, &screen.before);
	take_keys();
	if (screen.on)
		fputs("\033[2J", stdout);
}

static void screen_close(void)
{
	if (screen.has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.before);
	screen.on = screen.has_keys = false;
}

/* Return: is it a key that ends us? At the end of input there are no more */
static bool key_ends(struct pollfd *fd)
{
	char key;

	if (!fd->revents)
		return false;
	if (read(fd->fd, &key, 1) == 1)
		return key == 'q' || key == 'Q';
	fd->fd = -1;
	return false;
}

static bool signal_ends(const struct pollfd *fd)
{
	struct signalfd_siginfo info;

	return fd->revents &&
	       (read(fd->fd, &info, sizeof(info)) != sizeof(info) ||
		(info.ssi_signo != SIGWINCH && info.ssi_signo != SIGCONT));
}

/* Wait until it is time for the next moment. Return: false when this is the end */
static bool wait_for(struct watch *w, struct pollfd *fds, uint64_t time)
{
	uint64_t now;

	while ((now = now_milliseconds()) < time) {
		if (poll(fds, 3, time - now) <= 0)
			continue;
		if (fds[1].revents & (POLLERR | POLLHUP) ||
		    signal_ends(&fds[0]) || key_ends(&fds[2]))
			return false;
		/* another size, or the shell gave the terminal back */
		if (fds[0].revents && screen.on) {
			take_keys();
			draw(w);
		}
	}
	return true;
}

static int run(struct watch *w)
{
	struct pollfd fds[] = {
		{ .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = screen.has_keys ? STDIN_FILENO : -1, .events = POLLIN },
	};
	uint64_t next;
	sigset_t set;
	int err;

	sigemptyset(&set);
	if (screen.on) {
		sigaddset(&set, SIGWINCH);
		sigaddset(&set, SIGCONT);
	}
	fds[0].fd = signals_open(&set);
	err = step(w);
	next = w->new.milliseconds + INTERVAL;
	if (!err && screen.on)
		draw(w);
	while (!err && wait_for(w, fds, next)) {
		next += INTERVAL;
		if (next <= now_milliseconds())
			next = now_milliseconds() + INTERVAL;
		err = step(w);
		if (!err && is_gone(w))
			err = refuse("dev %s: the device was removed", w->dev);
		if (!err)
			show(w);
		if (ferror(stdout))
			break;
	}
	close(fds[0].fd);
	return is_unread() ? DONE : err;
}

int stats_watch(struct args *args)
{
	struct watch w = { 0 };
	int err = stats_read(args, w.dev, &w.nonzero) ? :
		  w.dev[0] ? device_index(w.dev, &w.ifindex) : module_check();

	if (err)
		return err;
	screen_open();
	err = run(&w);
	screen_close();
	samples_free(&w.old);
	samples_free(&w.new);
	return err;
}
