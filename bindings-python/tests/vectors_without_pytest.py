"""Runs every vector against the installed package with the standard library alone.

For interpreters that have nothing else installed: `python tests/vectors_without_pytest.py`.
"""

from __future__ import annotations

import platform
import sys

import vector_cases


def main() -> int:
    cases = vector_cases.load()
    wrong = [case for case in cases if vector_cases.outcome(case) != case["expect"]]
    for case in wrong:
        print(f"{case['name']}: {vector_cases.outcome(case)}, not {case['expect']}")
    print(f"{platform.python_implementation()} {platform.python_version()}")
    print(f"vectors: {len(cases)}")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
