#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The packets of REQUIREMENTS, each beside a neighbour that fares otherwise.

Every case says what is put in on either side and all that may come out: what
leaves is compared byte for byte, and every counter of the device with what it
was before. Run by cases.sh inside lib.sh's topology.
"""
import os
import struct

from model import (DCCP, ICMPV6, MH, TCP, UDP, UDPLITE, Relay, Rule, csum_add,
		   number, sixtofour)
from packet import (A, A6, C, C6, CP, N, P, addr6, csum_of, dccp, echo, icmp6, ipv4, ipv6,
		    l4_sum, make, mh, tcp, tunnelled, udp)
from relay import ETH_IPV4, Port, Surroundings, Tap, run

GUA, GUA6, GUAP = "8.0.0.1", "2002:800:1::1", "2001:db8:800:1::1"
OURS = addr6(N), addr6(A6), addr6("2002:800:2::")
FENCE6, FENCE4 = number("3fff:b::1").to_bytes(16, "big"), bytes((9, 9, 9, 10))


def canonical(packet):
	"""An IPv4 packet without its ID, which is free (R40), and ICMPv6 that the
	relay itself says without flow label, which the stack draws."""
	if packet[0] >> 4 != 4:
		if packet[8:24] in OURS and packet[6] == ICMPV6:
			return packet[:1] + bytes((packet[1] & 0xf0,)) + b"FL" + packet[4:]
		return packet
	good = b"ok" if csum_add(packet[:20]) == 0xffff else b"??"
	inner = packet[20:]
	if packet[9] == 41 and len(inner) > 40:
		inner = canonical(inner)
	return packet[:4] + b"ID" + packet[6:10] + good + packet[12:20] + inner


def is_error(packet):
	"""An ICMP error of the relay itself"""
	if packet[0] >> 4 == 4:
		return packet[9] == 1
	return packet[6] == ICMPV6 and packet[40] < 128


def hop(packet):
	"""The same, a hop further"""
	return packet[:7] + bytes((packet[7] - 1,)) + packet[8:]


def rule_of(text):
	"""The model's rule of the words that are typed"""
	words = text.split()
	said = dict(zip(words[::2], words[1::2]))
	return Rule(said["provider"], said.get("ipv4", "0.0.0.0/0"), said.get("subnet", "0"),
		    said.get("csum") == "neutral")


DEFAULTS = {"untranslated": "off", "to2002": "reject", "hairpin": "on", "df": "unset",
	    "dscp": "0", "ecn": "compat", "errsrc": N, "icmp_rate": "100000",
	    "ptb_rate": "100000"}


class Cases(Tap):
	def __init__(self):
		self.net = Surroundings()
		self.fences = 0

	def fence(self):
		"""Two packets that the relay's stack turns round, and which tell
		that all before them has been dealt with. They have routes of their own."""
		self.fences += 1
		data = struct.pack("!Q", self.fences)
		self.net.serv.send(ipv6("3fff:a::1", "3fff:b::1", 59, data))
		self.net.cust.send(ipv4("9.9.9.9", "9.9.9.10", data, proto=253))

	def exchange(self, cust, serv, wanted):
		for packet in cust:
			self.net.cust.send(packet)
		for packet in serv:
			self.net.serv.send(packet)
		self.fence()

		def split(packets, at, mark):
			back = [p for p in packets if p[at:at + len(mark)] == mark]
			return len(back), [p for p in packets if p not in back]

		def enough(at_cust, at_serv):
			seen4, rest4 = split(at_cust, 16, FENCE4)
			seen6, rest6 = split(at_serv, 24, FENCE6)
			return seen4 and seen6 and len(rest4) >= wanted[0] \
				and len(rest6) >= wanted[1]

		at_cust, at_serv = self.net.collect(enough)
		return split(at_cust, 16, FENCE4)[1], split(at_serv, 24, FENCE6)[1]

	def case(self, name, cust=(), serv=(), at_cust=(), at_serv=(), counts=(),
		 errors=False):
		"""errors: the stack or pmt may answer with an ICMP error."""
		cust, serv, at_cust, at_serv = (
			[x] if isinstance(x, bytes) else list(x)
			for x in (cust, serv, at_cust, at_serv))
		before = self.net.stats()
		got = self.exchange(cust, serv, (len(at_cust), len(at_serv)))
		after = self.net.stats()
		moved = {k: v - before[k] for k, v in after.items() if v != before[k]}
		wanted = {k: counts.count(k) for k in counts}
		notes = []
		for side, come, want in zip(("cust", "serv"), got, (at_cust, at_serv)):
			if errors:
				come = [p for p in come if not is_error(p)]
			come = sorted(map(canonical, come))
			want = sorted(map(canonical, want))
			if come != want:
				notes += ["%s got   %s" % (side, p.hex()) for p in come]
				notes += ["%s wants %s" % (side, p.hex()) for p in want]
		if moved != wanted:
			notes.append("counters moved: %s, should: %s" % (moved, wanted))
		if notes:
			notes += ["put in at cust: " + p.hex() for p in cust]
			notes += ["put in at serv: " + p.hex() for p in serv]
		self.result(not notes, name, *notes)

	def go(self, name, packets, *want, counts=()):
		"""Packets, whose version tells the side, and all that comes of them on
		both sides, which is also what the model says."""
		if isinstance(packets, bytes):
			packets = [packets]
		says, moved = [], []
		for packet in packets:
			verdict = self.model.verdict(packet)
			says += [p for p in (verdict.packet, verdict.reply) if p]
			moved += verdict.counts
		says = sorted(map(canonical, says))
		if says != sorted(map(canonical, want)) or sorted(moved) != sorted(counts):
			self.result(False, name, "the model says otherwise: " + str(moved),
				    *("in    " + p.hex() for p in packets),
				    *("model " + p.hex() for p in says),
				    *("test  " + canonical(p).hex() for p in want))
			return
		self.case(name, [p for p in packets if p[0] >> 4 == 4],
			  [p for p in packets if p[0] >> 4 == 6],
			  [p for p in want if p[0] >> 4 == 4],
			  [p for p in want if p[0] >> 4 == 6], counts=list(counts))

	def configure(self, *rules, policy=None, **options):
		"""Rules and options of device and model, all else by default"""
		self.rules(*rules)
		self.policy(policy or {})
		self.change(" ".join("%s %s" % (k.replace("_", "-"), v) for k, v in
				     {**DEFAULTS, **options}.items()))
		kept = ("untranslated", "to2002", "hairpin", "df", "dscp", "ecn", "errsrc")
		values = {"on": True, "off": False, "0": 0}
		self.model = Relay(map(rule_of, rules), own=("8.0.0.2", "127.0.0.1"),
				   broadcasts=("8.0.0.255",), policy=policy or {}, **{
			k: values.get(v, int(v) if v.isdigit() else v)
			for k, v in options.items() if k in kept})

	def policy(self, entries):
		self.batch(["policy flush dev pmt0"] + [
			"policy add dev pmt0 %s %s" % entry for entry in entries.items()])

	# What most cases are about: one packet, one side.

	def passes_out(self, name, inner, want, src=C, counts=(), **fields):
		self.case(name, cust=tunnelled(src, A, inner, **fields), at_serv=want,
			  counts=counts)

	def passes_in(self, name, packet, want, dst=C, src=A, ttl=64, counts=()):
		self.case(name, serv=packet, at_cust=tunnelled(src, dst, want, ttl=ttl),
			  counts=counts)

	def drops_out(self, name, why, inner, src=C, **fields):
		self.case(name, cust=tunnelled(src, A, inner, **fields), counts=[why])

	def drops_in(self, name, why, packet, errors=False):
		self.case(name, serv=packet, counts=[why], errors=errors)

	def rules(self, *rules):
		self.batch(["rule flush dev pmt0"] + ["rule add dev pmt0 " + rule for rule in rules])

	def batch(self, lines):
		self.net.pmt("-b", "-", text="\n".join(lines) + "\n")

	def change(self, *options):
		self.net.ip("link set pmt0 type pmt " + " ".join(options))


DATA = udp(1024, 53, b"\1\2\3\4")


def both(t, name, proto, body, src=C6, new=CP, v4=C, counts=()):
	"""One body through the relay both ways, checksums true at either end."""
	t.passes_out(name + ", out", make(src, P, proto, body),
		     make(new, P, proto, body, hops=63), src=v4, counts=counts)
	t.passes_in(name + ", in", make(P, new, proto, body),
		    make(P, src, proto, body, hops=63), dst=v4, counts=counts)


def mapping(t):
	t.passes_in("R8: the first packet of all is inbound", make(P, CP, UDP, DATA),
		    make(P, C6, UDP, DATA, hops=63))
	t.passes_out("R1: out, only the source prefix changes", make(C6, P, UDP, DATA),
		     make(CP, P, UDP, DATA, hops=63))
	t.passes_in("R2: in, only the destination prefix changes",
		    make(P, CP, UDP, DATA), make(P, C6, UDP, DATA, hops=63))
	both(t, "R1 R2: another customer", UDP, DATA, GUA6, GUAP, GUA)
	for iid in ("ffff:ffff:ffff:ffff", "0:0:0:0", "ffff:0:0:1", "0:5efe:c98:2c01"):
		both(t, "R3: interface ID %s is kept" % iid, UDP, DATA,
		     "2002:c98:2c01:0:" + iid, "2001:db8:c98:2c01:" + iid)
	count = 300
	t.case("R8: %d customers" % count,
	       serv=[make(P, number(CP) + (i << 64), UDP, DATA) for i in range(count)],
	       at_cust=[tunnelled(A, number(C) + i, make(
		       P, number(C6) + (i << 80), UDP, DATA, hops=63)) for i in range(count)])
	kept = run(["ip", "-n", t.net.ns, "-6", "neigh", "show", "dev", "pmt0", "nud", "all"])
	kept = kept.splitlines()
	t.result(len(kept) <= 1, "R8: the stack keeps no neighbour per customer", *kept[:5])


def generalised(t):
	"""R4, R5, R7: section 0's table"""
	for letter, rule, v4, old, new in (
		("A", "provider 2001:db8::/32", C, "2002:c98:2c01::", "2001:db8:c98:2c01::"),
		("B", "provider 2001:db8:ff00::/40 ipv4 10.0.0.0/8", "10.1.2.3",
		 "2002:a01:203::", "2001:db8:ff01:203::"),
		("C", "provider 2001:db8:1200::/40 ipv4 100.64.0.0/10 subnet 0-3",
		 "100.72.3.9", "2002:6448:309:1::", "2001:db8:1220:c25::"),
		("D", "provider 2001:db8::/32 ipv4 10.0.0.0/8 subnet 0-0xff",
		 "10.100.100.1", "2002:a64:6401:1::", "2001:db8:6464:101::"),
		("E", "provider 2001:db8:4400::/40 ipv4 100.64.0.0/10", "100.72.3.9",
		 "2002:6448:309::", "2001:db8:4420:c24::")):
		t.rules(rule)
		for proto, body in (UDP, DATA), (TCP, tcp(40000, 80)):
			both(t, "R4: example %s, protocol %d" % (letter, proto), proto, body,
			     old + "1", new + "1", v4)
	t.drops_in("R6: example E, an address with pad bits has no mapping", "nomap",
		   make(P, "2001:db8:4420:c25::1", UDP, DATA), errors=True)

	t.rules("provider 2001:db8:1200::/40 ipv4 100.64.0.0/10 subnet 0-3")
	t.drops_out("R5: no rule covers 8.0.0.1", "nomap", make(GUA6, P, UDP, DATA), src=GUA)
	t.drops_out("R7: no rule of this customer holds subnet 4", "sid",
		    make("2002:6448:309:4::1", P, UDP, DATA), src="100.72.3.9")
	both(t, "R5: the rule covers 100.72.3.9, subnet 3", UDP, DATA,
	     "2002:6448:309:3::1", "2001:db8:1220:c27::1", "100.72.3.9")

	t.rules("provider 2001:db8::/32", "provider 2400:1::/32 subnet 1",
		"provider 2400:2::/40 ipv4 12.0.0.0/8",
		"provider 2400:3::/46 ipv4 12.152.0.0/16 subnet 4-7")
	t.net.ip(*("route replace 2400:%d::/32 via fe80::1 dev pmt0" % i for i in (1, 2, 3)),
		 family="-6")
	for sid, new in ((0, "2400:2:98:2c01::1"), (1, "2400:1:c98:2c01::1"),
			 (7, "2400:3:0:b007::1")):
		both(t, "R5: the longest match among the rules that hold subnet %d" % sid,
		     UDP, DATA, sixtofour(number(C), sid, 1), new)
	both(t, "R5: a customer outside the longer rules", UDP, DATA, GUA6, GUAP, GUA)
	t.drops_in("R6: the shorter rule's image of a customer of the longer", "nomap",
		   make(P, CP, UDP, DATA), errors=True)
	t.rules("provider 2001:db8::/32")
	t.drops_out("R7: subnet 5 is not truncated into the mapped one", "sid",
		    make("2002:c98:2c01:5::1", P, UDP, DATA))
	both(t, "R7: subnet 0 flows", UDP, DATA)
	t.rules()
	t.drops_out("R57: no rule, nothing is relayed out", "nomap", make(C6, P, UDP, DATA))
	t.drops_in("R57: no rule, nothing is relayed in", "nomap", make(P, CP, UDP, DATA),
		   errors=True)
	t.rules("provider 2001:db8::/32")
	both(t, "R57: with the rule back it flows", UDP, DATA)


def receive_checks(t):
	inner = make(C6, P, UDP, DATA)
	for dst in "8.0.0.255", "8.0.0.2":
		t.case("R10: to %s it is not ours: next handler" % dst,
		       cust=tunnelled(C, dst, inner), errors=True)
	t.change("local", "8.0.0.2," + A)
	for dst in "8.0.0.2", A:
		t.case("R10: %s is accepted when listed" % dst, cust=tunnelled(C, dst, inner),
		       at_serv=make(CP, P, UDP, DATA, hops=63))
	t.passes_in("R41: the first local is the source", make(P, CP, UDP, DATA),
		    make(P, C6, UDP, DATA, hops=63), src="8.0.0.2")
	t.change("local", A)
	t.case("R10: no longer listed, no longer ours", cust=tunnelled(C, "8.0.0.2", inner),
	       errors=True)

	def from_(src):
		return make(sixtofour(number(src), 0, 1), P, UDP, DATA)

	for src in ("0.1.2.3", "169.254.1.1", "240.0.0.1", "192.88.99.7", "8.0.0.255"):
		t.drops_out("R11: outer source %s" % src, "bogon", from_(src), src=src)
	for src in ("127.0.0.1", "224.0.0.1", "255.255.255.255", "8.0.0.2", A):
		t.case("R11: outer source %s never gets to a handler" % src,
		       cust=tunnelled(src, A, from_(src)))
	for src in ("1.0.0.0", "169.253.255.255", "223.255.255.255", "192.88.98.255"):
		t.passes_out("R11: outer source %s is fine" % src, from_(src), make(
			number("2001:db8::") | number(src) << 64 | 1, P, UDP, DATA, hops=63),
			src=src)
	t.drops_out("R12 R16: the V4 in the source is another's", "spoof", inner, src=GUA)
	t.drops_out("R13: the provider's own prefix as source", "source",
		    make(CP, P, UDP, DATA))
	t.drops_out("R13: a foreign source", "source", make("3fff::9", P, UDP, DATA))
	for bad in ("::ffff:8.8.8.8", "::1", "::", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
		    "fc00::1", "fd00::1"):
		t.drops_out("R14: inner destination %s" % bad, "address",
			    make(C6, bad, UDP, DATA))
		t.drops_out("R14: inner source %s" % bad, "address", make(bad, P, UDP, DATA))
	for good in ("1::1", "fe00::1", "64:ff9b::808:808"):
		t.passes_out("R14: inner destination %s is fine" % good,
			     make(C6, good, UDP, DATA), make(CP, good, UDP, DATA, hops=63))
	t.drops_out("R15: to a 2002: destination", "6to4dst", make(C6, GUA6, UDP, DATA))

	both(t, "R17: as it should be", UDP, udp(1, 2, b"abcde"))
	short = make(C6, P, UDP, udp(1, 2, b"abcde"))
	good = make(CP, P, UDP, udp(1, 2, b"abcde"), hops=63)
	t.passes_out("R17: 8 bytes behind the packet are trimmed", short, good,
		     trailer=b"trailing")
	t.passes_out("R17: IPv4 options are none of our business", short, good,
		     options=b"\1\1\1\0")
	t.drops_out("R17: a byte short", "len", short[:-1])
	t.drops_out("R17: a header and no payload", "len", short[:40])
	t.drops_out("R17: version 5", "malformed", b"\x50" + short[1:])
	t.drops_out("R17: version 4", "malformed", b"\x45" + short[1:])
	t.case("R17: 39 bytes", cust=tunnelled(C, A, short[:39]))
	t.case("R17: nothing inside", cust=tunnelled(C, A, b""))
	t.passes_out("R17: a packet without payload", ipv6(C6, P, 59),
		     ipv6(CP, P, 59, hops=63))
	t.passes_out("R17: no payload, but bytes behind it", ipv6(C6, P, 59, b"junk", length=0),
		     ipv6(CP, P, 59, hops=63))
	for kind in (130, 131, 132, 133, 134, 135, 136, 137, 143):
		t.drops_out("R19: ICMPv6 type %d" % kind, "nd",
			    make(C6, P, ICMPV6, icmp6(kind, 0, bytes(20)), hops=255))
	t.drops_out("R19: a router advertisement from the tunnel", "nd",
		    make("fe80::2", "fe80::1", ICMPV6, icmp6(134, 0, bytes(12)), hops=255))
	for kind in 129, 138, 142, 144:
		both(t, "R19: ICMPv6 type %d is none of them" % kind, ICMPV6,
		     icmp6(kind, 0, b"12345678"))


def order(t):
	"""R75: with several faults the first check names the drop"""
	nd = icmp6(134, 0, bytes(12))
	for want, inner, src in (
		("malformed", b"\x40" + make("fe80::1", P, ICMPV6, nd)[1:-1], "0.1.2.3"),
		("len", make("fe80::1", P, ICMPV6, nd)[:-1], "0.1.2.3"),
		("nd", make("fe80::1", P, ICMPV6, nd), "0.1.2.3"),
		("bogon", make("fe80::1", P, UDP, DATA), "0.1.2.3"),
		("address", make("3fff::9", "ff02::1", UDP, DATA), C),
		("source", make("3fff::9", GUA6, UDP, DATA), C),
		("spoof", make(GUA6, GUA6, UDP, DATA), C),
		("6to4dst", make("2002:c98:2c01:5::1", GUA6, UDP, DATA), C),
		("sid", make("2002:c98:2c01:5::1", P, UDP, DATA), C)):
		t.drops_out("R75: first fault in the order, out: %s" % want, want, inner, src=src)
	for want, src in (("address", "fd00::1"), ("6to4src", GUA6), ("spoof", CP)):
		t.drops_in("R75: first fault in the order, in: %s" % want, want,
			   make(src, "2001:db8:7f00:1::1", UDP, DATA))


def checksums(t):
	def exact(name, proto, body, before, after):
		for src, want in (C6, before), (CP, after):
			assert csum_of(make(src, P, proto, body)) == want
		both(t, name, proto, body)

	exact("R24: echo, 0fa2 and 01eb", ICMPV6, echo(), 0x0fa2, 0x01eb)
	exact("R24: UDP, 5e80 and 50c9", UDP, DATA, 0x5e80, 0x50c9)
	exact("R26: UDP, 0db7 and ffff", UDP, udp(1024, 53, b"\x54\xd3"), 0x0db7, 0xffff)
	for name, proto, body in (
		("TCP", TCP, tcp(40000, 80, b"GET /")), ("DCCP", DCCP, dccp(1, 2, b"data")),
		("UDP-Lite", UDPLITE, udp(1, 2, b"abcdefgh")),
		("UDP-Lite, coverage 8", UDPLITE, udp(1, 2, b"abcdefgh", coverage=8)),
		("UDP-Lite, coverage 0 is all", UDPLITE, udp(1, 2, b"abcdefgh", coverage=0)),
		("DCCP, coverage 1 is the header", DCCP, dccp(1, 2, b"data", cscov=1)),
		("Mobility Header", MH, mh(1, b"ab")), ("TCP, odd length", TCP, tcp(1, 2, b"abc")),
		("echo reply", ICMPV6, echo(kind=129)), ("ICMPv6 type 200", ICMPV6, icmp6(200))):
		both(t, "R24: " + name, proto, body)

	def moves(name, proto, body, before, after):
		"""Given checksums, as they are before and after"""
		t.passes_out(name + ", out", make(C6, P, proto, body, csum=before),
			     make(CP, P, proto, body, csum=after, hops=63))

	for proto, body, name in ((TCP, tcp(1, 2), "TCP"), (UDP, DATA, "UDP"),
				  (UDPLITE, udp(1, 2), "UDP-Lite"), (DCCP, dccp(1, 2), "DCCP"),
				  (ICMPV6, echo(), "ICMPv6"), (MH, mh(1, b"ab"), "MH")):
		zero = proto in (UDP, UDPLITE)
		for before, after in ((0x0db7, 0xffff if zero else 0), (0x0db8, 1),
				      (0x0db6, 0xfffe), (0xffff, 0xf248), (0x1234, 0x047d)):
			moves("R26: %s %04x becomes %04x" % (name, before, after), proto, body,
			      before, after)
		right = csum_of(make(C6, P, proto, body)), csum_of(make(CP, P, proto, body))
		moves("R25: %s, a wrong checksum stays as wrong" % name, proto, body,
		      right[0] + 1, right[1] + 1)
		moves("R26: %s 0000 %s" % (name, "stays" if proto == UDP else "becomes f248"),
		      proto, body, 0, 0 if proto == UDP else 0xf248)
	t.passes_in("R26: UDP zero stays zero, in", make(P, CP, UDP, DATA, csum=0),
		    make(P, C6, UDP, DATA, csum=0, hops=63))
	t.passes_in("R26: UDP f248 becomes ffff, in", make(P, CP, UDP, DATA, csum=0xf248),
		    make(P, C6, UDP, DATA, csum=0xffff, hops=63))
	t.passes_in("R26: TCP f248 becomes 0000, in", make(P, CP, TCP, tcp(1, 2), csum=0xf248),
		    make(P, C6, TCP, tcp(1, 2), csum=0, hops=63))
	t.passes_in("R25: TCP, a wrong checksum stays as wrong, in",
		    make(P, CP, TCP, tcp(1, 2), csum=0x1234),
		    make(P, C6, TCP, tcp(1, 2), csum=0x1feb, hops=63))
	# An SCTP INIT with its address parameters: nothing inside is touched (no ALG)
	init = struct.pack("!HHIIBBHIIHHI", 1, 2, 0, 0xdeadbeef, 1, 0, 40, 7, 65535, 1, 1, 9) \
		+ struct.pack("!HH", 6, 20) + ipv6(C6, P, 59)[8:24]
	for proto, body, name in ((132, init, "SCTP"), (50, bytes(range(40)), "ESP"),
				  (47, b"\0\0\x86\xdd" + make(C6, P, UDP, DATA), "GRE"),
				  (4, ipv4(C, "9.9.9.9", b"x"), "IPv4"),
				  (41, make(C6, P, UDP, DATA), "IPv6"), (59, b"junk", "no next header"),
				  (253, bytes(range(64)), "unknown"), (99, b"", "unknown, empty")):
		both(t, "R27: %s (%d), by address only" % (name, proto), proto, body,
		     counts=["l4unknown"] if proto in (253, 99) else [])


def headers(t):
	for tclass in 0, 0xb8, 0xff, 3:
		for name, go in ("out", t.passes_out), ("in", t.passes_in):
			ends = (C6, P, CP, P) if name == "out" else (P, CP, P, C6)
			go("R39: traffic class %#x, flow label abcde kept, %s" % (tclass, name),
			   make(*ends[:2], UDP, DATA, tclass=tclass, flow=0xabcde),
			   make(*ends[2:], UDP, DATA, tclass=tclass, flow=0xabcde, hops=63))
	t.passes_out("R39 R64: the outer DSCP is not looked at", make(C6, P, UDP, DATA),
		     make(CP, P, UDP, DATA, hops=63), tos=0xb8)
	long = udp(1, 2, bytes(1432))
	t.passes_out("R39: 1480 bytes out", make(C6, P, UDP, long),
		     make(CP, P, UDP, long, hops=63), frag=0x4000, ttl=1)
	long = udp(1, 2, bytes(1232))
	t.passes_in("R40: 1280 bytes in, DF 0, TTL 64, TOS 0", make(P, CP, UDP, long),
		    make(P, C6, UDP, long, hops=63))
	t.change("ttl", "9")
	t.passes_in("R40: the TTL is the option's", make(P, CP, UDP, DATA),
		    make(P, C6, UDP, DATA, hops=63), ttl=9)
	t.change("ttl", "64")
	t.passes_in("R40: the TTL is not the inner's", make(P, CP, UDP, DATA, hops=3),
		    make(P, C6, UDP, DATA, hops=2))
	for hops in 255, 64, 2:
		t.passes_out("R63: hop limit %d, out" % hops, make(C6, P, UDP, DATA, hops=hops),
			     make(CP, P, UDP, DATA, hops=hops - 1))
		t.passes_in("R63: hop limit %d, in" % hops, make(P, CP, UDP, DATA, hops=hops),
			    make(P, C6, UDP, DATA, hops=hops - 1))


def transmit_checks(t):
	for bad in "fc00::1", "fd00::1", "fec0::1", "::5":
		t.drops_in("R14: source %s from the Internet" % bad, "address",
			   make(bad, CP, UDP, DATA))
	t.drops_in("R42: mapped to 127.0.0.1", "bogon", make(P, "2001:db8:7f00:1::1", UDP, DATA))
	t.drops_in("R42: mapped to 224.0.0.1", "bogon", make(P, "2001:db8:e000:1::1", UDP, DATA))
	t.drops_in("R42: mapped to our own address", "bogon",
		   make(P, "2001:db8:800:2::1", UDP, DATA))
	t.drops_in("R42: mapped to our subnet's broadcast", "bogon",
		   make(P, "2001:db8:800:ff::1", UDP, DATA))
	t.drops_in("R42: mapped to the relay's anycast", "bogon",
		   make(P, "2001:db8:c058:6301::1", UDP, DATA))
	both(t, "R42: mapped to a neighbour", UDP, DATA, GUA6, GUAP, GUA)
	for kind in "blackhole", "unreachable", "prohibit":
		t.net.ip("route add %s 9.1.0.0/16" % kind)
		t.drops_in("R42: no route: %s" % kind, "noroute",
			   make(P, "2001:db8:901:1::1", UDP, DATA), errors=True)
		t.net.ip("route del %s 9.1.0.0/16" % kind)
	both(t, "R42: the route is back", UDP, DATA, "2002:901:1::1", "2001:db8:901:1::1",
	     "9.1.0.1")
	t.net.ip("route add 9.1.0.0/16 dev pmt0")
	t.drops_in("R42: the route leads into the device", "loop",
		   make(P, "2001:db8:901:1::1", UDP, DATA), errors=True)
	t.net.ip("route del 9.1.0.0/16 dev pmt0")
	t.drops_in("R43: a 2002: source from the Internet", "6to4src", make(GUA6, CP, UDP, DATA))
	t.drops_in("R44: a provider source from another interface", "spoof",
		   make(GUAP, CP, UDP, DATA))
	t.net.ip("route add 3fff:2::/32 via fe80::1 dev pmt0", family="-6")
	t.drops_in("R45: a destination that is neither", "nomap", make(P, "3fff:2::1", UDP, DATA),
		   errors=True)
	t.net.ip("route del 3fff:2::/32 via fe80::1 dev pmt0", family="-6")
	both(t, "R42: all is well again", UDP, DATA)


def table(t):
	"""R67: section 9 both ways, edges of each range and their neighbours"""
	for v4 in ("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
		   "192.168.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.1", "198.18.0.0",
		   "198.19.255.255", "198.51.100.9", "203.0.113.255", "240.0.0.0",
		   "255.255.255.254", "192.88.99.0", "169.254.0.0", "0.255.255.255"):
		six, new = (number(top) | number(v4) << shift | 1
			    for top, shift in (("2002::", 80), ("2001:db8::", 64)))
		t.case("R67: %s never under 0.0.0.0/0" % v4,
		       cust=tunnelled(v4, A, make(six, P, UDP, DATA)),
		       serv=make(P, new, UDP, DATA), counts=["bogon", "bogon"])
	for v4 in ("9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
		   "192.169.0.0", "192.0.1.0", "192.0.1.255", "192.0.3.0", "198.17.255.255",
		   "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
		   "100.64.0.0", "100.127.255.255", "169.255.0.0", "192.88.100.0"):
		six, new = (number(top) | number(v4) << shift | 1
			    for top, shift in (("2002::", 80), ("2001:db8::", 64)))
		both(t, "R67: %s is carried" % v4, UDP, DATA, six, new, v4)
	for rule, v4, new in (
		("provider 2001:db8:ff00::/40 ipv4 10.0.0.0/8", "10.1.2.3", "2001:db8:ff01:203::1"),
		("provider 2001:db8:ff00::/56 ipv4 10.1.2.0/24", "10.1.2.3", "2001:db8:ff00:3::1"),
		("provider 2001:db8::/44 ipv4 172.16.0.0/12", "172.16.0.1", "2001:db8:0:1::1"),
		("provider 2001:db8::/48 ipv4 192.168.0.0/16", "192.168.9.1", "2001:db8:0:901::1"),
		("provider 2001:db8::/56 ipv4 192.0.2.0/24", "192.0.2.1", "2001:db8:0:1::1"),
		("provider 2001:db8::/48 ipv4 198.18.0.0/15 subnet 0", "198.19.0.1", None)):
		if new is None:
			rule, new = rule.replace("/48", "/47"), "2001:db8:1:1::1"
		t.rules(rule)
		both(t, "R67: %s is carried by %s" % (v4, rule), UDP, DATA,
		     sixtofour(number(v4), 0, 1), new, v4)
	t.rules("provider 2001:db8:fc00::/38 ipv4 8.0.0.0/6")
	t.drops_out("R67: 10.1.2.3 not by a rule wider than 10/8", "bogon",
		    make("2002:a01:203::1", P, UDP, DATA), src="10.1.2.3")
	t.rules("provider 2001:db8:fc00::/40 ipv4 0.0.0.0/8 subnet 0")
	t.drops_out("R67: a hard range not even by its own rule", "bogon",
		    make("2002:1:203::1", P, UDP, DATA), src="0.1.2.3")
	t.rules("provider 2001:db8::/32")


# ---- parts that other scripts ask for, in surroundings of their own

def basic(t):
	both(t, "a packet each way", UDP, DATA)
	t.drops_out("and one that is not", "spoof", make(C6, P, UDP, DATA), src=GUA)


def silence(t):
	"""R71: no device, nobody listens; what comes back is the stack's own"""
	t.case("R71: proto 41 to the anycast address is not relayed",
	       cust=tunnelled(C, A, make(C6, P, UDP, DATA)), errors=True)
	t.case("R71: what goes to the provider's prefix stays what it is",
	       serv=make(P, CP, UDP, DATA), at_serv=make(P, CP, UDP, DATA, hops=63))


def lowers(t):
	"""pmt0 on acc, pmt1 with the same local on acc2: the same customer
	address in two realms (R9)"""
	second = Port(os.environ["CUST"], "acc2", ETH_IPV4, 6, 5)
	inner = make(C6, P, UDP, DATA)
	t.passes_out("from acc it is pmt0's", inner, make(CP, P, UDP, DATA, hops=63))
	second.send(tunnelled(C, A, inner))
	_, got = t.exchange([], [], (0, 1))
	t.equal("from acc2 it is pmt1's", [p.hex() for p in got], [
		make("2400:1:c98:2c01::1", P, UDP, DATA, hops=63).hex()])
	t.passes_in("to pmt0's prefix: leaves by acc", make(P, CP, UDP, DATA),
		    make(P, C6, UDP, DATA, hops=63))
	second.receive()
	t.case("to pmt1's prefix: not by acc", serv=make(P, "2400:1:c98:2c01::1", UDP, DATA))
	t.equal("but by acc2", [canonical(p).hex() for p in second.receive()], [
		canonical(tunnelled(A, C, make(P, C6, UDP, DATA, hops=63))).hex()])


def beside_sit(t):
	"""R23: sit1 remote C local 8.0.0.2, pmt0 on A"""
	native = make("2600::1", P, UDP, DATA)
	t.case("R23: to the sit tunnel's local: the tunnel's",
	       cust=tunnelled(C, "8.0.0.2", native), at_serv=make("2600::1", P, UDP, DATA, hops=63))
	t.case("R23: the same to ours is not sit's", cust=tunnelled(C, A, native), counts=["source"])
	basic(t)
	t.case("R23: out of the sit tunnel", serv=make(P, "2600::1", UDP, DATA),
	       at_cust=tunnelled("8.0.0.2", C, make(P, "2600::1", UDP, DATA, hops=63),
				 frag=0x4000))


if __name__ == "__main__":
	Cases().parts(mapping, generalised, receive_checks, order, checksums, headers,
		      transmit_checks, table, asked=(basic, silence, lowers, beside_sit))
