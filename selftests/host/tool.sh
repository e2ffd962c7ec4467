#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `pmt` does without the module: the map, its refusals, exit codes, JSON.
# The tool is built with the address and undefined behaviour sanitizers.
tree=$(cd "$(dirname "$0")/../.." && pwd)
build=$tree/build/sanitize
make -s -C "$tree" -f tools/tools.mk tools BUILD="$build" CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined" >&2 || {
	echo "Bail out! the tool does not build"
	exit 1
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

n=0 failed=0
ok() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failed=1
	fi
}

run() {	# ARGS...: output and status into $tmp
	"$build/tools/pmt" "$@" >"$tmp/out" 2>"$tmp/err" <"${input:-/dev/null}"
	status=$?
}

# The whole of what is printed, and the exit status
prints() {	# STATUS TEXT ARGS...
	want=$1 text=$2
	shift 2
	run "$@"
	[ "$status" = "$want" ] && [ "$(cat "$tmp/out" "$tmp/err")" = "$text" ]
	result=$?
	ok $result "pmt $*"
	[ $result = 0 ] || sed 's/^/# got: /' "$tmp/out" "$tmp/err"
	[ $result = 0 ] || echo "# status $status, wanted $want: $text"
}

# A sentence to stderr, status 1, and nothing else
refused() {	# SENTENCE ARGS...
	sentence=$1
	shift
	prints 1 "$sentence" "$@"
	[ ! -s "$tmp/out" ] || ok 1 "a refusal prints nothing to standard output"
}

# JSON, by way of a Python expression over x
json() {	# STATUS EXPRESSION ARGS...
	want=$1 expression=$2
	shift 2
	run "$@"
	[ "$status" = "$want" ] && /usr/bin/python3 -c "
import json, sys
x = json.load(sys.stdin)
sys.exit(not ($expression))" <"$tmp/out"
	ok $? "pmt $*: $expression"
}

# V4 SID TRANSLATED RULE...: forward by both forms, and back
maps() {
	v4=$1 sid=$2 new=$3 old=$4
	shift 4
	json 0 "[a['translated'] for a in x] == ['$new::1', '$new::1'] and [a['6to4'] for a in x] == ['$old::1', '$old::1'] and all(a['ipv4'] == '$v4' and a['subnet'] == hex($sid) and a['outer']['dst'] == '$v4' and a['reason'] is None for a in x)" \
		-j map "$old::1" "$new::1" "$@"
}

echo "TAP version 13"

# REQUIREMENTS section 0, A to E
maps 12.152.44.1 0 2001:db8:c98:2c01 2002:c98:2c01 provider 2001:db8::/32
maps 10.1.2.3 0 2001:db8:ff01:203 2002:a01:203 ipv4 10.0.0.0/8 provider 2001:db8:ff00::/40
maps 100.72.3.9 1 2001:db8:1220:c25 2002:6448:309:1 provider 2001:db8:1200::/40 ipv4 100.64.0.0/10 subnet 0-3
maps 10.100.100.1 1 2001:db8:6464:101 2002:a64:6401:1 provider 2001:db8::/32 ipv4 10.0.0.0/8 subnet 0-0xff
maps 100.72.3.9 0 2001:db8:4420:c24 2002:6448:309 provider 2001:db8:4400::/40 ipv4 100.64.0.0/10
json 3 "x[0]['reason'] == 'nomap' and x[0]['translated'] is None and x[0]['rule'] is None and x[0]['outer'] is None" \
	-j map 2001:db8:4420:c25::1 provider 2001:db8:4400::/40 ipv4 100.64.0.0/10

# The forms of an answer
figure3="rule provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust outer dst 12.152.44.1 protocol 41"
prints 0 "12.152.44.1: ipv4 12.152.44.1 subnet 0x0 6to4 2002:c98:2c01::/64 translated 2001:db8:c98:2c01::/64 $figure3" \
	map 12.152.44.1 provider 2001:db8::/32
prints 0 "2002:c98:2c01::5: ipv4 12.152.44.1 subnet 0x0 6to4 2002:c98:2c01::5 translated 2001:db8:c98:2c01::5 $figure3" \
	map provider 2001:db8::/32 2002:c98:2c01::5
prints 3 "10.1.2.3: ipv4 10.1.2.3 subnet 0x0 6to4 2002:a01:203::/64 reason bogon" map 10.1.2.3 provider 2001:db8::/32
prints 3 "2002:c98:2c01:5::1: ipv4 12.152.44.1 subnet 0x5 6to4 2002:c98:2c01:5::1 reason sid" \
	map 2002:c98:2c01:5::1 provider 2001:db8::/32
prints 3 "3fff::80: reason nomap" map 3fff::80 provider 2001:db8::/32
json 0 "list(x[0]) == ['address', 'ipv4', 'subnet', '6to4', 'translated', 'rule', 'policy', 'outer', 'reason'] and list(x[0]['rule']) == ['provider', 'ipv4', 'subnet', 'csum']" \
	-j -p map 12.152.44.1 provider 2001:db8::/32

# RFC 6296: the interface ID makes up for the difference, or the subnet-ID does
neutral() {	# CUSTOMER TRANSLATED RULE...: both ways
	old=$1 new=$2
	shift 2
	json 0 "all(a['6to4'] == '$old' and a['translated'] == '$new' and a['rule']['csum'] == 'neutral' for a in x)" \
		-j map "$old" "$new" "$@" csum neutral
}
neutral 2002:c98:2c01::1 2001:db8:c98:2c01:f248::1 provider 2001:db8::/32
neutral 2002:c98:2c01:0:ffff::1 2001:db8:c98:2c01:ffff:f248:0:1 provider 2001:db8::/32
neutral 2002:c98:2c01:0:db7::1 2001:db8:c98:2c01::1 provider 2001:db8::/32
neutral 2002:6440:506::1 2001:db8:506:5689::1 provider 2001:db8::/32 ipv4 100.64.0.0/16 subnet 0-0xffff
json 3 "[a['reason'] for a in x] == ['nomap', 'nomap']" -j map 2002:c98:2c01:0:ffff:ffff:ffff:ffff \
	2001:db8:c98:2c01:ffff:ffff:ffff:ffff provider 2001:db8::/32 csum neutral
json 0 "x[0]['translated'] == '2001:db8:c98:2c01::/64'" -j map 12.152.44.1 provider 2001:db8::/32 csum neutral

# Several rules: typed, from a file, from standard input
json 0 "[a['rule']['provider'] for a in x] == ['2001:db8::/32', '2a00:1:200::/40']" \
	-j map 8.0.0.1 100.64.0.1 provider 2001:db8::/32 provider 2a00:1:200::/40 ipv4 100.64.0.0/10
cat >"$tmp/rules" <<-'END'
	# what pmt save will write
	link set pmt0 ttl 64
	rule add dev pmt0 provider 2001:db8::/32	# Figure 3

	rule add ipv4 100.64.0.0/10 dev pmt0 provider 2a00:1:200::/40
END
json 0 "[a['rule']['provider'] for a in x] == ['2001:db8::/32', '2a00:1:200::/40']" \
	-j map 8.0.0.1 100.64.0.1 file "$tmp/rules"
input=$tmp/rules
json 0 "x[0]['rule']['provider'] == '2001:db8::/32'" -j map 8.0.0.1 file -
printf '8.0.0.1 8.0.0.2\n# no\n\n2002:800:3::1\n' >"$tmp/addresses"
input=$tmp/addresses
json 0 "[a['ipv4'] for a in x] == ['8.0.0.1', '8.0.0.2', '8.0.0.3']" -j map - provider 2001:db8::/32
printf '8.0.0.1\nnonsense\n' >"$tmp/addresses"
prints 1 "8.0.0.1: ipv4 8.0.0.1 subnet 0x0 6to4 2002:800:1::/64 translated 2001:db8:800:1::/64 rule provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust outer dst 8.0.0.1 protocol 41
stdin:2: nonsense: must be an IPv4 or an IPv6 address" map - provider 2001:db8::/32
run -j map - provider 2001:db8::/32
/usr/bin/python3 -m json.tool "$tmp/out" >/dev/null
ok $? "an error in the middle leaves JSON behind that can be read"
input=

# Policy entries of a file: the longest that matches decides, both ways
cat >"$tmp/policy" <<-'END'
	rule add dev pmt0 provider 2001:db8::/32
	policy add dev pmt0 8.0.0.0/8 drop
	policy add dev pmt0 8.1.0.0/16
	policy add 8.1.1.0/24 untranslated dev pmt0
	policy add dev pmt0 pass 8.1.2.3
	policy add dev pmt0 100.64.0.0/10 untranslated
END
prints 3 "8.0.0.1: ipv4 8.0.0.1 subnet 0x0 6to4 2002:800:1::/64 translated 2001:db8:800:1::/64 rule provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust policy 8.0.0.0/8 drop reason policy
8.1.1.1: ipv4 8.1.1.1 subnet 0x0 6to4 2002:801:101::/64 policy 8.1.1.0/24 untranslated outer dst 8.1.1.1 protocol 41" \
	map 8.0.0.1 8.1.1.1 file "$tmp/policy"
json 3 "[a['policy'] and a['policy']['prefix'] + ' ' + a['policy']['action'] for a in x] == ['8.0.0.0/8 drop', '8.1.0.0/16 translate', '8.1.2.3/32 pass', '8.1.0.0/16 translate', None, '100.64.0.0/10 untranslated', '8.1.1.0/24 untranslated'] and [a['reason'] for a in x] == ['policy', None, 'policy', None, None, 'bogon', 'nomap']" \
	-j map 8.255.255.255 8.1.0.1 2002:801:203::1 2001:db8:801:204::1 9.0.0.1 100.64.0.1 2001:db8:801:102::1 file "$tmp/policy"

# Rules that are refused
refused "pmt: p 38 + 22 + 5 = 65 > 64: use /37 or shorter, or subnet 0-15" \
	map 8.0.0.1 provider 2001:db8::/38 ipv4 8.0.0.0/10 subnet 0-31
refused "pmt: p 36 + 32 + 0 = 68 > 64: use /32 or shorter, or ipv4 /4 or longer" map 8.0.0.1 provider 2001:db8::/36
refused "pmt: p 40 + 22 + 3 = 65 > 64: use /39 or shorter, or subnet 16-19" \
	map 8.0.0.1 provider 2001:db8::/40 ipv4 100.64.0.0/10 subnet 16-23
refused "pmt: p 42 + 22 + 1 = 65 > 64: use /41 or shorter, or subnet 6" \
	map 8.0.0.1 provider 2001:db8::/42 ipv4 100.64.0.0/10 subnet 6-7
refused "pmt: p 60 + 32 + 16 = 108 > 64: use /16 or shorter" map 8.0.0.1 provider 2001:db8::/60 subnet 0-0xffff
refused "pmt: 2001:db8::1/32 has host bits set: 2001:db8::/32" map 8.0.0.1 provider 2001:db8::1/32
refused "pmt: 10.1.2.3/8 has host bits set: 10.0.0.0/8" map 8.0.0.1 provider 2001:db8::/32 ipv4 10.1.2.3/8
refused "pmt: provider 2001:db8::/65: the length must be 1 to 64" map 8.0.0.1 provider 2001:db8::/65
refused "pmt: provider ::/0: the length must be 1 to 64" map 8.0.0.1 provider ::/0
refused "pmt: provider 2001:db8::/129: the length must be 1 to 64" map 8.0.0.1 provider 2001:db8::/129
refused "pmt: provider 2001:db8::: its length is missing, as in 2001:db8::/32" map 8.0.0.1 provider 2001:db8::
refused "pmt: provider 10.0.0.0/8: must be an IPv6 prefix" map 8.0.0.1 provider 10.0.0.0/8
refused "pmt: ipv4 2001:db8::/32: must be an IPv4 prefix" map 8.0.0.1 ipv4 2001:db8::/32
refused "pmt: ipv4 8.0.0.0/33: the length must be 0 to 32" map 8.0.0.1 ipv4 8.0.0.0/33
refused "pmt: subnet 1-3: must be an aligned range of 2^n subnet-IDs, the nearest is 0-3" \
	map 8.0.0.1 provider 2001:db8::/32 subnet 1-3
refused "pmt: subnet 6-9: must be an aligned range of 2^n subnet-IDs, the nearest is 0-15" \
	map 8.0.0.1 provider 2001:db8::/32 subnet 6-9
refused "pmt: subnet 5-3: the first is greater than the last" map 8.0.0.1 provider 2001:db8::/32 subnet 5-3
refused "pmt: subnet 65536: must be a number from 0 to 65535, or two with a dash between" map 8.0.0.1 provider 2001:db8::/32 subnet 65536
refused "pmt: subnet -1: must be a number from 0 to 65535, or two with a dash between" map 8.0.0.1 provider 2001:db8::/32 subnet -1
refused "pmt: subnet 0x: must be a number from 0 to 65535, or two with a dash between" map 8.0.0.1 provider 2001:db8::/32 subnet 0x
refused "pmt: csum none: must be adjust or neutral" map 8.0.0.1 provider 2001:db8::/32 csum none
refused "pmt: provider: contains or lies in 2002::/16, the customers' own prefix" map 8.0.0.1 provider 2002:db8::/32
refused "pmt: provider: must be global unicast, outside ::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8" \
	map 8.0.0.1 provider fd00::/32
refused "pmt: provider: overlaps the provider prefix of another rule" \
	map 8.0.0.1 provider 2001:db8::/32 provider 2001:db8::/40 ipv4 10.0.0.0/8
refused "pmt: subnet: overlaps that of another rule with the same ipv4 prefix" \
	map 8.0.0.1 provider 2001:db8::/32 provider 2001:db9::/32
refused "pmt: a rule needs its provider prefix, as in provider 2001:db8::/32" map 8.0.0.1 ipv4 8.0.0.0/8
refused "pmt: subnet: given twice" map 8.0.0.1 subnet 0 subnet 0 provider 2001:db8::/32
refused "pmt: provider: its value is missing" map 8.0.0.1 provider

# Numbers are decimal or hexadecimal, never octal
json 0 "x[0]['rule']['subnet'] == '0xa'" -j map 8.0.0.1 provider 2001:db8::/32 subnet 010

# Files that are refused
printf 'rule add provider 2001:db8::/32\nrule add provider 2001:db8::1/32\n' >"$tmp/rules"
refused "$tmp/rules:2: 2001:db8::1/32 has host bits set: 2001:db8::/32" map 8.0.0.1 file "$tmp/rules"
printf 'rule add dev a provider 2001:db8::/32\nrule add dev b provider 2a00::/32\n' >"$tmp/rules"
refused "$tmp/rules:2: dev b: the lines before are for a" map 8.0.0.1 file "$tmp/rules"
printf 'rule show\n' >"$tmp/rules"
refused "$tmp/rules:1: rule show: only link set, rule add and policy add lines are read here" map 8.0.0.1 file "$tmp/rules"
refused "pmt: $tmp/none: No such file or directory" map 8.0.0.1 file "$tmp/none"
refused "pmt: $tmp: Is a directory" map 8.0.0.1 file "$tmp"

printf 'policy add 8.0.0.0/8 drop\n\npolicy add 8.0.0.0/8 pass\n' >"$tmp/rules"
refused "$tmp/rules:3: $tmp/rules:1 has another policy of this prefix" map 8.0.0.1 file "$tmp/rules"
printf 'rule add provider 2001:db8::/32 ipv4 8.0.0.0/8\nrule add provider 2001:db8::/32\n' >"$tmp/rules"
refused "$tmp/rules:2: $tmp/rules:1 has another rule of this prefix" map 8.0.0.1 file "$tmp/rules"

printf 'rule add provider 2001:db8::/32\nlink set pmt0 ttl 0\n' >"$tmp/rules"
refused "$tmp/rules:2: ttl 0: must be a number from 1 to 255" map 8.0.0.1 file "$tmp/rules"
printf 'rule add provider 2001:db8::/32\nlink frob\n' >"$tmp/rules"
refused "$tmp/rules:2: link show: only link set, rule add and policy add lines are read here" map 8.0.0.1 file "$tmp/rules"
printf 'link set dev a local 192.0.2.9,192.0.2.8 untranslated on\nrule add dev a provider 2001:db8::/32\n' >"$tmp/rules"
prints 0 "2002:808:808:9::1: ipv4 8.8.8.8 subnet 0x9 6to4 2002:808:808:9::1 outer src 192.0.2.9 dst 8.8.8.8 protocol 41" \
	map 2002:808:808:9::1 file "$tmp/rules"
printf 'policy add 10.0.0.0/8 drop\nrule add provider 2001:db8::/32\n' >"$tmp/rules"
prints 3 "10.0.0.1: ipv4 10.0.0.1 subnet 0x0 6to4 2002:a00:1::/64 policy 10.0.0.0/8 drop reason policy" \
	map 10.0.0.1 file "$tmp/rules"
prints 3 "127.0.0.1: ipv4 127.0.0.1 subnet 0x0 6to4 2002:7f00:1::/64 policy 127.0.0.0/8 builtin reason bogon" \
	map 127.0.0.1 file "$tmp/rules"

# What apply and diff read is looked at before the module is asked
config() {	# SENTENCE LINES [WORDS]
	printf '%b' "$2" >"$tmp/config"
	# shellcheck disable=SC2086
	refused "$1" diff "$tmp/config" ${3:-}
}
config "$tmp/config:1: dev is missing: which device?" "policy add 8.0.0.0/8\n"
config "$tmp/config:2: dev is missing: which device?" "rule add dev a provider 2001:db8::/32\nrule add provider 2a00::/32 ipv4 8.0.0.0/8\n"
config "$tmp/config:1: policy del: only link set, rule add and policy add lines are read here" "policy del dev pmt0 8.0.0.0/8\n"
config "$tmp/config:1: save: only link set, rule add and policy add lines are read here" "save\n"
config "$tmp/config:1: p 40 + 32 + 0 = 72 > 64: use /32 or shorter, or ipv4 /8 or longer" "rule add dev pmt0 provider 2001:db8::/40\n"
config "$tmp/config:1: provider: rules have lines of their own here" "link set pmt0 provider 2001:db8::/32\n"
config "$tmp/config:2: dev pmt0: there was a link line before" "link set pmt0 ttl 1\nlink set pmt0 ttl 2\n"
config "$tmp/config:1: ttl 0: must be a number from 1 to 255" "link set pmt0 ttl 0\n"
config "pmt: no line is for any device" "# nothing\n"
config "pmt: dev pmt1: no line is for it" "policy add dev pmt0 8.0.0.0/8\n" "dev pmt1"
config "$tmp/config:3: $tmp/config:1 has another policy of this prefix" \
	"policy add dev pmt0 9.0.0.0/8 drop\npolicy add dev pmt0 8.0.0.0/8\npolicy add dev pmt0 9.0.0.0/8 pass\n"
overlap="rule add provider 2001:dba::/32 ipv4 9.0.0.0/8\nrule add provider 2001:dbb::/32 ipv4 8.0.0.0/8\n"
config "$tmp/config:3: provider: overlaps that of $tmp/config:1" \
	"${overlap}rule add provider 2001:dba:1::/48 ipv4 11.11.0.0/16\n" "dev pmt0"
config "$tmp/config:3: provider: overlaps that of $tmp/config:1" \
	"${overlap}rule add provider 2001:dba::/31 ipv4 11.11.0.0/16\n" "dev pmt0"
config "$tmp/config:3: subnet: overlaps that of $tmp/config:2, with the same ipv4 prefix" \
	"${overlap}rule add provider 2001:dbc::/32 ipv4 8.0.0.0/8\n" "dev pmt0"
config "$tmp/config:2: subnet: overlaps that of $tmp/config:1, with the same ipv4 prefix" \
	"rule add provider 2001:dbc::/32 subnet 3\nrule add provider 2001:dc0::/30 subnet 0-3\n" "dev pmt0"
config "$tmp/config:2: ttl 0: must be a number from 1 to 255" "link set mtu 1400 drain on\nlink set ttl 0\n" "dev pmt0"
config "$tmp/config:2: dev pmt0: there was a link line before" "link set mtu 1400\nlink set pmt0 drain on\n" "dev pmt0"
config "$tmp/config:1: on: unknown word, allowed here: up, down, mtu, provider, ipv4, subnet, csum, local, dev, ttl, dscp, ecn, df, untranslated, to2002, hairpin, errsrc, icmp-rate, ptb-rate, drain" \
	"link set drain on\n"
for name in a/b . .. "a b" x:y; do
	refused "pmt: $name: a device name has no blank, / or :, and is not . or .." link add "$name" up
done
printf 'policy add dev pmt0 9.0.0.0/8 reject\n' >"$tmp/other"
config "$tmp/other:1: $tmp/config:2 has another policy of this prefix" "\npolicy add dev pmt0 9.0.0.0/8 drop\n" "$tmp/other"
refused "pmt: which file? - is standard input" apply dev pmt0
refused "pmt: $tmp/none: No such file or directory" apply "$tmp/none"
refused "pmt: frob: unknown word, allowed here: dev" save frob

# Commands that are refused
refused "pmt: rul: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" rul show
refused "pmt: frob: unknown word, allowed here: dev, ipv4, or one of the verbs add, replace, del, show, flush" rule frob
refused "pmt: frob: unknown word, allowed here: dev, provider, ipv4, subnet, csum" rule add frob
refused "pmt: sho: unknown word, allowed here: dev, nonzero, or one of the verbs show, watch, explain, prometheus" stats sho
refused "pmt: frob: unknown word, allowed here: dev, nonzero" stats watch frob
refused "pmt: dev: given twice" stats watch nonzero dev a dev b
refused "pmt: nonzero: given twice" stats watch nonzero nonzero
refused "pmt: nonzero: unknown word, allowed here: dev" stats prometheus nonzero
refused "pmt: -j: prometheus has a form of its own" -j stats prometheus
refused "pmt: -j: options come first, as in pmt -j rule show" stats watch -j
refused "pmt: dev: given twice" rule show dev a dev a
refused "pmt: dev is missing: which device?" rule add provider 2001:db8::/32
refused "pmt: frob: unknown word, allowed here: dev, a prefix, translate, untranslated, reject, drop, pass" policy add dev pmt0 frob
refused "pmt: frob: unknown word, allowed here: dev, root, match, exact, translate, untranslated, reject, drop, pass, or one of the verbs add, replace, del, get, show, flush" policy frob
refused "pmt: dev is missing: which device?" policy add 8.0.0.0/8
refused "pmt: a policy entry needs its prefix, as in 8.0.0.0/8" policy del dev pmt0 drop
refused "pmt: 8.0.0.1/8 has host bits set: 8.0.0.0/8" policy add dev pmt0 8.0.0.1/8
refused "pmt: 8.0.0.1/8 has host bits set: 8.0.0.0/8" policy show root 8.0.0.1/8
refused "pmt: prefix 8.0.0.0/33: the length must be 0 to 32" policy add dev pmt0 8.0.0.0/33
refused "pmt: prefix 8/8: must be an IPv4 prefix" policy add dev pmt0 8/8
refused "pmt: prefix 2001:db8::/32: must be an IPv4 prefix" policy add dev pmt0 2001:db8::/32
refused "pmt: 9.0.0.0/8: a prefix was given before" policy add dev pmt0 8.0.0.0/8 9.0.0.0/8
refused "pmt: pass: an action was given before" policy add dev pmt0 8.0.0.0/8 drop pass
refused "pmt: exact: root was given before" policy show root 8.0.0.0/8 exact 8.0.0.0/8
refused "pmt: match: its value is missing" policy show match
refused "pmt: the address is missing: policy get ADDR dev NAME" policy get dev pmt0
refused "pmt: dev is missing: which device?" policy get 8.0.0.1
refused "pmt: 8.0.0.0/8: must be an IPv4 address" policy get 8.0.0.0/8 dev pmt0
refused "pmt: 8.0.0.2: an address was given before" policy get 8.0.0.1 8.0.0.2 dev pmt0
refused "pmt: averylongdevicename: a device name has 1 to 15 characters" rule show dev averylongdevicename
refused "pmt: : a device name has 1 to 15 characters" link show ""
refused "pmt: the name of the device is missing" link add
refused "pmt: ttl 0: must be a number from 1 to 255" link add pmt0 ttl 0
refused "pmt: ttl 256: must be a number from 1 to 255" link add pmt0 ttl 256
refused "pmt: dscp 64: must be a number from 0 to 63" link add pmt0 dscp 64
refused "pmt: mtu 1279: must be a number from 1280 to 65515" link add pmt0 mtu 1279
refused "pmt: ecn off: must be compat or normal" link add pmt0 ecn off
refused "pmt: hairpin yes: must be off or on" link add pmt0 hairpin yes
refused "pmt: local 1.2.3: must be an IPv4 address" link add pmt0 local 192.88.99.1,1.2.3
refused "pmt: local : must be an IPv4 address" link add pmt0 local 192.88.99.1,
refused "pmt: local: takes 16 addresses at most" link add pmt0 local 1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1
refused "pmt: errsrc 1.2.3.4: must be an IPv6 address" link add pmt0 errsrc 1.2.3.4
refused "pmt: icmp-rate 4294967296: must be a number from 0 to 4294967295" link add pmt0 icmp-rate 4294967296
refused "pmt: icmp-rate 99999999999999999999999: must be a number from 0 to 4294967295" link add pmt0 icmp-rate 99999999999999999999999
refused "pmt: dev nosuchdevice: no such device" link add pmt0 dev nosuchdevice
refused "pmt: down: up or down was given before" link add pmt0 up down
refused "pmt: a rule needs its provider prefix, as in provider 2001:db8::/32" link add pmt0 ipv4 8.0.0.0/8
refused "pmt: -j: options come first, as in pmt -j rule show" rule show -j
refused "pmt: map asks a device, a file or rules: one of dev NAME, file FILE, provider P ..." map 8.0.0.1
refused "pmt: map asks a device, a file or rules: one of dev NAME, file FILE, provider P ..." map 8.0.0.1 dev pmt0 provider 2001:db8::/32
refused "pmt: map needs an address, or - for standard input" map provider 2001:db8::/32
refused "pmt: nonsense: unknown word, allowed here: an address, -, dev, file, provider, ipv4, subnet, csum" map nonsense
refused "pmt: frob: unknown word, allowed here: dev" check frob
refused "pmt: dev: given twice" check dev a dev b
refused "pmt: dev: its value is missing" check dev
refused "pmt: averylongdevicename: a device name has 1 to 15 characters" check dev averylongdevicename
refused "pmt: frob: unknown word, allowed here: nothing more" monitor frob
refused "pmt: -t: options come first, as in pmt -j rule show" monitor -t
refused "pmt: -x: unknown option, there are: -j -p -s -d -t -b FILE -force -n NETNS -V -h" -x
refused "pmt: -b: its value is missing" -b
refused "pmt: -n nosuchnetns: No such file or directory" -n nosuchnetns rule show
refused "pmt: -n ../x: not the name of a network namespace" -n ../x rule show
if ! [ -d /sys/module/pmt ]; then
	for command in "rule show" rule "-j rule list" link "link show x" "stats show" "stats nonzero" \
		"stats watch" "-j stats watch dev lo nonzero" "stats prometheus" "stats prometheus dev lo" \
		"rule add dev lo provider 2001:db8::/32" "map 8.0.0.1 dev lo" "link del lo" "rule flush" \
		"rule del dev lo provider 2001:db8::/40" policy "policy show drop match 8.0.0.0/8" "policy flush drop" \
		"policy add dev lo 8.0.0.0/8" "policy get 8.0.0.1 dev lo" save "save dev lo" "diff $tmp/other" \
		"apply $tmp/other dev pmt0" check "check dev lo" "-j check" monitor "-j -t monitor"; do
		# shellcheck disable=SC2086
		refused "pmt: module not loaded (modprobe pmt)" $command
	done
fi

# A batch: where errors are, when it stops, which status it has
batch() {	# STATUS TEXT LINES [OPTION]
	printf '%b' "$3" >"$tmp/batch"
	prints "$1" "$2" ${4:+"$4"} -b "$tmp/batch"
}
m="map 8.0.0.1 provider 2001:db8::/32"
answer="8.0.0.1: ipv4 8.0.0.1 subnet 0x0 6to4 2002:800:1::/64 translated 2001:db8:800:1::/64 rule provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust outer dst 8.0.0.1 protocol 41"
batch 0 "" "# nothing\n\n"
batch 0 "$answer" "$m\n"
batch 0 "$answer" "$m"
batch 1 "$answer
$tmp/batch:3: frob: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" "$m\n\nfrob\n$m\n"
batch 1 "$answer
$answer
$tmp/batch:2: frob: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" "$m\nfrob\n$m\n" -force
batch 3 "10.0.0.1: ipv4 10.0.0.1 subnet 0x0 6to4 2002:a00:1::/64 reason bogon
$tmp/batch:2: subnet: its value is missing" "map 10.0.0.1 provider 2001:db8::/32\nrule add subnet\n" -force
batch 1 "$tmp/batch:1: dev is missing: which device?" "rule add provider 2001:db8::/32\n"
if ! [ -d /sys/module/pmt ]; then
	batch 1 "$tmp/batch:2: module not loaded (modprobe pmt)" "\npolicy add dev lo 8.0.0.0/8\npolicy add dev lo 9.0.0.0/8\n"
fi
refused "pmt: $tmp/none: No such file or directory" -b "$tmp/none"
refused "pmt: rule: with -b, commands come from the file only" -b "$tmp/batch" rule show

# The counters, the version, help
json 0 "len(x) > 24 and all(list(c) == ['name', 'requirement', 'meaning'] for c in x) and x[0]['name'] == 'spoof'" -j stats explain
run stats explain
grep -q "^spoof  *R12 R44  *the IPv4 address inside the source is not the sender's$" "$tmp/out"
ok $? "pmt stats explain"
json 0 "list(x[0]) == ['tool', 'module', 'protocol'] and x[0]['protocol'] == 1" -j -V
run -h
[ "$status" = 0 ] && grep -q "^Usage: pmt" "$tmp/out"
ok $? "pmt -h"
cp "$tmp/out" "$tmp/help"
for words in help "link help" "rule help" "policy help" "map help" "stats help" "check help" "monitor help" \
	"save help" "apply help" "diff help"; do
	# shellcheck disable=SC2086
	run $words
	[ "$status" = 0 ] && cmp -s "$tmp/out" "$tmp/help"
	ok $? "pmt $words"
done
refused "pmt: frob: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" frob help
cp "$tmp/help" "$tmp/out"
for words in "link {add|set}" "link del" "link \[show\]" "rule {add|replace|del}" "rule \[show|flush\]" \
	"policy {add|replace|del}" "policy get" "policy \[show|flush\]" map "stats \[show|watch\]" "stats prometheus" \
	"stats explain" \
	"check \[dev NAME\]" monitor save "{apply|diff}"; do
	grep -q "^       pmt $words" "$tmp/out"
	ok $? "help has pmt $words"
done
for option in "-j JSON" "-p pretty" "-s statistics" "-d details" "-t time" "-b FILE" -force "-n NETNS" "-V version" "-h help"; do
	grep -qe " $option" "$tmp/out"
	ok $? "help has $option"
done
run --help
cmp -s "$tmp/out" "$tmp/help"
ok $? "pmt --help"
run -V
cp "$tmp/out" "$tmp/version"
run --version
cmp -s "$tmp/out" "$tmp/version"
ok $? "pmt --version"
for words in -V "map 8.0.0.1 provider 2001:db8::/32"; do
	# shellcheck disable=SC2086
	"$build/tools/pmt" $words >&- 2>"$tmp/err"
	[ $? = 1 ] && [ "$(cat "$tmp/err")" = "pmt: standard output: Bad file descriptor" ]
	ok $? "pmt $words, with its output closed"
done
run
[ "$status" = 1 ] && grep -q "^Usage: pmt" "$tmp/err"
ok $? "pmt alone is a usage error"
[ ! -e /dev/full ] || "$build/tools/pmt" stats explain >/dev/full 2>"$tmp/err"
[ $? = 1 ] && grep -q "^pmt: standard output: No space left on device$" "$tmp/err"
ok $? "output that can't be written is an error"

echo "1..$n"
exit $failed
