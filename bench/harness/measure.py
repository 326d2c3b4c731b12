"""What measure.c does, where there is no compiler. Peaks below Python's own 10 MB can't be seen."""

import json
import os
import sys
import time

report, program = sys.argv[1], sys.argv[2:]
begun = time.monotonic()
child = os.fork()
if child == 0:
    os.execvp(program[0], program)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - begun
with open(report, "w") as file:
    json.dump({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}, file)
sys.exit(os.waitstatus_to_exitcode(status))
