// SPDX-License-Identifier: GPL-2.0
/*
 * Around the tool while it is fuzzed: its input and output in memory, netlink
 * sockets that lead to the target, three network devices.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <net/if.h>
#include <unistd.h>

#include "fuzz.h"

struct output fuzz_out, fuzz_err;
void (*fuzz_request)(const struct nlmsghdr *nlh, bool generic);
struct nlmsghdr *(*fuzz_spoil)(const struct nlmsghdr *nlh);

/**
 * fuzz_failed() - say what is wrong, and end as a crash does
 * @file: of the check
 * @line: of the check
 * @what: that should have held
 */
void fuzz_failed(const char *file, int line, const char *what)
{
	char text[512];
	int len = snprintf(text, sizeof(text), "%s:%d: not so: %s\n", file,
			   line, what);

	if (write(2, text, len) < 0 ||
	    write(2, fuzz_out.text, fuzz_out.len) < 0 ||
	    write(2, fuzz_err.text, fuzz_err.len) < 0)
		_exit(1);
	abort();
}

static ssize_t keep(void *cookie, const char *text, size_t len)
{
	struct output *out = cookie;
	size_t room = sizeof(out->text) - 1 - out->len;

	memcpy(out->text + out->len, text, len < room ? len : room);
	out->len += len < room ? len : room;
	out->text[out->len] = '\0';
	return len;
}

static FILE *file_to(struct output *out)
{
	cookie_io_functions_t io = { .write = keep };
	FILE *file = fopencookie(out, "w", io);

	CHECK(file);
	return file;
}

static const char *file_text;
static size_t file_len;

/**
 * fuzz_file() - what the file "f" holds, the only one there is
 * @text: not copied
 * @len: bytes
 */
void fuzz_file(const char *text, size_t len)
{
	file_text = text;
	file_len = len;
}

static FILE *file_of(const char *text, size_t len)
{
	/* some C libraries know no empty ones */
	return fmemopen((void *)text, len, "r") ? : fmemopen("\n", 1, "r");
}

/* The tool is compiled to call this instead */
#undef fopen
FILE *fuzz_fopen(const char *name, const char *mode);
FILE *fuzz_fopen(const char *name, const char *mode)
{
	(void)mode;
	if (!strcmp(name, "f") && file_text)
		return file_of(file_text, file_len);
	errno = ENOENT;
	return NULL;
}

static FILE *real_stdin;

/**
 * fuzz_input() - what standard input holds
 * @text: not copied
 * @len: bytes
 */
void fuzz_input(const char *text, size_t len)
{
	if (!real_stdin)
		real_stdin = stdin;
	if (stdin != real_stdin)
		fclose(stdin);
	stdin = file_of(text, len);
	CHECK(stdin);
}

static struct {
	char *buf;
	size_t len;
	size_t room;
	size_t at;
} answers;

/** fuzz_begin() - a run of the tool begins as if nothing had been before */
void fuzz_begin(void)
{
	static FILE *out, *err;

	if (!out) {
		out = file_to(&fuzz_out);
		err = file_to(&fuzz_err);
	}
	stdout = out;
	stderr = err;
	fflush(out);
	fflush(err);
	fuzz_out.len = fuzz_err.len = 0;
	fuzz_out.text[0] = fuzz_err.text[0] = '\0';
	place = (struct place){ 0 };
	queue_waits = false;
	answers.len = answers.at = 0;
}

/**
 * fuzz_end() - a run is over: its output is complete
 */
void fuzz_end(void)
{
	fflush(stdout);
	fflush(stderr);
	CHECK(!place.file);
}

/**
 * fuzz_words() - cut what the tool printed into words
 * @args: answer, valid until the next call
 * @line: copied
 */
void fuzz_words(struct args *args, const char *line)
{
	static char text[4096], *words[256];
	char *rest = text, *word;

	CHECK((size_t)snprintf(text, sizeof(text), "%s", line) < sizeof(text));
	*args = (struct args){ .argv = words };
	while ((word = strtok_r(rest, "\n ", &rest)))
		words[args->argc++] = word;
}

/**
 * fuzz_run() - run a command of the tool
 * @line: noun, verb and the rest; NULL: a batch from standard input
 *
 * Return: its exit code.
 */
int fuzz_run(const char *line)
{
	const struct verb *verb;
	struct args args;
	int err;

	fuzz_begin();
	if (line) {
		fuzz_words(&args, line);
		verb = verb_find(&args);
		CHECK(verb);
		err = verb->run(&args);
	} else {
		err = batch_run("-");
	}
	fuzz_end();
	CHECK(err == DONE || err == NO || err == USAGE || err == REFUSED);
	/* whoever fails says why */
	CHECK(err == DONE || err == NO || fuzz_err.len);
	if (options.json)
		fuzz_check_json(fuzz_out.text);
	return err;
}

/**
 * fuzz_cut() - cut an input at its first line "%%"
 * @data: the input
 * @size: its bytes; those before the line are left
 * @rest: answer, what is behind it
 *
 * Return: bytes of @rest
 */
size_t fuzz_cut(const uint8_t *data, size_t *size, const char **rest)
{
	const char *line = memmem(data, *size, "\n%%\n", 4);
	size_t whole = *size;

	*rest = "";
	if (!line)
		return 0;
	*size = line + 1 - (const char *)data;
	*rest = line + 4;
	return whole - *size - 3;
}

/* Go behind one value of RFC 8259, with no blanks but those of -p; NULL: there
 * is none
 */
static const char *json_value(const char *s, int depth);

static const char *skip(const char *s)
{
	return s + strspn(s, "\n ");
}

static const char *json_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return NULL;
		if (*s != '\\')
			continue;
		s++;
		if (*s == 'u' && strspn(s + 1, "0123456789abcdef") >= 4)
			s += 4;
		else if (*s != '"' && *s != '\\')
			return NULL;
	}
	return s + 1;
}

static const char *json_members(const char *s, char close, int depth)
{
	s = skip(s + 1);
	if (*s == close)
		return s + 1;
	for (;;) {
		if (close == '}') {
			s = json_string(s);
			if (!s || *s != ':')
				return NULL;
			s = skip(s + 1);
		}
		s = json_value(s, depth + 1);
		if (!s)
			return NULL;
		s = skip(s);
		if (*s == close)
			return s + 1;
		if (*s != ',')
			return NULL;
		s = skip(s + 1);
	}
}

static const char *json_value(const char *s, int depth)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i, digits = strspn(s, "0123456789");

	if (depth > 8)
		return NULL;
	if (*s == '{' || *s == '[')
		return json_members(s, *s == '{' ? '}' : ']', depth);
	if (*s == '"')
		return json_string(s);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(s, words[i], strlen(words[i])))
			return s + strlen(words[i]);
	return digits ? s + digits : NULL;
}

/**
 * fuzz_check_json() - see that a text is values of JSON, a line each
 * @text: what the tool printed
 */
void fuzz_check_json(const char *text)
{
	if (fuzz_out.len >= sizeof(fuzz_out.text) - 1)
		return;
	for (text = skip(text); *text; text = skip(text)) {
		text = json_value(text, 0);
		CHECK(text);
	}
}

/* The network devices: two of ours, one that is not, one that belongs to nobody */
static const char *const device_names[] = { NULL, "lo", "pmt0", "pmt1", "eth0" };

/**
 * fuzz_has_devices() - look a device up
 * @name: the device
 * @ifindex: answer
 */
bool fuzz_has_devices(const char *name, unsigned int *ifindex)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(device_names); i++) {
		if (strcmp(name, device_names[i]))
			continue;
		*ifindex = i;
		return true;
	}
	return false;
}

/* In the places of the C library's */
unsigned int if_nametoindex(const char *name)
{
	unsigned int ifindex = 0;

	fuzz_has_devices(name, &ifindex);
	return ifindex;
}

char *if_indextoname(unsigned int ifindex, char *name)
{
	if (!ifindex || ifindex >= ARRAY_SIZE(device_names))
		return NULL;
	return strcpy(name, device_names[ifindex]);
}

/**
 * fuzz_answer() - put a message where the tool will read it
 * @nlh: copied
 */
void fuzz_answer(const struct nlmsghdr *nlh)
{
	struct nlmsghdr *spoilt = fuzz_spoil ? fuzz_spoil(nlh) : NULL;
	size_t len;

	nlh = spoilt ? : nlh;
	len = NLMSG_ALIGN(nlh->nlmsg_len);

	if (answers.len + len > answers.room) {
		answers.room = (answers.len + len) * 2;
		answers.buf = realloc(answers.buf, answers.room);
		CHECK(answers.buf);
	}
	memset(answers.buf + answers.len, 0, len);
	memcpy(answers.buf + answers.len, nlh, nlh->nlmsg_len);
	answers.len += len;
	free(spoilt);
}

/* In the places of libmnl's. A socket is its protocol */
static int protocols[NETLINK_GENERIC + 1];

struct mnl_socket *mnl_socket_open2(int protocol, int flags)
{
	/* those of `pmt monitor`: its events are put in by hand */
	if (flags & SOCK_NONBLOCK) {
		errno = EPERM;
		return NULL;
	}
	protocols[protocol] = protocol;
	return (struct mnl_socket *)&protocols[protocol];
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t len)
{
	const struct nlmsghdr *nlh = buf;
	char *exact = malloc(len);

	/* each request is read once more at its exact size */
	CHECK(exact && len == nlh->nlmsg_len);
	memcpy(exact, buf, len);
	answers.len = answers.at = 0;
	fuzz_request((struct nlmsghdr *)exact,
		     *(const int *)nl == NETLINK_GENERIC);
	free(exact);
	return len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len = 0;

	(void)nl;
	while (answers.at + len < answers.len) {
		const struct nlmsghdr *nlh =
			(void *)(answers.buf + answers.at + len);

		if (len + NLMSG_ALIGN(nlh->nlmsg_len) > size)
			break;
		len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	if (!len) {
		errno = answers.at == answers.len ? EAGAIN : ENOSPC;
		return -1;
	}
	memcpy(buf, answers.buf + answers.at, len);
	answers.at += len;
	return len;
}
