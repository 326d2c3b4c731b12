# SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
import io
import os
import sys
import tarfile
from os.path import abspath, basename, dirname
from threading import Thread

sys.path.insert(0, dirname(dirname(abspath(__file__))))
import docker
from measured import measured, report

socket, direction, container, remote, local = sys.argv[1:]
client = docker.APIClient(base_url=f"unix://{socket}", timeout=600)


class Chunks(io.RawIOBase):
    """A file of what an iterator gives."""

    def __init__(self, chunks):
        self.chunks, self.left = chunks, b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.left = self.left or next(self.chunks, b"")
        size = min(len(self.left), len(buffer))
        buffer[:size] = self.left[:size]
        self.left = self.left[size:]
        return size


def pack(end):
    with os.fdopen(end, "wb") as file, tarfile.open(fileobj=file, mode="w|", bufsize=1 << 20) as archive:
        archive.add(local, basename(local))


def put():
    reading, writing = os.pipe()
    Thread(target=pack, args=[writing]).start()
    with os.fdopen(reading, "rb") as file:
        client.put_archive(container, remote, iter(lambda: file.read1(1 << 20), b""))


def get():
    chunks, _ = client.get_archive(container, remote, chunk_size=1 << 20)
    with tarfile.open(fileobj=io.BufferedReader(Chunks(chunks), 1 << 20), mode="r|") as archive:
        archive.extractall(local)


with measured() as results:
    put() if direction == "put" else get()
report(results)
