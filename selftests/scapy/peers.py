#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""peers.py HOST SERV SERVER SIZE: what real peers ask each other.

One process for all questions of a script, since to start one costs more than
what it does: reads a question a line, answers each with a line, "0 TEXT" for
yes and "1 TEXT" for no. The questions are the methods of Peers. A server in
namespace SERV has SIZE bytes of data, a client in HOST fetches or stores them.

The hops are traceroute's and tracepath's work with UDP. An answer counts if the
kernel finds our socket by what it quotes, and if the quoted destination and data
are those that were sent. It is shown as ADDRESS for Time Exceeded, ADDRESS:MTU,
ADDRESS:unreachable for the port's end.
"""
import hashlib
import ipaddress
import os
import select
import socket
import struct
import sys
import threading
import time

from netlink import ACK, DUMP, REQUEST, Netlink
from relay import inside

IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_PMTUDISC_PROBE = 23, 24, 25, 3
PORT, GETROUTE, DELROUTE, CLONED = 33434, 26, 25, 0x200


def probe(dst, number, size=48, hops=64):
	sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
	sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
	sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
	sock.connect((dst, PORT + number))
	sock.send(bytes([number]) * (size - 48))
	return sock


def answer(sock, number, size=48, seconds=3):
	"""Who says what about the packet; None if nobody does"""
	poll = select.poll()
	poll.register(sock, 0)
	if not poll.poll(seconds * 1000):
		return None
	data, ancillary, _, name = sock.recvmsg(2000, 1000, socket.MSG_ERRQUEUE)
	if (name[0], name[1]) != (sock.getpeername()[0], PORT + number):
		return "quotes:%s:%d" % name[:2]
	if data != (bytes([number]) * (size - 48))[:len(data)] or size > 48 and not data:
		return "quotes:other-data"
	for level, kind, value in ancillary:
		if (level, kind) == (socket.IPPROTO_IPV6, IPV6_RECVERR):
			_, origin, what, code, _, info, _ = struct.unpack_from("=IBBBBII", value)
			who = socket.inet_ntop(socket.AF_INET6, value[24:40])
			if origin != 3:
				return "local:%d" % info
			return {(3, 0): who, (2, 0): "%s:%d" % (who, info),
				(1, 4): who + ":unreachable"}.get(
					(what, code), "%s:%d/%d" % (who, what, code))
	return "?"


def receive(sock, until, got):
	"""All that comes, into got, to the end of the stream or of time"""
	while True:
		sock.settimeout(max(0.01, until - time.monotonic()))
		part = sock.recv(1 << 16)
		if not part:
			return
		got += part


class Server(threading.Thread):
	"""Sends the data, or one half before and one after the gate opens; or takes
	data and says their digest"""

	def __init__(self, ns, data):
		super().__init__(daemon=True)
		self.data, self.gate = data, threading.Event()
		with inside(ns):
			self.listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
		self.listener.bind(("::", 80))
		self.listener.listen()

	def run(self):
		while True:
			conn, _ = self.listener.accept()
			threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

	def serve(self, conn):
		try:
			conn.settimeout(60)
			what, half = conn.recv(3), len(self.data) // 2
			if what == b"put":
				got = bytearray()
				receive(conn, time.monotonic() + 60, got)
				conn.sendall(hashlib.sha256(got).digest())
			else:
				conn.sendall(self.data[:half])
				if what == b"two":
					self.gate.wait(60)
					conn.settimeout(60)
				conn.sendall(self.data[half:])
		except OSError:
			pass		# clients that give up are part of the tests
		conn.close()


class Peers:
	def __init__(self, host, serv, address, size):
		self.host, self.address = host, address
		self.data = os.urandom(int(size))
		self.server = Server(serv, self.data)
		self.server.start()
		self.got, self.thread, self.good, self.before = bytearray(), None, False, {}

	def transfer(self, what, want, seconds):
		until = time.monotonic() + seconds
		with inside(self.host):
			sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
		# who gives up leaves nobody behind who tries again
		sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self.got = got = bytearray()
		try:
			sock.settimeout(seconds)
			sock.connect((self.address, 80))
			sock.sendall(what)
			if what[:3] == b"put":
				sock.shutdown(socket.SHUT_WR)
			receive(sock, until, got)
		finally:
			sock.close()
		return bytes(got) == want

	def fetch(self, seconds="20"):
		return self.transfer(b"get", self.data, int(seconds))

	def store(self, seconds="20"):
		return self.transfer(b"put" + self.data, hashlib.sha256(self.data).digest(),
				     int(seconds))

	# a fetch with a pause in the middle
	def begin(self):
		def run():
			self.good = self.transfer(b"two", self.data, 30)

		self.thread = threading.Thread(target=run, daemon=True)
		self.thread.start()
		return True

	def part(self):
		return len(self.got) >= len(self.data) // 4

	def go_on(self):
		self.server.gate.set()
		self.thread.join()
		return self.good

	# packets out and in through each relay's pmt0
	def remember(self, *relays):
		self.before = {ns: self.moved(ns) for ns in relays}
		return True

	def delta(self):
		words = []
		now = [(self.moved(ns), old) for ns, old in self.before.items()]
		for i, way in (0, "out"), (1, "in"):
			words += ["%s by %d" % (way, n) for n, (new, old) in enumerate(now, 1)
				  if new[i] != old[i]]
		return " ".join(words)

	@staticmethod
	def moved(ns):
		with inside(ns), open("/proc/thread-self/net/dev", encoding="ascii") as file:
			for line in file:
				name, _, numbers = line.partition(":")
				if name.strip() == "pmt0":
					return int(numbers.split()[1]), int(numbers.split()[9])
		raise LookupError("no pmt0")

	def reassembled(self, ns):
		with inside(ns), open("/proc/thread-self/net/snmp", encoding="ascii") as file:
			names, numbers = [x.split() for x in file if x.startswith("Ip:")]
		return numbers[names.index("ReasmOKs")]

	# routers and routes
	def set(self, ns, *settings):
		with inside(ns):
			for setting in settings:
				name, _, value = setting.partition("=")
				with open("/proc/sys/" + name.replace(".", "/"), "w",
					  encoding="ascii") as file:
					file.write(value)
		return True

	def forget(self, *names):
		"""What path MTU discovery has learnt; as `ip route flush cache` does it"""
		for ns in names:
			with inside(ns):
				netlink = Netlink(0)
				with open("/proc/sys/net/ipv4/route/flush", "w",
					  encoding="ascii") as file:
					file.write("-1")
			_, _, routes = netlink.raw(GETROUTE, REQUEST | ACK | DUMP, struct.pack(
				"=8BI", socket.AF_INET6, 0, 0, 0, 0, 0, 0, 0, CLONED))
			for route in routes:
				if struct.unpack_from("=I", route, 8)[0] & CLONED:
					netlink.raw(DELROUTE, REQUEST | ACK, route)
			netlink.sock.close()
		return True

	def learnt(self, ns, dst):
		with inside(ns), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
			sock.connect((dst, 9))
			return "mtu %d" % sock.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)

	# probes
	def reaches(self, ns, dst, seconds="5"):
		with inside(ns):
			return answer(probe(dst, 0), 0, seconds=int(seconds)) == dst + ":unreachable"

	def hops(self, ns, dst, *sizes):
		"""Hop by hop; or with packets of these sizes that nobody may fragment"""
		with inside(ns):
			if sizes:
				return " ".join(str(answer(probe(dst, i, int(size)), i, int(size)))
						for i, size in enumerate(sizes))
			said = []
			while len(said) < 8 and not (said and said[-1].endswith("unreachable")):
				i = len(said) + 1
				said.append(str(answer(probe(dst, i, hops=i), i)))
				if said[-1] == "None":
					break
			return " ".join(said)

	def count(self, ns, dst, hops, n):
		"""How many of n packets of that hop limit are answered"""
		with inside(ns):
			sent = [probe(dst, i, hops=int(hops)) for i in range(int(n))]
		until = time.monotonic() + 2
		return str(sum(answer(sock, i, seconds=max(0, until - time.monotonic())) is not None
			       for i, sock in enumerate(sent)))

	def many(self, ns, prefix, n):
		"""A packet to each of n addresses of /64s"""
		base = int(ipaddress.ip_address(prefix)) + 1
		with inside(ns), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
			for i in range(int(n)):
				sock.sendto(b"x", (str(ipaddress.ip_address(base + (i + 256 << 64))), 9))
		return True


def main():
	peers = Peers(*sys.argv[1:])
	for line in sys.stdin:
		question, *words = line.split()
		try:
			said = getattr(peers, question)(*words)
		except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
			said, text = False, repr(error)
		else:
			text = said if isinstance(said, str) else ""
		print(1 if said is False else 0, text, flush=True)


if __name__ == "__main__":
	main()
