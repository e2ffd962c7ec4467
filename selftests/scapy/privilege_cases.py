#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who may do what to a pmt device: a test for each cell of TABLE.

TABLE also stands in Documentation/pmt.rst (host/privilege.sh compares them). A
row is tried in every way there is, as a message of our own and as typed. A cell
says "yes", "no" (EPERM), or "ipv4" (EPERM, with the module's own sentence); what is
refused has changed nothing. Run by privilege.sh, as root; RELAY and OTHER are
network namespaces of the initial user namespace, OWN2 is a name for one that isn't.
"""
import ctypes
import errno
import json
import os
import socket
import struct
import subprocess

from netlink import (A_ADDRESS4, A_ADDRESS6, A_IFINDEX, A_RULE, ACK, CREATE, DUMP, EXCL, IFLA_IFNAME, IFLA_LINKINFO,
		     IFLA_MTU, INFO_DATA, INFO_KIND, NETLINK_ADD_MEMBERSHIP, NETLINK_GENERIC, NETLINK_ROUTE, R_PROVIDER,
		     R_PROVIDER_LEN, R_SUBNET, REQUEST, SOL_NETLINK, Netlink, Pmt, attr, entry, nest, u8, u32)
from packet import addr6
from relay import CLONE_NEWNET, Tap, libc

TABLE = """\
=======================================  =====  =====  =====  =====  =====  =====
what                                     root   admin  user   child  own    split
=======================================  =====  =====  =====  =====  =====  =====
link show                                yes    yes    yes    yes    yes    yes
link show, target-netnsid: root's        yes    yes    no     no     no     no
link add                                 yes    yes    no     no     yes    yes
link add, link-netnsid: root's           yes    yes    no     no     no     no
link add, netns: root's                  yes    yes    no     no     no     no
link set, options                        yes    yes    no     no     yes    ipv4
link set, mtu, up                        yes    yes    no     no     yes    yes
link set, name                           yes    yes    no     no     yes    yes
link set, netns: root's                  yes    yes    no     no     no     no
link set, netns: the user namespace's    yes    yes    no     no     yes    yes
link del                                 yes    yes    no     no     yes    yes
link del, target-netnsid: root's         yes    yes    no     no     no     no
rule show                                yes    yes    yes    yes    yes    yes
rule add                                 yes    yes    no     no     yes    ipv4
rule replace                             yes    yes    no     no     yes    ipv4
rule del                                 yes    yes    no     no     yes    ipv4
rule flush                               yes    yes    no     no     yes    ipv4
policy get                               yes    yes    yes    yes    yes    yes
policy show                              yes    yes    no     no     yes    yes
policy add                               yes    yes    no     no     yes    ipv4
policy replace                           yes    yes    no     no     yes    ipv4
policy del                               yes    yes    no     no     yes    ipv4
policy flush                             yes    yes    no     no     yes    ipv4
transaction: begin                       yes    yes    no     no     yes    ipv4
transaction: commit                      yes    yes    no     no     yes    ipv4
transaction: abort                       yes    yes    no     no     yes    yes
-b, apply                                yes    yes    no     no     yes    ipv4
save, diff                               yes    yes    no     no     yes    yes
map                                      yes    yes    yes    yes    yes    yes
stats                                    yes    yes    yes    yes    yes    yes
check                                    yes    yes    yes    yes    yes    yes
monitor                                  yes    yes    no     no     yes    yes
monitor, all namespaces: root's          yes    no     no     no     no     no
-n NETNS: root's                         yes    no     no     no     no     no
=======================================  =====  =====  =====  =====  =====  =====
"""
ACTORS = TABLE.splitlines()[1].split()[1:]
# The kernel sees no difference, and processes are expensive in a guest
NEVER_TYPE = "admin", "child", "own"

COMMANDS = {name: number for number, name in enumerate(
	"""RULE_GET RULE_NEW RULE_REPLACE RULE_DEL RULE_FLUSH MAP_GET STATS_GET POLICY_GET POLICY_NEW
	POLICY_REPLACE POLICY_DEL POLICY_FLUSH TXN_BEGIN TXN_COMMIT TXN_ABORT""".split(), 1)}
IPV4_SIDE = "changing a pmt device takes CAP_NET_ADMIN in the namespace of its IPv4 side too"
NOBODY = 65534
CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN = 8, 47, 2, 12
NETLINK_LISTEN_ALL_NSID = 8
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_NEWNSID = 16, 17, 18, 88
IFLA_NET_NS_PID, IFLA_NET_NS_FD, IFLA_LINK_NETNSID, IFLA_TARGET_NETNSID = 19, 28, 37, 46
L_LOCAL, L_TTL, L_DRAIN = 2, 3, 13
OTHER_ID = 7		# what OTHER is called in the other namespaces


def libcall(name, *args):
	if getattr(libc, name)(*args):
		raise OSError(ctypes.get_errno(), name)


def rule(number, subnet=0):
	return nest(A_RULE, attr(R_PROVIDER, addr6("2400:%x::" % number)), u8(R_PROVIDER_LEN, 32),
		    attr(R_SUBNET, struct.pack("=H", subnet)))


# ---- messages ------------------------------------------------------------------

def link_request(kind, flags, *attrs, index=0, data=(), up=None):
	state = struct.pack("=II", up or 0, up is not None)
	return kind, REQUEST | ACK | flags, struct.pack("=BxHi", 0, 0, index) + state + b"".join(attrs) + (
		nest(IFLA_LINKINFO, attr(INFO_KIND, b"pmt\0"), nest(INFO_DATA, *data)) if data else b"")


def name(text):
	return attr(IFLA_IFNAME, text.encode() + b"\0")


def local(last):
	return attr(L_LOCAL, bytes((192, 0, 2, last)))


def send_link(*args, **how):
	return Netlink(NETLINK_ROUTE).raw(*link_request(*args, **how))


def pmt0():
	return socket.if_nametoindex("pmt0")


def link_add(*attrs):
	return lambda here: send_link(RTM_NEWLINK, CREATE | EXCL, name("pmt8"), *(
		f(here) for f in attrs), data=[local(8)])


def link_set(*attrs, kind=RTM_NEWLINK, **how):
	return lambda here: send_link(kind, 0, *(f(here) for f in attrs), index=pmt0(), **how)


def ask(command, *attrs, flags=0, lent=False):
	"""A request about pmt0 of the generic netlink family. Lent: on a socket that root has opened, and
	has begun a transaction on"""
	def way(here):
		return (here.lent if lent else Pmt()).ask(
			COMMANDS[command], u32(A_IFINDEX, pmt0()), *attrs, flags=flags)
	way.command, way.lent = command, lent
	return way


def elsewhere(kind):
	"""The device of OTHER, by that namespace's number. The core refuses some of it with EACCES."""
	def way(_):
		code, *rest = send_link(kind, 0, u32(IFLA_TARGET_NETNSID, OTHER_ID), name("pmt5"))
		return (errno.EPERM if code == errno.EACCES else code, *rest)
	return way


def hear(how, device="pmt0"):
	"""Join the group. Whether events come is judged by whoever sends them."""
	def way(here):
		group, code = Pmt().group(), 0
		here.heard = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
		try:
			here.heard.bind((0, 1 << group - 1 if how == "bind" else 0))
			if how != "bind":
				here.heard.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
			if how == "all":
				here.heard.setsockopt(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
		except OSError as error:
			code = error.errno
		return code, "", []
	way.hears = device
	return way


def opened(here):
	here.heard = Pmt().sock
	return 0, "", []


def monitor(here):
	"""The tool, where it ends by itself because it is refused"""
	return here.typed("pmt monitor") if here.want != "yes" else (0, "", [])


# ---- the rows: are they to change something, and how is it done -------------------

READ, CHANGE = False, True


def root_ns(here):
	return u32(IFLA_NET_NS_FD, here.other)


def root_id(_):
	return u32(IFLA_TARGET_NETNSID, OTHER_ID)


def new_name(_):
	return name("pmt8")


WAYS = {
	"link show": (READ, lambda here: send_link(RTM_GETLINK, DUMP),
		      "pmt link show", "ip -d link show pmt0"),
	"link show, target-netnsid: root's": (READ, elsewhere(RTM_GETLINK)),
	"link add": (CHANGE, link_add(), "pmt link add pmt8 local 192.0.2.8",
		     "ip link add pmt8 type pmt local 192.0.2.8"),
	"link add, link-netnsid: root's": (
		CHANGE, link_add(lambda here: u32(IFLA_LINK_NETNSID, OTHER_ID)),
		"ip link add pmt8 link-netnsid %d type pmt local 192.0.2.8" % OTHER_ID),
	"link add, netns: root's": (CHANGE, link_add(root_ns), link_add(root_id),
				    "ip link add pmt8 netns {OTHER} type pmt local 192.0.2.8"),
	"link set, options": (
		CHANGE, link_set(data=[u8(L_TTL, 9)]), "pmt link set pmt0 ttl 9", "pmt link set pmt0 drain on",
		"ip link set pmt0 type pmt ttl 9", ("pmt apply -", "link set dev pmt0 ttl 9\n")),
	"link set, mtu, up": (CHANGE, link_set(lambda here: u32(IFLA_MTU, 1400)), link_set(up=1),
			      "pmt link set pmt0 mtu 1400", "pmt link set pmt0 up", "ip link set pmt0 up"),
	"link set, name": (CHANGE, link_set(new_name), "ip link set pmt0 name pmt8"),
	"link set, netns: root's": (CHANGE, link_set(root_ns, new_name), link_set(root_id, new_name),
				    "ip link set pmt0 netns {OTHER} name pmt8"),
	"link set, netns: the user namespace's": (
		CHANGE, link_set(lambda here: u32(IFLA_NET_NS_FD, here.own2)),
		link_set(lambda here: u32(IFLA_NET_NS_PID, here.holder)), "ip link set pmt0 netns {OWN2}"),
	"link del": (CHANGE, link_set(kind=RTM_DELLINK), "pmt link del pmt0", "ip link del pmt0"),
	"link del, target-netnsid: root's": (CHANGE, elsewhere(RTM_DELLINK)),
	"rule show": (READ, ask("RULE_GET", flags=DUMP), "pmt rule show"),
	"rule add": (CHANGE, ask("RULE_NEW", rule(3, 3)), "pmt rule add dev pmt0 provider 2400:3::/32 subnet 3"),
	"rule replace": (CHANGE, ask("RULE_REPLACE", rule(1, 3)),
			 "pmt rule replace dev pmt0 provider 2400:1::/32 subnet 3"),
	"rule del": (CHANGE, ask("RULE_DEL", rule(1)), "pmt rule del dev pmt0 provider 2400:1::/32"),
	"rule flush": (CHANGE, ask("RULE_FLUSH"), "pmt rule flush dev pmt0"),
	"policy get": (READ, ask("POLICY_GET", attr(A_ADDRESS4, bytes((8, 1, 2, 3)))),
		       "pmt policy get 8.1.2.3 dev pmt0"),
	"policy show": (READ, ask("POLICY_GET", flags=DUMP), "pmt policy show dev pmt0"),
	"policy add": (CHANGE, ask("POLICY_NEW", entry("9.0.0.0", 8, 3)), "pmt policy add dev pmt0 9.0.0.0/8 drop"),
	"policy replace": (CHANGE, ask("POLICY_REPLACE", entry("8.0.0.0", 8, 4)), "pmt policy replace dev pmt0 8.0.0.0/8 pass"),
	"policy del": (CHANGE, ask("POLICY_DEL", entry("8.0.0.0", 8, 3)), "pmt policy del dev pmt0 8.0.0.0/8"),
	"policy flush": (CHANGE, ask("POLICY_FLUSH"), "pmt policy flush dev pmt0"),
	"transaction: begin": (READ, ask("TXN_BEGIN")),
	"transaction: commit": (CHANGE, ask("TXN_COMMIT", lent=True)),
	"transaction: abort": (READ, ask("TXN_ABORT", lent=True)),
	"-b, apply": (CHANGE, ("pmt -b -", "rule add dev pmt0 provider 2400:3::/32 subnet 3\n"
			       "policy add dev pmt0 9.0.0.0/8 drop\n"),
		      ("pmt apply -", "rule add dev pmt0 provider 2400:3::/32\n")),
	"save, diff": (READ, "pmt save", ("pmt diff -", "rule add dev pmt0 provider 2400:3::/32\n")),
	"map": (READ, ask("MAP_GET", attr(A_ADDRESS4, bytes((11, 1, 2, 3)))),
		ask("MAP_GET", attr(A_ADDRESS6, addr6("2400:1:b01:203::1"))), "pmt map 11.1.2.3 dev pmt0"),
	"stats": (READ, ask("STATS_GET", flags=DUMP), "pmt stats", "pmt -s rule show"),
	"check": (READ, "pmt check"),
	"monitor": (READ, hear("join"), hear("bind"), monitor),
	"monitor, all namespaces: root's": (READ, hear("all", "pmt5")),
	"-n NETNS: root's": (READ, "pmt -n {OTHER} link show"),
	# no row: what lent() needs
	"open": (READ, opened),
}


class Here:
	"""Who tries a way, after become(), and what the ways may want to know"""

	def __init__(self, actor, netns, user, other, own2, holder):
		self.actor, self.netns, self.user = actor, netns, user
		self.other, self.own2, self.holder = other, own2, holder
		self.lent, self.heard, self.want = None, None, None

	def become(self):
		libcall("setns", self.netns, CLONE_NEWNET)
		if self.actor == "root":
			return
		os.setgroups([])
		if self.actor == "admin":
			libcall("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
		ids = NOBODY
		if self.actor not in ("admin", "user"):
			libcall("setns", self.user, CLONE_NEWUSER)
			ids = 0
		os.setresgid(ids, ids, ids)
		os.setresuid(ids, ids, ids)
		if self.actor == "admin":
			bit = 1 << CAP_NET_ADMIN
			libcall("capset", struct.pack("=Ii", 0x20080522, 0), struct.pack("=6I", bit, bit, bit, 0, 0, 0))
			# so that the commands have it too
			libcall("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0)

	def typed(self, command, text=None):
		# a monitor that is not refused would not end
		done = subprocess.run(command.format(**os.environ).split(), input=text, text=True, timeout=60,
				      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		said = done.stdout.strip()
		if done.returncode in (0, 3):	# the answer of check and diff is no
			return 0, "", []
		if IPV4_SIDE in said:
			return errno.EPERM, IPV4_SIDE, []
		return errno.EPERM if "Operation not permitted" in said else said, "", []

	def tried(self, way):
		"""yes, no, ipv4, or what went wrong"""
		if callable(way):
			code, text, _ = way(self)
		else:
			code, text, _ = self.typed(*((way,) if isinstance(way, str) else way))
		if not code:
			return "yes"
		if code != errno.EPERM:
			return "%s %s" % (errno.errorcode.get(code, code), text)
		return "ipv4" if text == IPV4_SIDE else "no"

	def serve(self, sock):
		"""Try what `sock` asks for, and answer. A socket may come with the question and the answer."""
		while True:
			question, fds, _, _ = socket.recv_fds(sock, 1 << 16, 1)
			if not question:
				return
			row, numbers, self.want = json.loads(question)
			if fds:
				self.lent = Pmt()
				self.lent.sock = socket.socket(fileno=fds[0])
			try:
				answer = [self.tried(WAYS[row][n]) for n in numbers]
			except Exception as error:
				answer = [repr(error)]
			socket.send_fds(sock, [json.dumps(answer).encode()],
					[self.heard.fileno()] if self.heard else [])
			self.lent = self.heard = None


class Cases(Tap):
	def __init__(self):
		self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
		self.relay, self.other = (os.open("/run/netns/" + os.environ[ns], os.O_RDONLY)
					  for ns in ("RELAY", "OTHER"))
		self.actors, self.dev, self.start = {}, {}, None
		self.hold_namespaces()
		self.nets = self.relay, self.other, self.own, self.own2
		self.route, self.pmt = {}, {}
		for net in self.nets:
			self.route[net], self.pmt[net] = self.within(net, lambda: (Netlink(NETLINK_ROUTE), Pmt()))
			if net != self.other:
				self.link(net, RTM_NEWNSID, raw=bytes(4) + u32(1, OTHER_ID) + u32(3, self.other))

	def within(self, net, function, *args):
		libcall("setns", net, CLONE_NEWNET)
		try:
			return function(*args)
		finally:
			libcall("setns", self.home, CLONE_NEWNET)

	def hold_namespaces(self):
		"""A user namespace, whose root is nobody outside, with two network namespaces, own and own2. A
		process in own2 lives as long as we do."""
		self.keep, its = socket.socketpair()
		self.holder = os.fork()
		if not self.holder:
			self.keep.close()
			for kind in CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNET:
				libcall("unshare", kind)
				its.send(b"x")
				its.recv(1)
			os._exit(0)
		its.close()

		def ready(what):
			if not self.keep.recv(1):
				raise OSError("no namespaces")
			return os.open("/proc/%d/ns/%s" % (self.holder, what), os.O_RDONLY)

		self.user = ready("user")
		for ids in "uid_map", "gid_map":
			with open("/proc/%d/%s" % (self.holder, ids), "w") as file:
				file.write("0 %d 1" % NOBODY)
		self.keep.send(b"x")
		self.own = ready("net")
		self.keep.send(b"x")
		self.own2 = ready("net")
		subprocess.run(["ip", "netns", "attach", os.environ["OWN2"], str(self.holder)], check=True)

	# ---- root's hand

	@staticmethod
	def must(answer):
		if answer[0]:
			raise RuntimeError("setting up: %s %s" % answer[:2])

	def link(self, net, kind, *attrs, flags=0, raw=None, **how):
		request = link_request(kind, flags, *attrs, **how)
		self.must(self.route[net].raw(*(request if raw is None else (kind, REQUEST | ACK, raw))))

	def ask(self, net, command, *attrs):
		self.must(self.pmt[net].ask(COMMANDS[command], *attrs))

	def index(self, net, device):
		return self.within(net, socket.if_nametoindex, device)

	def make(self, net, device, last):
		self.link(net, RTM_NEWLINK, name(device), flags=CREATE | EXCL, data=[local(last)])

	def fill(self, net, device):
		"""What is set, rules and policy as they are before every cell"""
		dev = u32(A_IFINDEX, self.index(net, device))
		self.link(net, RTM_NEWLINK, name(device), u32(IFLA_MTU, 1280), up=0,
			  data=[u8(L_TTL, 64), u8(L_DRAIN, 0)])
		self.ask(net, "RULE_FLUSH", dev)
		self.ask(net, "RULE_NEW", dev, rule(1), rule(2, 2))
		self.ask(net, "POLICY_FLUSH", dev)
		self.ask(net, "POLICY_NEW", dev, entry("8.0.0.0", 8, 3))
		self.dev[device] = net, dev

	def lay_out(self, actor):
		"""pmt0 where the actor is, pmt5 in OTHER; what is right may stay"""
		self.actor = actor
		self.net = self.own if actor in ("own", "split") else self.relay
		wanted = {self.net: b"pmt0\0", self.other: b"pmt5\0"}
		for net in self.nets:
			for device in self.route[net].links():
				if device != wanted.get(net):
					self.link(net, RTM_DELLINK, attr(IFLA_IFNAME, device))
		if not self.route[self.net].links():
			if actor == "split":	# made at its IPv4 side, and moved
				self.make(self.relay, "pmt7", 7)
				self.link(self.relay, RTM_NEWLINK, name("pmt7"), u32(IFLA_NET_NS_FD, self.own))
				self.link(self.own, RTM_NEWLINK, name("pmt0"), index=self.index(self.own, "pmt7"))
			else:
				self.make(self.net, "pmt0", 1)
		if not self.route[self.other].links():
			self.make(self.other, "pmt5", 5)
		self.fill(self.net, "pmt0")
		if self.start and self.state()[1] != self.start[1] or "pmt5" not in self.dev:
			self.fill(self.other, "pmt5")
		self.start = self.state()

	def begin(self, actor):
		"""A column: all anew, and somebody to act"""
		for net in self.nets:
			for device in self.route[net].links():
				self.link(net, RTM_DELLINK, attr(IFLA_IFNAME, device))
		self.lay_out(actor)
		if actor in self.actors:
			return
		ours, its = socket.socketpair()
		if not os.fork():
			for sock in ours, *self.actors.values():
				sock.close()
			here = Here(actor, self.net, self.user, self.other, self.own2, self.holder)
			try:
				here.become()
				here.serve(its)
			finally:
				os._exit(0)
		its.close()
		self.actors[actor] = ours

	def state(self):
		"""Options, and by their hash rules and policy; the generation comes with the rules"""
		return [(self.route[net].links(), self.pmt[net].rules()) for net in self.nets]

	def lend(self):
		"""A socket of root's with a transaction that would change something"""
		pmt, (_, dev) = self.within(self.net, Pmt), self.dev["pmt0"]
		self.must(pmt.ask(COMMANDS["TXN_BEGIN"], dev))
		self.must(pmt.ask(COMMANDS["RULE_NEW"], dev, rule(3, 3)))
		return pmt.sock

	def act(self, row, numbers, want, lent=()):
		"""What the actor got of it, and the socket that came back"""
		sock = self.actors[self.actor]
		socket.send_fds(sock, [json.dumps([row, numbers, want]).encode()], [s.fileno() for s in lent])
		answer, fds, _, _ = socket.recv_fds(sock, 1 << 16, 1)
		return json.loads(answer or '["died"]'), socket.socket(fileno=fds[0]) if fds else None

	def is_heard(self, sock, device):
		"""An event of `device`: does it come? It is there when the change is done."""
		net, dev = self.dev[device]
		for command in "RULE_NEW", "RULE_DEL":
			self.ask(net, command, dev, rule(4, 4))
		self.start = self.state()
		sock.setblocking(False)
		try:
			return len(sock.recv(1 << 16)) > 16
		except BlockingIOError:
			return False
		finally:
			sock.close()

	# ---- the cells

	def attempt(self, row, numbers, want):
		"""Try these ways of a row; what was wrong"""
		changes, way = WAYS[row][0], WAYS[row][numbers[0]]
		lent = [self.lend()] if getattr(way, "lent", False) else []
		got, heard = self.act(row, numbers, want, lent)
		notes = []
		for sock in lent:
			sock.close()
		if heard:
			# the right may be missing only when it comes to events of another namespace
			if self.is_heard(heard, way.hears) != (want == "yes"):
				notes.append("way %d: events are %sheard" % (numbers[0], "not " if want == "yes" else ""))
			if way.hears != "pmt0":
				got = [want]
		notes += ["way %d: %s" % (n, result) for n, result in zip(numbers, got) if result != want]
		if len(got) != len(numbers):
			notes.append("got: %s" % got)
		changed = self.state() != self.start
		if changed != (changes and want == "yes"):
			notes.append("ways %s: %s" % (numbers, "changed something" if changed else "changed nothing"))
		if changed:
			self.lay_out(self.actor)
		return notes

	def cell(self, row, want):
		changes, *ways = WAYS[row]
		numbers = [n for n, way in enumerate(ways, 1) if callable(way) or self.actor not in NEVER_TYPE] or [1]
		# what changes nothing need not be looked at one by one
		alone = changes and want == "yes" or hasattr(ways[0], "hears")
		parts = [[n] for n in numbers] if alone else [numbers]
		notes = [note for part in parts for note in self.attempt(row, part, want)]
		self.result(not notes, "%s: %s: %s" % (row, self.actor, want), *notes)


def cells(t):
	rows = [(line[:39].rstrip(), line[39:].split()) for line in TABLE.splitlines()[3:-1]]
	t.equal("each row is tried", [row for row, _ in rows], [row for row in WAYS if row != "open"])
	for column, actor in enumerate(ACTORS):
		t.begin(actor)
		for row, wants in rows:
			t.cell(row, wants[column])


def lent(t):
	"""Whoever can bring a privileged program to write to a socket of his own gains nothing: the right of
	who opened it counts as well."""
	for actor, change, dump in ("user", "no", "no"), ("split", "ipv4", "yes"):
		t.begin(actor)
		pmt = Pmt()
		_, pmt.sock = t.act("open", [1], "yes")
		for command, want, flags, *more in (("RULE_NEW", change, 0, rule(3, 3)), ("POLICY_FLUSH", change, 0),
						    ("TXN_BEGIN", change, 0), ("POLICY_GET", dump, DUMP)):
			code, text, _ = pmt.ask(COMMANDS[command], t.dev["pmt0"][1], *more, flags=flags)
			right = (code, text) == {"yes": (0, ""), "ipv4": (errno.EPERM, IPV4_SIDE),
						 "no": (errno.EPERM, "")}[want]
			t.result(right and t.state() == t.start,
				 "root writes to a socket that %s opened: %s: %s" % (actor, command, want), code, text)


if __name__ == "__main__":
	Cases().parts(cells, lent)
