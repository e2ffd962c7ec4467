#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# GSO, GRO and checksum offload, both directions (R39's table): a Linux 6to4
# customer (sit) and a plain IPv6 server move files over TCP and datagrams over
# UDP with the offloads of the links on, off, and by pieces; every packet that
# leaves the relay is looked at on the wire. A host behind the customer sends what the
# customer's own GRO puts into lists.
# shellcheck disable=SC2154 # topology and ns_new set the names
. "$(dirname "$0")/lib.sh"

need_pmt
modprobe sit || skip_all "no module sit"
topology
check "a relay" relay_up provider 2001:db8::/32
ns_new lan
{
	ns_sysctl "$cust" net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.acc.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0
	ns_sysctl "$serv" net.ipv6.conf.all.disable_ipv6=0
	ns_sysctl "$cust" net.ipv6.conf.all.forwarding=1
}
ip -n "$cust" -batch - <<-EOF
	addr add 100.64.0.2/32 dev acc
	neigh add 192.88.99.1 lladdr 02:00:00:00:00:01 dev acc nud permanent
	route add 192.88.99.1 dev acc src 100.64.0.2
	link add to6 type sit remote any local 100.64.0.2 ttl 64
	link set to6 up
	link add lan address 02:00:00:00:00:06 type veth peer name lan netns $lan address 02:00:00:00:00:07
	link set lan up
EOF
ip -n "$lan" link set lan up
ip -n "$cust" -6 -batch - <<-EOF
	addr add 2002:6440:2::1/16 dev to6 nodad
	route add default via ::192.88.99.1 dev to6
	route add 2002:6440:2::2 dev lan
	neigh add 2002:6440:2::2 lladdr 02:00:00:00:00:07 dev lan nud permanent
EOF
ip -n "$lan" -6 -batch - <<-EOF
	addr add 2002:6440:2::2/128 dev lan nodad
	neigh add fe80::1 lladdr 02:00:00:00:00:06 dev lan nud permanent
	route add default via fe80::1 dev lan
EOF
export LAN=$lan
ip -n "$serv" -6 -batch - <<-EOF
	addr add 3fff:0:1::2/64 dev inet nodad
	neigh add 3fff:0:1::1 lladdr 02:00:00:00:00:03 dev inet nud permanent
	route add default via 3fff:0:1::1
EOF
adopt "$python" "$selftests/scapy/offload.py" "$@"
end_tests
