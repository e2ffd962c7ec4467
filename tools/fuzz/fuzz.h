/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput() in a file
 * fuzz_NAME.c; those of the tool are linked with all of it but its main(), with
 * netlink sockets that lead to the target, and with its output in memory.
 */
#ifndef _PMT_FUZZ_H
#define _PMT_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netlink.h>

#include "../pmt/pmt.h"

#define CHECK(what) do {						       \
	if (!(what))							       \
		fuzz_failed(__FILE__, __LINE__, #what);			       \
} while (0)

/* common.c */
void fuzz_failed(const char *file, int line, const char *what);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of an input that are left; beyond the end all is zero */
struct input {
	const uint8_t *data;
	size_t left;
};

static inline uint8_t input_u8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline uint16_t input_u16(struct input *in)
{
	uint16_t high = input_u8(in);

	return high << 8 | input_u8(in);
}

static inline uint32_t input_u32(struct input *in)
{
	uint32_t high = input_u16(in);

	return high << 16 | input_u16(in);
}

static inline uint64_t input_u64(struct input *in)
{
	uint64_t high = input_u32(in);

	return high << 32 | input_u32(in);
}

/* What the tool wrote, always with a NUL behind it */
struct output {
	char text[1 << 20];
	size_t len;
};

extern struct output fuzz_out, fuzz_err;

void fuzz_input(const char *text, size_t len);
void fuzz_file(const char *text, size_t len);
void fuzz_begin(void);
int fuzz_run(const char *line);
void fuzz_end(void);
void fuzz_words(struct args *args, const char *line);
size_t fuzz_cut(const uint8_t *data, size_t *size, const char **rest);
void fuzz_check_json(const char *text);

/* The other end of the sockets: a request comes, answers go */
extern void (*fuzz_request)(const struct nlmsghdr *nlh, bool generic);
void fuzz_answer(const struct nlmsghdr *nlh);
extern struct nlmsghdr *(*fuzz_spoil)(const struct nlmsghdr *nlh);
bool fuzz_has_devices(const char *name, unsigned int *ifindex);

/* fuzz_reply.c, by --wrap: around the tool's own */
bool __real_nl_try(const struct msg *msg, struct reply *reply,
		   struct nl_error *error);
bool __wrap_nl_try(const struct msg *msg, struct reply *reply,
		   struct nl_error *error);
int __real_nl_talk(const struct msg *msg, struct reply *reply);
int __wrap_nl_talk(const struct msg *msg, struct reply *reply);

/* store.c: a stand-in for the module */
#define STORE_FAMILY	0x1f
void store_reset(void);
void store_keep(void);
void store_restore(void);
void store_request(const struct nlmsghdr *nlh, bool generic);
uint32_t store_generation(void);
bool store_has_draft(void);

#endif /* _PMT_FUZZ_H */
