"""An assistant reads a running Tocsin, by the official client of the Model Context Protocol."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from tests.scenario.server import BIN, Server


def ask(server: Server, token: str, talk: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    """Run ``talk`` with a client of `tocsin mcp` as a process of its own."""
    words = {"PYTHONPATH": server.env.get("PYTHONPATH", ""), "TOCSIN_API_TOKEN": token, "TOCSIN_PUBLIC_URL": server.url}
    parameters = StdioServerParameters(command=BIN[0], args=[*BIN[1:], "mcp"], env=words)

    async def run() -> None:
        async with Client(stdio_client(parameters)) as client:
            await talk(client)

    anyio.run(run)


def make_token(server: Server, *scopes: str) -> str:
    """A token of the owner's."""
    done = server.run("api-token", "create", "assistant", *(f"--scope={scope}" for scope in scopes))
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.filterwarnings("default")
def test_an_assistant_reads_alerts_and_changes_nothing(server: Server) -> None:
    """What rang is listed and read; a rule is checked; there is no tool that writes."""
    server.serve()
    server.send("app", server.token("app", "--product", "app"), [{"action": "user.made_admin", "user": "ann"}])
    server.wait_for_alerts(bool)

    async def talk(client: Client) -> None:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert names == {"list_alerts", "get_alert", "list_rules", "check_rule", "list_sources", "who_is_on_call"}
        listed = json.loads((await client.call_tool("list_alerts", {"state": "open"})).content[0].text)
        assert [each["group"] for each in listed["items"]] == [{"user": "ann"}]
        alert = await client.call_tool("get_alert", {"id": listed["items"][0]["id"]})
        assert json.loads(alert.content[0].text)["next_steps"] == "Ask who did it."
        checked = await client.call_tool("check_rule", {"text": "title: A\ndetection: {}"})
        assert json.loads(checked.content[0].text)["issues"]
        wrong = await client.call_tool("get_alert", {"id": 10_000})
        assert wrong.is_error
        assert "there is no alert 10000" in wrong.content[0].text

    ask(server, make_token(server), talk)
