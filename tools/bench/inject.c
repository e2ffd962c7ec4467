// SPDX-License-Identifier: GPL-2.0
/*
 * inject [-c COUNT] [-r ROUNDS] [-w OUT] [-l] [-m] DEV FRAME...
 *
 * Puts packets straight into the receive path of device DEV, as its driver
 * would, and prints the nanoseconds that each took until the stack was done
 * with it, a line a round. It is BPF_PROG_TEST_RUN in live-frame mode: an XDP
 * program that answers XDP_PASS hands the frames to the stack in softirq
 * batches of 64. The stack writes into a frame, whose pages are used again, so
 * the program restores its first bytes each time.
 *
 * A FRAME is made of words with commas between them:
 *	v4=ADDR[@]	outer IPv4 source; without it the packet is plain IPv6
 *	to=ADDR		outer destination, 192.88.99.1
 *	src=ADDR[@N]	IPv6 source
 *	dst=ADDR[@N]	IPv6 destination
 *	proto=P		udp (default), tcp or icmp: an echo request
 *	size=N		of the IPv6 packet, 64
 *	flows=N		a power of two, up to 65536: so many addresses in turn,
 *			written to the 16 bits at byte N of each address with an
 *			@, and to the lower half of ADDR@
 *	every=N		a power of two: only each Nth of these addresses
 *	bad=W		length: payload length beyond the packet's end;
 *			version: neither 4 nor 6; nexthdr: a packet of a fragment
 * Several frames take turns, a power of two of them. All checksums are right in
 * every frame: what is added to an address is taken from the IPv4 ID and from
 * the payload, so one template serves all, and what is varied costs the same.
 *
 * -w sends one packet instead and prints the addresses that leave by OUT.
 * -l hands each packet over by itself and prints the distribution of the time
 * that each took: "percentile nanoseconds".
 * -m prints the 5th percentile of the batches, in nanoseconds a packet, instead of
 * a round's mean: what else ran on the processor meanwhile, or on the other half of
 * its core, does not count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif
#define RESTORED	128	/* bytes of a frame, all headers among them */
#define MAX_FRAMES	16
#define MAX_PATCHES	4
#define BATCH		64	/* frames that the kernel hands over at once */
#define BINS		4096	/* of a distribution */
#define VALUE_SIZE	(16 + MAX_FRAMES * RESTORED)

/* What varies: 16 bits at these offsets, and their complement at those */
struct frame {
	unsigned char bytes[2048];
	int len, flows, every;
	int plus[MAX_PATCHES], n_plus;
	int minus[MAX_PATCHES], n_minus;
};

static struct frame frames[MAX_FRAMES];
static int n_frames;

static void die(const char *what)
{
	fprintf(stderr, "inject: %s%s%s\n", what, errno ? ": " : "",
		errno ? strerror(errno) : "");
	exit(1);
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* ---- frames ---- */

static uint32_t sum(const void *data, int len, uint32_t start)
{
	const unsigned char *p = data;

	for (; len > 1; len -= 2, p += 2)
		start += p[0] << 8 | p[1];
	return len ? start + (p[0] << 8) : start;
}

static void put_sum(unsigned char *at, uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	value = ~value & 0xffff;
	at[0] = value >> 8;
	at[1] = value;
}

/* ADDR[@N]: where in the address something varies, or -1 */
static int take_addr(int family, char *text, void *to)
{
	char *at = strchr(text, '@');

	if (at)
		*at++ = 0;
	if (inet_pton(family, text, to) != 1)
		die("not an address");
	return at ? atoi(at) : -1;
}

static void vary(struct frame *f, int plus, int minus)
{
	f->plus[f->n_plus++] = plus;
	f->minus[f->n_minus++] = minus;
	memset(f->bytes + plus, 0, 2);
	memset(f->bytes + minus, 0xff, 2);
}

static void make_frame(struct frame *f, char *text)
{
	unsigned char *ip6, *l4;
	int v4_at = -1, src_at = -1, dst_at = -1, has_v4 = 0, size = 64;
	int proto = IPPROTO_UDP, l4_len = 8, csum_at = 6, l3, len, first;
	struct in_addr v4 = {}, to;
	struct in6_addr src = {}, dst = {};
	const char *bad = "";
	char *word;

	errno = 0;
	to.s_addr = htonl(0xc0586301);
	f->flows = f->every = 1;
	for (word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		char *arg = strchr(word, '=');

		if (!arg)
			die("a word without =");
		*arg++ = 0;
		if (!strcmp(word, "v4")) {
			has_v4 = 1;
			v4_at = take_addr(AF_INET, arg, &v4);
		} else if (!strcmp(word, "to")) {
			take_addr(AF_INET, arg, &to);
		} else if (!strcmp(word, "src")) {
			src_at = take_addr(AF_INET6, arg, &src);
		} else if (!strcmp(word, "dst")) {
			dst_at = take_addr(AF_INET6, arg, &dst);
		} else if (!strcmp(word, "size")) {
			size = atoi(arg);
		} else if (!strcmp(word, "flows")) {
			f->flows = atoi(arg);
		} else if (!strcmp(word, "every")) {
			f->every = atoi(arg);
		} else if (!strcmp(word, "bad")) {
			bad = arg;
		} else if (!strcmp(word, "proto") && !strcmp(arg, "tcp")) {
			proto = IPPROTO_TCP;
			l4_len = 20;
			csum_at = 16;
		} else if (!strcmp(word, "proto") && !strcmp(arg, "icmp")) {
			proto = IPPROTO_ICMPV6;
			csum_at = 2;
		} else if (strcmp(word, "proto") || strcmp(arg, "udp")) {
			die("unknown word in a frame");
		}
	}
	if (size < 64 || size > 1500 || f->flows < 1 || f->flows > 65536 ||
	    (f->flows & (f->flows - 1)) || f->every < 1 ||
	    (f->every & (f->every - 1)))
		die("size or flows out of range");

	l3 = ETH_HLEN;
	f->len = l3 + (has_v4 ? 20 : 0) + size;
	memcpy(f->bytes, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	f->bytes[12] = has_v4 ? 0x08 : 0x86;
	f->bytes[13] = has_v4 ? 0x00 : 0xdd;
	ip6 = f->bytes + l3 + (has_v4 ? 20 : 0);
	ip6[0] = !strcmp(bad, "version") ? 0x50 : 0x60;
	len = size - 40 + (!strcmp(bad, "length") ? 100 : 0);
	ip6[4] = len >> 8;
	ip6[5] = len;
	ip6[6] = !strcmp(bad, "nexthdr") ? IPPROTO_FRAGMENT : proto;
	ip6[7] = 64;
	memcpy(ip6 + 8, &src, 16);
	memcpy(ip6 + 24, &dst, 16);
	l4 = ip6 + 40;
	memset(l4, 'x', size - 40);
	memset(l4, 0, l4_len);
	first = l4 + l4_len - f->bytes;
	if (src_at >= 0)
		vary(f, ip6 + 8 + src_at - f->bytes, first);
	if (dst_at >= 0)
		vary(f, ip6 + 24 + dst_at - f->bytes, first + 2);
	if (proto == IPPROTO_UDP) {
		memcpy(l4, "\x10\x01\x10\x01", 4);
		l4[4] = (size - 40) >> 8;
		l4[5] = size - 40;
	} else if (proto == IPPROTO_TCP) {
		/* an acknowledgement; the same again is not merged by GRO */
		memcpy(l4, "\x10\x01\x10\x02\0\0\0\1\0\0\0\1\x50\x10\x10", 15);
	} else {
		memcpy(l4, "\x80\0\0\0\0\1\0\1", 8);
	}
	put_sum(l4 + csum_at, sum(ip6 + 8, 32, sum(l4, size - 40,
						   size - 40 + proto)));
	if (!has_v4)
		return;
	memcpy(f->bytes + l3, "\x45\0\0\0\0\0\0\0\x3c\x29", 10);
	f->bytes[l3 + 2] = (size + 20) >> 8;
	f->bytes[l3 + 3] = size + 20;
	memcpy(f->bytes + l3 + 12, &v4, 4);
	memcpy(f->bytes + l3 + 16, &to, 4);
	if (v4_at >= 0)
		vary(f, l3 + 14, l3 + 4);
	put_sum(f->bytes + l3 + 10, sum(f->bytes + l3, 20, 0));
}

/* ---- the XDP program ---- */

static struct bpf_insn prog[1024];
static int n_insns;

static void insn(int code, int dst, int src, int off, int imm)
{
	prog[n_insns++] = (struct bpf_insn){ .code = code, .dst_reg = dst,
		.src_reg = src, .off = off, .imm = imm };
}

static void load_map(int reg, int fd)
{
	insn(0x18, reg, BPF_PSEUDO_MAP_FD, 0, fd);
	insn(0, 0, 0, 0, 0);
}

/* r0 = the value at the key on the stack; the program ends without one */
static void look_up(int fd)
{
	load_map(1, fd);
	insn(0xbf, 2, 10, 0, 0);			/* r2 = fp */
	insn(0x07, 2, 0, 0, -4);			/* r2 -= 4 */
	insn(0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	insn(0x55, 0, 0, 2, 0);				/* if r0 skip 2 */
	insn(0xb7, 0, 0, 0, XDP_PASS);
	insn(0x95, 0, 0, 0, 0);
}

/* Histogram of the time since the program was here last; 2^shift ns are a bin */
static void add_time(int bins, int shift)
{
	insn(0x85, 0, 0, 0, BPF_FUNC_ktime_get_ns);
	insn(0xbf, 9, 0, 0, 0);				/* r9 = now */
	insn(0x79, 1, 7, 8, 0);				/* r1 = last time */
	insn(0x1f, 0, 1, 0, 0);				/* r0 -= r1 */
	insn(0x77, 0, 0, 0, shift);			/* r0 >>= shift */
	insn(0xb5, 0, 0, 1, BINS - 1);			/* if r0 > BINS - 1 */
	insn(0xb7, 0, 0, 0, BINS - 1);			/*	r0 = BINS - 1 */
	insn(0x63, 10, 0, -4, 0);			/* key = r0 */
	look_up(bins);
	insn(0x79, 1, 0, 0, 0);
	insn(0x07, 1, 0, 0, 1);
	insn(0x7b, 0, 1, 0, 0);				/* bin++ */
}

/* Its frames' own addresses, and the frame as it was */
static void emit_frame(const struct frame *f, int k, int shift)
{
	int base = 16 + k * RESTORED, i;

	insn(0xbf, 1, 8, 0, 0);				/* r1 = count */
	insn(0x77, 1, 0, 0, shift);			/* r1 >>= shift */
	insn(0x57, 1, 0, 0, f->flows - 1);		/* r1 &= flows - 1 */
	insn(0x67, 1, 0, 0, __builtin_ctz(f->every));	/* r1 <<= */
	insn(0xdc, 1, 0, 0, 16);			/* r1 = be16(r1) */
	for (i = 0; i < f->n_plus; i++)
		insn(0x6b, 7, 1, base + f->plus[i], 0);
	insn(0xa7, 1, 0, 0, 0xffff);			/* r1 ^= 0xffff */
	for (i = 0; i < f->n_minus; i++)
		insn(0x6b, 7, 1, base + f->minus[i], 0);
	insn(0xbf, 1, 6, 0, 0);
	insn(0xb7, 2, 0, 0, 0);
	insn(0xbf, 3, 7, 0, 0);
	insn(0x07, 3, 0, 0, base);
	insn(0xb7, 4, 0, 0, f->len < RESTORED ? f->len : RESTORED);
	insn(0x85, 0, 0, 0, BPF_FUNC_xdp_store_bytes);
}

enum mode {
	MEAN,
	EACH,		/* -l */
	BATCHES,	/* -m */
};

static int load_program(int state, int bins, enum mode mode)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)prog,
		.license = (unsigned long)"GPL",
		.log_buf = (unsigned long)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int shift = __builtin_ctz(n_frames), k, jump, fd;

	n_insns = 0;
	insn(0xbf, 6, 1, 0, 0);				/* r6 = ctx */
	insn(0x62, 10, 0, -4, 0);			/* key = 0 */
	look_up(state);
	insn(0xbf, 7, 0, 0, 0);				/* r7 = state */
	insn(0x79, 8, 7, 0, 0);				/* r8 = count */
	if (mode == EACH)
		add_time(bins, 4);
	if (mode == BATCHES) {
		insn(0xbf, 1, 8, 0, 0);
		insn(0x57, 1, 0, 0, BATCH - 1);
		jump = n_insns;
		insn(0x55, 1, 0, 0, 0);			/* if r1 go on */
		add_time(bins, 7);
		insn(0x7b, 7, 9, 8, 0);			/* last time */
		prog[jump].off = n_insns - jump - 1;
	}
	insn(0xbf, 1, 8, 0, 0);
	insn(0x07, 1, 0, 0, 1);
	insn(0x7b, 7, 1, 0, 0);				/* count++ */
	for (k = 0; k < n_frames; k++) {
		jump = n_insns + 2;
		if (k < n_frames - 1) {
			insn(0xbf, 1, 8, 0, 0);
			insn(0x57, 1, 0, 0, n_frames - 1);
			insn(0x55, 1, 0, 0, k);		/* if r1 != k go on */
		}
		emit_frame(&frames[k], k, shift);
		if (mode == EACH) {
			insn(0x85, 0, 0, 0, BPF_FUNC_ktime_get_ns);
			insn(0x7b, 7, 0, 8, 0);		/* last time */
		}
		insn(0xb7, 0, 0, 0, XDP_PASS);
		insn(0x95, 0, 0, 0, 0);
		if (k < n_frames - 1)
			prog[jump].off = n_insns - jump - 1;
	}
	attr.insn_cnt = n_insns;
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		fputs(log, stderr);
		die("cannot load the XDP program");
	}
	return fd;
}

static int make_map(int value_size, int entries)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
		.value_size = value_size, .max_entries = entries,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("cannot make a map");
	return fd;
}

static void fill_state(int fd)
{
	static unsigned char value[VALUE_SIZE];
	unsigned int key = 0;
	union bpf_attr attr = {
		.map_fd = fd, .key = (unsigned long)&key,
		.value = (unsigned long)value,
	};
	int k;

	for (k = 0; k < n_frames; k++)
		memcpy(value + 16 + k * RESTORED, frames[k].bytes, RESTORED);
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		die("cannot fill the map");
}

/* The bins in which these percentages are reached; the first of all times had
 * nothing to count from.
 */
static void find_percentiles(int fd, const double *points, int n, int *found)
{
	static uint64_t bins[BINS];
	uint64_t total = 0, seen = 0;
	unsigned int key;
	int point = 0;

	for (key = 0; key < BINS; key++) {
		union bpf_attr attr = {
			.map_fd = fd, .key = (unsigned long)&key,
			.value = (unsigned long)&bins[key],
		};

		if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
			die("cannot read the distribution");
		total += bins[key];
	}
	for (key = 0; key < BINS; key++) {
		seen += bins[key];
		while (point < n && seen * 100.0 >= total * points[point])
			found[point++] = key;
	}
}

static void print_latency(int fd)
{
	static const double points[] = { 50, 90, 99, 99.9 };
	int found[4], i;

	find_percentiles(fd, points, 4, found);
	for (i = 0; i < 4; i++)
		printf("%g %d\n", points[i], found[i] * 16 + 8);
}

static void print_undisturbed(int fd)
{
	static const double few = 5;
	int found;

	find_percentiles(fd, &few, 1, &found);
	printf("%d\n", found * 2 + 1);
}

/* ---- one packet, looked at ---- */

static void print_addresses(const unsigned char *p, int len)
{
	char a[64], b[64];

	if (len >= 20 && p[0] >> 4 == 4) {
		printf("%s > %s ", inet_ntop(AF_INET, p + 12, a, sizeof(a)),
		       inet_ntop(AF_INET, p + 16, b, sizeof(b)));
		p += 20;
		len -= 20;
	}
	if (len >= 40 && p[0] >> 4 == 6)
		printf("%s > %s", inet_ntop(AF_INET6, p + 8, a, sizeof(a)),
		       inet_ntop(AF_INET6, p + 24, b, sizeof(b)));
	printf("\n");
}

static int watch(const char *dev)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(dev),
	};
	struct timeval limit = { .tv_sec = 2 };
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));

	if (fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("cannot listen");
	return fd;
}

static void print_watched(int fd)
{
	unsigned char packet[2048];
	int len;

	/* others send, too: the namespace's own neighbour discovery */
	while ((len = recv(fd, packet, sizeof(packet), 0)) > 0) {
		if (packet[0] >> 4 == 6 && packet[7] == 255)
			continue;
		if (packet[0] >> 4 == 6 && packet[6] == 0)
			continue;
		print_addresses(packet, len);
		return;
	}
	printf("nothing\n");
}

static void run(int prog_fd, int ifindex, int count, int batch)
{
	unsigned char data[2048] = {};
	struct xdp_md ctx = { .ingress_ifindex = ifindex };
	union bpf_attr attr = { .test = {
		.prog_fd = prog_fd, .repeat = count, .batch_size = batch,
		.data_in = (unsigned long)data,
		.ctx_in = (unsigned long)&ctx, .ctx_size_in = sizeof(ctx),
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
	} };
	int k, len = 0;

	for (k = 0; k < n_frames; k++)
		if (frames[k].len > len) {
			len = frames[k].len;
			memcpy(data, frames[k].bytes, len);
		}
	attr.test.data_size_in = len;
	ctx.data_end = len;
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		die("the packets are refused");
}

int main(int argc, char **argv)
{
	int count = 200000, rounds = 1, option, ifindex;
	enum mode mode = MEAN;
	int state, bins = -1, prog_fd, socket_fd;
	const char *out = NULL;
	double start;

	while ((option = getopt(argc, argv, "c:r:w:lm")) != -1) {
		switch (option) {
		case 'c':
			count = atoi(optarg);
			break;
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'w':
			out = optarg;
			break;
		case 'l':
			mode = EACH;
			break;
		case 'm':
			mode = BATCHES;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind < 2 || argc - optind - 1 > MAX_FRAMES) {
		fprintf(stderr, "usage: inject [-c COUNT] [-r ROUNDS] [-w OUT] [-l] [-m] DEV FRAME...\n");
		return 2;
	}
	ifindex = if_nametoindex(argv[optind]);
	if (!ifindex)
		die("no such device");
	for (optind++; optind < argc; optind++)
		make_frame(&frames[n_frames++], argv[optind]);
	errno = 0;
	if (n_frames & (n_frames - 1))
		die("the number of frames is no power of two");
	state = make_map(VALUE_SIZE, 1);
	if (mode != MEAN)
		bins = make_map(8, BINS);
	prog_fd = load_program(state, bins, mode);

	fill_state(state);
	if (out) {
		socket_fd = watch(out);
		run(prog_fd, ifindex, 1, 0);
		print_watched(socket_fd);
		return 0;
	}
	while (rounds--) {
		start = seconds();
		run(prog_fd, ifindex, count, mode == EACH);
		if (mode == MEAN)
			printf("%.1f\n", (seconds() - start) * 1e9 / count);
		fflush(stdout);
	}
	if (mode == EACH)
		print_latency(bins);
	if (mode == BATCHES)
		print_undisturbed(bins);
	return 0;
}
