/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One printer for text and JSON. These are the functions that `ip` of iproute2
 * exports (its json_print.h, unchanged from 5.0 to 7.1): in the plugin they are
 * ip's own, in the tool print.c's, and words_*.c print through either.
 */
#ifndef _PMT_PRINT_H
#define _PMT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

enum output_type {
	PRINT_FP = 1,	/* text only */
	PRINT_JSON = 2,	/* JSON only */
	PRINT_ANY = 4,
};

enum color_attr {
	COLOR_NONE = 6,
};

bool is_json_context(void);
void open_json_object(const char *key);
void close_json_object(void);
void open_json_array(enum output_type type, const char *key);
void close_json_array(enum output_type type, const char *text);
int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value);
int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value);
int print_color_u64(enum output_type type, enum color_attr color,
		    const char *key, const char *fmt, uint64_t value);
int print_color_on_off(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, bool value);
int print_color_null(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, const char *value);

static inline void print_string(const char *key, const char *fmt,
				const char *value)
{
	print_color_string(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

static inline void print_uint(const char *key, const char *fmt,
			      unsigned int value)
{
	print_color_uint(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

static inline void print_u64(const char *key, const char *fmt, uint64_t value)
{
	print_color_u64(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

static inline void print_on_off(const char *key, const char *fmt, bool value)
{
	print_color_on_off(PRINT_ANY, COLOR_NONE, key, fmt, value);
}

/* A key that JSON always has; text says nothing */
static inline void print_null(const char *key)
{
	print_color_null(PRINT_JSON, COLOR_NONE, key, "%s", "");
}

/* What only text has */
static inline void print_text(const char *text)
{
	print_color_string(PRINT_FP, COLOR_NONE, NULL, "%s", text);
}

#endif /* _PMT_PRINT_H */
