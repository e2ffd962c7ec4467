// SPDX-License-Identifier: GPL-2.0
/* The printer of the tool: text as it comes, or JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "pmt.h"

static struct {
	unsigned int depth;
	bool filled;	/* the open array or object has a member */
} json;

static bool space_due;	/* a blank that ended the last text, not yet written */

bool is_json_context(void)
{
	return options.json;
}

/* Words end in a blank, lines must not */
static int text(const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (len <= 0)
		return len;
	if ((size_t)len >= sizeof(buf))
		len = sizeof(buf) - 1;
	if (space_due && buf[0] != '\n')
		putchar(' ');
	space_due = buf[len - 1] == ' ';
	return fwrite(buf, 1, len - space_due, stdout);
}

static void json_newline(void)
{
	unsigned int i;

	if (!options.pretty)
		return;
	putchar('\n');
	for (i = 0; i < json.depth; i++)
		fputs("    ", stdout);
}

/* RFC 8259 7; what is not UTF-8 (a device name may be anything) turns into '?' */
static void json_quote(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c < 0x80 ? c : '?');
	}
	putchar('"');
}

static void json_member(const char *key)
{
	if (json.filled)
		putchar(',');
	if (json.depth)
		json_newline();
	json.filled = true;
	if (key) {
		json_quote(key);
		fputs(options.pretty ? ": " : ":", stdout);
	}
}

static void json_open(const char *key, char bracket)
{
	json_member(key);
	putchar(bracket);
	json.depth++;
	json.filled = false;
}

static void json_close(char bracket)
{
	json.depth--;
	if (json.filled)
		json_newline();
	json.filled = true;
	putchar(bracket);
}

void open_json_object(const char *key)
{
	if (options.json)
		json_open(key, '{');
}

void close_json_object(void)
{
	if (options.json)
		json_close('}');
}

void open_json_array(enum output_type type, const char *key)
{
	if (options.json)
		json_open(key, '[');
	else if (type != PRINT_JSON && key)
		text("%s", key);
}

void close_json_array(enum output_type type, const char *end)
{
	if (options.json)
		json_close(']');
	else if (type != PRINT_JSON && end)
		text("%s", end);
}

/* Is there anything to print, and is it text? */
static bool wants_text(enum output_type type)
{
	return !options.json && type != PRINT_JSON;
}

static bool wants_json(enum output_type type, const char *key)
{
	if (!options.json || type == PRINT_FP)
		return false;
	json_member(key);
	return true;
}

int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value)
{
	(void)color;
	if (wants_json(type, key))
		json_quote(value);
	return wants_text(type) ? text(fmt, value) : 0;
}

int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value)
{
	(void)color;
	if (wants_json(type, key))
		printf("%u", value);
	return wants_text(type) ? text(fmt, value) : 0;
}

int print_color_u64(enum output_type type, enum color_attr color,
		    const char *key, const char *fmt, uint64_t value)
{
	(void)color;
	if (wants_json(type, key))
		printf("%" PRIu64, value);
	return wants_text(type) ? text(fmt, value) : 0;
}

int print_color_on_off(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, bool value)
{
	(void)color;
	if (wants_json(type, key))
		fputs(value ? "true" : "false", stdout);
	return wants_text(type) ? text(fmt, value ? "on" : "off") : 0;
}

int print_color_null(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, const char *value)
{
	(void)color;
	if (wants_json(type, key))
		fputs("null", stdout);
	return wants_text(type) ? text(fmt, value) : 0;
}

/** print_begin() - what a command shows is one array */
void print_begin(void)
{
	open_json_array(PRINT_JSON, NULL);
}

/** print_object_end() - close an object that is a line of its own, and write it */
void print_object_end(void)
{
	close_json_object();
	if (options.json)
		putchar('\n');
	json.filled = false;
	fflush(stdout);
}

/** print_end() - close what print_begin() opened */
void print_end(void)
{
	close_json_array(PRINT_JSON, NULL);
	if (options.json)
		putchar('\n');
	json.filled = false;
}

/** print_time() - print when this happens, if that is asked for */
void print_time(void)
{
	char date[32], stamp[48];
	struct timeval now;
	struct tm tm;

	if (!options.timestamp)
		return;
	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp, sizeof(stamp), "%s.%06u", date,
		 (unsigned int)now.tv_usec);
	print_string("timestamp", "[%s] ", stamp);
}
