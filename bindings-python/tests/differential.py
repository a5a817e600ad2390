"""Runs cases from the standard input, each a JSON object in a line, in the form of the vectors."""

from __future__ import annotations

import json
import sys

import vector_cases


def main() -> int:
    count = 0
    for line in sys.stdin.buffer:
        case = json.loads(line)
        outcome = vector_cases.outcome(case)
        if outcome != case["expect"]:
            print(f"{case['name']}: {outcome}, not {case['expect']}: {line.decode()}")
            return 1
        count += 1
    print(count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
