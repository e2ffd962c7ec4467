#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The device: every option of DESIGN.md's contract through `ip` and through
`pmt link`, its defaults, and all that is refused (R4, R47). Run by link.sh."""
import os
import re

from relay import Typed

DEFAULTS = {
	"provider": "2001:db8::/32", "ipv4": "0.0.0.0/0", "subnet": "0x0", "csum": "adjust",
	"local": ["192.88.99.1"], "dev": None, "ttl": 64, "dscp": 0, "ecn": "compat",
	"df": "unset", "untranslated": False, "to2002": "reject", "hairpin": True,
	"errsrc": None, "icmp-rate": 1000, "ptb-rate": 10000, "drain": False, "rules": 1}

SETTINGS = """ttl 1; ttl 255; dscp inherit; dscp 46; dscp 0; ecn normal; ecn compat; df set
	df pmtu; df unset; untranslated on; untranslated off; to2002 forward; to2002 reject
	hairpin off; hairpin on; errsrc 3fff:0:1::1; icmp-rate 0; icmp-rate 4294967295
	icmp-rate 1000; ptb-rate 7; drain on; drain off; local 192.88.99.1,8.0.0.2
	local 192.88.99.1"""

REFUSED_SET = """ttl|ttl 0
	ttl|ttl 256
	ttl|ttl x
	dscp|dscp 64
	dscp|dscp -1
	ecn|ecn maybe
	df|df yes
	untranslated|untranslated maybe
	to2002|to2002 drop
	hairpin|hairpin maybe
	errsrc|errsrc 192.0.2.1
	errsrc|errsrc ff02::1
	errsrc|errsrc fe80::1
	errsrc|errsrc 2002:c058:6301::
	icmp-rate|icmp-rate -1
	icmp-rate|icmp-rate 4294967296
	ptb-rate|ptb-rate x
	drain|drain maybe
	local|local 300.0.0.1
	local|local 224.0.0.1
	local|local 0.0.0.0
	local|local 255.255.255.255
	local|local 8.0.0.2,8.0.0.2
	local|local 8.0.0.2,
	local|local """ + ",".join("8.0.0.%d" % i for i in range(1, 18)) + """
	local|local
	dev|dev eth0
	rule|provider 2400:1::/32
	colour|colour blue
	ttl|ttl 9 ttl 10
	ttl|ecn compat ttl 300"""

REFUSED_ADD = """64|local 8.0.0.9 provider 2001:db8::/33
	64|local 8.0.0.9 provider 2001:db8::/40 ipv4 100.64.0.0/10 subnet 0-7
	host bits|local 8.0.0.9 provider 2001:db8::1/32
	host bits|local 8.0.0.9 provider 2001:db8::/32 ipv4 10.0.0.1/8
	aligned|local 8.0.0.9 provider 2001:db8::/32 ipv4 10.0.0.0/8 subnet 1-2
	2002::/16|local 8.0.0.9 provider 2002:1::/32
	2002::/16|local 8.0.0.9 provider 2000::/14
	unicast|local 8.0.0.9 provider ff0e::/32
	provider|local 8.0.0.9 provider fe80::/32
	provider|local 8.0.0.9 provider fd00::/32
	provider|local 8.0.0.9 provider ::/16
	provider|local 8.0.0.9 ipv4 10.0.0.0/8
	provider|local 8.0.0.9 subnet 1
	provider|local 8.0.0.9 provider 2400:1::/32 provider 2400:2::/32
	csum|local 8.0.0.9 provider 2400:1::/32 csum sometimes
	nowhere|local 8.0.0.9 dev nowhere
	local|
	local|local 8.0.0.1,192.88.99.1"""


class Cases(Typed):
	def data(self, name="pmt0"):
		return self.json("ip -d -j link show " + name)[0]["linkinfo"]["info_data"]


def rows(text):
	return [row.strip() for row in text.replace(";", "\n").split("\n")]


def defaults(t):
	t.does("ip link add pmt0 type pmt provider 2001:db8::/32")
	shown = t.json("ip -d -j link show pmt0")[0]
	data = shown["linkinfo"]["info_data"]
	for key, want in DEFAULTS.items():
		t.equal("default: " + key, data.get(key, "missing"), want)
	t.equal("the kind, mtu 1280, flags, no link layer", (
		shown["linkinfo"]["info_kind"], shown["mtu"], shown["flags"], shown["link_type"]),
		("pmt", 1280, ["NOARP"], "none"))
	t.does("ip link set pmt0 up")
	t.equal("R46: no automatic link-local address", t.run("ip -6 -o addr show dev pmt0"), "")
	t.equal("health: no address of the relay is local", t.data()["health"],
		"no-local-address")
	t.run("ip addr add 192.88.99.1/32 dev lo")
	t.equal("health: ok", t.data()["health"], "ok")
	t.like("the text form says what can be typed", t.run("ip -d link show pmt0"),
	       r"pmt provider 2001:db8::/32 ipv4 0\.0\.0\.0/0 .*local 192\.88\.99\.1 .*ttl 64")
	t.like("help", t.run("ip link add type pmt help"), r"provider[\s\S]*ipv4[\s\S]*local")


def options(t):
	for row in rows(SETTINGS):
		word, value = row.split()
		t.run("ip link set pmt0 type pmt " + row)
		want = {"on": True, "off": False}.get(value, value)
		if word == "local":
			want = value.split(",")
		got = t.data()[word]
		t.equal("set and shown: " + row, got if isinstance(want, (bool, list))
			else str(got), want)
	t.run("ip link set pmt0 type pmt drain on")
	t.equal("health: drained", t.data()["health"], "drained")
	t.does("ip link set pmt0 type pmt drain off ecn normal ttl 63 dscp 8")
	data = t.data()
	t.equal("several at once; the others stay", [data[k] for k in (
		"ecn", "ttl", "dscp", "ptb-rate", "drain", "health")],
		["normal", 63, 8, 7, False, "ok"])
	t.does("ip link set pmt0 type pmt")
	for row in rows(REFUSED_SET):
		words, rest = row.split("|")
		t.refuses(words, "ip link set pmt0 type pmt " + rest)


def mtu(t):
	for value in 1480, 1481, 65515, 1280:
		t.does("ip link set pmt0 mtu %d" % value, name="R47: mtu %d" % value)
	for value in 1279, 0, 65516:
		t.refuses("mtu", "ip link set pmt0 mtu %d" % value,
			  name="R47: mtu %d" % value)
	t.refuses("mtu", "ip link add bad0 mtu 1279 type pmt local 8.0.0.9",
		  name="R47: a new device with mtu 1279")
	t.like("R47: a warning above 1480", t.run(
		"ip link add pmt9 mtu 1481 type pmt local 8.0.0.9"), "warning.*1480")
	t.equal("R47: but it is made", t.json("ip -j link show pmt9")[0]["mtu"], 1481)
	t.run("ip link del pmt9")
	t.equal("R47: no warning at 1480", t.run(
		"ip link add pmt9 mtu 1480 type pmt local 8.0.0.9"), "")
	t.run("ip link del pmt9")


def new(t):
	for row in rows(REFUSED_ADD):
		words, rest = row.split("|")
		t.refuses(words, "ip link add bad0 type pmt " + rest)


def several(t):
	"""Devices side by side, told apart by local and lower"""
	t.does("ip link add pmt1 type pmt local 8.0.0.2 provider 2001:db8::/32",
	       name="another local")
	t.does("ip link add pmt2 type pmt dev eth0 provider 2400:1::/32",
	       name="the same local on one lower device")
	t.equal("the lower device is shown", t.data("pmt2")["dev"], "eth0")
	t.refuses("pmt2|local", "ip link add pmt3 type pmt dev eth0",
		  name="a second device with the same local and lower")
	t.refuses("pmt0|local", "ip link set pmt1 type pmt local 192.88.99.1")
	t.refuses("carries no IPv4", "ip link add pmt3 type pmt dev pmt1")
	t.does("ip link add pmt3 type pmt dev eth1", name="the same local on the other device")
	t.run("ip link set eth0 down")
	t.equal("health: lower-down", t.data("pmt2")["health"], "lower-down")
	t.run("ip link set eth0 up")
	t.does("ip link del pmt1")
	t.does("ip link set pmt3 type pmt local 192.88.99.1,8.0.0.2",
	       name="the local of a deleted device is free")
	t.does("ip link add pmt1 type pmt local 8.0.0.3", name="a device without rule")
	t.run("ip link set pmt1 up")
	t.run("ip addr add 8.0.0.3/32 dev lo")
	data = t.data("pmt1")
	t.equal("a device without rule: shown as such", [data[k] for k in (
		"rules", "provider", "health")], [0, None, "no-rule"])
	t.run("ip link del eth0")
	left = [d["ifname"] for d in t.json("ip -j link show type pmt") if d]
	t.equal("the lower device's end is the end of its devices", sorted(left),
		["pmt0", "pmt1"])


def chain(t):
	"""A device on a tunnel on a device, and so on: the end of the first ends all."""
	t.run("modprobe -q vxlan")
	lines, lower = ["link add base type veth peer name base0"], "base"
	for i in range(40):
		lines += ["link add deep%d type pmt dev %s local 8.0.0.9" % (i, lower),
			  "link add vx%d type vxlan id %d dev deep%d dstport 4789" % (i, i + 1, i)]
		lower = "vx%d" % i
	t.does("ip -batch -", "\n".join(lines) + "\n", "a chain of 40 devices and 40 vxlan ones")
	t.does("ip link del deep0", name="its first goes")
	left = [d["ifname"] for d in t.json("ip -j link show") if re.match("deep|vx", d["ifname"])]
	t.equal("and so do all", left, [])
	t.run("ip link del base")


def alone(t):
	"""`pmt link` does without `ip`"""
	t.run("ip link del pmt0")
	t.run("ip link del pmt1")
	t.does("pmt link add pmt0 up mtu 1400 provider 2001:db8::/32 ttl 9")
	shown, = t.json("ip -d -j link show pmt0")
	data = shown["linkinfo"]["info_data"]
	t.equal("as ip shows it", [data["provider"], data["ttl"], shown["mtu"],
				   "UP" in shown["flags"]], ["2001:db8::/32", 9, 1400, True])
	t.does("pmt link set pmt0 ttl 10 down")
	shown, = t.json("pmt -d -j link show pmt0")
	t.equal("pmt -d -j link show", [shown[k] for k in ("ifname", "ttl", "up", "provider")],
		["pmt0", 10, False, "2001:db8::/32"])
	t.refuses("ttl", "pmt link set pmt0 ttl 0")
	t.result(t.status in (1, 2), "its exit status is 1 or 2", t.status)
	t.refuses("exist|there is", "pmt link add pmt0 local 8.0.0.7")
	t.refuses("host bits", "pmt link add bad0 local 8.0.0.7 provider 2001:db8::1/32")
	t.refuses("mtu|1280", "pmt link set pmt0 mtu 1279")
	t.does("pmt link del pmt0")
	t.refuses("pmt0", "pmt link del pmt0")
	t.equal("-j of nothing is an empty array", t.json("pmt -j link show"), [])


if __name__ == "__main__":
	Cases(os.environ["BOX"]).parts(defaults, options, mtu, new, several, chain, alone)
