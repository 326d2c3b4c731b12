# SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND...
import sys
from os.path import abspath, dirname

sys.path.insert(0, dirname(dirname(abspath(__file__))))
import docker
from measured import measured, memory, report

socket, read, warm_up, count, _, image, *command = sys.argv[1:]
client = docker.APIClient(base_url=f"unix://{socket}", timeout=600)


def job():
    """As Airflow's operator does it."""
    size = lines = 0
    container = client.create_container(image, command)["Id"]
    stream = client.attach(container, stdout=True, stderr=True, stream=True)
    client.start(container)
    rest = b""
    for chunk in stream:
        size += len(chunk)
        if read == "lines":
            *whole, rest = (rest + chunk).split(b"\n")
            lines += len([line.decode() for line in whole])
    client.wait(container)
    client.remove_container(container, v=True)
    return size, lines


for _ in range(int(warm_up)):
    job()
with measured() as results:
    counts = [job() for _ in range(int(count))]
report(
    results,
    count=int(count),
    bytes=sum(size for size, _ in counts),
    lines=sum(lines for _, lines in counts),
    memory=memory(),
)
