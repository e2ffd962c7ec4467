# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the test scripts share: TAP, waiting, fresh network namespaces and the
# proof that they went away, and the relay's surroundings. Sourced, not run.
#
#	  cust                    relay                       serv
#	  acc  ------ acc 8.0.0.2/24    inet 3fff:0:1::1/64 ------ inet
#	  IPv4        lo 192.88.99.1    pmt0                       IPv6
set -u

KSFT_SKIP=4
# shellcheck disable=SC2034 # for those who source this
selftests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
python=${PYTHON:-/usr/bin/python3}
[ -n "${PYTHONPYCACHEPREFIX:-}" ] || export PYTHONDONTWRITEBYTECODE=1
scratch=$(mktemp -d)
tests=0 failed=0 complete='' namespaces=() jobs=()

# ---- TAP --------------------------------------------------------------------

ok() { tests=$((tests + 1)); echo "ok $tests - $1"; }
not_ok() {	# NAME [TEXT]
	tests=$((tests + 1)) failed=$((failed + 1))
	echo "not ok $tests - $1"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

# check NAME COMMAND...: the command succeeds.
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$* -> $output"; fi
}

# is NAME GOT WANT: two texts are equal.
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got: $2
want: $3"; fi
}

# adopt COMMAND...: run a program that prints TAP; its tests become ours. It must
# end with its plan, which says that all of them were run.
adopt() {
	local line plan='' before=$tests
	while IFS= read -r line; do
		case $line in
		'ok '*) ok "${line#*- }" ;;
		'not ok '*) not_ok "${line#*- }" ;;
		'# '*) echo "$line" ;;
		1..*) plan=${line#1..} ;;
		esac
	done < <("$@" 2>"$scratch/errors")
	sed 's/^/# /' "$scratch/errors"
	[ "$plan" = $((tests - before)) ] || not_ok "$* ran to its end"
}

skip_all() { echo "1..0 # SKIP $*"; complete=skipped; exit "$KSFT_SKIP"; }

# The last line of a script: it came to its end.
end_tests() { complete=yes; exit 0; }

finish() {
	local ns n
	for n in ${jobs[@]+"${jobs[@]}"}; do kill "$n" 2>/dev/null; done
	printf 'netns del %s\n' ${namespaces[@]+"${namespaces[@]}"} |
		ip -force -batch - 2>/dev/null
	if [ "$complete" != skipped ]; then
		[ -n "$complete" ] || not_ok "the script came to its end"
		n=0
		for ns in ${namespaces[@]+"${namespaces[@]}"}; do
			n=$((n + 1))
			busywait 60 no_link "k$$n$n" || not_ok "namespace $ns is destroyed"
		done
		is "all namespaces and devices are destroyed" \
			"$(ip netns list | grep -c "^pmt-$$-") $(links_of_kind pmt)" "0 "
		is "the kernel log is clean" "$(complaints)" ""
		echo "1..$tests"
	fi
	rm -rf "$scratch"
	[ "$complete" != skipped ] || exit "$KSFT_SKIP"
	[ "$failed" = 0 ] || exit 1
	exit 0
}
trap finish EXIT
trap 'exit 1' INT TERM

# ---- the kernel log -----------------------------------------------------------

mark="pmt selftest $(basename "$0") $$"
echo "$mark starts" >/dev/kmsg
log_expected='^$'		# a test of failures has some by design
complaints() {
	dmesg | grep -qF "$mark starts" || echo "the log does not go back to the start of this test"
	dmesg | sed "1,/$(basename "$0") $$ starts/d" | grep -Ev "$log_expected" | grep -E 'WARNING|BUG|Oops|Call Trace|general protection|refcount|unregister_netdevice: waiting|suspicious RCU|blocked for more|KASAN|UBSAN|leaked' | head -n 20
}

# ---- waiting ------------------------------------------------------------------

# waits_in FUNCTION PID: the process sleeps there in the kernel; or just sleeps, in
# user-mode Linux, which can't tell where.
waits_in() {
	local state
	grep -q "$1" "/proc/$2/wchan" && return
	read -r _ _ state _ <"/proc/$2/stat"
	[ "$state" = S ] && grep -q 'User Mode Linux' /proc/cpuinfo
}

# busywait SECONDS COMMAND...: until the command succeeds; fails when time is up.
# Between tries it listens for 0.02 s where nothing is ever said.
mkfifo "$scratch/silence"
exec {silence}<>"$scratch/silence"
busywait() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $until ] || return 1
		read -r -t 0.02 -u "$silence"
	done
	return 0
}

no_link() { [ ! -e "/sys/class/net/$1" ]; }
links_of_kind() { ip -o link show type "$1" 2>/dev/null | sed 's/^[0-9]*: \([^:@]*\).*/\1/'; }

# ---- namespaces -----------------------------------------------------------------

# ns_new NAME...: fresh namespaces, their full names in the variables NAME. Each
# holds one end of a pair whose other end, k..., dies with it and so tells of it.
ns_new() {
	local short full
	for short; do
		full=pmt-$$-$short
		namespaces+=("$full")
		printf -v "$short" %s "$full"
		printf 'netns add %s\nlink add k%s type veth peer name canary netns %s\n' \
			"$full" "$$n${#namespaces[@]}" "$full"
	done >"$scratch/batch"
	ip -batch "$scratch/batch" || exit 1
}

# ns_del NAME: before the end of the script, and waited for.
ns_del() {
	local i
	ip netns del "pmt-$$-$1" || return 1
	for i in "${!namespaces[@]}"; do
		[ "${namespaces[$i]}" != "pmt-$$-$1" ] || busywait 60 no_link "k$$n$((i + 1))" || return 1
	done
}

# within NS COMMAND...: quicker than ip netns exec, which mounts /sys anew.
within() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" "$@"
}

ns_sysctl() {	# NS SETTING...
	local ns=$1
	shift
	within "$ns" sysctl -qw "$@"
}

need_pmt() {
	[ "$(id -u)" = 0 ] || skip_all "must be root"
	modprobe pmt 2>/dev/null || [ -d /sys/module/pmt ] || skip_all "no module pmt"
	command -v pmt >/dev/null || skip_all "no tool pmt"
}

# topology: the three namespaces above. cust and serv have no addresses: they are
# where packets are put in and taken out by hand.
# shellcheck disable=SC2154 # ns_new sets the names
topology() {
	local quiet='net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1'
	ns_new cust relay serv
	# shellcheck disable=SC2086
	ns_sysctl "$cust" $quiet
	# shellcheck disable=SC2086
	ns_sysctl "$serv" $quiet
	ns_sysctl "$relay" net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
		net.ipv6.conf.default.addr_gen_mode=1
	ip -batch - <<-EOF || exit 1
		link add acc netns $relay address 02:00:00:00:00:01 type veth peer name acc netns $cust address 02:00:00:00:00:02
		link add inet netns $relay address 02:00:00:00:00:03 type veth peer name inet netns $serv address 02:00:00:00:00:04
	EOF
	ip -n "$cust" link set acc up
	ip -n "$serv" link set inet up
	ip -n "$relay" -batch - <<-EOF || exit 1
		link set lo up
		link set acc up
		link set inet up
		addr add 192.88.99.1/32 dev lo
		addr add 8.0.0.2/24 broadcast 8.0.0.255 dev acc
		neigh add 8.0.0.0 lladdr 02:00:00:00:00:02 dev acc nud permanent
		neigh add 8.0.0.1 lladdr 02:00:00:00:00:02 dev acc nud permanent
		neigh add 8.0.0.254 lladdr 02:00:00:00:00:02 dev acc nud permanent
		route add default via 8.0.0.254
		route add 9.9.9.10 via 8.0.0.254
	EOF
	ip -n "$relay" -6 -batch - <<-EOF || exit 1
		addr add 3fff:0:1::1/64 dev inet nodad
		neigh add 3fff:0:1::2 lladdr 02:00:00:00:00:04 dev inet nud permanent
		route add default via 3fff:0:1::2
		route add 3fff:b::1 via 3fff:0:1::2
	EOF
	export CUST=$cust RELAY=$relay SERV=$serv
}

# p ARGS...: the tool, at the relay.
# shellcheck disable=SC2154 # topology sets relay
p() { pmt -n "$relay" "$@"; }

# says NAME STATUS TEXT ARGS...: all that the tool says, but for what plain() takes
# out of it, and its exit status.
plain() { printf '%s\n' "$1"; }
says() {
	local name=$1 status=$2 text=$3 output
	shift 3
	output=$(p "$@" 2>&1)
	is "$name" "$? $(plain "$output")" "$status $text"
}

# json NAME EXPRESSION ARGS...: true of what the tool prints, as x.
# shellcheck disable=SC2317
json() {
	local name=$1 expression=$2
	shift 2
	check "$name" "$python" -c "import json, sys
x = json.loads(sys.argv[1])
sys.exit(0 if ($expression) else 'got: ' + sys.argv[1])" "$(p -j "$@")"
}

# relay_up [OPTION...]: pmt0 with these options, up, and 2001:db8::/32 routed to it.
relay_up() {
	ip -n "$relay" link add pmt0 type pmt "$@" &&
		ip -n "$relay" link set pmt0 up &&
		ip -n "$relay" -6 route add 2001:db8::/32 via fe80::1 dev pmt0
}
