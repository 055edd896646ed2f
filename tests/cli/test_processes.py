"""serve, worker and demo as real processes: they start, they answer, and they end when told."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

import pytest

from tests.browser.servers import free_port
from tests.cli.processes import (
    answers,
    nobody_left,
    production,
    ran,
    running,
    stopped,
    wait_for,
)

AT_ONCE = 5


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that is up to date."""
    folder = tmp_path_factory.mktemp("house")
    done = ran(folder, "upgrade")
    assert done.returncode == 0, done.stderr
    assert "The database is up to date." in done.stdout
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_before_the_tables_are_there_a_start_says_what_to_do(tmp_path: Path, command: str) -> None:
    done = ran(tmp_path, command)

    assert done.returncode == 1
    assert "Run campaign upgrade." in done.stderr
    assert "Traceback" not in done.stderr


def test_another_pepper_refuses_the_start(house: Path) -> None:
    with running(house, "worker") as process:
        wait_for(lambda: "forgot" in (house / "output").read_text(), process)
        stopped(process, AT_ONCE)

    done = ran(house, "worker", CAMPAIGN_PEPPER="Zx8-another-pepper-of-32-characters")

    assert done.returncode == 1
    assert "is not the one this database was made with" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_worker_ends_at_once(house: Path) -> None:
    with running(house, "worker") as process:
        wait_for(lambda: "forgot" in (house / "output").read_text(), process)

        assert stopped(process, AT_ONCE) == 0

    assert "Traceback" not in (house / "output").read_text()


def test_the_server_answers_and_ends_at_once_though_a_browser_is_connected(
    house: Path, port: int
) -> None:
    with running(house, "serve", "--port", str(port)) as process:
        wait_for(lambda: answers(port) == 200, process)
        browser = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        browser.request("GET", "/")
        browser.getresponse().read()

        assert stopped(process, AT_ONCE) == 0
        browser.close()
        assert nobody_left(process)

    assert "Traceback" not in (house / "output").read_text()


def test_ten_megabytes_are_refused_in_words_over_a_real_socket(house: Path, port: int) -> None:
    with running(house, "serve", "--port", str(port)) as process:
        wait_for(lambda: answers(port) == 200, process)
        browser = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

        browser.request(
            "POST",
            "/confirm/x/code",
            body=b"code=" + b"1" * 10_000_000,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        answer = browser.getresponse()

        page = answer.read().decode()
        browser.close()
        stopped(process, AT_ONCE)

    assert answer.status == 413
    assert "<h1>" in page


def test_the_server_s_log_holds_no_path(house: Path, port: int) -> None:
    with running(house, "serve", "--port", str(port)) as process:
        wait_for(lambda: answers(port) == 200, process)
        raw = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        raw.putrequest("G@T", "/confirm/canarytoken", skip_host=True)
        raw.endheaders()
        raw.getresponse().read()
        raw.close()
        answers(port, "/confirm/canarytoken?name=canary")
        stopped(process, AT_ONCE)

    said = (house / "output").read_text()
    assert "canary" not in said
    assert '"endpoint": "confirming.confirm_page"' in said


def test_the_demonstration_says_that_it_is_ready_when_it_is_and_leaves_nobody(
    tmp_path: Path, port: int
) -> None:
    output = tmp_path / "output"
    with running(tmp_path, "demo", PORT=str(port)) as process:
        wait_for(lambda: "The demonstration is ready." in output.read_text(), process)
        ready = answers(port)
        tour = answers(port, "/demo")

        assert stopped(process, 15) == 0
        assert nobody_left(process)

    assert (ready, tour) == (200, 200)
    for path in ("/", "/demo", "/demo/mailbox"):
        assert f"http://127.0.0.1:{port}{path} " in output.read_text().replace("\n", " \n")


def test_a_demonstration_that_is_stopped_while_it_starts_leaves_nobody(
    tmp_path: Path, port: int
) -> None:
    with running(tmp_path, "demo", PORT=str(port)) as process:
        wait_for((tmp_path / "campaign.db").exists, process)

        stopped(process, 15)

        assert nobody_left(process)


def test_a_demonstration_whose_port_is_taken_ends_with_words(tmp_path: Path, port: int) -> None:
    with socket.socket() as taken, running(tmp_path, "demo", PORT=str(port)) as process:
        taken.bind(("127.0.0.1", port))
        taken.listen()

        assert process.wait(60) == 1
        assert nobody_left(process)

    assert "Web or worker ended by itself" in (tmp_path / "output").read_text()


def test_production_has_no_demonstration(tmp_path: Path, port: int) -> None:
    settings = production(tmp_path)
    assert ran(tmp_path, "upgrade", **settings).returncode == 0
    with running(tmp_path, "serve", "--port", str(port), **settings) as process:
        wait_for(lambda: answers(port) == 200, process)

        found = [answers(port, path) for path in ("/demo", "/demo/mailbox", "/demo/mailbox.json")]

        stopped(process, AT_ONCE)
    assert found == [404, 404, 404]
