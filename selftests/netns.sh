#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lifetimes: a device in another namespace than its IPv4 side, the end of either,
# of the lower device, of many at once, of the module; and all that under traffic.
# shellcheck disable=SC2317 # functions that check and busywait call
. "$(dirname "$0")/lib.sh"

need_pmt
cases() { adopt "$python" "$selftests/scapy/cases.py" "$@"; }
gone() { [ -z "$(ip -n "$1" -o link show type pmt)" ]; }	# NS: no pmt device is left

# ---- R71: nothing comes by itself
topology
is "R71: the module loaded, forwarding on: no device" "$(links_of_kind pmt) $(ip -n "$relay" -o link show type pmt)" " "
cases silence

# ---- the IPv6 side in a namespace of its own
relay_up provider 2001:db8::/32
cases basic
ns_new inner
# shellcheck disable=SC2154 # ns_new and topology set the names
ns_sysctl "$inner" net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0 \
	net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.addr_gen_mode=1
ip -n "$relay" link set inet netns "$inner"
check "the device moves to another namespace" ip -n "$relay" link set pmt0 netns "$inner"
inner_routes() {
	ip -n "$inner" -6 -batch - <<-EOF
		link set inet up
		link set pmt0 up
		addr replace 3fff:0:1::1/64 dev inet nodad
		neigh replace 3fff:0:1::2 lladdr 02:00:00:00:00:04 dev inet nud permanent
		route replace default via 3fff:0:1::2
		route replace 2001:db8::/32 via fe80::1 dev pmt0
	EOF
}
inner_routes
is "its options and rules came with it" "$(pmt -n "$inner" rule show dev pmt0 | grep -c 2001:db8::/32)" 1
is "it says where its IPv4 side is" "$(ip -n "$inner" -d link show pmt0 | grep -c 'link-netns')" 1
RELAY=$inner cases basic
check "it can be given a rule there" pmt -n "$inner" rule add dev pmt0 provider 2400:1::/32 subnet 1
if ip -n "$relay" link add pmt1 type pmt 2>"$scratch/said"; then
	not_ok "its local is taken in its IPv4 side's namespace"
else
	ok "its local is taken in its IPv4 side's namespace"
fi
check "it moves back" ip -n "$inner" link set pmt0 netns "$relay"
check "and away again" ip -n "$relay" link set pmt0 netns "$inner"
inner_routes
RELAY=$inner cases basic
check "it is deleted where it is" ip -n "$inner" link del pmt0
check "made there, with its IPv4 side named" \
	ip -n "$inner" link add pmt0 link-netns "$relay" type pmt provider 2001:db8::/32
inner_routes
RELAY=$inner cases basic

# ---- the end of a namespace
ns_del relay
check "the end of its IPv4 side's namespace is the device's" busywait 20 gone "$inner"
ns_del inner
ns_del cust
ns_del serv

topology
ns_new inner
relay_up provider 2001:db8::/32
ip -n "$relay" link set pmt0 netns "$inner"
ns_del inner
check "after the end of the device's namespace its local is free" \
	ip -n "$relay" link add pmt0 type pmt provider 2001:db8::/32

# ---- several devices on different lower devices
ip -n "$relay" link del pmt0
ip link add acc2 netns "$relay" address 02:00:00:00:00:05 type veth \
	peer name acc2 netns "$cust" address 02:00:00:00:00:06
ip -n "$cust" link set acc2 up
ip -n "$relay" -batch - <<-EOF
	link set acc2 up
	addr add 8.0.1.2/24 dev acc2
	neigh add 8.0.1.254 lladdr 02:00:00:00:00:06 dev acc2 nud permanent
	route add default via 8.0.1.254 dev acc2 metric 9
	link add pmt0 type pmt dev acc provider 2001:db8::/32
	link add pmt1 type pmt dev acc2 provider 2400:1::/32
	link set pmt0 up
	link set pmt1 up
EOF
ip -n "$relay" -6 route add 2001:db8::/32 via fe80::1 dev pmt0
ip -n "$relay" -6 route add 2400:1::/32 via fe80::1 dev pmt1
cases lowers

# ---- many go at once
ip -n "$relay" -batch - <<-EOF
	link add d0 type dummy
	link add pmt3 type pmt dev d0
	link set d0 group 7
	link set pmt3 group 7
	link set pmt0 group 7
EOF
check "a lower device and those on it deleted as a group" ip -n "$relay" link del group 7
is "pmt1 is left" "$(ip -n "$relay" -o link show type pmt | grep -c pmt)" 1
check "the lower device deleted" ip -n "$relay" link del acc2
check "its device went with it" gone "$relay"

# ---- under traffic
relay_up provider 2001:db8::/32
coproc "$python" "$selftests/scapy/flood.py"
flood=$COPROC_PID
jobs+=("$flood")
read -r -t 30 said <&"${COPROC[0]}"
is "traffic flows both ways" "${said:-}" flowing
changes() {
	local i
	for i in 1 2 3; do
		pmt -n "$relay" rule replace dev pmt0 provider 2001:db8::/32 subnet $((i % 2)) &&
			ip -n "$relay" link set pmt0 type pmt ttl "$i" &&
			ip -n "$relay" link set pmt0 down &&
			ip -n "$relay" link set pmt0 up &&
			ip -n "$relay" link del pmt0 &&
			relay_up provider 2001:db8::/32 || return 1
	done
}
check "changed, set down and up, deleted and made again" changes
check "the module unloaded with a device, under traffic" modprobe -r pmt
is "the device went with it" "$(ip -n "$relay" -o link show pmt0 2>/dev/null)" ""
check "loaded again" modprobe pmt
check "a device" ip -n "$relay" link add pmtx type pmt local 203.0.113.9
unload_in_transaction() {
	cd "$selftests/scapy" && within "$relay" "$python" -c "
import socket, subprocess
from netlink import A_IFINDEX, RULE_FLUSH, TXN_BEGIN, Pmt, u32
pmt, dev = Pmt(), u32(A_IFINDEX, socket.if_nametoindex('pmtx'))
for command in TXN_BEGIN, RULE_FLUSH:
	assert pmt.ask(command, dev)[0] == 0
for line in 'modprobe -r pmt', 'modprobe pmt':
	subprocess.run(line.split(), check=True)"
}
check "the module unloaded and loaded with an open transaction" unload_in_transaction
check "it works again" relay_up provider 2001:db8::/32
check "its namespace deleted, under traffic" ns_del relay
kill "$flood" 2>/dev/null
wait "$flood" 2>/dev/null

reload() {
	local i
	for i in 1 2; do
		ip link add pmtx type pmt local 203.0.113."$i" && modprobe -r pmt && modprobe pmt || return 1
	done
	[ -z "$(links_of_kind pmt)" ]
}
check "unloaded with a device and loaded, twice" reload
end_tests
