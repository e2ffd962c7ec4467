#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Random packets through the relay, compared with what the model says.

ROUNDS configurations of random rules, COUNT packets a direction altogether.
Every packet carries a number of its own in its flow label, comes out byte for
byte as the model says or not at all, and all the counters agree at the end of
a round. SEED repeats a run; it is printed. BATCH packets are sent at a time: 1 tells
which packet moves a wrong counter.
"""
import os
import random
import struct

from model import (BAD6, CSUM_AT, DCCP, EXPLICIT, HARD, ICMPV6, MH, TCP, UDP,
		   UDPLITE, Range, Relay, Rule, csum_update, fold, number,
		   refusal, same_outer, sixtofour)
from model import IPv4Address, IPv6Address
from packet import addr6, dccp, ipv4, l4, l4_sum, mh, tcp, udp
from relay import Surroundings, Tap

OWN, BROADCAST, LOCAL = "8.0.0.2", "8.0.0.255", "192.88.99.1"
PROTOCOLS = [TCP] * 6 + [UDP] * 6 + [ICMPV6] * 3 + [UDPLITE, DCCP] * 2 + [
	MH, 132, 50, 47, 4, 41, 59, 253, 99, 254, 17, 6]
EDGES = [edge + step for r in HARD + EXPLICIT + [Range("100.64.0.0/10")]
	 for edge in (r.first, r.last) for step in (-1, 0, 1)
	 if 0 <= edge + step <= 0xffffffff]
BATCH = int(os.environ.get("BATCH", 250))


class Random(random.Random):
	def chance(self, percent):
		return self.random() * 100 < percent

	def iid(self):
		return self.choice((0, 1, (1 << 64) - 1, 0xffff << 48)) \
			if self.chance(10) else self.getrandbits(64)

	def data(self):
		roll = self.random()
		if roll < 0.8:
			return self.randbytes(self.randint(0, 40))
		if roll < 0.98:
			return self.randbytes(self.randint(40, 300))
		return self.randbytes(self.randint(300, 1180))

	def rule(self):
		"""A random rule, mostly one that is accepted."""
		if self.chance(20):
			return Rule("2001:db8::/32")
		m = self.choice((0, 0, 8, 10, 12, 16, 24, 32, self.randint(0, 32)))
		s = self.choice((0, 0, 0, 1, 2, 4, 8, self.randint(0, 16)))
		most = 64 - (32 - m) - s
		if most < 12:
			s, most = 0, 32 + m
		p = self.choice((most, self.randint(12, most), self.randint(12, most)))
		v4 = self.getrandbits(32)
		if self.chance(40):
			v4 = number(self.choice(("10.0.0.0", "100.64.0.0", "172.16.0.0",
						 "192.168.0.0", "198.18.0.0", "12.0.0.0")))
		elif v4 >> 29 == 7 and self.chance(80):
			v4 ^= 0xc0 << 24
		v4 = v4 >> 32 - m << 32 - m
		top = self.choice((0x24, 0x25, 0x27, 0x28, 0x2a)) << 120 \
			| self.getrandbits(120)
		top = top >> 128 - p << 128 - p
		sid = self.choice((0, 0, 1, self.getrandbits(16))) >> s << s
		return Rule("%s/%d" % (IPv6Address(top), p), "%s/%d" % (IPv4Address(v4), m),
			    "%d-%d" % (sid, sid + (1 << s) - 1) if s else sid)

	def rules(self):
		rules = []
		for _ in range(self.randint(1, 9)):
			more = rules + [self.rule()]
			if not refusal(more):
				rules = more
			elif self.chance(30) and rules:
				# The same customers by another prefix, longer
				like = self.choice(rules)
				m = min(32, like.ipv4.length + self.randint(1, 8))
				v4 = like.ipv4.first | self.getrandbits(like.v4_bits)
				base = Rule("2a01:%x::/40" % len(rules), "%s/%d" % (
					IPv4Address(v4 >> 32 - m << 32 - m), m))
				if base.bits() <= 64 and not refusal(rules + [base]):
					rules.append(base)
		return rules

	def customer(self, rules):
		"""(V4, SID): mostly one that a rule takes"""
		rule = self.choice(rules)
		low = (1 << rule.v4_bits) - 1
		v4 = rule.ipv4.first | self.choice((0, low, *[self.getrandbits(32) & low] * 8))
		sid = rule.sid | self.getrandbits(16) & (1 << rule.s) - 1
		if self.chance(8):
			v4 = self.choice(EDGES)
		elif self.chance(3):
			v4 = self.getrandbits(32)
		elif self.chance(1):
			v4 = number(self.choice((OWN, BROADCAST, LOCAL)))
		if self.chance(4):
			sid = self.choice((sid ^ 1, sid + 1 & 0xffff, self.getrandbits(16)))
		return v4, sid

	def server(self):
		"""An address of the Internet, to which no rule's prefix leads"""
		return number("3fff::") | self.getrandbits(108)

	def bad_address(self):
		bad = self.choice(BAD6)
		return bad.first | self.getrandbits(128) & bad.last - bad.first

	def transport(self, src, dst, changed, new):
		"""(protocol, bytes) between src and dst; `changed` will become
		`new`, for checksums that land in a corner."""
		proto, data = self.choice(PROTOCOLS), self.data()
		if proto == TCP:
			body = tcp(self.getrandbits(16), self.getrandbits(16), data,
				   self.getrandbits(32), self.getrandbits(8), self.getrandbits(16))
		elif proto in (UDP, UDPLITE):
			length = 8 + len(data)
			if proto == UDPLITE:
				length = self.choice((0, 8, length, self.randint(8, length)))
			body = udp(self.getrandbits(16), self.getrandbits(16), data, length)
		elif proto == DCCP:
			body = dccp(self.getrandbits(16), self.getrandbits(16), data,
				    self.randint(0, min(15, 1 + len(data) // 4)))
		elif proto == ICMPV6:
			kind = self.choice((128, 129, 138, 139, 144, 200, 255))
			body = struct.pack("!BBH", kind, self.getrandbits(8), 0) + data
		elif proto == MH:
			body = mh(self.getrandbits(8), data[:len(data) // 8 * 8] + b"ab")
		else:
			return proto, data
		roll = self.random()
		if roll < 0.6:				# a true checksum
			return proto, l4(src, dst, proto, body)
		if roll < 0.7:				# any
			return proto, l4(src, dst, proto, body, self.getrandbits(16))
		if roll < 0.8:				# a field in the corner
			delta = csum_update(0xffff, addr6(changed), addr6(new)) ^ 0xffff
			return proto, l4(src, dst, proto, body, self.choice((
				0, 0xffff, 1, 0xfffe, delta, delta ^ 0xffff,
				fold(delta + 1), 0x0db7, 0xf248)))
		# Data that makes the true checksum 0 here, or there: at an even place
		# that any coverage takes in, so the ports, or ICMPv6's code and up.
		ends = (src, dst)
		if roll < 0.9:
			ends = tuple(new if a == changed else a for a in (src, dst))
		at = CSUM_AT[proto]
		spot = 4 if at == 2 else 0
		if len(body) >= spot + 2 and proto != MH:
			body = body[:at] + b"\0\0" + body[at + 2:]
			body = body[:spot] + b"\0\0" + body[spot + 2:]
			rest = l4_sum(*ends, proto, body)
			body = body[:spot] + struct.pack("!H", ~rest & 0xffff) \
				+ body[spot + 2:]
		return proto, l4(src, dst, proto, body)

	def ipv6(self, src, dst, changed, new, token):
		proto, body = self.transport(src, dst, changed, new)
		return struct.pack("!IHBB", 6 << 28 | self.getrandbits(8) << 20 | token,
				   len(body), proto, self.choice((2, 64, 255, 254, 3))) \
			+ addr6(src) + addr6(dst) + body

	def outgoing(self, relay, token):
		"""An IPv4 packet of a customer, sometimes with a fault or two"""
		v4, sid = self.customer(relay.rules)
		src, dst = sixtofour(v4, sid, self.iid()), self.server()
		outer, to, trailer, options = v4, number(LOCAL), b"", b""
		fault = self.random() * 100
		if fault < 1:
			outer = self.choice((self.getrandbits(32), outer ^ 1, outer + 1 & 0xffffffff))
		elif fault < 2:
			src = self.choice((self.server(), number("2003::") | src & (1 << 112) - 1))
		elif fault < 3:
			src = self.bad_address()
		elif fault < 4:
			dst = self.bad_address()
		elif fault < 5:
			dst = sixtofour(self.getrandbits(32), 0, 1)
		elif fault < 5.5:
			to = number(BROADCAST)
		new = src
		rule, _ = relay.choose(v4, sid)
		if rule:
			new = rule.forward(v4, sid, src & (1 << 64) - 1)
		inner = self.ipv6(src, dst, src, new, token)
		if 6 < fault < 7:
			inner = bytes((self.getrandbits(8),)) + inner[1:]
		elif 7 < fault < 8:
			inner = inner[:self.randint(max(40, len(inner) - 9), len(inner))]
		elif 8 < fault < 9:
			inner = inner[:6] + bytes((ICMPV6,)) + inner[7:40] + bytes((
				self.choice((*range(129, 139), 142, 143, 144)),)) + inner[41:]
		elif 9 < fault < 14:
			trailer = self.randbytes(self.randint(1, 40))
		elif 14 < fault < 16:
			options = b"\1\1\1\1" * self.randint(1, 10)
		packet = ipv4(outer, to, inner, tos=self.getrandbits(6) << 2,
			      ident=self.getrandbits(16), frag=self.choice((0, 0x4000)),
			      ttl=self.choice((1, 64, 255)), options=options, trailer=trailer)
		# Truncated transport headers and ICMPv6 errors are another stage's.
		total = struct.unpack_from("!H", inner, 4)[0] if len(inner) >= 40 else 0
		if inner[6] == ICMPV6 and (total < 4 or inner[40:41] < b"\x80"):
			return None
		return packet

	def incoming(self, relay, token):
		v4, sid = self.customer(relay.rules)
		rule, _ = relay.choose(v4, sid)
		iid = self.iid()
		fault = self.random() * 100
		if rule is None or fault < 5:
			rule = self.choice(relay.rules)
		dst = rule.forward(v4, sid, iid)
		if 5 < fault < 12:
			dst = rule.provider.first | self.getrandbits(128 - rule.provider.length)
		src = self.server()
		if 12 < fault < 13:
			src = sixtofour(self.getrandbits(32), 0, 1)
		elif 13 < fault < 14:
			src = number("fc00::") | self.getrandbits(121)
		elif 14 < fault < 15:
			other = self.choice(relay.rules).provider
			src = other.first | self.getrandbits(128 - other.length)
		found = rule.backward(dst)
		new = sixtofour(*found, iid) if found else dst
		return self.ipv6(src, dst, dst, new, token)


def label(packet):
	return struct.unpack_from("!I", packet)[0] & 0xfffff


class Difference(Tap):
	def __init__(self, seed):
		self.net = Surroundings()
		self.rng = Random(seed)
		self.shown, self.passed, self.dropped = {}, 0, 0
		self.bad = set()

	def differs(self, what, *notes):
		"""A difference of this round; only the first few are shown."""
		self.bad.add(what)
		self.shown[what] = self.shown.get(what, 0) + 1
		if self.shown[what] <= 4:
			print("# %s" % what)
			for note in notes:
				print("#   " + note)

	def configure(self, rules):
		self.net.pmt("rule", "flush", "dev", "pmt0")
		self.net.pmt("-b", "-", text="".join(
			"rule add dev pmt0 %s\n" % rule for rule in rules))
		self.net.ip("route flush dev pmt0", *(
			"route add %s via fe80::1 dev pmt0" % rule.provider.text
			for rule in rules), family="-6")

	def exchange(self, relay, direction, tokens, counts):
		"""A batch in one direction; `counts` gathers what it must move."""
		outward = direction == "out"
		port = self.net.cust if outward else self.net.serv
		side = 1 if outward else 0
		wanted, sent = {}, {}
		for token in tokens:
			packet = (self.rng.outgoing if outward else self.rng.incoming)(relay, token)
			if packet is None:
				continue
			want, moved = (relay.from_customer if outward else relay.to_customer)(packet)
			for name in moved:
				counts[name] = counts.get(name, 0) + 1
			sent[token] = packet
			if want:
				wanted[token] = want
			else:
				self.dropped += 1
		for packet in sent.values():
			port.send(packet)
		missing = dict(wanted)

		def sort(packets):
			for packet in packets:
				inner = packet if outward else packet[20:]
				if outward and packet[6] == ICMPV6 and packet[40] < 128 \
				   or not outward and packet[9] == 1:
					continue	# an error message of the relay's
				token = label(inner) if len(inner) >= 40 else -1
				want = missing.pop(token, None)
				if want is None:
					self.differs(direction + ": came out, should not",
						     "in  " + sent.get(token, b"").hex(),
						     "out " + packet.hex())
				elif not (packet == want if outward else same_outer(packet, want)):
					self.differs(direction + ": came out otherwise",
						     "in   " + sent[token].hex(),
						     "out  " + packet.hex(),
						     "want " + want.hex())
				else:
					self.passed += 1

		def enough(*got):
			sort(got[side])
			del got[side][:]
			for packet in got[1 - side]:
				if not (outward and packet[9] == 1 or not outward
					and packet[6] == ICMPV6 and packet[40] < 128):
					self.differs(direction + ": came out on the wrong side",
						     packet.hex())
			del got[1 - side][:]
			return not missing

		self.net.collect(enough, 10)
		for token, want in missing.items():
			self.differs(direction + ": did not come out", "in   " + sent[token].hex(),
				     "want " + want.hex())
		return sent

	def round(self, number_, count):
		rules = self.rng.rules()
		self.bad = set()
		self.configure(rules)
		relay = Relay(rules, own=(OWN, "127.0.0.1"), broadcasts=(BROADCAST,))
		before = self.net.stats()
		for direction in "out", "in":
			for start in range(0, count, BATCH):
				counts = {}
				sent = self.exchange(relay, direction, range(
					start + 1, min(start + BATCH, count) + 1), counts)
				after = self.net.stats()
				moved = {name: after[name] - before[name] for name in after
					 if after[name] != before[name]}
				before = after
				if moved != counts:
					self.differs(direction + ": the wrong counters moved",
						     "model " + str(counts), "relay " + str(moved),
						     *(p.hex() for p in list(sent.values())[:2]))
		self.result(not self.bad, "round %d: %d packets a direction, %d rule%s" % (
			number_, count, len(rules), "s" * (len(rules) != 1)),
			*sorted(self.bad), *rules)


def main():
	seed = int(os.environ.get("SEED", random.SystemRandom().getrandbits(32)))
	total = int(os.environ.get("COUNT", 10000))
	rounds = int(os.environ.get("ROUNDS", 12))
	print("# SEED=%d COUNT=%d ROUNDS=%d" % (seed, total, rounds))
	t = Difference(seed)
	for i in range(rounds):
		t.round(i + 1, -(-total // rounds))
	print("# %d packets came out as the model says, %d were dropped as it says" % (
		t.passed, t.dropped))
	t.result(t.passed > total, "most of the packets were relayed")
	t.end()


if __name__ == "__main__":
	main()
