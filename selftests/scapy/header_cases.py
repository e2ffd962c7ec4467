#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Extension headers, fragments and odd protocols (R18, R21, R28 to R32, R38), and
`csum neutral` (section 0). Run by headers.sh inside lib.sh's topology.
"""
import struct

from cases import DATA, Cases, both, hop
from model import AH, DSTOPTS, FRAGMENT, HBH, ICMPV6, RH, TCP, UDP, number
from packet import (A, C, C6, CP, P, addr6, authentication, chained, csum_of, error6, fragment,
		    fragments, icmp6, ipv4, ipv6, make, options, routing, tcp, tunnelled, udp)

FIGURE3 = "provider 2001:db8::/32"
SYN = tcp(40000, 80, b"data")
FINAL = "3fff::99"


def chain(t, name, headers, proto=TCP, body=SYN, last=None, counts=(), fine=True, why=()):
	"""The chain both ways; `why`: what drops it instead"""
	for way, here, there in (("out", (C6, P), (CP, P)), ("in", (P, CP), (P, C6))):
		inward = way == "in"
		ends = [last and FINAL] * 2
		# R30, inward: the checksum is of the last destination and stays
		sent = chained(*here, headers, proto, body, ends[0])
		want = chained(*there, headers, proto, body, ends[1], hops=63)
		t.go("%s, %s" % (name, way), sent if inward else tunnelled(C, A, sent),
		     *([] if why else [tunnelled(A, C, want) if inward else want]),
		     counts=why or counts)


def extensions(t):
	t.configure(FIGURE3)
	for name, headers in (
		("hop-by-hop options", [(HBH, options)]),
		("destination options", [(DSTOPTS, options)]),
		("hop-by-hop and destination options", [(HBH, options), (DSTOPTS, options)]),
		("options of 256 bytes", [(DSTOPTS, lambda p: options(p, 32))]),
		("five headers", [(HBH, options)] + [(DSTOPTS, options)] * 4)):
		for proto, body in (TCP, SYN), (UDP, DATA), (ICMPV6, icmp6(128, 0, b"1234")):
			chain(t, "R29: %s, protocol %d" % (name, proto), headers, proto, body)
	chain(t, "R29: too many headers", [(DSTOPTS, options)] * 30, why=["malformed"])
	for cut in 1, 8, 20, 21, 28:
		for way, (src, dst) in ("out", (C6, P)), ("in", (P, CP)):
			whole = chained(src, dst, [(DSTOPTS, options)] * 2, TCP, SYN)
			size = {1: 41, 8: 48, 20: 52, 21: 56, 28: 72}[cut]
			sent = whole[:4] + struct.pack("!H", size - 40) + whole[6:size]
			t.go("R29: the chain or the checksum is behind the end, at %d, %s" % (size, way),
			     sent if way == "in" else tunnelled(C, A, sent), counts=["malformed"])
	t.go("R19 R29: neighbour discovery behind options", tunnelled(C, A, chained(
		C6, P, [(DSTOPTS, options)], ICMPV6, icmp6(135, 0, bytes(20)))), counts=["nd"])
	chain(t, "R29: no next header behind options", [(DSTOPTS, options)], 59, b"")

	chain(t, "R21: routing header type 0", [(RH, lambda p: routing(p, 0, 1, FINAL))],
	      why=["rh0"])
	chain(t, "R21: routing header type 0 behind options", [
		(HBH, options), (RH, lambda p: routing(p, 0, 1, FINAL))], why=["rh0"])
	for kind in 2, 3, 4, 200:
		chain(t, "R21: routing header type %d is forwarded" % kind, [
			(RH, lambda p, k=kind: routing(p, k, 0, FINAL))])
	chain(t, "R30: segments left, the checksum is of the last destination", [
		(RH, lambda p: routing(p, 2, 1, FINAL))], last=FINAL)
	chain(t, "R30: UDP likewise", [(RH, lambda p: routing(p, 2, 1, FINAL))], UDP, DATA,
	      last=FINAL)
	sent = chained(P, CP, [(RH, lambda p: routing(p, 2, 1, FINAL))], TCP, SYN, csum=0x1234)
	want = chained(P, C6, [(RH, lambda p: routing(p, 2, 1, FINAL))], TCP, SYN, csum=0x1234,
		       hops=63)
	t.go("R30: in, the checksum is left alone", sent, tunnelled(A, C, want))

	for way, ends in ("out", ((C6, P), (CP, P))), ("in", ((P, CP), (P, C6))):
		sent, want = (chained(*e, [(AH, authentication)], TCP, SYN, csum=0x1234) for e in ends)
		t.go("R28: AH: addresses only, counted, %s" % way,
		     sent if way == "in" else tunnelled(C, A, sent),
		     tunnelled(A, C, hop(want)) if way == "in" else hop(want), counts=["ah"])

	t.go("R38: payload length 0 and hop-by-hop: a jumbogram", tunnelled(C, A, ipv6(
		C6, P, HBH, struct.pack("!BBBBI", TCP, 0, 0xc2, 4, 48) + SYN + bytes(20), length=0)),
	     counts=["jumbo"])
	t.go("R38: no next header, payload length 0: 40 bytes", tunnelled(C, A, ipv6(C6, P, 59)),
	     ipv6(CP, P, 59, hops=63))


def pieces(t):
	t.configure(FIGURE3)
	body = udp(1, 2, bytes(range(250)) * 12)
	for name, go, ends in (("out", lambda p: tunnelled(C, A, p), ((C6, P), (CP, P))),
			       ("in", lambda p: p, ((P, CP), (P, C6)))):
		sent, want = (fragments(*e, UDP, body, 1200, hops=h) for e, h in zip(ends, (64, 63)))
		assert len(sent) == 3
		if name == "in":
			want = [tunnelled(A, C, w) for w in want]
		t.go("R31: 3000 bytes of UDP in three fragments, %s" % name, [go(p) for p in sent], *want)
		t.go("R31: the last fragment alone, %s" % name, go(sent[2]), want[2])
		for what, field in ("atomic", (0, 0)), ("first", (0, 1)):
			sent, want = (chained(*e, [(FRAGMENT, lambda p, f=field: fragment(p, *f))], TCP,
					      SYN, hops=h) for e, h in zip(ends, (64, 63)))
			if name == "in":
				want = tunnelled(A, C, want)
			t.go("R31: an %s fragment of TCP, %s" % (what, name), go(sent), want)
		for proto, size, why in ((TCP, 8, "tinyfrag"), (TCP, 16, "tinyfrag"), (TCP, 24, ()),
					 (UDP, 8, ())):
			whole = udp(1, 2, bytes(30)) if proto == UDP else SYN + bytes(20)
			sent, want = (fragments(*e, proto, whole, size, hops=h)[0]
				      for e, h in zip(ends, (64, 63)))
			if name == "in":
				want = tunnelled(A, C, want)
			t.go("R32: a first fragment of %d bytes of protocol %d, %s" % (size, proto, name),
			     go(sent), *([] if why else [want]), counts=[why] if why else [])
		later = ipv6(*ends[0], FRAGMENT, fragment(TCP, 8) + SYN[8:])
		want = ipv6(*ends[1], FRAGMENT, fragment(TCP, 8) + SYN[8:], hops=63)
		t.go("R32: the later fragment is no tiny one, %s" % name, go(later),
		     tunnelled(A, C, want) if name == "in" else want)

	inner = make(C6, P, UDP, udp(1, 2, bytes(1452)))
	assert len(inner) == 1500
	whole = tunnelled(C, A, inner, ident=77)[20:]
	cut = 1000
	t.case("R18: 1500 bytes in two IPv4 fragments, device MTU 1280", cust=[
		ipv4(C, A, whole[:cut], ident=77, frag=0x2000),
		ipv4(C, A, whole[cut:], ident=77, frag=cut // 8)],
		at_serv=make(CP, P, UDP, udp(1, 2, bytes(1452)), hops=63))
	t.case("R18: one fragment alone is nothing", cust=ipv4(
		C, A, whole[:cut], ident=78, frag=0x2000))


def neutral(t):
	t.configure(FIGURE3 + " csum neutral")

	def pair(name, iid, want, proto=TCP, body=SYN, counts=()):
		old, new = "2002:c98:2c01:0:" + iid, "2001:db8:c98:2c01:" + want
		sent = make(old, P, proto, body)
		t.go("neutral: %s, out" % name, tunnelled(C, A, sent), hop(
			sent[:8] + addr6(new) + sent[24:]), counts=counts)
		sent = make(P, new, proto, body)
		t.go("neutral: %s, in" % name, sent, tunnelled(A, C, hop(
			sent[:24] + addr6(old) + sent[40:])), counts=counts)
		assert not proto == TCP or csum_of(make(old, P, proto, body)) == csum_of(
			make(new, P, proto, body))

	pair("interface ID 0", "0:0:0:0", "f248:0:0:0")
	pair("0000 becomes f248", "0:0:0:1", "f248:0:0:1")
	pair("0db7 becomes 0000", "db7:0:0:1", "0:0:0:1")
	pair("0db6 becomes fffe", "db6:0:0:1", "fffe:0:0:1")
	pair("ffff is passed over", "ffff:0:0:1", "ffff:f248:0:1")
	pair("the last word", "ffff:ffff:ffff:db7", "ffff:ffff:ffff:0")
	for proto, body in ((UDP, DATA), (UDP, udp(1024, 53, b"\x54\xd3")), (50, bytes(40)),
			    (132, bytes(24)), (ICMPV6, icmp6(128, 0, b"1234"))):
		pair("protocol %d is not touched" % proto, "0:0:0:1", "f248:0:0:1", proto, body)
	all_ones = "ffff:ffff:ffff:ffff"
	t.drops_out("neutral: an interface ID of ones has no word, out", "nomap", make(
		"2002:c98:2c01:0:" + all_ones, P, TCP, SYN))
	t.drops_in("neutral: an interface ID of ones has no word, in", "nomap", make(
		P, "2001:db8:c98:2c01:" + all_ones, TCP, SYN), errors=True)
	six, new = "2002:c98:2c01::1", "2001:db8:c98:2c01:f248::1"
	before = make(new, P, TCP, SYN, hops=60)
	behind = before[:8] + addr6(six) + before[24:]
	sent = error6("3fff::1", new, 2, 0, before, 1280)
	t.go("R33 neutral: an error, its checksum and the quote's are not touched, in", sent,
	     tunnelled(A, C, hop(sent[:24] + addr6(six) + sent[40:48] + behind)))
	before = make(P, six, TCP, SYN, hops=60)
	behind = before[:24] + addr6(new) + before[40:]
	sent = error6(six, P, 1, 4, before)
	t.go("R34 neutral: an error, out", tunnelled(C, A, sent), hop(
		sent[:8] + addr6(new) + sent[24:48] + behind))

	t.net.ip("route replace 2400::/16 via fe80::1 dev pmt0", family="-6")
	t.configure("provider 2001:db8::/32 ipv4 100.64.0.0/16 subnet 0-0xffff csum neutral",
		    "provider 2400:1::/32")
	src = "100.64.5.6"
	for sid, want in (0, 0x5689), (1, 0x568a), (0xa976, 0), (0xa975, 0xfffe), (0xfffe, 0x5688):
		old, new = "2002:6440:506:%x::1" % sid, "2001:db8:506:%x::1" % want
		sent = make(old, P, TCP, SYN)
		t.go("neutral, subnet-ID %04x becomes %04x, out" % (sid, want), tunnelled(
			src, A, sent), hop(sent[:8] + addr6(new) + sent[24:]))
		sent = make(P, new, TCP, SYN)
		t.go("neutral, subnet-ID %04x becomes %04x, in" % (sid, want), sent, tunnelled(
			A, src, hop(sent[:24] + addr6(old) + sent[40:])))
	t.case("neutral: subnet-ID ffff is refused, in", serv=make(
		P, "2001:db8:506:ffff::1", TCP, SYN), counts=["nomap"], errors=True)
	t.case("neutral: subnet-ID ffff is refused, out", cust=tunnelled(src, A, make(
		"2002:6440:506:ffff::1", P, TCP, SYN)), counts=["sid"])
	both(t, "neutral: a rule with adjust beside it", TCP, SYN, "2002:c98:2c01::1",
	     "2400:1:c98:2c01::1")
	t.configure(FIGURE3)


if __name__ == "__main__":
	Cases().parts(extensions, pieces, neutral)
