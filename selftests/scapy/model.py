# SPDX-License-Identifier: GPL-2.0
"""What a 6to4 provider managed tunnel relay does to a packet: the model.

Written from the RFC texts and REQUIREMENTS (R numbers), never from the
module's code, so that the two can be held against each other. Pure Python,
bytes in, bytes out; it knows no socket and no kernel.

A packet has one of three ends, told by a Verdict: it leaves (packet), it is
dropped and counted (counts), or the stack deals with it before or instead of
the relay (neither).
"""
import struct
from collections import namedtuple
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# packet: the bytes that leave, None: nothing does; counts: the counters moved.
Verdict = namedtuple("Verdict", "packet counts")
STACK = Verdict(None, ())		# the stack drops or answers it, not the relay

COUNTERS = """spoof bogon 6to4dst 6to4src sid nomap rh0 len malformed tinyfrag
	ah l4unknown icmp-in icmp-out ptb ecn loop policy source address nd jumbo
	noroute xfrm nomem""".split()


def drop(name):
	return Verdict(None, (name,))


# ---- addresses -------------------------------------------------------------

class Range:
	"""A prefix of either family as first and last integer."""

	def __init__(self, text):
		net = IPv6Network(text) if ":" in text else IPv4Network(text)
		self.text = text
		self.length = net.prefixlen
		self.first = int(net.network_address)
		self.last = int(net.broadcast_address)

	def __contains__(self, number):
		return self.first <= number <= self.last

	def covers(self, other):
		return self.first <= other.first and other.last <= self.last

	def overlaps(self, other):
		return self.first <= other.last and other.first <= self.last


SIXTOFOUR = Range("2002::/16")
# R14: RFC 3964 5.3.2, RFC 4213 3.6; fc00::/7 is our judgement.
BAD6 = [Range(t) for t in ("::/16", "fe80::/10", "fec0::/10", "ff00::/8",
			   "fc00::/7")]
# REQUIREMENTS section 9
HARD = [Range(t) for t in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
			   "224.0.0.0/4", "240.0.0.0/4", "192.88.99.0/24")]
EXPLICIT = [Range(t) for t in (
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",	# private
	"192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15",	# RFC 6890
	"198.51.100.0/24", "203.0.113.0/24")]


def bad6(addr):
	return any(addr in r for r in BAD6)


def number(addr):
	"""Text, or integer, to integer."""
	if isinstance(addr, int):
		return addr
	return int(IPv6Address(addr) if ":" in addr else IPv4Address(addr))


def v4_in(addr):
	"""The V4 of a 2002: address, RFC 3056 2."""
	return addr >> 80 & 0xffffffff


def sid_in(addr):
	return addr >> 64 & 0xffff


def sixtofour(v4, sid, iid):
	return 0x2002 << 112 | v4 << 80 | sid << 64 | iid


IID = (1 << 64) - 1


# ---- rules -----------------------------------------------------------------

class Rule:
	"""provider P/p, ipv4 V/m, subnet S-T (2^s of them), REQUIREMENTS 0."""

	def __init__(self, provider, ipv4="0.0.0.0/0", subnet="0"):
		self.provider = Range(provider)
		self.ipv4 = Range(ipv4)
		first, _, last = str(subnet).partition("-")
		self.sid = int(first, 0)
		self.sid_last = int(last, 0) if last else self.sid
		count = self.sid_last - self.sid + 1
		self.s = count.bit_length() - 1
		if not (0 <= self.sid <= self.sid_last <= 0xffff) \
		   or count != 1 << self.s or self.sid & count - 1:
			raise ValueError("subnet %s is no aligned range" % subnet)
		# Where V4's low bits lie, seen from the right end of the address
		self.v4_bits = 32 - self.ipv4.length
		self.shift = 128 - self.provider.length - self.v4_bits

	def __str__(self):
		subnet = "%#x" % self.sid
		if self.s:
			subnet += "-%#x" % self.sid_last
		return "provider %s ipv4 %s subnet %s" % (
			self.provider.text, self.ipv4.text, subnet)

	def bits(self):
		return self.provider.length + self.v4_bits + self.s

	def holds(self, sid):
		return self.sid <= sid <= self.sid_last

	def forward(self, v4, sid, iid):
		low = v4 & (1 << self.v4_bits) - 1
		kept = sid & (1 << self.s) - 1
		return self.provider.first | low << self.shift | kept << 64 | iid

	def backward(self, addr):
		"""(V4, SID), or None where the pad is not zero (R6)."""
		low = addr >> self.shift & (1 << self.v4_bits) - 1
		kept = addr >> 64 & (1 << self.s) - 1
		v4, sid = self.ipv4.first | low, self.sid | kept
		if self.forward(v4, sid, addr & IID) != addr:
			return None
		return v4, sid

	def may_carry(self, v4):
		"""Section 9, the column "translate", but for the hard ranges."""
		return all(r.covers(self.ipv4) for r in EXPLICIT if v4 in r)


ANY = Rule("2001:db8::/32")


def refusal(rules):
	"""Why R4 refuses this list of rules, or None."""
	for i, rule in enumerate(rules):
		if rule.bits() > 64:
			return "oversize"
		if rule.provider.overlaps(SIXTOFOUR):
			return "2002::/16"
		if any(rule.provider.overlaps(r) for r in BAD6):
			return "not unicast"
		for other in rules[:i]:
			if rule.provider.overlaps(other.provider):
				return "provider prefixes overlap"
			if rule.ipv4.text == other.ipv4.text \
			   and rule.sid <= other.sid_last \
			   and other.sid <= rule.sid_last:
				return "subnet ranges overlap"
	return None


# ---- checksums -------------------------------------------------------------

def fold(total):
	while total > 0xffff:
		total = (total & 0xffff) + (total >> 16)
	return total


def csum_add(data):
	if len(data) & 1:
		data += b"\0"
	return fold(sum(struct.unpack("!%dH" % (len(data) // 2), data)))


def pseudo(src, dst, proto, length):
	"""RFC 8200 8.1"""
	return csum_add(src + dst + struct.pack("!II", length, proto))


def csum_update(hc, old, new):
	"""RFC 1624 equation 3: HC' = ~(~HC + ~m + m'), word by word."""
	total = ~hc & 0xffff
	for m in struct.unpack("!%dH" % (len(old) // 2), old):
		total += ~m & 0xffff
	for m in struct.unpack("!%dH" % (len(new) // 2), new):
		total += m
	return ~fold(total) & 0xffff


TCP, UDP, DCCP, ICMPV6, MH, UDPLITE = 6, 17, 33, 58, 135, 136
CSUM_AT = {TCP: 16, UDP: 6, UDPLITE: 6, DCCP: 6, ICMPV6: 2, MH: 4}	# R24
# R27: IPv4, IPv6, GRE, ESP, none, SCTP: no sum over the addresses
NO_CSUM = 4, 41, 47, 50, 59, 132


def l4_translate(proto, l4, old, new):
	"""The transport header after an address changed: (bytes, counts)."""
	at = CSUM_AT.get(proto)
	if at is None:				# R27
		return l4, () if proto in NO_CSUM else ("l4unknown",)
	hc, = struct.unpack_from("!H", l4, at)
	if proto == UDP and hc == 0:		# R26
		return l4, ()
	hc = csum_update(hc, old, new)
	if hc == 0 and proto in (UDP, UDPLITE):
		hc = 0xffff
	return l4[:at] + struct.pack("!H", hc) + l4[at + 2:], ()


def is_nd(proto, l4):				# R19
	return proto == ICMPV6 and len(l4) > 0 \
		and (130 <= l4[0] <= 137 or l4[0] == 143)


# ---- the relay -------------------------------------------------------------

class Relay:
	"""rules, and what the relay's surroundings are.

	local: the addresses that customers tunnel to, the first is the source
	of what is sent; own, broadcasts: the machine's IPv4 addresses and the
	broadcast addresses of its subnets; unrouted, own_routes: IPv4 prefixes
	without a unicast route, and routed into the device itself.
	"""

	def __init__(self, rules, local=("192.88.99.1",), own=(), broadcasts=(),
		     unrouted=(), own_routes=(), ttl=64):
		self.rules = list(rules)
		self.local = [number(a) for a in local]
		self.own = {number(a) for a in own} | set(self.local)
		self.broadcasts = {number(a) for a in broadcasts}
		self.unrouted = [Range(t) for t in unrouted]
		self.own_routes = [Range(t) for t in own_routes]
		self.ttl = ttl

	def hard(self, v4):
		return v4 in self.own or v4 in self.broadcasts \
			or any(v4 in r for r in HARD)

	def choose(self, v4, sid):
		"""R5: the rule of (V4, SID), or the reason why there is none."""
		covering = [r for r in self.rules if v4 in r.ipv4]
		holding = [r for r in covering if r.holds(sid)]
		if not holding:
			return None, "sid" if covering else "nomap"
		return max(holding, key=lambda r: r.ipv4.length), None

	def bad4(self, v4):
		"""Section 9: what no rule here can ever carry"""
		return self.hard(v4) or not any(
			r.may_carry(v4) for r in [ANY] + self.rules if v4 in r.ipv4)

	def rule_of_provider(self, addr):
		for rule in self.rules:
			if addr in rule.provider:
				return rule
		return None

	def map_out(self, addr):
		"""2002: form to provider form: (address, None) or (None, why)."""
		v4, sid = v4_in(addr), sid_in(addr)
		if self.bad4(v4):
			return None, "bogon"
		rule, why = self.choose(v4, sid)
		if not rule:
			return None, why
		if not rule.may_carry(v4):
			return None, "bogon"
		return rule.forward(v4, sid, addr & IID), None

	def map_in(self, addr):
		"""Provider form to 2002: form, R2 and the round trip, R6."""
		rule = self.rule_of_provider(addr)
		found = rule and rule.backward(addr)
		if not found:
			return None, "nomap"
		if self.bad4(found[0]):
			return None, "bogon"
		if self.choose(*found)[0] is not rule:
			return None, "nomap"
		if not rule.may_carry(found[0]):
			return None, "bogon"
		return sixtofour(*found, addr & IID), None

	def from_customer(self, packet):
		"""An IPv4 packet, as it arrives -> the IPv6 packet that leaves."""
		ihl = (packet[0] & 15) * 4
		total, = struct.unpack_from("!H", packet, 2)
		osrc, odst = struct.unpack_from("!II", packet, 12)
		if packet[9] != 41 or odst not in self.local:	# R10
			return STACK
		if osrc in self.own or osrc in (0, 0xffffffff) \
		   or osrc >> 24 == 127 or osrc >> 28 == 14:
			return STACK
		inner = packet[ihl:total]
		if len(inner) < 40:			# R17, by tunnel64_rcv()
			return STACK
		if inner[0] >> 4 != 6:
			return drop("malformed")
		length, proto = struct.unpack_from("!HB", inner, 4)
		if 40 + length > len(inner):
			return drop("len")
		inner = inner[:40 + length]
		l4 = inner[40:]
		if is_nd(proto, l4):
			return drop("nd")
		if self.bad4(osrc):				# R11
			return drop("bogon")
		src = int.from_bytes(inner[8:24], "big")
		dst = int.from_bytes(inner[24:40], "big")
		if bad6(src) or bad6(dst):
			return drop("address")
		if src not in SIXTOFOUR:			# R13
			return drop("source")
		if v4_in(src) != osrc:				# R12
			return drop("spoof")
		if dst in SIXTOFOUR:				# R15
			return drop("6to4dst")
		new, why = self.map_out(src)
		if why:
			return drop(why)
		return self.translated(inner, 8, new)

	def to_customer(self, packet):
		"""An IPv6 packet routed to the device -> the IPv4 packet."""
		length, = struct.unpack_from("!H", packet, 4)
		packet = packet[:40 + length]
		if packet[7] <= 1:				# R63
			return STACK
		src = int.from_bytes(packet[8:24], "big")
		dst = int.from_bytes(packet[24:40], "big")
		if bad6(src) or bad6(dst):
			return drop("address")
		if src in SIXTOFOUR:				# R43
			return drop("6to4src")
		if self.rule_of_provider(src):			# R44
			return drop("spoof")
		new, why = self.map_in(dst)
		if why:
			return drop(why)
		v4 = v4_in(new)
		if any(v4 in r for r in self.unrouted):		# R42
			return drop("noroute")
		if any(v4 in r for r in self.own_routes):
			return drop("loop")
		inner, counts = self.translated(packet, 24, new)
		return Verdict(self.encapsulated(inner, v4), counts)

	@staticmethod
	def translated(packet, at, new):
		"""The address at `at` replaced, hop limit less one (R63)."""
		proto, hops = packet[6], packet[7]
		if hops <= 1:
			return STACK			# Time Exceeded, by the stack
		old = packet[at:at + 16]
		new = new.to_bytes(16, "big")
		l4, counts = l4_translate(proto, packet[40:], old, new)
		head = bytearray(packet[:40])
		head[7] = hops - 1
		head[at:at + 16] = new
		return Verdict(bytes(head) + l4, counts)

	def encapsulated(self, inner, v4):
		"""RFC 4213 3.5, R40, R41; the ID is free and here 0."""
		head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(inner), 0, 0,
				   self.ttl, 41, 0, self.local[0], v4)
		csum = ~csum_add(head) & 0xffff
		return head[:10] + struct.pack("!H", csum) + head[12:] + inner


def same_outer(got, want):
	"""Two IPv4 packets are equal but for ID, each with a true checksum."""
	return len(got) >= 20 and csum_add(got[:20]) == 0xffff \
		and got[:4] + got[6:10] + got[12:] \
		    == want[:4] + want[6:10] + want[12:]
