#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic of two customers, so many packets and bytes, and for others who are none. Run
by flows.sh inside lib.sh's topology.
"""
from cases import GUA, GUA6, GUAP, Cases
from model import UDP
from packet import A, C, C6, CP, P, make, tunnelled, udp

BESIDE6, BESIDEP = "2002:c98:2c01::99", "2001:db8:c98:2c01::99"


def traffic(t):
	def passes(name, ipv4, six, new, out, back):
		"""(packets, bytes of each) that a host sends and gets"""
		def data(size):
			return udp(1024, 2048, bytes(size - 48))

		t.case("%s: %d packets of %d bytes" % (name, *out),
		       cust=[tunnelled(ipv4, A, make(six, P, UDP, data(out[1])))] * out[0],
		       at_serv=[make(new, P, UDP, data(out[1]), hops=63)] * out[0])
		sent, want = make(P, new, UDP, data(back[1])), make(P, six, UDP, data(back[1]), hops=63)
		t.case("%s gets %d packets of %d bytes" % (name, *back), serv=[sent] * back[0],
		       at_cust=[tunnelled(A, ipv4, want)] * back[0])

	passes("a customer's host", C, C6, CP, (800, 1280), (16, 160))
	passes("a second host of the same", C, BESIDE6, BESIDEP, (3, 58), (4, 100))
	passes("another customer", GUA, GUA6, GUAP, (5, 48), (11, 56))
	t.case("what comes for nobody", counts=["bogon"] * 7,
	       serv=[make(P, "2001:db8:7f00:1::1", UDP, udp(1, 2))] * 7)


def others(t):
	for _ in range(500):
		t.net.serv.send(make(P, "2001:db8:7f00:1::2", UDP, udp(1, 2)))


if __name__ == "__main__":
	Cases().parts(traffic, others)
