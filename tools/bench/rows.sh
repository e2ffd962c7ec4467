# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# The rows: what is set up, what is put in, what must come out.

# ---- peers: up_PEER FLOWS makes the relay, down_PEER takes it away ----------

up_plain() { :; }
down_plain() { :; }

sit_up() {	# ROUTE...
	modprobe sit 2>/dev/null
	ip tunnel add sit6to4 mode sit remote any local 192.88.99.1 ttl 64
	ip link set sit6to4 up
	ip -6 route add 2002::/16 "$@" dev sit6to4
}
up_sit() { sit_up; }
down_sit() { ip tunnel del sit6to4; }

# As nobody does it: it takes a neighbour per customer off sit's transmit side.
up_sit_via() { sit_up via fe80::1; }
down_sit_via() { down_sit; }

# nftables without connection tracking: an address is put in the place of another,
# for many customers out of a map. A host has one address here, not a prefix.
up_sit_nft() {	# FLOWS
	sit_up
	local out='2001:db8:c98::1' in='2002:c98::1'
	if [ "$1" -gt 1 ]; then
		out='ip6 saddr map @out' in='ip6 daddr map @in'
	fi
	{
		echo 'table ip6 bench {'
		nft_map out 2002:c98 2001:db8:c98 "$1"
		nft_map in 2001:db8:c98 2002:c98 "$1"
		echo "chain c { type filter hook prerouting priority -300;
			iifname sit6to4 ip6 saddr set $out
			iifname in0 ip6 daddr set $in
		}
		}"
	} >/tmp/bench.nft
	nft -f /tmp/bench.nft
}
nft_map() {	# NAME FROM TO N
	awk -v name="$1" -v from="$2" -v to="$3" -v n="$4" 'BEGIN {
		printf "map %s { type ipv6_addr : ipv6_addr; size 65536; elements = {\n", name
		for (i = 0; i < n; i++)
			printf "%s:%x::1 : %s:%x::1,\n", from, i, to, i
		print "}\n}"
	}'
}
down_sit_nft() { nft delete table ip6 bench; down_sit; }

# What users do today. Prefixes of one length only, so 2001:: instead of a real one.
up_sit_conntrack() {	# FLOWS
	sit_up
	nft add table ip6 bench
	nft add chain ip6 bench c '{ type nat hook postrouting priority 100; }'
	nft add rule ip6 bench c oifname out0 ip6 saddr 2002::/16 snat prefix to 2001::/16
	# A guest whose time counts instructions ages fast while it waits for a file.
	sysctl -qw net.netfilter.nf_conntrack_max=1000000 net.netfilter.nf_conntrack_udp_timeout=86400 \
		net.netfilter.nf_conntrack_udp_timeout_stream=86400
	echo 131072 >/sys/module/nf_conntrack/parameters/hashsize 2>/dev/null
	# Replies need a flow to belong to.
	"$inject" -c $(($1 + 64)) in0 \
		"v4=12.152.0.0@,src=2002:c98::1@4,dst=2600::1,proto=udp,flows=$1" >/dev/null
}
down_sit_conntrack() { nft delete table ip6 bench; down_sit; }

# ip6tables' stateless prefix translation (RFC 6296).
up_sit_snpt() {
	ip6tables-nft -t mangle -A POSTROUTING -o out0 -s 2002::/16 \
		-j SNPT --src-pfx 2002::/16 --dst-pfx 2001::/16 &&
	ip6tables-nft -t mangle -A PREROUTING -i in0 -d 2001::/16 \
		-j DNPT --src-pfx 2001::/16 --dst-pfx 2002::/16 &&
	sit_up
}
down_sit_snpt() { ip6tables-nft -t mangle -F; nft delete table ip6 mangle; down_sit; }

pmt_up() {	# PREFIX OPTION...
	local prefix=$1
	shift
	modprobe pmt 2>/dev/null
	pmt link add pmt0 up mtu 1480 "$@"
	ip -6 route add "$prefix" via fe80::1 dev pmt0
}
up_pmt() { pmt_up 2001:db8::/32 provider 2001:db8::/32; }
down_pmt() {
	ip link del pmt0
	rmmod pmt
}

# Instructions are counted exactly. Of nanoseconds it is the 5th percentile of all
# batches of a round, and of the rounds the fastest: whatever else runs only adds.
put_in() {	# PROCESSOR COUNT FRAME...
	local mode='' n
	[ "$kind" != ns ] || mode=-m
	for ((n = 0; n < ROUNDS; n++)); do
		taskset -c "$1" "$inject" $mode -c "$2" in0 "${@:3}"
	done | sort -n | head -n 1
}

# ---- one row ----------------------------------------------------------------

# The frame of DIRECTION for PEER; what varies is the customer's IPv4 address and,
# towards the Internet, the server.
frame() {	# DIRECTION PEER PROTOCOL SIZE FLOWS
	local rest="proto=$3,size=$4,flows=$5"
	case $1:$2 in
	*:plain) echo "src=2001:db8:c98::1@6,dst=2600::1@14,$rest" ;;
	decap:pmt_policy*) echo "v4=12.152.0.0@,src=2002:c98::1@4,dst=2600::1@14,$rest,every=2" ;;
	decap:*) echo "v4=12.152.0.0@,src=2002:c98::1@4,dst=2600::1@14,$rest" ;;
	encap:pmt_policy*) echo "src=2600::1,dst=2001:db8:c98::1@6,$rest,every=2" ;;
	encap:pmt_rules*) echo "src=2600::1,dst=2001:db8:0::1@6,$rest" ;;
	encap:pmt | encap:sit_nft) echo "src=2600::1,dst=2001:db8:c98::1@6,$rest" ;;
	encap:sit_conntrack) echo "src=2600::1,dst=2001:c98::1@4,$rest" ;;
	encap:sit_snpt) echo "src=2600::1,dst=2001:c98:0:1::1@4,$rest" ;;
	encap:sit*) echo "src=2600::1,dst=2002:c98::1@4,$rest" ;;
	esac
}

# What its first packet looks like when it leaves.
leaving() {	# DIRECTION PEER
	case $1:$2 in
	decap:pmt_rules*) echo "2001:db8::1 > 2600::" ;;
	*:plain | decap:pmt* | decap:sit_nft) echo "2001:db8:c98::1 > 2600::" ;;
	decap:sit_conntrack) echo "2001:c98::1 > 2600::" ;;
	decap:sit_snpt) echo "2001:c98:0:1::1 > 2600::" ;;
	decap:*) echo "2002:c98::1 > 2600::" ;;
	encap:*) echo "192.88.99.1 > 12.152.0.0 2600::1 > 2002:c98::1" ;;
	esac
}

# Some packets go ahead of what is measured.
row() {	# GROUP DIRECTION PEER PROTOCOL SIZE FLOWS NOTE
	local frame looks before value forwarded
	frame=$(frame "$2" "$3" "$4" "$5" "$6")
	looks=$("$inject" -w out0 in0 "$frame")
	if [ "${looks% }" != "$(leaving "$2" "$3")" ]; then
		say "void: $*: what leaves is $looks"
		echo "row|$1|$2|$3|$4|$5|$6|$7||0|0"
		return
	fi
	"$inject" -c $(($6 + 2000)) in0 "$frame" >/dev/null
	before=$(sent)
	value=$(put_in 0 "$COUNT" "$frame")
	forwarded=$(($(sent) - before))
	echo "row|$1|$2|$3|$4|$5|$6|$7|$value|$forwarded|$((COUNT * ROUNDS))"
}

wanted() { [ -z "${PEERS:-}" ] || [[ " $PEERS " == *" $1 "* ]]; }

# ---- the groups -------------------------------------------------------------

rows_decap() { rows_of decap decap "sit pmt" "udp 64"; }
rows_encap() { rows_of encap encap "sit sit_via pmt" "udp 64"; }

rows_peers() {
	rows_of peers decap "plain sit_nft sit_conntrack sit_snpt" "udp 64"
	rows_of peers encap "sit_nft sit_conntrack sit_snpt" "udp 64"
}

rows_sizes() {
	rows_of sizes decap "plain sit sit_conntrack pmt" "udp 576" "udp 1400"
	rows_of sizes encap "sit sit_via sit_conntrack pmt" "udp 576" "udp 1400"
}

rows_protocols() {
	rows_of protocols decap "sit pmt" "tcp 64" "tcp 1400" "icmp 64" "icmp 1400"
	rows_of protocols encap "sit sit_via pmt" "tcp 64" "tcp 1400" "icmp 64" "icmp 1400"
}

rows_of() {	# GROUP DIRECTION PEERS PACKETS...
	local group=$1 direction=$2 peers=$3 peer flows packet
	shift 3
	for peer in $peers; do
		wanted "$peer" || continue
		for flows in 1 $many; do
			if ! "up_$peer" "$flows" >&2; then
				echo "none|$group|$peer $direction|this kernel or user space has it not"
				"down_$peer" >/dev/null 2>&1
				break
			fi
			for packet in "$@"; do
				# shellcheck disable=SC2086
				row "$group" "$direction" "$peer" $packet "$flows" ''
			done
			"down_$peer"
		done
	done
}

# One rule for a /16 of customers, or 256 for the same; the addresses are the same.
up_pmt_rules() {	# N
	local i
	pmt_up 2001:db8::/48
	if [ "$1" = 1 ]; then
		pmt rule add dev pmt0 provider 2001:db8::/48 ipv4 12.152.0.0/16
		return
	fi
	for ((i = 0; i < 256; i++)); do
		printf 'rule add dev pmt0 provider 2001:db8:0:%x00::/56 ipv4 12.152.%d.0/24\n' $i $i
	done >/tmp/bench.rules
	pmt -b /tmp/bench.rules
}

rows_rules() {
	local n flows direction
	for n in 1 256; do
		up_pmt_rules $n
		for direction in decap encap; do
			for flows in 1 $many; do
				row rules $direction "pmt_rules_$n" udp 64 "$flows" "$n rules"
			done
		done
		down_pmt
	done
}

# A million entries, /17 to /32. Where the customers are, each second address is
# dropped: as many ranges as a /16 can have. $1 sets the actions of the rest.
policy_entries() {	# N ACTION
	awk -v n="$1" -v action="$2" 'BEGIN {
		for (i = 1; i < 65536 && n > 0; i += 2) {
			printf "policy add dev pmt0 12.152.%d.%d drop\n", int(i / 256), i % 256
			n--
		}
		for (i = 0; n > 0; i++) {
			a = 13 * 16777216 + i * 1024
			if (a >= 1677721600)		# 100.0.0.0
				exit
			len = 22 + i % 11
			printf "policy add dev pmt0 %d.%d.%d.0/%d %s\n", int(a / 16777216),
				int(a / 65536) % 256, int(a / 256) % 256, len, action
			n--
			if (i % 64 == 0 && n > 0) {
				printf "policy add dev pmt0 %d.%d.0.0/%d drop\n", int(a / 16777216),
					int(a / 65536) % 256, 17 + int(i / 64) % 5
				n--
			}
		}
	}'
}

rows_policy() {
	local n=${ENTRIES:-1000000} half=$((many / 2)) flows direction when
	up_pmt
	policy_entries "$n" reject >/tmp/bench.policy
	for when in none many; do
		if [ $when = many ]; then
			pmt -b /tmp/bench.policy
			say "$(pmt -j policy show dev pmt0 | grep -o prefix | wc -l) policy entries"
		fi
		for direction in decap encap; do
			for flows in 1 $half; do
				if [ $when = none ]; then
					row policy $direction pmt_policy_0 udp 64 "$flows" "no policy"
				else
					row policy $direction "pmt_policy_$n" udp 64 "$flows" "$n entries"
				fi
			done
		done
	done
	down_pmt
}

# ---- memory -----------------------------------------------------------------

fact() { echo "fact|$1|$2|$3|$4"; }

settle() { sleep 1; }	# RCU has freed what it will
slab_bytes() { awk 'NR > 2 { s += $2 * $4 } END { printf "%d\n", s }' /proc/slabinfo; }
neighbours() { ip -6 -stats ntable show name ndisc_cache 2>/dev/null | grep -o 'entries [0-9]*' | head -n 1 | cut -d ' ' -f 2; }
ratio_of() { awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN { printf f "\n", b ? a / b : 0 }'; }

# What slab caches hold before and after 65,536 customers, all that the stack keeps
# for them among it: neighbours, routes, peers. The IPv4 stack is given one customer
# first, so that what is kept once is not counted.
customers_memory() {	# PEER DIRECTION
	local before after neighbours
	"$inject" -c 2000 in0 "$(frame "$2" "$1" udp 64 1)" >/dev/null
	settle
	before=$(slab_bytes)
	"$inject" -c "$many" in0 "$(frame "$2" "$1" udp 64 "$many")" >/dev/null
	neighbours=$(neighbours)
	settle
	after=$(slab_bytes)
	fact memory "$1 $2: slab memory a customer" "$(ratio_of $((after - before)) "$many")" bytes
	fact memory "$1 $2: IPv6 neighbours right after" "$neighbours" entries
}

text_facts() {	# MODULE: its code, and the data that it only reads
	local file
	file=$(modinfo -n "$1") || return
	xz -dc "$file" >/tmp/text.ko 2>/dev/null || cp "$file" /tmp/text.ko
	size -A /tmp/text.ko | awk -v module="$1" '
		/^\.(init\.|exit\.)?text/ { text += $2 }
		/^\.rodata/ { rodata += $2 }
		END { printf "fact|memory|module %s: text|%d|bytes\n", module, text
		      printf "fact|memory|module %s: constants|%d|bytes\n", module, rodata }'
}

# The group's kernel memory: what the module charged to whom it worked for.
charged() { awk '$1 == "kernel" { print $2 }' "$cgroup/memory.stat"; }
in_cgroup() { (echo $BASHPID >"$cgroup/cgroup.procs" && exec "$@"); }

peak_of() {	# COMMAND...: run it, print the most that was charged meanwhile
	local peak=0 now
	in_cgroup "$@" >/dev/null &
	while kill -0 $! 2>/dev/null; do
		now=$(charged)
		[ "$now" -le "$peak" ] || peak=$now
		sleep 0.05
	done
	wait $! || return 1
	echo "$peak"
}

rows_memory() {
	local n=${ENTRIES:-1000000} peer direction base held peak mib=1048576
	for peer in sit pmt; do
		"up_$peer"
		for direction in decap encap; do
			customers_memory $peer $direction
		done
		if [ $peer = pmt ]; then
			text_facts pmt
			text_facts sit
		fi
		"down_$peer"
	done

	cgroup=/sys/fs/cgroup/bench
	mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
	mkdir -p $cgroup
	if [ -z "$(charged)" ]; then
		echo "none|memory|policy entries|no memory control group in this kernel"
		return
	fi
	up_pmt
	policy_entries "$n" reject >/tmp/bench.policy
	{ pmt save dev pmt0 | grep -v '^policy'; policy_entries "$n" pass; } >/tmp/bench.other
	base=$(charged)
	if ! peak=$(peak_of pmt -b /tmp/bench.policy); then
		echo "none|memory|policy entries|loading them failed"
		down_pmt
		return
	fi
	held=$(charged)
	fact memory "policy, $n entries: held" "$(ratio_of $((held - base)) $mib)" MiB
	fact memory "policy, $n entries: most while loading" "$(ratio_of $((peak - base)) $mib)" MiB
	if peak=$(peak_of pmt apply /tmp/bench.other); then
		fact memory "policy, $n entries: most while as many new ones replace them" \
			"$(ratio_of $((peak - base)) $mib)" MiB
		fact memory "policy, $n entries: held after that" "$(ratio_of $(($(charged) - base)) $mib)" MiB
	else
		echo "none|memory|policy entries replaced|pmt apply failed"
	fi
	down_pmt
	rm -f /tmp/bench.policy /tmp/bench.other
}

# ---- TCP bulk: a customer, the relay, a server; GSO and GRO as they are -----

rows_tcp() {
	local peer way direction values i mib=${MIB:-64}
	ip netns add cust
	ip netns add serv
	ip link add acc type veth peer name eth0 netns cust
	ip link add inet type veth peer name eth0 netns serv
	ip link set acc up
	ip link set inet up
	ip addr add 12.200.0.1/24 dev acc
	ip addr add 2600:1::1/64 dev inet nodad
	sysctl -qw net.ipv4.conf.acc.rp_filter=0
	ip -n cust link set lo up
	ip -n cust link set eth0 up
	ip -n cust addr add 12.200.0.2/24 dev eth0
	ip -n cust route add default via 12.200.0.1
	modprobe sit 2>/dev/null
	ip -n cust tunnel add tun6to4 mode sit remote any local 12.200.0.2 ttl 64
	ip -n cust link set tun6to4 up
	ip -n cust addr add 2002:cc8:2::1/16 dev tun6to4
	ip -n cust -6 route add default via ::192.88.99.1 dev tun6to4
	ip -n serv link set lo up
	ip -n serv link set eth0 up
	ip -n serv addr add 2600:1::2/64 dev eth0 nodad
	ip -n serv -6 route add default via 2600:1::1
	ip netns exec serv iperf3 -s -D >/dev/null
	for peer in sit pmt; do
		wanted "$peer" || continue
		"up_$peer"
		for direction in decap encap; do
			way=
			[ $direction = decap ] || way=-R
			# The first megabytes are for the window to open.
			# shellcheck disable=SC2086
			ip netns exec cust iperf3 -6 -c 2600:1::2 $way -n 32M >/dev/null 2>&1
			# How well packets gather is a matter of luck: the median of many
			for ((i = 0; i < 15; i++)); do
				# shellcheck disable=SC2086
				ip netns exec cust iperf3 -6 -c 2600:1::2 $way -n "${mib}M" -J
			done >/tmp/iperf.json 2>&1
			# The last window may still be on its way when the sender counts.
			values=$(jq -r '.end | .sum_received.seconds as $s | .sum_received.bytes as $r |
				.sum_sent.bytes as $b | if $b - $r > 8388608 then "lost" else
				$s * 1e9 / ($r / 1024) * 10 | round / 10 end' /tmp/iperf.json 2>&1 | sort -n)
			say "tcp $peer $direction:" $values
			if [ "$(echo "$values" | grep -c '^[0-9.]*$')" != 15 ]; then
				say "$(head -c 500 /tmp/iperf.json)"
				echo "none|tcp|$peer $direction|a transfer failed"
				continue
			fi
			echo "row|tcp|$direction|$peer|bulk|0|1|a KiB, both ends' own work in it|$(echo "$values" |
				sed -n 8p)|$mib|$mib"
		done
		"down_$peer"
	done
	ip netns pids serv | xargs -r kill
	ip netns del cust
	ip netns del serv
}

# ---- overload ---------------------------------------------------------------

icmp_sent() {
	awk '$1 == "Icmp6OutMsgs" { s += $2 } END { print s + 0 }' /proc/net/snmp6
	awk '$1 == "Icmp:" && $3 ~ /^[0-9]/ { print $15 }' /proc/net/snmp
}
out_of() { cat "/sys/class/net/$1/statistics/tx_packets"; }
free_kib() { settle; awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }

# Sixteen kinds take turns: two are good ones of 65,536 customers and leave by out0,
# eight of one customer that floods and leave by out1, three spoofed, three malformed.
overload_frames() {
	local n good="src=2002:c98::1@4,dst=2600::1@14,flows=$many" flood="src=2002:c99:1::1,dst=2601::1"
	for n in 1 2; do
		echo "v4=12.152.0.0@,$good"
		for _ in 1 2 3 4; do echo "v4=12.153.0.1,$flood"; done
		echo "v4=12.153.0.1,src=2002:c98:1::1,dst=2600::1"
		echo "v4=12.153.0.1,$flood,bad=length"
		[ $n = 1 ] || echo "v4=12.153.0.1,$flood,bad=version"
		[ $n = 2 ] || echo "v4=12.153.0.1,src=2002:808:808::1,dst=2600::1"
	done
}

rows_overload() {
	local peer good flood icmp value memory frames count=$((COUNT / 16 * 16)) rps=/sys/class/net/in0/queues/rx-0/rps_cpus
	ip link add out1 type dummy
	ip link set out1 up
	ip -6 addr add 2601:0:0:ff::1/64 dev out1 nodad
	ip -6 neigh add 2601:0:0:ff::2 lladdr 02:00:00:00:00:99 dev out1 nud permanent
	ip -6 route add 2601::/32 via 2601:0:0:ff::2 dev out1
	mapfile -t frames < <(overload_frames)
	[ "$kind" != ns ] || [ "$(nproc)" -lt 2 ] || count=$((count * 5))
	for peer in sit pmt; do
		"up_$peer"
		"$inject" -c "$many" in0 "${frames[@]}" >/dev/null
		[ "$kind" != ns ] || [ "$(nproc)" -lt 2 ] || echo 2 >$rps
		memory=$(free_kib) good=$(out_of out0) flood=$(out_of out1)
		icmp=$(icmp_sent | awk '{ s += $1 } END { print s }')
		value=$(taskset -c 0 "$inject" -c "$count" in0 "${frames[@]}")
		sleep 1
		good=$(($(out_of out0) - good)) flood=$(($(out_of out1) - flood))
		icmp=$(($(icmp_sent | awk '{ s += $1 } END { print s }') - icmp))
		memory=$((memory - $(free_kib)))
		echo 0 >$rps
		fact overload "$peer: put in, all kinds" "$value" "$kind a packet"
		fact overload "$peer: good ones of other customers forwarded" \
			"$(ratio_of $((100 * good)) $((count / 8)))" "% of $((count / 8))"
		fact overload "$peer: good ones of the customer that floods forwarded" \
			"$(ratio_of $((100 * flood)) $((count / 2)))" "% of $((count / 2))"
		fact overload "$peer: ICMP and ICMPv6 messages sent" $icmp "for $count packets"
		fact overload "$peer: memory taken" $memory KiB
		"down_$peer"
	done
	ip link del out1
}

# ---- native only ------------------------------------------------------------

rows_latency() {
	local peer direction percentile value
	[ "$kind" = ns ] || return
	for peer in sit pmt; do
		"up_$peer"
		for direction in decap encap; do
			while read -r percentile value; do
				[ -z "$value" ] || fact latency "$peer $direction, $many customers: percentile $percentile" "$value" ns
			done < <("$inject" -l -c "$COUNT" in0 "$(frame $direction $peer udp 64 "$many")")
		done
		"down_$peer"
	done
}

# Two flows: on one processor in turn, then each on a processor of its own.
rows_cpus() {
	local peer direction a b before one two
	[ "$kind" = ns ] || return
	if [ "$(nproc)" -lt 2 ]; then
		echo "none|cpus|two processors|this guest has one"
		return
	fi
	for peer in sit pmt; do
		"up_$peer"
		for direction in decap encap; do
			a=$(frame $direction $peer udp 64 1)
			case $direction:$peer in
			decap:*) b="v4=12.153.0.1,src=2002:c99:1::1,dst=2600::2" ;;
			encap:pmt) b="src=2600::1,dst=2001:db8:c99:1::1" ;;
			encap:sit) b="src=2600::1,dst=2002:c99:1::1" ;;
			esac
			before=$(sent)
			one=$(put_in 0 $((2 * COUNT)) "$a" "$b")
			put_in 1 "$COUNT" "$b" >/tmp/cpu1 &
			put_in 0 "$COUNT" "$a" >/tmp/cpu0
			wait $!
			two=$(paste /tmp/cpu0 /tmp/cpu1 | awk '{ print ($1 > $2 ? $1 : $2) / 2 }')
			if [ $(($(sent) - before)) != $((4 * COUNT * ROUNDS)) ]; then
				echo "none|cpus|$peer $direction|void: $(($(sent) - before)) of $((4 * COUNT * ROUNDS)) forwarded"
				continue
			fi
			fact cpus "$peer $direction: one processor" "$one" "ns a packet"
			fact cpus "$peer $direction: two processors" "$two" "ns a packet"
			fact cpus "$peer $direction: as fast with two as" "$(ratio_of "$one" "$two")" "times one"
		done
		"down_$peer"
	done
}
