# SPDX-License-Identifier: GPL-2.0
"""Packets for the tests: bytes from fields, checksums true unless given."""
import struct

from model import (AH, CSUM_AT, DCCP, DSTOPTS, FRAGMENT, HBH, ICMPV6, MH, RH, TCP,
		   UDP, UDPLITE, csum_add, fold, number, pseudo)

A, C, P, N = "192.88.99.1", "12.152.44.1", "3fff::80", "3fff:0:1::1"
C6, CP, A6 = "2002:c98:2c01::1", "2001:db8:c98:2c01::1", "2002:c058:6301::"


def addr6(addr):
	return number(addr).to_bytes(16, "big")


def ipv6(src, dst, proto, payload=b"", tclass=0, flow=0, hops=64, length=None):
	if length is None:
		length = len(payload)
	return struct.pack("!IHBB", 6 << 28 | tclass << 20 | flow, length, proto,
			   hops) + addr6(src) + addr6(dst) + payload


def ipv4(src, dst, payload, proto=41, tos=0, ident=0, frag=0, ttl=64,
	 options=b"", trailer=b""):
	words = 5 + len(options) // 4
	head = struct.pack("!BBHHHBBHII", 4 << 4 | words, tos,
			   words * 4 + len(payload) + len(trailer), ident, frag,
			   ttl, proto, 0, number(src), number(dst)) + options
	csum = ~csum_add(head) & 0xffff
	return head[:10] + struct.pack("!H", csum) + head[12:] + payload + trailer


def l4_sum(src, dst, proto, l4):
	"""What a receiver adds up; ffff (or 0 of nothing): the checksum is true."""
	covered, length = l4, len(l4)
	if proto == UDPLITE:			# RFC 3828 3.1
		covered = l4[:struct.unpack_from("!H", l4, 4)[0] or length]
	if proto == DCCP and l4[5] & 15:	# RFC 4340 9.2
		covered = l4[:l4[4] * 4 + ((l4[5] & 15) - 1) * 4]
	return fold(pseudo(addr6(src), addr6(dst), proto, length)
		    + csum_add(covered))


def l4(src, dst, proto, body, csum=None):
	"""body with the checksum field of proto filled in, or csum put there."""
	at = CSUM_AT.get(proto)
	if at is None:
		return body
	body = body[:at] + b"\0\0" + body[at + 2:]
	if csum is None:
		csum = ~l4_sum(src, dst, proto, body) & 0xffff
		if csum == 0 and proto in (UDP, UDPLITE):
			csum = 0xffff
	return body[:at] + struct.pack("!H", csum) + body[at + 2:]


def tcp(sport, dport, data=b"", seq=1, flags=0x10, window=65535):
	return struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, window,
			   0, 0) + data


def udp(sport, dport, data=b"", coverage=None):
	"""coverage: UDP-Lite's, in the field of the length"""
	if coverage is None:
		coverage = 8 + len(data)
	return struct.pack("!HHHH", sport, dport, coverage, 0) + data


def dccp(sport, dport, data=b"", cscov=0):
	return struct.pack("!HHBBHBBHI", sport, dport, 4, cscov, 0, 2 << 1 | 1, 0, 0,
			   1) + data


def icmp6(kind, code=0, data=b""):
	return struct.pack("!BBH", kind, code, 0) + data


def echo(data=b"abcd", ident=0x1234, seq=1, kind=128):
	return icmp6(kind, 0, struct.pack("!HH", ident, seq) + data)


def mh(kind, data):
	"""RFC 6275 6.1.1; the whole is a multiple of 8 bytes"""
	return struct.pack("!BBBBH", 59, (6 + len(data)) // 8 - 1, kind, 0, 0) + data


def make(src, dst, proto, body, csum=None, **fields):
	"""An IPv6 packet whose transport checksum is true, or csum."""
	return ipv6(src, dst, proto, l4(src, dst, proto, body, csum), **fields)


def options(following, count=1):
	"""A hop-by-hop or destination options header, count * 8 bytes of padding"""
	return struct.pack("!BBBB", following, count - 1, 1, count * 8 - 4) + bytes(count * 8 - 4)


def routing(following, kind, left, *addrs):
	return struct.pack("!BBBBI", following, 2 * len(addrs), kind, left, 0) \
		+ b"".join(map(addr6, addrs))


def fragment(following, offset=0, more=0, ident=0x12345678):
	"""offset in bytes"""
	return struct.pack("!BBHI", following, 0, offset | more, ident)


def authentication(following):
	return struct.pack("!BBHII", following, 4, 0, 1, 1) + b"icv of 12 by"


def chained(src, dst, headers, proto, body, last=None, csum=None, **fields):
	"""A packet with extension headers: [(number, maker(following))...]. The
	checksum is true with `last` as destination."""
	body = l4(src, last or dst, proto, body, csum)
	for kind, maker in reversed(headers):
		body, proto = maker(proto) + body, kind
	return ipv6(src, dst, proto, body, **fields)


def fragments(src, dst, proto, body, size, **fields):
	"""A whole transport packet, checksum and all, in fragments"""
	body = l4(src, dst, proto, body)
	return [ipv6(src, dst, FRAGMENT, fragment(
		proto, at, at + size < len(body)) + body[at:at + size], **fields)
		for at in range(0, len(body), size)]


def error6(src, dst, kind, code, quote, word=0, csum=None, **fields):
	"""An ICMPv6 error message"""
	return make(src, dst, ICMPV6, struct.pack("!BBHI", kind, code, 0, word) + quote,
		    csum, **fields)


def error4(src, kind, code, quote, mtu=0, dst=A):
	"""An ICMPv4 error message"""
	body = struct.pack("!BBHHH", kind, code, 0, 0, mtu) + quote
	csum = ~csum_add(body) & 0xffff
	return ipv4(src, dst, body[:2] + struct.pack("!H", csum) + body[4:], proto=1)


def tunnelled(src, dst, inner, **fields):
	"""41(src>dst){inner}"""
	return ipv4(src, dst, inner, **fields)


def csum_of(packet):
	"""The transport checksum of an IPv6 packet without other headers."""
	return struct.unpack_from("!H", packet, 40 + CSUM_AT[packet[6]])[0]
