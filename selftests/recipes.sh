#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is the kernel's work and not the module's: the nftables recipes of pmt.rst and
# operations.rst, in the very files that they show (R69, R70), and rp_filter as the
# check of the outer source (R22). recipes.sh [PART...]: isatap rate customers rp_filter
. "$(dirname "$0")/lib.sh"

need_pmt
command -v nft >/dev/null || skip_all "no nft"
PMT_NFT=$(readlink -f "${PMT_NFT:-$selftests/../Documentation/nftables}")
export PMT_NFT
[ -d "$PMT_NFT" ] || skip_all "no recipes: set PMT_NFT"

topology
# a second way to the same customers, by which nothing is routed
# shellcheck disable=SC2154 # topology sets the names
ip link add acc2 netns "$relay" address 02:00:00:00:00:05 type veth \
	peer name acc2 netns "$cust" address 02:00:00:00:00:06
ip -n "$cust" link set acc2 up
ip -n "$relay" link set acc2 up
ip -n "$relay" addr add 8.0.1.2/24 dev acc2
check "a relay" relay_up provider 2001:db8::/32
adopt "$python" "$selftests/scapy/recipe_cases.py" "$@"
end_tests
