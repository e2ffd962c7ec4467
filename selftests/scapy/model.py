# SPDX-License-Identifier: GPL-2.0
"""What a 6to4 provider managed tunnel relay does to a packet: the model.

Written from the RFC texts and REQUIREMENTS (R numbers), never from the
module's code, so that the two can be held against each other. Pure Python,
bytes in, bytes out; it knows no socket and no kernel.

A packet has one of three ends, told by a Verdict: it leaves (packet), it is
dropped and counted (counts), or the stack deals with it before or instead of
the relay (neither). An ICMPv6 error may go back besides (reply). What is IPv4
goes to a customer, what is IPv6 to the Internet.
"""
import struct
from collections import namedtuple
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# packet: the bytes that leave, None: nothing does; counts: the counters moved;
# reply: an error that goes back; stack: it is the stack's and not the relay's.
Verdict = namedtuple("Verdict", "packet counts reply stack",
		     defaults=(None, False))
STACK = Verdict(None, (), None, True)	# the stack drops it, or another tunnel has it

COUNTERS = """spoof bogon 6to4dst 6to4src sid nomap rh0 len malformed tinyfrag
	ah l4unknown icmp-in icmp-out ptb ecn loop policy source address nd jumbo
	noroute xfrm nomem icmp4 ratelimit noerrsrc
	backlog""".split()


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
SHARED = Range("100.64.0.0/10")


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


def not_global(v4):
	"""Section 9, the column "untranslated" (R53)"""
	return v4 in SHARED or any(v4 in r for r in EXPLICIT)


def sixtofour(v4, sid, iid):
	return 0x2002 << 112 | v4 << 80 | sid << 64 | iid


IID = (1 << 64) - 1


# ---- rules -----------------------------------------------------------------

class Rule:
	"""provider P/p, ipv4 V/m, subnet S-T (2^s of them), REQUIREMENTS 0.
	neutral: the address itself keeps the checksum (RFC 6296)."""

	def __init__(self, provider, ipv4="0.0.0.0/0", subnet="0", neutral=False):
		self.neutral = neutral
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
		return "provider %s ipv4 %s subnet %s%s" % (
			self.provider.text, self.ipv4.text, subnet,
			" csum neutral" if self.neutral else "")

	def bits(self):
		return self.provider.length + self.v4_bits + self.s

	def holds(self, sid):
		# RFC 6296 3.4: ffff could not be told from 0000 on its way back
		if self.neutral and self.s == 16 and sid == 0xffff:
			return False
		return self.sid <= sid <= self.sid_last

	def plain(self, v4, sid, iid):
		"""The layout of section 0"""
		low = v4 & (1 << self.v4_bits) - 1
		kept = sid & (1 << self.s) - 1
		return self.provider.first | low << self.shift | kept << 64 | iid

	def forward(self, v4, sid, iid):
		"""None where `neutral` has no word to change."""
		new = self.plain(v4, sid, iid)
		if not self.neutral:
			return new
		if self.s == 16:		# 6296 3.4: the sums of the first 48 bits
			sid, kept = 0, self.plain(v4, 0, 0)
		else:
			kept = new
		return shifted(new, minus(top(sixtofour(v4, sid, 0)), top(kept)),
			       self.s == 16)

	def backward(self, addr):
		"""(V4, SID, IID), or None where the pad is not zero (R6)."""
		low = addr >> self.shift & (1 << self.v4_bits) - 1
		v4 = self.ipv4.first | low
		kept, old = addr >> 64 & (1 << self.s) - 1, addr
		if self.neutral:
			# 6296 3.4: the sums without the subnet-ID, which is what moves
			hide = 0xffff << 64 if self.s == 16 else 0
			sid = 0 if hide else self.sid | kept
			old = shifted(addr, minus(top(addr & ~hide), top(
				sixtofour(v4, sid, 0))), self.s == 16)
			if old is None:
				return None
			kept = old >> 64 & (1 << self.s) - 1
		sid = self.sid | kept
		if self.forward(v4, sid, old & IID) != addr:
			return None
		return v4, sid, old & IID

	def may_carry(self, v4):
		"""Section 9, the column "translate", but for the hard ranges."""
		return all(r.covers(self.ipv4) for r in EXPLICIT if v4 in r)


def top(addr):
	"""The one's complement sum of an address's upper half"""
	return fold(sum(addr >> shift & 0xffff for shift in (112, 96, 80, 64)))


def minus(a, b):
	return fold(a + (~b & 0xffff))


def shifted(addr, adjustment, in_subnet):
	"""RFC 6296 3.4 (bits 48-63) or 3.5 (the first word of the interface ID that
	is not ffff): the adjustment added there. None: there is no such word."""
	for shift in (64,) if in_subnet else (48, 32, 16, 0):
		word = addr >> shift & 0xffff
		if word != 0xffff:
			word = fold(word + adjustment)
			if word == 0xffff:
				word = 0
			return addr & ~(0xffff << shift) | word << shift
	return None


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


HBH, RH, FRAGMENT, AH, DSTOPTS = 0, 43, 44, 51, 60
HEADERS_MAX = 8				# R29: extension headers that are walked

Chain = namedtuple("Chain", "proto at part final fault")


def walk(packet):
	"""R29: past the extension headers of an IPv6 packet. proto, at: what is
	there; part: "first", "later" of a fragmented packet; final: the
	destination is not the last one (R30); fault: why it can't be walked."""
	proto, at, part, final = packet[6], 40, None, True
	for _ in range(HEADERS_MAX + 1):
		if proto not in (HBH, RH, FRAGMENT, DSTOPTS):
			return Chain(proto, at, part, final, None)
		if len(packet) < at + 8:
			return Chain(proto, at, part, final, "malformed")
		size = 8 if proto == FRAGMENT else packet[at + 1] * 8 + 8
		if len(packet) < at + size:
			return Chain(proto, at, part, final, "malformed")
		if proto == RH:
			if packet[at + 2] == 0:			# R21
				return Chain(proto, at, part, final, "rh0")
			final = final and packet[at + 3] == 0
		elif proto == FRAGMENT:
			field, = struct.unpack_from("!H", packet, at + 2)
			if field >> 3:
				return Chain(packet[at], at + 8, "later", final, None)
			if field & 1:				# else atomic, R31
				part = "first"
		proto, at = packet[at], at + size
	return Chain(proto, at, part, final, "malformed")


def changed(packet, at, new, rule, quote=False):
	"""The address at `at` becomes `new`, and the transport checksum follows:
	(bytes, counts), or (None, why). quote: there may be no more of it."""
	old, new = packet[at:at + 16], new.to_bytes(16, "big")
	chain = walk(packet)
	if chain.fault and not quote:
		return None, chain.fault
	counts, update = (), b""
	place = CSUM_AT.get(chain.proto)
	spot = chain.at + (place or 0)
	if chain.fault or chain.part == "later":		# R31
		pass
	elif chain.proto == AH:					# R28
		counts = ("ah",)
	elif place is None:					# R27
		counts = () if chain.proto in NO_CSUM else ("l4unknown",)
	elif len(packet) < spot + 2:				# R32
		if not quote:
			return None, "tinyfrag" if chain.part else "malformed"
	elif rule and not rule.neutral and (at == 8 or chain.final):	# R30
		hc, = struct.unpack_from("!H", packet, spot)
		if chain.proto != UDP or hc:			# R26
			hc = csum_update(hc, old, new)
			if hc == 0 and chain.proto in (UDP, UDPLITE):
				hc = 0xffff
			update = struct.pack("!H", hc)
	packet = packet[:at] + new + packet[at + 16:]
	if update:
		packet = packet[:spot] + update + packet[spot + 2:]
	return packet, counts


def is_nd(packet):				# R19
	chain = walk(packet)
	kind = packet[chain.at:chain.at + 1]
	return chain.proto == ICMPV6 and not chain.fault and chain.part != "later" \
		and kind != b"" and (130 <= kind[0] <= 137 or kind[0] == 143)


def error_in(packet):
	"""Where the ICMPv6 error message lies in the packet, if it is one"""
	chain = walk(packet)
	if chain.proto == ICMPV6 and not chain.fault and chain.part != "later" \
	   and packet[chain.at:chain.at + 1] and packet[chain.at] < 128:
		return chain.at
	return None


def error(src, dst, kind, code, word, quote):
	"""RFC 4443 3: as much of the quote as fits 1280 bytes"""
	body = struct.pack("!BBHI", kind, code, 0, word) + quote[:1280 - 48]
	src, dst = (number(a).to_bytes(16, "big") for a in (src, dst))
	hc = ~fold(pseudo(src, dst, ICMPV6, len(body)) + csum_add(body)) & 0xffff
	return struct.pack("!IHBB", 6 << 28, len(body), ICMPV6, 64) + src + dst \
		+ body[:2] + struct.pack("!H", hc) + body[4:]


# ---- the relay -------------------------------------------------------------

class Relay:
	"""rules, policy {prefix: action}, options of the device as in DESIGN.md,
	and what the relay's surroundings are.

	local: the addresses that customers tunnel to, the first is the source
	of what is sent; own, broadcasts: the machine's IPv4 addresses and the
	broadcast addresses of its subnets; unrouted, own_routes: IPv4 prefixes
	without a unicast route, and routed into the device itself; uplink: the
	MTU towards the Internet.
	"""

	def __init__(self, rules, local=("192.88.99.1",), own=(), broadcasts=(),
		     unrouted=(), own_routes=(), ttl=64, policy=(),
		     untranslated=False, to2002="reject", hairpin=True, df="unset",
		     dscp=0, ecn="compat", errsrc="3fff:0:1::1", mtu=1280,
		     uplink=1500, path=1500):
		self.rules = list(rules)
		self.local = [number(a) for a in local]
		self.own = {number(a) for a in own} | set(self.local)
		self.broadcasts = {number(a) for a in broadcasts}
		self.unrouted = [Range(t) for t in unrouted]
		self.own_routes = [Range(t) for t in own_routes]
		self.ttl = ttl
		self.policy = sorted(((Range(p), action) for p, action in
				      dict(policy).items()),
				     key=lambda entry: -entry[0].length)
		self.untranslated, self.to2002 = untranslated, to2002
		self.hairpin, self.df, self.dscp, self.ecn = hairpin, df, dscp, ecn
		self.errsrc, self.mtu, self.uplink, self.path = errsrc, mtu, uplink, path

	def verdict(self, packet):
		"""Either side, by the version"""
		if packet[0] >> 4 == 6:
			return self.to_customer(packet)
		if packet[9] == 1:
			return self.icmp4(packet)
		return self.from_customer(packet)

	# What addresses become

	def hard(self, v4):
		return v4 in self.own or v4 in self.broadcasts \
			or any(v4 in r for r in HARD)

	def action(self, v4):
		"""R51: what the longest matching entry says"""
		for entry, action in self.policy:
			if v4 in entry:
				return action
		return "translate"

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

	def covered(self, v4):
		"""R57: a rule or a policy entry speaks of it"""
		return any(v4 in r.ipv4 for r in self.rules) \
			or any(v4 in entry for entry, _ in self.policy)

	def ordinary(self, addr):
		"""An address that is to stay 2002: (R51, R53)"""
		if not_global(v4_in(addr)):
			return None, "bogon", None
		return addr, None, None

	def find_out(self, addr):
		"""2002: form to provider form: (address, None, rule); untranslated
		(address, None, None), or (None, why, None)."""
		v4, sid = v4_in(addr), sid_in(addr)
		action = self.action(v4)
		if self.hard(v4):
			return None, "bogon", None
		if action not in ("translate", "untranslated"):
			return None, "policy", None
		if self.bad4(v4):
			return None, "bogon", None
		if action == "untranslated":
			return self.ordinary(addr)
		rule, why = self.choose(v4, sid)
		if not rule:
			if self.untranslated and self.covered(v4):	# R7
				return self.ordinary(addr)
			return None, why, None
		if not rule.may_carry(v4):
			return None, "bogon", None
		new = rule.forward(v4, sid, addr & IID)
		return new, None if new is not None else "nomap", rule

	def find_in(self, addr):
		"""Provider form to 2002: form, R2 and the round trip, R6."""
		rule = self.rule_of_provider(addr)
		found = rule and rule.backward(addr)
		if not found:
			return None, "nomap", None
		v4, sid, iid = found
		action = self.action(v4)
		chosen, _ = self.choose(v4, sid)
		bogon = self.bad4(v4) or chosen and not chosen.may_carry(v4)
		if not bogon and chosen is not rule:
			return None, "nomap", None
		if self.hard(v4):
			return None, "bogon", None
		if action not in ("translate", "untranslated"):
			return None, "policy", None
		if bogon or action == "untranslated" and not_global(v4):
			return None, "bogon", None
		if action == "untranslated":			# R6: opted out
			return None, "nomap", None
		return sixtofour(v4, sid, iid), None, rule

	def map_out(self, addr):
		"""(address, None) or (None, why)"""
		return self.find_out(addr)[:2]

	def map_in(self, addr):
		return self.find_in(addr)[:2]

	def map_2002(self, addr):
		"""R56: a 2002: destination from the Internet, which may stay"""
		new, why, rule = self.find_out(addr)
		if why == "nomap" and self.choose(v4_in(addr), sid_in(addr))[0]:
			why = None			# a neutral rule has no word to change
		elif why or not rule:
			return new, why
		return (addr, None) if self.to2002 == "forward" else (None, "to2002")

	# Errors

	def answer(self, packet, kind, code, word=0, stack=False):
		"""The error that goes back to the source of an IPv6 packet, in the
		terms of who gets it; None: none may (R61, 4443 2.4(e))."""
		src = int.from_bytes(packet[8:24], "big")
		if error_in(packet) is not None or bad6(src) or self.errsrc is None:
			return None
		made = error(self.errsrc, src, kind, code, word, packet)
		if self.rule_of_provider(src):
			return self.inward(made, local=True).packet
		return made

	def refuse(self, why, packet, *what):
		reply = self.answer(packet, *what)
		return Verdict(None, (why,), reply)

	# The ways

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
		if self.action(osrc) == "pass" and not self.hard(osrc):	# R23
			return STACK
		if inner[0] >> 4 != 6:
			return drop("malformed")
		length, proto = struct.unpack_from("!HB", inner, 4)
		if not length and proto == HBH:			# R38
			return drop("jumbo")
		if 40 + length > len(inner):
			return drop("len")
		inner = inner[:40 + length]
		if is_nd(inner):
			return drop("nd")
		if self.bad4(osrc) and self.action(osrc) not in ("drop", "reject", "pass") \
		   or self.hard(osrc):				# R11
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
		new, why, rule = self.find_out(src)
		if why == "policy" and self.action(osrc) == "reject":	# R55
			reply = None
			if error_in(inner) is None:
				reply = error(self.errsrc, src, 1, 1, 0, inner)
				reply = self.encapsulated(reply, osrc, self.outer_tos(reply))
			return Verdict(None, (why,), reply)
		if error_in(inner) is not None and self.action(osrc) == "translate" \
		   and why in (None, "sid") and self.choose(osrc, sid_in(src))[1] == "sid":
			verdict = self.about_mapped(inner, packet[1])	# R37
			if why or not set(verdict.counts) & {"sid", "icmp-out"}:
				return verdict
		if why and not rule:
			return drop(why)
		inner, ecn = self.ecn_in(inner, packet[1])
		if ecn or why:					# no word that is not ffff
			return drop(ecn or why)
		inner, counts = self.translated(inner, 8, new, rule)
		if inner is None:
			return drop(counts)
		return self.forward(inner, counts)

	def forward(self, packet, counts):
		"""What the stack does with what came out of the tunnel."""
		if packet[7] <= 1:
			return Verdict(None, counts, self.answer(packet, 3, 0), True)
		dst = int.from_bytes(packet[24:40], "big")
		if not self.rule_of_provider(dst):
			if len(packet) > self.uplink:			# R49
				return Verdict(None, counts, self.answer(
					packet, 2, 0, self.uplink), True)
			return Verdict(packet[:7] + bytes((packet[7] - 1,)) + packet[8:],
				       counts)
		there = self.to_customer(packet, hairpin=True)		# R46
		return there._replace(counts=counts + there.counts)

	def about_mapped(self, inner, tos):
		"""R37: an error from a subnet without rule about one with a rule"""
		new = number(self.errsrc)
		at = error_in(inner)
		quoted = int.from_bytes(inner[at + 32:at + 48], "big")
		if v4_in(quoted) != v4_in(int.from_bytes(inner[8:24], "big")) \
		   or quoted not in SIXTOFOUR:			# R36
			return drop("icmp-out")
		if self.find_out(quoted)[2] is None:		# R7
			return drop("sid")
		inner, why = self.ecn_in(inner, tos)
		if why:
			return drop(why)
		inner, counts = self.translated(inner, 8, new, ANY)
		if inner is None:
			return drop(counts)
		return self.forward(inner, counts)

	def ecn_in(self, inner, tos):
		"""R66, RFC 6040 figure 4"""
		outer, tclass = tos & 3, inner[0] << 4 & 0xf0 | inner[1] >> 4
		mark = tclass & 3
		if outer == 3:
			if mark == 0:
				return None, "ecn"
			mark = 3
		elif outer == 1 and mark == 2:
			mark = 1
		tclass = tclass & 0xfc | mark
		return bytes((0x60 | tclass >> 4, (tclass & 15) << 4 | inner[1] & 15)) \
			+ inner[2:], None

	def to_customer(self, packet, hairpin=False):
		"""An IPv6 packet routed to the device -> the IPv4 packet."""
		length, = struct.unpack_from("!H", packet, 4)
		packet = packet[:40 + length]
		if packet[7] <= 1:				# R63
			return Verdict(None, (), self.answer(packet, 3, 0), True)
		if len(packet) > self.mtu:			# R48
			return Verdict(None, (), self.answer(packet, 2, 0, self.mtu), True)
		packet = packet[:7] + bytes((packet[7] - 1,)) + packet[8:]
		return self.inward(packet, hairpin=hairpin)

	def inward(self, packet, hairpin=False, local=False):
		"""What the device is given to transmit"""
		src = int.from_bytes(packet[8:24], "big")
		dst = int.from_bytes(packet[24:40], "big")
		if is_nd(packet):
			return drop("nd")
		if bad6(src) or bad6(dst):
			return drop("address")
		if src in SIXTOFOUR and not local:		# R43
			return drop("6to4src")
		if self.rule_of_provider(src) and not local:
			if not hairpin:				# R44
				return drop("spoof")
			if not self.hairpin:
				return drop("policy")
		if dst in SIXTOFOUR:
			new, why = self.map_2002(dst)
			rule = None
			if why == "to2002" or why == "policy" and self.action(
					v4_in(dst)) == "reject":	# R56, R51
				return self.refuse("policy", packet, 1, 1)
			if why in ("nomap", "sid"):		# R7, as R6
				return self.refuse(why, packet, 1, 3)
			if why:
				return drop(why)
		else:
			new, why, rule = self.find_in(dst)
			if why == "nomap":			# R6, R45
				return self.refuse(why, packet, 1, 3 if self.rule_of_provider(
					dst) else 0)
			if why == "policy" and self.action(self.rule_of_provider(dst).backward(
					dst)[0]) == "reject":	# R51
				return self.refuse(why, packet, 1, 1)
			if why:
				return drop(why)
		v4 = v4_in(new)
		if any(v4 in r for r in self.unrouted):		# R42
			return drop("noroute")
		if any(v4 in r for r in self.own_routes):
			return drop("loop")
		dont_fragment, limit = self.fits(len(packet))
		if limit:					# R50
			return self.refuse("ptb", packet, 2, 0, limit)
		tos = self.outer_tos(packet)
		packet, counts = self.translated(packet, 24, new, rule)
		if packet is None:
			return drop(counts)
		return Verdict(self.encapsulated(packet, v4, tos, dont_fragment), counts)

	def fits(self, length):
		"""R50: (DF, the MTU of a Packet Too Big or 0)"""
		if self.df == "unset":
			return False, 0
		room = self.path - 20
		if room < 1280:
			return False, 1280 if length > 1280 else 0
		return True, room if length > room else 0

	def outer_tos(self, packet):
		"""R64, R65"""
		tclass = packet[0] << 4 & 0xf0 | packet[1] >> 4
		tos = tclass & 0xfc if self.dscp == "inherit" else self.dscp << 2
		return tos | (tclass & 3 if self.ecn == "normal" else 0)

	def translated(self, packet, at, new, rule):
		"""The address at `at` replaced, in an ICMPv6 error also what it
		quotes: (bytes, counts), or (None, why)."""
		old = packet[at:at + 16]
		place = error_in(packet)
		if place is None or not 1 <= packet[place] <= 4 or not rule:
			return changed(packet, at, new, rule)
		outward = at == 8
		why = "icmp-out" if outward else "icmp-in"
		# R35: RFC 4884 4.4, in types 1 and 3 the quote's length in 8 bytes
		start, end = place + 8, len(packet)
		if end < place + 4:
			return changed(packet, at, new, rule)
		if end > place + 4 and packet[place] in (1, 3) and packet[place + 4]:
			end = min(end, start + packet[place + 4] * 8)
		quote = packet[start:end]
		if len(quote) < 40 or error_in(quote) is not None:	# R36
			return None, why
		there = 24 if outward else 8
		addr = int.from_bytes(quote[there:there + 16], "big")
		v4 = v4_in(int.from_bytes(old, "big") if outward else new)
		if outward:
			same = addr in SIXTOFOUR and v4_in(addr) == v4
			changes = self.find_out(addr) if same else (None, why, None)
		elif addr in SIXTOFOUR:			# only as ordinary 6to4
			changes = self.find_out(addr) if v4_in(addr) == v4 else (None, why, None)
			if not changes[1] and changes[2]:
				changes = None, why, None
		else:
			changes = self.find_in(addr)
			if not changes[1] and v4_in(changes[0]) != v4:
				changes = None, why, None
		if changes[1] == "sid":
			return None, "sid"
		if changes[1]:
			return None, why
		other = quote
		if changes[2]:
			other, counts = changed(quote, there, changes[0], changes[2], quote=True)
		hc, = struct.unpack_from("!H", packet, place + 2)
		new = new.to_bytes(16, "big")
		if not rule.neutral and (outward or walk(packet).final):	# R30
			hc = csum_update(hc, old, new)
		if changes[2] and not changes[2].neutral:
			hc = csum_update(hc, even(quote), even(other))
		packet = packet[:at] + new + packet[at + 16:place + 2] \
			+ struct.pack("!H", hc) + packet[place + 4:start] + other \
			+ packet[end:]
		return packet, ()

	def icmp4(self, packet):
		"""R58-R61: an ICMPv4 error about what we sent"""
		ihl = (packet[0] & 15) * 4
		body = packet[ihl:]
		quoted = body[8:]
		if len(quoted) < 20 or quoted[9] != 41 or int.from_bytes(
				quoted[12:16], "big") not in self.local:	# R58
			return STACK
		inner = quoted[(quoted[0] & 15) * 4:]
		dst = int.from_bytes(inner[24:40], "big")
		v4 = int.from_bytes(quoted[16:20], "big")
		if self.action(v4) == "pass":			# R23
			return STACK
		if len(inner) < 40 or dst not in SIXTOFOUR or v4_in(dst) != v4:
			return drop("icmp4")
		kind, code, _, _, mtu = struct.unpack_from("!BBHHH", body)
		new, why, rule = self.find_out(dst)
		if why or error_in(inner) is not None:		# R61
			return drop("icmp4")
		what = 1, 3, 0
		if (kind, code) == (3, 4):			# R60
			if self.df == "unset":
				return drop("icmp4")
			what = 2, 0, max(1280, mtu - 20)
			if struct.unpack_from("!H", inner, 4)[0] + 40 <= what[2]:
				return drop("icmp4")
		elif kind not in (3, 11):
			return drop("icmp4")
		inner, _ = changed(inner, 24, new, rule, quote=True)
		reply = self.answer(inner, *what)
		if not reply:
			return drop("icmp4")
		return Verdict(None, (), reply)

	def encapsulated(self, inner, v4, tos=0, dont_fragment=False):
		"""RFC 4213 3.5, R40, R41; the ID is free and here 0."""
		head = struct.pack("!BBHHHBBHII", 0x45, tos, 20 + len(inner), 0,
				   0x4000 if dont_fragment else 0, self.ttl, 41, 0,
				   self.local[0], v4)
		csum = ~csum_add(head) & 0xffff
		return head[:10] + struct.pack("!H", csum) + head[12:] + inner


def even(data):
	return data + b"\0" * (len(data) & 1)


def same_outer(got, want):
	"""Two IPv4 packets are equal but for ID, each with a true checksum."""
	return len(got) >= 20 and csum_add(got[:20]) == 0xffff \
		and got[:4] + got[6:10] + got[12:] \
		    == want[:4] + want[6:10] + want[12:]
