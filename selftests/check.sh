#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Health (R72): each cause gives its word, an event and a sentence of `pmt check`,
# which is then answered no; the advice it gives helps. What `pmt monitor` tells.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
topology

# Hashes and numbers are not compared.
plain() {
	local text=${1//config-id ????????????????/config-id X}
	[[ ! $text =~ generation\ [0-9]+ ]] || text=${text//"${BASH_REMATCH[0]}"/generation N}
	printf '%s\n' "$text"
}
head_of() { echo "pmt0: $1 health $2 config-id X generation N"; }

# listen FILE OPTION...: start a monitor and wait until it listens.
listen() {
	local file=$1
	shift
	nsenter --net="/run/netns/$relay" pmt "$@" monitor >"$file" 2>"$scratch/said" &
	monitor=$!
	jobs+=("$monitor")
	busywait 60 waits_in poll "$monitor" || not_ok "the monitor listens"
}
# heard NAME LINE [FILE]: the monitor prints it, after what was heard before.
heard_lines=0
heard() {
	if busywait 20 has_line "$2"; then ok "$1"; else not_ok "$1" "no line: $2
$(printf '%s\n' "${lines[@]}")"; fi
	heard_lines=$((heard_lines + ${#lines[@]}))
}
read_lines() {	# what was heard since
	mapfile -t -s "$heard_lines" lines <"$scratch/events"
	lines=("${lines[@]/config-id ????????????????/config-id X}")
}
plain_lines() { read_lines && printf '%s\n' "${lines[@]}"; }
has_line() {
	local line
	read_lines
	for line in "${lines[@]}"; do
		[ "$line" != "$1" ] || return 0
	done
	return 1
}
follow() {	# LINE: carry out the advice behind the last ": " of check's line
	# shellcheck disable=SC2086
	within "$relay" ${1##*: }
}
carrier() { ip -n "$relay" -o link show "$1" | grep -c LOWER_UP; }

# ---- without a device
says "R72: no device: the answer is no" 3 \
	"pmt: there is no device of type pmt here: pmt link add NAME provider P" check
is "no device in JSON" "$(p -j check 2>/dev/null; echo $?)" "[]
3"
says "a device that is not there" 1 "pmt: dev pmt0: no such device" check dev pmt0
says "a device of another type" 1 "pmt: dev acc: not a device of type pmt" check dev acc

# ---- each cause
listen "$scratch/events"
check "a device without rule" relay_up
heard "monitor: a device is made" "link add dev pmt0 down mtu 1280 rules 0 config-id X health no-rule"
no_rule="    no-rule: it translates nothing: pmt rule add dev pmt0 provider P"
says "R72: no-rule: check says so, and what to do" 3 "$(head_of up no-rule)
$no_rule" check
check "a rule" p rule add dev pmt0 provider 2001:db8::/32
heard "R72: no longer no-rule: an event" "health set dev pmt0 ok"
says "R72: ok: check answers yes" 0 "$(head_of up ok)" check
check "flush" p rule flush dev pmt0
heard "R72: no-rule: an event" "health set dev pmt0 no-rule"
is "R72: no-rule: the device has carrier" "$(carrier pmt0)" 1
p rule add dev pmt0 provider 2001:db8::/32
heard "R72: ok again: an event" "health set dev pmt0 ok"

check "the local address goes" ip -n "$relay" addr del 192.88.99.1/32 dev lo
heard "R72: no-local-address: an event" "health set dev pmt0 no-local-address"
said=$(p check)
is "R72: no-local-address: check says so, and what to do" "$? $(plain "$said")" "3 $(head_of up no-local-address)
    no-local-address: local 192.88.99.1, which packets are sent from, is no address of its IPv4 side: ip addr add 192.88.99.1/32 dev lo"
is "R72: no-local-address: the device has carrier" "$(carrier pmt0)" 1
check "the advice can be followed" follow "$said"
heard "R72: the address is back: an event" "health set dev pmt0 ok"
says "R72: and check answers yes" 0 "$(head_of up ok)" check dev pmt0

check "drain" ip -n "$relay" link set pmt0 type pmt drain on
heard "R72: drained: an event" "health set dev pmt0 drained"
said=$(p check)
is "R72: drained: check says so, and what to do" "$? $(plain "$said")" "3 $(head_of up drained)
    drained: the operator said so, and what arrives is still relayed: pmt link set pmt0 drain off"
is "R72: drained: the device has carrier" "$(carrier pmt0)" 1
relays() { "$python" "$selftests/scapy/cases.py" basic >"$scratch/tap" 2>&1 &&
	grep -q '^1\.\.' "$scratch/tap" && ! grep '^not ok' "$scratch/tap"; }
check "R72: drained, it still relays what arrives" relays
p rule flush dev pmt0
says "R72: two causes: check names both" 3 "$(head_of up drained)
    drained: the operator said so, and what arrives is still relayed: pmt link set pmt0 drain off
$no_rule" check
p rule add dev pmt0 provider 2001:db8::/32
check "the advice can be followed" follow "$said"
heard "R72: no longer drained: an event" "health set dev pmt0 ok"

check "the device goes down" ip -n "$relay" link set pmt0 down
said=$(p check)
is "R72: a device that is down: check says so, and what to do" "$? $(plain "$said")" "3 $(head_of down ok)
    down: the device takes no packets: pmt link set pmt0 up"
heard "monitor: the device goes down" "link set dev pmt0 down mtu 1280 rules 1 config-id X health ok"
check "the advice can be followed" follow "$said"
heard "monitor: it comes up" "link set dev pmt0 up mtu 1280 rules 1 config-id X health ok"
ip -n "$relay" -6 route add 2001:db8::/32 via fe80::1 dev pmt0

check "a device bound to another" ip -n "$relay" link add pmt1 type pmt dev acc local 8.0.0.2 provider 2400:1::/32
ip -n "$relay" link set pmt1 up
ip -n "$relay" -6 route add 2400:1::/32 via fe80::1 dev pmt1
p1() { plain "$(p check dev pmt1)"; }
is "R72: its lower device is up: ok" "$(p1) $(carrier pmt1)" "pmt1: up health ok config-id X generation N 1"
check "the lower device loses its carrier" ip -n "$cust" link set acc down
heard "R72: lower-down: an event" "health set dev pmt1 lower-down"
is "R72: lower-down: check says so" "$(p1)" "pmt1: up health lower-down config-id X generation N
    lower-down: acc is down or has no carrier: nothing can be sent"
is "R72: lower-down: the one cause that takes carrier away" "$(carrier pmt1)" 0
p check >/dev/null
is "R72: one of two devices is not well: the answer is no" "$?" 3
p check dev pmt0 >/dev/null
is "the other is" "$?" 0
ip -n "$cust" link set acc up
heard "R72: the carrier is back: an event" "health set dev pmt1 ok"
is "R72: and the device's" "$(carrier pmt1)" 1
json "an object a device" "[e['dev'] for e in x] == ['pmt0', 'pmt1'] and all(list(e) == ['dev', 'up', 'health', 'config-id', \
	'generation', 'reasons'] for e in x)" check
check "it goes" p link del pmt1
heard "monitor: a device goes" "link del dev pmt1"
ip -n "$relay" -batch - <<-EOF
	neigh replace 8.0.0.1 lladdr 02:00:00:00:00:02 dev acc nud permanent
	neigh replace 8.0.0.254 lladdr 02:00:00:00:00:02 dev acc nud permanent
EOF

# The local address is on a port that enters a VRF, and leaves it.
modprobe -qa vrf dummy
ip -n "$relay" -batch - <<-EOF
	link add own type dummy
	link add red type vrf table 101
	link set own up
	link set red up
	addr add 192.88.99.1/32 dev own
	addr del 192.88.99.1/32 dev lo
EOF
heard_lines=$(wc -l <"$scratch/events")
ip -n "$relay" link set own master red
heard "R72: the local address's device enters a VRF: an event" "health set dev pmt0 no-local-address"
ip -n "$relay" link set own nomaster
heard "R72: it leaves it: an event" "health set dev pmt0 ok"
ip -n "$relay" -batch - <<-EOF
	link set own down
	link set own master red
EOF
heard "R72: it enters it while down: an event" "health set dev pmt0 no-local-address"
ip -n "$relay" -batch - <<-EOF
	link set own nomaster
	link set own up
EOF
heard "R72: it is up, and outside: an event" "health set dev pmt0 ok"
ip -n "$relay" -batch - <<-EOF
	addr add 192.88.99.1/32 dev lo
	link del own
	link del red
EOF

# ---- warnings: the answer stays yes
warned() {	# NAME WORD TEXT: one warning
	said=$(p check)
	is "$1" "$? $(plain "$said")" "0 $(head_of up ok)
    warning $2: $3"
}
ip -n "$relay" addr del 3fff:0:1::1/64 dev inet
ip -n "$relay" addr add 2002:c058:6301::1/128 dev lo
ip -n "$relay" addr add 2001:db8:ffff::1/128 dev lo
warned "R37: nowhere to send errors from: a warning" no-errsrc "this namespace has no global IPv6 address outside 2002::/16 and the provider prefixes, so that ICMPv6 errors are counted and not sent: pmt link set pmt0 errsrc ADDR6"
json "a warning in JSON" "len(x) == 1 and [list(r) for r in x[0]['reasons']] == [['warning', 'reason', 'text']] and \
	x[0]['reasons'][0]['warning'] is True and x[0]['reasons'][0]['reason'] == 'no-errsrc'" check
check "errsrc helps" p link set pmt0 errsrc 3fff:0:1::1
says "R37: with it, no warning" 0 "$(head_of up ok)" check
p link set pmt0 errsrc ::
ip -n "$relay" addr add 3fff:0:1::1/64 dev inet nodad
says "R37: with an address, no warning" 0 "$(head_of up ok)" check
ip -n "$relay" -6 route del 2001:db8::/32 dev pmt0
warned "R73: the provider prefix is routed elsewhere: a warning" no-route \
	"provider 2001:db8::/32 is not routed into the device: ip -6 route add 2001:db8::/32 via fe80::1 dev pmt0"
check "the advice can be followed" follow "$said"
says "R73: then no warning" 0 "$(head_of up ok)" check
ip -n "$relay" -6 route del 2001:db8::/32 dev pmt0
ip -n "$relay" -6 route add 2001:db8::/32 dev pmt0
warned "R8: a neighbour per customer: a warning" on-link \
	"provider 2001:db8::/32 is routed without a gateway, so that the kernel keeps a neighbour per customer: ip -6 route replace 2001:db8::/32 via fe80::1 dev pmt0"
check "the advice can be followed" follow "$said"
says "R8: then no warning" 0 "$(head_of up ok)" check
ns_sysctl "$relay" net.ipv6.conf.all.forwarding=0
warned "forwarding is off: a warning" no-forwarding \
	"net.ipv6.conf.all.forwarding is 0, so that what is translated goes no further: sysctl -w net.ipv6.conf.all.forwarding=1"
ns_sysctl "$relay" net.ipv6.conf.all.forwarding=1
# what the neighbours were goes with forwarding
says "forwarding is on: none" 0 "$(head_of up ok)" check
is "check takes no privilege" "$(plain "$(within "$relay" setpriv --reuid 65534 --clear-groups pmt check 2>&1)")" "$(head_of up ok)"

unheard=$(within "$relay" setpriv --reuid 65534 --clear-groups timeout 10 pmt monitor 2>&1)
is "monitor does: it would tell who the customers are" "$? $unheard" \
	"1 pmt: can't listen for events: Operation not permitted"

# ---- what monitor tells of rules and policy
check "a batch" p -b - <<-EOF
	rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3
EOF
heard "monitor: a rule is added" "rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3 csum adjust"
p rule replace dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 4-7 csum neutral
heard "monitor: is replaced" "rule replace dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x4-0x7 csum neutral"
p rule del dev pmt0 provider 2400:1::/40
heard "monitor: goes" "rule del dev pmt0 provider 2400:1::/40"
p -b - <<-EOF
	policy add dev pmt0 9.0.0.0/8 drop
	policy add dev pmt0 8.0.0.0/8
EOF
busywait 20 has_line "policy add dev pmt0 9.0.0.0/8 drop"
is "monitor: a line an entry" "$(plain_lines)" "policy add dev pmt0 8.0.0.0/8 translate
policy add dev pmt0 9.0.0.0/8 drop"
p policy replace dev pmt0 9.0.0.0/8 reject
heard "monitor: an entry is replaced" "policy replace dev pmt0 9.0.0.0/8 reject"
p policy del dev pmt0 8.0.0.0/8
heard "monitor: goes, by its prefix" "policy del dev pmt0 8.0.0.0/8"
p policy del dev pmt0 9.0.0.0/8 reject
heard "monitor: goes, by prefix and action" "policy del dev pmt0 9.0.0.0/8 reject"
p -b - <<-EOF
	policy add dev pmt0 8.0.0.0/8
	rule add dev pmt0 provider 2400:1::/32 subnet 1
EOF
heard "monitor: a transaction is one line" "config commit dev pmt0 rules 2 entries 1"
p policy flush dev pmt0
heard "monitor: a flush" "policy flush dev pmt0"
p link set pmt0 ttl 9
heard "monitor: an option" "link set dev pmt0 up mtu 1280 rules 2 config-id X health ok"
p link set pmt0 ttl 9
p rule flush dev pmt0
busywait 20 has_line "rule flush dev pmt0"
is "monitor: what changes nothing is no event" "$(plain_lines)" "health set dev pmt0 no-rule
rule flush dev pmt0"

# ---- how it ends
kill -INT "$monitor"
wait "$monitor"
is "monitor ends with SIGINT" "$? $(cat "$scratch/said")" "0 "
listen "$scratch/events" -j -t
heard_lines=0
p rule add dev pmt0 provider 2001:db8::/32
p -b - <<-EOF
	policy add dev pmt0 8.0.0.0/8 pass
	link set pmt0 ttl 64
	policy del dev pmt0 8.0.0.0/8
EOF
p rule del dev pmt0 provider 2001:db8::/32
p link del pmt0
busywait 20 grep -q '"noun":"link","verb":"del"' "$scratch/events"
kill -TERM "$monitor"
wait "$monitor"
is "monitor ends with SIGTERM" "$? $(cat "$scratch/said")" "0 "
check "an object a line" "$python" -c "
import json, sys
x = [json.loads(line) for line in open(sys.argv[1])]
got = [(e['noun'], e['verb']) for e in x]
want = [('rule', 'add'), ('policy', 'add'), ('policy', 'del'), ('rule', 'del'), ('link', 'del')]
assert [e for e in got if e in want] == want, got
for e in x:
	name = 'ifname' if e['noun'] == 'link' else 'dev'
	assert list(e)[:4] == ['timestamp', 'noun', 'verb', name] and e[name] == 'pmt0', e
	if e['noun'] in ('rule', 'policy', 'health'):
		assert list(e)[-2:] == ['generation', 'config-id'], e
rule = x[got.index(('rule', 'add'))]
assert rule['provider'] == '2001:db8::/32' and rule['ipv4'] == '0.0.0.0/0', rule
assert x[got.index(('rule', 'del'))]['ipv4'] is None
assert x[got.index(('link', 'set'))]['ttl'] == 64" "$scratch/events"
check "a device again" relay_up provider 2001:db8::/32
listen "$scratch/events" -t
heard_lines=0
p policy add dev pmt0 8.0.0.0/8
busywait 20 grep -q policy "$scratch/events"
is "-t: the time before each line" "$(grep -cE '^\[[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\] policy add dev pmt0 8.0.0.0/8 translate$' "$scratch/events")" 1

# Its reader goes. It must notice without an event.
mkfifo "$scratch/pipe"
nsenter --net="/run/netns/$relay" pmt monitor >"$scratch/pipe" 2>"$scratch/said2" &
piped=$!
jobs+=("$piped")
exec 8<"$scratch/pipe"
busywait 60 waits_in poll "$piped"
exec 8<&-
ended() { ! kill -0 "$piped"; }
check "monitor ends when nobody reads it any more" busywait 20 ended
wait "$piped"
is "and says nothing" "$? $(cat "$scratch/said2")" "0 "

# More events than the socket holds, while it can't read
kill -STOP "$monitor"
check "many events" within "$relay" "$python" -c "
import sys
sys.path.insert(0, '$selftests/scapy')
from netlink import *
import socket
pmt = Pmt()
entries = b''.join(nest(16, u32(1, socket.htonl(0x14000000 + (i << 8))), u8(2, 24), u8(3, 3)) for i in range(2000))
for i in range(60):
	code, text, _ = pmt.ask(10, u32(A_IFINDEX, socket.if_nametoindex('pmt0')), entries)
	assert not code, text"
kill -CONT "$monitor"
busywait 60 grep -q . "$scratch/said"
is "events are lost: monitor says so" "$(cat "$scratch/said")" "pmt: events were lost: more came than were read"
# The kernel keeps back what comes before all that waits is read.
goes_on() { p policy flush dev pmt0; grep -q 'policy flush dev pmt0$' "$scratch/events"; }
check "and goes on" busywait 60 goes_on
kill -INT "$monitor"
wait "$monitor"
is "and ends as ever" "$?" 0
end_tests
