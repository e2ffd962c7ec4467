#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""traceroute's and tracepath's work with UDP, and who answers what.

	hops.py DST			hop by hop
	hops.py DST SIZE...		packets of these sizes that nobody may fragment
	hops.py DST count HOPS N	how many of N packets of that hop limit are answered
	hops.py PREFIX many N		a packet to each of N addresses of /64s

An answer counts if the kernel finds our socket by what it quotes, and if the
quoted destination and data are those that were sent. Prints a line per packet:
ADDRESS for Time Exceeded, ADDRESS:MTU, ADDRESS:unreachable for the port's end.
"""
import ipaddress
import select
import socket
import struct
import sys
import time

IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_PMTUDISC_PROBE, PORT = 23, 25, 3, 33434


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


def main():
	dst, words = sys.argv[1], sys.argv[2:]
	if words[:1] == ["count"]:
		hops, n = map(int, words[1:])
		sent = [probe(dst, i, hops=hops) for i in range(n)]
		until = time.monotonic() + 2
		print(sum(answer(sock, i, seconds=max(0, until - time.monotonic())) is not None
			  for i, sock in enumerate(sent)))
	elif words[:1] == ["many"]:
		base = int(ipaddress.ip_address(dst)) + 1
		sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		for i in range(int(words[1])):
			sock.sendto(b"x", (str(ipaddress.ip_address(base + (i + 256 << 64))), 9))
	elif words:
		for i, size in enumerate(map(int, words)):
			print(answer(probe(dst, i, size), i, size))
	else:
		for i in range(1, 9):
			said = answer(probe(dst, i, hops=i), i)
			print(said)
			if not said or said.endswith("unreachable"):
				break


if __name__ == "__main__":
	main()
