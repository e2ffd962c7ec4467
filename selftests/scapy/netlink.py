# SPDX-License-Identifier: GPL-2.0
"""Netlink from scratch: as much as the tests need, and any message, wrong too."""
import socket
import struct

from model import COUNTERS, number

NETLINK_ROUTE, NETLINK_GENERIC, SOL_NETLINK = 0, 16, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 1, 10, 11
REQUEST, ACK, EXCL, CREATE, DUMP = 1, 4, 0x200, 0x400, 0x300
NESTED, CAPPED, ERROR, DONE = 0x8000, 0x100, 2, 3
IFLA_IFNAME, IFLA_MTU, IFLA_LINKINFO, INFO_KIND, INFO_DATA = 3, 4, 18, 1, 2
# include/uapi/linux/pmt.h
(RULE_GET, RULE_NEW, RULE_REPLACE, RULE_DEL, RULE_FLUSH, MAP_GET,
 STATS_GET, POLICY_GET, POLICY_NEW, POLICY_REPLACE, POLICY_DEL, POLICY_FLUSH,
 TXN_BEGIN, TXN_COMMIT, TXN_ABORT) = range(1, 16)
(A_IFINDEX, A_IFNAME, A_RULE, A_GENERATION, A_CONFIG_ID, A_COUNTERS, A_ADDRESS4,
 A_ADDRESS6) = range(1, 9)
A_POLICY = 16
(R_PROVIDER, R_PROVIDER_LEN, R_IPV4, R_IPV4_LEN, R_SUBNET, R_SUBNET_BITS,
 R_CSUM) = range(1, 8)

ROOM = memoryview(bytearray(1 << 20))	# for whatever is received


def attr(kind, data):
	size = 4 + len(data)
	return struct.pack("=HH", size, kind) + data + bytes(-size % 4)


def u8(kind, value):
	return attr(kind, struct.pack("=B", value))


def u32(kind, value):
	return attr(kind, struct.pack("=I", value))


def nest(kind, *attrs):
	return attr(kind | NESTED, b"".join(attrs))


def entry(v4, length, action=None):
	"""A policy entry; without an action, the key of one"""
	key = attr(1, number(v4).to_bytes(4, "big")), u8(2, length)
	return nest(A_POLICY, *key, *([] if action is None else [u8(3, action)]))


def attrs_of(data):
	found = []
	while len(data) >= 4:
		size, kind = struct.unpack_from("=HH", data)
		if size < 4:
			break
		found.append((kind & 0x3fff, data[4:size]))
		data = data[size + 3 & ~3:]
	return found


class Netlink:
	between = None		# called once, when the first piece of a dump is read
	interrupted = False	# the last answer said so (NLM_F_DUMP_INTR)

	def __init__(self, family):
		self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family)
		self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
		self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
		try:
			self.sock.setsockopt(socket.SOL_SOCKET, 32, 1 << 22)	# SNDBUFFORCE
			self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)	# RCVBUFFORCE
		except PermissionError:
			pass		# who may not send much needs no room for it
		self.sock.bind((0, 0))
		self.seq = 0

	def raw(self, kind, flags, body, length=None):
		"""Send; (errno, sentence, replies). No answer at all: errno None."""
		self.seq += 1
		if length is None:
			length = 16 + len(body)
		self.sock.send(struct.pack("=IHHII", length, kind, flags, self.seq, 0) + body)
		replies = []
		self.interrupted = False
		while True:
			self.sock.settimeout(2 if length == 16 + len(body) else 0.2)
			try:
				data = bytes(ROOM[:self.sock.recv_into(ROOM)])
			except (socket.timeout, BlockingIOError):
				return None, "", replies
			if self.between:
				between, self.between = self.between, None
				between()
			while len(data) >= 16:
				size, what, bits, seq, _ = struct.unpack_from("=IHHII", data)
				payload, data = data[16:size], data[size + 3 & ~3:]
				if seq != self.seq:
					continue
				self.interrupted |= bool(bits & 0x10)
				if what in (ERROR, DONE):
					code, = struct.unpack_from("=i", payload)
					skip = 4
					if what == ERROR:
						skip += 16 if bits & CAPPED else \
							struct.unpack_from("=I", payload, 4)[0]
					text = dict(attrs_of(payload[skip:])).get(1, b"")
					return -code, text.rstrip(b"\0").decode(), replies
				replies.append(payload)


	def links(self):
		"""rtnetlink: the devices of kind pmt, as {name: what can be set}"""
		code, _, replies = self.raw(18, REQUEST | ACK | DUMP, struct.pack(
			"=BxHiII", 0, 0, 0, 0, 0))
		assert code == 0
		found = {}
		for reply in replies:
			flags, = struct.unpack_from("=I", reply, 8)
			attrs = dict(attrs_of(reply[16:]))
			info = dict(attrs_of(attrs.get(IFLA_LINKINFO, b"")))
			if info.get(INFO_KIND) == b"pmt\0":
				found[attrs[IFLA_IFNAME]] = (flags & 1, attrs[IFLA_MTU], tuple(
					attrs_of(info.get(INFO_DATA, b""))))
		return found


class Pmt(Netlink):
	"""The generic netlink family"""

	def __init__(self):
		super().__init__(NETLINK_GENERIC)
		code, _, replies = self.raw(16, REQUEST | ACK, struct.pack(
			"=BBH", 3, 1, 0) + attr(2, b"pmt\0"))
		if code or not replies:
			raise RuntimeError("no generic netlink family pmt")
		self.about = dict(attrs_of(replies[0][4:]))
		self.family, = struct.unpack("=H", self.about[1])

	def ask(self, command, *attrs, flags=0, version=1):
		return self.raw(self.family, REQUEST | ACK | flags,
				struct.pack("=BBH", command, version, 0) + b"".join(attrs))

	def rules(self, but=()):
		"""All rules, as the kernel shows them, without their counters"""
		code, _, replies = self.ask(RULE_GET, flags=DUMP)
		assert code == 0
		return sorted(tuple(sorted((k, v if k != A_RULE else tuple(
			(n, x) for n, x in attrs_of(v) if n <= R_CSUM))
			for k, v in attrs_of(reply[4:]) if k not in but))
			for reply in replies)

	def stats(self, ifindex):
		"""The counters of a device by name"""
		code, _, replies = self.ask(STATS_GET, u32(A_IFINDEX, ifindex), flags=DUMP)
		if code or len(replies) != 1:
			raise RuntimeError("stats: error %s, %d answers" % (code, len(replies)))
		counters = dict(attrs_of(dict(attrs_of(replies[0][4:]))[A_COUNTERS]))
		return {name: struct.unpack("=Q", counters[n + 1])[0]
			for n, name in enumerate(COUNTERS)}

	def group(self):
		for _, entry in attrs_of(self.about[7]):
			entry = dict(attrs_of(entry))
			if entry[1].rstrip(b"\0") == b"config":
				return struct.unpack("=I", entry[2])[0]
		return None
