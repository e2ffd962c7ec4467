#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# flows.sh FLOWFILE RULES: bytes that each customer sent, the most first, from a file of
# nfdump's and what `pmt save` printed that day.
set -eu
sums=$(mktemp)
trap 'rm -f "$sums"' EXIT
nfdump -r "$1" -q -N -6 -o 'fmt:%sa %byt' |
	awk '{ bytes[$1] += $2 } END { for (a in bytes) print a, bytes[a] }' >"$sums"
# What is no customer's, a server's address say, has no rule and falls out.
cut -d ' ' -f 1 "$sums" | pmt -j map - file "$2" |
	jq -r '.[] | if .rule then .ipv4 else "-" end' |
	paste -d ' ' - "$sums" |
	awk '$1 != "-" { sum[$1] += $3 } END { for (v4 in sum) print sum[v4], v4 }' |
	sort -rn
