#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Real peers: files over TCP both ways, traceroute, a gateway's firewall, fragments,
# a broker's tunnel on the relay's machine, traffic that moves from one relay to the
# other, the stack's own limits, neighbours (R1, R2, R8, R18, R23, R24, R33, R41,
# R48, R49, R62, R63, R74).
. "$(dirname "$0")/lib.sh"
. "$selftests/peers_lib.sh"

# ---- both kinds of customers
for v4 in "8.8.0.2 808 2" "100.64.0.2 6440 2"; do
	# shellcheck disable=SC2086
	customer $v4
	name="customer ${v4%% *}"
	check "R1 R2: $name reaches the server" busywait 20 reaches "$host" $SERVER 1
	[ "$failed" = 0 ] || exit 1	# all else would wait in vain
	out "R24: $name" "mtu 1480"
	into "R48: $name" "mtu 1280"
	is "R49 R63: $name: traceroute from the host" "$(hops "$host" $SERVER)" \
		"$C6:ff 3fff:0:1::1 3fff:0:1::2 3fff:0:3::2 $SERVER:unreachable"
	is "R33 R63: $name: traceroute from the server" "$(hops "$serv" "$CP:2")" \
		"3fff:80::1 3fff:0:3::1 3fff:0:1::1 $CP:1 $CP:2:unreachable"
done

ip -n "$r1" link set pmt0 type pmt local 8.0.1.2,192.88.99.1
refuses "R41: the gateway takes no answer from another address of the relay" reaches "$host" $SERVER 1
ip -n "$r1" link set pmt0 type pmt local 192.88.99.1
check "R41: but from the one it has asked" reaches "$host" $SERVER

# ---- 1500 bytes inside, in two IPv4 fragments
ip -n "$cpe" link set to6 mtu 1500 type sit ttl inherit nopmtudisc
forget "$host"
before=$(reassembled "$r1")
is "R18: 1500 bytes in two fragments" "$(hops "$host" $SERVER 1500 1500 1500)" \
	"$SERVER:unreachable $SERVER:unreachable $SERVER:unreachable"
is "R18: the relay has put three together" $(($(reassembled "$r1") - before)) 3
within "$isp" nft 'add table ip block; add chain ip block f { type filter hook forward priority -500; }; add rule ip block f ip frag-off & 0x1fff != 0 drop'
is "R18: without the second one it is lost" "$(hops "$host" $SERVER 1500)" None
check "R18: while what fits is not" reaches "$host" $SERVER
within "$isp" nft delete table ip block
ip -n "$cpe" link set to6 mtu 1480 type sit ttl 64 pmtudisc

# ---- a tunnel broker's tunnel on the same machine
ip -n "$isp" -batch - <<-EOF
	link add broker type sit remote 8.0.1.2 local 8.0.1.1 ttl 64
	link set broker up
	addr add 2a01::1/64 dev broker
EOF
ip -n "$r1" -batch - <<-EOF
	link add broker type sit remote 8.0.1.1 local 8.0.1.2 ttl 64
	link set broker up
	addr add 2a01::2/64 dev broker
EOF
check "R23: a broker's tunnel beside the relay" reaches "$isp" 2a01::2
check "R23: the relay beside it" fetch
ip -n "$r1" link set pmt0 type pmt local 192.88.99.1,8.0.1.2
refuses "R23: an address of the relay is its own" reaches "$isp" 2a01::2 1
pmt -n "$r1" policy add dev pmt0 8.0.1.1/32 pass
check "R23: unless the policy lets the broker pass" reaches "$isp" 2a01::2
check "R23: and others come to the relay" fetch
ip -n "$r1" link set pmt0 type pmt local 192.88.99.1
pmt -n "$r1" policy del dev pmt0 8.0.1.1/32

# ---- two relays
by 1 2
ask remember "$r1" "$r2"
check "R74: out by one relay, in by the other: fetch" fetch
check "R74: out by one relay, in by the other: store" store
is "R74: and so it was" "$(ask delta)" "out by 1 in by 2"
pmt -n "$r2" rule flush dev pmt0
pmt -n "$r2" rule add dev pmt0 provider 2400:1::/32
refuses "R74: with another rule there it fails" fetch 3
pmt -n "$r2" rule flush dev pmt0
pmt -n "$r2" rule add dev pmt0 provider 2001:db8::/32
ask begin
check "R74: a part of a file, and the connection waits" busywait 20 ask part
by 2 1
ask remember "$r1" "$r2"
check "R74: the routes change about: the file is whole" ask go_on
is "R74: what came then went the other way" "$(ask delta)" "out by 2 in by 1"
by 1 1

# ---- rates of what the stack itself raises
answers() { ask count "$host" $SERVER 2 30; }
is "R62: Time Exceeded of the stack, net.ipv6.icmp.ratelimit 0" "$(answers)" 30
ask set "$r1" net.ipv6.icmp.ratelimit=1000
# without a limit no tokens were saved: the first one takes its time
one() { [ "$(ask count "$host" $SERVER 2 1)" = 1 ]; }
check "R62: with 1000 ms one is answered" busywait 10 one
check "R62: with 1000 ms there are fewer" test "$(answers)" -lt 25
ask set "$r1" net.ipv6.icmp.ratelimit=0

# ---- no neighbours (R8)
neighbours() { ip -n "$r1" -6 neigh show nud all dev pmt0 | grep -c '^2001:db8:'; }
ask many "$serv" 2001:db8:800:: 200
is "R8: via a gateway: no neighbour for any of 200 customers" "$(neighbours)" 0
ip -n "$r1" -6 route replace 2001:db8::/32 dev pmt0
ip -n "$r1" -6 route del 2001:db8::/32 via fe80::1 dev pmt0 2>/dev/null
ask many "$serv" 2001:db8:800:: 200
arrived() { [ "$(neighbours)" -ge 200 ]; }
check "R8: on-link there is one for each" busywait 10 arrived
end_tests
