# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# The rows: what is set up, what is put in, what must come out.

# ---- peers: up_PEER makes the relay, down_PEER takes it away ----------------
# The addresses of a customer on the IPv6 side, and where the lower half of its
# IPv4 address stands in them: internal_PEER.

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

up_sit_via() { sit_up via fe80::1; }
down_sit_via() { down_sit; }

up_pmt() {
	modprobe pmt 2>/dev/null
	ip link add pmt0 mtu 1480 up type pmt provider 2001:db8::/32 2>/dev/null ||
		pmt link add pmt0 up mtu 1480 provider 2001:db8::/32
	ip -6 route add 2001:db8::/32 via fe80::1 dev pmt0
}
down_pmt() {
	ip link del pmt0
	rmmod pmt 2>/dev/null
}

# ---- one row ----------------------------------------------------------------

# The frame of DIRECTION for PEER; what varies is the customer's IPv4 address and,
# towards the Internet, the server.
frame() {	# DIRECTION PEER PROTOCOL SIZE FLOWS
	local rest="proto=$3,size=$4,flows=$5"
	case $1:$2 in
	*:plain) echo "src=2001:db8:c98::1@6,dst=2600::1@14,$rest" ;;
	decap:*) echo "v4=12.152.0.0@,src=2002:c98::1@4,dst=2600::1@14,$rest" ;;
	encap:pmt*) echo "src=2600::1,dst=2001:db8:c98::1@6,$rest" ;;
	encap:*) echo "src=2600::1,dst=2002:c98::1@4,$rest" ;;
	esac
}

# What its first packet looks like when it leaves.
leaving() {	# DIRECTION PEER
	case $1:$2 in
	*:plain | decap:pmt*) echo "2001:db8:c98::1 > 2600::" ;;
	decap:*) echo "2002:c98::1 > 2600::" ;;
	encap:*) echo "192.88.99.1 > 12.152.0.0 2600::1 > 2002:c98::1" ;;
	esac
}

# The median of the rounds; 16 % more packets go ahead of what is measured.
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
	value=$("$inject" -c "$COUNT" -r "$ROUNDS" in0 "$frame" |
		sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
	forwarded=$(($(sent) - before))
	echo "row|$1|$2|$3|$4|$5|$6|$7|$value|$forwarded|$((COUNT * ROUNDS))"
}

wanted() { [ -z "${PEERS:-}" ] || [[ " $PEERS " == *" $1 "* ]]; }

rows_decap() { rows_both decap; }
rows_encap() { rows_both encap; }
rows_both() {	# DIRECTION
	local peer flows
	for peer in sit sit_via pmt; do
		[ "$1:$peer" != decap:sit_via ] || continue
		wanted "$peer" || continue
		"up_$peer"
		for flows in 1 $many; do
			row "$1" "$1" $peer udp 64 "$flows" ''
		done
		"down_$peer"
	done
}
