#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""nftables recipes on pmt0, as the documentation shows them, and rp_filter (R22,
R69, R70). Run by recipes.sh inside lib.sh's topology.
"""
import json
import os
import time

from cases import DATA, GUA, GUA6, GUAP, Cases, hop
from model import UDP
from packet import A, C, C6, CP, P, make, tunnelled, udp
from relay import ETH_IPV4, Port, inside, run

RECIPES = os.environ["PMT_NFT"]


def nft(t, *args):
	return run(["nsenter", "--net=/run/netns/" + t.net.ns, "nft", *args])


def recipe(t, name):
	nft(t, "-f", os.path.join(RECIPES, name))


def counter(t, table):
	"""Packets that the recipe's one rule has dropped"""
	found = json.loads(nft(t, "-j", "list", "table", "ip6", table))["nftables"]
	return [e["counter"]["packets"] for rule in found if "rule" in rule
		for e in rule["rule"]["expr"] if "counter" in e]


def isatap(t):
	own = ("3fff::5efe:c058:6301", "3fff::200:5efe:c058:6301", "3fff:9:9:9:0:5efe:192.0.2.1",
	       "2a00::200:5efe:192.0.2.1")
	others = ("3fff::5efe:c058:6302", "3fff::200:5efe:c058:6300", "3fff::100:5efe:c058:6301",
		  "3fff::5eff:c058:6301", "3fff:0:5efe:c058:6301::", "3fff::c058:6301")
	t.net.ip("route add 2a00::/16 via 3fff:0:1::2", family="-6")

	def out(name, dst, passes):
		inner = make(C6, dst, UDP, DATA)
		t.case(name, cust=tunnelled(C, A, inner),
		       at_serv=[make(CP, dst, UDP, DATA, hops=63)] if passes else [])

	for dst in own:
		out("R69: without the recipe %s is reached" % dst, dst, True)
	recipe(t, "isatap.nft")
	for dst in own:
		out("R69: with it %s is not" % dst, dst, False)
	for dst in others:
		out("R69: but its neighbour %s is" % dst, dst, True)
	t.equal("R69: the recipe has dropped them", counter(t, "pmt_isatap"), [len(own)])
	sent = make(P, own[0], UDP, DATA)
	t.case("R69: what does not come out of the tunnel passes", serv=sent, at_serv=hop(sent))
	sent = make(P, "2001:db8:c98:2c01:0:5efe:c058:6301", UDP, DATA)
	t.passes_in("R69: nor what goes into it", sent, hop(make(
		P, "2002:c98:2c01:0:0:5efe:c058:6301", UDP, DATA)))
	nft(t, "delete", "table", "ip6", "pmt_isatap")
	out("R69: without it %s is reached again" % own[0], own[0], True)
	t.net.ip("route del 2a00::/16", family="-6")


def rate(t):
	def offer(name, counts):
		"""Packets of hosts in turn; how many came of each, and the seconds"""
		queue = []
		for i in range(max(counts.values())):
			queue += [(v4, six, i) for (v4, six, _), n in counts.items() if i < n]
		start = time.monotonic()
		for v4, six, i in queue:
			t.net.cust.send(tunnelled(v4, A, make(six, P, UDP, udp(i, 2))))
		before = t.net.stats()
		_, got = t.exchange([], [], (0, 0))
		took = time.monotonic() - start
		if t.net.stats() != before:
			t.result(False, name + ": counters stand still")
		sources = [p[8:24] for p in got]
		return [sources.count(make(new, P, 59, b"")[8:24]) for _, _, new in counts], took

	first, second = (C, C6, CP), (GUA, GUA6, GUAP)
	came, _ = offer("R70", {first: 600, second: 40})
	t.equal("R70: without the recipe all packets pass", came, [600, 40])
	recipe(t, "customer-rate.nft")
	host = (C, "2002:c98:2c01::99", "2001:db8:c98:2c01::99")
	(came, beside, other), took = offer("R70", {first: 400, host: 200, second: 40})
	t.result(50 <= came + beside <= 51 + 100 * took and came + beside < 600,
		 "R70: of 600 packets at once a customer's two hosts get 50 and 100 a second",
		 "%d and %d in %.2f s" % (came, beside, took))
	t.equal("R70: another customer at the same time loses none", other, 40)
	t.equal("R70: what is missing the recipe has dropped", counter(t, "pmt_customer_rate"),
		[600 - came - beside])
	listed = json.loads(nft(t, "-j", "list", "set", "ip6", "pmt_customer_rate", "sent"))
	t.equal("R70: two customers are remembered", len(listed["nftables"][1]["set"]["elem"]), 2)

	def again():
		got = t.exchange([tunnelled(C, A, make(C6, P, UDP, DATA))], [], (0, 1))[1]
		return got == [make(CP, P, UDP, DATA, hops=63)]

	until = time.monotonic() + 10
	while not again() and time.monotonic() < until:
		pass
	t.result(again() or again(), "R70: who slows down is served again")
	t.passes_in("R70: what goes to the customer has no limit", make(P, CP, UDP, DATA),
		    make(P, C6, UDP, DATA, hops=63))
	nft(t, "delete", "table", "ip6", "pmt_customer_rate")


def customers(t):
	"""The list of operations.rst: who still uses the relay (RFC 7526 section 6)"""
	def seen():
		found = json.loads(nft(t, "-j", "list", "set", "ip6", "pmt_customers", "seen"))
		elems = [elem["elem"] for elem in found["nftables"][1]["set"].get("elem", [])]
		return {e["val"]: (e["counter"]["packets"], e["counter"]["bytes"], e["expires"] > 29 * 86400)
			for e in elems}

	recipe(t, "customers.nft")
	t.equal("the list of customers begins empty", seen(), {})
	sent = 0
	for six, new in (C6, CP), ("2002:c98:2c01::99", "2001:db8:c98:2c01::99"), (C6, CP):
		packet = make(six, P, UDP, DATA)
		sent += len(packet)
		t.passes_out("a packet of %s" % new, packet, make(new, P, UDP, DATA, hops=63))
	t.case("a forged one", cust=tunnelled(C, A, make(GUA6, P, UDP, DATA)), counts=["spoof"])
	t.passes_in("one to another customer", make(P, GUAP, UDP, DATA), make(P, GUA6, UDP, DATA, hops=63),
		    GUA)
	listed = seen()
	t.equal("the list has the one customer, for 30 days, and what the hosts sent",
		listed, {"2001:db8:c98:2c01::": (3, sent, True)})
	t.like("pmt map tells the IPv4 address", t.net.pmt("map", "-", "dev", "pmt0", text="\n".join(listed)),
	       "ipv4 %s " % C)
	nft(t, "delete", "table", "ip6", "pmt_customers")


def rp_filter(t):
	"""C is routed by acc; its packets come by acc2"""
	second = Port(os.environ["CUST"], "acc2", ETH_IPV4, 6, 5)

	def knob(value):
		with inside(t.net.ns):
			with open("/proc/sys/net/ipv4/conf/acc2/rp_filter", "w") as file:
				file.write(str(value))

	def strange(name, src, inner, want):
		before = t.net.stats()
		second.send(tunnelled(src, A, inner))
		_, got = t.exchange([], [], (0, len(want)))
		t.equal(name, ([p.hex() for p in got], t.net.stats() == before),
			([p.hex() for p in want], True))

	here = "8.0.1.1", "2002:800:101::1", "2001:db8:800:101::1"
	sent, want = make(C6, P, UDP, DATA), make(CP, P, UDP, DATA, hops=63)
	mine, mine_want = make(here[1], P, UDP, DATA), make(here[2], P, UDP, DATA, hops=63)
	for value, word in (0, "off"), (2, "loose"):
		knob(value)
		strange("R22: rp_filter %s: by another way than the route's" % word, C, sent, [want])
	knob(1)
	strange("R22: rp_filter strict: not any more", C, sent, [])
	strange("R22: rp_filter strict: but who is routed there", here[0], mine, [mine_want])
	t.passes_out("R22: rp_filter strict there: C by its own way", sent, want)
	knob(0)
	strange("R22: rp_filter off again", C, sent, [want])


if __name__ == "__main__":
	Cases().parts(isatap, rate, customers, rp_filter)
