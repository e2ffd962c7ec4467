#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Several relays, which BGP makes one (R72, R74): 200 transfers of 100 customers go on
# while relays are drained, die, lose their device, their links, their daemons, and join.
# The routers and relays run BIRD with the files of Documentation/bird. For the lab's
# user-mode Linux, which has BIRD in its toolbox:
#	tools/lab/vm --kernel uml --toolbox -- selftests/relays.sh
#
#	                         r1
#	cust ------- access ---- r2 ---- border ------- serv
#	100 sit      AS 64500 -- r3 --  AS 64500        AS 64511
#	devices         `---------------'               IPv6 only
# shellcheck disable=SC2154 # ns_new sets the names
. "$(dirname "$0")/lib.sh"

need_pmt
modprobe sit || skip_all "no module sit"
command -v nft >/dev/null || skip_all "no nft"
command -v bird >/dev/null || skip_all "no bird: the lab has it in its toolbox, for user-mode Linux"
bird_files=$selftests/../Documentation/bird
for tool in pmt-quick pmt-announce; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
[ -e "$bird_files/relay.conf" ] || skip_all "no Documentation/bird: not in the source tree"

ns_new cust access r1 r2 r3 border serv
for ns in "$cust" "$access" "$r1" "$r2" "$r3" "$border" "$serv"; do
	ns_sysctl "$ns" net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
		net.ipv4.tcp_orphan_retries=1	# connections to who is dead end with the test
done
# How access.conf and border.conf want them
ns_sysctl "$access" net.ipv4.fib_multipath_hash_policy=0
ns_sysctl "$border" net.ipv6.fib_multipath_hash_policy=1
# A router forgets a connection to a relay that is dead before we look for what is left.
ns_sysctl "$access" net.ipv4.tcp_orphan_retries=1
ns_sysctl "$border" net.ipv4.tcp_orphan_retries=1

declare -A lines=()	# by namespace, for ip -batch
wire() {	# NS DEV NS DEV
	echo "link add $2 netns $1 type veth peer name $4 netns $3" >>"$scratch/wires"
	lines[$1]+="link set $2 up"$'\n'
	lines[$3]+="link set $4 up"$'\n'
}
wire "$cust" access "$access" cust
lines[$cust]+="addr add 198.51.100.2/31 dev access
	route add default via 198.51.100.3
	"
lines[$access]+="addr add 198.51.100.3/31 dev cust
	route add default via 198.51.100.2
	"
wire "$access" border "$border" access
lines[$access]+="addr add 3fff:0:9::1/64 dev border"$'\n'
lines[$border]+="addr add 3fff:0:9::2/64 dev access"$'\n'
wire "$border" serv "$serv" border
lines[$border]+="addr add 3fff:0:80::1/64 dev serv"$'\n'
lines[$serv]+="addr add 3fff:0:80::2/64 dev border"$'\n'
for n in 1 2 3; do
	name=r$n
	wire "$access" r$n "${!name}" access
	wire "$border" r$n "${!name}" border
	lines[$access]+="addr add 198.51.100.${n}0/31 dev r$n"$'\n'
	lines[$border]+="addr add 3fff:0:1:$n::1/64 dev r$n"$'\n'
	lines[${!name}]+="addr add 198.51.100.${n}1/31 dev access
		route add default via 198.51.100.${n}0
		addr add 3fff:0:1:$n::2/64 dev border
		"
done

# A customer: an IPv4 address, its 6to4 tunnel, and routes by its own source
for n in {1..100}; do
	prefix=$(printf '2002:6440:1%02x:' "$n")
	lines[$cust]+="addr add 100.64.1.$n/32 dev access
		link add c$n type sit remote any local 100.64.1.$n ttl inherit nopmtudisc
		link set c$n up
		addr add ${prefix}:1/128 dev c$n
		-6 rule add from $prefix:/48 table $n
		-6 route add default via ::192.88.99.1 dev c$n onlink table $n
		"
done

ip -batch "$scratch/wires" || exit 1
for ns in "$cust" "$access" "$r1" "$r2" "$r3" "$border" "$serv"; do
	# each line may have a family of its own, a batch has one
	printf 'link set lo up\n%s' "${lines[$ns]}" | sed 's/^\s*//; /^$/d' >"$scratch/lines"
	grep -v '^-6 ' "$scratch/lines" | ip -n "$ns" -batch - || exit 1
	sed -n 's/^-6 //p' "$scratch/lines" | ip -n "$ns" -6 -batch - || exit 1
done

# site NAME LINE...: a folder for a BIRD, with the files as they are and a site.conf
site() {
	mkdir "$scratch/$1"
	cp "$bird_files"/*.conf "$scratch/$1"
	printf '%s;\n' "${@:2}" >"$scratch/$1/site.conf"
}
common=("log \"$scratch/NAME/log\" all"
	"define AS_NETWORK = 64500" "define AS_RELAYS = 64512" "define CUSTOMERS = 100.64.0.0/10"
	"define PROVIDER = 2001:db8:1200::/40" "define SOME_INTERNET = 2001:500:2::c" "define BFD_MS = ${BFD_MS:-300}")
inside=("define RELAYS4 = 198.51.100.0/24" "define RELAYS6 = 3fff:0:1::/48"
	"define INSIDE_ACCESS = 3fff:0:9::1" "define INSIDE_BORDER = 3fff:0:9::2"
	"define AGGREGATE = 2001:db8::/32" "define AS_OUTSIDE = 64511"
	"define OUTSIDE_HERE = 3fff:0:80::1" "define OUTSIDE_ROUTER = 3fff:0:80::2")
for n in 1 2 3; do
	site r$n "${common[@]/NAME/r$n}" "define ROUTER_ID = 198.51.100.${n}1" \
		"define SOME_CUSTOMER = 100.64.0.1" "define ACCESS_HERE = 198.51.100.${n}1" "define ACCESS_ROUTER = 198.51.100.${n}0" \
		"define BORDER_HERE = 3fff:0:1:$n::2" "define BORDER_ROUTER = 3fff:0:1:$n::1"
	cat >"$scratch/r$n/pmt0.conf" <<-END
		quick address 192.88.99.1/32
		link set mtu 1480
		rule add provider 2001:db8:1200::/40 ipv4 100.64.0.0/10 subnet 0-3
	END
done
site access "${common[@]/NAME/access}" "define ROUTER_ID = 198.51.100.3" "${inside[@]}"
site border "${common[@]/NAME/border}" "define ROUTER_ID = 198.51.100.4" "${inside[@]}"

# The other network: hears what the border says, and is the way to all prefixes, which
# one stands for
mkdir "$scratch/serv"
cat >"$scratch/serv/outside.conf" <<-END
	log "$scratch/serv/log" all;
	router id 198.51.100.5;
	protocol device { }
	protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }
	protocol static { ipv6; route ::/0 unreachable; }
	protocol bgp border {
		local 3fff:0:80::2 as 64511;
		neighbor 3fff:0:80::1 as 64500;
		connect delay time 1;
		ipv4 { import all; export none; extended next hop; };
		ipv6 { import all; export where source = RTS_STATIC; };
	}
END

for file in relay access border; do
	check "$file.conf is accepted with the site.conf beside it" bird -p -c "$bird_files/$file.conf"
done
export CUST=$cust ACCESS=$access BORDER=$border SERV=$serv R1=$r1 R2=$r2 R3=$r3
export SCRATCH=$scratch
adopt "$python" "$selftests/scapy/relays.py" "$@"
[ "$failed" = 0 ] || tail -n 30 "$scratch"/*/log | sed 's/^/# /'
end_tests
