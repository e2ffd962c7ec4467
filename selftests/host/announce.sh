#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pmt-announce, with a `pmt` of our own that answers what a file says, and systemd's
# opinion of the unit. selftests/relays.sh has it at work.
tree=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'kill -KILL "$child" 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
mkdir bin
cat >bin/pmt <<'END'
#!/bin/bash
# pmt check dev pmt0: as the file `answer` says. pmt monitor: until `monitored` is gone
case $* in
'check dev pmt0') exit "$(<answer)" ;;
monitor)
	echo >>monitors
	while [ -e monitored ]; do
		sleep 0.1
	done
	exit 1
	;;
*) echo "$*" >>strange; exit 1 ;;
esac
END
chmod +x bin/pmt
PATH=$tmp/bin:$tree/tools/quick:$PATH

n=0 failed=0
ok() {	# NAME COMMAND...: it succeeds within 20 seconds
	local name=$1 until=$((SECONDS + 20))
	shift
	n=$((n + 1))
	until "$@"; do
		[ $SECONDS -le $until ] || { echo "not ok $n $name"; failed=1; return; }
		sleep 0.05
	done
	echo "ok $n $name"
}
says() { [ "$(cat said 2>/dev/null)" = "$1" ]; }	# the last that was carried out
monitors() { [ "$(wc -l <monitors)" -ge "$1" ]; }
answer() { echo "$1" >answer.new; mv answer.new answer; }
start() {
	pmt-announce pmt0 'echo yes >said' 'echo no >said' &
	child=$!
}

touch monitored
answer 3
start
ok "the relay is not well: COMMAND_NO" says no
answer 0
ok "it is well: COMMAND_YES" says yes
rm said
ok "it goes on, and says so again" says yes
answer 3
ok "it is no longer well: COMMAND_NO" says no
ok "a monitor tells of changes" monitors 1
rm monitored
ok "it ends, as with the module: another one" monitors 2
touch monitored
answer 0
ok "and all goes on" says yes
for signal in TERM HUP KILL; do
	[ -e "/proc/$child" ] || start
	ok "it runs" says yes
	kill -$signal "$child"
	wait "$child" 2>/dev/null
	ok "killed by SIG$signal: COMMAND_NO" says no
done
ok "the device's name and two commands are asked for" test "$(pmt-announce pmt0 true 2>&1; echo $?)" = \
	"Usage: pmt-announce DEV COMMAND_YES COMMAND_NO
1"
ok "nothing else is asked of pmt" test ! -e strange

sed "s,^ExecStart=,&$tree/tools/quick/," "$tree/tools/quick/pmt-announce@.service" >pmt-announce@.service
ok "the unit is good" test "$(systemd-analyze --man=no verify "$tmp/pmt-announce@pmt0.service" 2>&1; echo $?)" = 0
echo "1..$n"
exit $failed
