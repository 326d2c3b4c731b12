# SOCKET IMAGE TAG
import sys
from os.path import abspath, dirname

sys.path.insert(0, dirname(dirname(abspath(__file__))))
import docker
from measured import measured, report

socket, image, tag = sys.argv[1:]
client = docker.APIClient(base_url=f"unix://{socket}", timeout=600)
steps = 0
with measured() as results:
    for step in client.pull(image, tag=tag, stream=True, decode=True):
        steps += 1
report(results, steps=steps)
