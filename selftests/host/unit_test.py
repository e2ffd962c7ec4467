#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The relay of unit/relay.c held against the model: unit_test.py PROGRAM...

Random packets of random.sh's kinds over random rules and policies, byte for byte,
with what is counted and which error is owed. Left to the tests in a guest: what
the stack does (routes, hop limits, MTU, ECN, fragments, GSO), packets in more than
one piece, errors as they leave, ICMPv4. SEED, COUNT, ROUNDS as for random.sh.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scapy"))
from model import Relay, Verdict					# noqa: E402
from random_packets import BROADCAST, OWN, Random, merged		# noqa: E402

ACTIONS = "translate", "untranslated", "reject", "drop", "pass"


class Bare(Relay):
	"""The model without what lies before and behind the relay"""

	def forward(self, packet, counts):
		return Verdict(packet, counts)

	def encapsulated(self, inner, v4, tos=0, dont_fragment=False):
		return inner


def lines_of(relay):
	yield "conf %x %x %x" % (relay.untranslated, relay.hairpin, relay.to2002 == "forward")
	for rule in relay.rules:
		yield "rule %x %x %x %x %x %x %x" % (
			rule.provider.first >> 64, rule.provider.length, rule.ipv4.first,
			rule.ipv4.length, rule.sid, rule.s, rule.neutral)
	for entry, action in relay.policy:
		yield "policy %x %x %x" % (entry.first, entry.length, ACTIONS.index(action))
	yield "go"


def outgoing(rng, relay, token):
	"""(line, verdict), or None where there is nothing to see here"""
	packet = rng.outgoing(relay, token)
	packet = packet[:1] + b"\0" + packet[2:]	# no ECN
	verdict = relay.verdict(packet)
	if verdict.stack or packet[9] != 41:
		return None
	total = int.from_bytes(packet[2:4], "big")
	inner = packet[(packet[0] & 15) * 4:total]
	return "out %s %s %s" % (packet[12:16].hex(), packet[16:20].hex(), inner.hex()), verdict


def incoming(rng, relay, token):
	hairpin = rng.chance(30)		# it came through the device before
	packet = rng.incoming(relay, token)
	return "in %x %s" % (1 if hairpin else 2, packet.hex()), relay.inward(packet, hairpin=hairpin)


def tally(names):
	counts = {}
	for name in names:
		counts[name] = counts.get(name, 0) + 1
	return {name: n for name, n in merged(counts).items() if n}


def difference(line, got, verdict):
	packet, v4, unreach, *counts = got.split()
	want = verdict.packet.hex() if verdict.packet else "-"
	if packet != want:
		return "want " + want
	if tally(counts) != tally(verdict.counts):
		return "want counted: " + " ".join(verdict.counts)
	if line.startswith("in "):
		if verdict.packet and v4 != want[52:60]:
			return "want the outer destination " + want[52:60]
		if verdict.reply and int(unreach) != verdict.reply[41]:
			return "want the error 1/%d" % verdict.reply[41]
	return None


def results(command, lines, vectors):
	"""(good, what) of one program"""
	ran = subprocess.run(command, input="\n".join(lines) + "\n", text=True,
			     stdout=subprocess.PIPE, check=False)
	answers = ran.stdout.splitlines()
	passed = differences = 0
	for (line, verdict), got in zip(vectors, answers):
		why = difference(line, got, verdict)
		passed += verdict.packet is not None and not why
		differences += why is not None
		if why and differences <= 4:
			print("# %s\n# got  %s\n# %s" % (line, got, why))
	yield ran.returncode == 0 and len(answers) == len(vectors), \
		"it has an answer to each of %d packets" % len(vectors)
	yield not differences, "what leaves is what the model says, byte for byte"
	yield passed > len(vectors) / 2, "most of the packets are relayed"


def main():
	seed, total = int(os.environ.get("SEED", 6732)), int(os.environ.get("COUNT", 4000))
	rounds = int(os.environ.get("ROUNDS", 20))
	print("# SEED=%d COUNT=%d ROUNDS=%d" % (seed, total, rounds))
	rng, lines, vectors = Random(seed), [], []
	for _ in range(rounds):
		rules = rng.rules()
		policy, options = rng.policy(rules), rng.options()
		relay = Bare(rules, own=(OWN, "127.0.0.1"), broadcasts=(BROADCAST,), policy=policy,
			     **options)
		lines += lines_of(relay)
		for make in outgoing, incoming:
			made = [make(rng, relay, token) for token in range(-(-total // rounds))]
			vectors += [vector for vector in made if vector]
			lines += [vector[0] for vector in made if vector]
	n = failed = 0
	for program in sys.argv[1:]:
		name = os.path.basename(program)
		for good, what in results(program.split(), lines, vectors):
			n, failed = n + 1, failed + (not good)
			print("%sok %d - %s: %s" % ("" if good else "not ", n, name, what))
	print("1..%d" % n)
	return failed != 0


if __name__ == "__main__":
	sys.exit(main())
