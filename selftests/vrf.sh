#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# R9: overlapping realms. The same customers' 100.64.0.0/10 in two VRFs, then with
# the IPv6 sides in VRFs of their own too, then in two network namespaces: what
# belongs to one realm never shows in the other.
. "$(dirname "$0")/lib.sh"

need_pmt
modprobe vrf 2>/dev/null || skip_all "no VRF"
cases() { adopt "$python" "$selftests/scapy/vrf_cases.py" "$@"; }
# shellcheck disable=SC2154 # ns_new and topology set the names
health() {
	[[ "$(pmt -n "$relay" -j link show dev "$1")" =~ \"health\":\ *\"([^\"]*)\" ]]
	echo "${BASH_REMATCH[1]:-}"
}

topology
ns_sysctl "$relay" net.ipv6.icmp.ratelimit=0
ip -batch - <<-EOF
	link add acc2 netns $relay address 02:00:00:00:00:05 type veth peer name acc2 netns $cust address 02:00:00:00:00:06
	link add inet2 netns $relay address 02:00:00:00:00:07 type veth peer name inet2 netns $serv address 02:00:00:00:00:08
EOF
ip -n "$cust" link set acc2 up
ip -n "$serv" link set inet2 up

# realm4 NS VRF PORT MAC NET, realm6 NS VRF PORT MAC: addresses and routes as
# topology's, behind PORT, whose other end's address ends in MAC
realm4() {
	ip -n "$1" -batch - <<-EOF
		link set $3 up
		addr replace 8.0.$5.2/24 broadcast 8.0.$5.255 dev $3
		neigh replace 8.0.$5.254 lladdr 02:00:00:00:00:$4 dev $3 nud permanent
		route replace ${2:+vrf $2} default via 8.0.$5.254 dev $3
	EOF
}
realm6() {
	ip -n "$1" -6 -batch - <<-EOF
		addr replace 3fff:0:1::1/64 dev $3 nodad
		neigh replace 3fff:0:1::2 lladdr 02:00:00:00:00:$4 dev $3 nud permanent
		route replace ${2:+vrf $2} default via 3fff:0:1::2 dev $3
	EOF
}

# ---- the IPv4 side in a VRF
ip -n "$relay" -batch - <<-EOF
	addr del 192.88.99.1/32 dev lo
	link add red type vrf table 101
	link add blue type vrf table 102
	link set red up
	link set blue up
	link set acc master red
	link set acc2 master blue
	addr add 192.88.99.1/32 dev red
	addr add 192.88.99.1/32 dev blue
EOF
realm4 "$relay" red acc 02 0
realm4 "$relay" blue acc2 06 1
check "R9: a device in a VRF" \
	ip -n "$relay" link add pmt0 type pmt dev red provider 2001:db8::/32
check "R9: the same local in another VRF" \
	ip -n "$relay" link add pmt1 type pmt dev blue provider 2400:1::/32
if ip -n "$relay" link add pmt2 type pmt dev red provider 2400:2::/32 2>"$scratch/said"; then
	not_ok "R9: the same local in the same VRF is taken"
else
	ok "R9: the same local in the same VRF is taken"
fi
ip -n "$relay" -6 -batch - <<-EOF
	link set pmt0 up
	link set pmt1 up
	route add 2001:db8::/32 via fe80::1 dev pmt0
	route add 2400:1::/32 via fe80::1 dev pmt1
EOF
cases vrfs

is "R72: health is ok with the address in the VRF's table" "$(health pmt0)" ok
ip -n "$relay" -batch - <<-EOF
	addr del 192.88.99.1/32 dev red
	addr add 192.88.99.1/32 dev lo
EOF
is "R72: the address outside the VRF is none of its" "$(health pmt0)" no-local-address
is "R72: while the other VRF still has it" "$(health pmt1)" ok
ip -n "$relay" -batch - <<-EOF
	addr del 192.88.99.1/32 dev lo
	addr add 192.88.99.1/32 dev acc
EOF
is "R72: on a port of the VRF it counts" "$(health pmt0)" ok
ip -n "$relay" -batch - <<-EOF
	addr del 192.88.99.1/32 dev acc
	addr add 192.88.99.1/32 dev red
	link set blue down
EOF
is "R72: a VRF that goes down takes its device along" "$(health pmt1)" lower-down
is "R72: and not the other's" "$(health pmt0)" ok
ip -n "$relay" link set blue up
is "R72: up again, both are well" "$(health pmt0) $(health pmt1)" "ok ok"

# ---- the IPv6 side in VRFs too: the same provider prefix twice
ip -n "$relay" link del pmt1
check "R9: the same provider prefix in another realm" \
	ip -n "$relay" link add pmt1 type pmt dev blue provider 2001:db8::/32
ip -n "$relay" -batch - <<-EOF
	link add green type vrf table 103
	link add yellow type vrf table 104
	link set green up
	link set yellow up
	route replace vrf blue default via 8.0.1.254 dev acc2
	link set inet master green
	link set inet2 master yellow
	link set inet2 up
	link set pmt0 master green
	link set pmt1 master yellow
	link set pmt0 up
	link set pmt1 up
EOF
realm6 "$relay" green inet 04
realm6 "$relay" yellow inet2 08
ip -n "$relay" -6 -batch - <<-EOF
	route replace vrf green 2001:db8::/32 via fe80::1 dev pmt0
	route replace vrf yellow 2001:db8::/32 via fe80::1 dev pmt1
EOF
cases both_sides

# ---- two namespaces
ip -n "$relay" -batch - <<-EOF
	link del pmt0
	link del pmt1
	link del red
	link del blue
	link del green
	link del yellow
	addr add 192.88.99.1/32 dev lo
EOF
ns_new relay2
# shellcheck disable=SC2154 # ns_new sets the names
ns_sysctl "$relay2" net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
	net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
	net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
	net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
	net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.icmp.ratelimit=0
ip -n "$relay" link set acc2 netns "$relay2"
ip -n "$relay" link set inet2 netns "$relay2"
ip -n "$relay2" -batch - <<-EOF
	link set lo up
	link set acc2 up
	link set inet2 up
	addr add 192.88.99.1/32 dev lo
EOF
realm4 "$relay" "" acc 02 0
realm6 "$relay" "" inet 04
realm4 "$relay2" "" acc2 06 1
realm6 "$relay2" "" inet2 08
check "R9: a relay in a namespace" relay_up provider 2001:db8::/32
first=$relay relay=$relay2
check "R9: its like in another, of the same name" relay_up provider 2001:db8::/32
relay=$first
RELAY2=$relay2 cases namespaces
end_tests
