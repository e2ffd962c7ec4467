#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Path MTU discovery between real peers: files over TCP with a narrow link in turn
# in the Internet, behind the relay and before the gateway (R33, R47 to R50, R60).
. "$(dirname "$0")/lib.sh"
. "$selftests/peers_lib.sh"

customer 100.64.0.2 6440 2
check "host and server reach each other" busywait 20 reaches "$host" $SERVER 1
[ "$failed" = 0 ] || exit 1	# all else would wait in vain

# ---- the messages are what makes it work
block() { within "$1" nft "add table ip6 block; add chain ip6 block f { type filter hook forward priority 0; }; add rule ip6 block f $2 drop"; }
unblock() { within "$1" nft delete table ip6 block; }
block "$far" "icmpv6 type packet-too-big"
forget "$serv"
refuses "R48: without Packet Too Big a fetch fails" fetch 3
unblock "$far"
into "R48: with it" "mtu 1280"

# ---- out: a narrow link in the Internet, then the relay's own uplink
mtu 1400 "$core" far "$far" core
block "$cpe" "icmpv6 type packet-too-big"
forget "$host" "$serv"
refuses "R33: 1400 in the Internet, without Packet Too Big" store 3
unblock "$cpe"
out "R33: 1400 in the Internet" "mtu 1400"
is "R33: 1400 in the Internet: who says so" "$(hops "$host" $SERVER 1500 1480 1401 1400)" \
	"$C6:ff:1480 3fff:0:1::2:1400 3fff:0:1::2:1400 $SERVER:unreachable"
mtu 1500 "$core" far "$far" core
mtu 1400 "$r1" core "$core" r1
out "R49: 1400 behind the relay" "mtu 1400"
forget "$host"
is "R49: 1400 behind the relay: who says so" "$(hops "$host" $SERVER 1500 1480 1401 1400)" \
	"$C6:ff:1480 3fff:0:1::1:1400 3fff:0:1::1:1400 $SERVER:unreachable"
into "R48: 1400 behind the relay" "mtu 1280"
forget "$serv"
is "R48: and who says so to the server" "$(hops "$serv" "$CP:2" 1401 1400 1281 1280)" \
	"3fff:0:3::1:1400 3fff:0:1::1:1280 3fff:0:1::1:1280 $CP:2:unreachable"
mtu 1500 "$r1" core "$core" r1

# ---- in: a narrow link before the gateway
mtu 1400 "$isp" cpe "$cpe" wan
out "R47: 1400 before the gateway" "mtu 1380"
before=$(reassembled "$cpe")
into "R47: 1400 before the gateway, mtu 1280" "mtu 1280"
is "R47: mtu 1280: no fragments" "$(reassembled "$cpe")" "$before"
ip -n "$r1" link set pmt0 mtu 1480
into "R50: mtu 1480, df unset" "mtu 1480"
check "R50: mtu 1480, df unset: in fragments" test "$(reassembled "$cpe")" -gt "$before"
for df in set pmtu; do
	ip -n "$r1" link set pmt0 type pmt df $df
	before=$(reassembled "$cpe")
	into "R60: mtu 1480, df $df" "mtu 1380"
	is "R50: mtu 1480, df $df: no fragments" "$(reassembled "$cpe")" "$before"
	forget "$serv" "$r1"
	is "R60: df $df: who says so" "$(hops "$serv" "$CP:2" 1481 1480 1380)" \
		"3fff:0:1::1:1480 3fff:0:1::1:1380 $CP:2:unreachable"
done
is "R60: df pmtu has remembered it" \
	"$(ip -n "$r1" route get 100.64.0.2 from 192.88.99.1 | grep -o 'mtu [0-9]*')" "mtu 1400"
mtu 1500 "$isp" cpe "$cpe" wan
into "R50: df pmtu, 1500 again" "mtu 1480"
end_tests
