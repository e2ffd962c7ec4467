#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What bash completes of a pmt command: all that the tool takes, and nothing else.
tree=$(cd "$(dirname "$0")/../.." && pwd)
make -s -C "$tree" -f tools/tools.mk tools plugin >&2 || {
	echo "Bail out! the tool does not build"
	exit 1
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

# Devices and rules that are not there. A name may be any, and is not to be run.
mkdir bin files
cat >bin/ip <<-'END'
	#!/bin/sh
	echo "ip $*" >>called
	case $* in
	"-j link show type pmt") echo '[{"ifindex":7,"ifname":"pmt0","flags":["UP"]},{"ifindex":8,"link":"eth0","ifname":"pmt1"},{"ifname":"$(>ran)"}]' ;;
	"-n blue -j link show type pmt") echo '[{"ifname":"pmt7"}]' ;;
	"-j link show") echo '[{"ifname":"lo"},{"ifname":"eth0.5","link":"eth0"},{"ifname":"pmt0"},{"ifname":"red"}]' ;;
	*) echo "Object \"$1\" is unknown" >&2; exit 1 ;;
	esac
END
cat >bin/pmt <<-'END'
	#!/bin/sh
	echo "pmt $*" >>called
	case $* in
	*"rule show dev pmt"[07])
		echo "dev pmt0 provider 2001:db8:100::/40 ipv4 100.64.0.0/10 subnet 0x0 csum adjust"
		echo "dev pmt0 provider 2001:db8:200::/40 ipv4 10.0.0.0/8 subnet 0x0 csum adjust"
		echo "dev pmt0 provider 2a00:1::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust"
		;;
	*) exit 1 ;;
	esac
END
chmod 755 bin/ip bin/pmt
PATH=$tmp/bin:$PATH
touch files/relay.conf files/relay.old
mkdir files/relay.d

COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
# Only a shell that completes has this one
compopt() { echo "$*" >>"$tmp/compopt"; }
# shellcheck source=../../tools/completion/pmt
. "$tree/tools/completion/pmt"

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

words() { printf '%s\n' "$@" | sed '/^$/d' | LC_ALL=C sort | xargs; }

complete_line() {	# LINE [WHAT_IS_BEHIND_THE_CURSOR]
	COMP_LINE=$1${2:-} COMP_POINT=${#1}
	_pmt pmt "${1##*[ :]}" ''
	reply=$(words "${COMPREPLY[@]}")
}

# Just these words, in any order
offers() {	# WORDS LINE [WHAT_IS_BEHIND_THE_CURSOR]
	complete_line "$2" "${3:-}" 2>"$tmp/err"
	# shellcheck disable=SC2086
	[ "$reply" = "$(words $1)" ] && [ ! -s "$tmp/err" ]
	result=$?
	ok $result "$2"
	[ $result = 0 ] || echo "# offered: $reply $(cat "$tmp/err"), wanted: $1"
}

tool() { "$tree/build/tools/pmt" "$@" 2>&1 </dev/null; }

# What the tool names when it refuses a word, but for descriptions ("an address")
named() { tr ',' '\n' | sed 's/^ *//; / /d' | xargs; }
taken() { tool "$@" | sed -n 's/^pmt: .*unknown word, allowed here: //p' | sed 's/, or one of the verbs .*//' | named; }
verbs() { tool "$1" some frob | sed -n 's/.* or one of the verbs //p' | named; }

echo "TAP version 13"

complete -p pmt | grep -qx "complete -F _pmt pmt"
ok $? "it is the completion of pmt"

# Each command, as the tool that was built knows it
nouns=$(tool frob | sed -n 's/.*there are: //p' | named)
offers "$nouns help" "pmt "
global=$(tool -x | sed 's/.*there are: //' | grep -oE -e '-[A-Za-z]+')
offers "$global" "pmt -"
for noun in $nouns; do
	name=''
	[ "$noun" != link ] || name='some '
	if [ "$(verbs "$noun")" = '' ]; then
		case $noun in
		apply | diff) ;;	# any word is a file
		*) offers "$(taken "$noun" frob)" "pmt $noun " ;;
		esac
		continue
	fi
	if [ "$noun" = link ]; then
		offers "$(verbs link) dev pmt0 pmt1" "pmt link "
	else
		offers "$(verbs "$noun") $(taken "$noun" show frob)" "pmt $noun "
	fi
	for verb in $(verbs "$noun"); do
		# shellcheck disable=SC2086
		taken=$(taken $noun $verb $name frob)
		# a rule cannot be set, nor can dev
		if [ "$noun $verb" = "link set" ]; then
			for word in provider ipv4 subnet csum dev; do
				taken=$(printf ' %s ' "$taken" | sed "s/ $word / /")
			done
		fi
		offers "${taken/nothing more/}" "pmt $noun $verb $name"
		for word in $taken; do
			# shellcheck disable=SC2086
			choices=$(tool $noun $verb $name $word frob | sed -nE 's/.*: must be ([a-z0-9]+( or [a-z0-9]+)+)$/\1/p')
			[ "$choices" = '' ] || offers "${choices// or / }" "pmt $noun $verb $name$word "
		done
	done
done

# Options
offers "$(printf '%s' "$global" | grep -vxe -j -e -d)" "pmt -j -d -"
offers "-force" "pmt -b batch -f"
offers "" "pmt -b batch "
offers "rule" "pmt -j -n blue r"
offers "" "pmt frob "
offers "" "pmt -j frob "

# Devices, in the namespace where they are looked for
offers "pmt0 pmt1" "pmt rule add dev "
offers "pmt1" "pmt check dev pmt1"
offers "pmt7" "pmt -j -n blue check dev "
offers "" "pmt -n none check dev "
offers "dev pmt0 pmt1" "pmt link set "
offers "pmt0 pmt1" "pmt link set dev "
offers "dev" "pmt link add "
offers "" "pmt link add dev "
offers "lo eth0.5 pmt0 red" "pmt link add pmt2 dev "
offers "" "pmt link del pmt0 "
offers "" "pmt link show dev pmt0 "
offers "" "pmt link del dev dev "
offers "pmt0 pmt1" "pmt link list dev "
offers "pmt0 pmt1" "pmt link delete dev "

# What was given is left out, what excludes another too
offers "ipv4 csum" "pmt rule add subnet 0-3 dev pmt0 provider 2001:db8::/40 "
offers "replace" "pmt rule r"	"show dev pmt0"
offers "ipv4" "pmt rule dev pmt0 "
offers "mtu" "pmt link set pmt0 up m"
offers "df drain dscp" "pmt link set pmt0 up d" " ttl 3"
offers "df drain down dscp" "pmt link set pmt0 d"
offers "drop" "pmt policy add dev pmt0 100.64.0.0/10 d"
offers "" "pmt policy add dev pmt0 100.64.0.0/10 reject "
offers "dev translate untranslated reject drop pass" "pmt policy show root 100.64.0.0/10 "
offers "root match exact" "pmt policy show untranslated dev pmt0 "
offers "dev" "pmt policy get 100.64.0.1 "
offers "nonzero" "pmt stats show dev pmt0 "
offers "dev" "pmt stats watch nonzero "
offers "" "pmt stats explain "
offers "inherit" "pmt link set pmt0 dscp "
offers "" "pmt link set pmt0 ttl "

# map asks one of three
offers "-" "pmt map 8.0.0.1 dev pmt0 "
offers "- ipv4 subnet csum provider" "pmt map 8.0.0.1 provider 2001:db8::/32 "
offers "- provider csum" "pmt map ipv4 8.0.0.0/8 8.0.0.1 subnet 0-3 "
offers "provider csum" "pmt map - ipv4 8.0.0.0/8 provider 2001:db8::/40 subnet 0-3 "
offers "- ipv4 subnet csum provider" "pmt map ipv4 8.0.0.0/8 provider 2001:db8::/40 provider 2a00::/40 "
offers "" "pmt map file rules provider "

# Rules, of devices that are there; readline puts the answer behind the last colon
rm called
offers "2001:db8:100::/40 2001:db8:200::/40 2a00:1::/32" "pmt rule del dev pmt0 provider "
offers "2001:db8:100::/40 2001:db8:200::/40" "pmt rule replace dev pmt0 provider 2001"
offers "db8:100::/40 db8:200::/40" "pmt rule del dev pmt0 provider 2001:"
offers "200::/40" "pmt rule delete dev pmt0 provider 2001:db8:2"
COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}
offers "2001:db8:200::/40" "pmt rule del dev pmt0 provider 2001:db8:2"
COMP_WORDBREAKS+=:
offers "2a00:1::/32" "pmt -n blue rule del dev pmt7 provider 2a"
grep -qx "pmt -n blue rule show dev pmt7" called
ok $? "rules of a device in a namespace"
rm called
offers "" "pmt rule del dev eth0 provider "
offers "" "pmt rule add dev pmt0 provider "
offers "" "pmt rule del provider "
! grep -q "^pmt" called
ok $? "pmt, for which the kernel may load the module, is not asked in vain"

# Files
cd files || exit 1
rm -f "$tmp/compopt"
offers "relay.conf relay.old relay.d" "pmt -b re"
offers "relay.conf relay.old relay.d" "pmt map 8.0.0.1 file "
offers "dev relay.conf relay.old relay.d" "pmt apply relay.conf "
offers "relay.old" "pmt diff dev pmt0 relay.conf relay.o"
offers "relay.conf relay.old relay.d" "pmt diff dev pmt0 "
[ "$(sort -u "$tmp/compopt")" = "-o filenames" ]
ok $? "files are quoted as files"
cd ..
[ ! -e ran ] && [ ! -e files/ran ]
ok $? "no name was run"

make -s -C "$tree" -f tools/tools.mk tools-install DESTDIR="$tmp/root" PREFIX=/usr >&2
cmp -s "$tree/tools/completion/pmt" root/usr/share/bash-completion/completions/pmt
ok $? "tools-install installs it where bash-completion looks"

echo "1..$n"
exit $failed
