#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Policy and ordinary 6to4 (R7, R15, R23, R43, R51 to R54, R67, R68), the outer
header (R50, R64 to R66), hairpin and loops (R42, R44, R46), and health (R72). Run
by tunnel.sh inside lib.sh's topology.
"""
import json
import os
import threading
import time

from cases import DATA, GUA, GUA6, GUAP, Cases, both, hop
from model import ICMPV6, TCP, UDP, number, sixtofour
from packet import (A, C, C6, CP, N, P, echo, error6, ipv4, make, tcp, tunnelled, udp)
from relay import run

FIGURE3 = "provider 2001:db8::/32"


def six_and_new(v4):
	return (sixtofour(number(v4), 0, 1),
		number("2001:db8::") | number(v4) << 64 | 1)


def out(t, name, v4, src, want=None, counts=(), dst=P):
	t.go(name, tunnelled(v4, A, make(src, dst, UDP, DATA)),
	     *([make(want, dst, UDP, DATA, hops=63)] if want else []), counts=counts)


def into(t, name, v4, dst, want=None, counts=()):
	t.go(name, make(P, dst, UDP, DATA),
	     *([tunnelled(A, v4, make(P, want, UDP, DATA, hops=63))] if want else []), counts=counts)


def untranslated(t):
	t.net.ip("route replace 2002::/16 via fe80::1 dev pmt0", family="-6")
	sid5 = "2002:c98:2c01:5::1"
	t.configure(FIGURE3)
	out(t, "R7: an unmapped subnet-ID, off: dropped, out", C, sid5, counts=["sid"])
	t.case("R7: an unmapped subnet-ID, off: dropped, in", serv=make(P, sid5, UDP, DATA),
	       counts=["sid"], errors=True)
	t.configure(FIGURE3, untranslated="on")
	out(t, "R7: on: it is unchanged, out", C, sid5, sid5)
	into(t, "R7: on: it is unchanged, in", C, sid5, sid5)
	out(t, "R7: on: the mapped one is translated none the less", C, C6, CP)
	out(t, "R53: on: not for a shared address", "100.64.0.1", "2002:6440:1:5::1",
	    counts=["bogon"])
	t.go("R12: on: a spoofed source is one", tunnelled(GUA, A, make(sid5, P, UDP, DATA)),
	     counts=["spoof"])
	out(t, "R15: on: a 2002: destination is discarded", C, sid5, dst=GUA6, counts=["6to4dst"])
	into(t, "R43: on: what comes to a bogon", C, "2002:7f00:1:5::1", counts=["bogon"])
	t.go("R43: on: a 2002: source from the Internet", make(GUA6, sid5, UDP, DATA),
	     counts=["6to4src"])
	t.configure("provider 2001:db8:1200::/40 ipv4 100.64.0.0/10", untranslated="on")
	out(t, "R57: on: who is not covered is not relayed", GUA, GUA6, counts=["nomap"])
	t.net.ip("route del 2002::/16 via fe80::1 dev pmt0", family="-6")


def policies(t):
	t.net.ip("route replace 2002::/16 via fe80::1 dev pmt0", family="-6")
	t.configure(FIGURE3, policy={
		"8.0.0.1/32": "untranslated", "9.0.0.0/24": "drop", "9.0.0.128/25": "translate",
		"9.0.0.129/32": "untranslated", "11.0.0.0/8": "reject", "100.64.0.0/16": "untranslated",
		"13.0.0.0/8": "pass"})
	for proto, body in (UDP, DATA), (TCP, tcp(1, 2)), (253, b"data"), (ICMPV6, echo()):
		counts = ["l4unknown"] if proto == 253 else []
		both(t, "R51: untranslated, protocol %d" % proto, proto, body, GUA6, GUA6, GUA,
		     counts=counts)
		both(t, "R51: while C translates, protocol %d" % proto, proto, body, counts=counts)
	error = error6(GUA6, P, 1, 4, make(P, GUA6, UDP, DATA))
	t.go("R51: untranslated, an error with its quote, out", tunnelled(GUA, A, error), hop(error))
	error = error6("3fff::1", GUA6, 2, 0, make(GUA6, P, UDP, DATA), 1280)
	t.go("R51: untranslated, an error with its quote, in", error, tunnelled(A, GUA, hop(error)))
	out(t, "R51: untranslated, any subnet-ID", GUA, "2002:800:1:7::1", "2002:800:1:7::1")
	for v4, why, what in (("9.0.0.1", "policy", "drop"), ("9.0.0.127", "policy", "drop")):
		six, new = six_and_new(v4)
		out(t, "R54 R68: %s %s, out" % (what, v4), v4, six, counts=[why])
		into(t, "R54 R68: %s %s, in" % (what, v4), v4, new, counts=[why])
		into(t, "R54 R68: %s %s, its 2002: form" % (what, v4), v4, six, counts=[why])
	for v4 in "9.0.0.128", "9.0.0.255", "9.0.1.0", "8.255.255.255":
		six, new = six_and_new(v4)
		out(t, "R51: a longer entry, or none: %s, out" % v4, v4, six, new)
		into(t, "R51: a longer entry, or none: %s, in" % v4, v4, new, six)
	six, new = six_and_new("9.0.0.129")
	out(t, "R51: the longest of three", "9.0.0.129", six, six)
	six, new = six_and_new("11.1.1.1")
	t.case("R51: reject, in", serv=make(P, new, UDP, DATA), counts=["policy"], errors=True)
	six, new = six_and_new("13.1.1.1")
	t.case("R23: pass, and nobody there takes it", cust=tunnelled("13.1.1.1", A, make(
		six, P, UDP, DATA)), errors=True)
	t.case("R51: pass acts inward too", serv=make(P, new, UDP, DATA), counts=["policy"],
	       errors=True)
	out(t, "R53: 100.64.0.1 untranslated is never", "100.64.0.1", "2002:6440:1::1",
	    counts=["bogon"])
	t.case("R53: nor in", serv=make(P, "2002:6440:1::1", UDP, DATA), counts=["bogon"],
	       errors=True)
	out(t, "R53: 100.65.0.1, no entry, is translated", "100.65.0.1", "2002:6441:1::1",
	    "2001:db8:6441:1::1")
	t.configure(FIGURE3, policy={"0.0.0.0/0": "drop", "12.0.0.0/8": "translate"})
	out(t, "R51: the default entry", GUA, GUA6, counts=["policy"])
	out(t, "R51: the entry that is longer", C, C6, CP)
	out(t, "R67: before it, what is never relayed", "169.254.1.1", "2002:a9fe:101::1",
	    counts=["bogon"])
	out(t, "R67: private space is the policy's first", "10.1.2.3", "2002:a01:203::1",
	    counts=["policy"])
	t.configure(policy={"8.0.0.1/32": "untranslated", "12.0.0.0/8": "translate"})
	out(t, "R57: untranslated needs no rule", GUA, GUA6, GUA6)
	out(t, "R57: translate with no rule is dropped", C, C6, counts=["nomap"])
	for v4 in "10.1.2.3", "192.0.2.1", "100.127.255.255":
		t.configure(FIGURE3, policy={v4 + "/32": "untranslated"})
		out(t, "R53 R67: %s is never relayed, out" % v4, v4, six_and_new(v4)[0],
		    counts=["bogon"])
		into(t, "R53 R67: %s is never relayed, in" % v4, v4, six_and_new(v4)[0],
		     counts=["bogon"])
	t.net.ip("route del 2002::/16 via fe80::1 dev pmt0", family="-6")


def strangers(t):
	"""What is no IPv6 is routed to the device"""
	t.configure(FIGURE3)
	t.net.ip("route add 203.0.113.0/24 dev pmt0")
	t.case("R17: IPv4 to the device", cust=ipv4("9.9.9.9", "203.0.113.1", b"data", proto=253),
	       counts=["malformed"])
	t.net.ip("route del 203.0.113.0/24 dev pmt0")


def opt_out(t):
	"""R52: an entry set and taken away under traffic of others"""
	t.configure(FIGURE3)
	wrong, turns = [], 20
	stop = threading.Event()

	def toggle():
		for _ in range(turns):
			for verb in "add", "del":
				t.net.pmt("policy", verb, "dev", "pmt0", "8.0.0.1/32",
					  *(["untranslated"] if verb == "add" else []))
		stop.set()

	thread = threading.Thread(target=toggle)
	thread.start()
	sent = came = 0
	before = t.net.stats()
	while not stop.is_set():
		sent += 1
		want = make(CP, P, UDP, udp(sent & 0xffff, 2), hops=63)
		t.net.cust.send(tunnelled(C, A, make(C6, P, UDP, udp(sent & 0xffff, 2))))
		_, got = t.net.collect(lambda cust, serv: serv, 2)
		came += got == [want]
	thread.join()
	t.result(sent == came > 20 and t.net.stats() == before,
		 "R52: %d changes, %d packets of another customer undisturbed" % (2 * turns, sent),
		 "%d came" % came)
	t.configure(FIGURE3, policy={"8.0.0.1/32": "untranslated"})
	out(t, "R52: it holds at once: in", GUA, GUA6, GUA6)
	t.configure(FIGURE3)
	out(t, "R52: and out", GUA, GUA6, GUAP)


def beside_sit(t):
	"""R23: policy pass and a sit tunnel with the same local"""
	t.configure(FIGURE3)
	t.net.ip("link add sit9 type sit remote %s local %s" % (C, A), "link set sit9 up")
	inner = make("2600::1", P, UDP, DATA)
	t.go("R23: without an entry it is ours", tunnelled(C, A, inner), counts=["source"])
	t.configure(FIGURE3, policy={C + "/32": "pass"})
	t.case("R23: with pass it is the tunnel's", cust=tunnelled(C, A, inner),
	       at_serv=hop(inner))
	out(t, "R23: another customer is still ours", GUA, GUA6, GUAP)
	t.configure(FIGURE3)
	t.go("R23: and ours again", tunnelled(C, A, inner), counts=["source"])
	t.net.ip("link del sit9")


def marks(t):
	ecn = {0: "Not-ECT", 1: "ECT(1)", 2: "ECT(0)", 3: "CE"}
	t.configure(FIGURE3)
	for outer in range(4):
		for mark in range(4):
			want = mark
			if outer == 3:
				want = 3 if mark else None
			elif outer == 1 and mark == 2:
				want = 1
			t.go("R66: outer %s, inner %s" % (ecn[outer], ecn[mark]), tunnelled(
				C, A, make(C6, P, UDP, DATA, tclass=0xb8 | mark), tos=0x20 | outer),
			     *([] if want is None else [make(CP, P, UDP, DATA, tclass=0xb8 | want,
							      hops=63)]),
			     counts=["ecn"] if want is None else [])
	t.configure(FIGURE3, policy={"8.0.0.1/32": "untranslated"})
	t.go("R66: untranslated too", tunnelled(GUA, A, make(GUA6, P, UDP, DATA, tclass=2), tos=3),
	     make(GUA6, P, UDP, DATA, tclass=3, hops=63))
	for dscp, how, tclass, tos in (
		("0", "compat", 0xb8, 0), ("inherit", "compat", 0xb8, 0xb8), ("46", "compat", 0, 0xb8),
		("10", "compat", 0xb8, 0x28), ("0", "compat", 3, 0), ("0", "normal", 3, 3),
		("0", "normal", 0xb9, 1), ("inherit", "normal", 0xba, 0xba),
		("inherit", "compat", 0xbb, 0xb8), ("63", "normal", 2, 0xfe)):
		t.configure(FIGURE3, dscp=dscp, ecn=how)
		t.go("R%d: dscp %s, ecn %s: inner %#x, outer %#x" % (
			65 if tclass & 3 else 64, dscp, how, tclass, tos),
		     make(P, CP, UDP, DATA, tclass=tclass), tunnelled(A, C, make(
			     P, C6, UDP, DATA, tclass=tclass, hops=63), tos=tos))
	t.configure(FIGURE3)


def of_size(size, src, dst, **fields):
	return make(src, dst, UDP, udp(1, 2, bytes(size - 48)), **fields)


def dont_fragment(t):
	def size(name, length, limit=None, frag=0):
		sent = of_size(length, P, CP)
		if limit:
			t.go("R50: %s: %d: PTB %d" % (name, length, limit), sent, error6(
				N, P, 2, 0, hop(sent)[:1232], limit), counts=["ptb"])
		else:
			t.go("R50: %s: %d passes, DF %d" % (name, length, frag >> 14), sent,
			     tunnelled(A, C, hop(of_size(length, P, C6)), frag=frag))

	t.net.ip("link set pmt0 mtu 1480")
	t.configure(FIGURE3)
	t.model.mtu = 1480
	size("df unset, path 1500", 1480)
	t.net.ip("route add 12.0.0.0/8 via 8.0.0.254 mtu 1400")
	for df in "set", "pmtu":
		t.configure(FIGURE3, df=df)
		t.model.mtu, t.model.path = 1480, 1400
		name = "df %s, path 1400" % df
		size(name, 1380, frag=0x4000)
		size(name, 1381, 1380)
		size(name, 100, frag=0x4000)
	t.net.ip("route replace 12.0.0.0/8 via 8.0.0.254 mtu 1200")
	t.model.path = 1200
	size("df pmtu, path 1200", 1281, 1280)

	def cut(name, packet, want, first):
		"""Two IPv4 fragments that make up `want`"""
		got, _ = t.exchange([], [packet], (2, 0))
		whole = b"".join(p[20:] for p in sorted(got, key=lambda p: p[6:8][0] & 0x1f or p[7]))
		t.result(len(got) == 2 and whole == want[20:] and len(got[0]) <= first
			 and not any(p[6] & 0x40 for p in got), name, *(p.hex() for p in got))

	sent = of_size(1280, P, CP)
	want = tunnelled(A, C, hop(of_size(1280, P, C6)))
	cut("R50: df pmtu, path 1200: 1280 in fragments, DF 0", sent, want, 1200)
	t.net.ip("route replace 12.0.0.0/8 via 8.0.0.254 mtu 1400")
	t.configure(FIGURE3)
	cut("R50: df unset, path 1400: 1480 in fragments, DF 0", of_size(1480, P, CP),
	    tunnelled(A, C, hop(of_size(1480, P, C6))), 1400)
	t.net.ip("route del 12.0.0.0/8 via 8.0.0.254", "link set pmt0 mtu 1280")


def hairpin(t):
	t.configure(FIGURE3)
	for hops in 64, 3:
		t.go("R46: between customers, hop limit %d" % hops, tunnelled(C, A, make(
			C6, GUAP, UDP, DATA, hops=hops)), tunnelled(A, GUA, make(
				CP, GUA6, UDP, DATA, hops=hops - 1)))
	t.go("R46: a customer to itself", tunnelled(C, A, make(C6, CP, UDP, DATA)),
	     tunnelled(A, C, make(CP, C6, UDP, DATA, hops=63)))
	t.go("R46: TCP", tunnelled(C, A, make(C6, GUAP, TCP, tcp(1, 2))),
	     tunnelled(A, GUA, make(CP, GUA6, TCP, tcp(1, 2), hops=63)))
	t.go("R46 R33 R34: an error about it", tunnelled(GUA, A, error6(
		GUA6, CP, 1, 4, make(CP, GUA6, UDP, DATA))), tunnelled(A, C, error6(
			GUAP, C6, 1, 4, make(C6, GUAP, UDP, DATA), hops=63)))
	t.go("R42 R46: to a bogon", tunnelled(C, A, make(C6, "2001:db8:7f00:1::1", UDP, DATA)),
	     counts=["bogon"])
	t.configure(FIGURE3, hairpin="off")
	t.go("R46: hairpin off", tunnelled(C, A, make(C6, GUAP, UDP, DATA)), counts=["policy"])
	both(t, "R46: hairpin off, the Internet is none", UDP, DATA)
	t.configure(FIGURE3)
	t.go("R44: a provider source from another interface", make(CP, GUAP, UDP, DATA),
	     counts=["spoof"])
	t.go("R44: a foreign one", make(P, GUAP, UDP, DATA), tunnelled(
		A, GUA, make(P, GUA6, UDP, DATA, hops=63)))
	t.go("R15: C to a 2002: destination", tunnelled(C, A, make(C6, GUA6, UDP, DATA)),
	     counts=["6to4dst"])
	t.go("R43: a 2002: source from the Internet", make(GUA6, CP, UDP, DATA),
	     counts=["6to4src"])


def loops(t):
	t.configure(FIGURE3)
	t.net.ip("route add 9.1.0.0/16 dev pmt0")
	t.case("R42: the way out leads into the device", serv=[make(
		P, "2001:db8:901:1::1", UDP, DATA)] * 20, counts=["loop"] * 20, errors=True)
	t.net.ip("route del 9.1.0.0/16 dev pmt0")
	# A second relay here, whose customers' prefix is routed to the first's V4: its
	# packets come in by lo from an address of our own, and no handler sees them.
	t.net.ip("link add pmt9 type pmt local 8.0.0.2 provider 2400:9::/32", "link set pmt9 up")
	t.net.ip("route add 2400:9::/32 via fe80::1 dev pmt9", family="-6")
	t.case("R42: two relays pointed at each other", serv=[
		make(P, "2400:9:c058:6301::1", UDP, DATA), make(P, "2001:db8:800:2::1", UDP, DATA)],
	       counts=["bogon"])
	t.net.ip("link del pmt9")
	t.net.ip("link add pmt9 type pmt local 8.0.0.2 dev acc provider 2400:9::/32",
		 "link set pmt9 up")
	t.net.ip("route add 2400:9::/32 via fe80::1 dev pmt9", family="-6")
	sent, behind = make(P, "2400:9:c98:2c01::1", UDP, DATA), make(P, C6, UDP, DATA, hops=63)
	t.case("R42: with dev, by its route", serv=sent, at_cust=tunnelled("8.0.0.2", C, behind))
	t.net.ip("route del default via 8.0.0.254")
	t.case("R42: with dev, no route", serv=sent)
	t.equal("R42: with dev, what has no route is not on link",
		t.net.stats("pmt9")["noroute"], 1)
	t.net.ip("route add default via 8.0.0.254", "link del pmt9")
	for v4 in "8.0.0.255", "127.0.0.1", "8.0.0.2", "224.0.0.1", "192.88.99.7":
		t.go("R42: mapped to %s" % v4, make(P, six_and_new(v4)[1], UDP, DATA),
		     counts=["bogon"])
	both(t, "R42: a neighbour of these", UDP, DATA, GUA6, GUAP, GUA)


def sysctl(t, setting):
	run(["nsenter", "--net=/run/netns/" + t.net.ns, "sysctl", "-qw", "net.ipv4." + setting])


def nested(t):
	"""The way out leads through another tunnel, and that one's into the device."""
	t.configure(FIGURE3)
	t.net.ip("link add deep type ip6tnl mode ipip6 remote 2001:db8:901:1::2 local %s" % N,
		 "link set deep up")
	t.net.ip("route add 9.1.0.0/16 dev deep")
	before = t.net.stats()
	t.exchange([], [make(P, "2001:db8:901:1::1", UDP, DATA)], (0, 0))
	moved = {k: v - before[k] for k, v in t.net.stats().items() if v != before[k]}
	other = t.net.show("-s", "link", "show", "deep")["stats64"]["tx"]
	# who of the two notices first depends on the kernel
	t.equal("R46: a loop through another tunnel ends, and is counted once",
		moved.get("loop", 0) + other["errors"], 1)
	t.result(1 <= other["packets"] + other["errors"] <= 2, "R46: after two rounds", other)
	t.equal("R46: and as nothing else", set(moved) - {"loop"}, set())
	t.net.ip("route del 9.1.0.0/16 dev deep", "link del deep")


def next_hops(t):
	"""A customer's next hop stops to answer; the others take over."""
	t.configure(FIGURE3)
	t.net.ip("neigh add 8.0.0.77 lladdr 02:00:00:00:00:02 dev acc nud reachable",
		 "route add 13.0.0.0/8 nexthop via 8.0.0.254 nexthop via 8.0.0.77")
	sysctl(t, "fib_multipath_use_neigh=1")
	customers = ["13.0.0.%d" % i for i in range(1, 13)]
	sent = [make(P, six_and_new(v4)[1], UDP, DATA) for v4 in customers]
	want = [tunnelled(A, v4, make(P, six_and_new(v4)[0], UDP, DATA, hops=63)) for v4 in customers]
	t.case("R42: two next hops", serv=[p for p in sent for _ in range(4)],
	       at_cust=[p for p in want for _ in range(4)])
	t.net.ip("neigh replace 8.0.0.77 dev acc nud failed")
	time.sleep(1.5)
	t.case("R42: one of them fails: within a second the other has them all", serv=sent,
	       at_cust=want)
	sysctl(t, "fib_multipath_use_neigh=0")
	t.net.ip("route del 13.0.0.0/8", "neigh del 8.0.0.77 dev acc")


def broadcasts(t):
	"""Of the relay's own subnets, as they come and go"""
	t.configure(FIGURE3)
	v4 = "11.0.0.255"
	src, new = six_and_new(v4)

	def is_one(name, yes):
		t.case("R67: %s is%s one" % (name, "" if yes else " none"),
		       cust=tunnelled(v4, A, make(src, P, UDP, DATA)),
		       at_serv=[] if yes else make(new, P, UDP, DATA, hops=63),
		       counts=["bogon"] if yes else [])

	is_one("no subnet's broadcast", False)
	t.net.ip("addr add 11.0.0.254/31 dev inet")
	is_one("the last of a /31", False)
	t.net.ip("addr del 11.0.0.254/31 dev inet", "addr add 11.0.0.1/24 dev inet")
	is_one("that of a subnet that comes", True)
	t.net.ip("addr add 11.0.0.2/24 dev inet", "addr add 11.0.0.129/25 dev acc",
		 "addr del 11.0.0.129/25 dev acc")
	is_one("that of one of two subnets that goes", True)
	sysctl(t, "conf.inet.promote_secondaries=0")
	t.net.ip("addr del 11.0.0.1/24 dev inet")
	is_one("that of a subnet that goes with all addresses", False)
	sysctl(t, "conf.inet.promote_secondaries=1")
	t.net.ip("addr add 11.0.0.1/24 dev inet", "addr add 11.0.0.2/24 dev inet",
		 "addr del 11.0.0.1/24 dev inet")
	is_one("that of a second address that was promoted", True)
	t.net.ip("addr del 11.0.0.2/24 dev inet")
	is_one("that of a promoted one that goes", False)
	sysctl(t, "conf.inet.promote_secondaries=0")
	t.net.ip("link add many type dummy", *("addr add 11.0.%d.1/24 dev many" % i for i in range(99)))
	is_one("the first of many", True)
	t.net.ip(*("addr del 11.0.%d.1/24 dev many" % i for i in range(0, 99, 2)))
	is_one("the first, half of them deleted", False)
	t.net.ip("addr add 11.0.0.1/25 dev many", "addr add 11.0.0.200/25 dev many")
	is_one("that of a half", True)
	t.net.ip("link del many")
	is_one("that of a device that goes", False)
	t.net.ip("link add many type dummy", "addr add 11.0.0.1/24 dev many",
		 "link set many netns " + os.environ["SERV"])
	is_one("that of a device that moves away", False)
	run(["ip", "-n", os.environ["SERV"], "link", "del", "many"])


def health(t):
	def word():
		return json.loads(t.net.pmt("-j", "link", "show", "pmt0"))[0]["health"]

	t.configure(FIGURE3)
	t.equal("R72: all is well", word(), "ok")
	for want, lines, back in (
		("drained", ["link set pmt0 type pmt drain on"], ["link set pmt0 type pmt drain off"]),
		("no-local-address", ["addr del %s/32 dev lo" % A], ["addr add %s/32 dev lo" % A])):
		t.net.ip(*lines)
		t.equal("R72: %s is shown" % want, word(), want)
		if want == "drained":
			both(t, "R72: drained, it still relays", UDP, DATA)
		t.net.ip(*back)
		t.equal("R72: no longer %s" % want, word(), "ok")
	t.rules()
	t.equal("R72: no-rule is shown", word(), "no-rule")
	t.rules(FIGURE3)
	t.net.ip("link add pmt9 type pmt local 8.0.0.2 dev acc provider 2400:9::/32",
		 "link set pmt9 up", "link set acc down")
	shown = json.loads(t.net.pmt("-j", "link", "show", "pmt9"))[0]["health"]
	state = t.net.show("link", "show", "pmt9")["flags"]
	t.equal("R72: lower-down, and the carrier is off", (shown, "NO-CARRIER" in state),
		("lower-down", True))
	t.net.ip("link del pmt9", "link set acc up", "neigh replace 8.0.0.254 lladdr "
		 "02:00:00:00:00:02 dev acc nud permanent", "neigh replace 8.0.0.1 lladdr "
		 "02:00:00:00:00:02 dev acc nud permanent", "route replace default via 8.0.0.254")
	both(t, "R72: it relays", UDP, DATA)


if __name__ == "__main__":
	Cases().parts(untranslated, policies, strangers, opt_out, beside_sit, marks, dont_fragment, hairpin,
		      loops, nested, next_hops, broadcasts, health)
