#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may do what: root, users, and the root of a user namespace, on devices of the
# initial namespace, on their own, and on one whose IPv4 side is not theirs. The table
# is in scapy/privilege_cases.py, and in Documentation/pmt.rst.
. "$(dirname "$0")/lib.sh"

need_pmt
unshare --user true 2>/dev/null || skip_all "no user namespaces"
ns_new relay other
# shellcheck disable=SC2154 # ns_new sets the names
export RELAY=$relay OTHER=$other OWN2=pmt-$$-own2
namespaces+=("$OWN2")		# which the program makes
adopt "$python" "$selftests/scapy/privilege_cases.py"
end_tests
