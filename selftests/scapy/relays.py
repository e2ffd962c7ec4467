#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What becomes of transfers when relays come and go. Run by relays.sh, which has made
the namespaces and a folder for each BIRD.

Each round begins 200 transfers, waits until all of them move, lets something happen,
waits until the routers' routes have followed, and wants of every transfer that it goes
on, by the right relays, and that what arrived in the end is what was sent. Who is
drained loses nothing; how much is lost else, and for how long, is reported and fails
nothing.
"""
import ipaddress
import json
import os
import signal
import socket
import subprocess
import time

from relay import SO_RCVBUFFORCE, Tap, inside, run
from traffic import Traffic, until

CUST, ACCESS, BORDER, SERV = (os.environ[k] for k in ("CUST", "ACCESS", "BORDER", "SERV"))
RELAYS = {n: os.environ["R%d" % n] for n in (1, 2, 3)}
SCRATCH = os.environ["SCRATCH"]
ANYCAST, PROVIDER, SERVER = "192.88.99.0/24", "2001:db8:1200::/40", "3fff:0:80::2"
TRANSFERS, CUSTOMERS = 200, 100

# Which flows came by this relay, in both directions
SEEN = """table ip6 seen {
	set out { type ipv6_addr . inet_service; size 65535; flags dynamic; }
	set in { type ipv6_addr . inet_service; size 65535; flags dynamic; }
	chain forward {
		type filter hook forward priority 0;
		iifname "pmt0" meta l4proto tcp add @out { ip6 saddr . tcp sport }
		oifname "pmt0" meta l4proto tcp add @in { ip6 daddr . tcp dport }
	}
}
"""


def addresses(number):
	"""The customer's IPv4 and 6to4 address, and as the server sees it: the rule's
	prefix, what the IPv4 prefix leaves open, two bits of subnet-ID"""
	ipv4 = ipaddress.ip_address("100.64.1.%d" % (number + 1))
	return (str(ipv4), str(ipaddress.IPv6Address(0x2002 << 112 | int(ipv4) << 80 | 1)),
		str(ipaddress.IPv6Address(int(ipaddress.IPv6Network(PROVIDER).network_address) |
					  (int(ipv4) & 0x3fffff) << 66 | 1)))


def ip(ns, *words):
	return run(["ip", "-n", ns, *words])


def by(ns, prefix, *family):
	"""The relays that a router spreads a prefix over, by its kernel's route"""
	routes = json.loads(run(["ip", "-n", ns, *family, "-j", "route", "show", prefix]))
	hops = [hop["dev"] for route in routes for hop in route.get("nexthops", [route])
		if "dev" in hop]
	return sorted(int(dev[1:]) for dev in hops if dev[0] == "r")


def nft(ns, text):
	with inside(ns):
		return run(["nft", "-j", "-f", "-"], text)


class Daemons:
	"""BIRD and pmt-announce, by namespace"""

	def __init__(self):
		self.running = {}

	def start(self, name, ns, *command):
		with inside(ns):
			self.running[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL,
				stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

	def bird(self, name, ns, file):
		folder = os.path.join(SCRATCH, name)
		self.start("bird " + name, ns, "bird", "-f", "-c", os.path.join(folder, file),
			   "-s", folder + "/ctl", "-P", folder + "/pid")

	def kill(self, name, how=signal.SIGKILL):
		process = self.running.pop(name)
		process.send_signal(how)
		process.wait()

	def end(self):
		for name in list(self.running):
			self.kill(name, signal.SIGTERM)


def birdc(name, *words):
	return run(["birdc", "-s", os.path.join(SCRATCH, name, "ctl"), *words])


class Lab(Tap):
	def __init__(self):
		self.daemons = Daemons()
		self.here = []		# relays
		self.traffic = Traffic(CUST, SERV, SERVER, [addresses(n)[1:] for n in range(CUSTOMERS)])
		self.traffic.start()

	# ---- relays

	@staticmethod
	def quick(number, verb):
		with inside(RELAYS[number]):
			run(["pmt-quick", verb, "%s/r%d/pmt0.conf" % (SCRATCH, number)])

	def announce(self, number):
		words = ["birdc -s %s/r%d/ctl %s '\"pmt0_*\"'" % (SCRATCH, number, verb)
			 for verb in ("enable", "disable")]
		self.daemons.start("announce r%d" % number, RELAYS[number], "pmt-announce", "pmt0", *words)

	def join(self, number):
		self.here.append(number)
		self.quick(number, "up")
		nft(RELAYS[number], SEEN)
		self.daemons.bird("r%d" % number, RELAYS[number], "relay.conf")
		self.announce(number)

	# Links of r1 on which nothing arrives any more, and nobody is told

	def cut(self, *links):
		for ns, dev in self.ends(links):
			nft(ns, "table inet cut-%s { chain prerouting { type filter hook prerouting "
			    "priority -400; iifname \"%s\" drop; }; }" % (dev, dev))

	def mend(self, *links):
		for ns, dev in self.ends(links):
			nft(ns, "delete table inet cut-%s" % dev)

	@staticmethod
	def ends(links):
		both = {"access": ACCESS, "border": BORDER}
		for link in links or both:
			yield RELAYS[1], link
			yield both[link], "r1"

	def passed(self):
		"""{relay: (flows seen going out, coming in)}"""
		return {number: tuple(self.elements(RELAYS[number], name) for name in ("out", "in"))
			for number in self.here}

	@staticmethod
	def elements(ns, name):
		with inside(ns):
			text = run(["nft", "-j", "list", "set", "ip6", "seen", name])
		sets = [item["set"] for item in json.loads(text)["nftables"] if "set" in item]
		return {tuple(element["elem"]["val"]["concat"] if "elem" in element else element["concat"])
			for element in sets[0].get("elem", [])}

	def forget(self):
		for number in self.here:
			nft(RELAYS[number], "flush set ip6 seen out\nflush set ip6 seen in")

	# ---- rounds

	@staticmethod
	def routed():
		return by(ACCESS, ANYCAST), by(BORDER, PROVIDER, "-6")

	def patience(self):
		"""Seconds to wait for what must come; when something has failed, not again"""
		return 5 if self.failed else 120

	def routes_are(self, wanted):
		return until(lambda: self.routed() == wanted, self.patience())

	def begin(self):
		self.routes_are((self.here, self.here))
		failed = self.traffic.start_transfers(TRANSFERS)
		until(lambda: len(self.traffic.answered) == TRANSFERS, self.patience())
		stuck = self.traffic.stuck(self.traffic.progress(), self.patience())
		if failed or stuck or len(self.traffic.answered) < TRANSFERS:
			raise RuntimeError("%d transfers of %d began; %s; these do not move: %s" % (
				len(self.traffic.answered), TRANSFERS, failed, stuck))

	def happens(self, name, act, wanted, lossless=False):
		"""act() in the middle of the transfers; wanted: the relays then, out and in"""
		traffic = self.traffic
		first, again, start = traffic.mark(), traffic.retransmitted(), time.monotonic()
		act()
		good = self.routes_are(wanted)
		followed = time.monotonic() - start
		self.result(good, "R72: %s: the routes are by %s" % (name, self.words(wanted)),
			    "they are by: %r" % (self.routed(),))
		stuck = traffic.stuck(traffic.progress(), self.patience())
		self.result(not stuck, "R74: %s: all transfers go on" % name, "these do not: %s" % stuck)
		self.equal("R74: %s: they go by these relays" % name, self.carriers(wanted), wanted)
		last = traffic.mark()
		# what is on its way arrives before the next ones
		until(lambda: all(now > then + 3 for now, then in zip(traffic.mark(), last)), 5)
		sides = dict(zip(("out", "in"), traffic.lost(first, last)))
		if lossless:
			self.result(not any(lost for _, lost, _ in sides.values()), "R72: %s: no probe is lost" % name, sides)
		print("# %s: routes after %d ms; probes lost: %s; segments sent again: %d" % (
			name, followed * 1000, ", ".join("%s %d of %d, none for %d ms" % (
				word, lost, sent, longest * 1000) if lost else "%s none" % word
				for word, (sent, lost, longest) in sides.items()),
			traffic.retransmitted() - again), flush=True)

	@staticmethod
	def words(wanted):
		return " ".join("r%d" % number for number in wanted[0]) or "nobody"

	def carriers(self, wanted):
		"""Who carries now, out and in. On a machine that stands still for a second the
		routers lose sight of relays that are well: that passes."""
		got = None

		def settled():
			nonlocal got
			self.forget()
			self.traffic.stuck(self.traffic.progress(), self.patience())
			seen = self.passed()
			got = tuple(sorted(number for number, flows in seen.items() if flows[side])
				    for side in range(2))
			return got == wanted
		until(settled, self.patience())
		return got

	def end_round(self, name):
		wrong = self.traffic.finish_transfers(self.patience())
		self.result(not wrong, "R74: %s: %d transfers are whole, both ways" % (name, TRANSFERS), *wrong[:10])

	def round(self, name, *steps):
		"""Things that happen in the middle of the same transfers: (what, act, relays)"""
		self.begin()
		for what, act, relays in steps:
			self.happens(what, act, (relays, relays))
		self.end_round(name)

	def unreachable(self, name, ns, address):
		"""An address that nobody has follows no default route, though there is one."""
		family = "-6" if ":" in address else "-4"
		default = json.loads(run(["ip", "-n", ns, family, "-j", "route", "show", "default"]))
		done = subprocess.run(["ip", "-n", ns, "route", "get", address],
				      text=True, capture_output=True, check=False)
		self.result(any("gateway" in route for route in default) and "No route to host" in done.stderr,
			    "R72: %s: %s follows no default route" % (name, address),
			    done.stdout + done.stderr, "default routes: %s" % default)

	@staticmethod
	def pmt(*words):
		run(["pmt", "-n", RELAYS[1], *words])


def started(lab):
	"""Two relays"""
	for name, ns, file in (("access", ACCESS, "access"), ("border", BORDER, "border"),
			       ("serv", SERV, "outside")):
		lab.daemons.bird(name, ns, file + ".conf")
	lab.join(1)
	lab.join(2)
	lab.result(lab.routes_are(([1, 2], [1, 2])), "R72: two relays announce both prefixes, and share them",
		   "they are by: %r" % (lab.routed(),))
	lab.traffic.probe(lab.traffic.customers[:20])


def announced(lab):
	"""Who hears what"""
	def prefixes(name, *words):
		lines = birdc(name, "show", "route", *words).splitlines()
		return sorted({line.split()[0] for line in lines if "/" in line.split(" ")[0]})
	until(lambda: prefixes("serv", "protocol", "border") and ANYCAST in prefixes("border"), 20)
	lab.equal("R72: a relay announces to the access router", prefixes("r1", "export", "access"), [ANYCAST])
	lab.equal("R72: and to the border router", prefixes("r1", "export", "border"), [PROVIDER])
	lab.result("(65535,65281)" in birdc("border", "show", "route", "for", ANYCAST, "all"),
		   "R72: the border router hears of %s from inside, as not to be exported" % ANYCAST,
		   birdc("border", "show", "route", "all"))
	lab.equal("R72: another network hears", prefixes("serv", "protocol", "border"), ["2001:db8::/32"])
	birdc("r1", "configure")	# disables what the file has as disabled
	lab.result(lab.routes_are(([2], [2])) and lab.routes_are(([1, 2], [1, 2])),
		   "R72: a daemon that reads its file anew announces when pmt-announce says so again")
	lab.unreachable("a relay", RELAYS[1], "192.88.99.7")
	lab.unreachable("the border router", BORDER, "2001:db8:ffff::1")


def split(lab):
	"""Both relays carry, a flow out by one and in by the other"""
	lab.begin()
	lab.forget()
	lab.traffic.stuck(lab.traffic.progress(), lab.patience())
	seen = lab.passed()
	for side, word in enumerate(("out", "in")):
		one, two = (seen[number][side] for number in (1, 2))
		lab.result(one and two and not one & two and len(one | two) == TRANSFERS,
			   "R74: %s: each transfer goes by one of two relays" % word,
			   "by r1: %d, by r2: %d, by both: %d" % (len(one), len(two), len(one & two)))
		print("# %s: %d transfers by r1, %d by r2" % (word, len(one), len(two)))
	lab.result(not {flow[0] for flow in seen[1][0]} & {flow[0] for flow in seen[2][0]},
		   "R74: out: all of one customer goes by one relay")
	across = len(seen[1][0] & seen[2][1]) + len(seen[2][0] & seen[1][1])
	lab.result(across, "R74: transfers go out by one relay and come in by the other")
	print("# out by one, in by the other: %d transfers" % across)
	lab.end_round("two relays")


def fragments(lab):
	"""What a customer's gateway sends in IPv4 fragments: both meet the same relay"""
	ip(CUST, "link", "set", "access", "mtu", "1300")
	with inside(SERV):
		server = Traffic.udp(SERVER, 33435)
	server.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
	for address, _ in lab.traffic.customers:
		with inside(CUST):
			sock = Traffic.udp(address, 33435)
		sock.sendto(bytes(1400), (SERVER, 33435))
		sock.close()
	got = set()

	def came():
		try:
			while True:
				data, source = server.recvfrom(2000)
				got.add((source[0], len(data)))
		except BlockingIOError:
			return len(got) == CUSTOMERS
	until(came, 5)
	good = got & {(translated, 1400) for _, translated in lab.traffic.customers}
	lab.equal("R74 R18: packets in two IPv4 fragments arrive", len(good), CUSTOMERS)
	whole = {number: reassembled(RELAYS[number]) for number in lab.here}
	lab.result(all(whole.values()), "R74 R18: both relays have put some together", whole)
	server.close()
	ip(CUST, "link", "set", "access", "mtu", "1500")


def reassembled(ns):
	with inside(ns):
		with open("/proc/thread-self/net/snmp", encoding="ascii") as file:
			names, numbers = (line.split() for line in file if line.startswith("Ip:"))
	return int(numbers[names.index("ReasmOKs")])


def drained(lab):
	"""A drained relay is not announced, and keeps its own routes: it relays whatever
	still comes, here all, by routes that BGP knows nothing of"""
	anyway = ((ACCESS, "route", "192.88.99.1", "via", "198.51.100.11"),
		  (BORDER, "-6", "route", "2001:db8:1200::/41", "via", "3fff:0:1:1::2"))
	lab.begin()
	lab.happens("drained", lambda: lab.quick(1, "drain"), ([2], [2]), lossless=True)
	for verb in ("add", "del"):
		for ns, *words in anyway:
			words.insert(words.index("route") + 1, verb)
			ip(ns, *words)
		if verb == "add":
			lab.equal("R72: what comes to a drained relay goes on by it", lab.carriers(([1], [1])), ([1], [1]))
	lab.happens("no longer drained", lambda: lab.quick(1, "undrain"), ([1, 2], [1, 2]),
		    lossless=True)
	lab.end_round("drain")


def health(lab):
	"""The other answers of pmt check"""
	rule = "provider", PROVIDER, "ipv4", "100.64.0.0/10", "subnet", "0-3"
	one = RELAYS[1]

	def up():
		for address in "192.88.99.7", "2001:db8:1200:3024::1":
			lab.unreachable("a relay that is down", one, address)
		ip(one, "link", "set", "pmt0", "up")
		ip(one, "-6", "route", "add", PROVIDER, "via", "fe80::1", "dev", "pmt0")
	lab.round("health",
		  ("no local address", lambda: ip(one, "addr", "del", "192.88.99.1/32", "dev", "lo"), [2]),
		  ("the address is back", lambda: ip(one, "addr", "add", "192.88.99.1/32", "dev", "lo"), [1, 2]),
		  ("no rule", lambda: lab.pmt("rule", "flush", "dev", "pmt0"), [2]),
		  ("the rule is back", lambda: lab.pmt("rule", "add", "dev", "pmt0", *rule), [1, 2]),
		  ("the device is down", lambda: ip(one, "link", "set", "pmt0", "down"), [2]),
		  ("the device is up", up, [1, 2]),
		  ("the device is deleted", lambda: ip(one, "link", "del", "pmt0"), [2]),
		  ("the device is made anew", lambda: lab.quick(1, "up"), [1, 2]))


def links(lab):
	lab.round("links",
		  ("a relay falls silent", lab.cut, [2]),
		  ("it is heard again", lab.mend, [1, 2]),
		  ("the uplink is cut", lambda: lab.cut("border"), [2]),
		  ("the uplink is back", lambda: lab.mend("border"), [1, 2]),
		  ("the link to the customers is cut", lambda: lab.cut("access"), [2]),
		  ("that link is back", lambda: lab.mend("access"), [1, 2]))


def daemons(lab):
	lab.round("daemons", ("pmt-announce is killed", lambda: lab.daemons.kill("announce r1"), [2]),
		  ("pmt-announce runs", lambda: lab.announce(1), [1, 2]),
		  ("BIRD is killed", lambda: lab.daemons.kill("bird r1"), [2]),
		  ("BIRD runs", lambda: lab.daemons.bird("r1", RELAYS[1], "relay.conf"), [1, 2]))


def third(lab):
	"""A relay more, and then one that is gone with its links, as without power"""
	def gone():
		for dev in ("access", "border"):
			ip(RELAYS[2], "link", "del", dev)
		lab.here.remove(2)
		for name in ("announce r2", "bird r2"):
			lab.daemons.kill(name)
		run(["ip", "netns", "del", RELAYS[2]])
	lab.round("third", ("a third relay joins", lambda: lab.join(3), [1, 2, 3]),
		  ("a relay is gone, and its links", gone, [1, 3]))


def module(lab):
	"""The relays of this lab share one kernel: all lose their devices at once"""
	def removed():
		run(["modprobe", "-r", "pmt"])
		lab.result(lab.routes_are(([], [])), "R72: the module is removed: no relay announces anything",
			   "they are by: %r" % (lab.routed(),))
		lab.unreachable("without relays, the access router", ACCESS, "192.88.99.1")
		run(["modprobe", "pmt"])
		for number in lab.here:
			lab.quick(number, "up")
	lab.round("module", ("the module was away", removed, lab.here))


PARTS = started, announced, split, fragments, drained, health, links, daemons, third, module


def main():
	lab = Lab()
	try:
		lab.parts(*PARTS)
	finally:
		lab.traffic.silent = True
		lab.daemons.end()


if __name__ == "__main__":
	main()
