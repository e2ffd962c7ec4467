#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Drops as a tracer sees them, and counters as ethtool shows them (R75). Run by
trace.sh inside lib.sh's topology.
"""
import os
import re

from cases import C, C6, CP, Cases, DATA, GUA, GUA6, P
from model import UDP
from packet import A, ipv6, make, tunnelled
from relay import run

TRACING = "/sys/kernel/tracing"


class Trace:
	"""with Trace(EVENT...) as lines: what was traced, by the end of it"""

	def __init__(self, *events):
		self.dir = "%s/instances/pmt-%d" % (TRACING, os.getpid())
		self.events = events
		self.lines = []

	def __enter__(self):
		os.mkdir(self.dir)
		for event in self.events:
			with open("%s/events/%s/enable" % (self.dir, event), "w") as f:
				f.write("1")
		return self.lines

	def __exit__(self, *_):
		for event in self.events:
			with open("%s/events/%s/enable" % (self.dir, event), "w") as f:
				f.write("0")
		with open(self.dir + "/trace") as f:
			self.lines += [line for line in f if not line.startswith("#")]
		os.rmdir(self.dir)


def fields(line):
	return dict(word.split("=", 1) for word in line.split() if "=" in word)


def drops(t):
	"""Each drop once, with its customer; what passes is not there"""
	t.configure("provider 2001:db8::/32", policy={"8.0.0.9/32": "drop"})
	long6 = ipv6(C6, P, UDP, DATA)[:4] + b"\1\0" + ipv6(C6, P, UDP, DATA)[6:]
	with Trace("pmt/pmt_drop", "skb/kfree_skb") as lines:
		t.passes_out("traced: one that passes", make(C6, P, UDP, DATA),
			     make(CP, P, UDP, DATA, hops=63))
		t.drops_out("traced: a spoofed source", "spoof", make(GUA6, P, UDP, DATA))
		t.drops_out("traced: a packet cut short", "len", long6)
		t.drops_out("traced: a 2002: destination", "6to4dst", make(GUA6, C6, UDP, DATA), src=GUA)
		t.drops_in("traced: a customer who is not served", "policy",
			   make(P, "2001:db8:800:9::1", UDP, DATA))
		t.drops_in("traced: one without a route", "nd", make(P, CP, 58, bytes((135,)) + bytes(23)))
	ours = [line for line in lines if " pmt_drop: " in line]
	told = [(f["dev"], f["dir"], f["reason"], f["v4"], f["len"]) for f in map(fields, ours)]
	size = str(len(make(C6, P, UDP, DATA)))
	t.equal("what the tracer was told", told, [
		("pmt0", "out", "spoof", C, size), ("pmt0", "out", "len", C, size),
		("pmt0", "out", "6to4dst", GUA, size), ("pmt0", "in", "policy", "8.0.0.9", size),
		("pmt0", "in", "nd", "0.0.0.0", "64")])
	# the next that is freed at that address
	why = [next((re.search(r"reason: (\w+)", line).group(1) for line in lines[n:]
		     if " kfree_skb: " in line and fields(line)["skbaddr"] == fields(one)["skbaddr"]), None)
	       for n, one in enumerate(lines) if one in ours]
	t.equal("what drop monitors are told", why,
		["NOT_SPECIFIED", "PKT_TOO_SMALL", "NOT_SPECIFIED", "NOT_SPECIFIED", "NOT_SPECIFIED"])


def ethtool(t):
	def columns(option):
		text = run(["ip", "netns", "exec", t.net.ns, "ethtool", option, "pmt0"])
		return dict(re.findall(r"^ *([^:\n]+): (.+)$", text, re.M))

	t.drops_out("before ethtool: a spoofed source", "spoof", make(GUA6, P, UDP, DATA))
	t.equal("ethtool -S: the counters by name", {k: int(v) for k, v in columns("-S").items()},
		t.net.stats())
	info = columns("-i")
	with open("/sys/module/pmt/version") as f:
		version = f.read().strip()
	t.equal("ethtool -i: driver and version", (info["driver"], info["version"]), ("pmt", version))


if __name__ == "__main__":
	Cases().parts(drops, ethtool)
