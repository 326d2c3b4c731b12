"""A DAG whose task runs while its registry is down, as long as the image is on the Engine."""

from datetime import datetime, timedelta

from holdfast_operator import HoldfastOperator

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG

with DAG("nightly", schedule="15 3 * * *", start_date=datetime(2026, 1, 1), catchup=False):
    HoldfastOperator(
        task_id="batch",
        image="registry.example.com/team/batch:1.4",
        command=["python", "job.py"],
        environment={"DAY": "{{ ds }}"},
        flags=["--init", "--pull", "refresh", "--max-stale", "7d", "--memory", "2g", "--timeout", "2h"],
        retries=2,
        retry_delay=timedelta(minutes=10),
    )
