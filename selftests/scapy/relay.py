# SPDX-License-Identifier: GPL-2.0
"""The relay of lib.sh's topology, seen from both sides by raw sockets.

Packets go in and come out as the bytes behind the Ethernet header.
"""
import ctypes
import json
import os
import re
import select
import socket
import subprocess
import sys
import time

from netlink import Netlink, Pmt

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
ETH_IPV4, ETH_IPV6 = 0x0800, 0x86dd
N = bytes.fromhex("3fff0000000100000000000000000001")
libc = ctypes.CDLL(None, use_errno=True)


class inside:
	"""with inside(NAMESPACE): sockets and /proc/sys/net are that namespace's"""

	def __init__(self, ns):
		self.ns = ns

	def __enter__(self):
		self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
		fd = os.open("/run/netns/" + self.ns, os.O_RDONLY)
		self.enter(fd)

	def __exit__(self, *_):
		self.enter(self.home)

	@staticmethod
	def enter(fd):
		if libc.setns(fd, CLONE_NEWNET):
			raise OSError(ctypes.get_errno(), "setns")
		os.close(fd)


class Port:
	"""One end of a link: packets of one protocol in and out. `here` and
	`there` are the last bytes of its and the relay's hardware addresses."""

	def __init__(self, ns, dev, protocol, here, there):
		with inside(ns):
			self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
						  socket.htons(protocol))
		self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
		self.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 24)
		self.sock.bind((dev, protocol))
		self.sock.setblocking(False)
		self.head = bytes((2, 0, 0, 0, 0, there, 2, 0, 0, 0, 0, here)) \
			+ protocol.to_bytes(2, "big")

	def send(self, packet):
		while True:
			try:
				return self.sock.send(self.head + packet)
			except BlockingIOError:
				select.select([], [self.sock], [], 1)

	def receive(self):
		"""All packets that have come so far."""
		packets = []
		while True:
			try:
				packets.append(self.sock.recv(70000)[14:])
			except BlockingIOError:
				return packets


def noise(packet):
	"""What the relay's kernel says to its link by itself, as MLD"""
	return packet[0] >> 4 == 6 and packet[24] == 0xff \
		and packet[8:24] in (bytes(16), N)


class Surroundings:
	def __init__(self):
		self.ns = os.environ["RELAY"]
		self.cust = Port(os.environ["CUST"], "acc", ETH_IPV4, 2, 1)
		self.serv = Port(os.environ["SERV"], "inet", ETH_IPV6, 4, 3)
		self.ports = self.cust, self.serv
		with inside(self.ns):
			self.netlink = Pmt()
		# One processor: what is sent first is worked on first.
		os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

	def collect(self, enough, seconds=5):
		"""Packets of both sides, until enough(cust, serv) or time is up."""
		got = [], []
		until = time.monotonic() + seconds
		while True:
			for port, packets in zip(self.ports, got):
				packets += (p for p in port.receive() if not noise(p))
			if enough(*got) or time.monotonic() > until:
				return got
			select.select([p.sock for p in self.ports], [], [], 0.05)

	def ip(self, *lines, family="-4"):
		"""`ip -batch` in the relay's namespace."""
		run(["ip", "-n", self.ns, family, "-batch", "-"], "\n".join(lines) + "\n")

	def show(self, *words):
		"""What `ip` shows in the relay's namespace, as an object"""
		return json.loads(run(["ip", "-n", self.ns, "-j", *words]))[0]

	def pmt(self, *args, text=None):
		return run(["pmt", "-n", self.ns, *args], text)

	def stats(self, name="pmt0"):
		"""The counters of a device by name; none if there is no such device"""
		with inside(self.ns):
			try:
				ifindex = socket.if_nametoindex(name)
			except OSError:
				return {}
		return self.netlink.stats(ifindex)


def run(command, text=None):
	done = subprocess.run(command, input=text, text=True, capture_output=True)
	if done.returncode:
		raise RuntimeError("%s: exit status %d: %s%s" % (
			" ".join(command), done.returncode, done.stdout, done.stderr))
	return done.stdout


class Tap:
	"""Tests one after the other, told as TAP"""
	tests = failed = 0

	def result(self, good, name, *notes):
		self.tests += 1
		self.failed += not good
		print("%s %d - %s" % ("ok" if good else "not ok", self.tests, name))
		if not good:
			for note in notes:
				for line in str(note).split("\n"):
					print("#", line)
		sys.stdout.flush()

	def equal(self, name, got, want):
		self.result(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))

	def like(self, name, text, regex):
		self.result(re.search(regex, text, re.I), name, "got:  %s" % text,
			    "want: %s" % regex)

	def end(self):
		print("1..%d" % self.tests)
		sys.exit(1 if self.failed else 0)

	def parts(self, *parts, asked=()):
		"""Run the parts that the command line names, without one all but
		those that must be asked for."""
		wanted = sys.argv[1:] or [part.__name__ for part in parts]
		for part in (*parts, *asked):
			if part.__name__ in wanted:
				try:
					part(self)
				except (RuntimeError, ValueError, LookupError, TypeError,
					AttributeError) as error:
					self.result(False, part.__name__ + " ran to its end",
						    repr(error))
		self.end()


class Typed(Tap):
	"""What is typed: commands in one namespace, and what they change."""

	def __init__(self, ns):
		inside(ns).__enter__()
		self.route = Netlink(0)
		self.pmt = Pmt()
		self.status = None

	def run(self, command, text=None):
		"""Standard output and error together; self.status the exit status"""
		done = subprocess.run(command.split(), input=text, text=True,
				      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		self.status = done.returncode
		return done.stdout

	def json(self, command):
		return json.loads(run(command.split()))

	def json_any(self, command):
		"""Whatever the exit status"""
		return json.loads(subprocess.run(command.split(), text=True,
						 stdout=subprocess.PIPE).stdout)

	def does(self, command, text=None, name=None):
		output = self.run(command, text)
		self.result(self.status == 0, name or command, output)

	def state(self):
		"""All devices and rules, as the kernel shows them, but for counters"""
		return self.route.links(), self.pmt.rules()

	def refuses(self, words, command, text=None, name=None):
		"""It fails with a sentence like `words` and changes nothing."""
		before = self.state()
		output = self.run(command, text)
		notes = []
		if self.status == 0:
			notes.append("it succeeded")
		if not re.search(words, output, re.I):
			notes.append("said: %s" % output)
			notes.append("want: %s" % words)
		if self.state() != before:
			notes.append("it changed something")
		self.result(not notes, "refused: " + (name or command), *notes)
