// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of rules and policy on their way to the kernel. A run of them, all of
 * one device, is carried out whole or not at all: as one request while it fits
 * one message of one command, and as a transaction when it grows beyond that.
 *
 * Neighbouring policy entries of one command wait for each other and are sent
 * in the order of their prefixes, which costs the kernel half the memory and a
 * fraction of the time: each message then touches a part of the table of its
 * own.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "pmt.h"

#define MESSAGE_SIZE	65536
#define CHANGE_ROOM	128	/* bytes of a rule or of a policy entry */

/* An entry that waits; its line is in it */
struct waiting {
	struct entry entry;
	const char *file;
};

static struct {
	char dev[IF_NAMESIZE];	/* the run's, "": there is none */
	unsigned int ifindex;
	bool transaction;
	bool failed;		/* the rest of the run is passed over */
	bool by_lines;		/* it is made of lines that follow each other */
	struct place first;
	struct place last;
	struct waiting *waiting;
	size_t n_waiting;
	size_t waiting_room;
	unsigned int waiting_cmd;
	struct msg msg;		/* nlh NULL: nothing waits to be sent */
	unsigned int cmd;
	struct change {
		unsigned int end;	/* where it ends in the message */
		struct place place;
	} *changes;		/* of the message */
	unsigned int n;
	unsigned int room;
} run;

bool queue_waits;

static void forget_message(void)
{
	msg_free(&run.msg);
	run.n = 0;
}

/* A request that names the device, and nothing else that could be at fault */
static bool try_request(unsigned int cmd, struct nl_error *error)
{
	struct msg msg;
	bool done;

	*error = (struct nl_error){ 0 };
	if (msg_pmt(&msg, cmd, 0, run.ifindex))
		return false;
	done = nl_try(&msg, NULL, error);
	error->offset = 0;
	msg_free(&msg);
	return done;
}

/**
 * queue_drop() - forget the run; nothing of it was carried out
 */
void queue_drop(void)
{
	struct nl_error error;

	if (run.transaction)
		try_request(PMT_CMD_TXN_ABORT, &error);
	forget_message();
	free(run.waiting);
	free(run.changes);
	memset(&run, 0, sizeof(run));
}

/* Errors name all lines from one change to another */
static void set_place(const struct place *from, const struct place *to)
{
	if (!run.by_lines)
		return;
	place = *from;
	if (from->line != to->line)
		place.last = to->line;
}

/* The lines of the message, which need not be in the order of the file */
static void set_place_of_message(void)
{
	const struct change *first = run.changes, *last = run.changes;
	const struct change *change;

	for (change = run.changes; change < run.changes + run.n; change++) {
		if (change->place.line < first->place.line)
			first = change;
		if (change->place.line > last->place.line)
			last = change;
	}
	set_place(&first->place, &last->place);
}

/* Say why the run failed: naming the change that holds the attribute, those of
 * the message, or all. Others know the answer busy from the code alone.
 */
static int fail(const struct msg *msg, const struct nl_error *error, bool *busy)
{
	struct place here = place;
	unsigned int i;
	int err = REFUSED;

	run.failed = true;
	if (busy) {
		*busy = error->code == EBUSY;
		if (*busy)
			return err;
	}
	for (i = 0; i < run.n && error->offset >= run.changes[i].end; i++)
		;
	if (msg && error->offset && i < run.n)
		place = run.changes[i].place;
	else if (msg && run.n)
		set_place_of_message();
	else
		set_place(&run.first, &run.last);
	err = nl_report(msg, error);
	place = here;
	return err;
}

/* Send the message */
static int push(bool *busy)
{
	struct nl_error error;
	int err = DONE;

	if (!run.msg.nlh)
		return DONE;
	if (!nl_try(&run.msg, NULL, &error))
		err = fail(&run.msg, &error, busy);
	forget_message();
	return err;
}

static int begin_transaction(void)
{
	struct nl_error error;

	if (run.transaction)
		return DONE;
	if (!try_request(PMT_CMD_TXN_BEGIN, &error))
		return fail(NULL, &error, NULL);
	run.transaction = true;
	return DONE;
}

static int begin(const char *dev)
{
	int err = device_index(dev, &run.ifindex);

	if (err)
		return err;
	memcpy(run.dev, dev, sizeof(run.dev));
	run.by_lines = queue_waits;
	run.first = place;
	return DONE;
}

/**
 * queue_open() - begin a transaction
 * @dev: of this device; what is read of it from now on is what will be changed,
 *	or else it ends busy
 */
int queue_open(const char *dev)
{
	int err = begin(dev);

	run.by_lines = false;
	return err ? : begin_transaction();
}

/* Before a change of this device, carry out what waits for another one */
static int switch_to(const char *dev)
{
	return dev[0] && strcmp(dev, run.dev) ? queue_send(NULL) : DONE;
}

static int note_place(const struct place *where)
{
	if (run.n == run.room) {
		unsigned int room = run.room * 2 + 64;
		void *changes = realloc(run.changes,
					room * sizeof(*run.changes));

		if (!changes)
			return refuse("out of memory");
		run.changes = changes;
		run.room = room;
	}
	run.changes[run.n].end = run.msg.nlh->nlmsg_len;
	run.changes[run.n].place = *where;
	run.n++;
	return DONE;
}

/* See to it that there is a message with room for a change */
static int make_room(unsigned int cmd)
{
	int err = DONE;

	if (run.msg.nlh && (cmd != run.cmd ||
	     run.msg.nlh->nlmsg_len + CHANGE_ROOM > MESSAGE_SIZE))
		err = begin_transaction() ? : push(NULL);
	if (!err && !run.msg.nlh)
		err = msg_pmt(&run.msg, cmd, 0, run.ifindex);
	if (err)
		return err;
	run.cmd = cmd;
	msg_room(&run.msg, CHANGE_ROOM);
	return DONE;
}

static int wait_for_more(unsigned int cmd, const struct entry *entry)
{
	struct waiting *waiting;

	if (run.n_waiting == run.waiting_room) {
		size_t room = run.waiting_room * 2 + 64;

		waiting = realloc(run.waiting, room * sizeof(*waiting));
		if (!waiting)
			return refuse("out of memory");
		run.waiting = waiting;
		run.waiting_room = room;
	}
	waiting = &run.waiting[run.n_waiting++];
	waiting->entry = *entry;
	waiting->entry.line = place.line;
	waiting->file = place.file;
	run.waiting_cmd = cmd;
	return DONE;
}

/* By prefix; those of one prefix as they came */
static int cmp_waiting(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	return entry_cmp(&x->entry, &y->entry) ? :
	       (x->entry.line > y->entry.line) -
	       (x->entry.line < y->entry.line);
}

static bool is_sorted(void)
{
	size_t i;

	for (i = 1; i < run.n_waiting; i++)
		if (cmp_waiting(&run.waiting[i - 1], &run.waiting[i]) > 0)
			return false;
	return true;
}

/* Put an entry into a message. The kernel takes a prefix once a message: a
 * second time it goes into the next one, and is refused as if it had come alone.
 */
static int put_waiting(const struct waiting *waiting, bool again)
{
	struct place where = {
		.file = waiting->file,
		.line = waiting->entry.line,
	};
	int err = again ? begin_transaction() ? : push(NULL) : DONE;

	if (!err)
		err = make_room(run.waiting_cmd);
	if (err)
		return err;
	entry_put(run.msg.nlh, run.msg.size, &waiting->entry);
	return note_place(&where);
}

/* Put the entries that wait into messages */
static int put_all_waiting(void)
{
	bool replace = run.waiting_cmd == PMT_CMD_POLICY_REPLACE;
	const struct waiting *w = run.waiting;
	const struct waiting *end = w + run.n_waiting;
	bool again = false;
	int err = DONE;

	if (!is_sorted())
		qsort(run.waiting, run.n_waiting, sizeof(*w), cmp_waiting);
	run.n_waiting = 0;
	for (; !err && w != end; w++) {
		bool more = w + 1 != end && !entry_cmp(&w->entry, &w[1].entry);

		/* the last one wins */
		if (replace && more)
			continue;
		err = put_waiting(w, again);
		again = more;
	}
	return err;
}

static int append(unsigned int cmd, const struct rule *rule,
		  const struct entry *entry)
{
	int err = DONE;

	if (run.n_waiting && cmd != run.waiting_cmd)
		err = put_all_waiting();
	if (err)
		return err;
	if (entry)
		return wait_for_more(cmd, entry);
	err = make_room(cmd);
	if (err)
		return err;
	if (rule)
		rule_put(run.msg.nlh, run.msg.size, PMT_A_RULE, rule);
	return note_place(&place);
}

/**
 * queue_change() - append a change to the run, or begin one
 * @dev: the device; another one than before ends the run before
 * @cmd: PMT_CMD_RULE_* or PMT_CMD_POLICY_*
 * @rule: what it is about, or NULL
 * @entry: what it is about, or NULL
 *
 * Return: the exit code when a part of the run had to be sent, and failed.
 */
int queue_change(const char *dev, unsigned int cmd, const struct rule *rule,
		 const struct entry *entry)
{
	int err = switch_to(dev);

	if (!err && !run.dev[0])
		err = begin(dev);
	if (err || run.failed)
		return err;
	run.last = place;
	err = append(cmd, rule, entry);
	/* out of memory, too: the rest without this one is not what was asked */
	if (err)
		run.failed = true;
	return err;
}

/**
 * queue_send() - end of the run: carry it out
 * @busy: set when somebody else has changed the configuration since
 *	queue_open(), which is then no error that is reported; may be NULL
 */
int queue_send(bool *busy)
{
	struct nl_error error;
	int err = DONE;

	if (!run.failed)
		err = put_all_waiting() ? : push(busy);
	if (!err && !run.failed && run.transaction) {
		if (!try_request(PMT_CMD_TXN_COMMIT, &error))
			err = fail(NULL, &error, busy);
		else
			run.transaction = false;
	}
	queue_drop();
	return err;
}

/**
 * queue_line() - a command that makes one change; in a batch it may wait
 * @dev: as far as it was read
 * @wrong: the exit code, when the command makes no sense
 * @cmd: as for queue_change()
 * @rule: as for queue_change()
 * @entry: as for queue_change()
 *
 * A wrong line stops those before it only if they belong together.
 */
int queue_line(const char *dev, int wrong, unsigned int cmd,
	       const struct rule *rule, const struct entry *entry)
{
	int err = switch_to(dev);

	if (err && !options.force)
		return err;
	if (!wrong)
		wrong = queue_change(dev, cmd, rule, entry);
	if (!wrong && !queue_waits)
		wrong = queue_send(NULL);
	return err ? : wrong;
}

/**
 * queue_flush() - remove all rules, or the whole policy
 * @dev: of this device, "": of each
 * @cmd: PMT_CMD_*_FLUSH
 */
int queue_flush(const char *dev, unsigned int cmd)
{
	struct devices devices;
	unsigned int i;
	int err;

	if (dev[0])
		return queue_line(dev, DONE, cmd, NULL, NULL);
	err = queue_send(NULL) ? : devices_list(&devices);
	if (err)
		return err;
	for (i = 0; !err && i < devices.n; i++)
		err = queue_change(devices.names[i], cmd, NULL, NULL);
	free(devices.names);
	return err ? : queue_send(NULL);
}
