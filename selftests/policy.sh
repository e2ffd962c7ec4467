#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The policy through the tool (R51, R54, R67, R68): entries, filters, what is
# longest; save, diff and apply; batches and transactions, whole or not at all.
# shellcheck disable=SC2154,SC2317 # topology sets names, check calls functions
. "$(dirname "$0")/lib.sh"

need_pmt
topology

entries() { p policy show dev pmt0 "$@" | grep -v builtin; }
generation() { [[ $(p check dev pmt0) =~ generation\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; }

# many FIRST COUNT ACTION: policy lines, of /25 to /32 in turn
many() {
	awk -v first="$1" -v count="$2" -v action="$3" 'BEGIN { for (i = first; i < first + count; i++)
		printf "policy add dev pmt0 %d.%d.%d.%d/%d %s\n", 20 + i / 131072, i / 512 % 256,
			i / 2 % 256, i % 2 * 128, 25 + i % 8, action }'
}

check "a device without policy" relay_up provider 2001:db8::/32
is "no entry but the built-in ones" "$(entries)" ""
json "they are of their own kind" "len(x) > 10 and all(list(e) == ['dev', 'prefix', 'action'] and \
	e['dev'] == 'pmt0' and e['action'] == 'builtin' for e in x)" policy show dev pmt0

# ---- entries
says "add" 0 "" policy add dev pmt0 8.0.0.0/8 drop
says "add, translate unless said" 0 "" policy add 8.1.0.0/16 dev pmt0
says "an address is a /32" 0 "" policy add untranslated dev pmt0 8.1.2.3
says "the default entry" 0 "" policy add dev pmt0 0.0.0.0/0 reject
is "they are shown in order, as they can be typed" "$(entries)" "dev pmt0 0.0.0.0/0 reject
dev pmt0 8.0.0.0/8 drop
dev pmt0 8.1.0.0/16 translate
dev pmt0 8.1.2.3/32 untranslated"
says "add what is there" 2 "Error: policy: there is an entry of this prefix; replace or del it." \
	policy add dev pmt0 8.0.0.0/8 pass
says "replace it" 0 "" policy replace dev pmt0 8.0.0.0/8 pass
says "replace what is not there" 0 "" policy replace dev pmt0 9.0.0.0/8 drop
says "del what is not there" 2 "Error: policy: there is no such entry." policy del dev pmt0 8.0.0.0/9
says "del with another action than it has" 2 "Error: policy: there is no such entry." \
	policy del dev pmt0 9.0.0.0/8 pass
is "leaves it" "$(entries exact 9.0.0.0/8)" "dev pmt0 9.0.0.0/8 drop"
check "del with its action" p policy del drop dev pmt0 9.0.0.0/8
is "removes it" "$(entries exact 9.0.0.0/8)" ""
check "replace adds it again" p policy replace dev pmt0 9.0.0.0/8 drop
says "host bits" 1 "pmt: 8.0.0.1/8 has host bits set: 8.0.0.0/8" policy add dev pmt0 8.0.0.1/8
says "no device of ours" 1 "pmt: dev acc: not a device of type pmt" policy add dev acc 8.0.0.0/8
for range in 0.0.0.0/8 127.0.0.0/8 127.1.2.3 169.254.0.0/16 224.0.0.0/8 255.255.255.255 192.88.99.1; do
	says "R67: $range can't be opened" 2 \
		"Error: policy: the prefix lies in a built-in range that is never relayed." policy add dev pmt0 $range
done
check "R67: private space is the operator's" p policy add dev pmt0 10.0.0.0/8 drop
check "and del" p policy delete dev pmt0 10.0.0.0/8

# ---- which one decides
for row in "8.1.2.3 8.1.2.3/32 untranslated" "8.1.2.4 8.1.0.0/16 translate" "8.2.0.0 8.0.0.0/8 pass" \
	"9.255.255.255 9.0.0.0/8 drop" "7.255.255.255 0.0.0.0/0 reject" "127.0.0.1 127.0.0.0/8 builtin"; do
	# shellcheck disable=SC2086
	set -- $row
	says "R51: $1 gets what $2 says" 0 "dev pmt0 $2 $3" policy get "$1" dev pmt0
done
check "without the default entry" p policy del dev pmt0 0.0.0.0/0
says "R51: nobody decides: translate" 3 "dev pmt0 0.0.0.0/0 translate" policy get 7.0.0.1 dev pmt0
json "get is an array of one" "x == [{'dev': 'pmt0', 'prefix': '8.0.0.0/8', 'action': 'pass'}]" policy get 8.0.0.1 dev pmt0
json "map names the entry" "[a['policy'] and a['policy']['prefix'] for a in x] == ['8.1.2.3/32', '8.0.0.0/8', None] and \
	[a['reason'] for a in x] == [None, 'policy', None]" map 8.1.2.3 8.3.0.1 7.0.0.1 dev pmt0
# A file says what the device says, but for the host's own addresses
questions=()
for v4 in 8.1.2.3 8.1.2.4 8.3.0.1 9.0.0.1 7.0.0.1 10.0.0.1 10.1.0.1 172.16.0.1 100.64.0.1 100.64.7.1 127.0.0.1 \
	169.254.1.1 192.168.1.1 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 0.0.0.1 192.88.99.77; do
	hex=$(printf '%02x%02x:%02x%02x' ${v4//./ })
	questions+=("$v4" "2002:$hex::1" "2002:$hex:9::1" "2001:db8:$hex::1" "2001:db8:$hex:9::1")
done
cp <(p save dev pmt0) "$scratch/kept"
p policy add dev pmt0 10.0.0.0/8 drop
p policy add dev pmt0 10.1.0.0/16 untranslated
p policy add dev pmt0 100.64.7.0/24 reject
p policy add dev pmt0 192.168.0.0/16 translate
p policy add dev pmt0 100.64.0.0/24 untranslated
for options in "untranslated off" "untranslated on" "untranslated on local 192.0.2.7,192.88.99.1"; do
	# shellcheck disable=SC2086
	p link set pmt0 $options
	p save dev pmt0 >"$scratch/saved"
	is "map with a file says the same, $options" "$(p map "${questions[@]}" file "$scratch/saved" 2>&1; echo $?)" \
		"$(p map "${questions[@]}" dev pmt0 2>&1; echo $?)"
done
check "there are answers of each kind" [ "$(p map "${questions[@]}" dev pmt0 | grep -oE 'reason .*|protocol' | sort -u | wc -l)" -ge 4 ]
p link set pmt0 untranslated off local 192.88.99.1
check "and all is as it was" p apply "$scratch/kept"

# ---- filters
is "show an action" "$(p policy show pass)" "dev pmt0 8.0.0.0/8 pass"
is "root: what lies inside" "$(entries root 8.1.0.0/16)" "dev pmt0 8.1.0.0/16 translate
dev pmt0 8.1.2.3/32 untranslated"
is "match: what lies around" "$(entries match 8.1.0.0/17)" "dev pmt0 8.0.0.0/8 pass
dev pmt0 8.1.0.0/16 translate"
is "exact" "$(entries exact 8.1.0.0/16) $(entries exact 8.1.0.0/17)" "dev pmt0 8.1.0.0/16 translate "
is "two filters" "$(entries root 8.0.0.0/7 drop)" "dev pmt0 9.0.0.0/8 drop"
is "-j of nothing" "$(p -j policy show exact 8.1.0.0/17)" "[]"
check "flush with a filter" p policy flush dev pmt0 match 8.1.2.3 pass
check "flush of nothing" p policy flush dev pmt0 reject
is "only that is gone" "$(entries)" "dev pmt0 8.1.0.0/16 translate
dev pmt0 8.1.2.3/32 untranslated
dev pmt0 9.0.0.0/8 drop"

# ---- save, diff, apply
check "a rule, an option" p -b - <<-EOF
	rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3 csum neutral
	link set pmt0 ttl 32 drain on
EOF
p save >"$scratch/saved"
is "save: all options but drain, rules, policy" "$(cat "$scratch/saved")" \
	"link set dev pmt0 mtu 1280 local 192.88.99.1 ttl 32 dscp 0 ecn compat df unset untranslated off to2002 reject hairpin on errsrc :: icmp-rate 1000 ptb-rate 10000
rule add dev pmt0 provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust
rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3 csum neutral
policy add dev pmt0 8.1.0.0/16 translate
policy add dev pmt0 8.1.2.3/32 untranslated
policy add dev pmt0 9.0.0.0/8 drop"
json "save in JSON" "[e['noun'] for e in x] == ['link', 'rule', 'rule', 'policy', 'policy', 'policy']" save dev pmt0
says "diff with what was saved" 0 "" diff "$scratch/saved"
before=$(generation)
says "apply what was saved" 0 "" apply "$scratch/saved"
is "touches nothing" "$(generation)" "$before"
cat >"$scratch/other" <<-EOF
	link set pmt0 ttl 64
	policy add dev pmt0 9.0.0.0/8 pass	# was drop
	policy add dev pmt0 8.0.0.0/8
	policy add dev pmt0 8.1.2.3 untranslated
	rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3
EOF
changes="-link set dev pmt0 ttl 32
+link set dev pmt0 ttl 64
-rule add dev pmt0 provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust
-rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3 csum neutral
+rule add dev pmt0 provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0x0-0x3 csum adjust
+policy add dev pmt0 8.0.0.0/8 translate
-policy add dev pmt0 8.1.0.0/16 translate
-policy add dev pmt0 9.0.0.0/8 drop
+policy add dev pmt0 9.0.0.0/8 pass"
says "diff with another file" 3 "$changes" diff "$scratch/other"
json "diff in JSON" "[e['op'] for e in x] == 'del add del del add add del del add'.split() and \
	x[5] == {'op': 'add', 'noun': 'policy', 'dev': 'pmt0', 'prefix': '8.0.0.0/8', 'action': 'translate'}" \
	diff "$scratch/other"
is "diff only prints" "$(p save)" "$(cat "$scratch/saved")"
before=$(generation)
says "apply says what it changes" 0 "$changes" apply "$scratch/other"
is "rules and policy in one step, options in one" "$(generation)" $((before + 2))
says "then nothing is left" 0 "" diff "$scratch/other"
before=$(generation) state=$(p save)
{ cat "$scratch/other"; echo "rule add dev pmt0 provider 2400:1:10::/48 ipv4 11.0.0.0/16"; } >"$scratch/wrong"
says "apply of two lines that contradict each other" 1 "$scratch/wrong:6: provider: overlaps that of $scratch/wrong:5" \
	apply "$scratch/wrong"
is "changes nothing" "$(generation) $(p save)" "$before $state"
{ cat "$scratch/other"; echo "rule add dev pmt0 provider 2002:10::/48 ipv4 11.0.0.0/16"; } >"$scratch/wrong"
says "apply of what the kernel refuses" 2 \
	"$scratch/wrong:6: Error: provider: contains or lies in 2002::/16, the customers' own prefix." apply "$scratch/wrong"
is "changes nothing" "$(generation) $(p save)" "$before $state"
says "a file that says nothing about the device" 1 "pmt: dev pmt0: no line is for it" apply /dev/null dev pmt0
check "apply brings back what was saved" p apply "$scratch/saved"
is "all of it" "$(p save)" "$(cat "$scratch/saved")"
says "an option alone" 0 "-link set dev pmt0 mtu 1280
+link set dev pmt0 mtu 1400" apply <(sed 's/mtu 1280/mtu 1400/' "$scratch/saved")
check "lines without a device" p apply <(sed '/^link/d; s/dev pmt0 //' "$scratch/saved") dev pmt0
check "two devices" ip -n "$relay" link add pmt1 type pmt local 192.88.99.2
cat >"$scratch/two" <<-EOF
	policy add dev pmt1 9.0.0.0/8
	rule add dev pmt1 provider 2400:2::/32
	policy add dev pmt0 9.0.0.0/8
EOF
says "diff of one of two" 3 "+rule add dev pmt1 provider 2400:2::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust
+policy add dev pmt1 9.0.0.0/8 translate" diff "$scratch/two" dev pmt1
check "apply to both" p apply "$scratch/two"
is "each has its own" "$(p policy show translate; p rule)" "dev pmt0 9.0.0.0/8 translate
dev pmt1 9.0.0.0/8 translate
dev pmt1 provider 2400:2::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust"
is "devices are saved in order" "$(p save | cut -d ' ' -f 1-4 | tr '\n' ';')" \
	"link set dev pmt0;policy add dev pmt0;link set dev pmt1;rule add dev pmt1;policy add dev pmt1;"
check "flush of all devices" p policy flush
is "none is left" "$(p policy | grep -vc builtin)" 0
check "the second goes" ip -n "$relay" link del pmt1

# ---- batches: a run of lines is taken whole or not at all
refused() {	# NAME TEXT [LINES...]: or those of $scratch/batch; one entry is there, and stays alone
	local name=$1 text=$2 output before
	shift 2
	[ $# = 0 ] || printf '%s\n' "$@" >"$scratch/batch"
	p policy flush dev pmt0
	p policy add dev pmt0 9.0.0.0/8 drop
	before=$(generation)
	output=$(p -b - <"$scratch/batch" 2>&1)
	is "$name" "$? $output" "$text"
	is "nothing of it is taken" "$(generation) $(entries)" "$before dev pmt0 9.0.0.0/8 drop"
}
there="policy: there is an entry of this prefix; replace or del it."
refused "one command, a wrong line in the middle" "2 stdin:2: Error: $there" \
	"policy add dev pmt0 8.0.0.0/8" "policy add dev pmt0 9.0.0.0/8" "policy add dev pmt0 11.0.0.0/8"
refused "several commands, a wrong line in the middle" "2 stdin:4: Error: policy: there is no such entry." \
	"policy add dev pmt0 8.0.0.0/8" "policy del dev pmt0 9.0.0.0/8" "rule add dev pmt0 provider 2400:1::/32 subnet 1" \
	"policy del dev pmt0 9.0.0.0/8" "policy add dev pmt0 11.0.0.0/8"
refused "a line that makes no sense" "1 stdin:3: policies: unknown command, there are: link, rule, policy, map, save, apply, diff, stats, check, monitor" \
	"policy add dev pmt0 8.0.0.0/8" "policy del dev pmt0 9.0.0.0/8" "policies" "policy add dev pmt0 11.0.0.0/8"
refused "flush, then a wrong line" "2 stdin:4: Error: $there" "policy flush dev pmt0" \
	"policy add dev pmt0 8.0.0.0/8" "policy replace dev pmt0 9.0.0.0/8 pass" "policy add dev pmt0 8.0.0.0/8"
refused "a rule that overlaps" "2 stdin:1-3: Error: provider: overlaps the provider prefix of another rule." \
	"rule add dev pmt0 provider 2400:1::/32 subnet 1" "policy add dev pmt0 8.0.0.0/8" \
	"rule add dev pmt0 provider 2400:1:100::/48 ipv4 11.0.0.0/16"
refused "one prefix added twice" "2 stdin:3: Error: $there" "policy add dev pmt0 12.0.0.0/8 pass" \
	"policy add dev pmt0 8.0.0.0/8" "policy add dev pmt0 12.0.0.0/8 pass" "policy add dev pmt0 11.0.0.0/8"
refused "one prefix deleted twice" "2 stdin:4: Error: policy: there is no such entry." "policy add dev pmt0 8.0.0.0/8" \
	"policy del dev pmt0 9.0.0.0/8" "policy del dev pmt0 8.0.0.0/8" "policy del dev pmt0 9.0.0.0/8"
refused "del with another action" "2 stdin:2: Error: policy: there is no such entry." \
	"policy del dev pmt0 9.0.0.0/8 drop" "policy del dev pmt0 9.0.0.0/8 pass"
many 0 9000 drop | tac >"$scratch/long"
sed '6001s,.*,policy add dev pmt0 9.0.0.0/8,' "$scratch/long" >"$scratch/batch"
refused "a wrong line in the third of several messages" "2 stdin:6001: Error: $there"
sed "6001s,.*,$(sed -n 2501p "$scratch/long")," "$scratch/long" >"$scratch/batch"
refused "a line that repeats one of another message" "2 stdin:6001: Error: $there"
check "one prefix replaced three times" p -b - <<-EOF
	policy replace dev pmt0 10.0.0.0/8 drop
	policy replace dev pmt0 9.0.0.0/8 pass
	policy replace dev pmt0 10.0.0.0/8 reject
	policy replace dev pmt0 10.0.0.0/8 untranslated
EOF
is "the last one wins" "$(entries)" "dev pmt0 9.0.0.0/8 pass
dev pmt0 10.0.0.0/8 untranslated"
check "a run of everything" p -b - <<-EOF
	policy flush dev pmt0
	rule flush dev pmt0
	rule add dev pmt0 provider 2400:1::/32
	policy add dev pmt0 9.0.0.0/8 pass
	policy add dev pmt0 8.0.0.0/8
	policy del dev pmt0 8.0.0.0/8
	policy replace dev pmt0 9.0.0.0/8 reject
EOF
is "in the order of its lines" "$(p rule show dev pmt0) $(entries)" \
	"dev pmt0 provider 2400:1::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust dev pmt0 9.0.0.0/8 reject"
printf '%s\n' "policy add dev pmt0 8.0.0.0/8" "policy add dev pmt0 9.0.0.0/8" "link set pmt0 ttl 5" \
	"policy add dev pmt0 11.0.0.0/8" >"$scratch/batch"
says "-force goes on" 2 "$scratch/batch:2: Error: $there" -force -b "$scratch/batch"
is "behind the run" "$(entries | tr '\n' ';')$(p save | grep -o 'ttl 5 ')" \
	"dev pmt0 9.0.0.0/8 reject;dev pmt0 11.0.0.0/8 translate;ttl 5 "
check "del takes the key alone" p rule del dev pmt0 provider 2400:1::/32

# ---- transactions: two writers, a writer that dies
p policy flush dev pmt0
mkfifo "$scratch/lines"
# A writer that has sent some messages of a transaction, because another command
# came behind, and waits for more lines.
writer() {
	nsenter --net="/run/netns/$relay" pmt -b "$scratch/lines" 2>"$scratch/said" &
	writer=$!
	jobs+=("$writer")
	exec 7>"$scratch/lines"
	{ many 0 3000 drop; echo "policy replace dev pmt0 12.0.0.0/8 drop"; } >&7
	busywait 60 waits_in pipe_read "$writer" || not_ok "the writer waits"
}
before=$(generation)
writer
is "a transaction is not seen before its end" "$(generation) $(entries)" "$before "
check "another writer is faster" p policy add dev pmt0 8.0.0.0/8
echo "policy add dev pmt0 11.0.0.0/8" >&7
exec 7>&-
wait "$writer"
is "the transaction finds the configuration changed" "$? $(cut -d: -f2- "$scratch/said")" \
	"2 1-3002: Error: the configuration has changed since the transaction began."
is "nothing of it is taken" "$(entries)" "dev pmt0 8.0.0.0/8 translate"
before=$(generation)
writer
kill -9 "$writer"
wait "$writer" 2>/dev/null
exec 7>&-
is "a writer that dies changes nothing" "$(generation) $(entries)" "$before dev pmt0 8.0.0.0/8 translate"
writer
check "the device goes" ip -n "$relay" link del pmt0
exec 7>&-
wait "$writer"
is "so does the transaction" "$? $(cut -d: -f2- "$scratch/said")" \
	"2 1-3001: Error: ifindex: no such pmt device in this namespace."
check "a new device" relay_up provider 2001:db8::/32

{ echo "rule add dev pmt0 provider 2001:db8::/32"; many 0 30000 reject; } >"$scratch/other"
# Changes that follow each other faster than apply can do its work; what asks
# ends a run of lines.
yes "$(printf 'policy replace dev pmt0 11.0.0.0/8 %s\npolicy get 11.0.0.1 dev pmt0\n' drop pass)" >"$scratch/lines" &
jobs+=($!)
nsenter --net="/run/netns/$relay" pmt -force -b "$scratch/lines" >/dev/null 2>&1 &
loop=$!
jobs+=("$loop")
loops() { entries | grep -q 11.0.0.0; }
busywait 20 loops
output=$(p apply "$scratch/other" 2>&1 | tail -n 1)
kill "$loop"
wait "$loop" 2>/dev/null
is "apply gives up when somebody else keeps changing" "$output" \
	"Error: dev pmt0: somebody else kept changing the configuration, 5 times; rules and policy are as they left them: try again."
is "nothing of it is taken" "$(entries | grep -vc 11.0.0.0/8)" 0
check "left alone, it succeeds" p apply "$scratch/other"

# ---- many
many 0 30000 drop | shuf --random-source=/dev/zero >"$scratch/many"
p policy flush dev pmt0
before=$(generation)
check "30,000 entries in any order" p -b "$scratch/many"
is "are one step" "$(generation)" $((before + 1))
check "all are there" cmp <(p save | grep ^policy | sort) <(sort "$scratch/many")
{ p save | grep -v ^policy; many 15000 30000 pass; } >"$scratch/next"
before=$(generation)
check "half of them go, half of them change, as many come" p apply "$scratch/next"
is "in one step again" "$(generation)" $((before + 1))
says "nothing is left to do" 0 "" diff "$scratch/next"
check "flush by prefix" p policy flush dev pmt0 root 20.64.0.0/10
is "what lies elsewhere stays" "$(entries root 20.64.0.0/10) $(entries | wc -l)" " 17768"
check "flush" p policy flush dev pmt0
is "nothing is left" "$(entries)" ""
end_tests
