"""Runs a program while the system's clock shows `signing.NOW`: `at_now.py PROGRAM`."""

from __future__ import annotations

import runpy
import sys

import time_machine
from signing import NOW

if __name__ == "__main__":
    time_machine.travel(NOW, tick=False).start()
    runpy.run_path(sys.argv[1], run_name="__main__")
