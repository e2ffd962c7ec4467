#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fail the first allocation, then the second, until one more than there are.

/proc/thread-self/fail-nth makes the n-th allocation of this task fail, that of a
slab or of pages. After each failure a request has been carried out whole or not at
all, and a packet has come out right or not at all. Run by faults.sh inside the
relay's namespace, as whose two ends tun devices are there: what is written to them
goes through the stack within the write.
"""
import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

from cases import canonical
from model import ICMPV6, TCP, UDP, Relay, Rule
from netlink import (A_ADDRESS4, A_GENERATION, A_IFINDEX, ACK, CREATE, DONE, DUMP, ERROR, EXCL,
		     IFLA_IFNAME, IFLA_LINKINFO, INFO_DATA, INFO_KIND, MAP_GET, POLICY_DEL,
		     POLICY_FLUSH, POLICY_GET, POLICY_NEW, POLICY_REPLACE, REQUEST, RULE_DEL,
		     RULE_FLUSH, RULE_GET, RULE_NEW, RULE_REPLACE, STATS_GET, TXN_BEGIN, TXN_COMMIT,
		     Netlink, Pmt, attr, attrs_of, entry, nest, u8, u32)
from netlink_cases import rule
from packet import (A, C, C6, CP, P, echo, error4, error6, make, tcp, tunnelled, udp)
from relay import Tap, run

LOCAL, TTL, DF, RULE = 2, 3, 6, 14	# IFLA_PMT_...
NEWLINK, DELLINK = 16, 17
STRIDE = int(os.environ.get("STRIDE", 7))
IFINDEX = 4711		# a device made anew has the number that it had
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
# What a lack of memory may be called, the last by sockets whose answer got lost
LACKS = {errno.ENOMEM, errno.ENOBUFS}
libc = ctypes.CDLL(None, use_errno=True)


class Faults:
	"""with faults(n): the n-th allocation from here on fails"""

	def __init__(self):
		self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
		self.injected = False
		self.total = 0

	def __call__(self, n):
		self.n = b"%d" % n
		return self

	def __enter__(self):
		os.pwrite(self.file, self.n, 0)

	def __exit__(self, *_):
		self.injected = int(os.pread(self.file, 16, 0)) == 0
		os.pwrite(self.file, b"0", 0)
		self.total += self.injected


def link(kind, flags, name, *data):
	return kind, flags, struct.pack("=BxHiII", 0, 0, IFINDEX, 0, 0) \
		+ attr(IFLA_IFNAME, name.encode() + b"\0") \
		+ nest(IFLA_LINKINFO, attr(INFO_KIND, b"pmt\0"), nest(INFO_DATA, *data))


class Cases(Tap):
	def __init__(self):
		self.faults = Faults()
		self.route = Netlink(0)
		self.pmt = Pmt()
		# where answers go: no page of it is to be had first
		self.room = bytearray(b"\1" * (1 << 17))

	def state(self):
		"""All that is configured, but for the count of changes"""
		code, _, replies = self.pmt.ask(POLICY_GET, flags=DUMP)
		assert code == 0
		policy = [[a for a in attrs_of(reply[4:]) if a[0] != A_GENERATION] for reply in replies]
		return self.route.links(), self.pmt.rules((A_GENERATION,)), policy

	def once(self, sock, message):
		"""Send a message and read what comes, with the n-th allocation failing. An errno,
		0, or None when the answer was lost."""
		kind, flags, body = message
		sock.seq += 1
		data = struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACK | flags,
				   sock.seq, 0) + body
		answer = None
		sock.sock.settimeout(0)
		with self.faults(self.n):
			try:
				sock.sock.send(data)
				while answer is None:
					reply = bytes(self.room[:sock.sock.recv_into(self.room)])
					while len(reply) >= 16:
						size, what = struct.unpack_from("=IH", reply)
						if what in (ERROR, DONE):
							answer = -struct.unpack_from("=i", reply, 16)[0]
						reply = reply[size + 3 & ~3:]
			except BlockingIOError:
				pass
			except OSError as error:
				answer = error.errno
		# an answer that was lost leaves an error behind
		for _ in range(3):
			try:
				while sock.sock.recv(1 << 16):
					pass
			except OSError:
				pass
		return answer

	def until(self, most):
		"""Count up, until three times nothing was left to fail: how many there are
		varies a little. Of very many only each STRIDE-th."""
		quiet, self.n = 0, 0
		while quiet < 3:
			self.n += 1 if self.n < 64 else STRIDE
			if self.n > most:
				raise RuntimeError("more than %d allocations" % most)
			yield self.n
			quiet = 0 if self.faults.injected else quiet + 1

	def request(self, name, sock, message, undo=(), changes=True, also=()):
		"""One request with each of its allocations failing in turn. `undo` are
		messages that bring back what was, `also` errnos besides a lack of memory."""
		before, after, notes = self.state(), None, []
		done = lost = 0
		for _ in self.until(3000):
			code = self.once(sock, message)
			injected = self.faults.injected
			now = self.state()
			if not injected and code != 0:
				notes.append("without a failure: %s" % code)
			if code and code not in LACKS and code not in also:
				notes.append("allocation %d: %s" % (self.n, errno.errorcode.get(code, code)))
			if now != before:
				if after is None:
					after = now
				if now != after:
					notes.append("allocation %d: left half done" % self.n)
				done += 1
			elif not code and code is not None and changes:
				notes.append("allocation %d: said to be done, and was not" % self.n)
			if code is None:
				lost += 1
			if changes and now != before:
				for what in undo:
					error, text, _ = (self.pmt if what[0] == self.pmt.family
							  else self.route).raw(what[0], REQUEST | ACK | what[1], what[2])
					if error:
						notes.append("undoing: %d %s" % (error, text))
				if self.state() != before:
					notes.append("allocation %d: can't be undone" % self.n)
					break
			if len(notes) > 9:
				break
		self.result(not notes and self.n > 3 and bool(done) == changes, name, *notes)
		print("# %s: %d allocations failed, done %d times, answer lost %d times" % (
			name, self.n, done, lost))

	def genl(self, command, *attrs, flags=0):
		return self.pmt.family, flags, struct.pack("=BBH", command, 1, 0) + b"".join(attrs)


def devices(t):
	create = link(NEWLINK, CREATE | EXCL, "f0", attr(LOCAL, bytes((192, 88, 99, 2, 192, 88, 99, 3))),
		      nest(RULE, rule("2001:db8::", 32)[4:]))
	delete = link(DELLINK, 0, "f0")
	# device_add() says EINVAL when dev_set_name() before it, unasked, got no memory
	t.request("a device is made", t.route, create, [delete], also=(errno.EINVAL,))
	t.route.raw(create[0], REQUEST | ACK | create[1], create[2])
	t.request("a device is changed", t.route, link(
		NEWLINK, 0, "f0", u8(TTL, 9), u8(DF, 2), attr(LOCAL, bytes((192, 88, 99, 4)))), [
		link(NEWLINK, 0, "f0", u8(TTL, 64), u8(DF, 0), attr(LOCAL, bytes((
			192, 88, 99, 2, 192, 88, 99, 3))))])
	t.request("a device is deleted", t.route, delete, [create])
	t.route.raw(delete[0], REQUEST | ACK, delete[2])


def configuration(t):
	run(["ip", "link", "add", "f0", "type", "pmt", "local", "192.88.99.2"])
	dev = u32(A_IFINDEX, socket.if_nametoindex("f0"))
	ask = t.genl
	three = [rule("2400:%d::" % i, 40, "12.%d.0.0" % i, 16) for i in range(1, 4)]
	keys = [rule("2400:%d::" % i, 40) for i in range(1, 4)]
	keyed = [("%d.%d.0.0" % (20 + i // 50, i), 16 + i % 3) for i in range(1, 200)] \
		+ [("12.0.%d.0" % i, 24) for i in range(1, 100)] + [("64.0.0.0", 4)]
	many = [entry(*key, i % 5) for i, key in enumerate(keyed)]
	t.request("rules are added", t.pmt, ask(RULE_NEW, dev, *three), [ask(RULE_DEL, dev, *keys)])
	t.pmt.ask(RULE_NEW, dev, *three)
	t.request("a rule is replaced", t.pmt, ask(RULE_REPLACE, dev, rule("2400:1::", 40, "13.1.0.0", 16)),
		  [ask(RULE_REPLACE, dev, three[0])])
	t.request("rules are deleted", t.pmt, ask(RULE_DEL, dev, keys[0], keys[2]),
		  [ask(RULE_NEW, dev, three[0], three[2])])
	t.request("rules are flushed", t.pmt, ask(RULE_FLUSH, dev), [ask(RULE_NEW, dev, *three)])
	t.request("policy is added", t.pmt, ask(POLICY_NEW, dev, *many), [ask(POLICY_FLUSH, dev)])
	t.pmt.ask(POLICY_NEW, dev, *many)
	t.request("policy is replaced", t.pmt, ask(
		POLICY_REPLACE, dev, entry("12.0.5.0", 24, (203 + 1) % 5), entry("99.0.0.0", 17, 1)), [ask(POLICY_REPLACE, dev, many[203]), ask(POLICY_DEL, dev, entry("99.0.0.0", 17))])
	t.request("policy is deleted", t.pmt, ask(POLICY_DEL, dev, *[entry(*key) for key in keyed]),
		  [ask(POLICY_NEW, dev, *many)])
	t.request("policy is flushed", t.pmt, ask(POLICY_FLUSH, dev), [ask(POLICY_NEW, dev, *many)])
	t.request("a customer is looked up", t.pmt, ask(MAP_GET, dev, attr(
		A_ADDRESS4, bytes((12, 1, 2, 3)))), changes=False)
	for name, command in ("rules", RULE_GET), ("policy", POLICY_GET), ("counters", STATS_GET):
		t.request("%s are dumped" % name, t.pmt, ask(command, dev, flags=DUMP), changes=False)


def send_all(t, steps, at, patient=False):
	"""A transaction of which step `at` is sent with allocations failing. Who is not
	patient gives up at the first error, or if there is no answer. (errno of each)"""
	sock, codes = Pmt(), []
	t.faults.injected = False
	for i, step in enumerate(steps):
		codes.append(t.once(sock, step) if i == at else
			     sock.raw(step[0], REQUEST | ACK, step[2])[0])
		if codes[-1] != 0 and not patient:
			break
	sock.sock.close()
	return codes


def transactions(t):
	"""Each step fails at each place; the configuration only changes with the last."""
	dev = u32(A_IFINDEX, socket.if_nametoindex("f0"))
	steps = [t.genl(TXN_BEGIN, dev), t.genl(RULE_FLUSH, dev),
		 t.genl(RULE_NEW, dev, *[rule("2401:%d::" % i, 40, "12.%d.0.0" % i, 16)
					 for i in range(1, 60)]),
		 t.genl(POLICY_NEW, dev, *[entry("12.200.%d.0" % i, 25, 3) for i in range(200)]),
		 t.genl(TXN_COMMIT, dev)]
	back = [t.genl(RULE_FLUSH, dev), t.genl(RULE_NEW, dev, *[
		rule("2400:%d::" % i, 40, "12.%d.0.0" % i, 16) for i in range(1, 4)]),
		t.genl(POLICY_DEL, dev, *[entry("12.200.%d.0" % i, 25) for i in range(200)])]
	before = t.state()

	def undo():
		for what in back:
			t.pmt.raw(what[0], REQUEST | ACK, what[2])
		return t.state() == before

	# what comes of all steps, and of all but one
	t.n = 0
	results = {}
	for without in None, 2, 3:
		codes = send_all(t, [step for i, step in enumerate(steps) if i != without], None)
		results[without] = t.state()
		t.result(not any(codes) and undo(), "a transaction%s" % (
			"" if without is None else " without step %d" % (without + 1)))
	for at in range(len(steps)):
		notes = []
		for _ in t.until(3000):
			codes = send_all(t, steps, at)
			code, now = codes[-1], t.state()
			if len(codes) != at + 1 and code != 0:
				notes.append("step %d: errno %s" % (len(codes), code))
			if code and code not in LACKS:
				notes.append("allocation %d: %s" % (t.n, errno.errorcode.get(code, code)))
			if not t.faults.injected and code != 0:
				notes.append("without a failure: %s" % code)
			if now != (results[None] if code == 0 else before) and \
					(at < len(steps) - 1 or now != results[None]):
				notes.append("allocation %d: errno %s, and half a transaction" % (t.n, code))
			if now != before and not undo():
				notes.append("can't be undone")
			if notes:
				break
		t.result(not notes and t.n > 3, "transaction, step %d" % (at + 1), *notes)
		print("# transaction, step %d: %d allocations" % (at + 1, t.n))
	# A change that failed for lack of memory breaks the draft, or was never begun. Only
	# one allocation of a change is such that it breaks it, and not each time of the same
	# number: so several rounds.
	for at in 2, 3:
		notes, broken = [], 0
		for _ in (n for _ in range(8) if not broken for n in t.until(3000)):
			codes = send_all(t, steps, at, patient=True)
			now = t.state()
			if codes[-1] == errno.ENOMEM and now == before:
				broken += 1
			elif codes[-1] != 0 or now not in (results[None], results[at]):
				notes.append("allocation %d: %s" % (t.n, codes))
			if now != before and not undo():
				notes.append("can't be undone")
			if notes:
				break
		t.result(not notes and broken, "transaction, on after step %d" % (at + 1), *notes)
		print("# transaction, on after step %d: broken %d times" % (at + 1, broken))
	run(["ip", "link", "del", "f0"])


def tun(name):
	fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
	fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
	return fd


def read_all(*fds):
	found = []
	for fd in fds:
		try:
			while True:
				found.append(os.read(fd, 70000))
		except BlockingIOError:
			pass
	# what the stack says by itself
	return [p for p in found if not (p[0] >> 4 == 6 and p[24] == 0xff)]



def packets(t):
	acc, inet = tun("acc"), tun("inet")
	run(["ip", "link", "add", "pmt0", "type", "pmt", "provider", "2001:db8::/32", "icmp-rate", "1000000",
	     "ptb-rate", "1000000", "errsrc", "3fff:0:1::1"])
	run(["pmt", "policy", "add", "dev", "pmt0", "12.200.0.0/16", "reject"])
	run(["ip", "link", "set", "pmt0", "up"])
	run(["ip", "-6", "route", "add", "2001:db8::/32", "dev", "pmt0"])
	relay = Relay([Rule("2001:db8::/32")], policy={"12.200.0.0/16": "reject"})
	# To another destination than the one before a packet goes on at once, to the same
	# by way of a queue, where nothing fails: it is not this task's
	between = {acc: tunnelled("12.9.9.9", A, make("2002:c09:909::1", "3fff:9::9", UDP, udp(9, 9))),
		   inet: make(P, "2001:db8:c09:909::1", UDP, udp(9, 9))}
	big = bytes(range(256)) * 4
	reject = "12.200.0.1", "2002:cc8:1::1"
	kinds = [
		("out: TCP", acc, tunnelled(C, A, make(C6, P, TCP, tcp(1, 2, big)))),
		("out: an error that quotes", acc, tunnelled(C, A, error6(
			C6, P, 1, 0, make(P, C6, UDP, udp(1, 2, big[:600]))))),
		("in: UDP", inet, make(P, CP, UDP, udp(3, 4, big))),
		("in: an error that quotes", inet, error6(P, CP, 3, 0, make(CP, P, TCP, tcp(
			1, 2, big[:500])))),
		("out: answered by a refusal", acc, tunnelled(reject[0], A, make(
			reject[1], P, ICMPV6, echo()))),
		("in: answered by a refusal", inet, make(P, "2001:db8:cc8:1::1", ICMPV6, echo())),
		("an ICMPv4 error about us", acc, error4("8.0.0.1", 3, 1, tunnelled(
			A, C, make(P, C6, TCP, tcp(1, 2, big[:100]))))),
	]
	for name, port, packet in kinds:
		verdict = relay.verdict(packet)
		want = verdict.packet or verdict.reply
		notes, right = [], 0
		for n in t.until(500):
			os.write(port, between[port])
			while select.select([acc, inet], [], [], 0.02)[0]:
				read_all(acc, inet)
			with t.faults(n):
				try:
					os.write(port, packet)
				except OSError as error:
					if error.errno not in LACKS:
						notes.append("allocation %d: %s" % (n, error))
			injected = t.faults.injected
			# what waits in a queue is not this task's: the last may be late
			select.select([acc, inet], [], [], 0.02 if injected else 2)
			got = read_all(acc, inet)
			right += len(got) == 1
			if len(got) > 1 or [p for p in got if canonical(p) != canonical(want)]:
				notes.append("allocation %d: %s" % (n, [p.hex() for p in got]))
			if not injected and len(got) != 1:
				notes.append("without a failure nothing came out")
			if notes:
				break
		t.result(not notes and n > 3 and bool(want), name, *notes, "want " + (want or b"").hex())
		print("# %s: %d allocations, came out %d times" % (name, n, right))
	run(["ip", "link", "del", "pmt0"])


def module(t):
	"""finit_module() with each of its allocations failing"""
	path = run(["modinfo", "-n", "pmt"]).strip()
	run(["rmmod", "pmt"])		# and none of those that it needs
	notes = []
	fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
	for n in t.until(5000):
		with t.faults(n):
			failed = libc.syscall(313, fd, b"", 0) and ctypes.get_errno()
		if failed and failed not in LACKS:
			notes.append("allocation %d: %s" % (n, errno.errorcode.get(failed, failed)))
		if failed and not t.faults.injected:
			notes.append("without a failure: %s" % errno.errorcode.get(failed, failed))
		if not failed:
			try:
				Pmt()
				run(["ip", "link", "add", "f1", "type", "pmt"])
				run(["rmmod", "pmt"])
			except RuntimeError as error:
				notes.append("allocation %d: loaded, but: %s" % (n, error))
		if len(notes) > 5:
			break
	os.close(fd)
	run(["modprobe", "pmt"])
	t.result(not notes and n > 10, "the module is loaded, or is not", *notes)
	print("# module: %d allocations" % n)


if __name__ == "__main__":
	cases = Cases()
	cases.parts(devices, configuration, transactions, packets, module)
