#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""stats.sh's cases. Nothing here depends on how long a second is: what is compared is
totals, their order, and rates with the totals and the time that stand beside them."""
import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

from packet import A, C, C6, CP, P, UDP, make, tunnelled, udp
from relay import Surroundings, Tap, run

OUT = tunnelled(C, A, make(C6, P, UDP, udp(1, 2, b"out")))
IN = make(P, CP, UDP, udp(2, 1, b"in"))
SPOOF = tunnelled(C, A, make("2002:800:1::1", P, UDP, udp(1, 2, b"")))
LENGTH = 40 + 8			# of an IPv6 packet, and its payload more
RULE = "provider 2001:db8::/32"
PATIENCE = 120


class Watch:
	"""A running `pmt stats watch`, whose output is read line by line"""

	def __init__(self, ns, options=(), words=(), output=subprocess.PIPE):
		self.said = tempfile.TemporaryFile("w+")
		self.process = subprocess.Popen(
			["pmt", "-n", ns, *options, "stats", "watch", *words],
			stdin=subprocess.DEVNULL, stdout=output, stderr=self.said)
		self.buffer = b""

	def line(self):
		until = time.monotonic() + PATIENCE
		while b"\n" not in self.buffer:
			left = until - time.monotonic()
			if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
				raise RuntimeError("no line in time")
			more = os.read(self.process.stdout.fileno(), 65536)
			if not more:
				raise RuntimeError("it ended: %r" % (self.ended(),))
			self.buffer += more
		line, _, self.buffer = self.buffer.partition(b"\n")
		return line.decode()

	def objects(self, enough):
		"""What comes until there is enough, that included"""
		got = []
		while not got or not enough(got[-1]):
			got.append(json.loads(self.line()))
			if len(got) > PATIENCE:
				raise RuntimeError("not enough: %r" % got[-1])
		return got

	def ended(self):
		"""Exit status, and what it said"""
		status = self.process.wait(PATIENCE)
		self.said.seek(0)
		return status, self.said.read()

	def end(self, signum=signal.SIGINT):
		self.process.send_signal(signum)
		return self.ended()


def device(moment, name="pmt0"):
	found = [one for one in moment["devices"] if one["dev"] == name]
	return found[0] if found else None


def figures(thing, path=()):
	"""All pairs of rate and total inside, each with its place"""
	if isinstance(thing, dict) and set(thing) == {"rate", "total"}:
		yield path, thing
	elif isinstance(thing, dict):
		for key, value in thing.items():
			yield from figures(value, path + (key,))
	elif isinstance(thing, list):
		for value in thing:
			yield from figures(value, path + (value["provider"],))


def totals(moment, name="pmt0"):
	one = device(moment, name)
	return {path: figure["total"] for path, figure in figures(one)} if one else {}


def wrong_rates(moments, name="pmt0"):
	"""A rate is what the total has gained, by the time it took"""
	wrong = []
	for old, new in zip(moments, moments[1:]):
		before, one, spent = totals(old, name), device(new, name), new["milliseconds"]
		for path, figure in figures(one):
			if path not in before:
				continue
			want = ((figure["total"] - before[path]) * 1000 + spent // 2) // spent
			if figure["rate"] != want or figure["total"] < before[path]:
				wrong.append((path, before[path], figure, spent))
	return wrong


def absurd(moments):
	"""Rates of which the total knows nothing"""
	return [(path, figure, moment["milliseconds"]) for moment in moments
		for path, figure in figures(moment["devices"] and device(moment))
		if figure["rate"] * moment["milliseconds"] > (figure["total"] + 1) * 1000]


class Cases(Tap):
	def __init__(self):
		self.net = Surroundings()
		self.ns = self.net.ns

	def watch(self, *args, **kwargs):
		return Watch(self.ns, *args, **kwargs)

	def device(self, name="pmt0", words="", rule=RULE):
		run(["ip", "-n", self.ns, "link", "add", name, "type", "pmt", *words.split(),
		     *rule.split()])
		run(["ip", "-n", self.ns, "link", "set", name, "up"])

	def relay(self):
		self.device()
		self.net.ip("route add 2001:db8::/32 via fe80::1 dev pmt0", family="-6")

	def ip_link(self, *words):
		run(["ip", "-n", self.ns, "link", *words])

	def send(self, out=0, back=0, spoof=0):
		for packet, port, n in ((OUT, self.net.cust, out), (IN, self.net.serv, back),
					(SPOOF, self.net.cust, spoof)):
			for _ in range(n):
				port.send(packet)


def rates(t):
	t.relay()
	watch = t.watch(["-j"])
	moments = watch.objects(lambda m: True)
	t.equal("a device that has done nothing", set(totals(moments[0]).values()), {0})
	t.equal("JSON has the devices' rules and all counters", (
		[rule["provider"] for rule in device(moments[0])["rules"]],
		list(device(moments[0])["counters"])),
		(["2001:db8::/32"], list(t.net.stats())))
	want = dict(totals(moments[0]))
	for way, path, packets, size in (("out", (), 40, 3), ("in", (), 30, 2),
					 ("out", ("rules", "2001:db8::/32"), 40, 3),
					 ("in", ("rules", "2001:db8::/32"), 30, 2)):
		want[path + (way, "packets")] = packets
		want[path + (way, "bytes")] = packets * (LENGTH + size)
	want["counters", "spoof"] = want["out", "dropped"] = 20
	t.send(40, 30, 20)
	moments += watch.objects(lambda m: totals(m) == want)
	t.equal("totals are what was sent", totals(moments[-1]), want)
	moments += watch.objects(lambda m: True)
	t.send(40, 30, 20)
	want = {path: 2 * n for path, n in want.items()}
	moments += watch.objects(lambda m: totals(m) == want)
	moments += watch.objects(lambda m: True)
	t.equal("rates are the difference of totals, by the time", wrong_rates(moments), [])
	t.equal("nothing more comes: no rate", {
		figure["rate"] for _, figure in figures(device(moments[-1]))}, {0})
	t.equal("without -t no time", [m for m in moments if "timestamp" in m], [])
	t.equal("it ends with SIGINT", watch.end(), (0, ""))

	watch = t.watch(["-j", "-t"], ["nonzero", "dev", "pmt0"])
	moments = watch.objects(lambda m: True) + watch.objects(lambda m: True)
	t.equal("nonzero: what never counted is left out", list(device(moments[0])["counters"]), ["spoof"])
	stamps = [m["timestamp"] for m in moments]
	t.result(stamps == sorted(set(stamps)), "-t: the time goes on", stamps)
	t.equal("it ends with SIGTERM", watch.end(signal.SIGTERM), (0, ""))


def lines(t):
	watch = t.watch(["-s"], ["nonzero"])
	got = [watch.line() for _ in range(13)]
	want = """pmt0: up health ok
    out packets                    0/s   total 80
    out bytes                      0/s   total 4080
    out dropped                    0/s   total 40
    in packets                     0/s   total 60
    in bytes                       0/s   total 3000
    in dropped                     0/s   total 0
    spoof                          0/s   total 40
    provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust
        out packets                0/s   total 80
        out bytes                  0/s   total 4080
        in packets                 0/s   total 60
        in bytes                   0/s   total 3000"""
	t.equal("lines, with rules", "\n".join(got), want)
	t.equal("and again", watch.line(), "pmt0: up health ok")
	t.equal("it ends well", watch.end(), (0, ""))
	watch = t.watch(["-t"], ["dev", "pmt0"])
	got = [watch.line() for _ in range(7 + len(t.net.stats()))]
	t.like("-t: the time before a device", got[0],
	       r"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\] pmt0: up health ok$")
	t.equal("without nonzero all counters", [line.split()[0] for line in got[7:]], list(t.net.stats()))
	t.like("and then the next second", watch.line(), r"^\[.*\] pmt0: up health ok$")
	read = watch.process.stdout
	read.close()
	t.equal("it ends when nobody reads it any more, and says nothing", watch.ended(), (0, ""))
	with open("/dev/full", "wb") as full:
		watch = t.watch(output=full)
		t.equal("what can't be written is an error", watch.ended(),
			(1, "pmt: standard output: No space left on device\n"))


def changes(t):
	"""Devices that get another name, go, and come anew"""
	everything, one = t.watch(["-j"]), t.watch(["-j"], ["dev", "pmt0"])
	before = totals(everything.objects(lambda m: True)[0])
	one.objects(lambda m: True)
	out = "rules", "2001:db8::/32", "out", "packets"
	t.result(before[out] > 0, "the rule has counted", before)
	t.net.pmt("-b", "-", text="rule del dev pmt0 %s\nrule add dev pmt0 %s\n" % (RULE, RULE))
	moments = everything.objects(lambda m: totals(m).get(out) == 0)
	t.equal("a rule made anew counts backwards, and has no rate", absurd(moments), [])
	before = totals(moments[-1])
	t.ip_link("set", "pmt0", "down")
	t.ip_link("set", "pmt0", "name", "other")
	for watch, name in ((everything, "watch"), (one, "watch dev pmt0")):
		moments = watch.objects(lambda m: device(m, "other"))
		now = device(moments[-1], "other")
		t.equal(name + ": another name, the same device", (now["up"], totals(moments[-1], "other")),
			(False, before))
		t.equal(name + ": and no other rates", [f for _, f in figures(now) if f["rate"]], [])
	t.ip_link("set", "other", "name", "pmt0")
	t.ip_link("set", "pmt0", "up")
	everything.objects(lambda m: device(m) and device(m)["up"])
	t.ip_link("del", "pmt0")
	t.equal("watch dev pmt0: the device goes", one.ended(), (1, "pmt: dev pmt0: the device was removed\n"))
	t.equal("watch: it goes on", everything.objects(lambda m: not m["devices"])[-1]["devices"], [])
	t.relay()
	t.send(5, 4, 3)
	moments = everything.objects(lambda m: totals(m).get(("in", "packets")) == 4
				     and totals(m)["counters", "spoof"] == 3)
	moments += everything.objects(lambda m: True)
	t.equal("the device made anew: rates of its own", wrong_rates(moments), [])
	t.ip_link("del", "pmt0")
	t.relay()
	t.send(2, 1)
	moments += everything.objects(lambda m: totals(m).get(("in", "packets")) == 1)
	t.equal("anew within a second: no rate beyond what it counted", absurd(moments), [])
	t.device("pmt1", "local 8.0.0.2", "provider 2400:1::/32")
	t.equal("a second device", [one["dev"] for one in everything.objects(
		lambda m: device(m, "pmt1"))[-1]["devices"]], ["pmt0", "pmt1"])
	run(["pmt", "-n", t.ns, "rule", "replace", "dev", "pmt1", "provider", "2400:2::/32", "subnet", "1"])
	got = everything.objects(lambda m: len(device(m, "pmt1")["rules"]) == 2)
	t.equal("a second rule", [rule["subnet"] for rule in device(got[-1], "pmt1")["rules"]], ["0x0", "0x1"])
	t.equal("it ends well", everything.end(), (0, ""))
	t.equal("a device that is not there", t.watch(words=["dev", "nowhere"]).ended(),
		(1, "pmt: dev nowhere: no such device\n"))
	t.equal("a device of another type", t.watch(words=["dev", "acc"]).ended(),
		(1, "pmt: dev acc: not a device of type pmt\n"))
	t.ip_link("del", "pmt1")


class Screen:
	"""A terminal that knows what watch uses, and `pmt stats watch` on it"""
	ESCAPES = re.compile(r"\033\[(\??\d*)([A-Za-z])")

	def __init__(self, t, rows, columns, options=(), words=(), term="xterm"):
		self.scrolled = False
		self.wraps, self.text, self.rest = True, [[]], ""
		self.row = self.column = 0
		self.fd, self.there = os.openpty()
		self.modes = termios.tcgetattr(self.there)
		self.resize(rows, columns)
		self.process = subprocess.Popen(
			["pmt", "-n", t.ns, *options, "stats", "watch", *words], stdin=self.there,
			stdout=self.there, stderr=self.there, env={**os.environ, "TERM": term},
			start_new_session=True,
			preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

	def resize(self, rows, columns):
		self.rows, self.columns = rows, columns
		fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

	def put(self, char):
		if char == "\r":
			self.column = 0
		elif char == "\n":
			self.row += 1
			if self.row >= self.rows:
				self.scrolled, self.row = True, self.rows - 1
		else:
			while len(self.text) <= self.row:
				self.text.append([])
			line = self.text[self.row]
			line += [" "] * (self.column + 1 - len(line))
			line[self.column] = char
			if self.column < self.columns - 1:
				self.column += 1
			elif self.wraps:
				self.column, self.row = 0, self.row + 1

	def escape(self, number, what):
		if what == "H":
			self.row = self.column = 0
		elif what == "K":
			if self.row < len(self.text):
				del self.text[self.row][self.column:]
		elif what == "J":
			del self.text[0 if number else self.row + 1:]
			if not number and self.row < len(self.text):
				del self.text[self.row][self.column:]
		elif number == "?7":
			self.wraps = what == "h"
		else:
			raise ValueError("an escape that it should not need: %s%s" % (number, what))

	def feed(self, text):
		text = self.rest + text
		while text:
			found = self.ESCAPES.match(text)
			if found:
				self.escape(*found.groups())
				text = text[found.end():]
			elif text[0] == "\033":
				break		# the rest comes later
			else:
				self.put(text[0])
				text = text[1:]
		self.rest = text

	def lines(self):
		return "\n".join("".join(line).rstrip() for line in self.text).rstrip("\n").split("\n")

	def read(self):
		if select.select([self.fd], [], [], 0.1)[0]:
			self.feed(os.read(self.fd, 65536).decode())

	def until(self, good):
		"""Let it draw until the lines are as they should be. Only whole pictures are
		looked at: those end with lines that wrap."""
		end = time.monotonic() + PATIENCE
		while time.monotonic() < end:
			self.read()
			if self.wraps and not self.rest and good(self.lines()):
				return self.lines()
		raise RuntimeError("the screen never was like that: %r" % self.lines())

	def ended(self):
		"""Exit status, and whether the terminal is as it was"""
		end = time.monotonic() + PATIENCE
		while self.process.poll() is None and time.monotonic() < end:
			self.read()
		return self.process.poll(), termios.tcgetattr(self.there) == self.modes and self.wraps

	def type(self, keys):
		os.write(self.fd, keys)


def is_whole(lines):
	return len(lines) > 1 and lines[1].startswith("pmt0: ")


def terminal(t):
	stats = list(t.net.stats())
	screen = Screen(t, 60, 80)
	lines = screen.until(is_whole)
	t.like("the heading", lines[0], r"^pmt stats watch: \d\d:\d\d:\d\d, q ends$")
	t.equal("there is room for all", ([line.split()[0] for line in lines[8:] if line], lines[1:3]), (
		stats, ["pmt0: up health ok", "    out packets                    0/s   total 2"]))
	t.send(7)
	t.like("it is drawn again, in place", screen.until(
		lambda lines: is_whole(lines) and lines[2].endswith("total 9"))[2], "^    out packets +[0-9]+/s   total 9$")
	t.equal("the same lines", len(screen.lines()), len(lines))
	screen.resize(12, 80)
	lines = screen.until(lambda lines: len(lines) < 12)
	t.equal("a smaller window: zeros go", [line[:14] for line in lines[7:]], ["    in dropped"])
	t.like("and it says so", lines[0], ", no room for zeros, q ends$")
	screen.resize(6, 80)
	lines = screen.until(lambda lines: len(lines) < 6)
	t.equal("smaller: then the last lines", [line[:15] for line in lines[1:]], [
		"pmt0: up health", "    out packets", "    out bytes  ", "... 4 more line"])
	screen.resize(60, 30)
	lines = screen.until(lambda lines: len(lines) > len(stats))
	t.equal("narrow: lines are cut", max(map(len, lines)), 30)
	screen.resize(3, 80)
	t.equal("three rows", [line[:15] for line in screen.until(lambda lines: len(lines) < 3)],
		["pmt stats watch", "... 7 more line"])
	t.equal("nothing has scrolled", screen.scrolled, False)
	screen.resize(1, 80)
	screen.until(lambda lines: len(lines) < 2)
	screen.resize(60, 80)
	screen.until(lambda lines: len(lines) > len(stats))
	screen.type(b"x")
	screen.until(is_whole)
	os.kill(screen.process.pid, signal.SIGSTOP)
	os.waitpid(screen.process.pid, os.WUNTRACED)
	termios.tcsetattr(screen.there, termios.TCSANOW, screen.modes)
	os.kill(screen.process.pid, signal.SIGCONT)
	screen.until(lambda _: not termios.tcgetattr(screen.there)[3] & termios.ICANON)
	screen.type(b"q")
	t.equal("q ends it, also after a stop, with the terminal as it was", screen.ended(), (0, True))

	screen = Screen(t, 24, 80, words=["nonzero", "dev", "pmt0"], options=["-s"])
	lines = screen.until(is_whole)
	t.equal("-s: rules", [line for line in lines if "provider" in line],
		["    provider 2001:db8::/32 ipv4 0.0.0.0/0 subnet 0x0 csum adjust"])
	screen.type(b"\x03")
	t.equal("Ctrl-C ends it", screen.ended(), (0, True))
	screen = Screen(t, 24, 80, words=["dev", "pmt0"])
	screen.until(is_whole)
	t.ip_link("del", "pmt0")
	lines = screen.until(lambda lines: any("removed" in line for line in lines))
	t.equal("a device that goes: the last line", [line for line in lines if line][-1],
		"pmt: dev pmt0: the device was removed")
	t.equal("and the exit status", screen.ended(), (1, True))
	t.relay()
	screen = Screen(t, 200, 80, term="dumb")
	t.equal("a terminal that knows no escapes has lines", screen.until(
		lambda lines: len(lines) > 60 and lines[-1])[0], "pmt0: up health ok")
	screen.type(b"\x03")
	t.equal("which Ctrl-C ends, too", screen.ended()[0], 0)


# ---- prometheus

# A name of three characters that are quoted, and as JSON and labels have it
ODD, SHOWN = 'a"b\\c\u00e9', 'a"b\\c??'

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"


def labels_of(text):
	"""The labels of a line, and what is behind them"""
	labels = {}
	while text[0] != "}":
		name, text = re.match(r'([a-zA-Z_][a-zA-Z0-9_]*)="(.*)', text, re.S).groups()
		value = ""
		while text[0] != '"':
			if text[0] == "\\":
				value += {"n": "\n", "\\": "\\", '"': '"'}[text[1]]
				text = text[2:]
			else:
				value, text = value + text[0], text[1:]
		if name in labels:
			raise ValueError("twice: " + name)
		labels[name] = value
		text = text[1:]
		if text[0] == ",":
			text = text[1:]
	return labels, text[1:]


def parse(text):
	"""The text format, strictly: types by name, and values by name and labels"""
	types, values, helped, current = {}, {}, set(), None
	if not text.endswith("\n"):
		raise ValueError("the last line does not end")
	for line in text[:-1].split("\n"):
		comment = re.fullmatch(r"# (HELP|TYPE) (%s) (.+)" % NAME, line)
		if comment:
			what, name, rest = comment.groups()
			if what == "HELP":
				if name in helped:
					raise ValueError("told of twice: " + name)
				helped.add(name)
			else:
				types[name] = rest
			current = name
			continue
		name, rest = re.match(r"(%s)(.*)" % NAME, line).groups()
		if name != current or name not in types or name not in helped:
			raise ValueError("not in its place: " + line)
		labels, rest = labels_of(rest[1:]) if rest[0] == "{" else ({}, rest)
		key = name, tuple(sorted(labels.items()))
		if key in values or not re.fullmatch(r" \d+", rest):
			raise ValueError("again, or no number: " + line)
		values[key] = int(rest)
	return types, values


def wanted(t, names=None):
	"""The same from what the other commands show"""
	values = {}

	def add(metric, value, **labels):
		values["pmt_" + metric, tuple(sorted(labels.items()))] = value

	def ask(*words):
		return json.loads(subprocess.run(["pmt", "-j", "-n", t.ns, *words], text=True,
						 capture_output=True).stdout)

	version = ask("-V")[0]
	add("info", 1, version=version["module"], protocol=str(version["protocol"]))
	for link in ask("link"):
		name = link["ifname"]
		if names and name not in names:
			continue
		core = t.net.show("-s", "link", "show", "dev", ODD if name == SHOWN else name)["stats64"]
		add("up", int(link["up"]), device=name)
		add("mtu", link["mtu"], device=name)
		add("rules", link["rules"], device=name)
		add("config_info", 1, device=name, config_id=link["config-id"])
		for state in "ok", "drained", "lower-down", "no-local-address", "no-rule":
			add("health", int(link["health"] == state), device=name, state=state)
		for way, side in (("out", core["rx"]), ("in", core["tx"])):
			add("packets_total", side["packets"], device=name, direction=way)
			add("bytes_total", side["bytes"], device=name, direction=way)
			add("dropped_packets_total", side["dropped"], device=name, direction=way)
		for reason, count in t.net.stats(ODD if name == SHOWN else name).items():
			add("reason_total", count, device=name, reason=reason)
	for one in ask("check"):
		if not names or one["dev"] in names:
			add("config_generation", one["generation"], device=one["dev"])
	for rule in ask("rule"):
		if names and rule["dev"] not in names:
			continue
		for way in "out", "in":
			labels = {key: rule[key] for key in ("provider", "ipv4", "subnet")}
			labels |= {"device": rule["dev"], "direction": way}
			add("rule_packets_total", rule[way]["packets"], **labels)
			add("rule_bytes_total", rule[way]["bytes"], **labels)
	return values


def prometheus(t):
	def text(*words):
		return t.net.pmt("stats", "prometheus", *words)

	t.ip_link("del", "pmt0")
	types, values = parse(text())
	t.equal("no device: the info alone", (types, values), ({"pmt_info": "gauge"}, wanted(t)))
	t.relay()
	types, values = parse(text())
	t.equal("a device that has done nothing: every figure is there", values, wanted(t))
	t.equal("counters are those whose name says so", [
		name for name, kind in types.items() if (kind == "counter") != name.endswith("_total")], [])
	t.equal("the reasons are those of pmt -j stats", [
		dict(labels)["reason"] for name, labels in values if name == "pmt_reason_total"],
		list(json.loads(t.net.pmt("-j", "stats"))[0])[1:])
	t.net.pmt("rule", "add", "dev", "pmt0", *"provider 2400:1::/40 ipv4 100.64.0.0/10 subnet 0-3".split())
	t.send(4, 3, 2)
	end = time.monotonic() + PATIENCE
	while t.net.stats()["spoof"] != 2 or t.net.show("-s", "link", "show", "pmt0")[
			"stats64"]["tx"]["packets"] != 3:
		if time.monotonic() > end:
			raise RuntimeError("the packets are not counted")
	values = parse(text())[1]
	t.equal("what the other commands show", values, wanted(t))
	t.equal("of what was sent", (
		values["pmt_packets_total", (("device", "pmt0"), ("direction", "out"))],
		values["pmt_reason_total", (("device", "pmt0"), ("reason", "spoof"))]), (4, 2))
	t.device(ODD, "local 8.0.0.2", "provider 2400:2::/32")
	t.ip_link("set", ODD, "type", "pmt", "drain", "on")
	run(["ip", "-n", t.ns, "link", "add", "empty", "type", "pmt", "local", "8.0.0.3"])
	values = parse(text())[1]
	t.equal("three devices, one with a name that must be quoted", values, wanted(t))
	t.equal("it is drained", [dict(labels)["state"] for (name, labels), value in values.items()
				  if name == "pmt_health" and value and ("device", SHOWN) in labels],
		["drained"])
	t.equal("dev: one of them", parse(text("dev", "pmt0"))[1], wanted(t, ["pmt0"]))
	t.equal("dev: one without rules", parse(text("dev", "empty"))[1], wanted(t, ["empty"]))
	t.equal("it takes no privilege", run([
		"nsenter", "--net=/run/netns/" + t.ns, "-S", "65534", "-G", "65534", "pmt", "stats", "prometheus"]),
		text())
	done = subprocess.run(["pmt", "-n", t.ns, "stats", "prometheus", "dev", "acc"],
			      capture_output=True, text=True)
	t.equal("a device of another type", (done.returncode, done.stdout, done.stderr),
		(1, "", "pmt: dev acc: not a device of type pmt\n"))
	t.ip_link("del", ODD)
	t.ip_link("del", "empty")


def module(t):
	"""The module goes"""
	watch, screen = t.watch(["-j"]), Screen(t, 24, 80)
	watch.objects(lambda m: True)
	screen.until(is_whole)
	run(["modprobe", "-r", "pmt"])
	t.equal("watch: the module goes", watch.ended(), (1, "pmt: the module was removed\n"))
	screen.until(lambda lines: "pmt: the module was removed" in lines)
	t.equal("on a terminal", screen.ended(), (1, True))
	t.equal("and nobody loads it again", os.path.exists("/sys/module/pmt"), False)
	run(["modprobe", "pmt"])


if __name__ == "__main__":
	Cases().parts(rates, lines, changes, terminal, prometheus, module)
