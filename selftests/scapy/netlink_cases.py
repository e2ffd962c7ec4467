#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Netlink messages that no tool would send: truncated, oversized, out of range.

Each is refused with an error, by what is ours with a sentence too, and changes
nothing. Run by netlink.sh inside a namespace that has pmt0 with one rule.
"""
import errno
import os
import socket
import struct
import subprocess

import netlink
from netlink import (ACK, A_ADDRESS4, A_ADDRESS6, A_CONFIG_ID, A_GENERATION, A_IFINDEX, A_IFNAME,
		     A_POLICY, A_RULE, CREATE, DUMP, EXCL, IFLA_IFNAME, IFLA_LINKINFO,
		     INFO_DATA, INFO_KIND, MAP_GET, NESTED, NETLINK_ADD_MEMBERSHIP,
		     NETLINK_EXT_ACK, NETLINK_GENERIC, NETLINK_ROUTE, POLICY_DEL, POLICY_GET,
		     POLICY_NEW, REQUEST, RULE_DEL, RULE_FLUSH, RULE_NEW, RULE_REPLACE, R_CSUM,
		     R_IPV4, R_IPV4_LEN, R_PROVIDER, R_PROVIDER_LEN, R_SUBNET, R_SUBNET_BITS,
		     SOL_NETLINK, STATS_GET, TXN_BEGIN, TXN_COMMIT, Netlink, Pmt, attr, attrs_of, entry,
		     nest, u32, u8)
from packet import addr6, number
from relay import Tap

RULES_MAX = 4096


def rule(provider="2400:1::", length=32, ipv4=None, ipv4_len=None, subnet=None, bits=None,
	 *more):
	parts = [attr(R_PROVIDER, addr6(provider)), u8(R_PROVIDER_LEN, length)]
	if ipv4 is not None:
		parts.append(attr(R_IPV4, number(ipv4).to_bytes(4, "big")))
	if ipv4_len is not None:
		parts.append(u8(R_IPV4_LEN, ipv4_len))
	if subnet is not None:
		parts.append(attr(R_SUBNET, struct.pack("=H", subnet)))
	if bits is not None:
		parts.append(u8(R_SUBNET_BITS, bits))
	return nest(A_RULE, *parts, *more)


def key(provider, length):
	return nest(A_RULE, attr(R_PROVIDER, addr6(provider)), u8(R_PROVIDER_LEN, length))


class Cases(Tap):
	def __init__(self):
		self.pmt = Pmt()
		self.dev = u32(A_IFINDEX, socket.if_nametoindex("pmt0"))
		self.start = self.pmt.rules()

	def refused(self, name, result, want=None, sentence=True):
		"""An error (one of `want`), a sentence, and nothing changed"""
		code, text, _ = result
		notes = []
		if not code or want and code not in want:
			notes.append("answer: %s" % (code and errno.errorcode.get(code, code)))
		if sentence and len(text) < 8:
			notes.append("no sentence: %r" % text)
		if self.pmt.rules() != self.start:
			notes.append("the rules changed")
			self.start = self.pmt.rules()
		self.result(not notes, "refused: " + name, *notes)

	def new(self, name, *attrs, want=(errno.EINVAL,), sentence=True):
		self.refused(name, self.pmt.ask(RULE_NEW, *attrs), want, sentence)


def generic(t):
	pmt, dev = t.pmt, t.dev
	t.result(pmt.about.get(3) == struct.pack("=I", 1), "the family's version is 1")
	t.result(pmt.group() is not None, "there is a multicast group config")
	code, text, _ = pmt.ask(RULE_NEW, dev, rule())
	t.result(not code, "a rule that is right is taken", code, text)
	t.start = pmt.rules()
	any_ = (errno.EINVAL, errno.ERANGE, errno.ENOENT, errno.EOPNOTSUPP, errno.EEXIST)

	t.new("an unknown attribute", dev, rule("2400:2::", 40, "12.0.0.0", 8), u32(200, 1))
	t.new("an unknown attribute inside a rule", dev,
	      rule("2400:2::", 40, "12.0.0.0", 8, None, None, u32(99, 1)))
	good = rule("2400:2::", 40, "12.0.0.0", 8)
	t.new("an attribute cut off", dev, good[:-3])
	t.new("an attribute longer than the message", dev,
	      struct.pack("=HH", 400, A_RULE | NESTED) + good[4:])
	t.new("an attribute shorter than its header", dev, good, struct.pack("=HH", 3, A_RULE))
	t.new("bytes behind the last attribute", dev, good, b"\0\0")
	t.new("a rule's inside cut off", dev, nest(A_RULE, attr(R_PROVIDER, addr6("2400:2::"))[:-4]))
	t.new("a rule that is empty", dev, nest(A_RULE))
	t.new("no rule at all", dev)
	t.new("no device", good)
	t.new("a device index of one byte", u8(A_IFINDEX, 1), good, want=any_)
	t.new("a device index of eight bytes", attr(A_IFINDEX, bytes(8)), good, want=any_)
	none = (errno.ENODEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ERANGE)
	t.new("device index 0", u32(A_IFINDEX, 0), good, want=none)
	t.new("a device index of nobody", u32(A_IFINDEX, 4711), good, want=none)
	t.new("a device of another kind", u32(A_IFINDEX, socket.if_nametoindex("lo")), good,
	      want=none)
	for size in 0, 4, 15, 17, 32:
		t.new("a provider prefix of %d bytes" % size, dev, nest(
			A_RULE, attr(R_PROVIDER, addr6("2400:2::")[:size].ljust(size, b"\0")),
			u8(R_PROVIDER_LEN, 40), u8(R_IPV4_LEN, 8)), want=any_)
	t.new("no provider prefix", dev, nest(A_RULE, u8(R_PROVIDER_LEN, 40)))
	t.new("no length of the provider prefix", dev, nest(
		A_RULE, attr(R_PROVIDER, addr6("2400:2::")), u8(R_IPV4_LEN, 8)))
	for length in 0, 65, 128, 129, 255:
		t.new("a provider prefix of length %d" % length, dev,
		      rule("2400:2::", length, "12.1.2.3", 32), want=any_)
	for size in 0, 3, 5, 16:
		t.new("an IPv4 prefix of %d bytes" % size, dev, nest(
			A_RULE, attr(R_PROVIDER, addr6("2400:2::")), u8(R_PROVIDER_LEN, 40),
			attr(R_IPV4, bytes(size)), u8(R_IPV4_LEN, 8)), want=any_)
	for length in 33, 64, 255:
		t.new("an IPv4 prefix of length %d" % length, dev,
		      rule("2400:2::", 40, "12.1.2.3", length), want=any_)
	t.new("2^17 subnets", dev, rule("2400:2::", 20, "12.1.2.3", 32, 0, 17), want=any_)
	t.new("a subnet base with low bits", dev, rule("2400:2::", 40, "12.0.0.0", 16, 1, 1))
	t.new("a checksum mode of 2", dev, rule("2400:2::", 40, "12.0.0.0", 16, 0, 0,
						 u8(R_CSUM, 2)), want=any_)
	t.new("R4: host bits in the provider prefix", dev, rule("2400:2::1", 40, "12.0.0.0", 8))
	t.new("R4: host bits in the IPv4 prefix", dev, rule("2400:2::", 40, "12.0.0.1", 8))
	t.new("R4: an IPv4 address without length", dev, rule("2400:2::", 40, "12.0.0.1"))
	for p, m, s in (36, 0, 0), (40, 10, 3), (33, 0, 0), (48, 31, 16), (64, 31, 0):
		t.new("R4: p %d, m %d, s %d" % (p, m, s), dev,
		      rule("2400:2::", p, "0.0.0.0", m, 0, s))
	for prefix, length in (("2002::", 16), ("2002:100::", 32), ("2000::", 14),
			       ("ff00::", 16), ("fe80::", 32), ("fec0::", 32), ("fd00::", 32),
			       ("fc00::", 8), ("::", 16), ("::", 8), ("0:1::", 32)):
		t.new("R4: provider %s/%d" % (prefix, length), dev,
		      rule(prefix, length, "12.0.0.0", 8))
	t.new("R4: a provider prefix inside another", dev, rule("2400:1:1::", 48, "12.0.0.0", 16),
	      want=(errno.EINVAL, errno.EEXIST))
	t.new("R4: a provider prefix around another", dev, rule("2400::", 24, "12.0.0.0", 8),
	      want=(errno.EINVAL, errno.EEXIST))
	t.new("R4: the same IPv4 prefix and subnet", dev, rule("2400:2::", 32),
	      want=(errno.EINVAL, errno.EEXIST))
	t.new("add of a rule that is there", dev, rule("2400:1::", 32), want=(errno.EEXIST,))
	t.new("three rules, the last one wrong", dev, good, rule("2400:3::", 40, "13.0.0.0", 8),
	      rule("2002:3::", 40, "14.0.0.0", 8))
	t.new("three rules, the first one wrong", dev, rule("2002:3::", 40, "14.0.0.0", 8), good,
	      rule("2400:3::", 40, "13.0.0.0", 8))
	t.new("two rules, one twice", dev, good, good, want=any_)
	many = [rule(number("2400:8000::") + (i << 88), 40, number("12.0.0.0") + (i << 8), 24)
		for i in range(RULES_MAX + 1)]
	t.new("%d rules in a message" % len(many), dev, *many,
	      want=(errno.EINVAL, errno.E2BIG, errno.ENOSPC, errno.EMSGSIZE))
	t.new("an attribute of 64 KiB", dev, struct.pack("=HH", 0xffff, A_RULE | NESTED)
	      + bytes(0xfffc))

	def of(name, *args, want=any_, sentence=True, **how):
		t.refused(name, pmt.ask(*args, **how), want, sentence)

	of("delete of a rule that is not there", RULE_DEL, dev, rule("2400:9::", 32))
	of("delete of a rule whose IPv4 prefix is another", RULE_DEL, dev,
	   rule("2400:1::", 32, "12.0.0.0", 8))
	of("delete of a rule whose csum is another", RULE_DEL, dev, rule(
		"2400:1::", 32, None, None, None, None, u8(R_CSUM, 1)))
	of("delete of two, one of them not there", RULE_DEL, dev, rule(), rule("2400:9::", 32))
	of("delete of nothing", RULE_DEL, dev)
	of("flush with an unknown attribute", RULE_FLUSH, dev, u32(77, 1))
	of("a map query without address", MAP_GET, dev)
	of("a map query with both addresses", MAP_GET, dev, attr(A_ADDRESS4, bytes(4)),
	   attr(A_ADDRESS6, bytes(16)))
	of("a map query of three bytes", MAP_GET, dev, attr(A_ADDRESS4, bytes(3)))
	of("command 0", 0, dev, sentence=False)
	of("command 99", 99, dev, sentence=False)
	t.refused("a message of a netlink header alone",
		  pmt.raw(pmt.family, REQUEST | ACK, b""), sentence=False)
	t.refused("half a generic netlink header",
		  pmt.raw(pmt.family, REQUEST | ACK, b"\2\1"), sentence=False)
	body = struct.pack("=BBH", RULE_NEW, 1, 0) + dev + good
	result = pmt.raw(pmt.family, REQUEST | ACK, body, length=16 + len(body) + 64)
	t.result(result[0] is None and pmt.rules() == t.start,
		 "a header that says more than there is changes nothing", result)
	for cut in range(0, len(dev + good), 4):
		result = pmt.ask(RULE_NEW, (dev + good)[:cut])
		if not result[0] or pmt.rules() != t.start:
			break
	t.refused("a message cut off at any word", result, sentence=False)


def policy(t):
	pmt, dev = t.pmt, t.dev
	nobody = u32(A_IFINDEX, 4711)

	def entries():
		code, _, replies = pmt.ask(POLICY_GET, flags=DUMP)
		assert code == 0
		return [[a for a in attrs_of(r[4:]) if a[0] != A_GENERATION] for r in replies]

	code, text, _ = pmt.ask(POLICY_NEW, dev, entry("9.0.0.0", 8, 3))
	t.result(not code, "an entry that is right is taken", code, text)
	before, t.start = entries(), pmt.rules()
	for name, want, command, *attrs in (
		("no entry at all", errno.EINVAL, POLICY_NEW, dev),
		("an entry without prefix", errno.EINVAL, POLICY_NEW, dev, nest(A_POLICY, u8(3, 1))),
		("an entry without action", errno.EINVAL, POLICY_NEW, dev, entry("8.0.0.0", 8)),
		("an entry of length 33", errno.ERANGE, POLICY_NEW, dev, entry("8.0.0.0", 33, 1)),
		("an action that there is not", errno.ERANGE, POLICY_NEW, dev, entry("8.0.0.0", 8, 5)),
		("bits behind the prefix length", errno.EINVAL, POLICY_NEW, dev, entry("8.0.0.1", 31, 1)),
		("a built-in range", errno.EINVAL, POLICY_NEW, dev, entry("127.1.0.0", 16, 0)),
		("one prefix twice", errno.EINVAL, POLICY_NEW, dev, entry("8.0.0.0", 8, 1),
		 entry("10.0.0.0", 8, 1), entry("8.0.0.0", 8, 2)),
		("one that is there, behind one that is new", errno.EEXIST, POLICY_NEW, dev,
		 entry("8.0.0.0", 8, 1), entry("9.0.0.0", 8, 1)),
		("delete of one that is not there", errno.ENOENT, POLICY_DEL, dev, entry("9.0.0.0", 9)),
		("an entry for nobody's device", errno.ENODEV, POLICY_NEW, nobody, entry("8.0.0.0", 8, 1)),
		("a query without address", errno.EINVAL, POLICY_GET, dev),
		("a query of nobody's device", errno.ENODEV, POLICY_GET, nobody,
		 attr(A_ADDRESS4, bytes((8, 0, 0, 1)))),
		("a map query of nobody's device", errno.ENODEV, MAP_GET, nobody,
		 attr(A_ADDRESS4, bytes((8, 0, 0, 1))))):
		t.refused("policy: " + name, pmt.ask(command, *attrs), (want,))
		t.result(entries() == before, "policy: " + name + ": nothing changed")

	# a draft may hold what would be too much, but not for ever
	code, text, _ = pmt.ask(TXN_BEGIN, dev)
	t.result(not code, "a transaction begins", code, text)
	t.refused("a second one", pmt.ask(TXN_BEGIN, dev), (errno.EBUSY,))
	codes = []
	for first in range(0, 2 * RULES_MAX, 1024):	# one was there
		many = [rule(number("2400:8000::") + (i << 88), 40, number("12.0.0.0") + (i << 8), 24)
			for i in range(first, first + 1024)]
		codes.append(pmt.ask(RULE_NEW, dev, *many)[:2])
	full = codes.pop()
	t.result(not any(c for c, _ in codes) and full[0] == errno.ENOSPC and len(full[1]) > 8,
		 "a draft is full when it has twice the rules", codes, full)
	t.refused("a commit of more rules than a device holds", pmt.ask(TXN_COMMIT, dev), (errno.ENOSPC,))
	pmt.ask(POLICY_DEL, dev, entry("9.0.0.0", 8))
	t.start = pmt.rules()


def right(t):
	"""What must be taken, so that the refusals above mean something"""
	pmt, dev = t.pmt, t.dev
	times = A_GENERATION, A_CONFIG_ID
	start = pmt.rules(times)
	listener = Netlink(NETLINK_GENERIC)
	listener.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, pmt.group() or 0)
	listener.sock.settimeout(2)
	good = [rule("2400:2::", 40, "12.0.0.0", 8), rule("2400:3::", 40, "13.0.0.0", 8, 4, 0)]
	code, text, _ = pmt.ask(RULE_NEW, dev, *good)
	t.result(not code and len(pmt.rules()) == len(t.start) + 2, "two rules in a message", text)
	try:
		event = listener.sock.recv(65536)[20:]
	except socket.timeout:
		event = b""
	t.result(t.dev in event, "they are told to the group config", event)
	code, text, _ = pmt.ask(RULE_REPLACE, dev, rule("2400:2::", 40, "14.0.0.0", 8))
	t.result(not code and len(pmt.rules()) == len(t.start) + 2, "a rule replaced", text)
	code, text, _ = pmt.ask(RULE_DEL, dev, *(key(p, 40) for p in ("2400:2::", "2400:3::")))
	t.result(not code and pmt.rules(times) == start, "two rules deleted by their key", text)
	many = [rule(number("2400:8000::") + (i << 88), 40, number("12.0.0.0") + (i << 8), 24)
		for i in range(1000)]
	code, text, _ = pmt.ask(RULE_NEW, dev, *many)
	t.result(not code and len(pmt.rules()) == len(t.start) + 1000,
		 "a thousand rules in one message", text)
	code, text, _ = pmt.ask(RULE_DEL, dev, *many)
	t.result(not code and pmt.rules(times) == start, "and deleted in one message", text)
	t.start = pmt.rules()

	# the highest number that a device can have is the end of a dump
	def ip(line):
		subprocess.run(["ip", *line.split()], check=True)

	ip("link add pmt8 index 2147483647 type pmt local 192.0.2.8 provider 2400:88::/32")
	for what in "rule", "stats":
		shown = subprocess.run("timeout 60 pmt -j %s show | head -c 1000000" % what, shell=True,
				       capture_output=True, text=True).stdout
		t.result(shown.count('"pmt8"') == 1, "pmt %s show ends with the last device" % what, shown[-200:])
	ip("link del pmt8")


def pieces(t):
	"""Dumps of more than one read of a small buffer takes"""
	names = ["pmt%d" % i for i in range(30, 50)]
	subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="".join(
		"link add %s type pmt local 192.0.2.%s\n" % (n, n[3:]) for n in names))
	whole, netlink.ROOM = netlink.ROOM, memoryview(bytearray(4096))
	pmt = Pmt()
	for what, command in ("stats", STATS_GET), ("policy", POLICY_GET):
		code, _, replies = pmt.ask(command, flags=DUMP)
		seen = [dict(attrs_of(r[4:]))[A_IFNAME].rstrip(b"\0").decode() for r in replies]
		t.result(not code and (sorted(seen) == sorted(names + ["pmt0"]) if what == "stats" else
				       set(seen) == set(names + ["pmt0"])),
			 "a dump of %s in pieces has each device, once" % what, code, seen)
	elsewhere = "unshare -n sh -c 'ip link add pmt0 type pmt && ip link set pmt0 type pmt ttl 9'"
	for name, command, want in (
		("nothing changes", "true", False),
		("a device changes", "ip link set pmt45 type pmt ttl 9", True),
		("a policy changes", "pmt policy add dev pmt45 9.0.0.0/8 drop", True),
		("a device comes", "ip link add pmt51 type pmt local 192.0.2.51", True),
		("a device goes", "ip link del pmt51", True),
		("a device is moved away", "ip link set pmt49 netns 1", True),
		("another namespace's devices come, change and go", elsewhere, False),
		("a device is moved here",
		 "nsenter -t 1 -n ip link set pmt49 netns %d" % os.getpid(), True)):
		pmt.between = lambda command=command: subprocess.run(command, shell=True, check=True)
		code, _, replies = pmt.ask(STATS_GET, flags=DUMP)
		t.result(code == 0 and len(replies) >= 20 and pmt.interrupted == want,
			 "a dump while %s: %s" % (name, "interrupted" if want else "not interrupted"),
			 code, len(replies), pmt.interrupted)
	netlink.ROOM = whole
	subprocess.run(["ip", "-batch", "-"], check=True, text=True,
		       input="".join("link del %s\n" % n for n in names))


def unprivileged(t):
	child = os.fork()
	if not child:
		os.setgid(65534)
		os.setuid(65534)
		pmt = object.__new__(Pmt)
		pmt.sock, pmt.seq, pmt.family = socket.socket(
			socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC), 0, t.pmt.family
		pmt.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
		refused = [pmt.ask(command, t.dev, *more)[0] == errno.EPERM
			   for command, more in (
				   (RULE_NEW, [rule("2400:4::", 32, "9.0.0.0", 8)]),
				   (RULE_REPLACE, [rule()]), (RULE_DEL, [rule()]),
				   (RULE_FLUSH, []))]
		os._exit(0 if all(refused) and pmt.rules() == t.start else 1)
	_, status = os.waitpid(child, 0)
	t.result(status == 0 and t.pmt.rules() == t.start,
		 "without CAP_NET_ADMIN rules are shown and not changed")


def stale(t):
	"""A transaction whose device goes, and comes again with its number"""
	pmt = Pmt()
	dev = u32(A_IFINDEX, 4711)
	link = "link add pmt7 index 4711 type pmt local 192.0.2.7 provider "

	def ip(line):
		subprocess.run(["ip", *line.split()], check=True)

	ip(link + "2400:77::/32")
	codes = [pmt.ask(TXN_BEGIN, dev)[0], pmt.ask(RULE_NEW, dev, rule(
		"2400:78::", subnet=1))[0]]
	ip("link del pmt7")
	ip(link + "2400:79::/32")
	before = pmt.rules()
	code, text, _ = pmt.ask(TXN_COMMIT, dev)
	t.result(codes == [0, 0] and code == errno.EBUSY and len(text) > 8
		 and pmt.rules() == before,
		 "a transaction does not outlive its device", codes, code, text)
	t.equal("and is over", pmt.ask(TXN_COMMIT, dev)[0], errno.ENOENT)
	ip("link del pmt7")
	t.start = t.pmt.rules()


(L_LINK, L_LOCAL, L_TTL, L_DSCP, L_ECN, L_DF, L_UNTRANSLATED, L_TO2002, L_HAIRPIN, L_ERRSRC,
 L_ICMP_RATE, L_PTB_RATE, L_DRAIN, L_RULE, L_RULES, L_CONFIG_ID, L_HEALTH,
 L_PAD) = range(1, 19)


def rtnetlink(t):
	route = Netlink(NETLINK_ROUTE)

	def exists(name):
		return name in [n for _, n in socket.if_nameindex()]

	def link(name, *data, flags=CREATE | EXCL, more=b""):
		return route.raw(16, REQUEST | ACK | flags, struct.pack("=BxHiII", 0, 0, 0, 0, 0)
				 + attr(IFLA_IFNAME, name.encode() + b"\0") + more
				 + nest(IFLA_LINKINFO, attr(INFO_KIND, b"pmt\0"),
					nest(INFO_DATA, *data)))

	local = attr(L_LOCAL, bytes((192, 0, 2, 1)))
	code, text, _ = link("bad0", local, more=attr(1, bytes((2, 0, 0, 0, 0, 1))))
	t.result(code and not exists("bad0") and len(text) >= 8,
		 "new device refused: a link-layer address", code, repr(text))
	for name, *data in (
		("ttl 0", u8(L_TTL, 0)), ("ttl of no byte", attr(L_TTL, b"")),
		("ttl of three bytes", attr(L_TTL, b"\1\1\1")),
		("dscp 64", u8(L_DSCP, 64)), ("dscp 254", u8(L_DSCP, 254)), ("ecn 2", u8(L_ECN, 2)),
		("df 3", u8(L_DF, 3)), ("untranslated 2", u8(L_UNTRANSLATED, 2)),
		("to2002 2", u8(L_TO2002, 2)), ("hairpin 2", u8(L_HAIRPIN, 2)),
		("drain 2", u8(L_DRAIN, 2)), ("local of 0 bytes", attr(L_LOCAL, b"")),
		("local of 3 bytes", attr(L_LOCAL, b"\1\2\3")),
		("local of 6 bytes", attr(L_LOCAL, b"\1\2\3\4\5\6")),
		("17 locals", attr(L_LOCAL, b"".join(bytes((8, 1, 1, i)) for i in range(1, 18)))),
		("local 0.0.0.0", attr(L_LOCAL, bytes(4))),
		("local 224.0.0.1", attr(L_LOCAL, bytes((224, 0, 0, 1)))),
		("local 255.255.255.255", attr(L_LOCAL, b"\xff" * 4)),
		("local 127.0.0.1", attr(L_LOCAL, bytes((127, 0, 0, 1)))),
		("a local twice", attr(L_LOCAL, bytes((8, 1, 1, 1)) * 2)),
		("errsrc of 4 bytes", attr(L_ERRSRC, bytes(4))),
		("errsrc multicast", attr(L_ERRSRC, addr6("ff02::1"))),
		("errsrc 2002:", attr(L_ERRSRC, addr6("2002:c058:6301::"))),
		("errsrc link-local", attr(L_ERRSRC, addr6("fe80::1"))),
		("a rate of one byte", u8(L_ICMP_RATE, 1)),
		("an unknown attribute", u8(L_RULE + 50, 1)),
		("the attribute behind all that there are", u8(L_PAD + 1, 1)),
		("the attribute before all that there are", u8(0, 1)),
		("a lower device that is not there", u32(L_LINK, 4711)),
		("R4: a rule with a 2002: prefix", nest(
			L_RULE, attr(R_PROVIDER, addr6("2002:1::")), u8(R_PROVIDER_LEN, 32))),
		("a rule without prefix", nest(L_RULE, u8(R_PROVIDER_LEN, 32))),
		("a rule's inside cut off", attr(L_RULE | NESTED, b"\x14\0\1\0abc"))):
		here = data if "local" in name.split()[:3] or "locals" in name else [local, *data]
		code, text, _ = link("bad0", *here)
		made = exists("bad0")
		t.result(code and not made and len(text) >= 8, "new device refused: " + name,
			 code, repr(text), "made" if made else "")
		if made:
			route.raw(17, REQUEST | ACK, struct.pack(
				"=BxHiII", 0, 0, socket.if_nametoindex("bad0"), 0, 0))

	def ttl():
		return subprocess.check_output(["ip", "-d", "link", "show", "pmt0"]).decode(
			).split(" ttl ")[1].split()[0]

	before = ttl()
	code, text, _ = link("pmt0", u8(L_TTL, 77), u8(L_PAD + 1, 1), flags=0)
	t.result(code == errno.EINVAL and len(text) >= 8 and ttl() == before,
		 "change refused: an unknown attribute", code, repr(text), ttl())
	code, text, _ = link("pmt0", u8(L_TTL, 77), flags=0)
	t.result(not code and ttl() == "77", "change: the known one alone", code, repr(text), ttl())


if __name__ == "__main__":
	Cases().parts(generic, policy, right, pieces, stale, unprivileged, rtnetlink)
