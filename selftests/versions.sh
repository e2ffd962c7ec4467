#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# This release and the next, which newer.py made of it (make newer): the tool and the
# plugin of one with the module of the other, both ways round.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
newer=$selftests/../build/newer
[ -e "$newer/pmt.ko" ] || skip_all "no module of the next release: make newer"
topology
this=$(cat "$selftests/../VERSION")
next=$(cat "$newer/VERSION")

# tools this|next: whose tool and plugin are meant from now on
tools() {
	PATH=${PATH#"$newer/build/tools:"}
	unset IP_LIB_DIR
	[ "$1" = this ] || { PATH=$newer/build/tools:$PATH; export IP_LIB_DIR=$newer/build/tools; }
	hash -r
}
# module this|next
module() {
	rmmod pmt && if [ "$1" = this ]; then modprobe pmt; else insmod "$newer/pmt.ko"; fi
}
listens() {	# is anybody in the group?
	within "$relay" awk '$2 == 16 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink
}
links_in() { ip -n "$1" -o link show type pmt; }

# What an operator does with a relay, and all that is said to it. Numbers that differ from
# run to run are no part of it: which device it is.
work() {
	pmt -n "$relay" monitor >"$scratch/events" 2>&1 &
	monitor=$!
	jobs+=("$monitor")
	busywait 20 listens
	ip -n "$relay" link add low type dummy
	ip -n "$relay" link set low up
	ip -n "$relay" link add pmt0 type pmt provider 2001:db8::/32 ttl 63
	p link add pmt1 provider 2400:1::/32 ipv4 11.0.0.0/8 dscp inherit dev low up
	p link set pmt0 up hairpin off
	p rule add dev pmt1 provider 2400:2::/32 ipv4 12.0.0.0/8 subnet 0-1
	p policy add dev pmt0 10.0.0.0/8 untranslated
	p -b - <<-EOF
		rule replace dev pmt1 provider 2400:2::/32 ipv4 12.0.0.0/8 csum neutral
		policy replace dev pmt0 10.0.0.0/8 reject
		policy add dev pmt0 10.1.0.0/16 drop
	EOF
	p save dev pmt0 | tee "$scratch/saved"
	p policy flush dev pmt0
	p diff "$scratch/saved"
	p apply "$scratch/saved"
	ip -n "$relay" -6 route add 2400:1::/32 via fe80::1 dev pmt1
	within "$relay" ping -6 -c 1 -w 5 -I 3fff:0:1::1 2400:1:c00:1::9 >"$scratch/ping" 2>&1
	ip -n "$relay" -d link show pmt0 | sed 's/^[0-9]*: //'
	p -d link show
	p -j -p -d link show
	p rule show
	p -s rule show dev pmt1
	p -j policy show dev pmt0
	p policy get dev pmt0 10.1.2.3
	p map 100.64.0.9 dev pmt0
	p -j -p map 2400:2:0:9::1 dev pmt1
	p stats show nonzero dev pmt1
	p stats prometheus | grep -v '^#'
	p check; echo "$?"
	ip -n "$relay" -j -p -d link show pmt1 | sed -n '/info_kind/,/}/p'
	ip -n "$relay" link set low down
	p check dev pmt1; echo "$?"
	p -j -p link show dev pmt1
	ip -n "$relay" link del pmt0
	p link del pmt1
	ip -n "$relay" link del low
	busywait 20 grep -q "link del dev pmt1" "$scratch/events" &&
		busywait 20 grep -q "link del dev pmt0" "$scratch/events"
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	# health is found out beside what else happens
	sort "$scratch/events"
}
# differs NAME WANT: how what was said differs from what this release says to itself
differs() {
	is "$1: all else is said as by this release to itself" \
		"$(work 2>&1 | diff "$scratch/same" - | grep '^[<>]')" "$2"
}
device() { ip -n "$relay" link add pmt0 type pmt provider 2001:db8::/32; }
no_device() { ip -n "$relay" link del pmt0; }

# ---- one release
tools this
is "this release: its versions" "$(pmt -V)" "pmt $this, module $this, protocol 1"
work >"$scratch/same" 2>&1
is "this release: it saves, plans, maps, counts, tells" "$(grep -oE "^[+-].*|^pmt: .*|^100.64.0.9: .* rule|^ *nomap  .*|^link del .*" \
	"$scratch/same")" "+policy add dev pmt0 10.0.0.0/8 reject
+policy add dev pmt0 10.1.0.0/16 drop
+policy add dev pmt0 10.0.0.0/8 reject
+policy add dev pmt0 10.1.0.0/16 drop
100.64.0.9: ipv4 100.64.0.9 subnet 0x0 6to4 2002:6440:9::/64 translated 2001:db8:6440:9::/64 rule
    nomap       1
link del dev pmt0
link del dev pmt1"

# ---- this tool, the next module: its names are numbers, and its event is passed over
module next
new=counter-$(($(grep -c '^PMT_COUNTER' "$selftests/../include/uapi/linux/pmt_counters.h") + 1))
is "this tool, next module: its versions" "$(pmt -V)" "pmt $this, module $next, protocol 1"
differs "this tool, next module" "<     nomap       1
< pmt_info{version=\"$this\",protocol=\"1\"} 1
>     $new  1
> pmt_info{version=\"$next\",protocol=\"1\"} 1
> pmt_reason_total{device=\"pmt0\",reason=\"$new\"} 0
< pmt_reason_total{device=\"pmt1\",reason=\"nomap\"} 1
> pmt_reason_total{device=\"pmt1\",reason=\"nomap\"} 0
> pmt_reason_total{device=\"pmt1\",reason=\"$new\"} 1
< pmt1: up health lower-down config-id ecd2977f8efe1e43 generation 2
<     lower-down: low is down or has no carrier: nothing can be sent
> pmt1: up health 5 config-id ecd2977f8efe1e43 generation 2
>     5: a newer module than this tool says so
<         \"health\": \"lower-down\",
>         \"health\": \"5\",
< health set dev pmt1 lower-down
< link set dev pmt1 down mtu 1280 rules 2 config-id ecd2977f8efe1e43 health lower-down
> link set dev pmt1 down mtu 1280 rules 2 config-id ecd2977f8efe1e43 health 5"
check "a device" device
tools next
says "next release: an action of its own" 0 "" policy add dev pmt0 10.0.0.0/8 newer
p save dev pmt0 >"$scratch/next"
tools this
says "this tool, next module: an action is a number" 0 "dev pmt0 10.0.0.0/8 5" policy get dev pmt0 10.0.0.0
says "this tool: a file of the next release" 1 "$scratch/next:1: newer: unknown word, allowed here: up, down, mtu, provider, ipv4, subnet, csum, local, dev, ttl, dscp, ecn, df, untranslated, to2002, hairpin, errsrc, icmp-rate, ptb-rate, drain" \
	apply "$scratch/next"
no_device

# ---- the next tool, this module: what is new is not there, and to ask for it is refused
module this
tools next
is "next tool, this module: its versions" "$(pmt -V)" "pmt $next, module $this, protocol 1"
differs "next tool, this module" "<         \"drain\": false
>         \"drain\": false,
>         \"newer\": null
<         \"drain\": false
>         \"drain\": false,
>         \"newer\": null
>                 \"newer\": null,
<         \"drain\": false
>         \"drain\": false,
>         \"newer\": null"
says "next tool, this module: an option that it does not know" 2 \
	"Error: newer: the loaded module is of version $this and does not know it, this pmt is of $next." \
	link add pmt0 provider 2001:db8::/32 newer 3
is "and with ip" "$(ip -n "$relay" link add pmt0 type pmt newer 3 2>&1)" "Error: Unknown attribute type."
is "nothing was made" "$(links_in "$relay")" ""
check "a device" device
{ p -d link show; p policy show dev pmt0; } >"$scratch/before"
says "next tool, this module: a change that it does not know" 2 \
	"Error: newer: the loaded module is of version $this and does not know it, this pmt is of $next." \
	link set pmt0 ttl 9 newer 3
says "next tool, this module: an action that it does not know" 2 "Error: action: integer out of range." \
	policy add dev pmt0 10.0.0.0/8 newer
says "next tool, this module: a file of the next release" 2 \
	"$scratch/next:1: Error: newer: the loaded module is of version $this and does not know it, this pmt is of $next." \
	apply "$scratch/next"
is "nothing was changed" "$(p -d link show; p policy show dev pmt0)" "$(cat "$scratch/before")"
no_device
module this
end_tests
