"""The wheel, alone in an empty environment, as an operator installs it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "trousseau"

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive, then the wheel from it: the checkout's own made files stay put."""
    out = tmp_path_factory.mktemp("wheel")
    builder = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    subprocess.run([*builder, out, ROOT], check=True, env=outside_environment())
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of an environment that holds the wheel and its locked requirements."""
    environment = tmp_path_factory.mktemp("environment")
    uv = shutil.which("uv", path=Path(sys.executable).parent)
    without_pip = ["--without-pip"] if uv else []
    subprocess.run([sys.executable, "-m", "venv", *without_pip, environment], check=True)
    python = str(environment / "bin" / "python")
    pip = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    locked = ["--require-hashes", "--requirement", str(ROOT / "requirements" / "run.txt")]
    subprocess.run([*pip, "--quiet", *locked], check=True)
    subprocess.run([*pip, "--quiet", "--no-deps", wheel], check=True)
    return environment / "bin"


@pytest.fixture
def first_page_url(installed: Path, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "said").open("w+") as said:
        server = subprocess.Popen(
            [installed / "trousseau", "demo", "--port", str(port), "--data", tmp_path / "data"],
            stdout=said,
            stderr=said,
            cwd=tmp_path,
            env=outside_environment(),
        )
        try:
            url = f"http://127.0.0.1:{port}/"
            wait_for_answer(server, url)
            yield url
        finally:
            server.terminate()
            server.wait()
            said.seek(0)
            print(said.read())  # noqa: T201 -- pytest shows it beside a failure


def wait_for_answer(server: subprocess.Popen[bytes], url: str) -> None:
    while True:
        try:
            get(url)
        except URLError:
            try:
                status = server.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the demo ended with status {status}") from None
        return


def get(url: str) -> tuple[int, str, str]:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 -- our own http URL
        return response.status, response.headers["Cache-Control"] or "", response.read().decode()


def outside_environment() -> dict[str, str]:
    """Return the environment of somebody who has only the wheel: nothing of this test run's."""
    ours = ("TROUSSEAU_", "DJANGO_", "PYTEST_", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def test_wheel_holds_every_template_and_compiled_catalogue(wheel: Path) -> None:
    templates = {path for path in PACKAGE.glob("*/templates/**/*") if path.is_file()}
    catalogues = {path.with_suffix(".mo") for path in PACKAGE.glob("locale/*/*/*.po")}
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in templates | catalogues}

    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_holds_every_static_file_under_its_fingerprint(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    manifest = json.loads(archive.read("trousseau/static_collected/staticfiles.json"))["paths"]
    sources = {
        path.relative_to(folder).as_posix()
        for folder in PACKAGE.glob("*/static")
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert manifest.keys() == sources
    served = {f"trousseau/static_collected/{name}" for name in manifest.values()}
    assert served - set(archive.namelist()) == set()


def test_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"trousseau"}


def test_demo_from_wheel_shows_first_page_with_its_style(first_page_url: str) -> None:
    status, _, html = get(first_page_url)
    stylesheet = re.search(r'<link[^>]+href="/(static/[^"]+\.css)"', html)

    assert status == 200
    assert stylesheet is not None
    style_status, cached, _ = get(first_page_url + stylesheet[1])
    assert style_status == 200
    assert "immutable" in cached
