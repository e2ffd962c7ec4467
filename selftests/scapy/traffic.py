# SPDX-License-Identifier: GPL-2.0
"""Transfers and probes between customers and a server, for relays.py.

A transfer is a TCP connection on which both ends send at once, a piece every now and
then, until they are told to finish; each end knows the digest of what it sent and of
what it got. A probe is a numbered datagram: which number arrived tells what was lost,
and for how long nothing got through.

All sockets are in one thread, which looks at the clock between packets.
"""
import hashlib
import heapq
import random
import selectors
import socket
import struct
import threading
import time

from relay import inside

PIECE, EVERY = 1500, 0.25	# bytes and seconds of a transfer
PROBE_EVERY = 0.025
TOTAL_RETRANS = 100		# where it is in struct tcp_info


def until(condition, seconds):
	"""Wait for it. Return: its value, false when time is up"""
	end = time.monotonic() + seconds
	while not (value := condition()) and time.monotonic() < end:
		time.sleep(0.03)
	return value


class End:
	"""One end of a transfer"""

	def __init__(self, traffic, sock, number=None):
		self.traffic, self.sock, self.number = traffic, sock, number
		self.random = random.Random(sock.fileno())
		self.sent, self.got = hashlib.sha256(), hashlib.sha256()
		self.rest = b""		# what the kernel had no room for
		self.received = 0
		self.closed = self.ended = False
		self.error = None
		sock.setblocking(False)
		if number is not None:
			self.rest = struct.pack("!I", number)	# by which the other end knows
		traffic.watch(sock, self.readable)
		traffic.at(random.random() * EVERY, self.send)

	def send(self):
		"""A piece, or at the end what is left, and again after a while"""
		if self.closed or self.error or self.traffic.silent:
			return
		if not self.rest and not self.traffic.finishing:
			self.rest = self.random.randbytes(PIECE)
		try:
			if self.rest:
				count = self.sock.send(self.rest)
				self.sent.update(self.rest[:count])
				self.rest = self.rest[count:]
			if not self.rest and self.traffic.finishing:
				self.sock.shutdown(socket.SHUT_WR)
				self.closed = True
				return
		except BlockingIOError:
			pass
		except OSError as error:
			self.error = error
		self.traffic.at(EVERY, self.send)

	def readable(self):
		try:
			data = self.sock.recv(1 << 16)
		except BlockingIOError:
			return
		except OSError as error:
			data, self.error = b"", error
		self.got.update(data)
		self.received += len(data)
		if self.number is None and data:
			self.number = struct.unpack("!I", data[:4])[0]
			self.traffic.answered[self.number] = self
		if not data:
			self.ended = True
			self.traffic.ignore(self.sock)

	def retransmitted(self):
		info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TOTAL_RETRANS + 4)
		return struct.unpack_from("=I", info, TOTAL_RETRANS)[0]


class Stream:
	"""Probes from one socket to another"""

	def __init__(self, traffic, number, source, target):
		self.traffic, self.number, self.source, self.target = traffic, number, source, target
		self.sent, self.arrived = [], set()	# times by sequence number; numbers
		traffic.at(random.random() * PROBE_EVERY, self.send)

	def send(self):
		if self.traffic.silent:
			return
		try:
			self.source.sendto(struct.pack("!II", self.number, len(self.sent)), self.target)
		except OSError:		# no route: lost
			pass
		self.sent.append(time.monotonic())
		self.traffic.at(PROBE_EVERY, self.send)

	def lost(self, first, last):
		"""Of the probes from number first to last: how many, and the longest time
		without one, between those that did arrive"""
		lost = longest = 0
		before = None
		for number in range(max(0, first - 10), last):
			if number not in self.arrived:
				lost += number >= first
				continue
			if before is not None and number > before + 1:
				longest = max(longest, self.sent[number] - self.sent[before])
			before = number
		return lost, longest


class Traffic(threading.Thread):
	"""customers: (6to4 address, provider address) of each, all in namespace cust"""

	def __init__(self, cust, serv, server, customers):
		super().__init__(daemon=True)
		self.cust, self.serv, self.server, self.customers = cust, serv, server, customers
		self.selector, self.timers, self.count = selectors.DefaultSelector(), [], 0
		self.lock = threading.RLock()
		self.asked, self.answered = {}, {}	# Ends by number: customers', the server's
		self.streams = []
		self.finishing = self.silent = False
		with inside(serv):
			self.listener = socket.create_server((server, 80), family=socket.AF_INET6,
							     backlog=1024)
			self.prober = self.udp(server, 33434)
		self.listener.setblocking(False)
		self.watch(self.listener, self.accept)
		self.watch(self.prober, lambda: self.take(self.prober))

	@staticmethod
	def udp(address, port):
		sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		sock.bind((address, port))
		sock.setblocking(False)
		return sock

	# ---- the thread

	def watch(self, sock, call):
		with self.lock:
			self.selector.register(sock, selectors.EVENT_READ, call)

	def ignore(self, sock):
		with self.lock:
			self.selector.unregister(sock)

	def at(self, seconds, call):
		with self.lock:
			self.count += 1		# two of one time are not compared
			heapq.heappush(self.timers, (time.monotonic() + seconds, self.count, call))

	def run(self):
		while True:
			ready = self.selector.select(0.005)
			with self.lock:
				for key, _ in ready:
					key.data()
				while self.timers and self.timers[0][0] <= time.monotonic():
					heapq.heappop(self.timers)[2]()

	def accept(self):
		try:
			End(self, self.listener.accept()[0])
		except BlockingIOError:
			pass

	def take(self, sock):
		try:
			while True:
				number, sequence = struct.unpack("!II", sock.recv(100)[:8])
				self.streams[number].arrived.add(sequence)
		except OSError:
			pass

	# ---- probes

	def probe(self, customers):
		"""Probes of these customers in both directions, for good"""
		for number, (address, translated) in enumerate(customers):
			with inside(self.cust):
				sock = self.udp(address, 33434)
			self.watch(sock, lambda sock=sock: self.take(sock))
			with self.lock:
				for ends in ((sock, (self.server, 33434)), (self.prober, (translated, 33434))):
					self.streams.append(Stream(self, len(self.streams), *ends))

	def mark(self):
		with self.lock:
			return [len(stream.sent) for stream in self.streams]

	def lost(self, first, last):
		"""Between two marks, out and in: (probes sent, lost, seconds without)"""
		sides = []
		with self.lock:
			for side in range(2):
				each = [stream.lost(first[i], last[i])
					for i, stream in enumerate(self.streams) if i % 2 == side]
				sides.append((sum(last[side::2]) - sum(first[side::2]),
					      sum(lost for lost, _ in each), max(gap for _, gap in each)))
		return sides

	# ---- transfers

	def start_transfers(self, count):
		"""Return: those that can't be begun"""
		self.finishing, self.asked, self.answered = False, {}, {}
		failed = []
		for number in range(count):
			with inside(self.cust):
				sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
			sock.bind((self.customers[number % len(self.customers)][0], 0))
			sock.setblocking(False)
			try:
				sock.connect((self.server, 80))
			except BlockingIOError:
				pass
			except OSError as error:
				failed.append("transfer %d: %s" % (number, error))
				sock.close()
				continue
			with self.lock:
				self.asked[number] = End(self, sock, number)
		return failed

	def ends(self):
		return [*self.asked.values(), *self.answered.values()]

	def progress(self):
		with self.lock:
			return {end: end.received for end in self.ends()}

	def stuck(self, before, seconds):
		"""The transfers that got nothing on one side since `before`, which they should
		within the time"""
		def waiting():
			with self.lock:
				return sorted({end.number for end, had in before.items() if end.received <= had})
		until(lambda: not waiting(), seconds)
		return waiting()

	def retransmitted(self):
		with self.lock:
			return sum(end.retransmitted() for end in self.ends())

	def finish_transfers(self, seconds):
		"""End them. Return: what is wrong with which"""
		self.finishing = True
		until(lambda: all(end.ended and (end.closed or end.error) for end in self.ends()), seconds)
		wrong = []
		with self.lock:
			for number, asked in self.asked.items():
				answered = self.answered.get(number)
				text = "the server does not know it" if not answered else \
					asked.error or answered.error or \
					(not (asked.ended and answered.ended) and "has no end") or \
					(asked.sent.digest() != answered.got.digest() and "changed on the way out") or \
					(answered.sent.digest() != asked.got.digest() and "changed on the way in")
				if text:
					wrong.append("transfer %d: %s" % (number, text))
			for end in self.ends():
				if not end.ended:
					self.ignore(end.sock)
				end.closed = True
				# what never arrived must not keep the namespace alive
				end.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
				end.sock.close()
		return wrong
