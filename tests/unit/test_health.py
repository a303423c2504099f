"""The operator's HTTP server, asked over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from bot.errors import EXIT_UNAVAILABLE, StartupError
from bot.ops.health import HealthReport, HealthServer

WELL = HealthReport(live=True, ready=True)


class Patient:
    """A bot whose health is set by the test."""

    def __init__(self) -> None:
        self.report = WELL

    def __call__(self) -> HealthReport:
        """Return the health of this moment."""
        return self.report


@pytest.fixture
def patient() -> Patient:
    """A bot that is well."""
    return Patient()


@pytest.fixture
async def server(patient: Patient) -> AsyncIterator[HealthServer]:
    """A server on a free port."""
    server = HealthServer("127.0.0.1", 0, patient)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(
    ("report", "healthz", "readyz"),
    [
        (WELL, 200, 200),
        (HealthReport(live=True, ready=False), 200, 503),
        (HealthReport(live=False, ready=False), 503, 503),
        (HealthReport(live=False, ready=True), 503, 503),
    ],
)
async def test_the_status_follows_the_report_of_the_moment(
    server: HealthServer, patient: Patient, http: aiohttp.ClientSession, report: HealthReport, healthz: int, readyz: int
) -> None:
    patient.report = report
    async with http.get(f"{server.url}/healthz") as one, http.get(f"{server.url}/readyz") as other:
        assert (one.status, other.status) == (healthz, readyz)


async def test_the_operator_reads_why_the_bot_is_paused(
    server: HealthServer, patient: Patient, http: aiohttp.ClientSession
) -> None:
    patient.report = HealthReport(live=True, ready=True, notes={"paused": "RunComfy refused the token (400004)"})
    async with http.get(f"{server.url}/healthz") as response:
        assert await response.json() == {
            "live": True,
            "ready": True,
            "notes": {"paused": "RunComfy refused the token (400004)"},
        }
        assert response.headers["Cache-Control"] == "no-store"


async def test_the_metrics_of_the_process_and_the_interpreter_are_real(
    server: HealthServer, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{server.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(figures["process_cpu_seconds_total"]) > 0
    assert 'python_gc_collections_total{generation="0"}' in figures
    assert any(name.startswith('python_info{implementation="CPython"') for name in figures)


async def test_a_registry_of_ones_own_is_served(patient: Patient, http: aiohttp.ClientSession) -> None:
    registry = CollectorRegistry()
    Counter("remixes", "Remixes made.", registry=registry).inc(3)
    server = HealthServer("127.0.0.1", 0, patient, registry=registry)
    await server.start()
    try:
        async with http.get(f"{server.url}/metrics") as response:
            assert "remixes_total 3.0" in await response.text()
    finally:
        await server.stop()


async def test_a_port_that_is_taken_is_a_startup_error_that_names_the_setting(
    server: HealthServer, patient: Patient
) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    second = HealthServer("127.0.0.1", port, patient)
    with pytest.raises(StartupError, match=f"HTTP_PORT: 127.0.0.1:{port} cannot be listened on") as caught:
        await second.start()
    assert caught.value.exit_code == EXIT_UNAVAILABLE


async def test_a_stopped_server_gives_its_port_back(patient: Patient) -> None:
    first = HealthServer("127.0.0.1", 0, patient)
    await first.start()
    port = int(first.url.rsplit(":", 1)[1])
    await first.stop()
    second = HealthServer("127.0.0.1", port, patient)
    await second.start()
    assert second.url == f"http://127.0.0.1:{port}"
    await second.stop()


# --- half requests ----------------------------------------------------------------------------------------------------


async def half_request(server: HealthServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin a request that never ends."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    await writer.drain()
    return reader, writer


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Wait until the server ends a connection; it has answered nothing."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_hundreds_of_half_requests_keep_nobody_from_asking(patient: Patient, http: aiohttp.ClientSession) -> None:
    async with HealthServer("127.0.0.1", 0, patient, most_connections=8, header_seconds=3600) as server:
        halves = [await half_request(server) for _ in range(300)]
        async with http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
        assert all([await is_ended(reader) for reader, _ in halves[:292]])
        async with http.get(f"{server.url}/healthz") as response:
            assert response.status == 200
        for _, writer in halves:
            writer.close()


async def test_a_request_that_does_not_arrive_in_time_is_ended(patient: Patient) -> None:
    async with HealthServer("127.0.0.1", 0, patient, header_seconds=0.05) as server:
        reader, writer = await half_request(server)
        assert await is_ended(reader)
        writer.close()


async def test_a_connection_answers_one_request(server: HealthServer, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{server.url}/healthz") as response:
        assert response.headers["Connection"] == "close"


async def test_a_connection_whose_request_met_an_error_takes_no_place_afterwards(server: HealthServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /nothing-here HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"Connection: close" in answer
    await reader.read()
    assert reader.at_eof()
    writer.close()


async def test_where_every_connection_is_being_answered_no_other_is_let_in(
    patient: Patient, http: aiohttp.ClientSession
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> HealthReport:
        begun.set()
        await go_on.wait()
        return WELL

    async with HealthServer("127.0.0.1", 0, patient, ready_report=slow, most_connections=1) as server:
        asked = asyncio.create_task(http.get(f"{server.url}/readyz"))
        await begun.wait()
        reader, writer = await half_request(server)
        assert await is_ended(reader)
        writer.close()
        go_on.set()
        async with await asked as response:
            assert response.status == 200
