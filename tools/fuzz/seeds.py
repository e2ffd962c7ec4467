#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""seeds.py SEED FOLDER: a random relay and packets for it, as selftests/random.sh
makes them: FOLDER/batch for `pmt -b`, FOLDER/options for `ip link set`, FOLDER/routes
for `ip -6 -batch`, FOLDER/packets for tools/fuzz/kernel.c."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../selftests/scapy"))
os.environ.setdefault("CUST", "")
from model import Relay						# noqa: E402
from packet import N						# noqa: E402
from random_packets import BROADCAST, OWN, Random		# noqa: E402

rng, folder = Random(int(sys.argv[1])), sys.argv[2]
rules = rng.rules()
policy, options = rng.policy(rules), rng.options()
df = rng.choice(("unset", "set", "pmtu"))
relay = Relay(rules, own=(OWN, "127.0.0.1"), broadcasts=(BROADCAST,), policy=policy, **options)


def write(name, lines):
	with open(os.path.join(folder, name), "w") as file:
		file.writelines(line + "\n" for line in lines)


write("batch", ["rule add dev pmt0 %s" % rule for rule in rules]
      + ["policy add dev pmt0 %s %s" % entry for entry in policy.items()])
write("options", ["%s %s" % (k, {True: "on", False: "off"}.get(v, v) if isinstance(v, bool) else v)
		  for k, v in options.items()] + ["df " + df])
write("routes", ["route add %s dev pmt0" % p for p in (
	["2002::/16"] + [rule.provider.text for rule in rules])])
write("packets", ["4 " + rng.outgoing(relay, i).hex() for i in range(400)]
      + ["6 " + rng.incoming(relay, i).hex() for i in range(400)])
