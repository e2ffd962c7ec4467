#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What of pmt-quick needs no module: the sentences about broken files, and that such a
# file changes nothing; what is installed; systemd's opinion of the unit. In a network
# namespace of its own.
if [ "${PMT_UNSHARED:-}" != yes ]; then
	PMT_UNSHARED=yes exec unshare --net --mount -- "$0" "$@"
fi
tree=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'cd /; umount /run /usr/local; rm -rf "$tmp"' EXIT
make -s -C "$tree" -f tools/tools.mk tools-install BUILD="$tmp/build" DESTDIR="$tmp/root" \
	PREFIX=/usr/local IP_LIB_DIR=/usr/lib/ip >&2 || {
	echo "Bail out! the tools do not build"
	exit 1
}
# As it is installed, and nothing else of its kind
mount --bind "$tmp/root/usr/local" /usr/local || exit 1
mount -t tmpfs run /run || exit 1
PATH=/usr/local/bin:$PATH

n=0 failed=0
is() {	# NAME GOT WANT
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		printf '%s\n' "got:  $2" "want: $3" | sed 's/^/# /'
		failed=1
	fi
}

state() {
	ip -o addr
	ip -6 route show table all
	grep -r . /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv4/conf/*/rp_filter
	ls /run/pmt 2>&1
}

# broken LINE TEXT FILE'S_LINES...: `up` refuses the file, and says why
broken() {
	local want=$2
	[ "$1" = 0 ] || want="pmt0.conf:$1: $2"
	printf '%s\n' "${@:3}" >pmt0.conf
	is "broken: ${*:3}" "$(pmt-quick up ./pmt0.conf 2>&1; echo $?)" "./$want
1"
}

cd "$tmp" || exit 1
ip link set lo up
before=$(state)

# ---- quick lines
all='address, route, sysctl, mss, notrack, post-up, pre-down'
broken 1 "quick : unknown, there are: $all" quick
broken 3 "quick mtu: unknown, there are: $all" '' '# quick x' 'quick mtu 1400'
broken 1 "quick address: ADDR[/LEN] [dev DEVICE] is wanted" 'quick address'
broken 1 "quick address: ADDR[/LEN] [dev DEVICE] is wanted" 'quick address 192.88.99.1/32 lo'
broken 1 "quick address: ADDR[/LEN] [dev DEVICE] is wanted" 'quick address 192.88.99.1 dev'
broken 1 "quick address 192.88.99/24: must be an IPv4 or IPv6 address" 'quick address 192.88.99/24'
broken 1 "quick address 2001:db8:::1: must be an IPv4 or IPv6 address" 'quick address 2001:db8:::1'
broken 2 "quick address 192.88.99.1/33: the length must be 1 to 32" 'quick address 2001:db8::1/64' 'quick address 192.88.99.1/33'
broken 1 "quick address 2001:db8::1/129: the length must be 1 to 128" 'quick address 2001:db8::1/129'
broken 1 "quick address 192.88.99.1/: the length must be 1 to 32" 'quick address 192.88.99.1/'
broken 1 "quick address: dev eth7: no such device" 'quick address 192.88.99.1/32 dev eth7'
broken 1 "quick route: one of auto, none, PREFIX is wanted, and a line for each" 'quick route 2001:db8::/32 2001:db9::/32'
broken 1 "quick route: provider 2001:db8::/132: the length must be 1 to 64" 'quick route 2001:db8::/132'
broken 1 "quick route: 2001:db8::1/32 has host bits set: 2001:db8::/32" 'quick route 2001:db8::1/32'
broken 1 "quick route: provider nothing: must be an IPv6 prefix" 'quick route nothing'
broken 2 "quick route none: there are other quick route lines" 'quick route 2001:db8::/32' 'quick route none'
broken 2 "quick route auto: given before, on line 1" 'quick route auto' 'quick route'
broken 1 "quick sysctl: KEY=VALUE is wanted" 'quick sysctl net.ipv6.conf.all.forwarding'
broken 1 "quick sysctl: KEY=VALUE is wanted" 'quick sysctl net.ipv6.conf.all.forwarding='
broken 1 "quick sysctl kernel/panic: only keys below net can be set" 'quick sysctl kernel.panic=1'
broken 1 "quick sysctl net/../kernel/panic: only keys below net can be set" 'quick sysctl net/../kernel/panic = 1'
broken 1 "quick sysctl net.ipv4.nothing=1: there is no such key" 'quick sysctl net.ipv4.nothing=1'
broken 2 "quick sysctl net/ipv4/ip_forward: given before, on line 1" 'quick sysctl net.ipv4.ip_forward=1' 'quick sysctl net/ipv4/ip_forward=0'
broken 1 "quick mss 535: must be auto, off, or a number from 536 to 65455" 'quick mss 535'
broken 1 "quick mss 65456: must be auto, off, or a number from 536 to 65455" 'quick mss 65456'
broken 1 "quick mss on: must be auto, off, or a number from 536 to 65455" 'quick mss on'
broken 3 "quick mss: given before, on line 1" 'quick mss 1220' '' 'quick mss off'
broken 1 "quick notrack 1: must be on or off" 'quick notrack 1'
broken 2 "quick notrack: given before, on line 1" 'quick notrack on' 'quick notrack on'
broken 1 "quick post-up: a command is wanted" 'quick post-up # none'
broken 1 "quick pre-down: a command is wanted" 'quick pre-down'

# ---- lines of the batch language; the words are the tool's
rule='rule add provider 2001:db8::/32'
broken 3 "dev pmt1: this file is for pmt0" 'quick mss off' "$rule" 'link set dev pmt1 ttl 3'
broken 1 "dev pmt1: this file is for pmt0" 'rule add dev pmt1 provider 2001:db8::/32'
broken 2 "dev pmt1: this file is for pmt0" "$rule" 'policy add 100.64.0.0/16 drop dev pmt1'
broken 2 "there was a link line before, on line 1" 'link set ttl 3' 'link set dev pmt0 mtu 1400'
broken 2 "down: up and reload bring the device up" "$rule" 'link set down'
broken 2 "ttl 0: must be a number from 1 to 255" "$rule" 'link set ttl 0'
broken 1 "dev eth7: no such device" 'link set dev pmt0 dev eth7'
broken 1 "drain: its value is missing" 'link set drain'
broken 3 "p 40 + 32 + 0 = 72 > 64: use /32 or shorter, or ipv4 /8 or longer" 'quick mss off' '' 'rule add provider 2001:db8::/40'
broken 4 "./pmt0.conf:1 has another rule of this prefix" "$rule" '' 'quick mss off' "$rule ipv4 100.64.0.0/10"
broken 1 "rule del: only link set, rule add and policy add lines are read here" 'rule del provider 2001:db8::/32'
broken 1 "hello: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" hello
broken 1 "a policy entry needs its prefix, as in 8.0.0.0/8" 'policy add drop'
broken 2 "provider: overlaps that of ./pmt0.conf:1" "$rule" 'rule add provider 2001:db8:1::/48 ipv4 10.0.0.0/16'

is "a broken file changes nothing" "$(state)" "$before"

# ---- words of the command line
usage=$(pmt-quick -h)
is "without words: the usage" "$(pmt-quick 2>&1; echo $?)" "$usage
1"
is "an unknown word: the usage" "$(pmt-quick start pmt0 2>&1; echo $?)" "$usage
1"
is "-h: the usage, and no failure" "$?" 0
name="must be a device's name of 15 characters at most, letters, digits, '_', '.' and '-', or a file of such a name and .conf"
for word in abcdefghij.klmno ./abcdefghijklmnop.conf -x ./pmt0 'a b'; do
	is "no name: $word" "$(pmt-quick up "$word" 2>&1; echo $?)" "pmt-quick: $word: $name
1"
done
is "no file" "$(pmt-quick up nothing 2>&1; echo $?)" "pmt-quick: /etc/pmt/nothing.conf: no such file
1"
for word in down drain undrain; do
	pmt-quick $word pmt0 >/dev/null 2>&1
	is "$word what is not up" $? 1
done

# ---- the unit, with routing daemons as Debian has them: one comes after network.target,
# one before.
units=/usr/local/lib/systemd/system
unit() {	# NAME LINE...
	printf '%s\n' '[Unit]' "${@:2}" >"$units/$1"
}
unit bird.service After=network.target '[Service]' ExecStart=/bin/true
unit frr.service Wants=network.target After=network-pre.target Before=network.target '[Service]' ExecStart=/bin/true
unit all.target Wants='pmt-quick@pmt0.service bird.service frr.service'
verify() { systemd-analyze --man=no verify "$@" 2>&1; echo $?; }
is "the unit is good" "$(verify pmt-quick@pmt0.service)" 0
is "it can start with the routing daemons" "$(verify all.target)" 0
sed -i 's/^After=/After=network.target /' "$units/pmt-quick@.service"
is "after network.target it could not" "$(verify all.target | grep -o -m 1 "Found ordering cycle")" "Found ordering cycle"
echo "1..$n"
exit $failed
