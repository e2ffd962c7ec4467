#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""R9: two realms with the same customers, each seen from its own ports.

acc and inet belong to one realm, acc2 and inet2 to the other. A case says what
goes in at each port and all that comes out of every port, byte for byte, and
which counters of either device move. Run by vrf.sh.
"""
import os
import select
import socket
import time

from cases import DATA, canonical, hop
from model import TCP, UDP
from packet import (A, N, P, error4, error6, ipv4, ipv6, make, tcp, tunnelled)
from netlink import Pmt
from relay import ETH_IPV4, ETH_IPV6, Port, Tap, inside, noise, run

V4, OTHER4 = "100.64.0.1", "100.64.0.2"
C6, OTHER6 = "2002:6440:1::1", "2002:6440:2::1"
GREEN, BLUE = "2001:db8:6440:1::1", "2400:1:6440:1::1"
FENCE4, FENCE6 = bytes((9, 9, 9, 10)), ipv6(P, "3fff:b::1", 59)[24:40]


class Realms(Tap):
	def __init__(self):
		relay = os.environ["RELAY"]
		self.devices = [(relay, "pmt0"), (os.environ.get("RELAY2", relay),
						  "pmt0" if "RELAY2" in os.environ else "pmt1")]
		self.netlinks = []
		for ns, _ in self.devices:
			with inside(ns):
				self.netlinks.append(Pmt())
		self.fences = 0
		os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

	def use(self, *names):
		"""The ports behind which the relay has a default route"""
		ends = {"acc": ("CUST", ETH_IPV4, 2, 1), "inet": ("SERV", ETH_IPV6, 4, 3),
			"acc2": ("CUST", ETH_IPV4, 6, 5), "inet2": ("SERV", ETH_IPV6, 8, 7)}
		self.ports = {}
		for name in names:
			ns, *rest = ends[name]
			self.ports[name] = Port(os.environ[ns], name, *rest)

	def stats(self):
		found = []
		for netlink, (ns, dev) in zip(self.netlinks, self.devices):
			with inside(ns):
				found.append(netlink.stats(socket.if_nametoindex(dev)))
		return found

	def fence(self, got):
		"""What the relay's stack turns round at every port, and all before it"""
		self.fences += 1
		data = self.fences.to_bytes(8, "big")
		for port in self.ports.values():
			if port.head[12:] == b"\x08\0":
				port.send(ipv4("9.9.9.9", "9.9.9.10", data, proto=253))
			else:
				port.send(ipv6("3fff:a::1", "3fff:b::1", 59, data))
		missing, until = set(self.ports), time.monotonic() + 5
		while missing and time.monotonic() < until:
			for name, port in self.ports.items():
				for packet in port.receive():
					if FENCE4 == packet[16:20] or FENCE6 == packet[24:40]:
						missing.discard(name)
					elif not noise(packet):
						got[name].append(packet)
			if missing:
				select.select([p.sock for p in self.ports.values()], [], [], 0.05)
		return missing

	def go(self, name, puts, wants, counts=(), counts2=()):
		"""puts, wants: port -> packet or packets"""
		def many(packets):
			return [packets] if isinstance(packets, bytes) else list(packets)

		before = self.stats()
		for port, packets in puts.items():
			for packet in many(packets):
				self.ports[port].send(packet)
		got = {port: [] for port in self.ports}
		# twice: what the first one overtook in the relay, the second does not
		lost = self.fence(got) | self.fence(got)
		notes = ["no fence back from " + port for port in lost]
		for old, new, want in zip(before, self.stats(), (counts, counts2)):
			moved = {k: v - old[k] for k, v in new.items() if v != old[k]}
			if moved != {k: want.count(k) for k in want}:
				notes.append("counters moved: %s, should: %s" % (moved, list(want)))
		for port in self.ports:
			come = sorted(map(canonical, got[port]))
			want = sorted(map(canonical, many(wants.get(port, ()))))
			if come != want:
				notes += ["%s got   %s" % (port, p.hex()) for p in come]
				notes += ["%s wants %s" % (port, p.hex()) for p in want]
		self.result(not notes, name, *notes)


def vrfs(t):
	"""IPv4 in red (acc, pmt0) and blue (acc2, pmt1), IPv6 in the main table"""
	t.use("acc", "inet", "acc2")
	inner = make(C6, P, UDP, DATA)
	first, second = (make(new, P, UDP, DATA, hops=63) for new in (GREEN, BLUE))
	out = tunnelled(V4, A, inner)
	t.go("R9: a customer in red is pmt0's", {"acc": out}, {"inet": first})
	t.go("R9: the same address in blue is pmt1's", {"acc2": out}, {"inet": second})
	back = tunnelled(A, V4, make(P, C6, UDP, DATA, hops=63))
	t.go("R9: to pmt0's prefix: by red alone", {"inet": make(P, GREEN, UDP, DATA)}, {"acc": back})
	t.go("R9: to pmt1's prefix: by blue alone", {"inet": make(P, BLUE, UDP, DATA)}, {"acc2": back})
	mixed(t, "R9: two VRFs")
	t.go("R9 R12: a spoofed source counts where it came", {"acc2": tunnelled(OTHER4, A, inner)},
	     {}, counts2=["spoof"])
	t.go("R9: from a customer of red to its namesake in blue",
	     {"acc": tunnelled(V4, A, make(C6, BLUE, UDP, DATA))},
	     {"acc2": tunnelled(A, V4, make(GREEN, C6, UDP, DATA, hops=63))})
	t.go("R9 R46: and within red, to a neighbour",
	     {"acc": tunnelled(V4, A, make(C6, "2001:db8:6440:2::1", UDP, DATA))},
	     {"acc": tunnelled(A, OTHER4, make(GREEN, OTHER6, UDP, DATA, hops=63))})
	sent = make(P, C6, UDP, DATA, hops=60)
	for port, new, own in ("acc", GREEN, "8.0.0.254"), ("acc2", BLUE, "8.0.1.254"):
		t.go("R9 R59: an ICMPv4 error at %s is about that realm's packet" % port,
		     {port: error4(own, 3, 1, tunnelled(A, V4, sent))},
		     {"inet": error6(N, P, 1, 3, make(P, new, UDP, DATA, hops=60))})
	# 8.0.0.2 is the relay in red, and may be a customer in blue
	t.go("R9 R42: an address of the relay in red is none in red",
	     {"inet": make(P, "2001:db8:800:2::1", UDP, DATA)}, {}, counts=["bogon"])
	t.go("R9 R42: but a customer in blue", {"inet": make(P, "2400:1:800:2::1", UDP, DATA)},
	     {"acc2": tunnelled(A, "8.0.0.2", make(P, "2002:800:2::1", UDP, DATA, hops=63))})
	t.go("R9 R63: Time Exceeded goes back into red",
	     {"acc": tunnelled(V4, A, make(C6, P, UDP, DATA, hops=1))},
	     {"acc": tunnelled(A, V4, error6(N, C6, 3, 0, make(C6, P, UDP, DATA, hops=1)))})
	t.go("R9 R63: and into blue",
	     {"acc2": tunnelled(V4, A, make(C6, P, UDP, DATA, hops=1))},
	     {"acc2": tunnelled(A, V4, error6(N, C6, 3, 0, make(C6, P, UDP, DATA, hops=1)))})


def mixed(t, where, inet2="inet", blue=BLUE):
	"""Both realms at once, all packets different"""
	puts = {port: [] for port in t.ports}
	wants = {port: [] for port in t.ports}
	for i in range(40):
		for acc, inet, new in ("acc", "inet", GREEN), ("acc2", inet2, blue):
			body = tcp(1000 + i, 80, acc.encode() * i, flags=2)
			puts[acc].append(tunnelled(V4, A, make(C6, P, TCP, body)))
			wants[inet].append(make(new, P, TCP, body, hops=63))
			puts[inet].append(make(P, new, TCP, body))
			wants[acc].append(tunnelled(A, V4, make(P, C6, TCP, body, hops=63)))
	t.go(where + ": 160 packets of both realms both ways, each where it belongs", puts, wants)


def both_sides(t, where="R9: all four VRFs"):
	"""Each realm has its own Internet: all addresses are the same"""
	t.use("acc", "inet", "acc2", "inet2")
	inner = make(C6, P, UDP, DATA)
	out = tunnelled(V4, A, inner)
	new = make(GREEN, P, UDP, DATA, hops=63)
	back = tunnelled(A, V4, make(P, C6, UDP, DATA, hops=63))
	pairs = ("acc", "inet"), ("acc2", "inet2")
	for n, (acc, inet) in enumerate(pairs):
		def fault(word, n=n):
			return {"counts2" if n else "counts": [word]}

		t.go("%s: out by %s" % (where, inet), {acc: out}, {inet: new})
		t.go("%s: in by %s" % (where, acc), {inet: make(P, GREEN, UDP, DATA)}, {acc: back})
		t.go("%s: spoofed at %s" % (where, acc), {acc: tunnelled(OTHER4, A, inner)}, {},
		     **fault("spoof"))
		t.go("%s: between customers of %s (R46)" % (where, acc),
		     {acc: tunnelled(V4, A, make(C6, "2001:db8:6440:2::1", UDP, DATA))},
		     {acc: tunnelled(A, OTHER4, make(GREEN, OTHER6, UDP, DATA, hops=63))})
		short = make(C6, P, UDP, DATA, hops=1)
		t.go("%s: Time Exceeded to a customer of %s (R49)" % (where, acc),
		     {acc: tunnelled(V4, A, short)}, {acc: tunnelled(A, V4, error6(N, C6, 3, 0, short))})
		short = make(P, GREEN, UDP, DATA, hops=1)
		t.go("%s: Time Exceeded to %s" % (where, inet), {inet: short},
		     {inet: error6(N, P, 3, 0, short)})
		sent = make(P, C6, UDP, DATA, hops=60)
		t.go("%s: an ICMPv4 error at %s (R59)" % (where, acc),
		     {acc: error4("8.0.%d.254" % n, 3, 1, tunnelled(A, V4, sent))},
		     {inet: error6(N, P, 1, 3, make(P, GREEN, UDP, DATA, hops=60))})
		bogon = make(P, "2001:db8:7f00:1::1", UDP, DATA)
		t.go("%s: a bogon at %s" % (where, inet), {inet: bogon}, {}, **fault("bogon"))
		big = make(P, GREEN, UDP, DATA + bytes(1400))
		t.go("%s: Packet Too Big to %s (R48)" % (where, inet), {inet: big},
		     {inet: error6(N, P, 2, 0, big[:1232], 1280)})
	mixed(t, where, "inet2", GREEN)


def links(ns):
	with inside(ns):
		return [name for _, name in socket.if_nameindex()]


def namespaces(t):
	both_sides(t, "R9: two namespaces")
	run(["ip", "netns", "del", os.environ["RELAY2"]])
	t.netlinks.pop().sock.close()	# it would keep the namespace
	t.devices.pop()
	until = time.monotonic() + 20
	while "acc2" in links(os.environ["CUST"]) and time.monotonic() < until:
		time.sleep(0.02)
	t.use("acc", "inet")
	t.go("R9: the other relay's end is not this one's", {"acc": tunnelled(V4, A, make(
		C6, P, UDP, DATA))}, {"inet": make(GREEN, P, UDP, DATA, hops=63)})
	t.go("R9: nor in", {"inet": make(P, GREEN, UDP, DATA)}, {
		"acc": tunnelled(A, V4, hop(make(P, C6, UDP, DATA)))})


if __name__ == "__main__":
	Realms().parts(vrfs, asked=(both_sides, namespaces))
