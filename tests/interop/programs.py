"""Other projects' programs on this machine, while a test runs."""

import socket
import subprocess
import time

import pytest

PATIENCE_SECONDS = 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until_listening(
    port: int, server: subprocess.Popen[bytes], patience: float = PATIENCE_SECONDS
) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.fail("the program has ended")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the program does not listen")
