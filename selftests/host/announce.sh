#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pmt-announce, with a `pmt` of our own that answers what a file says, and systemd's
# opinion of the unit. selftests/relays.sh has it at work.
# In a network namespace of its own: there is one pmt-announce for a device of each.
[ "${1:-}" = inside ] || exec unshare -n "$0" inside
tree=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'kill -KILL $child $first 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
mkdir bin
cat >bin/pmt <<'END'
#!/bin/bash
# pmt check dev pmt0: as the file `answer` says. pmt monitor: until `monitored` is gone
case $* in
'check dev pmt0')
	status=$(<answer)
	[ "$status" = 0 ] || echo "not well, it says" >&2
	exit "$status"
	;;
monitor)
	echo $$ >>monitors
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

n=0 failed=0 child='' first=''
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
monitors() { [ "$(sed -n \$= monitors)" -ge "$1" ]; }
answer() { echo "$1" >answer.new; mv answer.new answer; }
start() {
	pmt-announce pmt0 "${1:-echo yes >said}" "${2:-echo no >said}" >>log 2>&1 &
	child=$!
}
end() { kill -"$1" "$child"; wait "$child" 2>/dev/null; }
logged() { [ "$(LC_ALL=C sort log | uniq -c | sed 's/^ *//')" = "$1" ]; }	# how often, what

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
	[ $signal != TERM ] || ok "with a monitor" monitors 3
	end $signal
	ok "killed by SIG$signal: COMMAND_NO" says no
done
ok "the monitors have ended, too" eval '! ps -o pid= -p "$(paste -sd , monitors)" >/dev/null'
ok "each change is in the log" logged "3 pmt0: nobody watches: withdrawn
2 pmt0: not well: withdrawn (not well, it says)
4 pmt0: well: announced"

# A daemon that is not there at first, and one that hangs
rm -f said log
answer 3
start 'echo yes >said' 'cat daemon && echo no >said'
ok "what a command said when it failed is in the log, once" logged \
	"1 pmt0: not well: withdrawn (not well, it says): the command failed (exit status 1): cat daemon && echo no >said: cat: daemon: No such file or directory"
end KILL
ok "at the end, too" grep -qs "nobody watches: withdrawn: the command failed" log
touch daemon
ok "COMMAND_NO is tried again after the end" says no
rm -f said log
answer 0
start 'echo yes >said; [ -e daemon ] || sleep 99' 'echo no >said'
rm daemon
ok "a command that hangs is ended after 3 seconds" grep -qs "exit status 124" log
touch daemon
ok "and the next one is well" grep -qxs "pmt0: well: announced" log

# The next one begins when the one before has withdrawn
end TERM
ok "the daemon hears of the end" says no
start 'echo first >>order' 'sleep 1; echo withdrawn >>order'
first=$child
ok "one announces" test -s order
start 'echo second >>order' 'echo end >said'
ok "a second one waits" grep -qxs "pmt0: waiting for the end of another pmt-announce" log
kill -KILL "$first"
ok "and begins when the first has withdrawn" eval '[ "$(uniq order | head -n 3 | xargs)" = "first withdrawn second" ]'
end TERM
ok "and ends as the first did" says end
ok "the device's name and two commands are asked for" test "$(pmt-announce pmt0 true 2>&1; echo $?)" = \
	"Usage: pmt-announce DEV COMMAND_YES COMMAND_NO
1"
ok "nothing else is asked of pmt" test ! -e strange

sed "s,^ExecStart=,&$tree/tools/quick/," "$tree/tools/quick/pmt-announce@.service" >pmt-announce@.service
ok "the unit is good" test "$(systemd-analyze --man=no verify "$tmp/pmt-announce@pmt0.service" 2>&1; echo $?)" = 0
echo "1..$n"
exit $failed
