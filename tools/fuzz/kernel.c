// SPDX-License-Identifier: GPL-2.0
/*
 * kernel [-t SECONDS] [-s SEED] [-l LAST] [-k KEPT] packets ACC INET SEEDS
 * kernel [-t SECONDS] [-s SEED] [-l LAST] messages NAME...
 *
 * Fuzzes a loaded pmt module from inside the debug kernel; what it runs through is
 * seen by KCOV and steers what is tried next. "packets" writes to two tun devices,
 * ACC on the IPv4 side and INET on the IPv6 side of a relay, and starts from SEEDS,
 * lines of "4 HEX" and "6 HEX". A tun device hands a packet to the stack within the
 * write, so KCOV and lockdep see this task. Its header for offloads makes packets of
 * several pages, GSO packets and half done checksums; a packet socket has each of
 * them cloned. What covered something new is a seed from then on, and stands in KEPT
 * for the next time. "messages" sends rtnetlink and generic netlink messages about the
 * devices NAME. What is wrong shows in the kernel's log; LAST holds what was written
 * last. Prints executions, what was covered and how much was kept.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <uapi/linux/pmt.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0
#define KCOV_WORDS	(64 << 10)

#define MAP_BITS	18
#define INPUT_MAX	(66 << 10)
#define KEEP_MAX	20000

struct input {
	unsigned int len;
	unsigned char port;	/* packets: 4 or 6; messages: netlink protocol */
	unsigned char *data;
};

static struct input *kept;
static unsigned int n_kept, n_seeds;
static unsigned char seen[1 << MAP_BITS];
static unsigned long *trace;
static unsigned long executions, edges;
static int last_fd = -1;
static const char *kept_path;
static unsigned long long rng;

static void die(const char *what)
{
	fprintf(stderr, "kernel: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* xorshift64*: the same inputs for the same seed */
static unsigned int rnd(unsigned int n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return n ? (rng * 2685821657736338717ULL >> 33) % n : 0;
}

static bool chance(unsigned int percent)
{
	return rnd(100) < percent;
}

/* ---- coverage ------------------------------------------------------------- */

static void kcov_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, KCOV_WORDS))
		die("kcov");
	trace = mmap(NULL, KCOV_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		die("kcov");
}

/* Pairs of places, one after the other, that nobody came by before */
static bool is_new(void)
{
	unsigned long n = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	unsigned long before = 0, i;
	bool found = false;

	for (i = 1; i <= n && i < KCOV_WORDS; i++) {
		unsigned long pc = trace[i] * 0x9e3779b97f4a7c15ULL >> (64 - MAP_BITS);
		unsigned long at = (pc ^ before) & ((1 << MAP_BITS) - 1);

		if (!seen[at]) {
			seen[at] = 1;
			edges++;
			found = true;
		}
		before = pc >> 1;
	}
	return found;
}

static void keep(const unsigned char *data, unsigned int len, unsigned char port)
{
	struct input *in;

	if (n_kept == KEEP_MAX)
		in = &kept[n_seeds + rnd(KEEP_MAX - n_seeds)];
	else
		in = &kept[n_kept++];
	free(in->data);
	in->data = malloc(len);
	if (!in->data)
		die("memory");
	memcpy(in->data, data, len);
	in->len = len;
	in->port = port;
}

/* A file of the machine outside: it is there when the kernel is not */
static void note(const unsigned char *data, unsigned int len, unsigned char port)
{
	unsigned char head[8] = { port, 0, 0, 0, len, len >> 8, len >> 16 };

	if (last_fd < 0)
		return;
	if (pwrite(last_fd, head, sizeof(head), 0) != sizeof(head) ||
	    pwrite(last_fd, data, len, sizeof(head)) != len)
		die("last");
}

/* ---- changing an input ---------------------------------------------------- */

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static unsigned int get16(const unsigned char *at)
{
	return at[0] << 8 | at[1];
}

static unsigned int odd_number(void)
{
	static const unsigned short odd[] = {
		0, 1, 2, 4, 7, 8, 19, 20, 21, 39, 40, 41, 48, 127, 128, 255, 256,
		1279, 1280, 1281, 1480, 1500, 0x2002, 0x3fff, 0x4000, 0x7fff, 0x8000,
		0xfffe, 0xffff,
	};

	return chance(70) ? odd[rnd(sizeof(odd) / sizeof(*odd))] : rnd(65536);
}

/* Headers are where it matters */
static unsigned int place(unsigned int len)
{
	return chance(80) && len > 100 ? rnd(100) : rnd(len);
}

static unsigned int change(unsigned char *data, unsigned int len)
{
	const struct input *other;
	unsigned int at, n;

	if (len < 4)
		return len;
	at = place(len - 3);
	switch (rnd(9)) {
	case 0:
		data[at] ^= 1 << rnd(8);
		break;
	case 1:
		data[at] = rnd(256);
		break;
	case 2:
		put16(data + at, odd_number());
		break;
	case 3:
		put16(data + at, get16(data + at) + rnd(9) - 4);
		break;
	case 4:				/* shorter */
		len -= rnd(chance(50) ? len : 16) % len;
		break;
	case 5:				/* longer */
		n = chance(90) ? rnd(64) : rnd(9000);
		if (len + n > 60000)
			break;
		while (n--)
			data[len++] = rnd(256);
		break;
	case 6:				/* a piece goes, or comes twice */
		n = 8 * (1 + rnd(6));
		if (len < at + 2 * n || len + n > 60000)
			break;
		if (chance(50)) {
			memmove(data + at, data + at + n, len - at - n);
			len -= n;
		} else {
			memmove(data + at + n, data + at, len - at);
			len += n;
		}
		break;
	case 7:				/* a piece of another */
		other = &kept[rnd(n_kept)];
		n = 1 + rnd(40);
		if (other->len > at + n && len > at + n)
			memcpy(data + at, other->data + at, n);
		break;
	default:			/* an extension header's number, or a protocol's */
		data[at] = "\0\x2b\x2c\x3c\x33\x32\x3b\x87\x06\x11\x3a\x29\x04\x21\x88"[rnd(15)];
		break;
	}
	return len;
}

/* ---- packets -------------------------------------------------------------- */

static int tun_fd[2];

static int tun_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 |
				TUN_F_USO6;

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die(name);
	/* what leaves may be whole, too */
	ioctl(fd, TUNSETOFFLOAD, offloads);
	return fd;
}

/* Who listens makes the kernel clone what passes */
static int listener;

static void listen_to_all(void)
{
	listener = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (listener < 0)
		die("packet socket");
}

static void read_seeds(const char *path)
{
	static char line[2 * INPUT_MAX];
	static unsigned char data[INPUT_MAX];
	FILE *file = fopen(path, "r");

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		unsigned int len = 0, byte;
		const char *p = line + 2;

		while (len < sizeof(data) && sscanf(p, "%2x", &byte) == 1) {
			data[len++] = byte;
			p += 2;
		}
		if (len && (line[0] == '4' || line[0] == '6'))
			keep(data, len, line[0] - '0');
	}
	fclose(file);
}

static void write_kept(void)
{
	FILE *file = fopen(kept_path, "w");
	unsigned int i, j;

	if (!file)
		die(kept_path);
	for (i = n_seeds; i < n_kept; i++) {
		fprintf(file, "%u ", kept[i].port);
		for (j = 0; j < kept[i].len; j++)
			fprintf(file, "%02x", kept[i].data[j]);
		fputc('\n', file);
	}
	if (fclose(file))
		die(kept_path);
}

static unsigned int checksum(const unsigned char *data, unsigned int len)
{
	unsigned int sum = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(data + i);
	if (len & 1)
		sum += data[len - 1] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16)) & 0xffff;
}

/* What others look at before us is right, most of the time */
static void fix(unsigned char *data, unsigned int len, int port)
{
	unsigned int size = (data[0] & 15) * 4;

	if (port == 6) {
		if (len >= 40 && chance(85))
			put16(data + 4, len - 40);
		return;
	}
	if (len < 20 || size < 20 || size > len || chance(3))
		return;
	if (chance(90))
		put16(data + 2, len);
	if (data[9] == IPPROTO_IPV6 && len >= size + 40 && chance(85))
		put16(data + size + 4, len - size - 40);
	if (data[9] == IPPROTO_ICMP && len >= size + 8 && chance(90)) {
		put16(data + size + 2, 0);
		put16(data + size + 2, checksum(data + size, len - size));
	}
	put16(data + 10, 0);
	put16(data + 10, checksum(data, size));
}

/* Where the transport header of an inner packet is, if it has no other headers */
static unsigned int l4_offset(const unsigned char *data, unsigned int len, int port)
{
	unsigned int at = port == 4 ? (data[0] & 15) * 4 : 0;

	return at + 40 < len ? at + 40 : len;
}

static void offloads(struct virtio_net_hdr *vnet, const unsigned char *data,
		     unsigned int len, int port)
{
	unsigned int l4 = l4_offset(data, len, port);

	memset(vnet, 0, sizeof(*vnet));
	/* the rest of a packet lies in pages, if it is longer than one */
	if (len > 4096 && chance(80))
		vnet->hdr_len = chance(70) ? 1 + rnd(120) : rnd(len);
	if (chance(25)) {
		vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vnet->csum_start = chance(80) ? l4 : rnd(len);
		vnet->csum_offset = chance(90) ? (unsigned char)"\6\x10\2"[rnd(3)] : rnd(40);
	} else if (chance(30)) {
		vnet->flags = VIRTIO_NET_HDR_F_DATA_VALID;
	}
	if (chance(15)) {
		vnet->gso_type = "\1\4\3\5\x81\x84"[rnd(6)];
		vnet->gso_size = chance(80) ? 1 + rnd(1400) : odd_number();
		vnet->hdr_len = l4 + 20;
	}
}

static void try_packet(unsigned char *buffer)
{
	struct virtio_net_hdr *vnet = (void *)buffer;
	unsigned char *data = buffer + sizeof(*vnet);
	const struct input *in = &kept[rnd(n_kept)];
	unsigned int len = in->len, n;
	int port = in->port;
	static unsigned char trash[INPUT_MAX];

	memcpy(data, in->data, len);
	for (n = chance(10) ? 0 : 1 + rnd(4); n; n--)
		len = change(data, len);
	if (len < 4100 && chance(40)) {
		unsigned int more = 4100 + rnd(16000);

		memset(data + len, rnd(256), more);
		len += more;
	}
	fix(data, len, port);
	offloads(vnet, data, len, port);
	note(buffer, len + sizeof(*vnet), port);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
	if (write(tun_fd[port == 6], buffer, len + sizeof(*vnet)) < 0 &&
	    errno != EINVAL && errno != EAGAIN && errno != EIO && errno != ENOMEM &&
	    errno != ENOBUFS && errno != EMSGSIZE)
		die("write");
	if (is_new())
		keep(data, len, port);
	if (executions++ % 16)
		return;
	for (n = 0; n < 3; n++)
		while (read(n < 2 ? tun_fd[n] : listener, trash, sizeof(trash)) > 0)
			;
}

/* ---- messages ------------------------------------------------------------- */

/* What an attribute may hold: n bytes of anything, or a nest of a grammar */
struct rule {
	unsigned char len;		/* 0: the grammar in nest; 255: any */
	const struct rule *nest;
	unsigned char n_nest;
};

#define BYTES(n) { .len = (n) }

static const struct rule in_rule[] = {
	BYTES(1), BYTES(16), BYTES(1), BYTES(4), BYTES(1), BYTES(2), BYTES(1), BYTES(1), BYTES(8),
};

static const struct rule in_policy[] = { BYTES(1), BYTES(4), BYTES(1), BYTES(1), BYTES(255) };

static const struct rule in_genl[] = {
	[PMT_A_IFINDEX] = BYTES(4), [PMT_A_IFNAME] = BYTES(255),
	[PMT_A_RULE] = { .nest = in_rule, .n_nest = 9 }, [PMT_A_GENERATION] = BYTES(4),
	[PMT_A_CONFIG_ID] = BYTES(8), [PMT_A_COUNTERS] = BYTES(255),
	[PMT_A_ADDRESS4] = BYTES(4), [PMT_A_ADDRESS6] = BYTES(16), [PMT_A_V4] = BYTES(4),
	[PMT_A_SUBNET] = BYTES(2), [PMT_A_REASON] = BYTES(4),
	[PMT_A_POLICY] = { .nest = in_policy, .n_nest = 5 }, [PMT_A_CMD] = BYTES(4),
};

static const struct rule in_link[] = {
	[IFLA_PMT_LINK] = BYTES(4), [IFLA_PMT_LOCAL] = BYTES(255), [IFLA_PMT_TTL] = BYTES(1),
	[IFLA_PMT_DSCP] = BYTES(1), [IFLA_PMT_ECN] = BYTES(1), [IFLA_PMT_DF] = BYTES(1),
	[IFLA_PMT_UNTRANSLATED] = BYTES(1), [IFLA_PMT_TO2002] = BYTES(1),
	[IFLA_PMT_HAIRPIN] = BYTES(1), [IFLA_PMT_ERRSRC] = BYTES(16),
	[IFLA_PMT_ICMP_RATE] = BYTES(4), [IFLA_PMT_PTB_RATE] = BYTES(4),
	[IFLA_PMT_DRAIN] = BYTES(1), [IFLA_PMT_RULE] = { .nest = in_rule, .n_nest = 9 },
};

static int netlink[2];		/* by protocol: NETLINK_ROUTE, generic */
static int family;
static char **names;
static unsigned int n_names;

static unsigned int payload(unsigned char *at, unsigned int len)
{
	static const char *const v4[] = { "\x64\x40\0", "\xc0\x58\x63\1", "\7\7\7\7",
					  "\xc0\0\2\1", "\xa9\xfe\0" };
	unsigned int i, kind = rnd(4);

	memset(at, 0, len);
	if (len == 4 && kind == 0) {
		unsigned int ifindex = if_nametoindex(names[rnd(n_names)]);

		memcpy(at, &ifindex, 4);
	} else if (len == 4 && kind < 3) {
		memcpy(at, v4[rnd(5)], 4);
	} else if (len == 16) {
		memcpy(at, kind ? "\x20\1\xd\xb8" : "\x20\2\x64\x40", 4);
		at[4 + rnd(4)] = rnd(4);
	} else if (len == 1) {
		at[0] = chance(70) ? (unsigned char)"\0\1\2\3\4\x10\x18\x20\x30\x40"[rnd(10)] : rnd(256);
	} else if (kind) {
		for (i = 0; i < len; i++)
			at[i] = chance(50) ? 0 : rnd(256);
	}
	return len;
}

/* A few attributes, of one type only if that is not 0; the first names a device */
static unsigned int grow(unsigned char *at, unsigned int room, const struct rule *grammar,
			 unsigned int n, unsigned int only, bool device)
{
	unsigned int len = 0, count = 1 + rnd(n < 6 ? n + 1 : 6);

	while (count--) {
		unsigned int type = device ? PMT_A_IFINDEX : only ? only : 1 + rnd(n - 1);
		struct nlattr *nla = (void *)(at + len);
		unsigned int size;

		if (len + (room > 1000 ? 600 : 100) > room)
			break;
		if (chance(2))
			type = rnd(40);
		if (type < n && grammar[type].nest)
			size = grow(at + len + 4, 500, grammar[type].nest,
				    grammar[type].n_nest, 0, false);
		else if (type >= n || grammar[type].len == 255)
			size = payload(at + len + 4, 4 * rnd(20));
		else
			size = payload(at + len + 4, grammar[type].len);
		if (chance(2))
			size = rnd(40);
		nla->nla_type = type | (type < n && grammar[type].nest ? NLA_F_NESTED : 0);
		if (chance(2))
			nla->nla_type ^= NLA_F_NESTED;
		nla->nla_len = 4 + size;
		if (chance(1))
			nla->nla_len = odd_number();
		memset(at + len + 4 + size, 0, 3);
		len += NLA_ALIGN(4 + size);
		device = false;
	}
	return len;
}

static unsigned int put_attr(unsigned char *at, unsigned int type, const void *data,
			     unsigned int len)
{
	struct nlattr *nla = (void *)at;

	nla->nla_type = type;
	nla->nla_len = 4 + len;
	memmove(at + 4, data, len);
	memset(at + 4 + len, 0, NLA_ALIGN(len) - len);
	return NLA_ALIGN(4 + len);
}

/* A generic netlink message that had a device's number has that of one that is there */
static void name_device(unsigned char *data, unsigned int len)
{
	struct nlattr *nla = (void *)(data + 20);
	unsigned int ifindex = if_nametoindex(names[rnd(n_names)]);

	if (len < 28 || !ifindex || nla->nla_type != PMT_A_IFINDEX)
		return;
	nla->nla_len = 8;
	memcpy(nla + 1, &ifindex, 4);
}

/* What a command takes, besides the device; the others refuse what is not theirs */
static unsigned int grammar_of(unsigned int cmd)
{
	switch (cmd) {
	case PMT_CMD_RULE_NEW:
	case PMT_CMD_RULE_REPLACE:
	case PMT_CMD_RULE_DEL:
		return PMT_A_RULE;
	case PMT_CMD_POLICY_GET:
	case PMT_CMD_POLICY_NEW:
	case PMT_CMD_POLICY_REPLACE:
	case PMT_CMD_POLICY_DEL:
		return PMT_A_POLICY;
	case PMT_CMD_MAP_GET:
		return chance(50) ? PMT_A_ADDRESS4 : PMT_A_ADDRESS6;
	default:
		return 0;
	}
}

static unsigned int make_genl(unsigned char *data)
{
	struct nlmsghdr *nlh = (void *)data;
	struct genlmsghdr *genl = (void *)(data + 16);
	unsigned int type, len;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (chance(50) ? NLM_F_ACK : 0) |
			   (chance(15) ? NLM_F_DUMP : 0);
	genl->cmd = chance(95) ? 1 + rnd(PMT_CMD_MAX) : rnd(256);
	genl->version = chance(98) ? PMT_GENL_VERSION : rnd(4);
	genl->reserved = chance(99) ? 0 : 1;
	if (chance(20))
		return 20 + grow(data + 20, 4000, in_genl, PMT_A_CMD + 1, 0, chance(92));
	type = grammar_of(genl->cmd);
	len = 20 + put_attr(data + 20, PMT_A_IFINDEX, "\1\0\0", 4);
	name_device(data, len);
	return type ? len + grow(data + len, 4000, in_genl, PMT_A_CMD + 1, type, false) : len;
}

static unsigned int make_link(unsigned char *data)
{
	struct nlmsghdr *nlh = (void *)data;
	struct ifinfomsg *ifi = (void *)(data + 16);
	const char *name = names[rnd(n_names)];
	unsigned char *at = data + 32;
	unsigned char info[4200];
	unsigned int len;

	bool carries = !strcmp(name, "pmt0");	/* it stays, and stays up */

	nlh->nlmsg_type = carries || chance(80) ? RTM_NEWLINK : RTM_DELLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (chance(50) ? NLM_F_CREATE : 0) |
			   (chance(10) ? NLM_F_EXCL : 0) | (chance(10) ? NLM_F_REPLACE : 0);
	memset(ifi, 0, sizeof(*ifi));
	if (carries || chance(30)) {
		ifi->ifi_flags = carries || rnd(2);
		ifi->ifi_change = 1;
	}
	at += put_attr(at, IFLA_IFNAME, name, strlen(name) + 1);
	if (chance(20)) {
		unsigned int mtu = odd_number();

		at += put_attr(at, IFLA_MTU, &mtu, 4);
	}
	len = put_attr(info, IFLA_INFO_KIND, "pmt", 4);
	if (chance(90)) {
		unsigned char attrs[4096];
		unsigned int n = grow(attrs, 4000, in_link, IFLA_PMT_RULE + 1, 0, false);

		len += put_attr(info + len, IFLA_INFO_DATA | NLA_F_NESTED, attrs, n);
	}
	at += put_attr(at, IFLA_LINKINFO | NLA_F_NESTED, info, len);
	return at - data;
}

static void try_message(unsigned char *data)
{
	static unsigned char trash[INPUT_MAX];
	const struct input *in = NULL;
	unsigned int len, port, head, n;

	if (n_kept && chance(60)) {
		in = &kept[rnd(n_kept)];
		port = in->port;
		len = in->len;
		memcpy(data, in->data, len);
		/* other devices and kinds are not ours to try */
		head = port ? 20 : 32 + NLA_ALIGN(((struct nlattr *)(data + 32))->nla_len);
		for (n = 1 + rnd(4); n && len > head; n--)
			len = head + change(data + head, len - head);
		if (port && chance(90))
			name_device(data, len);
	} else {
		memset(data, 0, 32);
		port = chance(75);
		len = port ? make_genl(data) : make_link(data);
	}
	((struct nlmsghdr *)data)->nlmsg_len = chance(99) ? len : rnd(len + 20);
	note(data, len, port);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
	if (send(netlink[port], data, len, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
	    errno != ENOBUFS && errno != EINVAL)
		die("send");
	while (recv(netlink[port], trash, sizeof(trash), MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
	if (is_new())
		keep(data, len, port);
	/* drafts of a transaction end with the socket */
	if (executions++ % 200 == 0) {
		close(netlink[1]);
		netlink[1] = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		if (netlink[1] < 0)
			die("netlink");
	}
}

static void find_family(void)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr nla;
		char name[4];
	} ask = {
		.nlh = { sizeof(ask), GENL_ID_CTRL, NLM_F_REQUEST },
		.genl = { CTRL_CMD_GETFAMILY, 1 },
		.nla = { 8, CTRL_ATTR_FAMILY_NAME },
		.name = PMT_GENL_NAME,
	};
	unsigned char answer[8192];
	int len, at;

	if (send(netlink[1], &ask, sizeof(ask), 0) < 0)
		die("netlink");
	len = recv(netlink[1], answer, sizeof(answer), 0);
	for (at = 20; at + 4 <= len; at += NLA_ALIGN(*(unsigned short *)(answer + at)))
		if (*(unsigned short *)(answer + at + 2) == CTRL_ATTR_FAMILY_ID)
			family = *(unsigned short *)(answer + at + 4);
	if (!family) {
		fprintf(stderr, "kernel: no generic netlink family pmt\n");
		exit(2);
	}
}

/* --------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
	static unsigned char buffer[2 * INPUT_MAX];
	unsigned int seconds = 10, seed = 1;
	bool packets;
	time_t end;
	int option;

	while ((option = getopt(argc, argv, "t:s:l:k:")) != -1) {
		if (option == 't')
			seconds = atoi(optarg);
		else if (option == 's')
			seed = atoi(optarg);
		else if (option == 'l')
			last_fd = open(optarg, O_RDWR | O_CREAT, 0644);
		else if (option == 'k')
			kept_path = optarg;
		else
			return 2;
	}
	argv += optind;
	argc -= optind;
	packets = argc == 4 && !strcmp(argv[0], "packets");
	if (!packets && (argc < 2 || strcmp(argv[0], "messages"))) {
		fprintf(stderr, "usage: kernel [-t SECONDS] [-s SEED] [-l LAST] packets ACC INET SEEDS | messages NAME...\n");
		return 2;
	}
	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	kept = calloc(KEEP_MAX, sizeof(*kept));
	if (!kept)
		die("memory");
	if (packets) {
		tun_fd[0] = tun_open(argv[1]);
		tun_fd[1] = tun_open(argv[2]);
		listen_to_all();
		read_seeds(argv[3]);
		n_seeds = n_kept;
		if (!n_seeds) {
			fprintf(stderr, "kernel: no seeds in %s\n", argv[3]);
			return 2;
		}
		/* those of last time may be thrown out again */
		if (kept_path && !access(kept_path, R_OK))
			read_seeds(kept_path);
	} else {
		names = argv + 1;
		n_names = argc - 1;
		netlink[0] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
		netlink[1] = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		if (netlink[0] < 0 || netlink[1] < 0)
			die("netlink");
		find_family();
	}
	kcov_open();
	for (end = time(NULL) + seconds; time(NULL) < end;) {
		if (packets)
			try_packet(buffer);
		else
			try_message(buffer);
	}
	if (kept_path)
		write_kept();
	printf("executions %lu edges %lu kept %u\n", executions, edges, n_kept - n_seeds);
	return executions && edges ? 0 : 1;
}
