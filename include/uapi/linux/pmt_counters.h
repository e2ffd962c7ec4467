/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The counters, R75: PMT_COUNTER(ID, name, requirements, what it means), which
 * whoever includes this file defines to make what it needs of the list.
 *
 * A packet that is dropped moves exactly one of them. `ah` and `l4unknown` count
 * packets that go on, `icmp4`, `ratelimit` and `noerrsrc` errors of our own that
 * were not sent; `nomem` counts both. The order is the protocol: new ones go to the end.
 */
PMT_COUNTER(SPOOF, "spoof", "R12 R44",
	    "the IPv4 address inside the source is not the sender's")
PMT_COUNTER(BOGON, "bogon", "R11 R42 R67",
	    "the customer's IPv4 address may not be relayed")
PMT_COUNTER(6TO4DST, "6to4dst", "R15",
	    "a customer sent to a 2002::/16 destination")
PMT_COUNTER(6TO4SRC, "6to4src", "R43",
	    "a 2002::/16 source came from the Internet side")
PMT_COUNTER(SID, "sid", "R7",
	    "rules cover the customer, but not this subnet-ID")
PMT_COUNTER(NOMAP, "nomap", "R5 R6 R45 R57",
	    "no rule covers the address")
PMT_COUNTER(RH0, "rh0", "R21",
	    "IPv6 routing header type 0")
PMT_COUNTER(LEN, "len", "R17",
	    "shorter than its IPv6 payload length says")
PMT_COUNTER(MALFORMED, "malformed", "R17 R29",
	    "not version 6, or a header chain that runs past its end")
PMT_COUNTER(TINYFRAG, "tinyfrag", "R32",
	    "a first fragment without the transport checksum")
PMT_COUNTER(AH, "ah", "R28",
	    "forwarded with an authentication header that will not verify")
PMT_COUNTER(L4UNKNOWN, "l4unknown", "R27",
	    "forwarded, its transport protocol being unknown")
PMT_COUNTER(ICMP_IN, "icmp-in", "R33 R36",
	    "an ICMPv6 error to a customer whose quote is not the customer's")
PMT_COUNTER(ICMP_OUT, "icmp-out", "R34 R36",
	    "an ICMPv6 error from a customer whose quote is not the customer's")
PMT_COUNTER(PTB, "ptb", "R48 R50 R60",
	    "too big for the path, answered with Packet Too Big")
PMT_COUNTER(ECN, "ecn", "R66",
	    "outer congestion mark on a packet that can't carry one")
PMT_COUNTER(LOOP, "loop", "R42 R46",
	    "the way out leads back into this device, or tunnels nest too deep")
PMT_COUNTER(POLICY, "policy", "R51 R54 R68",
	    "the policy says drop or reject")
PMT_COUNTER(SOURCE, "source", "R13",
	    "a customer sent from an address outside 2002::/16")
PMT_COUNTER(ADDRESS, "address", "R14",
	    "an IPv6 address that has no place in a tunnel")
PMT_COUNTER(ND, "nd", "R19",
	    "neighbour discovery or multicast listener message")
PMT_COUNTER(JUMBO, "jumbo", "R38",
	    "jumbogram")
PMT_COUNTER(NOROUTE, "noroute", "R42",
	    "no unicast IPv4 route to the customer")
PMT_COUNTER(XFRM, "xfrm", "IPsec",
	    "an IPsec policy forbids the outer packet")
PMT_COUNTER(NOMEM, "nomem", "R39",
	    "out of memory")
PMT_COUNTER(ICMP4, "icmp4", "R58 R59 R60 R61",
	    "an ICMPv4 error about an outer packet that no ICMPv6 error came of")
PMT_COUNTER(RATELIMIT, "ratelimit", "R62",
	    "an ICMPv6 error of ours was held back by icmp-rate or ptb-rate")
PMT_COUNTER(NOERRSRC, "noerrsrc", "R37 R59",
	    "an ICMPv6 error of ours had no address to come from (set errsrc) or no route")
PMT_COUNTER(BACKLOG, "backlog", "R75",
	    "received faster than the machine forwards, or waiting when the device was set down")
