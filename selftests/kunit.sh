#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tests inside the module, where it was built with them and the kernel has KUnit:
# they run when it is loaded with kunit=1. Each of their cases is a test here.
. "$(dirname "$0")/lib.sh"

suites="pmt_icmp pmt_map pmt_policy pmt_translate pmt_validate"
results=/sys/kernel/debug/kunit

need_pmt
[ -d $results ] || skip_all "this kernel has no KUnit"
check "the module can go" modprobe -r pmt
check "and come, and run them" modprobe pmt kunit=1
for suite in $suites; do
	n=0 plan=none text=''
	while IFS= read -r line; do
		case $line in
		'    1..'*) plan=${line#*..} ;;
		'    ok '*'# SKIP'*) n=$((n + 1)) && not_ok "$suite: ${line#    ok * }" ;;
		'    ok '*) n=$((n + 1)) text='' && ok "$suite: ${line#    ok * }" ;;
		'    not ok '*) n=$((n + 1)) && not_ok "$suite: ${line#    not ok * }" "$text" ;;
		'    #'*) text+=$line$'\n' ;;
		esac
	done < <(cat "$results/$suite/results")
	is "$suite: all of its cases" "$n" "$plan"
done
is "all suites" "$(cd $results && echo pmt*)" "$suites"
check "the module as it was" modprobe -r pmt
check "and without them" modprobe pmt
end_tests
