# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Real peers, all of them Linux, for peers.sh and pmtu.sh: a host behind a 6to4
# gateway with a stateful firewall, two relays with the same rules, a server that
# has IPv6 alone. Sourced behind lib.sh, not run.
#
#	host -- cpe -- isp -- r1 -- core -- far -- serv
#	                  `-- r2 --'

need_pmt
modprobe sit || skip_all "no module sit"
command -v nft >/dev/null || skip_all "no nft"
SERVER=3fff:80::80 C6='' CP=''
ns_new host cpe isp r1 r2 core far serv

# ---- who asks: one process, which answers a line for each line
mkfifo "$scratch/asks" "$scratch/answers"
exec {asks}<>"$scratch/asks" {answers}<>"$scratch/answers"
# shellcheck disable=SC2154 # ns_new sets the names
"$python" "$selftests/scapy/peers.py" "$host" "$serv" $SERVER "${SIZE:-200000}" \
	<"$scratch/asks" >"$scratch/answers" 2>"$scratch/peers" &
jobs+=($!)
ask() {	# QUESTION WORD...: its status and text
	local status text
	[ ! -e "$scratch/silent" ] || return 1
	echo "$*" >&"$asks"
	read -r -t 60 -u "$answers" status text ||
		{ touch "$scratch/silent"; cat "$scratch/peers"; return 1; }
	[ -z "$text" ] || printf '%s\n' "$text"
	return "$status"
}

for ns in "$host" "$cpe" "$isp" "$r1" "$r2" "$core" "$far" "$serv"; do
	ask set "$ns" net.ipv6.conf.all.forwarding=1 \
		net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv4.icmp_ratelimit=0 || exit 1
done
declare -A lines=()	# by namespace, for ip -batch
# wire NS DEV ADDR NS DEV ADDR: a link, addresses with their lengths. Without nodad
# an IPv6 address waits for a work item of the kernel's before a route may name it.
wire() {
	local nodad=''
	[ "${3/:/}" = "$3" ] || nodad=nodad
	echo "link add $2 netns $1 type veth peer name $5 netns $4" >>"$scratch/wires"
	lines[$1]+="addr add $3 dev $2 $nodad"$'\n'"link set $2 up"$'\n'
	lines[$4]+="addr add $6 dev $5 $nodad"$'\n'"link set $5 up"$'\n'
}
mtu() {	# BYTES NS DEV NS DEV
	ip -n "$2" link set "$3" mtu "$1" && ip -n "$4" link set "$5" mtu "$1"
}

cat >"$scratch/wires" <<-EOF
	link add lan netns $host type veth peer name lan netns $cpe
	link add wan netns $cpe type veth peer name cpe netns $isp
EOF
wire "$isp" r1 8.0.1.1/24 "$r1" isp 8.0.1.2/24
wire "$isp" r2 8.0.2.1/24 "$r2" isp 8.0.2.2/24
wire "$r1" core 3fff:0:1::1/64 "$core" r1 3fff:0:1::2/64
wire "$r2" core 3fff:0:2::1/64 "$core" r2 3fff:0:2::2/64
wire "$core" far 3fff:0:3::1/64 "$far" core 3fff:0:3::2/64
wire "$far" serv 3fff:80::1/64 "$serv" far $SERVER/64
lines[$core]+="route add 3fff:80::/64 via 3fff:0:3::2"
lines[$far]+="route add default via 3fff:0:3::1"
lines[$serv]+="route add default via 3fff:80::1"
for n in 1 2; do
	ns=$r1
	[ $n = 1 ] || ns=$r2
	lines[$ns]+="addr add 192.88.99.1/32 dev lo
		route add default via 8.0.$n.1
		route add default via 3fff:0:$n::2
		link add pmt0 type pmt provider 2001:db8::/32
		link set pmt0 up
		route add 2001:db8::/32 via fe80::1 dev pmt0 src 3fff:0:$n::1"
done
ip -batch "$scratch/wires" || exit 1
for ns in "$host" "$cpe" "$isp" "$r1" "$r2" "$core" "$far" "$serv"; do
	ip -n "$ns" -batch - <<<"link set lo up"$'\n'"${lines[$ns]:-}" || exit 1
done

# by OUT IN: which relay gets what customers send, which what is for them
by() {
	ip -n "$isp" route replace 192.88.99.1 via "8.0.$1.2"
	ip -n "$core" -6 route replace 2001:db8::/32 via "3fff:0:$2::1"
}
by 1 1

# The gateway: lets in what is asked for, and for traceroute's sake probes.
within "$cpe" nft -f - <<-EOF
	table inet firewall {
		chain input {
			type filter hook input priority filter; policy drop;
			iifname { "lo", "lan" } accept
			iifname "wan" ip protocol 41 ip saddr 192.88.99.1 ct state established counter accept
			iifname "wan" ip protocol icmp ct state related accept
			iifname "to6" ct state established,related accept
			iifname "to6" meta l4proto { icmpv6, udp } accept
		}
		chain forward {
			type filter hook forward priority filter; policy drop;
			iifname "lan" accept
			ct state established,related accept
			udp dport 33434-33534 accept
		}
	}
EOF

# customer V4 HIGH LOW: the gateway's address, and its halves in hexadecimal
customer() {
	local old=$C6
	C6=2002:$2:$3: CP=2001:db8:$2:$3:
	ip -n "$isp" -batch - <<-EOF
		addr flush dev cpe
		addr add ${1%.*}.1/24 dev cpe
		link set cpe up
	EOF
	# lan's link-local addresses stay: a router asks for its neighbours from them
	ip -n "$cpe" -batch - <<-EOF
		${old:+link del to6}
		addr flush dev wan
		addr flush dev lan scope global
		addr add $1/24 dev wan
		link set wan up
		link set lan up
		route replace default via ${1%.*}.1
		link add to6 type sit remote any local $1 ttl 64
		link set to6 up
		addr add ${C6}:1/16 dev to6
		addr add ${C6}:ff/64 dev lan
		route add default via ::192.88.99.1 dev to6
	EOF
	ip -n "$host" -batch - <<-EOF
		addr flush dev lan scope global
		link set lan up
		addr add ${C6}:2/64 dev lan
		route replace default via ${C6}:ff dev lan
	EOF
	forget "$serv" "$r1" "$r2"
}

# ---- what is asked
forget() { ask forget "$@"; }	# NS...: what path MTU discovery has learnt
fetch() { ask fetch "$@"; }	# [SECONDS]
store() { ask store "$@"; }
reaches() { ask reaches "$@"; }	# NS ADDRESS [SECONDS]
hops() { ask hops "$@"; }	# NS ADDRESS [BYTES...]
reassembled() { ask reassembled "$1"; }
refuses() {	# NAME COMMAND...: it fails
	if "${@:2}" >/dev/null 2>&1; then not_ok "$1" "it succeeded"; else ok "$1"; fi
}
# out NAME MTU, into NAME MTU: a file, and what its sender has learnt of the path
out() {
	forget "$host" "$cpe" "$serv" "$r1"
	check "$1: store" store
	is "$1: path MTU" "$(ask learnt "$host" $SERVER)" "$2"
}
into() {
	forget "$host" "$cpe" "$serv" "$r1"	# a host's SYN tells what it has learnt
	check "$1: fetch" fetch
	is "$1: path MTU" "$(ask learnt "$serv" "$CP:2")" "$2"
}
