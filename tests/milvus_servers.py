"""Milvus servers for tests: real ones, in processes of their own, that can be killed and started again.

Milvus Lite 2.5 listens on the loopback only. Milvus 2.3 (with its own etcd and write-ahead log) listens on all
addresses, whatever it is told.
"""

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

ETCD = 2380
UNPACKED = Path(__file__).resolve().parents[1] / "build"


class Running:
    """A server that is started, killed and started again on one port with one folder."""

    def __init__(self, command, folder, port, environment):
        self.command, self.folder, self.port, self.environment = command, folder, port, environment
        self.address = f"127.0.0.1:{port}"
        self.process = None

    def start(self):
        environment = os.environ | self.environment
        nothing = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.command, env=environment, cwd=self.folder, stdin=nothing, stdout=nothing, stderr=nothing
        )

    def wait(self, seconds=60.0):
        """Wait until it answers: 2.3 listens long before it does."""
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        end = time.monotonic() + seconds
        while True:
            try:
                MilvusClient(f"http://{self.address}", timeout=1).list_collections(timeout=1)
                return
            except MilvusException:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def lite():
    """Run Milvus Lite 2.5 for as long as this lasts."""
    found = find_spec("milvus_lite")
    library = Path(found.submodule_search_locations[0]) / "lib" if found else Path()
    if not (library / "milvus").is_file():
        pytest.skip("the package milvus-lite is not installed, or not for this machine")
    with tempfile.TemporaryDirectory(prefix="milvus-lite-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [library / "milvus", Path(folder) / "lite.db", f"127.0.0.1:{port}", "ERROR"]
        server = Running(command, folder, port, {"LD_LIBRARY_PATH": str(library)})
        server.start()
        try:
            server.wait(20)
            yield server
        finally:
            server.kill()


@functools.cache
def standalone():
    """Return Milvus 2.3, started once for the whole run: that takes ten seconds."""
    if not find_spec("milvus"):
        pytest.skip("the package milvus is not installed, or not for this machine")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", ETCD)) == 0:
            pytest.skip(f"port {ETCD} is taken, and the etcd in Milvus 2.3 can have no other")
    import milvus

    folder = Path(tempfile.mkdtemp(prefix="milvus-"))
    unpacked = UNPACKED / f"milvus-{version('milvus')}"
    milvus._initialize_data_files(unpacked)  # 300 MB, compressed in the package
    config = milvus.MilvusServerConfig(data_dir=str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it forgets to close where it looked
        config.resolve()
        metrics, listener = config.resolve_port(19091)
    listener.close()
    environment = {
        "DEPLOY_MODE": "STANDALONE",
        "METRICS_PORT": str(metrics),
        "MILVUS_RUN_DIR": str(folder / "run"),
        "LD_LIBRARY_PATH": str(unpacked / "bin"),
    }
    server = Running([unpacked / "bin" / "milvus", "run", "standalone"], folder, config.get("proxy_port"), environment)
    server.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.kill)
    server.wait(60)
    return server
