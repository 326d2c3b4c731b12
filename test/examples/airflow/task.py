"""
Runs a task with the operator as an Airflow worker does: task.py OPTIONS, where OPTIONS are the operator's, as JSON. SIGTERM is
passed to on_kill. The log goes to stderr, and how the task ended to stdout, as JSON.
"""

import json
import logging
import signal
import sys
from types import SimpleNamespace

from holdfast_operator import HoldfastOperator


class Terminated(BaseException):
    pass


def terminate(*_):
    operator.on_kill()
    raise Terminated("SIGTERM")


logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
operator = HoldfastOperator(task_id="batch", **json.loads(sys.argv[1]))
signal.signal(signal.SIGTERM, terminate)
ti = SimpleNamespace(dag_id="nightly", task_id="batch", run_id="scheduled__2026-11-23T03:15:00+00:00", map_index=-1)
try:
    ending = {"returned": operator.execute({"ti": ti})}
except BaseException as error:
    ending = {"raised": type(error).__name__, "message": str(error)}
print(json.dumps(ending))
