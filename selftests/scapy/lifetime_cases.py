#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Two configurations replace each other without end, each in one transaction, while
packets pass. In one X is translated by one prefix and Y is dropped, in the other Y by
another prefix and X is dropped: whoever sees X with Y's prefix has seen a mixture.
FLIP= seconds of it."""
import os
import signal
import socket
import time

from cases import canonical, is_error
from model import UDP, Relay, Rule, number, sixtofour
from netlink import (A_IFINDEX, POLICY_FLUSH, POLICY_NEW, RULE_FLUSH, RULE_NEW, TXN_BEGIN,
		     TXN_COMMIT, Pmt, entry, u32)
from netlink_cases import rule
from packet import A, P, make, tunnelled, udp
from relay import Surroundings, Tap, inside

X, Y = "12.1.0.1", "12.2.0.1"
PREFIXES = "2001:db8::", "2400:1::"
MAGIC = b"one of two"


def flip(ns, times):
	with inside(ns):
		pmt = Pmt()
		dev = u32(A_IFINDEX, socket.if_nametoindex("pmt0"))
	for n in range(times):
		dropped = (Y, X)[n % 2]
		for command, attrs in ((TXN_BEGIN, ()), (POLICY_FLUSH, ()), (RULE_FLUSH, ()),
				       (RULE_NEW, (rule(PREFIXES[n % 2], 32),)),
				       (POLICY_NEW, (entry(dropped, 32, 3),)), (TXN_COMMIT, ())):
			code, text, _ = pmt.ask(command, dev, *attrs)
			if code:
				raise SystemExit("configuration %d: %d %s" % (n, code, text))


def whole(t):
	net = Surroundings()
	os.sched_setaffinity(0, os.sched_getaffinity(os.getppid()))
	relays = [Relay([Rule(p + "/32")], policy={who + "/32": "drop"})
		  for p, who in zip(PREFIXES, (Y, X))]
	packets = []
	for v4 in X, Y:
		v4 = number(v4)
		packets.append((net.cust, tunnelled(v4, A, make(
			sixtofour(v4, 0, 1), P, UDP, udp(1, 2, MAGIC)))))
		for i, relay in enumerate(relays):
			packets.append((net.serv, make(P, relay.rules[0].forward(v4, 0, 1), UDP,
						       udp(3, i, MAGIC))))
	known = {}
	for i, relay in enumerate(relays):
		for _, packet in packets:
			want = relay.verdict(packet).packet
			if want:
				t.result(canonical(want) not in known, "of one configuration only")
				known[canonical(want)] = i
	flip(net.ns, 1)
	child = os.fork()
	if not child:
		flip(net.ns, 1 << 30)
	try:
		watch(t, net, packets, known)
	finally:
		ended, _ = os.waitpid(child, os.WNOHANG)
		if not ended:
			os.kill(child, signal.SIGKILL)
			os.waitpid(child, 0)
		t.result(not ended, "they replaced each other until the end")


def watch(t, net, packets, known):
	counts, strange = [0, 0], []
	until = time.monotonic() + float(os.environ.get("FLIP", 5))
	while time.monotonic() < until:
		for port, packet in packets * 8:
			port.send(packet)
		for port in net.ports:
			for packet in port.receive():
				which = known.get(canonical(packet))
				if which is not None:
					counts[which] += 1
				elif packet.endswith(MAGIC) and not is_error(packet):
					strange.append(packet.hex())
	print("# %d and %d packets came out" % tuple(counts))
	t.result(min(counts) > 0, "packets of both came out")
	t.result(not strange, "none came out of a mixture", *strange[:4])


if __name__ == "__main__":
	Tap().parts(whole)
