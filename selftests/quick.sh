#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pmt-quick: what it puts around a relay, seen by packets (R8, R22, R50, R74), and that
# all of it goes again: by down, when up fails half way, without the module (R72). What
# reload leaves alone.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
command -v nft >/dev/null || skip_all "no nft"
command -v pmt-quick >/dev/null || skip_all "no pmt-quick"
topology
ns_new other
# what topology makes, and pmt-quick shall make
ip -n "$relay" addr del 192.88.99.1/32 dev lo
ns_sysctl "$relay" net.ipv6.conf.all.forwarding=0 net.ipv6.icmp.ratelimit=0 net.ipv6.icmp.ratemask=0,2-4
msgs=ipv4/icmp_msgs_per_sec	# not in a namespace of an old kernel
within "$relay" test -e /proc/sys/net/$msgs || msgs=''

conf() { cat >"$scratch/$1.conf"; }	# NAME
q() { within "${ns:-$relay}" pmt-quick "$1" "$scratch/${2:-pmt0}.conf"; }
# quick NAME STATUS TEXT VERB [DEVICE]: all that it says, and its exit status
quick() {
	local name=$1 status=$2 text=$3 output
	shift 3
	output=$(q "$@" 2>&1)
	is "$name" "$? ${output//"$scratch/"/}" "$status $text"
}
# All that a relay could leave behind
state() {
	ip -n "$relay" addr
	ip -n "$relay" -6 route show table all
	ip -n "$relay" route show table all
	within "$relay" nft list ruleset
	within "$relay" grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv6/icmp \
		/proc/sys/net/ipv4/icmp_msgs_per_sec
	ls /run/pmt
}
# same NAME [FILE]: the state is that of before, or of FILE
same() { is "$1" "$(state | diff "$scratch/${2:-before}" -)" ""; }
sys() { within "$relay" cat "/proc/sys/net/$1"; }
set_sys() { within "$relay" tee "/proc/sys/net/$1" >/dev/null <<<"$2"; }
cases() { adopt "$python" "$selftests/scapy/quick_cases.py" "$@"; }
health() { p link show "$1" | sed -n 's/.*health \([^ ]*\).*/\1/p'; }
routes() { ip -n "$relay" -6 route show dev pmt0 | sed 's/ via fe80::1 .*//' | sort | paste -s -d ' '; }
addresses() { ip -n "$relay" -o addr show dev lo scope global | awk '{ print $4 }' | paste -s -d ' '; }

mkdir -p /run/pmt
: >/run/pmt/lock
[ -z "$msgs" ] || set_sys $msgs 300
state >"$scratch/before"
whole='
	# two lines without a device, one with
	link set errsrc 3fff:0:1::1
	quick address 192.88.99.1/32	# on lo
	quick address 2002:c058:6301:: dev inet
	rule add dev pmt0 provider 2001:DB8::/32
	policy add 9.0.0.0/8 drop
	quick route
	quick route 2002::/16
	quick sysctl net.ipv6.icmp.ratelimit = 500
	quick post-up echo %i is there
	quick pre-down pmt link show %i | cut -d " " -f 1-2'
conf pmt0 <<<"$whole"

# ---- up
quick "up" 0 "pmt0 is there" up
state >"$scratch/up"
is "it is well" "$(health pmt0)" ok
is "R8: the rule's prefix is routed via a gateway, and what a line names" "$(routes)" \
	"2001:db8::/32 2002::/16"
is "the addresses are there" "$(addresses) $(ip -n "$relay" -6 addr show dev inet to 2002::/16 | grep -c inet6)" \
	"192.88.99.1/32 1"
is "sysctls" "$(sys ipv6/conf/all/forwarding) $(sys ipv6/icmp/ratelimit)" "1 500"
is "R62: the kernel's Packet Too Big is not limited" "$(sys ipv6/icmp/ratemask)" 0-1,3-127
[ -z "$msgs" ] || is "R62: what else it says, no less than icmp-rate" "$(sys $msgs)" 1000
cases passes mss=1220
quick "up when it is up" 1 "pmt-quick: pmt0 is there already" up
ip -n "$relay" link add pmt9 type pmt local 8.0.0.2
is "what the link line does not name is as it is by itself" "$(p save dev pmt0 | sed -n 1p)" \
	"$(p save dev pmt9 | sed 's/pmt9/pmt0/; s/8.0.0.2/192.88.99.1/; s/errsrc ::/errsrc 3fff:0:1::1/')"
ip -n "$relay" link del pmt9
quick "drain" 0 "" drain
is "R72: drained" "$(health pmt0)" drained

# ---- reload of the same: no event. Marks are events, before it and behind.
listen() {	# FILE COMMAND...
	nsenter --net="/run/netns/$relay" stdbuf -oL "${@:2}" >"$scratch/$1" 2>&1 &
	jobs+=($!)
}
mark() {	# NUMBER
	ip -n "$relay" addr add "127.1.0.$1/32" dev lo
	within "$relay" nft add table ip "mark$1"
	p rule add dev mark provider "2400:$1::/32" ipv4 "10.$1.0.0/16"
}
marked() {	# NUMBER
	grep -q "127.1.0.$1/32" "$scratch/ip" && grep -q "mark$1" "$scratch/nft" && grep -q "2400:$1::" "$scratch/pmt"
}
p link add mark local 8.0.0.2
listen ip ip -o monitor link address route rule netconf
listen nft nft monitor
listen pmt pmt monitor
for n in {10..99}; do
	mark "$n"
	read -r -t 0.2 -u "$silence"
	! marked "$n" || break
done
quick "reload of the same" 0 "" reload
mark 9
check "what comes after is heard" busywait 20 marked 9
is "reload of the same touches no link, address, route, forwarding" "$(grep -v '127\.1\.0\.' "$scratch/ip")" ""
is "nor the ruleset" "$(grep -v '^#\|mark' "$scratch/nft")" ""
is "nor the relay" "$(grep -v 'dev mark' "$scratch/pmt")" ""
kill "${jobs[@]: -3}"
p link del mark
ip -n "$relay" -o addr show to 127.1.0.0/24 | sed 's/.*inet \([^ ]*\) .*/addr del \1 dev lo/' | ip -n "$relay" -batch -
within "$relay" nft list tables ip | sed 's/^/delete /' | within "$relay" nft -f -
is "R72: it is drained as before" "$(health pmt0)" drained
quick "undrain" 0 "" undrain
is "R72: undrained" "$(health pmt0)" ok
same "nor anything else" up

# ---- reload of something else
conf pmt0 <<-'EOC'
	link set icmp-rate 500 mtu 1400
	quick address 192.88.99.1/32
	quick address 192.88.99.77/32
	rule add provider 2001:db8::/32
	rule add provider 2400:1::/32 ipv4 100.64.0.0/10
	quick notrack off
	quick mss 1000
EOC
quick "reload of another file" 0 "-link set dev pmt0 mtu 1280 errsrc 3fff:0:1::1 icmp-rate 1000
+link set dev pmt0 mtu 1400 errsrc :: icmp-rate 500
+rule add dev pmt0 provider 2400:1::/32 ipv4 100.64.0.0/10 subnet 0x0 csum adjust
-policy add dev pmt0 9.0.0.0/8 drop" reload
is "routes come and go with rules and lines" "$(routes)" "2001:db8::/32 2400:1::/32"
is "addresses, too" "$(addresses) $(ip -n "$relay" -6 addr show dev inet to 2002::/16)" "192.88.99.1/32 192.88.99.77/32 "
is "sysctls, too" "$(sys ipv6/conf/all/forwarding) $(sys ipv6/icmp/ratelimit)" "1 0"
is "R62: those that are set unasked stay" "$(sys ipv6/icmp/ratemask) ${msgs:+$(sys $msgs)}" "0-1,3-127 ${msgs:+1000}"
cases passes mss=1000

# ---- a flow of which this relay has one half, and a firewall that asks for its state
within "$relay" nft -f - <<-'EOC'
	table inet watch {
		counter invalid { }
		counter tracked { }
		chain input { type filter hook input priority 0; jump count; }
		chain forward { type filter hook forward priority 0; jump count; }
		chain count {
			ct state invalid counter name invalid
			ct state new,established,related counter name tracked
		}
	}
EOC
seen() {
	within "$relay" nft -j list counters table inet watch |
		"$python" -c 'import json, sys
print(*sorted("%s %s" % (c["counter"]["name"], "none" if not c["counter"]["packets"] else "some")
	for c in json.load(sys.stdin)["nftables"] if "counter" in c))'
	within "$relay" nft reset counters >/dev/null
}
cases halves
is "R74: notrack off: conntrack takes them for invalid, or keeps them" "$(seen)" "invalid some tracked some"
check "R8: and has flows" [ "$(sys netfilter/nf_conntrack_count)" -gt 0 ]
conf pmt0 <<<"$whole"
quick "reload of the first file" 0 "-link set dev pmt0 mtu 1400 errsrc :: icmp-rate 500
+link set dev pmt0 mtu 1280 errsrc 3fff:0:1::1 icmp-rate 1000
-rule add dev pmt0 provider 2400:1::/32 ipv4 100.64.0.0/10 subnet 0x0 csum adjust
+policy add dev pmt0 9.0.0.0/8 drop" reload
before=$(sys netfilter/nf_conntrack_count)
cases halves
is "R74: notrack on: it sees none of them" "$(seen)" "invalid none tracked none"
check "R8: no flow comes to what it has" [ "$(sys netfilter/nf_conntrack_count)" -le "$before" ]
within "$relay" nft delete table inet watch
same "the first file again, all is as after up" up

# What others have taken away comes back.
within "$relay" nft flush ruleset
ip -n "$relay" -batch - <<-EOC
	link set pmt0 down
	addr del 192.88.99.1/32 dev lo
EOC
set_sys ipv6/conf/all/forwarding 0
quick "reload of what others have changed" 0 "" reload
is "R8: the routes are there again" "$(routes)" "2001:db8::/32 2002::/16"
cases passes
is "and the table" "$(within "$relay" nft list tables)" "table inet pmt-pmt0"

# A reload that fails takes its new routes back.
conf pmt0 <<-'EOC'
	link set local 127.0.0.1
	rule add provider 2001:db8::/32
	rule add provider 2400:1::/32 ipv4 100.64.0.0/10
EOC
output=$(q reload 2>&1)
check "reload of what the kernel refuses" grep "^$scratch/pmt0.conf:1: Error: local: " <<<"$output"
is "its routes are not there" "$(routes)" "2001:db8::/32 2002::/16"
echo "link set dev pmt0 dev acc" | conf pmt0
quick "reload with a device below" 1 "pmt0.conf:1: dev: only down and up change the device below" reload
rm "$scratch/pmt0.conf"

# ---- down needs no file
: >"$scratch/pmt0.conf"
quick "down" 0 "pmt0: up" down
same "all is as before up"
quick "down twice" 1 "pmt-quick: pmt0 is not up" down
quick "reload of what is not up" 1 "pmt-quick: pmt0 is not up" reload
quick "drain of what is not up" 1 "pmt: dev pmt0: no such device" drain

# ---- up fails half way
rest='quick address 192.88.99.1/32
rule add provider 2001:db8::/32'
fails() {	# NAME PATTERN LINE...: what it says first; then it undoes
	local output
	printf '%s\n' "$rest" "${@:3}" | conf pmt0
	output=$(q up 2>&1)
	output="$? ${output//"$scratch/"/}"
	# shellcheck disable=SC2053 # a pattern
	if [[ $output == 1\ $2$'\n'"pmt-quick: pmt0 is not up, and what was done is undone" ]]; then
		ok "up fails: $1"
	else
		not_ok "up fails: $1" "$output"
	fi
}
fails "a sysctl is refused" "pmt0.conf:3: quick sysctl net/ipv4/conf/all/rp_filter: the kernel does not take x" \
	"quick sysctl net.ipv4.conf.all.rp_filter=x"
ip -n "$relay" -6 route add blackhole 2001:db8::/32
fails "a route is there" "pmt-quick: route 2001:db8::/32: *File exists"
ip -n "$relay" -6 route del blackhole 2001:db8::/32
fails "an address is refused" "pmt0.conf:3: quick address ff02::77/128: *" "quick address ff02::77 dev acc"
fails "a command" "pmt0
192.88.99.1/32
pmt-quick: post-up failed: false
bye" "quick post-up echo %i; ip -o -4 addr show dev lo scope global | grep -o '192.88.99.1/32'" \
	"quick pre-down echo bye" "quick post-up false" "quick post-up echo never"
echo "link set local 127.0.0.1" | conf pmt0
output=$(q up 2>&1)
check "up fails: the device is refused" grep "^$scratch/pmt0.conf:1: Error: local: " <<<"$output"
mkdir "$scratch/bin"
printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/nft"
chmod 755 "$scratch/bin/nft"
path=$PATH
PATH=$scratch/bin:$PATH
fails "nft" "pmt-quick: nft does not take table inet pmt-pmt0: *"
rm "$scratch/bin/nft"
for word in bash awk basename cat flock grep ip mkdir nsenter paste pmt pmt-quick rm sort stat tac; do
	ln -s "$(command -v $word)" "$scratch/bin/"
done
export PATH=$scratch/bin
output=$(q up 2>&1)
status=$?
q_off=$(printf '%s\n' "$rest" 'quick mss off' 'quick notrack off' >"$scratch/pmt0.conf"; q up 2>&1; q down 2>&1)
PATH=$path
is "up without nft" "$status $output" "1 pmt-quick: nft is not installed; without it: quick mss off, quick notrack off"
is "up and down without nft, and without what needs it" "$q_off" ""
same "nothing of all these is left"

# ---- two devices: what both want stays until the last of them goes
set_sys ipv4/conf/acc/rp_filter 1
ip -n "$relay" addr add 192.88.99.7/32 dev lo
state >"$scratch/strict"
plain='quick mss off
quick notrack off
quick address 192.88.99.1/32'
conf pmt0 <<<"$plain
quick address 192.88.99.7
rule add provider 2001:db8::/32"
conf pmt1 <<<"$plain
link set dev pmt1 dev acc
rule add provider 2400:1::/32"
filters() { echo "$(sys ipv4/conf/all/rp_filter) $(sys ipv4/conf/acc/rp_filter)"; }
quick "up" 0 "" up
is "R22: the filter is strict somewhere: loose everywhere" "$(filters)" "2 1"
quick "up of another" 0 "" up pmt1
is "R22: and before the device below" "$(filters)" "2 2"
quick "down of the first" 0 "" down
is "the other has what it wants" "$(health pmt1) $(filters) $(sys ipv6/conf/all/forwarding) $(addresses)" \
	"ok 0 2 1 192.88.99.7/32 192.88.99.1/32"
quick "up of the first again" 0 "" up
quick "down of the other" 0 "" down pmt1
is "the first has what it wants" "$(health pmt0) $(filters) $(sys ipv6/conf/all/forwarding) $(addresses)" \
	"ok 2 1 1 192.88.99.7/32 192.88.99.1/32"
quick "down of the last" 0 "" down
same "all is as before, and what was there, too" strict

# ---- notes of a namespace that is no more, and whose number this one has now; the same
# name in another namespace; what somebody else has changed meanwhile
printf 'sysctl\tnet/ipv4/conf/acc/rp_filter\t1\t0\n' \
	>"/run/pmt/pmt0.$(within "$relay" stat -L -c %i /proc/self/ns/net)"
quick "up beside foreign notes" 0 "" up
ns=$other quick "up in another namespace" 0 "" up
set_sys ipv4/conf/all/rp_filter 1
quick "down: what somebody else has set stays" 0 \
	"pmt-quick: sysctl net/ipv4/conf/all/rp_filter is 1 by now, not 2: it stays" down
is "the other one stays" "$(within "$other" pmt link show pmt0 | sed -n 's/.*health \([^ ]*\).*/\1/p')" ok
ns=$other quick "down there" 0 "" down
set_sys ipv4/conf/all/rp_filter 0
same "all is as before" strict

# ---- the device went by itself
conf pmt0 <<<"$rest"
quick "up" 0 "" up
ip -n "$relay" link del pmt0
quick "reload: it is gone" 1 "pmt-quick: pmt0 is gone; down and up make it anew" reload
quick "up after it went" 0 "pmt-quick: pmt0 went without down; what is left of it is undone first" up
ip -n "$relay" link del pmt0
quick "down of what is gone" 0 "" down
same "nothing of both is left" strict
ip -n "$relay" link add pmt0 type pmt
quick "down of what others have made" 1 "pmt-quick: pmt0 was not brought up by pmt-quick" down
ip -n "$relay" link del pmt0

# ---- the example
cp "$selftests/../tools/quick/pmt0.conf" "$scratch/" 2>/dev/null ||
	cp /usr/share/doc/pmt/examples/pmt0.conf /usr/local/share/doc/pmt/examples/pmt0.conf "$scratch/" 2>/dev/null
quick "the example: up" 0 "" up
is "the example is well" "$(health pmt0) $(routes)" "ok 2001:db8:1200::/40"
quick "down" 0 "" down

# ---- no module, as after a kernel update for which it was not built: what a routing
# daemon would announce is not there
check "the module goes" modprobe -r pmt
modprobe=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
output=$(q up 2>&1)
status=$?
check "R72: up fails without the module" grep 'pmt0.conf: module not loaded (modprobe pmt)$' <<<"$output"
is "R72: and its exit status tells" $status 1
same "R72: no address, no route, no table" strict
echo "$modprobe" >/proc/sys/kernel/modprobe
check "the module comes back" modprobe pmt
end_tests
