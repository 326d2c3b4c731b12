# SOCKET PATH COUNT AT_ONCE
import sys
from concurrent.futures import ThreadPoolExecutor
from os.path import abspath, dirname

sys.path.insert(0, dirname(dirname(abspath(__file__))))
import docker
from measured import measured, memory, report

socket, path, count, at_once = sys.argv[1:]
count, at_once = int(count), int(at_once)
client = docker.APIClient(base_url=f"unix://{socket}", num_pools=at_once)
image = path[len("/images/") : -len("/json")] if path.endswith("/json") else None


def ask(_):
    if image is None:
        client.ping()
    else:
        client.inspect_image(image)


def work(times):
    if at_once == 1:
        for i in range(times):
            ask(i)
    else:
        with ThreadPoolExecutor(at_once) as pool:
            for _ in pool.map(ask, range(times)):
                pass


work(200)
with measured() as results:
    work(count)
report(results, count=count, memory=memory())
