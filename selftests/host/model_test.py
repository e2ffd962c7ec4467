#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The model held against the worked numbers of REQUIREMENTS, section 0 on.

Runs anywhere, needs no module. Prints TAP. With scapy at hand the same random
packets are also built by scapy, whose checksums owe nothing to ours.
"""
import os
import random
import struct
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
				os.environ.get("MODEL_DIR", "../scapy")))
import model						# noqa: E402
from model import (DCCP, ICMPV6, IID, MH, TCP, UDP, UDPLITE, Range, Relay,  # noqa: E402
		   Rule, Verdict, csum_update, drop, fold, number, refusal,
		   same_outer, sixtofour)
from packet import (A, A6, C, C6, CP, N, P, addr6, csum_of, dccp, echo, error6,	# noqa: E402
		    icmp6, ipv4, ipv6, l4_sum, make, mh, tcp, tunnelled, udp)

FIGURE3 = Relay([Rule("2001:db8::/32")])
GUA = "8.0.0.1"
# A to E of section 0: provider, ipv4, subnet, V4, SID, translated /64, delta
TABLE = [
	("2001:db8::/32", "0.0.0.0/0", "0", C, 0, "2001:db8:c98:2c01::", 0x0db7),
	("2001:db8:ff00::/40", "10.0.0.0/8", "0", "10.1.2.3", 0,
	 "2001:db8:ff01:203::", 0x02b8),
	("2001:db8:1200::/40", "100.64.0.0/10", "0-3", "100.72.3.9", 1,
	 "2001:db8:1220:c25::", 0xc4a9),
	("2001:db8::/32", "10.0.0.0/8", "0-0xff", "10.100.100.1", 1,
	 "2001:db8:6464:101::", 0x04b6),
	("2001:db8:4400::/40", "100.64.0.0/10", "0", "100.72.3.9", 0,
	 "2001:db8:4420:c24::", 0xf6a9),
]


def out(relay, inner, src=C, dst=A, **fields):
	return relay.from_customer(tunnelled(src, dst, inner, **fields))


def words(addr):
	return struct.unpack("!8H", number(addr).to_bytes(16, "big"))


def delta(old, new):
	return fold(sum(words(new)) + sum(~w & 0xffff for w in words(old)))


class Mapping(unittest.TestCase):
	def test_figure_3(self):
		"""R1 R2: RFC 6732 Figure 3, both directions"""
		inner = make(C6, P, ICMPV6, echo())
		sent = out(FIGURE3, inner).packet
		self.assertEqual(sent[8:16].hex(), "20010db80c982c01")
		self.assertEqual(sent[16:40], inner[16:40])
		back = FIGURE3.to_customer(make(P, CP, ICMPV6, echo())).packet
		self.assertEqual(back[20 + 24:20 + 40], addr6(C6))
		self.assertEqual(back[20 + 8:20 + 24], addr6(P))

	def test_table(self):
		"""R4: examples A to E, forward, backward, delta"""
		for provider, ipv4_, subnet, v4, sid, new, diff in TABLE:
			relay = Relay([Rule(provider, ipv4_, subnet)])
			for iid in (0, 1, IID, 0x123456789abcdef0):
				old = sixtofour(number(v4), sid, iid)
				want = number(new) | iid
				self.assertEqual(relay.map_out(old), (want, None))
				self.assertEqual(relay.map_in(want), (old, None))
				self.assertEqual(delta(old, want), diff)

	def test_figure_3_delta(self):
		"""R24: the delta of Figure 3 is 0db7 for any V4, 0db6 with sid 1"""
		rng = random.Random(3)
		pinned = Relay([Rule("2001:db8::/32", subnet=1)])
		for _ in range(5000):
			v4, iid = rng.getrandbits(32), rng.getrandbits(64)
			for relay, sid, want in (FIGURE3, 0, 0x0db7), (pinned, 1, 0x0db6):
				old = sixtofour(v4, sid, iid)
				new = relay.rules[0].forward(v4, sid, iid)
				self.assertEqual(delta(old, new), want)
				self.assertEqual(delta(new, old), ~want & 0xffff)

	def test_constant_delta(self):
		"""R24: constant iff P = m mod 16 or m = 32"""
		rng = random.Random(5)
		for _ in range(500):
			m, s = rng.randint(0, 32), rng.randint(0, 16)
			p = rng.randint(17, 64)
			if p + 32 - m + s > 64:
				continue
			top = Range("2600::/16").first | rng.getrandbits(112)
			base = rng.getrandbits(32) >> (32 - m) << (32 - m) if m else 0
			first = rng.getrandbits(16) >> s << s
			rule = Rule("%s/%d" % (model.IPv6Address(top >> 128 - p << 128 - p), p),
				    "%s/%d" % (model.IPv4Address(base), m),
				    "%d-%d" % (first, first + (1 << s) - 1))
			seen = set()
			for _ in range(30):
				v4 = base | rng.getrandbits(32) & (1 << 32 - m) - 1
				sid = first + rng.getrandbits(s) if s else first
				old = sixtofour(v4, sid, 7)
				seen.add(delta(old, rule.forward(v4, sid, 7)) % 0xffff)
				self.assertEqual(rule.backward(rule.forward(v4, sid, 7)),
						 (v4, sid, 7))
			if p % 16 == m % 16 or m == 32:
				self.assertEqual(len(seen), 1, rule)
			elif 32 - m >= 8:
				self.assertGreater(len(seen), 1, rule)

	def test_injective(self):
		"""R6: a random address has at most one mapping and it returns"""
		rng = random.Random(6)
		relay = Relay([Rule("2001:db8:4400::/40", "100.64.0.0/10"),
			       Rule("2001:db8:1200::/40", "100.72.0.0/16", "0-3")])
		mapped = 0
		for _ in range(5000):
			base = rng.choice(relay.rules).provider
			addr = base.first | rng.getrandbits(88)
			old, why = relay.map_in(addr)
			if old is not None:
				mapped += 1
				self.assertEqual(relay.map_out(old), (addr, None))
			else:
				self.assertEqual(why, "nomap")
		self.assertGreater(mapped, 250)

	def test_iid_kept(self):
		"""R3: the interface ID is kept to the bit, both ways"""
		for iid in (0, 1, IID, 0xffff << 48, 0xfffe):
			old = sixtofour(number(C), 0, iid)
			new, _ = FIGURE3.map_out(old)
			self.assertEqual(new & IID, iid)
			self.assertEqual(FIGURE3.map_in(new), (old, None))

	def test_longest(self):
		"""R5: the longest V4 match among the rules that hold the SID"""
		relay = Relay([Rule("2001:db8::/32"),
			       Rule("2400:1::/32", subnet=1),
			       Rule("2400:2::/40", "12.0.0.0/8"),
			       Rule("2400:3::/46", "12.152.0.0/16", "4-7")])
		for sid, want in ((0, "2400:2:98:2c01::9"), (1, "2400:1:c98:2c01::9"),
				  (4, "2400:3:0:b004::9"), (7, "2400:3:0:b007::9")):
			self.assertEqual(relay.map_out(sixtofour(number(C), sid, 9)),
					 (number(want), None))
		self.assertEqual(relay.map_out(sixtofour(number(C), 2, 9))[1], "sid")
		self.assertEqual(relay.map_out(number("2002:800:1::1"))[0],
				 number("2001:db8:800:1::1"))
		# R6: the /32's image of a V4 that a longer rule has is no mapping
		self.assertEqual(relay.map_in(number(CP)), (None, "nomap"))

	def test_pad(self):
		"""R6: rule E, 2001:db8:4420:c25:: has no mapping, :c24 has"""
		relay = Relay([Rule("2001:db8:4400::/40", "100.64.0.0/10")])
		self.assertEqual(relay.map_in(number("2001:db8:4420:c25::1")),
				 (None, "nomap"))
		self.assertEqual(relay.map_in(number("2001:db8:4420:c24::1"))[0],
				 number("2002:6448:309::1"))

	def test_refused(self):
		"""R4: what is refused, and its accepted neighbours"""
		for p, m, s, why in ((36, 0, 0, "oversize"), (40, 10, 3, "oversize"),
				     (32, 0, 0, None), (40, 10, 2, None),
				     (33, 0, 0, "oversize"), (48, 32, 16, None),
				     (49, 32, 16, "oversize"), (64, 32, 0, None)):
			rule = Rule("2400::/%d" % p, "0.0.0.0/%d" % m,
				    "0-%d" % ((1 << s) - 1))
			self.assertEqual(refusal([rule]), why, rule)
		for text, why in (("2002::/16", "2002::/16"), ("2000::/14", "2002::/16"),
				  ("2002:db8::/32", "2002::/16"), ("2003::/16", None),
				  ("ff0e::/32", "not unicast"), ("fd00::/32", "not unicast"),
				  ("fe80::/32", "not unicast"), ("fec0::/32", "not unicast"),
				  ("::/8", "not unicast"), ("0:1::/32", "not unicast"),
				  ("fb00::/32", None), ("1::/32", None)):
			self.assertEqual(refusal([Rule(text)]), why, text)
		for second, why in (
			(("2001:db8::/32", "9.0.0.0/8"), "provider prefixes overlap"),
			(("2001:db8:1::/48", "9.0.0.0/16"), "provider prefixes overlap"),
			(("2001:db9::/32",), "subnet ranges overlap"),
			(("2001:db9::/32", "0.0.0.0/0", "1"), None),
			(("2001:db9::/32", "0.0.0.0/1"), None)):
			rules = [Rule("2001:db8::/32"), Rule(*second)]
			self.assertEqual(refusal(rules), why, second)
			self.assertEqual(refusal(rules[::-1]), why, second)
		for bad in ("1-2", "2-5", "3-0", "0-65536", "1-3"):
			self.assertRaises(ValueError, Rule, "2400::/20", subnet=bad)
		self.assertRaises(ValueError, Rule, "2001:db8::1/32")
		self.assertRaises(ValueError, Rule, "2001:db8::/40", "10.0.0.1/8")


class Checksums(unittest.TestCase):
	def both_ways(self, inner, before, after):
		self.assertEqual(csum_of(inner), before)
		sent = out(FIGURE3, inner).packet
		self.assertEqual(csum_of(sent), after)
		back = FIGURE3.to_customer(ipv6(P, CP, inner[6], sent[40:]))
		self.assertEqual(csum_of(back.packet[20:]), before)

	def test_worked(self):
		"""R24: echo 0fa2 to 01eb, UDP 5e80 to 50c9"""
		self.both_ways(make(C6, P, ICMPV6, echo()), 0x0fa2, 0x01eb)
		self.both_ways(make(C6, P, UDP, udp(1024, 53, b"\1\2\3\4")),
			       0x5e80, 0x50c9)

	def test_udp_corner(self):
		"""R26: UDP 0db7 becomes ffff, returns as 0db7; TCP 0db7 becomes 0"""
		self.both_ways(make(C6, P, UDP, udp(1024, 53, b"\x54\xd3")),
			       0x0db7, 0xffff)
		sent = out(FIGURE3, make(C6, P, TCP, tcp(1, 2), csum=0x0db7)).packet
		self.assertEqual(csum_of(sent), 0)
		back = FIGURE3.to_customer(make(P, CP, TCP, tcp(1, 2), csum=0)).packet
		self.assertEqual(csum_of(back[20:]), 0x0db7)

	def test_zero(self):
		"""R26: zero stays zero for UDP alone"""
		for proto, body, after in ((UDP, udp(1, 2), 0), (UDPLITE, udp(1, 2), 0xf248),
					   (TCP, tcp(1, 2), 0xf248), (DCCP, dccp(1, 2), 0xf248),
					   (ICMPV6, echo(), 0xf248), (MH, mh(1, b"ab"), 0xf248)):
			sent = out(FIGURE3, make(C6, P, proto, body, csum=0)).packet
			self.assertEqual(csum_of(sent), after, proto)

	def test_wrong_stays_wrong(self):
		"""R25: csum + 1 in, the true one + 1 out"""
		good = make(C6, P, UDP, udp(7, 8, b"data"))
		bad = make(C6, P, UDP, udp(7, 8, b"data"), csum=csum_of(good) + 1)
		self.assertEqual(csum_of(out(FIGURE3, bad).packet),
				 csum_of(out(FIGURE3, good).packet) + 1)

	def test_where(self):
		"""R24: the checksum's place in each header, and no other byte moves"""
		for proto, at in ((6, 16), (17, 6), (136, 6), (33, 6), (58, 2), (135, 4)):
			body = bytes(range(128, 160))
			got = out(FIGURE3, ipv6(C6, P, proto, body)).packet[40:]
			moved = [i for i in range(len(body)) if got[i] != body[i]]
			self.assertEqual(moved, [at, at + 1], proto)

	def test_rfc1624(self):
		"""R24: RFC 1624 section 4's example, equation 3"""
		self.assertEqual(csum_update(0xdd2f, b"\x55\x55", b"\x32\x85"), 0)
		for hc in range(65536):
			new = csum_update(hc, b"\x20\x02\0\0", b"\x20\x01\x0d\xb8")
			self.assertNotEqual(new, 0xffff)
			self.assertEqual(new == 0, hc == 0x0db7)

	def test_recomputed(self):
		"""R24: random packets, a third forced to the corner: as computed anew"""
		rng = random.Random(24)
		for i in range(3600):
			proto = (TCP, UDP, UDPLITE, DCCP, ICMPV6, MH)[i % 6]
			data = bytes(rng.getrandbits(8) for _ in range(2 * rng.randint(1, 20)))
			corner = i // 6 % 3 == 0
			if corner:	# the last word makes the new checksum 0 or ffff
				body = body_of(proto, data[:-2] + b"\0\0")
				rest = l4_sum(CP, P, proto, body)
				data = data[:-2] + struct.pack("!H", ~rest & 0xffff)
			if proto == MH:
				data = data if corner else data[:-2] + b"\0\0"
			body = body_of(proto, data)
			sent = out(FIGURE3, make(C6, P, proto, body)).packet
			want = make(CP, P, proto, body, hops=63)
			self.assertEqual(csum_of(sent) % 0xffff, csum_of(want) % 0xffff)
			self.assertEqual(sent[:40], want[:40])
			self.assertIn(l4_sum(CP, P, proto, sent[40:]), (0, 0xffff))
			self.assertFalse(proto in (UDP, UDPLITE) and csum_of(sent) == 0)

	def test_untouched(self):
		"""R27: SCTP, ESP, GRE, 4, 41, 59 and unknown by address only, the unknown counted"""
		body = bytes(range(64))
		for proto in (132, 50, 47, 4, 41, 59, 253, 99):
			counts = ("l4unknown",) if proto in (253, 99) else ()
			verdict = out(FIGURE3, ipv6(C6, P, proto, body))
			self.assertEqual(verdict[:2], (ipv6(CP, P, proto, body, hops=63), counts))
			verdict = FIGURE3.to_customer(ipv6(P, CP, proto, body))
			self.assertEqual(verdict.packet[20:], ipv6(P, C6, proto, body, hops=63))
			self.assertEqual(verdict.counts, counts)

	def test_scapy(self):
		"""R24: what scapy computes for the translated packet"""
		try:
			from scapy.layers.inet import IP, TCP as STCP, UDP as SUDP
			from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
		except ImportError:
			self.skipTest("no scapy")
		rng = random.Random(1)
		for i in range(300):
			v4 = rng.getrandbits(32)
			data = bytes(rng.getrandbits(8) for _ in range(rng.randint(0, 40)))
			l4 = (STCP(sport=i, dport=80, seq=i) / data, SUDP(sport=i, dport=53) / data,
			      ICMPv6EchoRequest(id=i, seq=2, data=data))[i % 3]
			fields = dict(tc=rng.getrandbits(8), fl=rng.getrandbits(20))
			rule = FIGURE3.rules[0]
			iid = rng.getrandbits(64)
			old = str(model.IPv6Address(sixtofour(v4, 0, iid)))
			new = str(model.IPv6Address(rule.forward(v4, 0, iid)))
			text = str(model.IPv4Address(v4))
			hops = rng.randint(2, 255)
			packet = IP(src=text, dst=A, proto=41, ttl=9) \
				/ IPv6(src=old, dst=P, hlim=hops, **fields) / l4
			want = IPv6(src=new, dst=P, hlim=hops - 1, **fields) / l4
			sent = FIGURE3.from_customer(bytes(packet))
			if sent.packet:
				self.assertEqual(sent.packet.hex(), bytes(want).hex())
			packet = IPv6(src=P, dst=new, hlim=hops, **fields) / l4
			want = IP(src=A, dst=text, proto=41, ttl=64, id=0) \
				/ IPv6(src=P, dst=old, hlim=hops - 1, **fields) / l4
			sent = FIGURE3.to_customer(bytes(packet))
			if sent.packet:
				self.assertEqual(sent.packet.hex(), bytes(want).hex())


def body_of(proto, data):
	if proto == MH:
		data = data[:len(data) // 8 * 8 - 2 if len(data) >= 8 else 2] \
			if len(data) % 8 != 2 else data
	return {TCP: lambda: tcp(1, 2, data), UDP: lambda: udp(1, 2, data),
		UDPLITE: lambda: udp(1, 2, data), DCCP: lambda: dccp(1, 2, data),
		ICMPV6: lambda: echo(data), MH: lambda: mh(1, data)}[proto]()


class Drops(unittest.TestCase):
	def refused(self, why, inner, relay=FIGURE3, **fields):
		self.assertEqual(out(relay, inner, **fields), drop(why))

	def test_next_handler(self):
		"""R10: another destination or protocol is not ours"""
		inner = make(C6, P, UDP, udp(1, 2))
		self.assertEqual(out(FIGURE3, inner, dst="8.0.0.255"), model.STACK)
		self.assertEqual(out(FIGURE3, inner, proto=4), model.STACK)
		own = Relay(FIGURE3.rules, own=("8.0.0.2",))
		self.assertEqual(out(own, inner, dst="8.0.0.2"), model.STACK)
		both = Relay(FIGURE3.rules, local=(A, "8.0.0.2"))
		self.assertIsNotNone(out(both, inner, dst="8.0.0.2").packet)

	def test_outer_source(self):
		"""R11 R67: the ranges of section 9 as outer source"""
		for src, why in (("0.1.2.3", "bogon"), ("169.254.1.1", "bogon"),
				 ("169.254.255.255", "bogon"), ("203.0.113.255", "bogon"),
				 ("240.0.0.1", "bogon"), ("255.255.255.254", "bogon"),
				 ("192.88.99.7", "bogon"), ("10.1.2.3", "bogon"),
				 ("172.31.255.255", "bogon"), ("192.168.0.1", "bogon"),
				 ("192.0.0.1", "bogon"), ("192.0.2.1", "bogon"),
				 ("198.19.255.255", "bogon"), ("198.51.100.1", "bogon"),
				 ("203.0.113.1", "bogon"), ("8.0.0.255", "bogon"),
				 ("1.0.0.0", None), ("126.255.255.255", None),
				 ("128.0.0.0", None), ("169.253.255.255", None),
				 ("169.255.0.0", None), ("223.255.255.255", None),
				 ("192.88.98.255", None), ("192.88.100.0", None),
				 ("100.64.0.1", None), ("100.127.255.255", None),
				 ("11.0.0.0", None), ("9.255.255.255", None),
				 ("172.15.255.255", None), ("172.32.0.0", None),
				 ("192.167.255.255", None), ("192.169.0.0", None),
				 ("192.0.1.1", None), ("192.0.3.1", None),
				 ("198.17.255.255", None), ("198.20.0.0", None),
				 ("198.51.101.0", None), ("203.0.112.255", None)):
			relay = Relay(FIGURE3.rules, own=("8.0.0.2",),
				      broadcasts=("8.0.0.255",))
			old = sixtofour(number(src), 0, 1)
			verdict = out(relay, make(old, P, UDP, udp(1, 2)), src=src)
			self.assertEqual(verdict.counts, (why,) if why else (), src)
			self.assertEqual(verdict.packet is None, bool(why), src)
			new = relay.rules[0].forward(number(src), 0, 1)
			verdict = relay.to_customer(make(P, new, UDP, udp(1, 2)))
			self.assertEqual(verdict.counts, (why,) if why else (), src)
			self.assertEqual(verdict.packet is None, bool(why), src)
		for src in ("127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0", A):
			old = sixtofour(number(src), 0, 1)
			self.assertEqual(out(FIGURE3, make(old, P, UDP, udp(1, 2)), src=src),
					 model.STACK, src)
			new = FIGURE3.rules[0].forward(number(src), 0, 1)
			self.assertEqual(FIGURE3.to_customer(make(P, new, UDP, udp(1, 2))),
					 drop("bogon"), src)

	def test_explicit_rule(self):
		"""R67: private V4 only by a rule that lies inside the range"""
		inner = make("2002:a01:203::1", P, UDP, udp(1, 2))
		ten = Relay([Rule("2001:db8:ff00::/40", "10.0.0.0/8")])
		self.assertEqual(out(ten, inner, src="10.1.2.3").packet[8:24],
				 addr6("2001:db8:ff01:203::1"))
		wide = Relay([Rule("2001:db8:fc00::/38", "8.0.0.0/6")])
		self.refused("bogon", inner, wide, src="10.1.2.3")
		inside = Relay([Rule("2001:db8::/56", "10.1.2.0/24")])
		self.assertIsNotNone(out(inside, inner, src="10.1.2.3").packet)

	def test_source(self):
		"""R12 R13: spoof, source"""
		data = udp(1, 2)
		self.refused("spoof", make(C6, P, UDP, data), src=GUA)
		self.refused("source", make(CP, P, UDP, data))
		self.refused("source", make("3fff::9", P, UDP, data))
		self.refused("source", make("2003:c98:2c01::1", P, UDP, data))

	def test_addresses(self):
		"""R14: both inner addresses"""
		for bad in ("::1", "::ffff:8.8.8.8", "::808:808", "fe80::1", "febf::1",
			    "fec0::1", "feff::1", "ff02::1", "ff0e::1", "fc00::1", "fd00::1"):
			self.refused("address", make(C6, bad, UDP, udp(1, 2)))
			self.refused("address", make(bad, P, UDP, udp(1, 2)))
			self.assertEqual(FIGURE3.to_customer(make(bad, CP, UDP, udp(1, 2))),
					 drop("address"))
		for good in ("1::1", "fbff::1", "64:ff9b::1", "fe00::1", "fe7f::1"):
			self.assertIsNotNone(
				out(FIGURE3, make(C6, good, UDP, udp(1, 2))).packet, good)

	def test_destination(self):
		"""R15: 2002: destinations"""
		self.refused("6to4dst", make(C6, "2002:800:1::1", UDP, udp(1, 2)))
		self.assertEqual(FIGURE3.to_customer(
			make("2002:800:1::1", CP, UDP, udp(1, 2))), drop("6to4src"))

	def test_length(self):
		"""R17: version, length, trimming"""
		inner = make(C6, P, UDP, udp(1, 2, b"abcd"))
		for version in 0x40, 0x50, 0x70:
			self.refused("malformed", bytes((version,)) + inner[1:])
		self.assertEqual(out(FIGURE3, inner[:39]), model.STACK)
		self.assertEqual(out(FIGURE3, b""), model.STACK)
		self.refused("len", inner[:-1])
		self.assertEqual(out(FIGURE3, inner, trailer=b"trailing").packet,
				 out(FIGURE3, inner).packet)
		self.assertEqual(len(out(FIGURE3, ipv6(C6, P, 59)).packet), 40)
		self.assertEqual(out(FIGURE3, ipv6(C6, P, 59, b"junk", length=0)),
				 out(FIGURE3, ipv6(C6, P, 59)))
		self.assertEqual(out(FIGURE3, inner, options=b"\1\1\1\0"),
				 out(FIGURE3, inner))

	def test_nd(self):
		"""R19: neighbour discovery, MLD"""
		for kind in range(256):
			verdict = out(FIGURE3, make(C6, P, ICMPV6, icmp6(kind, 0, b"1234")))
			if 1 <= kind <= 4:
				continue
			nd = 130 <= kind <= 137 or kind == 143
			self.assertEqual(verdict.counts, ("nd",) if nd else (), kind)

	def test_order(self):
		"""R75: with several faults the first check names the drop"""
		nd = icmp6(134, 0, bytes(12))
		self.refused("malformed", b"\x40" + make("fe80::1", P, ICMPV6, nd)[1:-1],
			     src="0.1.2.3")
		self.refused("len", make("fe80::1", P, ICMPV6, nd)[:-1], src="0.1.2.3")
		self.refused("nd", make("fe80::1", P, ICMPV6, nd), src="0.1.2.3")
		self.refused("bogon", make("fe80::1", P, UDP, udp(1, 2)), src="0.1.2.3")
		self.refused("address", make("3fff::9", "ff02::1", UDP, udp(1, 2)))
		self.refused("source", make("3fff::9", "2002:800:1::1", UDP, udp(1, 2)))
		self.refused("spoof", make("2002:800:1::1", "2002:800:1::1", UDP, udp(1, 2)))
		self.refused("6to4dst", make("2002:c98:2c01:5::1", "2002:800:1::1", UDP,
					     udp(1, 2)))
		back = FIGURE3.to_customer
		self.assertEqual(back(make("fd00::1", "3fff:2::1", UDP, udp(1, 2))),
				 drop("address"))
		self.assertEqual(back(make("2002:800:1::1", "3fff:2::1", UDP, udp(1, 2))),
				 drop("6to4src"))
		self.assertEqual(back(make(CP, "3fff:2::1", UDP, udp(1, 2))), drop("spoof"))
		self.assertEqual(back(make(P, "3fff:2::1", UDP, udp(1, 2))).counts, ("nomap",))

	def test_no_rule(self):
		"""R57 R7: nomap, sid"""
		self.refused("nomap", make(C6, P, UDP, udp(1, 2)), Relay([]))
		self.refused("sid", make("2002:c98:2c01:5::1", P, UDP, udp(1, 2)))
		cgn = Relay([Rule("2001:db8:1200::/40", "100.64.0.0/10", "0-3")])
		self.refused("nomap", make("2002:800:1::1", P, UDP, udp(1, 2)), cgn, src=GUA)
		self.assertEqual(FIGURE3.to_customer(make(P, "3fff:2::1", UDP, udp(1, 2))).counts,
				 ("nomap",))

	def test_transmit(self):
		"""R42 R44: noroute, loop, spoof"""
		relay = Relay(FIGURE3.rules, unrouted=("9.0.0.0/8",), own_routes=("11.0.0.0/8",))
		for dst, why in (("2001:db8:900::1", "noroute"), ("2001:db8:b00::1", "loop"),
				 ("2001:db8:7f00:1::1", "bogon")):
			self.assertEqual(relay.to_customer(make(P, dst, UDP, udp(1, 2))), drop(why))
		self.assertEqual(relay.to_customer(
			make(CP, "2001:db8:800:1::1", UDP, udp(1, 2))), drop("spoof"))


class Headers(unittest.TestCase):
	def test_outer(self):
		"""R40 R41: the outer header"""
		inner = make(P, CP, UDP, udp(1, 2, b"abcd"), tclass=0xb8)
		sent = FIGURE3.to_customer(inner).packet
		want = ipv4(A, C, make(P, C6, UDP, udp(1, 2, b"abcd"), hops=63, tclass=0xb8))
		self.assertEqual(sent.hex(), want.hex())
		self.assertEqual(len(sent), 12 + 60)
		relay = Relay(FIGURE3.rules, local=("8.0.0.2", A), ttl=9)
		sent = relay.to_customer(inner).packet
		self.assertEqual(sent[8], 9)
		self.assertEqual(sent[12:16], bytes((8, 0, 0, 2)))

	def test_same_outer(self):
		"""R40: the ID is free, nothing else"""
		want = ipv4(A, C, b"x")
		self.assertTrue(same_outer(ipv4(A, C, b"x", ident=7), want))
		for other in (ipv4(A, C, b"y"), ipv4(A, C, b"x", tos=4), ipv4(A, C, b"x", ttl=63),
			      ipv4(A, C, b"x", frag=0x4000), ipv4(A, GUA, b"x"),
			      want[:10] + b"\0\0" + want[12:], b""):
			self.assertFalse(same_outer(other, want))

	def test_fields_kept(self):
		"""R39 R63: traffic class, flow label, length kept, hop limit less one"""
		inner = make(C6, P, UDP, udp(1, 2, b"abcde"), tclass=0xb8, flow=0xabcde, hops=2)
		want = make(CP, P, UDP, udp(1, 2, b"abcde"), tclass=0xb8, flow=0xabcde, hops=1)
		self.assertEqual(out(FIGURE3, inner), Verdict(want, ()))
		for hops in (0, 1):
			for verdict in (out(FIGURE3, make(C6, P, UDP, udp(1, 2), hops=hops)),
					FIGURE3.to_customer(make(P, CP, UDP, udp(1, 2), hops=hops))):
				self.assertIsNone(verdict.packet)
				self.assertTrue(verdict.stack and verdict.reply)

	def test_stateless(self):
		"""R8: what a packet becomes does not depend on those before it"""
		fresh = Relay(FIGURE3.rules)
		inward = make(P, CP, UDP, udp(1, 2))
		self.assertEqual(fresh.to_customer(inward).packet[44:60], addr6(C6))
		self.assertEqual(fresh.to_customer(inward), FIGURE3.to_customer(inward))


class Errors(unittest.TestCase):
	SYN = make(CP, P, TCP, tcp(40000, 80, flags=2), hops=60)

	def test_worked(self):
		"""R33 R35: ebf7 becomes f9ae with one delta, 0766 with two"""
		for size, before, want in (60, 0xebf7, 0xf9ae), (57, None, None), (40, None, None):
			quote = self.SYN[:size]
			packet = error6("3fff::1", CP, 2, 0, quote, 1280)
			sent = FIGURE3.to_customer(packet).packet[20:]
			if before:
				self.assertEqual((csum_of(packet), csum_of(sent)), (before, want))
				self.assertEqual(sent[48:], make(C6, P, TCP, tcp(40000, 80, flags=2), hops=60))
			self.assertEqual(l4_sum("3fff::1", C6, ICMPV6, sent[40:]), 0xffff)
		# "two" is the same packet with an L4 checksum that is not touched
		packet = error6("3fff::1", CP, 2, 0, self.SYN, 1280)
		quote = packet[48 + 6:49 + 6]
		self.assertEqual(quote, b"\6")
		self.assertEqual(fold(~fold((~0xebf7 & 0xffff) + 0xf248 + 0xf248) & 0xffff), 0x0766)

	def test_refused(self):
		"""R36: nested errors, another customer's packet"""
		nested = error6(CP, P, 1, 4, ipv6(P, CP, 59))
		self.assertEqual(FIGURE3.to_customer(error6("3fff::1", CP, 3, 0, nested)),
				 drop("icmp-in"))
		other = make("2001:db8:800:1::1", P, TCP, tcp(1, 2))
		self.assertEqual(FIGURE3.to_customer(error6("3fff::1", CP, 3, 0, other)),
				 drop("icmp-in"))


class Neutral(unittest.TestCase):
	RULE = Rule("2001:db8::/32", neutral=True)

	def pair(self, iid, want, rule=RULE):
		old = number("2002:c98:2c01:0:" + iid)
		new = number("2001:db8:c98:2c01:" + want)
		self.assertEqual(rule.forward(number(C), 0, old & IID), new, iid)
		self.assertEqual(rule.backward(new), (number(C), 0, old & IID), iid)

	def test_edges(self):
		"""Section 0: the edges of the interface ID form"""
		self.pair("0:0:0:1", "f248:0:0:1")
		self.pair("db7:0:0:1", "0:0:0:1")
		self.pair("db6:0:0:1", "fffe:0:0:1")
		self.pair("ffff:0:0:1", "ffff:f248:0:1")
		self.pair("ffff:ffff:ffff:db7", "ffff:ffff:ffff:0")
		self.assertIsNone(self.RULE.forward(number(C), 0, IID))
		self.assertIsNone(self.RULE.backward(number("2001:db8:c98:2c01:ffff:ffff:ffff:ffff")))

	def test_words(self):
		"""Section 0: all 65536 first words, reversible, injective, neutral"""
		seen = set()
		for word in range(0xffff):
			new = self.RULE.forward(number(C), 0, word << 48 | 1)
			self.assertEqual(self.RULE.backward(new), (number(C), 0, word << 48 | 1))
			old = sixtofour(number(C), 0, word << 48 | 1)
			self.assertIn(delta(old, new), (0, 0xffff))
			seen.add(new)
		self.assertEqual(len(seen), 0xffff)

	def test_48(self):
		"""Section 0: 6296 3.4, bits 48 to 63"""
		rule = Rule("2001:db8::/32", "100.64.0.0/16", "0-0xffff", neutral=True)
		self.assertEqual(rule.forward(number("100.64.5.6"), 0, 1),
				 number("2001:db8:506:5689::1"))
		for sid in range(0x10000):
			new = rule.forward(number("100.64.5.6"), sid, 1)
			if sid == 0xffff:
				self.assertIsNone(new)
			else:
				self.assertEqual(rule.backward(new), (number("100.64.5.6"), sid, 1))


class Tap(unittest.TextTestResult):
	"""TAP instead of dots"""
	number = 0

	def line(self, state, test, note=""):
		self.number += 1
		print("%s %d - %s%s" % (state, self.number, test.shortDescription(), note))

	def addSuccess(self, test):
		self.line("ok", test)

	def addFailure(self, test, err):
		self.line("not ok", test)
		super().addFailure(test, err)

	addError = addFailure

	def addSkip(self, test, reason):
		super().addSkip(test, reason)
		self.line("ok", test, " # SKIP " + reason)


def main():
	suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
	print("TAP version 13\n1..%d" % suite.countTestCases())
	stream = unittest.runner._WritelnDecorator(sys.stderr)
	result = Tap(stream, True, 0)
	result.failfast = "--failfast" in sys.argv
	suite.run(result)
	result.printErrors()
	return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
	sys.exit(main())
