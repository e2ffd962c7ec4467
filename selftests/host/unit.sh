#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# unit.sh [MACHINE...]: the module's own translate.c, validate.c, map.c and policy.c
# as a program for this machine (with the sanitizers), or for those named, as
# s390x-linux-gnu, which QEMU runs. unit_test.py holds it against the model.
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$here/../../src" || exit 1
units="translate.c validate.c map.c policy.c"

# The kernel's headers, but for those that UAPI has too: shim.h comes in their place.
for header in $(sed -nE 's,^#include <((linux|net)/.*)>,\1,p' pmt.h $units | sort -u); do
	case $header in
	linux/dccp.h | linux/icmpv6.h | linux/ipv6.h | linux/rtnetlink.h | linux/tcp.h | linux/udp.h) ;;
	*)
		mkdir -p "$tmp/include/${header%/*}"
		: >"$tmp/include/$header"
		;;
	esac
done

build() {	# NAME COMPILER FLAGS...
	out=$tmp/$1
	shift
	# pmt.h takes it for granted that a kernel's compiler is quiet about these
	"$@" -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wno-sign-compare -Wno-unused-parameter \
		-Wno-missing-field-initializers -I "$tmp/include" -I "$here/unit" \
		-I ../include -I ../include/uapi -I . -include shim.h \
		-o "$out" "$here/unit/relay.c" $units >&2 || {
		echo "Bail out! unit/relay.c does not build as $out"
		exit 1
	}
}

[ $# != 0 ] || {
	build native "${CC:-cc}" -fsanitize=address,undefined -fno-sanitize-recover=undefined
	set -- native
}
for machine; do
	shift
	if [ "$machine" = native ]; then
		set -- "$@" "$tmp/native"
	else
		build "$machine" "$machine-gcc" -static
		qemu=${machine%%-*}
		[ "$qemu" != i686 ] || qemu=i386
		set -- "$@" "qemu-$qemu $tmp/$machine"
	fi
done
"${PYTHON:-/usr/bin/python3}" "$here/unit_test.py" "$@"
