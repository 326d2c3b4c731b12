import logging


class BaseOperator:
    template_fields = ()

    def __init__(self, *, task_id, retries=0, retry_delay=None):
        self.task_id = task_id
        self.log = logging.getLogger(task_id)
