#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Files and datagrams through the relay with the links' offloads set in turn.

What leaves the relay is captured with PACKET_VNET_HDR, which tells for each
packet whether its checksum is complete or still to be finished: a complete one
must be true, an unfinished one must be the sum of the pseudo-header of the
addresses that the packet has now. Run by offload.sh.
"""
import array
import errno
import fcntl
import hashlib
import json
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

from model import CSUM_AT, csum_add, fold, pseudo
from packet import TCP, make, tcp, tunnelled
from relay import ETH_IPV4, ETH_IPV6, SO_RCVBUFFORCE, Tap, inside
from traffic import until

CUST, RELAY, SERV, LAN = (os.environ[k] for k in ("CUST", "RELAY", "SERV", "LAN"))
CUSTOMER, TRANSLATED, SERVER = "2002:6440:2::1", "2001:db8:6440:2::1", "3fff:0:1::2"
BEHIND = "2002:6440:2::2", "2001:db8:6440:2::2"	# a host of the customer's
SIZE = int(os.environ.get("SIZE", 1 << 20))
UDP_SEGMENT, PACKET_VNET_HDR, SOL_PACKET = 103, 15, 263
ETHTOOL = {"tx": 0x16, "tso": 0x1e, "gso": 0x23, "gro": 0x2b}	# get; set is one more
SIOCETHTOOL = 0x8946
GRO_LIST = "rx-gro-list"
BIG_TCP, BIG = "BIG TCP", 120000	# bytes, more than an IP header can tell
LINKS = [(CUST, "acc"), (RELAY, "acc"), (RELAY, "inet"), (SERV, "inet")]
INNER, OUTER = LINKS[1:3], [LINKS[0], LINKS[3]]
# name, and what is switched from all that the links have: (ends, offload, on)
MODES = [
	("all offloads as they come", []),
	("no checksum offload anywhere", [(LINKS, "tx", 0)]),
	("no checksum offload at the relay", [(INNER, "tx", 0)]),
	("no checksum offload at the hosts", [(OUTER, "tx", 0)]),
	("no TSO at the relay", [(INNER, "tso", 0)]),
	("no GSO at the relay and its device", [(INNER + [(RELAY, "pmt0")], "tso", 0),
						 (INNER + [(RELAY, "pmt0")], "gso", 0)]),
	("no TSO, no GSO anywhere", [(LINKS, "tso", 0), (LINKS, "gso", 0)]),
	("GRO at the relay, packets from the wire", [
		(OUTER, "tso", 0), (OUTER, "gso", 0), (OUTER, "tx", 0), (INNER, "gro", 1)]),
	("GRO at the relay, no checksum offload behind it", [
		(OUTER, "tso", 0), (OUTER, "gso", 0), (LINKS, "tx", 0), (INNER, "gro", 1)]),
	# what GRO puts into a list keeps all its headers
	("GRO lists at the relay", [
		(OUTER, "tso", 0), (OUTER, "gso", 0), (OUTER, "tx", 0), (INNER, "gro", 1),
		(INNER, "tso", 0), (INNER, GRO_LIST, 1)]),
	(BIG_TCP, [(LINKS, "gso_max_size", BIG), (LINKS, "gro_max_size", BIG)]),
]


def setting(ns, dev, word, value=None):
	"""Read an offload or a size limit of a link, or set it."""
	if word == GRO_LIST:
		with inside(ns):
			if value is not None:
				return subprocess.run(["ethtool", "-K", dev, word,
						       "on" if value else "off"], check=True)
			return "%s: on" % word in subprocess.check_output(
				["ethtool", "-k", dev], text=True)
	if word not in ETHTOOL:
		ip = ["ip", "-n", ns, "-d", "-j", "link"]
		if value is not None:
			return subprocess.run(ip + ["set", dev, word, str(value)], check=True)
		return json.loads(subprocess.check_output(ip + ["show", dev]))[0][word]
	command = ETHTOOL[word]
	data = array.array("I", [command + (value is not None), value or 0])
	with inside(ns):
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	address, _ = data.buffer_info()
	fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP", dev.encode(), address))
	sock.close()
	return data[1]


def addresses(*texts):
	return {socket.inet_pton(socket.AF_INET6, text) for text in texts}


def listen(ns, dev, protocol):
	with inside(ns):
		sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
	sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
	sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
	sock.bind((dev, protocol))
	return sock


class Tap6(threading.Thread):
	"""Watches one end of a link, on the far side of the relay."""

	def __init__(self, ns, dev, protocol, customer=None):
		super().__init__(daemon=True)
		self.ends = addresses(customer or (
			CUSTOMER if protocol == ETH_IPV4 else TRANSLATED), SERVER)
		# what forwarding puts into the tunnel may not have counted its hop: in a list
		# the kernel changes only the first
		self.hops = (63,) if protocol == ETH_IPV6 else (63, 64)
		self.sock = listen(ns, dev, protocol)
		self.ended = False
		self.bad, self.full, self.partial, self.large, self.big = [], 0, 0, 0, 0

	def run(self):
		while True:
			last = self.ended
			if not select.select([self.sock], [], [], 0.05)[0]:
				if last:
					return
				continue
			try:
				data = self.sock.recv(1 << 17)
			except OSError:		# a kind of GSO that the header can't tell
				continue
			self.look(data[:10], data[24:])

	def look(self, head, packet):
		flags, gso = head[0], head[1]
		if packet[0] >> 4 == 4:
			if packet[9] != 41:
				return
			if csum_add(packet[:20]) != 0xffff:
				self.bad.append("IPv4 header " + packet[:20].hex())
			packet = packet[20:]
		proto, l4 = packet[6], packet[40:]
		self.big += len(packet) > 65535
		if not proto and packet[4:6] == bytes(2):	# BIG TCP's jumbo option; newer kernels need none
			proto, l4 = packet[40], packet[48:]
		if packet[24] == 0xff or packet[8] == 0xfe:
			return
		if proto not in CSUM_AT or {packet[8:24], packet[24:40]} != self.ends or \
				packet[7] not in self.hops:
			self.bad[5:] = ["headers: " + packet[:80].hex()]
			return
		self.large += gso != 0
		at = CSUM_AT[proto]
		start = pseudo(packet[8:24], packet[24:40], proto, len(l4))
		if flags & 1:
			self.partial += 1
			good = struct.unpack_from("!H", l4, at)[0] % 0xffff == start % 0xffff
		else:
			self.full += 1
			good = fold(start + csum_add(l4)) == 0xffff
		if not good and len(self.bad) < 5:
			self.bad.append("gso %d partial %d: %s" % (gso, flags & 1, packet[:80].hex()))

	def end(self):
		self.ended = True
		self.join()
		self.sock.close()
		return self


def transfer(source, sink, to, data):
	"""data over TCP from one namespace to an address in another; the digest"""
	with inside(sink):
		listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
		listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		listener.bind(("::", 7777))
		listener.listen()
	listener.settimeout(30)
	with inside(source):
		sender = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
	sender.settimeout(30)
	digest, errors = hashlib.sha256(), []

	def receive():
		try:
			conn, peer = listener.accept()
			conn.settimeout(30)
			errors.append(peer[0])
			while True:
				part = conn.recv(1 << 16)
				if not part:
					break
				digest.update(part)
			conn.close()
		except OSError as error:
			errors.append(repr(error))

	thread = threading.Thread(target=receive)
	thread.start()
	try:
		sender.connect((to, 7777))
		sender.sendall(data)
		sender.shutdown(socket.SHUT_WR)
	except OSError as error:
		errors.append(repr(error))
	thread.join()
	sender.close()
	listener.close()
	return digest.digest(), errors


def datagrams(source, sink, to, count, size):
	"""One send of count datagrams (UDP_SEGMENT); what arrived"""
	with inside(sink):
		sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		sock.bind(("::", 7778))
	with inside(source):
		sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
	data = b"".join(bytes([i]) * size for i in range(count))
	try:
		sender.sendto(data, (to, 7778))
	except OSError as error:	# EIO: not from a link without checksum offload
		if error.errno != errno.EIO:
			raise
		sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
		for i in range(count):
			sender.sendto(bytes([i]) * size, (to, 7778))
	sock.settimeout(5)
	got = []
	try:
		while len(got) < count:
			got.append(sock.recv(1 << 16))
	except socket.timeout:
		pass
	sender.close()
	sock.close()
	return b"".join(sorted(got)) == data and len(got) == count


def reachable():
	"""The first packets, so that path MTU and neighbours are settled"""
	until = time.monotonic() + 20
	while time.monotonic() < until:
		if datagrams(CUST, SERV, SERVER, 1, 100) and \
		   datagrams(SERV, CUST, TRANSLATED, 1, 100):
			return True
	return False


def behind(t, data):
	"""From a host behind the customer, whose gateway puts what it forwards into lists,
	which come over a link that takes any kind of GSO as they are. Each datagram must be
	there, with its hops counted and its sum true."""
	for ns, word, value in ((LAN, "tso", 0), (LAN, "gso", 0), (LAN, "tx", 0), (CUST, "gro", 1),
				(CUST, GRO_LIST, 1)):
		setting(ns, "lan", word, value)
	for by, tso in ("the link", 1), ("the stack", 0):
		name = "R39: GRO lists of the customer's, segmented by %s: " % by
		normal = setting(RELAY, "inet", "tso")
		setting(RELAY, "inet", "tso", tso)
		tunnel = Tap6(RELAY, "acc", ETH_IPV4, BEHIND[0])
		watch = Tap6(SERV, "inet", ETH_IPV6, BEHIND[1])
		watch.hops = (62,)
		for tap in watch, tunnel:
			tap.start()
		got, notes = transfer(LAN, SERV, SERVER, data)
		whole = [datagrams(LAN, SERV, SERVER, 10, 1200) for _ in range(5)]
		for tap in watch, tunnel:
			tap.end()
		t.result(got == hashlib.sha256(data).digest() and notes == [BEHIND[1]],
			 name + "the file is whole", *notes)
		t.result(all(whole), name + "datagrams", whole)
		t.result(tunnel.large, name + "they came as such")
		t.result(not watch.bad and watch.full + watch.partial > 10,
			 name + "every hop and checksum", *watch.bad)
		print("# %d complete, %d unfinished, %d large" % (
			watch.full, watch.partial, watch.large))
		setting(RELAY, "inet", "tso", normal)


def marked(t):
	"""Segments that all have CWR, as accurate ECN sends them, in a list of the relay's GRO:
	all have it behind the relay, too. Older kernels make no list of such."""
	count, ack_cwr = 10, 0x90
	packets = [tunnelled("100.64.0.2", "192.88.99.1", make(
		CUSTOMER, SERVER, TCP, tcp(4000, 4001, bytes([n]) * 1000, seq=1 + 1000 * n, flags=ack_cwr)))
		for n in range(count)]
	normal = [(RELAY, *words, setting(RELAY, *words)) for words in (
		("acc", "gro"), ("acc", GRO_LIST), ("inet", "tso"))]
	for ns, dev, word, _ in normal:
		setting(ns, dev, word, int(word != "tso"))
	wait = ["ip", "netns", "exec", RELAY, "sh", "-c", "echo $1 >/sys/class/net/acc/gro_flush_timeout", "sh"]
	subprocess.run([*wait, "100000000"], check=True)	# ns
	with inside(CUST):
		sender = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
	lists, wrong = 0, []
	has_accecn = os.path.exists("/proc/sys/net/ipv4/tcp_ecn_option")

	def once():
		nonlocal lists
		came, left = listen(RELAY, "acc", ETH_IPV4), listen(SERV, "inet", ETH_IPV6)
		left.settimeout(2)
		for packet in packets:
			sender.sendto(packet, ("acc", ETH_IPV4, 0, 0, bytes.fromhex("020000000001")))
		got = []
		while len(got) < count:
			try:
				packet = left.recv(1 << 16)[24:]
			except socket.timeout:
				break
			if packet[6] == TCP and packet[40:44] == struct.pack("!HH", 4000, 4001):
				got.append((struct.unpack_from("!I", packet, 44)[0], packet[53], len(packet)))
		want = [(1 + 1000 * n, ack_cwr, 1060) for n in range(count)]
		if sorted(got) != want:
			wrong.append(got)
		came.settimeout(0.2)
		while True:
			try:
				lists += came.recv(1 << 16)[1] != 0
			except socket.timeout:
				break
			except OSError:		# a kind of GSO that the header can't tell
				lists += 1
		came.close()
		left.close()
		return lists or wrong
	until(once, 30 if has_accecn else 1)
	sender.close()
	subprocess.run([*wait, "0"], check=True)
	for ns, dev, word, value in reversed(normal):
		setting(ns, dev, word, value)
	t.result(lists or not has_accecn,
		 "R39: segments with CWR come as a list, where the kernel makes them")
	t.result(not wrong, "R39: and all leave with it", *wrong)


def main():
	t = Tap()
	t.result(reachable(), "customer and server reach each other")
	data = random.Random(39).randbytes(SIZE)
	want = hashlib.sha256(data).digest()
	for name, changes in MODES:
		normal = []
		for ends, word, value in changes:
			for ns, dev in ends if isinstance(ends, list) else [ends]:
				normal.append((ns, dev, word, setting(ns, dev, word)))
				try:
					setting(ns, dev, word, value)
				except (OSError, subprocess.CalledProcessError) as error:
					t.result(False, "%s: set %s %s" % (name, dev, word), error)
		for way, source, sink, to, peer, tap in (
			("out", CUST, SERV, SERVER, TRANSLATED, (SERV, "inet", ETH_IPV6)),
			("in", SERV, CUST, TRANSLATED, SERVER, (CUST, "acc", ETH_IPV4))):
			big = name == BIG_TCP and way == "in"
			watch = Tap6(*tap)
			watch.start()
			before = Tap6(RELAY, "inet", ETH_IPV6)
			before.start()
			started = time.monotonic()
			got, notes = transfer(source, sink, to, data)
			tries = 30 if big else 0	# TCP makes such packets not in each
			while tries and not before.big:
				transfer(source, sink, to, data)
				tries -= 1
			seconds = time.monotonic() - started
			udp = datagrams(source, sink, to, 10, 1200)
			watch.end()
			before.end()
			t.result(got == want and notes == [peer],
				 "R39: %s, %s: the file is whole" % (name, way), *notes)
			t.result(udp, "R39: %s, %s: UDP GSO" % (name, way))
			seen = watch.full + watch.partial
			t.result(not watch.bad and seen > 10,
				 "R39: %s, %s: every checksum on the wire" % (name, way),
				 "%d packets" % seen, *watch.bad)
			if big:
				t.result(before.big and not watch.big,
					 "R39: BIG TCP comes to the relay, and leaves it in pieces",
					 before.big, watch.big)
			print("# %d complete, %d unfinished, %d large; %.1f s" % (
				watch.full, watch.partial, watch.large, seconds))
		for ns, dev, word, value in reversed(normal):
			setting(ns, dev, word, value)
	behind(t, data)
	marked(t)
	t.end()


if __name__ == "__main__":
	main()
