#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""prometheus_test.py PROGRAM: see prometheus.sh. Without promtool everything that
wants it fails. Prints TAP."""
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAGES = os.path.join(TREE, "Documentation/prometheus")
RULES, TESTS = os.path.join(PAGES, "pmt.rules.yml"), os.path.join(PAGES, "pmt.rules.test.yml")
# What the node exporter says itself
OTHERS = {"node_textfile_mtime_seconds"}


def read(path):
	with open(path, encoding="utf-8") as file:
		return file.read()


def program(what):
	return subprocess.run([sys.argv[1], what], check=True, capture_output=True, text=True).stdout


METRICS = program("metrics")
NAMES = re.findall(r"^# TYPE (\w+)", METRICS, re.M)
DASHBOARD = json.loads(read(os.path.join(PAGES, "pmt.dashboard.json")))
EXPRESSIONS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"]
	       for target in panel["targets"]]


def promtool(*words, text=None):
	"""Complaints; it has some even where it succeeds"""
	try:
		done = subprocess.run(["promtool", *words], input=text, capture_output=True, text=True)
	except FileNotFoundError:
		return ["there is no promtool: install prometheus"]
	if done.returncode or (text and done.stdout + done.stderr):
		return (done.stdout + done.stderr).splitlines() or ["exit status %d" % done.returncode]
	return []


def test_labels():
	"""labels are quoted"""
	want = ('pmt_test{quoted="back\\\\slash \\"quotes\\" new\\nline",none="",bytes="caf?? ? {}=,"} '
		"18446744073709551615\npmt_bare 0\n")
	got = program("label")
	return [] if got == want else ["got:  " + repr(got), "want: " + repr(want)]


def test_metrics():
	"""promtool check metrics: the output"""
	return promtool("check", "metrics", text=METRICS)


def test_spoilt():
	"""it would complain of a metric without type, or one that comes apart"""
	wrong = []
	for what, old, new in (("a counter without its end", "_total", ""),
			       ("a label that is not quoted", 'device="pmt0"', "device=pmt0")):
		if not promtool("check", "metrics", text=METRICS.replace(old, new)):
			wrong.append("no complaint of " + what)
	return wrong


def test_rules():
	"""promtool check rules: the alerts"""
	return promtool("check", "rules", RULES)


def test_alerts():
	"""promtool test rules: when they are raised"""
	return promtool("test", "rules", TESTS)


def test_tested():
	"""each alert is tested where it is raised, and where it is not"""
	alerts = [rule["alert"] for group in yaml.safe_load(read(RULES))["groups"] for rule in group["rules"]]
	raised = {True: set(), False: set()}
	for test in yaml.safe_load(read(TESTS))["tests"]:
		for case in test["alert_rule_test"]:
			raised[bool(case["exp_alerts"])].add(case["alertname"])
	return ["%s: never tested where it is %sraised" % (alert, "" if way else "not ")
		for alert in alerts for way in raised if alert not in raised[way]] if alerts else ["no alerts"]


def test_names():
	"""the alerts are about what is printed: metrics, reasons, states"""
	text = read(RULES)
	wrong = [name for name in re.findall(r"\b(?:pmt|node)_\w+", re.sub(r"#.*", "", text))
		 if name not in NAMES and name not in OTHERS]
	for label in "reason", "state":
		known = set(re.findall(label + r'="([^"]+)"', METRICS))
		texts = [text] + [expression for _, expression in EXPRESSIONS]
		wrong += ["%s %s" % (label, word) for one in texts
			  for words in re.findall(r"\b%s[=!]=?~?\"([^\"]+)\"" % label, one)
			  for word in words.split("|") if word not in known]
	return wrong


def test_dashboard():
	"""every query of the dashboard is answered from what is printed"""
	series = []
	for line in METRICS.splitlines():
		found = re.match(r"(\w+){(.*)} \d+$", line)
		if found:
			series.append({"series": '%s{instance="a",job="node",%s}' % found.groups(), "values": "1+60x60"})
	tests = []
	for title, expression in EXPRESSIONS:
		for old, new in (("$__rate_interval", "5m"), ("$instance", "a|b"), ("$device", ".*")):
			expression = expression.replace(old, new)
		if "$" in expression:
			return ["%s: %s: what is $?" % (title, expression)]
		tests.append({"expr": "count(%s) > bool 0" % expression, "eval_time": "30m",
			      "exp_samples": [{"labels": "{}", "value": 1}]})
	with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
		yaml.safe_dump({"tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]}, file)
		file.flush()
		return promtool("test", "rules", file.name) if tests else ["no queries"]


def test_panels():
	"""the panels lie side by side, each with its number"""
	wrong, taken = [], {}
	for panel in DASHBOARD["panels"]:
		at = panel["gridPos"]
		if at["x"] + at["w"] > 24:
			wrong.append(panel["title"] + " is too wide")
		for x in range(at["x"], at["x"] + at["w"]):
			for y in range(at["y"], at["y"] + at["h"]):
				if taken.setdefault((x, y), panel["id"]) != panel["id"]:
					wrong.append("%s lies on panel %d" % (panel["title"], taken[x, y]))
	numbers = [panel["id"] for panel in DASHBOARD["panels"]]
	if len(set(numbers)) != len(numbers):
		wrong.append("a number twice: %s" % numbers)
	return wrong[:5]


def test_page():
	"""monitoring.rst tells of every metric and every alert"""
	page = read(os.path.join(TREE, "Documentation/monitoring.rst"))
	named = set(re.findall(r"``(pmt_\w+)``", page))
	alerts = set(re.findall(r"alert: (\w+)", read(RULES)))
	return ["metric " + name for name in named ^ set(NAMES)] + [
		"alert " + name for name in alerts ^ set(re.findall(r"``(Pmt\w+)``", page))]


def main():
	failed = False
	tests = [test_labels, test_metrics, test_spoilt, test_rules, test_alerts, test_tested, test_names,
		 test_dashboard, test_panels, test_page]
	print("TAP version 13\n1..%d" % len(tests))
	for number, test in enumerate(tests, 1):
		wrong = test()
		print("%sok %d %s" % ("not " if wrong else "", number, test.__doc__))
		for line in wrong:
			print("#", line)
		failed |= bool(wrong)
	return failed


if __name__ == "__main__":
	sys.exit(main())
