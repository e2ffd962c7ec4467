# SPDX-License-Identifier: GPL-2.0
"""The model's tests, tested: each small change to the model must make one fail.

Run by `make mutants`. Prints TAP.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCAPY = os.path.join(HERE, "..", "scapy")
# old, new: old stands in model.py once
MUTANTS = [
	("v4_in(src) != osrc", "False"),
	("if src not in SIXTOFOUR:			# R13", "if False:"),
	("if dst in SIXTOFOUR:				# R15", "if False:"),
	("if src in SIXTOFOUR:				# R43", "if False:"),
	("if self.rule_of_provider(src):			# R44", "if False:"),
	("if is_nd(proto, l4):", "if False:"),
	("130 <= l4[0] <= 137", "131 <= l4[0] <= 137"),
	("130 <= l4[0] <= 137", "130 <= l4[0] < 137"),
	("or l4[0] == 143", ""),
	("odst not in self.local", "odst not in self.own"),
	("if len(inner) < 40:", "if len(inner) < 39:"),
	("inner[0] >> 4 != 6", "inner[0] >> 5 != 3"),
	("if 40 + length > len(inner):", "if 41 + length > len(inner):"),
	("if 40 + length > len(inner):", "if 39 + length > len(inner):"),
	("		inner = inner[:40 + length]\n", ""),
	("ihl = (packet[0] & 15) * 4", "ihl = 20"),
	('"fc00::/7")]', '"fd00::/8")]'),
	('"fec0::/10", ', ""),
	('"127.0.0.0/8", ', ""),
	('"169.254.0.0/16",', '"169.254.0.0/17",'),
	('"240.0.0.0/4", ', '"240.0.0.0/5", '),
	('"192.88.99.0/24")]', '"192.88.99.0/32")]'),
	('"172.16.0.0/12"', '"172.16.0.0/13"'),
	('"198.18.0.0/15"', '"198.18.0.0/16"'),
	('"203.0.113.0/24")]', '"203.0.113.0/25")]'),
	("or v4 in self.broadcasts", ""),
	("r.covers(self.ipv4) for r in EXPLICIT", "r.overlaps(self.ipv4) for r in EXPLICIT"),
	("max(holding, key=lambda r: r.ipv4.length)", "holding[0]"),
	("max(holding, key=lambda r: r.ipv4.length)", "min(holding, key=lambda r: r.ipv4.length)"),
	("holding = [r for r in covering if r.holds(sid)]", "holding = covering"),
	('"sid" if covering else "nomap"', '"nomap"'),
	("if self.choose(*found)[0] is not rule:", "if False:"),
	("if self.forward(v4, sid, addr & IID) != addr:", "if False:"),
	("v4, sid = self.ipv4.first | low, self.sid | kept", "v4, sid = self.ipv4.first | low, kept"),
	("low << self.shift | kept << 64 | iid", "low << self.shift | kept << 64 | iid >> 1 << 1"),
	("kept = sid & (1 << self.s) - 1", "kept = sid"),
	("self.shift = 128 - self.provider.length - self.v4_bits", "self.shift = 64"),
	("self.shift = 128 - self.provider.length - self.v4_bits", "self.shift = 64 + self.s"),
	("if rule.bits() > 64:", "if rule.bits() > 65:"),
	("if rule.bits() > 64:", "if rule.bits() > 63:"),
	("return self.provider.length + self.v4_bits + self.s", "return self.provider.length + self.v4_bits"),
	("if rule.provider.overlaps(SIXTOFOUR):", "if SIXTOFOUR.covers(rule.provider):"),
	("if any(rule.provider.overlaps(r) for r in BAD6):", "if any(r.covers(rule.provider) for r in BAD6):"),
	("if rule.provider.overlaps(other.provider):", "if rule.provider.text == other.provider.text:"),
	("and rule.sid <= other.sid_last", "and rule.sid < other.sid_last"),
	("rule.ipv4.text == other.ipv4.text", "True"),
	("or self.sid & count - 1:", "or False:"),
	("count != 1 << self.s", "False"),
	("UDPLITE: 6, DCCP: 6, ICMPV6: 2, MH: 4", "UDPLITE: 6, DCCP: 6, ICMPV6: 2, MH: 2"),
	("UDPLITE: 6, DCCP: 6", "UDPLITE: 4, DCCP: 6"),
	("if proto == UDP and hc == 0:", "if hc == 0:"),
	("if proto == UDP and hc == 0:", "if False:"),
	("if proto == UDP and hc == 0:", "if proto in (UDP, UDPLITE) and hc == 0:"),
	("if hc == 0 and proto in (UDP, UDPLITE):", "if hc == 0 and proto == UDP:"),
	("if hc == 0 and proto in (UDP, UDPLITE):", "if hc == 0:"),
	("if hc == 0 and proto in (UDP, UDPLITE):", "if False:"),
	("total = ~hc & 0xffff", "total = hc"),
	("return ~fold(total) & 0xffff", "return ~total & 0xffff"),
	("if hops <= 1:\n			return STACK			# Time", "if False:\n			return STACK			# Time"),
	("head[7] = hops - 1", "head[7] = hops"),
	("20 + len(inner), 0, 0,", "len(inner), 0, 0,"),
	("20 + len(inner), 0, 0,", "20 + len(inner), 0, 0x4000,"),
	("self.ttl, 41, 0, self.local[0], v4)", "64, 41, 0, self.local[0], v4)"),
	("self.ttl, 41, 0, self.local[0], v4)", "self.ttl, 41, 0, self.local[-1], v4)"),
	('struct.pack("!BBHHHBBHII", 0x45, 0,', 'struct.pack("!BBHHHBBHII", 0x45, inner[0] << 4 & 0xf0 | inner[1] >> 4,'),
	("csum_add(got[:20]) == 0xffff", "True"),
	("got[:4] + got[6:10] + got[12:]", "got[:4] + got[6:10] + got[12:20]"),
	("NO_CSUM = 4, 41, 47, 50, 59, 132", "NO_CSUM = 4, 41, 47, 50, 59"),
	("return self.translated(inner, 8, new)", "return self.translated(inner, 24, new)"),
	("if any(v4 in r for r in self.unrouted):		# R42", "if False:"),
	("if any(v4 in r for r in self.own_routes):", "if False:"),
	("if bad6(src) or bad6(dst):\n			return drop(\"address\")\n		if src not in", "if bad6(dst):\n			return drop(\"address\")\n		if src not in"),
	("if bad6(src) or bad6(dst):\n			return drop(\"address\")\n		if src in", "if bad6(dst):\n			return drop(\"address\")\n		if src in"),
	("if self.bad4(osrc):				# R11", "if False:"),
]


def main():
	with open(os.path.join(SCAPY, "model.py")) as file:
		model = file.read()
	with open(os.path.join(SCAPY, "packet.py")) as file:
		packet = file.read()
	print("TAP version 13\n1..%d" % len(MUTANTS))
	failed = 0
	for n, (old, new) in enumerate(MUTANTS, 1):
		with tempfile.TemporaryDirectory() as folder:
			with open(os.path.join(folder, "model.py"), "w") as file:
				file.write(model.replace(old, new))
			with open(os.path.join(folder, "packet.py"), "w") as file:
				file.write(packet)
			done = subprocess.run(
				[sys.executable, os.path.join(HERE, "model_test.py"), "--failfast"],
				env=dict(os.environ, MODEL_DIR=folder), capture_output=True)
		good = model.count(old) == 1 and done.returncode == 1
		failed += not good
		print("%s %d - caught: %s -> %s" % ("ok" if good else "not ok", n,
						    " ".join(old.split()).replace("#", ""), " ".join(new.split()) or "nothing"))
		if model.count(old) != 1:
			print("# stands %d times in model.py" % model.count(old))
	return 1 if failed else 0


if __name__ == "__main__":
	sys.exit(main())
