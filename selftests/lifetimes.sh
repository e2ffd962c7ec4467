#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Everything comes and goes at once, under traffic both ways: devices, their options,
# rules, policy, namespaces, the module. TIME= seconds of it, 6 by default. And while
# configurations replace each other, each packet sees one of them, whole.
. "$(dirname "$0")/lib.sh"

need_pmt
seconds=${TIME:-6}

# ---- one configuration, whole
topology
relay_up provider 2001:db8::/32
check "routes" ip -n "$relay" -6 route add 2400:1::/32 via fe80::1 dev pmt0
FLIP=$((seconds / 3 + 1)) adopt "$python" "$selftests/scapy/lifetime_cases.py"

# ---- all at once
ns_new other
# What a loop wants may just have gone with the module. Each says how often it came
# round, and how often what its name says was done, which has to be once at least.
loop() {	# NAME
	local n=0 good=0
	until [ $SECONDS -ge $end ] && [ $good -gt 0 ] || [ $SECONDS -ge $((end + 120)) ]; do
		! "$1" "$n" >/dev/null 2>&1 || echo $((good += 1)) >"$scratch/good.$1"
		n=$((n + 1))
	done
	echo "$good $n" >"$scratch/loops.$1"
}
# shellcheck disable=SC2154 # ns_new sets other
devices() {	# N
	ip -n "$other" link del "d$((($1 + 1) % 3))"
	ip -n "$relay" link add "d$(($1 % 3))" type pmt local "203.0.113.$(($1 % 3 + 1))" provider "2400:$(($1 % 3 + 2))::/32" &&
		ip -n "$relay" link set "d$(($1 % 3))" up &&
		ip -n "$relay" link set "d$(($1 % 3))" netns "$other" &&
		ip -n "$other" link set "d$(($1 % 3))" up
}
options() {	# N
	[ $(($1 % 8)) != 7 ] || ip -n "$relay" link del pmt0
	relay_up provider 2001:db8::/32 df set
	ip -n "$relay" -6 route replace 2001:db8::/32 via fe80::1 dev pmt0
	ip -n "$relay" -batch - <<-EOB
		link set pmt0 type pmt ttl $(($1 % 200 + 1)) df $([ $(($1 % 2)) = 0 ] && echo set || echo unset)
		link set pmt0 mtu $((1280 + $1 % 200))
		link set pmt0 down
		link set pmt0 up
	EOB
}
configurations() {	# N
	p rule show dev pmt0
	p stats show dev pmt0
	p policy show dev pmt0
	p policy flush dev pmt0
	p rule del dev pmt0 provider 2400:f::/34
	p -b - <<-EOB
		rule replace dev pmt0 provider 2400:f::/34 ipv4 12.0.0.0/8 subnet $(($1 % 9))
		policy replace dev pmt0 12.152.0.0/16 translate
		policy replace dev pmt0 12.$(($1 % 256)).0.0/$((16 + $1 % 9)) drop
	EOB
}
spaces() {	# N
	local status
	ip netns add "pmt-$$-z"
	ip -n "pmt-$$-z" link add z0 type dummy
	ip -n "pmt-$$-z" link set z0 up
	ip -n "pmt-$$-z" link add pmt0 type pmt dev z0 provider 2001:db8::/32 &&
		ip -n "pmt-$$-z" link set pmt0 up
	status=$?
	[ $(($1 % 2)) = 0 ] || ip -n "pmt-$$-z" link del z0
	ip netns del "pmt-$$-z" && return $status
}
# Others shall get somewhere, however slow the machine: each second time the module stays
# until a configuration was set.
modules() {	# N
	local was=$configured
	read -r -t 0.7 -u "$silence"
	[ $(($1 % 2)) = 0 ] || busywait 10 progress
	modprobe -r pmt && modprobe pmt
}
configured=0
progress() { read -r configured <"$scratch/good.configurations" && [ "$configured" != "$was" ]; }
echo 0 >"$scratch/good.configurations"
namespaces+=("pmt-$$-z")
cpus=$(seq 0 $(($(nproc) - 1)))
for cpu in $cpus; do
	TIME=$((seconds + 300)) taskset -c "$cpu" "$python" "$selftests/scapy/flood.py" >"$scratch/flood.$cpu" &
	jobs+=($!)
done
for cpu in $cpus; do
	check "traffic flows on processor $cpu" busywait 120 grep -qs flowing "$scratch/flood.$cpu"
done
floods=("${jobs[@]}")
end=$((SECONDS + seconds))
loops="devices options configurations spaces modules"
pids=()
for name in $loops; do
	loop "$name" &
	pids+=($!)
done
jobs+=("${pids[@]}")
wait "${pids[@]}"
for name in $loops; do
	read -r good n <"$scratch/loops.$name"
	if [ "${good:-0}" -gt 0 ]; then ok "$name"; else not_ok "$name" "$n times, never with success"; fi
	echo "# $name: $good of $n times in $seconds s"
done
check "traffic to the end" kill "${floods[@]}"
wait "${floods[@]}" 2>/dev/null
jobs=()

# ---- and it still works
modprobe pmt
ip -n "$relay" link del pmt0 2>/dev/null
check "the module can go" modprobe -r pmt
check "and come" modprobe pmt
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/cases.py" basic
end_tests
