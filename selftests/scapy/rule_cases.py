#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""`pmt rule`, `pmt map` and `pmt stats`: DESIGN.md's contract, and all that R4
refuses. Run by rule.sh inside lib.sh's topology."""
import os

from model import COUNTERS, IPv6Address, Range, Relay, Rule, number, refusal
from packet import A, C, C6, CP, P, UDP, make, tunnelled, udp
from random_packets import Random
from relay import Surroundings, Typed

REFUSED = """64|provider 2400:1::/36
	64|provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-7
	64|provider 2400:1::/64 ipv4 10.0.0.0/31
	host bits|provider 2400:1::1/32 ipv4 10.0.0.0/8
	host bits|provider 2400:1::/20 ipv4 10.0.0.0/8
	host bits|provider 2400:1::/32 ipv4 10.0.0.1/8
	aligned|provider 2400:1::/32 ipv4 10.0.0.0/8 subnet 1-2
	subnet|provider 2400:1::/32 ipv4 10.0.0.0/8 subnet 3-1
	subnet|provider 2400:1::/32 ipv4 10.0.0.0/8 subnet 65536
	subnet|provider 2400:1::/32 ipv4 10.0.0.0/8 subnet x
	2002::/16|provider 2002:1::/32 ipv4 10.0.0.0/8
	2002::/16|provider 2002::/16 ipv4 10.0.0.0/32
	2002::/16|provider 2000::/14 ipv4 10.0.0.0/8
	unicast|provider ff0e::/32 ipv4 10.0.0.0/8
	provider|provider fe80::/32 ipv4 10.0.0.0/8
	provider|provider fec0::/32 ipv4 10.0.0.0/8
	provider|provider fd00::/32 ipv4 10.0.0.0/8
	provider|provider ::/32 ipv4 10.0.0.0/8
	overlap|provider 2001:db8:1::/48 ipv4 10.1.0.0/16
	overlap|provider 2001:d00::/24 ipv4 10.0.0.0/8
	there is|provider 2001:db8::/32 ipv4 10.0.0.0/8
	subnet|provider 2400:1::/32
	subnet|provider 2400::/20 subnet 0-0xf
	provider|ipv4 10.0.0.0/8
	csum|provider 2400:1::/32 ipv4 10.0.0.0/8 csum sometimes
	colour|provider 2400:1::/32 ipv4 10.0.0.0/8 colour blue"""


class Cases(Typed):
	def rules(self, more=""):
		return self.json("pmt -j %s rule show dev pmt0" % more)

	def config_id(self):
		shown, = self.json("ip -d -j link show pmt0")
		return shown["linkinfo"]["info_data"]["config-id"]


def add(t):
	t.equal("no rules is an empty array", t.rules(), [])
	empty = t.config_id()
	t.does("pmt rule add dev pmt0 provider 2001:db8::/32")
	t.equal("its JSON", [t.rules()[0].get(k) for k in ("dev", "provider", "ipv4", "subnet",
		"csum")], ["pmt0", "2001:db8::/32", "0.0.0.0/0", "0x0", "adjust"])
	t.like("its text can be typed", t.run("pmt rule show dev pmt0"),
	       r"provider 2001:db8::/32 ipv4 0\.0\.0\.0/0 subnet 0x0 csum adjust")
	one = t.config_id()
	t.result(one != empty, "the config id changes with the rules", one)
	for row in REFUSED.split("\n"):
		words, rule = row.strip().split("|")
		t.refuses(words, "pmt rule add dev pmt0 " + rule)
	for words, command in (
		("dev", "pmt rule add provider 2400:1::/32 ipv4 10.0.0.0/8"),
		("nowhere", "pmt rule add dev nowhere provider 2400:1::/32 ipv4 10.0.0.0/8"),
		("acc", "pmt rule add dev acc provider 2400:1::/32 ipv4 10.0.0.0/8")):
		t.refuses(words, command)
	t.equal("the config id is that of before", t.config_id(), one)

	t.does("pmt rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3")
	t.equal("a range of subnets is shown", [r["subnet"] for r in t.rules()
		if r["ipv4"] == "100.64.0.0/10"], ["0x0-0x3"])
	t.does("pmt rule replace dev pmt0 provider 2400:1::/40 ipv4 10.0.0.0/8 subnet 4")
	t.equal("it has changed", [r["provider"] for r in t.json(
		"pmt -j rule show dev pmt0 ipv4 10.0.0.0/8")], ["2400:1::/40"])
	t.does("pmt rule replace dev pmt0 provider 2400:2::/40 ipv4 100.64.0.0/10")
	t.equal("replace of what is not there adds it", len(t.rules()), 3)
	for words, command in (
		("subnet|overlap",
		 "replace dev pmt0 provider 2400:2::/40 ipv4 10.0.0.0/8 subnet 4"),
		(".", "del dev pmt0 provider 2400:3::/40"),
		(".", "del dev pmt0 provider 2400:1::/48")):
		t.refuses(words, "pmt rule " + command)
	t.does("pmt rule del dev pmt0 provider 2400:1::/40")
	t.does("pmt rule delete dev pmt0 provider 2400:2::/40")
	t.equal("the config id is a function of the rules", (len(t.rules()), t.config_id()),
		(1, one))
	t.does("pmt rule flush dev pmt0")
	t.equal("nothing is left", (t.rules(), t.config_id()), ([], empty))


def batch(t):
	def many(count):
		return "".join("rule add dev pmt0 provider 2400:%x::/40 ipv4 %d.%d.0.0/16\n" % (
			i + 1, 11 + i // 256, i % 256) for i in range(count))

	t.does("pmt -b -", many(1000), name="a batch of 1000 rules")
	t.equal("all are there", len(t.pmt.rules()), 1000)
	t.does("pmt rule flush dev pmt0")
	wrong = "rule add dev pmt0 provider 2002:1::/32 ipv4 200.0.0.0/8\n"
	t.refuses("2002::/16", "pmt -b -", many(100) + wrong,
		  name="a batch whose last rule is wrong, none of it is taken")
	t.refuses("2002::/16", "pmt -b -", wrong + many(3),
		  name="a batch whose first rule is wrong")
	t.like("the line is named", t.run("pmt -b -", many(3) + wrong), ":4:")


def drawn(t):
	"""R4: rules at random, accepted and refused as the model does"""
	rng = Random(int(os.environ.get("SEED", 4)))
	rules, wrong, accepted = [], [], 0
	for i in range(40):
		if not i % 8:
			t.run("pmt rule flush dev pmt0")
			rules = []
		rule = rng.rule()
		if rng.chance(35):		# a neighbour of one that is there, or of 2002::
			like = rng.choice(rules).provider if rules else rule.provider
			length = rng.randint(max(8, like.length - 6), min(64, like.length + 6))
			top = rng.choice((like.first, like.first, number("2002::"),
					  number("fe00::"), 0))
			text = "%s/%d" % (IPv6Address(top >> 128 - length << 128 - length), length)
			rule = Rule(text, rule.ipv4.text, "%d-%d" % (rule.sid, rule.sid_last))
		why = refusal(rules + [rule])
		said = t.run("pmt rule add dev pmt0 %s" % rule)
		if (t.status == 0) != (why is None):
			wrong.append("%s: the model says %s, the kernel %s; rules: %s" % (
				rule, why, said or "yes", "; ".join(map(str, rules))))
		if t.status == 0:
			rules.append(rule)
			accepted += 1
	t.result(not wrong and 8 < accepted < 36,
		 "R4: 40 rules at random, %d are taken, as the model says" % accepted, *wrong)
	t.run("pmt rule flush dev pmt0")


def mapping(t):
	rules = ("provider 2001:db8::/32", "provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3")
	for rule in rules:
		t.does("pmt rule add dev pmt0 " + rule)
	relay = Relay([Rule("2001:db8::/32"), Rule("2400:1::/40", "100.64.0.0/10", "0-3")],
		      own=("8.0.0.2",), broadcasts=("8.0.0.255",))
	asked = """12.152.44.1 2002:c98:2c01::1 2001:db8:c98:2c01::1 2400:1:20:c25::1
		2002:c98:2c01:5::1 10.1.2.3 2001:db8:6448:309::1 8.0.0.255 127.0.0.1
		100.72.3.9 2002:6448:309:3::7 2002:6448:309:4::7""".split()
	answers = {a["address"]: a for a in t.json_any("pmt -j map %s dev pmt0" % " ".join(asked))}
	for addr in asked:
		answer = answers.get(addr, {})
		got, reason = answer.get("translated"), answer.get("reason")
		if ":" not in addr:
			want, why = relay.map_out(number("2002::") | number(addr) << 80)
			want = want and str(IPv6Address(want)) + "/64"
		elif number(addr) in Range("2002::/16"):
			want, why = relay.map_out(number(addr))
			want = want and str(IPv6Address(want))
		else:
			want, why = relay.map_in(number(addr))
			want = want and str(IPv6Address(want))
			got = answer.get("6to4")
		if why:
			t.equal("map of %s says %s" % (addr, why), reason, why)
		else:
			t.equal("map of %s" % addr, (got, reason), (want, None))
	t.run("pmt map 10.1.2.3 dev pmt0")
	t.equal("exit status 3: the answer is no", t.status, 3)
	t.run("pmt map 12.152.44.1 dev pmt0")
	t.equal("exit status 0: it is yes", t.status, 0)


def counters(t):
	net = Surroundings()
	for n in range(3):
		net.cust.send(tunnelled(C, A, make(C6, P, UDP, udp(1, 2, bytes(n)))))
	for n in range(5):
		net.serv.send(make(P, CP, UDP, udp(1, 2, bytes(n))))
	net.collect(lambda cust, serv: len(cust) == 5 and len(serv) == 3)
	out, in_ = {"packets": 3, "bytes": 3 * 48 + 3}, {"packets": 5, "bytes": 5 * 48 + 10}
	rules = {r["ipv4"]: r for r in t.rules("-s")}
	t.equal("R75: a rule counts what goes out and comes in",
		[rules["0.0.0.0/0"][k] for k in ("out", "in")], [out, in_])
	t.equal("R75: another rule does not",
		[rules["100.64.0.0/10"][k]["packets"] for k in ("out", "in")], [0, 0])
	shown, = t.json("ip -j -s link show pmt0")
	t.equal("the device counts packets and bytes",
		[shown["stats64"][side][k] for side in ("rx", "tx") for k in ("packets", "bytes")],
		[3, 147, 5, 250])
	t.does("pmt rule replace dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10")
	rules = {r["ipv4"]: r for r in t.rules("-s")}
	t.equal("R75: a change elsewhere keeps a rule's counters", rules["0.0.0.0/0"]["out"], out)
	found, = t.json("pmt -j stats show dev pmt0")
	t.equal("R75: every counter is there, zero too",
		(found.pop("dev"), sorted(found), set(found.values())),
		("pmt0", sorted(COUNTERS), {0}))
	net.cust.send(tunnelled(C, A, make(CP, P, UDP, udp(1, 2))))
	net.cust.send(tunnelled(C, A, make(C6, P, UDP, udp(1, 2))))
	net.collect(lambda cust, serv: serv)
	t.equal("R75: pmt stats nonzero", t.json("pmt -j stats show dev pmt0 nonzero"),
		[{"dev": "pmt0", "source": 1}])


if __name__ == "__main__":
	Cases(os.environ["RELAY"]).parts(add, batch, drawn, mapping, counters)
