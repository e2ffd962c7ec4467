#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""ICMPv6 errors: passed on with what they quote, raised by the relay, and made
of ICMPv4 ones (R6, R20, R33 to R37, R45, R48, R49, R55, R56, R58 to R62). Run by
icmp.sh inside lib.sh's topology.
"""
import struct
import time

from cases import DATA, GUA, GUA6, GUAP, Cases, hop, is_error
from model import ICMPV6, TCP, UDP, sixtofour, number
from packet import (A, A6, C, C6, CP, DSTOPTS, FRAGMENT, N, P, RH, chained, csum_of, echo,
		    error4, error6, fragment, ipv4, ipv6, make, options, routing, tcp,
		    tunnelled, udp)
from relay import run

FIGURE3 = "provider 2001:db8::/32"
ROUTER = "3fff::1"
SID5 = "2002:c98:2c01:5::1"
SYN = tcp(40000, 80, flags=2)


def quote_in(proto=TCP, body=SYN, src=CP, **fields):
	"""What an error on its way to the customer quotes, before and behind"""
	return (make(src, P, proto, body, hops=60, **fields),
		make(src.replace("2001:db8:", "2002:"), P, proto, body, hops=60, **fields))


def quote_out(proto=TCP, body=SYN, **fields):
	"""What a customer's error quotes, before and behind"""
	return make(P, C6, proto, body, hops=60, **fields), make(P, CP, proto, body, hops=60, **fields)


def errors_in(t, name, before, behind, kind=2, code=0, word=1280, counts=()):
	t.go(name, error6(ROUTER, CP, kind, code, before, word),
	     tunnelled(A, C, error6(ROUTER, C6, kind, code, behind, word, hops=63)), counts=counts)


def errors_out(t, name, before, behind, kind=1, code=4, word=0, counts=()):
	t.go(name, tunnelled(C, A, error6(C6, P, kind, code, before, word)),
	     error6(CP, P, kind, code, behind, word, hops=63), counts=counts)


def quotes(t):
	t.configure(FIGURE3)
	before, behind = quote_in()
	sent, want = error6(ROUTER, CP, 2, 0, before, 1280), error6(ROUTER, C6, 2, 0, behind, 1280,
								     hops=63)
	assert (csum_of(sent), csum_of(want)) == (0xebf7, 0xf9ae)
	t.go("R33: Packet Too Big to the customer, ebf7 becomes f9ae", sent, tunnelled(A, C, want))
	cut = error6(ROUTER, CP, 2, 0, before[:57], 1280, csum=0xebf7)
	want = error6(ROUTER, C6, 2, 0, behind[:54] + before[54:57], 1280, csum=0x0766, hops=63)
	t.go("R33: the quote's checksum cut off, ebf7 becomes 0766", cut, tunnelled(A, C, want))
	for kind, code, word in ((1, 0, 0), (1, 4, 0), (1, 6, 0), (2, 0, 1400), (3, 0, 0), (3, 1, 0),
				 (4, 0, 6), (4, 2, 48)):
		errors_in(t, "R33: type %d code %d to the customer" % (kind, code), *quote_in(),
			  kind, code, word)
		errors_out(t, "R34: type %d code %d from the customer" % (kind, code), *quote_out(),
			   kind, code, word)
	for name, proto, body in (("UDP", UDP, DATA), ("echo", ICMPV6, echo()),
				  ("echo reply", ICMPV6, echo(kind=129)), ("SCTP", 132, bytes(24)),
				  ("ESP", 50, bytes(40)), ("nothing", 59, b""),
				  ("UDP whose checksum becomes ffff", UDP, udp(1024, 53, b"\x54\xd3"))):
		errors_in(t, "R33: a quote of " + name, *quote_in(proto, body))
		errors_out(t, "R34: a quote of " + name, *quote_out(proto, body))
	errors_in(t, "R33: a quote of UDP without checksum", *quote_in(UDP, DATA, csum=0))
	errors_out(t, "R34: a quote of UDP without checksum", *quote_out(UDP, DATA, csum=0))
	t.go("R33: informational types have no quote",
	     make(ROUTER, CP, ICMPV6, echo(before)), tunnelled(
		     A, C, make(ROUTER, C6, ICMPV6, echo(before), hops=63)))
	t.go("R33: an error behind destination options",
	     chained(ROUTER, CP, [(DSTOPTS, options)], ICMPV6,
		     struct.pack("!BBHI", 2, 0, 0, 1280) + before),
	     tunnelled(A, C, chained(ROUTER, C6, [(DSTOPTS, options)], ICMPV6,
				     struct.pack("!BBHI", 2, 0, 0, 1280) + behind, hops=63)))
	rh, ptb = [(RH, lambda p: routing(p, 2, 1, "3fff::99"))], struct.pack("!BBHI", 2, 0, 0, 1280)
	for name, quotes in ("whose checksum takes it in", (before, behind)), (
			"cut off: the error's makes up for it", (before[:57], behind[:54] + before[54:57])):
		t.go("R30 R33: an error on its way with segments left, and a quote " + name, *(
			chained(ROUTER, CP, rh, ICMPV6, ptb + quotes[0], last="3fff::99"),
			tunnelled(A, C, chained(ROUTER, C6, rh, ICMPV6, ptb + quotes[1],
						last="3fff::99", hops=63))))
	later = [(FRAGMENT, lambda p: fragment(p, 1232))]
	errors_in(t, "R33: a quote of a later fragment: addresses only",
		  chained(CP, P, later, TCP, SYN, csum=7), chained(C6, P, later, TCP, SYN, csum=7))
	first = [(FRAGMENT, lambda p: fragment(p, 0, 1))]
	errors_in(t, "R33: a quote of a first fragment", chained(CP, P, first, TCP, SYN),
		  chained(C6, P, first, TCP, SYN))
	errors_out(t, "R34: a quote with segments left: its checksum stays",
		   chained(P, C6, rh, TCP, SYN, last="3fff::99"),
		   chained(P, CP, rh, TCP, SYN, last="3fff::99"))
	errors_in(t, "R25: a quote with a wrong checksum stays as wrong",
		  *(make(a, P, TCP, SYN, csum=c) for a, c in ((CP, 0x1234), (C6, 0x1feb))))


def truncated(t):
	t.configure(FIGURE3)
	for (before, behind), go, end in (quote_in(), errors_in, 8), (quote_out(), errors_out, 24):
		way = "in" if end == 8 else "out"
		for size in 40, 41, 47, 48, 55, 56, 57:
			want = before[:end] + behind[end:end + 16] + before[end + 16:size]
			go(t, "R35: %d bytes quoted, %s: the addresses only" % (size, way),
			   before[:size], want)
		for size in 58, 59, 60:
			go(t, "R35: %d bytes quoted, %s: the checksum too" % (size, way),
			   before[:size], behind[:size])
		extension = struct.pack("!BBHHBB", 0x20, 0, 0, 8, 1, 1) + b"mpls"
		padded, right = before + bytes(4), behind + bytes(4)
		go(t, "R35: an RFC 4884 length around the whole quote, %s" % way,
		   padded + extension, right + extension, 1, 0, 8 << 24)
		short = before[:40] + extension + before[52:]
		go(t, "R35: an RFC 4884 length of 40: what follows is no quote, %s" % way,
		   short, behind[:40] + short[40:], 1, 0, 5 << 24)
		short = before[:56] + extension * 2
		go(t, "R35: an RFC 4884 length before the checksum, %s" % way,
		   short, behind[:54] + before[54:56] + extension * 2, 3, 0, 7 << 24)
		go(t, "R35: a type without length, %s: the MTU is none" % way,
		   padded + extension, right + extension, 2, 0, 5 << 24)
		go(t, "R35: an RFC 4884 length longer than the packet, %s" % way,
		   before, behind, 1, 0, 200 << 24)


def refused(t):
	t.configure(FIGURE3)
	nested = error6(CP, P, 1, 4, make(P, CP, UDP, DATA))
	t.go("R36: an error that quotes an error, in", error6(ROUTER, CP, 3, 0, nested),
	     counts=["icmp-in"])
	t.go("R36: an error that quotes an error, out", tunnelled(C, A, error6(
		C6, P, 3, 0, error6(P, C6, 1, 4, make(C6, P, UDP, DATA)))), counts=["icmp-out"])
	errors_in(t, "R36: but an echo reply it may quote", *quote_in(ICMPV6, echo(kind=129)))
	t.go("R36: a quote of another customer's, in", error6(
		ROUTER, CP, 3, 0, make(GUAP, P, UDP, DATA)), counts=["icmp-in"])
	t.go("R36: a quote of another customer's, out", tunnelled(C, A, error6(
		C6, P, 3, 0, make(P, GUA6, UDP, DATA))), counts=["icmp-out"])
	t.go("R36: a quote of nobody's, in", error6(ROUTER, CP, 3, 0, make(
		"3fff:5::1", P, UDP, DATA)), counts=["icmp-in"])
	t.go("R36: a quote of nobody's, out", tunnelled(C, A, error6(
		C6, P, 3, 0, make(P, "3fff:5::1", UDP, DATA))), counts=["icmp-out"])
	t.go("R36: a quote in the customer's own terms, in: not what was sent",
	     error6(ROUTER, CP, 3, 0, make(C6, P, UDP, DATA)), counts=["icmp-in"])
	other = "2001:db8:c98:2c01::77"
	errors_in(t, "R36: another host of the same customer", make(other, P, UDP, DATA),
		  make("2002:c98:2c01::77", P, UDP, DATA))


def unmapped(t):
	t.configure(FIGURE3)
	before, behind = quote_out()
	for kind, code, word in (3, 0, 0), (1, 1, 0), (2, 0, 1400):
		sent = tunnelled(C, A, error6(SID5, P, kind, code, before, word))
		t.go("R37: type %d from an unmapped subnet about a mapped flow: from N" % kind,
		     sent, error6(N, P, kind, code, behind, word, hops=63))
	t.go("R37: about an unmapped flow", tunnelled(C, A, error6(
		SID5, P, 3, 0, make(P, SID5, TCP, SYN))), counts=["sid"])
	t.go("R37: what is no error is dropped", tunnelled(C, A, make(SID5, P, ICMPV6, echo())),
	     counts=["sid"])
	t.go("R36 R37: about another customer's flow", tunnelled(C, A, error6(
		SID5, P, 3, 0, make(P, GUA6, TCP, SYN))), counts=["icmp-out"])
	sent = tunnelled(C, A, error6(SID5, P, 3, 0, before))
	t.net.ip("addr add 3fff:0:1::77/64 dev inet nodad", family="-6")
	t.change("errsrc 3fff:0:1::77")
	t.case("R37: from errsrc", cust=sent, at_serv=error6("3fff:0:1::77", P, 3, 0, behind, hops=63))
	t.net.ip("addr del 3fff:0:1::77/64 dev inet", family="-6")
	t.change("errsrc ::")
	t.case("R37: without errsrc a global address of the namespace", cust=sent,
	       at_serv=error6(N, P, 3, 0, behind, hops=63))
	# which borders filter, RFC 4193 4.3
	t.net.ip("addr add fd00::1/128 dev lo nodad", family="-6")
	t.case("R37: rather than a unique local one of an earlier device", cust=sent,
	       at_serv=error6(N, P, 3, 0, behind, hops=63))
	inet = ["neigh replace 3fff:0:1::2 lladdr 02:00:00:00:00:04 dev inet nud permanent",
		"route replace default via 3fff:0:1::2"]
	t.net.ip("addr del 3fff:0:1::1/64 dev inet", "route add 3fff:0:1::2 dev inet", *inet,
		 family="-6")
	t.case("R37: which has to do where there is no other", cust=sent,
	       at_serv=error6("fd00::1", P, 3, 0, behind, hops=63))
	t.net.ip("addr del fd00::1/128 dev lo", "route del 3fff:0:1::2 dev inet",
		 "addr add 3fff:0:1::1/64 dev inet nodad", *inet, family="-6")
	t.net.ip("addr del 3fff:0:1::1/64 dev inet", "addr add 2002:800:2::1/64 dev inet nodad",
		 family="-6")
	t.case("R37: with neither, counted and not sent", cust=sent, counts=["noerrsrc"])
	t.net.ip("link add low mtu 1000 type dummy")	# IPv6 has nothing to do with it
	t.net.pmt("policy", "add", "dev", "pmt0", "9.0.0.0/8", "reject")
	refused = make(P, "2001:db8:900:1::1", UDP, DATA)
	t.case("R37: nor can a refusal be told", serv=refused, counts=["policy", "noerrsrc"])
	t.net.ip("link del low")
	t.net.ip("addr del 2002:800:2::1/64 dev inet", "addr add 3fff:0:1::1/64 dev inet nodad",
		 *inet, family="-6")
	t.change("errsrc " + N)
	t.go("R37: and again from N", sent, error6(N, P, 3, 0, behind, hops=63))
	t.net.ip("route del default via 3fff:0:1::2", family="-6")
	t.case("R55: a refusal without a way back is counted and not sent", serv=refused,
	       counts=["policy", "noerrsrc"])
	t.net.ip("route add default via 3fff:0:1::2", family="-6")
	t.net.ip("route add blackhole 9.0.0.0/8")
	t.case("R55: nor one to a customer without a route", cust=tunnelled(
		"9.0.0.1", A, make("2002:900:1::1", P, UDP, DATA)), counts=["policy", "noroute"])
	t.net.ip("route del blackhole 9.0.0.0/8")
	t.change("icmp-rate 0")
	t.case("R37 R62: held back, and counted once", cust=sent, counts=["ratelimit"])
	t.change("icmp-rate 100000")


def unmapped_quotes(t):
	"""About a subnet of the same customer that no rule holds"""
	wide, both = make(P, SID5, TCP, SYN), make(SID5, P, TCP, SYN)
	t.configure(FIGURE3)
	t.go("R36: of an unmapped subnet of its own, out", tunnelled(C, A, error6(
		C6, P, 3, 0, wide)), counts=["sid"])
	t.go("R36: of an unmapped subnet of its own, in", error6(P, CP, 3, 0, both),
	     counts=["sid"])
	t.configure(FIGURE3, untranslated="on")
	t.go("R36: which is ordinary 6to4: the quote stays, out", tunnelled(C, A, error6(
		C6, P, 3, 0, wide)), error6(CP, P, 3, 0, wide, hops=63))
	t.go("R36: which is ordinary 6to4: the quote stays, in", error6(P, CP, 3, 0, both),
	     tunnelled(A, C, error6(P, C6, 3, 0, both, hops=63)))
	t.go("R37: ordinary 6to4 about itself", tunnelled(C, A, error6(SID5, P, 3, 0, wide)),
	     error6(SID5, P, 3, 0, wide, hops=63))
	t.go("R37: ordinary 6to4 about a mapped flow: from N", tunnelled(C, A, error6(
		SID5, P, 3, 0, make(P, C6, TCP, SYN))),
	     error6(N, P, 3, 0, make(P, CP, TCP, SYN), hops=63))


def raised(t):
	t.configure("provider 2001:db8:4400::/40 ipv4 100.64.0.0/10")
	pad = make(P, "2001:db8:4420:c25::1", UDP, DATA)
	t.go("R6: example E, pad bits: 1/3", pad, error6(N, P, 1, 3, hop(pad)), counts=["nomap"])
	inside = make(P, "2001:db8:4420:c24::1", UDP, DATA)
	t.go("R6: example E, :c24 is a customer", inside, tunnelled(A, "100.72.3.9", make(
		P, "2002:6448:309::1", UDP, DATA, hops=63)))
	t.configure(FIGURE3, policy={"8.0.0.1/32": "untranslated"})
	out = make(P, GUAP, UDP, DATA)
	t.go("R6: the provider form of who opted out: 1/3", out, error6(N, P, 1, 3, hop(out)),
	     counts=["nomap"])
	t.go("R6: an error is not answered", error6(P, GUAP, 3, 0, make(GUAP, P, UDP, DATA)),
	     counts=["nomap"])
	hair = make(C6, GUAP, UDP, DATA)
	t.go("R6 R46: a customer is told in its own terms", tunnelled(C, A, hair),
	     tunnelled(A, C, error6(N, C6, 1, 3, hop(hair))), counts=["nomap"])
	t.configure(FIGURE3)
	t.net.ip("route add 3fff:2::/32 via fe80::1 dev pmt0", family="-6")
	stray = make(P, "3fff:2::1", UDP, DATA)
	t.go("R45: a destination that is neither: 1/0", stray, error6(N, P, 1, 0, hop(stray)),
	     counts=["nomap"])
	t.go("R45: an error to there is not answered", error6(P, "3fff:2::1", 1, 4, make(
		"3fff:2::1", P, UDP, DATA)), counts=["nomap"])
	long = make(P, "3fff:2::1", UDP, udp(1, 2, bytes(1232)))
	t.go("R45: the quote is cut at 1280 bytes", long, error6(N, P, 1, 0, hop(long)[:1232]),
	     counts=["nomap"])
	t.net.ip("route del 3fff:2::/32 via fe80::1 dev pmt0", family="-6")


def policies(t):
	t.configure(FIGURE3, policy={"9.0.0.0/24": "reject"})
	src = "2002:900:1::1"
	sent = make(src, P, UDP, DATA)
	t.go("R55: reject answers 1/1 to the outer source", tunnelled("9.0.0.1", A, sent),
	     tunnelled(A, "9.0.0.1", error6(N, src, 1, 1, sent)), counts=["policy"])
	t.go("R55: a neighbour is translated", tunnelled("9.0.1.1", A, make(
		"2002:900:101::1", P, UDP, DATA)), make("2001:db8:900:101::1", P, UDP, DATA, hops=63))
	t.go("R55: an error is not answered", tunnelled("9.0.0.1", A, error6(
		src, P, 3, 0, make(P, src, UDP, DATA))), counts=["policy"])
	t.go("R55: a spoofed source is not answered", tunnelled("9.0.0.1", A, make(
		C6, P, UDP, DATA)), counts=["spoof"])
	long = make(src, P, UDP, udp(1, 2, bytes(1300)))
	t.go("R55: the quote is cut at 1280 bytes", tunnelled("9.0.0.1", A, long),
	     tunnelled(A, "9.0.0.1", error6(N, src, 1, 1, long[:1232])), counts=["policy"])
	t.configure(FIGURE3)
	t.net.ip("route add 2002::/16 via fe80::1 dev pmt0", family="-6")
	sent = make(P, C6, UDP, DATA)
	t.go("R56: to the 2002: form of a translated customer: 1/1", sent,
	     error6(N, P, 1, 1, hop(sent)), counts=["policy"])
	t.configure(FIGURE3, to2002="forward")
	t.go("R56: to2002 forward takes it as it is", sent, tunnelled(A, C, hop(sent)))
	t.go("R56: to2002 forward, a bogon is none the less", make(
		P, "2002:7f00:1::1", UDP, DATA), counts=["bogon"])
	t.net.ip("route del 2002::/16 via fe80::1 dev pmt0", family="-6")


def anycast(t):
	t.configure(FIGURE3)
	t.net.ip("addr add %s/128 dev lo" % A6, family="-6")
	for hops in 1, 64:
		sent = make(C6, A6, ICMPV6, echo(), hops=hops)
		t.case("R20: echo to the anycast's 6to4 address, hop limit %d" % hops,
		       cust=tunnelled(C, A, sent),
		       at_cust=tunnelled(A, C, make(A6, C6, ICMPV6, echo(kind=129))))
	t.go("R15: not to another 6to4 address", tunnelled(C, A, make(C6, GUA6, ICMPV6, echo())),
	     counts=["6to4dst"])
	t.case("R12 R20: a spoofed echo is none", cust=tunnelled(GUA, A, make(
		C6, A6, ICMPV6, echo())), counts=["spoof"])
	t.go("R43: the anycast's address as a source from elsewhere", make(
		A6, CP, ICMPV6, echo(kind=129)), counts=["6to4src"])
	t.net.ip("addr add 2002:800:2::/128 dev lo", family="-6")
	t.change("local 192.88.99.1,8.0.0.2")
	other = make(C6, "2002:800:2::", ICMPV6, echo())
	t.case("R15: not to that of another local address", cust=tunnelled(C, A, other),
	       counts=["6to4dst"])
	t.case("R15: but to that of the outer destination", cust=tunnelled(C, "8.0.0.2", other),
	       at_cust=tunnelled(A, C, make("2002:800:2::", C6, ICMPV6, echo(kind=129))))
	t.change("local 192.88.99.1")
	t.net.ip("addr del 2002:800:2::/128 dev lo", "addr del %s/128 dev lo" % A6, family="-6")


def too_big(t):
	t.configure(FIGURE3)
	sent = make(P, CP, UDP, udp(1, 2, bytes(1352)))
	assert len(sent) == 1400
	t.go("R48: 1400 bytes in: PTB 1280 from N quotes what was sent", sent,
	     error6(N, P, 2, 0, sent[:1232], 1280))
	fits = make(P, CP, UDP, udp(1, 2, bytes(1232)))
	t.go("R48: 1280 bytes pass", fits, tunnelled(A, C, make(
		P, C6, UDP, udp(1, 2, bytes(1232)), hops=63)))
	t.go("R48: an error is not answered", error6(P, CP, 1, 4, make(
		CP, P, UDP, udp(1, 2, bytes(1352)))))
	t.net.ip("link set inet mtu 1400")
	t.model.uplink = 1400
	sent = make(C6, P, UDP, udp(1, 2, bytes(1432)))
	t.go("R49: uplink 1400: PTB 1400 in the customer's terms", tunnelled(C, A, sent),
	     tunnelled(A, C, error6(N, C6, 2, 0, sent[:1232], 1400)))
	small = make(C6, P, UDP, udp(1, 2, bytes(1352)))
	t.go("R49: 1400 bytes pass", tunnelled(C, A, small), make(
		CP, P, UDP, udp(1, 2, bytes(1352)), hops=63))
	t.net.ip("link set inet mtu 1500")
	sent = make(C6, P, UDP, DATA, hops=1)
	t.model.uplink = 1500
	t.go("R49 R63: hop limit 1: Time Exceeded in the customer's terms", tunnelled(C, A, sent),
	     tunnelled(A, C, error6(N, C6, 3, 0, sent)))
	sent = make(P, CP, UDP, DATA, hops=1)
	t.go("R63: hop limit 1, in", sent, error6(N, P, 3, 0, sent))


def from_icmp4(t):
	t.configure(FIGURE3)
	inner, again = make(P, C6, UDP, DATA, hops=60), make(P, CP, UDP, DATA, hops=60)
	outer = tunnelled(A, C, inner)
	want = error6(N, P, 1, 3, again)
	for kind, code in (3, 1), (3, 0), (3, 2), (3, 10), (3, 13), (11, 0):
		t.go("R59: ICMPv4 %d/%d becomes 1/3 from N" % (kind, code),
		     error4("8.0.0.1", kind, code, outer), want)
	t.go("R59: a quote of 40 bytes of IPv6", error4("8.0.0.1", 3, 1, outer[:60]),
	     error6(N, P, 1, 3, again[:40]))
	t.go("R59: 39 bytes are too few", error4("8.0.0.1", 3, 1, outer[:59]), counts=["icmp4"])
	t.go("R59: 8 bytes only", error4("8.0.0.1", 3, 1, outer[:28]), counts=["icmp4"])
	hair = tunnelled(A, C, make(GUAP, C6, UDP, DATA, hops=60))
	t.go("R59 R46: to a customer, in its terms", error4("8.0.0.254", 3, 1, hair),
	     tunnelled(A, GUA, error6(N, GUA6, 1, 3, make(GUA6, CP, UDP, DATA, hops=60))))
	t.go("R58: the quoted packet was to another than the one inside",
	     error4("8.0.0.1", 3, 1, tunnelled(A, GUA, inner)), counts=["icmp4"])
	t.go("R58: the quoted packet is not from us", error4(
		"8.0.0.1", 3, 1, tunnelled("8.0.0.2", C, inner)))
	t.go("R58: the quoted packet is no tunnel's", error4(
		"8.0.0.1", 3, 1, ipv4(A, C, inner, proto=17)))
	t.go("R61: the quoted packet is an ICMPv6 error", error4("8.0.0.1", 3, 1, tunnelled(
		A, C, error6(P, C6, 1, 4, make(C6, P, UDP, DATA)))), counts=["icmp4"])
	t.go("R61: but an echo may be", error4("8.0.0.1", 3, 1, tunnelled(
		A, C, make(P, C6, ICMPV6, echo()))), error6(N, P, 1, 3, make(P, CP, ICMPV6, echo())))
	for bad in "ff02::1", "::":
		t.go("R61: the quoted source is " + bad, error4("8.0.0.1", 3, 1, tunnelled(
			A, C, make(bad, C6, UDP, DATA))), counts=["icmp4"])
	big = make(P, C6, UDP, udp(1, 2, bytes(1412)), hops=60)
	assert len(big) == 1460
	t.go("R60: df unset ignores 3/4", error4("8.0.0.1", 3, 4, tunnelled(A, C, big)[:548], 1400),
	     counts=["icmp4"])
	back = make(P, CP, UDP, udp(1, 2, bytes(1412)), hops=60)
	t.net.ip("link set pmt0 mtu 1480")
	for df in "set", "pmtu":
		t.configure(FIGURE3, df=df)
		for mtu, says in (1400, 1380), (1300, 1280), (600, 1280), (68, 1280), (0, 1280):
			t.go("R60: df %s, next-hop MTU %d: PTB %d" % (df, mtu, says),
			     error4("8.0.0.1", 3, 4, tunnelled(A, C, big)[:548], mtu),
			     error6(N, P, 2, 0, back[:528], says))
		fits = make(P, C6, UDP, udp(1, 2, bytes(1232)), hops=60)
		t.go("R60: df %s, MTU 600 and 1280 bytes: nothing" % df, error4(
			"8.0.0.1", 3, 4, tunnelled(A, C, fits)[:548], 600), counts=["icmp4"])
		t.net.ip("route flush cache")
	t.go("R58: an MTU of 68 for a packet that we never sent is not learnt", error4(
		"8.0.0.1", 3, 4, tunnelled(A, C, make(P, GUA6, UDP, DATA)), 68), counts=["icmp4"])
	t.equal("R58: and no path MTU is kept", "mtu" in run(
		["ip", "-n", t.net.ns, "route", "get", C]), False)
	t.net.ip("link set pmt0 mtu 1280")
	t.configure(FIGURE3, policy={"12.152.44.1": "untranslated"})
	t.go("R51 R59: about who opted out: the quote stays", error4("8.0.0.1", 3, 1, outer),
	     error6(N, P, 1, 3, inner))
	t.configure(FIGURE3, policy={"12.152.44.1": "drop"})
	t.go("R58: about who is not relayed", error4("8.0.0.1", 3, 1, outer), counts=["icmp4"])
	t.configure(FIGURE3, policy={"12.152.44.1": "pass"})
	t.go("R23: about another tunnel's customer: not ours", error4("8.0.0.1", 3, 1, outer))


def rates(t):
	t.configure(FIGURE3, icmp_rate="1000", ptb_rate="10000")
	t.net.ip("route add 3fff:2::/32 via fe80::1 dev pmt0", family="-6")
	time.sleep(1.1)		# buckets are filled once a second, and one may still be full of more

	def offer(packets, sender):
		"""(errors that came back, seconds, counters moved)"""
		before, start = t.net.stats(), time.monotonic()
		for packet in packets:
			sender.send(packet)
		took = time.monotonic() - start
		_, got = t.exchange([], [], (0, 0))
		after = t.net.stats()
		return sum(map(is_error, got)), took, {
			k: v - before[k] for k, v in after.items() if v != before[k]}

	stray = make(P, "3fff:2::1", UDP, DATA)
	came, took, moved = offer([stray] * 5000, t.net.serv)
	most = 1000 * (took + 2)
	limited = {"ratelimit": 5000 - came} if came < 5000 else {}	# a slow machine sends none too many
	t.result(100 <= came <= most and moved == {"nomap": 5000, **limited},
		 "R62: 5000 errors: what icmp-rate allows, the rest counted",
		 "%d came in %.2f s, %s" % (came, took, moved))
	t.net.ip("link set pmt0 mtu 1480")
	t.change("df pmtu")
	t.net.ip("route add 12.0.0.0/8 via 8.0.0.254 mtu lock 1400")
	big = make(P, CP, UDP, udp(1, 2, bytes(1412)))
	came, took, moved = offer([big] * 900, t.net.serv)
	t.result(came == 900 and moved == {"ptb": 900},
		 "R62: the other bucket: 900 PTB offered, 900 sent", "%d came in %.2f s, %s" % (
			 came, took, moved))
	t.change("ptb-rate 0 icmp-rate 0")
	came, took, moved = offer([big] * 10 + [stray] * 10, t.net.serv)
	t.result(came == 0 and moved == {"ptb": 10, "nomap": 10, "ratelimit": 20},
		 "R62: rate 0: none", "%d came, %s" % (came, moved))
	t.change("icmp-rate 1000 ptb-rate 10000 df unset")
	t.net.ip("route del 12.0.0.0/8 via 8.0.0.254", "link set pmt0 mtu 1280")
	t.net.ip("route del 3fff:2::/32 via fe80::1 dev pmt0", family="-6")


if __name__ == "__main__":
	Cases().parts(quotes, truncated, refused, unmapped, unmapped_quotes, raised, policies, anycast, too_big,
		      from_icmp4, rates)
