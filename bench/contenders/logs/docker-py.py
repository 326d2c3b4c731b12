# SOCKET CONTAINER
import sys
from os.path import abspath, dirname

sys.path.insert(0, dirname(dirname(abspath(__file__))))
import docker
from measured import measured, report

socket, container = sys.argv[1:]
client = docker.APIClient(base_url=f"unix://{socket}", timeout=600)
size = 0
with measured() as results:
    for chunk in client.logs(container, stream=True, follow=True):
        size += len(chunk)
report(results, bytes=size)
