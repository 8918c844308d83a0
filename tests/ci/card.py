#!/usr/bin/python3
"""Compares the numbers on a model's card with what `vmunet evaluate --json` printed.

usage: card.py CARD.md EVALUATE.json

The card's table is headed '| evaluate | ... |'; each row is a path into the JSON and a value. Counts must be equal,
millimetres agree within 0.05, everything else within 0.001 (the card's rounding and another processor's last bits).
"""
import json, re, sys

card, printed = open(sys.argv[1]).read().splitlines(), json.load(open(sys.argv[2]))
start = next((n for n, line in enumerate(card) if re.match(r"\|\s*evaluate\s*\|", line)), None)
if start is None:
    sys.exit("the card has no table headed '| evaluate |'")
compared = wrong = 0
for line in card[start + 2:]:
    row = re.match(r"\|\s*`?([\w.-]+)`?\s*\|\s*([-\d.]+)\s*\|", line)
    if not row:
        break
    path, claimed, value = row[1], float(row[2]), printed
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    exact = isinstance(value, int)
    allowed = 0 if exact else 0.05 if "_mm" in path else 0.001
    compared += 1
    if abs(value - claimed) > allowed:
        wrong += 1
    print("%-5s %-28s card %s, evaluate %s" % ("ok" if abs(value - claimed) <= allowed else "FAIL", path, row[2], value))
if not compared:
    sys.exit("the card's table has no rows")
print("note: %d numbers of %s reproduced" % (compared - wrong, sys.argv[1].split("/")[-2]))
sys.exit(1 if wrong else 0)
