"""`pytest-cxone serve` against Prism's mock: requests a second, memory, and the price of a large tenant.

    python benchmarks/serve.py [--prism PATH] [--seconds S] [--rounds N]

Each asks for the same page of 25 rows, with a bearer token, over kept-alive connections. Prism gets the project's own
contract with that very page as its example, so that it has to make nothing up. Rounds go through all servers in turn;
the median counts. The load comes from wrk where it is installed, else from a client in a process of its own.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

CONTRACT = Path(__file__).parent.parent / "schemas" / "platform-v2"
PAGE = "/api/v2/agents/states?page=1&pageSize=25"
CONNECTIONS = (1, 32)


class Server:
    """A running server, and how to ask it."""

    def __init__(self, process: subprocess.Popen[str], url: str, token: str = "any") -> None:
        self.process = process
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"}

    @property
    def megabytes(self) -> float:
        rss = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self.process.pid)], text=True)
        return int(rss) / 1024


# The servers


@contextmanager
def ours(agents: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "pytest_cxone", "serve", "--agents", str(agents)]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stderr.readline()
        printed = os.read(process.stdout.fileno(), 65_536).decode()
        url = re.search("CXONE_BASE_URL=(.*)", printed)[1]
        form = "grant_type=client_credentials&client_id=fake-client&client_secret=fake-secret"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        token = json.loads(fetch(url, "/oauth/token", headers, method="POST", body=form))["access_token"]
        yield Server(process, url, token)


@contextmanager
def prism(command: str, level: str, document: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["-p", str(port), "-v", level]
    with started([command, "mock", str(document), *options], stdout=subprocess.DEVNULL) as process:
        for _ in range(200):
            try:
                fetch(f"http://127.0.0.1:{port}", PAGE, {"Authorization": "Bearer any"})
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield Server(process, f"http://127.0.0.1:{port}")


@contextmanager
def started(command: list[str], **streams: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, text=True, **streams) as process:
        try:
            yield process
        finally:
            process.terminate()


def contract_with_example(folder: Path, rows: object) -> Path:
    shutil.copytree(CONTRACT, folder, dirs_exist_ok=True)
    document = json.loads((folder / "openapi.json").read_text())
    answer = document["paths"]["/api/v2/agents/states"]["get"]["responses"]["200"]
    answer["content"]["application/json"]["example"] = rows
    (folder / "openapi.json").write_text(json.dumps(document))
    return folder / "openapi.json"


def fetch(url: str, path: str, headers: dict[str, str], *, method: str = "GET", body: str | None = None) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, path, body, headers)
    try:
        return connection.getresponse().read()
    finally:
        connection.close()


# The load


def rate(server: Server, connections: int, seconds: float) -> float:
    """Return the requests a second that the server answers over so many connections."""
    url, field = server.url + PAGE, f"Authorization: {server.headers['Authorization']}"
    if wrk := shutil.which("wrk"):
        options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}", "-H", field]
        report = subprocess.check_output([wrk, *options, url], text=True)
        if "Non-2xx" in report:
            raise RuntimeError(report)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])
    command = [sys.executable, __file__, "--load", url, field, str(connections), str(seconds)]
    return float(subprocess.check_output(command, text=True))


class Client(asyncio.Protocol):
    """Asks again as soon as it is answered, without reading more of an answer than its length."""

    def __init__(self, request: bytes, answered: Callable[[], None]) -> None:
        self.request = request
        self.answered = answered
        self.left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self.left == 0:
            head, _, data = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(head.decode())
            self.left = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        self.left -= len(data)
        if self.left == 0:
            self.answered()
            self.transport.write(self.request)


async def load(url: str, field: str, connections: int, seconds: float) -> float:
    target = urlsplit(url)
    request = f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc}\r\n{field}\r\n\r\n".encode()
    answers = 0

    def answered() -> None:
        nonlocal answers
        answers += 1

    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Client(request, answered), target.hostname, target.port)
    await asyncio.sleep(seconds)
    return answers / (time.perf_counter() - begun)


# The figures


def compare(prism_command: str | None, seconds: float, rounds: int) -> None:
    with ExitStack() as stack:
        servers = {"pytest-cxone serve": stack.enter_context(ours(200))}
        if prism_command:
            (server,) = servers.values()
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            document = contract_with_example(folder, json.loads(fetch(server.url, PAGE, server.headers)))
            servers["Prism, silent"] = stack.enter_context(prism(prism_command, "silent", document))
            servers["Prism, default"] = stack.enter_context(prism(prism_command, "info", document))
        rates = {name: {count: [] for count in CONNECTIONS} for name in servers}
        memory = {name: [] for name in servers}
        for _ in range(rounds):
            for name, server in servers.items():
                for count in CONNECTIONS:
                    rates[name][count].append(rate(server, count, seconds))
                memory[name].append(server.megabytes)  # at once: Node gives some back when it rests
        print(
            f"{'requests a second':24}" + "".join(f"{f'{count} connections':>16}" for count in CONNECTIONS) + "  RSS MB"
        )
        first, *_ = figures = [
            (name, *(median(rates[name][count]) for count in CONNECTIONS), median(memory[name])) for name in servers
        ]
        for name, *numbers, megabytes in figures:
            print(f"{name:24}" + "".join(f"{number:16,.0f}" for number in numbers) + f"{megabytes:8.1f}")
            if name != first[0]:
                ratios = [ours_ / theirs for ours_, theirs in zip(first[1:], (*numbers, megabytes), strict=True)]
                print(f"{'  ours is':24}" + "".join(f"{ratio:15.2f}x" for ratio in ratios[:-1]) + f"{ratios[-1]:7.2f}x")


def page_cost(agents: int, pages: int = 300) -> float:
    """Return the milliseconds that a page of 100 takes, at the median of pages spread over the whole tenant."""
    with ours(agents) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        times = []
        for number in range(pages):
            page = 1 + number * max(1, agents // 100 // pages) % (agents // 100)
            begun = time.perf_counter()
            connection.request("GET", f"/api/v2/agents/states?page={page}&pageSize=100", headers=server.headers)
            rows = json.loads(connection.getresponse().read())
            times.append(time.perf_counter() - begun)
            if len(rows) != 100:
                raise RuntimeError(f"page {page} of {agents} agents has {len(rows)} rows")
        connection.close()
        print(f"{agents:,} agents: a page of 100 in {median(times) * 1e3:.2f} ms, the first in {times[0] * 1e3:.1f} ms")
        return median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prism", metavar="PATH", help="Prism's command (npm install @stoplight/prism-cli)")
    parser.add_argument("--seconds", type=float, default=5, help="of load for each figure of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--load", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        url, field, connections, seconds = options.load
        print(asyncio.run(load(url, field, int(connections), float(seconds))))
        return
    compare(options.prism, options.seconds, options.rounds)
    small, large = page_cost(100), page_cost(100_000)
    print(f"a thousand times the agents: {large / small:.2f} times the page's time")


if __name__ == "__main__":
    main()
