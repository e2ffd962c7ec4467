#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What pmt-quick puts around a relay, as packets see it: they pass, the size of TCP's
segments is clamped both ways (R50), and half a flow passes where conntrack looks on.
Run by quick.sh inside lib.sh's topology. quick_cases.py PART...: passes halves
mss=N
"""
import struct
import sys

from cases import canonical
from model import ICMPV6, TCP, UDP
from packet import (A, C, C6, CP, P, echo, error4, make, tcp, tunnelled, udp)
from relay import Surroundings, Tap

SYN, SYN_ACK = 2, 18


def syn(mss, flags=SYN):
	head = bytearray(tcp(40000, 80, struct.pack("!BBH", 2, 4, mss), flags=flags))
	head[12] = 0x60		# six words
	return bytes(head)


def out(t, name, inner, want):
	"""A customer's packet, and what the server gets"""
	t.net.cust.send(tunnelled(C, A, inner))
	t.equal(name, t.net.collect(lambda cust, serv: serv)[1], [want])


def back(t, name, packet, want):
	t.net.serv.send(packet)
	got = t.net.collect(lambda cust, serv: cust)[0]
	t.equal(name, [canonical(p) for p in got], [canonical(tunnelled(A, C, want))])


def passes(t):
	out(t, "R1: an echo request goes out", make(C6, P, ICMPV6, echo()),
	    make(CP, P, ICMPV6, echo(), hops=63))
	back(t, "R2: its answer comes back", make(P, CP, ICMPV6, echo(kind=129)),
	     make(P, C6, ICMPV6, echo(kind=129), hops=63))


def clamped(t, size):
	for name, mss, flags in (("SYN", 1440, SYN), ("SYN and ACK", 65535, SYN_ACK),
				 ("a small one", 600, SYN)):
		new = min(mss, size)
		out(t, "R50: out, %s: mss %d becomes %d" % (name, mss, new),
		    make(C6, P, TCP, syn(mss, flags)), make(CP, P, TCP, syn(new, flags), hops=63))
		back(t, "R50: in, %s: mss %d becomes %d" % (name, mss, new),
		     make(P, CP, TCP, syn(mss, flags)), make(P, C6, TCP, syn(new, flags), hops=63))
	body = syn(1440, 16)
	out(t, "R50: what is no SYN stays", make(C6, P, TCP, body), make(CP, P, TCP, body, hops=63))


def halves(t):
	"""The other halves of these went by another relay."""
	back(t, "R74: SYN and ACK without a SYN", make(P, CP, TCP, tcp(80, 40000, flags=SYN_ACK)),
	     make(P, C6, TCP, tcp(80, 40000, flags=SYN_ACK), hops=63))
	out(t, "R74: data of an unknown flow", make(C6, P, TCP, tcp(40001, 80, b"data", seq=9)),
	    make(CP, P, TCP, tcp(40001, 80, b"data", seq=9), hops=63))
	back(t, "R74: an answer without a question", make(P, CP, UDP, udp(53, 1024, b"\1\2\3\4")),
	     make(P, C6, UDP, udp(53, 1024, b"\1\2\3\4"), hops=63))
	sent = make(P, C6, UDP, udp(53, 1025, b"\1\2\3\4"), hops=63)
	t.net.cust.send(error4("8.0.0.254", 3, 1, tunnelled(A, C, sent)))
	got = t.net.collect(lambda cust, serv: serv)[1]
	t.equal("R59: an ICMPv4 error becomes one of ICMPv6",
		[(p[6], p[40], p[41], p[72:88]) for p in got],
		[(ICMPV6, 1, 3, make(P, CP, UDP, b"")[24:40])])


t = Tap()
t.net = Surroundings()
for part in sys.argv[1:]:
	if part.startswith("mss="):
		clamped(t, int(part[4:]))
	else:
		{"passes": passes, "halves": halves}[part](t)
t.end()
