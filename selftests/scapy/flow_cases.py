#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What flows.sh counts: packets of two customers, of one of them from two hosts, and
what a server sends, which is nobody's. Run inside lib.sh's topology.
"""
from cases import C, C6, CP, Cases, GUA, GUA6, GUAP, P
from model import UDP
from packet import make, udp

DATA = udp(1024, 53, bytes(12))		# 60 bytes with their headers


def flows(t):
	for src, six, new, n in ((C, C6, CP, 5), (C, C6[:-1] + "9", CP[:-1] + "9", 1), (GUA, GUA6, GUAP, 2)):
		for _ in range(n):
			t.passes_out("a packet of %s" % new, make(six, P, UDP, DATA),
				     make(new, P, UDP, DATA, hops=63), src=src)
	for _ in range(4):
		t.passes_in("a packet to %s" % CP, make(P, CP, UDP, DATA), make(P, C6, UDP, DATA, hops=63))


if __name__ == "__main__":
	Cases().parts(flows)
