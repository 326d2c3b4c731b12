"""An Airflow operator that runs a container as a job with the command holdfast. It works with Airflow 2 and 3."""

import ctypes
import hashlib
import json
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

try:
    from airflow.sdk import BaseOperator
except ImportError:
    from airflow.models import BaseOperator
from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

# Kinds of failure that the same call meets again. docs/errors.md has all kinds.
PERMANENT = frozenset(
    {
        "usage",
        "image-missing",
        "image-mismatch",
        "registry-denied",
        "registry-not-found",
        "create-failed",
        "start-failed",
        "job-conflict",
    }
)

# A line of the container's output that is longer is logged in pieces.
LINE_LIMIT = 64 * 1024

# Seconds from the kill of a container to its removal.
KILL_TIMEOUT = 30

SET_PARENT_DEATH_SIGNAL = 1
LIBC = ctypes.CDLL(None)


class HoldfastOperator(BaseOperator):
    """
    Runs a container and follows it to its end.

    A failure of one of the kinds in ``PERMANENT`` fails the task without a retry (``AirflowFailException``). A status in
    ``skip_exit_codes`` skips it (``AirflowSkipException``). Any other failure is left to the task's ``retries``
    (``AirflowException``).

    The run has a key made from the DAG, the task and the DAG run. If the worker is killed, the container goes on, and the
    next try follows that container from the start of its output instead of starting a second one.

    :param image: the image's reference
    :param command: the container's command and arguments; default: the image's own
    :param environment: variables of the container, in place of ``--env`` among the flags. They are passed in a file that
        only this user can read, not as arguments of the process.
    :param flags: further flags of ``holdfast run``, as ``["--memory", "2g", "--pull", "refresh"]``
    :param skip_exit_codes: exit statuses by which the job says that it had nothing to do
    :param result: what the task returns (XCom): ``"stdout"``, ``"last-line"``, or the path of a JSON file in the container
    :param stop_timeout: seconds that a killed task's container has from its stop signal to its end
    :param holdfast: the command
    """

    template_fields = ("image", "command", "environment", "flags")
    ui_color = "#d5e8f0"

    def __init__(
        self,
        *,
        image,
        command=(),
        environment=None,
        flags=(),
        skip_exit_codes=(99,),
        result=None,
        stop_timeout=10,
        holdfast="holdfast",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image = image
        self.command = command
        self.environment = environment
        self.flags = flags
        self.skip_exit_codes = skip_exit_codes
        self.result = result
        self.stop_timeout = stop_timeout
        self.holdfast = holdfast
        self._process = None

    def execute(self, context):
        with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
            outcome_file = Path(folder, "outcome.json")
            self._process = subprocess.Popen(
                self._arguments(job_key(context["ti"]), Path(folder), outcome_file),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # Airflow signals the whole process group of a task; holdfast gets its signals from on_kill alone.
                start_new_session=True,
                preexec_fn=hang_up_with_parent,
            )
            try:
                with self._process.stdout as output:
                    for line in iter(lambda: output.readline(LINE_LIMIT), ""):
                        self.log.info("%s", line.rstrip("\n"))
                # Not wait(): on_kill runs in a signal handler, and would wait for the lock that wait() holds.
                while self._process.poll() is None:
                    time.sleep(0.05)
            except BaseException:
                # Also AirflowTaskTimeout, which is no Exception.
                self.on_kill()
                raise
            return self._conclude(self._process.returncode, outcome_file)

    def on_kill(self):
        process = self._process
        if process is None or process.poll() is not None:
            return
        # The first signal goes to the container, a second one kills it.
        for patience in (self.stop_timeout, KILL_TIMEOUT):
            process.terminate()
            try:
                process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                pass
        process.kill()

    def _arguments(self, job, folder, outcome_file):
        arguments = [self.holdfast, "run", "--job", job, "--outcome", str(outcome_file)]
        if self.environment:
            container = folder / "container.json"
            container.touch(mode=0o600)
            container.write_text(json.dumps({"Env": [f"{name}={value}" for name, value in self.environment.items()]}))
            arguments += ["--container-json", str(container)]
        for code in self.skip_exit_codes:
            arguments += ["--skip-exit-code", str(code)]
        if self.result is not None:
            arguments += ["--result", self.result]
        return [*arguments, *self.flags, "--", self.image, *self.command]

    def _conclude(self, status, outcome_file):
        text = outcome_file.read_text() if outcome_file.exists() else ""
        if text == "":
            message = f"holdfast ended with status {status} and wrote no outcome"
            # 125 is a command line that holdfast refuses; anything else was a kill.
            raise AirflowFailException(message) if status == 125 else AirflowException(message)
        outcome = json.loads(text)
        kind = outcome["kind"]
        if kind == "ok":
            return outcome["result"]
        if kind == "skipped":
            raise AirflowSkipException(f"the job had nothing to do (exit status {outcome['exitCode']})")
        failure = outcome["failure"]
        message = f"{kind}: {failure['message']}"
        if "hint" in failure:
            message += f"\n{failure['hint']}"
        raise AirflowFailException(message) if kind in PERMANENT else AirflowException(message)


def job_key(ti):
    """The key of a task's run: the same for each try, another for each mapped task."""
    parts = [ti.dag_id, ti.task_id, ti.run_id]
    if ti.map_index >= 0:
        parts.append(str(ti.map_index))
    whole = ".".join(parts)
    # A key has at most 128 letters, digits, "_", "." and "-". The hash keeps keys apart that are cut or replaced alike.
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return "airflow-" + re.sub(r"[^A-Za-z0-9_.-]", "-", whole)[:111] + "-" + digest


def hang_up_with_parent():
    """Runs in the child: SIGHUP ends holdfast when the worker dies, and leaves the container of a job with a key."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGHUP)
