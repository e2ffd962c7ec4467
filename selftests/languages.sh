#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Netlink with no code of ours: the kernel's own client, pyynl, reads the YAML spec and
# creates, lists, changes, watches; and the C example of the documentation.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
tree=$selftests/..
source=${KSRC:-/usr/local/src/linux}
client=$source/tools/net/ynl/pyynl/cli.py
"$python" -c 'import jsonschema, yaml' 2>/dev/null && [ -e "$client" ] || skip_all "no pyynl"
topology

# ynl SPEC ARGS...
ynl() {
	local spec=$1
	shift
	within "$relay" "$python" -u "$client" --spec "$spec" --output-json \
		--schema "$source/Documentation/netlink/$schema.yaml" "$@"
}
pmt=$tree/Documentation/netlink/specs/pmt.yaml
# is_json NAME GOT EXPRESSION: true of GOT, as x
is_json() {
	check "$1" "$python" -c "import json, sys
x = json.loads(sys.argv[1])
sys.exit(0 if ($3) else 'got: ' + sys.argv[1])" "$2"
}

schema=netlink-raw
check "a device, by the kernel's own spec of links" ynl "$source/Documentation/netlink/specs/rt-link.yaml" \
	--do newlink --create --excl --json '{"ifname": "pmt0", "linkinfo": {"kind": "pmt"}}'
schema=genetlink
ifindex=$(within "$relay" ip -j link show pmt0 | sed 's/.*"ifindex":\([0-9]*\).*/\1/')
dev="\"ifindex\": $ifindex"
ip -n "$relay" link set pmt0 up

# ---- watch
listens() {	# is anybody in the group?
	within "$relay" awk '$2 == 16 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink
}
nsenter --net="/run/netns/$relay" "$python" -u "$client" --spec "$pmt" --no-schema --output-json \
	--subscribe config --duration 600 >"$scratch/events" 2>"$scratch/said" &
jobs+=("$!")
check "somebody watches" busywait 60 listens

# ---- create, list
is "a rule" "$(ynl "$pmt" --do rule-new --json "{$dev, \"rule\": [{\"provider\": \"2001:db8::\", \"provider-len\": 32},
	{\"provider\": \"2001:db8:1200::\", \"provider-len\": 40, \"ipv4\": \"100.64.0.0\", \"ipv4-len\": 10}]}" 2>&1 |
	grep -o 'overlaps the provider prefix of another rule')" "overlaps the provider prefix of another rule"
is "a request that is refused has changed nothing" "$(p rule show)" ""
check "two rules" ynl "$pmt" --do rule-new --json "{$dev, \"rule\": [{\"provider\": \"2001:db8::\", \"provider-len\": 32},
	{\"provider\": \"3fff:1200::\", \"provider-len\": 40, \"ipv4\": \"100.64.0.0\", \"ipv4-len\": 10,
	 \"subnet-bits\": 2, \"csum\": \"neutral\"}]}"
is "they are there" "$(p rule show)" "dev pmt0 provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust
dev pmt0 provider 3fff:1200::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3 csum neutral"
is_json "listed" "$(ynl "$pmt" --dump rule-get)" "[(a['ifname'], a['rule'][0]['provider'], a['rule'][0]['provider-len'],
	a['rule'][0]['ipv4'], a['rule'][0]['csum']) for a in x] == [('pmt0', '2001:db8::', 32, '0.0.0.0', 'adjust'),
	('pmt0', '3fff:1200::', 40, '100.64.0.0', 'neutral')]"
check "a policy" ynl "$pmt" --do policy-new --json \
	"{$dev, \"policy\": [{\"ipv4\": \"9.0.0.0\", \"ipv4-len\": 8, \"action\": \"drop\"}]}"
is_json "one customer's" "$(ynl "$pmt" --do policy-get --json "{$dev, \"address4\": \"9.1.2.3\"}")" \
	"[(e['ipv4'], e['ipv4-len'], e['action']) for e in x['policy']] == [('9.0.0.0', 8, 'drop')]"
is_json "the map" "$(ynl "$pmt" --do map-get --json "{$dev, \"address4\": \"12.152.44.1\"}")" \
	"(x['6to4'], x['translated'], x['outer-src'], x['reason']) == ('2002:c98:2c01::', '2001:db8:c98:2c01::', '192.88.99.1', 'ok')"
is_json "the counters" "$(ynl "$pmt" --dump stats-get --json "{$dev}")" \
	"x[0]['counters']['spoof'] == 0 and len(x[0]['counters']) == 29"

# ---- change
check "a rule replaced" ynl "$pmt" --do rule-replace --json \
	"{$dev, \"rule\": [{\"provider\": \"2001:db8::\", \"provider-len\": 32, \"subnet\": 7}]}"
check "a rule deleted" ynl "$pmt" --do rule-del --json \
	"{$dev, \"rule\": [{\"provider\": \"3fff:1200::\", \"provider-len\": 40}]}"
is "so it is" "$(p rule show)" "dev pmt0 provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x7 csum adjust"

# ---- what the watcher was told
# enum pmt_cmd: RULE_NEW, POLICY_NEW, RULE_REPLACE, RULE_DEL
told() { grep -o '"cmd": [0-9]*' "$scratch/events" | sed 's/.* //' | paste -sd ' '; }
all_told() { [ "$(told)" = "2 9 3 4" ]; }
busywait 20 all_told
is "the watcher was told each" "$(told)" "2 9 3 4"

# ---- C
check "the C example compiles" cc -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
	-I"$tree/include" -o "$scratch/rules" "$tree/Documentation/examples/rules.c" -lmnl
is "and lists the rules" "$(within "$relay" "$scratch/rules")" "pmt0 2001:db8::/32"
end_tests
