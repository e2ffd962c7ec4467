#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whatever `pmt -j` prints of devices fits Documentation/json/pmt.schema.json: every
# command, every event. host/json.sh has what needs no device.
# shellcheck disable=SC2154 # topology sets names
. "$(dirname "$0")/lib.sh"

need_pmt
"$python" -c 'import jsonschema' 2>/dev/null || skip_all "no jsonschema"
schema=$selftests/../Documentation/json/pmt.schema.json
[ -e "$schema" ] || skip_all "no schema"
topology
mkdir "$scratch/json"

# keep NAME STATUS ARGS...: what the tool prints, and its exit status
keep() {
	local name=$1 status=$2
	shift 2
	p -j "$@" >"$scratch/json/$name" 2>"$scratch/said"
	is "pmt $*" $? "$status"
}
lines() { [ "$(wc -l <"$scratch/json/$1")" -ge "$2" ]; }
# listen NAME OPTION...: start a monitor and wait until it listens; its process
listen() {
	local file=$scratch/json/$1
	shift
	nsenter --net="/run/netns/$relay" pmt -j "$@" monitor >"$file" 2>"$scratch/said" &
	monitor=$!
	jobs+=("$monitor")
	busywait 60 waits_in poll "$monitor" || not_ok "the monitor listens"
}
# ends PID: by an interrupt, and well
ends() {
	kill -INT "$1"
	wait "$1"
	is "it ends" $? 0
}
# watch NAME WORDS...: two lines of it
watch() {
	local file=$1 watch
	shift
	nsenter --net="/run/netns/$relay" pmt -j "$@" >"$scratch/json/$file" 2>"$scratch/said" &
	watch=$!
	jobs+=("$watch")
	check "pmt -j $*: two lines" busywait 60 lines "$file" 2
	ends "$watch"
}

# ---- no device
keep version 0 -V
for command in link rule policy stats save; do
	keep $command.none 0 $command
done
keep check.none 3 check
watch stats-watch.none stats watch

# ---- events, and what is shown between them
listen monitor
plain=$monitor
listen monitor.time -t
check "a device without rule" relay_up
keep link.no-rule 0 link
keep check.no-rule 3 check
keep save.no-rule 0 save
p rule add dev pmt0 provider 2001:db8::/32
p rule replace dev pmt0 provider 2001:db8::/32 csum neutral
p rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3
keep link.rules 0 link
p rule del dev pmt0 provider 2400:1::/40
p policy add dev pmt0 8.0.0.0/8
p policy replace dev pmt0 8.0.0.0/8 reject
p policy del dev pmt0 8.0.0.0/8
p policy add dev pmt0 9.0.0.0/8 drop
p policy del dev pmt0 9.0.0.0/8 drop
p policy add dev pmt0 9.0.0.0/8 pass
p policy flush dev pmt0
p rule flush dev pmt0
printf '%s\n' "rule add dev pmt0 provider 2001:db8::/32" \
	"rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3" \
	"policy add dev pmt0 8.1.0.0/16 untranslated" "policy add dev pmt0 9.0.0.0/8 drop" \
	"policy add dev pmt0 9.1.0.0/16 reject" "policy add dev pmt0 9.2.0.0/16 pass" | p -b -
p link set pmt0 drain on errsrc 3fff:0:1::1 dscp inherit local 192.88.99.1,8.0.0.2
keep link.drained 0 link
keep check.drained 3 check
p link set pmt0 drain off dscp 46
keep check 0 check

# ---- the other commands
ip -n "$relay" link add low type dummy
p link add pmt1 provider 2400:2::/32 dev low local 8.0.0.3
keep link 0 link
keep check.both 3 check
keep rule 0 rule
keep rule.s 0 -s rule show dev pmt0
keep policy 0 policy
keep policy.get 0 policy get 9.1.2.3 dev pmt0
keep policy.none 3 policy get 10.0.0.1 dev pmt0
keep policy.builtin 0 policy get 127.0.0.1 dev pmt0
keep map 0 map 100.64.0.1 2002:6440:1:3::5 2400:1:0:7::5 8.1.2.3 8.2.0.1 dev pmt0
keep map.no 3 map 9.0.0.1 9.1.0.1 9.2.0.1 127.0.0.1 2002:900:1:5::1 3fff::1 10.0.0.1 dev pmt0
check "packets that are dropped" "$python" -c "
import sys
sys.path.insert(0, '$selftests/scapy')
from packet import *
from relay import Surroundings
net = Surroundings()
for i in range(3):
	net.cust.send(tunnelled(C, A, make('2002:800:1::1', P, UDP, udp(1, 2, b''))))"
has_dropped() { p -j stats nonzero dev pmt0 | grep -q '"spoof":3'; }
check "are counted" busywait 20 has_dropped
keep stats 0 stats
keep stats-nonzero 0 stats nonzero
watch stats-watch stats watch
watch stats-watch.time -t stats watch dev pmt0
watch stats-watch-nonzero stats watch nonzero
keep stats-explain 0 stats explain
keep save 0 save
cat >"$scratch/config" <<-'END'
	link set pmt1 up mtu 1300 local 8.0.0.2 ttl 9 dscp 7 ecn normal df pmtu untranslated on to2002 forward hairpin off errsrc 3fff:0:1::1 icmp-rate 7 ptb-rate 8 drain on
	rule add dev pmt1 provider 2400:3::/32 csum neutral
	policy add dev pmt1 8.0.0.0/8 drop
END
p policy add dev pmt1 8.0.0.0/8
keep diff 3 diff "$scratch/config"
keep diff.apply 0 apply "$scratch/config"
keep diff.none 0 diff "$scratch/config"
p link del pmt1
p link del pmt0
busywait 20 grep -q '"verb":"del","ifname":"pmt0"' "$scratch/json/monitor"
busywait 20 grep -q '"verb":"del","ifname":"pmt0"' "$scratch/json/monitor.time"

# ---- more events than are read
ends "$plain"
check "a device again" relay_up provider 2001:db8::/32
kill -STOP "$monitor"
check "many events" within "$relay" "$python" -c "
import socket, sys
sys.path.insert(0, '$selftests/scapy')
from netlink import *
pmt, device = Pmt(), u32(A_IFINDEX, socket.if_nametoindex('pmt0'))
def drops():
	return sum(int(line.split()[8]) for line in list(open('/proc/net/netlink'))[1:])
while not drops():
	for i in range(500):
		assert not pmt.ask(POLICY_FLUSH, device)[0]"
kill -CONT "$monitor"
check "events are lost" busywait 120 grep -q lost "$scratch/json/monitor.time"
ends "$monitor"
# a few that are alike will do
awk '!/"verb":"flush"/ || n++ < 9' "$scratch/json/monitor.time" >"$scratch/few"
mv "$scratch/few" "$scratch/json/monitor.time"
adopt "$python" "$selftests/scapy/json_schema.py" "$schema" "$scratch"/json/*
end_tests
