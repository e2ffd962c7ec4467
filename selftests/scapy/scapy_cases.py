#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Figure 3 with scapy at both ends (R1, R2, R24, R27, R39, R40, R63).

Each packet is built twice by scapy, as it comes and as it must leave, from the
same layers: the checksums of the second owe nothing to an update. Run by
scapy_cases.sh.
"""
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6MPSol, IPv6)
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.packet import Raw

from packet import A, C, C6, CP, P
from relay import Surroundings, Tap

LAYERS = {
	"TCP SYN with options": TCP(sport=40000, dport=80, flags="S", seq=1, options=[
		("MSS", 1420), ("SAckOK", b""), ("Timestamp", (1, 0)), ("WScale", 7)]),
	"TCP with data": TCP(sport=40000, dport=80, flags="PA", seq=2, ack=9) / b"GET / HTTP/1.1\r\n",
	"UDP": UDP(sport=1024, dport=53) / b"\1\2\3\4",
	"UDP of odd length": UDP(sport=1024, dport=53) / b"\1\2\3",
	"UDP whose checksum lands on 0": UDP(sport=1024, dport=53) / b"\x54\xd3",
	"UDP without data": UDP(sport=1, dport=2),
	"echo request": ICMPv6EchoRequest(id=0x1234, seq=1, data=b"abcd"),
	"echo reply": ICMPv6EchoReply(id=0x1234, seq=1, data=b"abcd"),
	"mobile prefix solicitation": ICMPv6MPSol(id=7),
	"SCTP INIT": SCTP(sport=1, dport=2) / SCTPChunkInit(init_tag=7, a_rwnd=65535),
	"IPv4 inside": IP(src=C, dst="9.9.9.9") / ICMP(),
	"IPv6 inside": IPv6(src="3fff:5::1", dst="3fff:6::1") / UDP() / b"x",
	"GRE, as bytes": Raw(b"\0\0\x86\xdd" + bytes(40)),
}


def main():
	t = Tap()
	net = Surroundings()
	for name, l4 in LAYERS.items():
		fields = dict(tc=0xb8, fl=0xabcde)
		if name.startswith("GRE"):
			fields["nh"] = 47
		here = IPv6(src=C6, dst=P, hlim=64, **fields) / l4
		want = IPv6(src=CP, dst=P, hlim=63, **fields) / l4
		net.cust.send(bytes(IP(src=C, dst=A, proto=41, ttl=9, id=7) / here))
		_, got = net.collect(lambda cust, serv: serv)
		t.equal("R1 R24: %s, out" % name, [p.hex() for p in got], [bytes(want).hex()])

		here = IPv6(src=P, dst=CP, hlim=64, **fields) / l4
		inner = IPv6(src=P, dst=C6, hlim=63, **fields) / l4
		net.serv.send(bytes(here))
		got, _ = net.collect(lambda cust, serv: cust)
		ident = IP(got[0]).id if got else 0
		want = IP(src=A, dst=C, proto=41, ttl=64, tos=0, flags=0, id=ident) / inner
		t.equal("R2 R24 R40: %s, in" % name, [p.hex() for p in got], [bytes(want).hex()])
	t.end()


if __name__ == "__main__":
	main()
