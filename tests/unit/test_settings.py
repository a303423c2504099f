"""The settings: what they accept, how they refuse, and that `.env.example` tells the truth about them."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import EXIT_CONFIG, StartupError
from bot.settings import Settings, load_settings, misspelt_variables

ROOT = Path(__file__).parents[2]


def load(**environ: str) -> Settings:
    """Load from these variables alone."""
    return load_settings(environ, env_file=None)


def refusal(*, env_file: Path | None = None, for_run: bool = False, **environ: str) -> str:
    """Return the text with which these variables are refused."""
    return refused(environ, env_file=env_file, for_run=for_run)


def refused(environ: dict[str, str], *, env_file: Path | None = None, for_run: bool = False) -> str:
    """Return the text with which an environment is refused."""
    with pytest.raises(StartupError) as caught:
        load_settings(environ, env_file=env_file, for_run=for_run)
    assert caught.value.exit_code == EXIT_CONFIG
    return str(caught.value)


def test_nothing_set_gives_the_documented_defaults() -> None:
    settings = load()
    assert settings.runcomfy_base_url == "https://model-api.runcomfy.net"
    assert settings.discord_cdn_hosts == ("cdn.discordapp.com", "media.discordapp.net")
    assert (settings.max_in_flight, settings.http_port, settings.discord_gateway_url) == (20, 8081, None)


def test_the_sandbox_is_reached_by_addresses_alone() -> None:
    settings = load(
        RUNCOMFY_BASE_URL="http://127.0.0.1:8123/",
        DISCORD_GATEWAY_URL="ws://127.0.0.1:8124",
        DISCORD_CDN_HOSTS="http://127.0.0.1:8125, .Example.org,cdn.discordapp.com,",
    )
    assert settings.runcomfy_base_url == "http://127.0.0.1:8123"
    assert settings.discord_gateway_url == "ws://127.0.0.1:8124"
    assert settings.discord_cdn_hosts == ("http://127.0.0.1:8125", ".example.org", "cdn.discordapp.com")


def test_every_problem_is_named_at_once_with_its_variable() -> None:
    text = refusal(MAX_IN_FLIGHT="many", HTTP_PORT="70000", LOG_LEVEL="loud", CATALOG_DIR="/nowhere", for_run=True)
    named = re.findall(r"^- ([A-Z_]+):", text, flags=re.MULTILINE)
    expected = {"MAX_IN_FLIGHT", "HTTP_PORT", "LOG_LEVEL", "CATALOG_DIR", "DISCORD_TOKEN", "RUNCOMFY_API_TOKEN"}
    assert set(named) == expected
    assert len(named) == len(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_IN_FLIGHT", "0"),
        ("MAX_IN_FLIGHT", "1001"),
        ("HTTP_PORT", "-1"),
        ("SHARD_COUNT", "0"),
        ("RUNCOMFY_BASE_URL", "http://model-api.runcomfy.net"),
        ("RUNCOMFY_BASE_URL", "ftp://model-api.runcomfy.net"),
        ("RUNCOMFY_BASE_URL", "https://model-api.runcomfy.net?key=1"),
        ("DISCORD_API_URL", "discord.com/api/v10"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg"),
        ("DISCORD_CDN_HOSTS", ","),
        ("DISCORD_CDN_HOSTS", "cdn.discordapp.com/attachments"),
        ("DISCORD_CDN_HOSTS", "*.discordapp.com"),
        ("RUNCOMFY_OUTPUT_HOSTS", "http://127.0.0.1"),
        ("DATABASE_URL", "sqlite:///data/remix.db"),
        ("DATABASE_URL", "sqlite+aiosqlite://"),
        ("DATABASE_URL", "sqlite+aiosqlite:///:memory:"),
        ("DATABASE_URL", "postgresql://bot@db/remix"),
        ("DEFAULT_MODEL", "../secrets"),
        ("RUNCOMFY_API_TOKEN", "user:token"),
        ("DISCORD_TOKEN", "two words"),
    ],
)
def test_a_value_outside_its_bounds_is_refused(name: str, value: str) -> None:
    assert f"- {name}:" in refused({name: value})


@pytest.mark.parametrize(
    "value",
    [
        "sqlite+aiosqlite:////var/lib/remix.db",
        "postgresql+asyncpg://bot:pw@db:5432/remix",
        "postgresql+asyncpg://postgres@/remix?host=/tmp/socket",
    ],
)
def test_both_kinds_of_database_are_taken(value: str) -> None:
    assert load(DATABASE_URL=value).database_url == value


def test_a_refusal_never_shows_a_secret() -> None:
    text = refusal(
        DISCORD_TOKEN="hush one",
        RUNCOMFY_API_TOKEN="hush:two",
        DATABASE_URL="mysql://u:hush@h/d",
        DISCORD_API_URL="http://u:hush@h:1",
    )
    assert text.count("\n- ") == 4
    assert "hush" not in text


def test_the_tokens_show_up_in_no_representation_but_are_known_to_the_log() -> None:
    settings = load(
        DISCORD_TOKEN="hush1", RUNCOMFY_API_TOKEN="hush2", DATABASE_URL="postgresql+asyncpg://u:hush%203@h/d"
    )
    assert "hush" not in repr(settings)
    assert settings.secrets() == ("hush1", "hush2", "hush%203", "hush 3")


def test_run_needs_both_tokens_and_other_commands_do_not() -> None:
    settings = load(DISCORD_TOKEN="one")
    with pytest.raises(StartupError, match="RUNCOMFY_API_TOKEN: is missing") as caught:
        settings.require_run()
    assert "DISCORD_TOKEN" not in str(caught.value)
    tokens = load(DISCORD_TOKEN="one", RUNCOMFY_API_TOKEN="two").require_run()
    assert (tokens.discord, tokens.runcomfy) == (SecretStr("one"), SecretStr("two"))


def test_the_environment_wins_over_the_file_and_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("\ufeffMAX_IN_FLIGHT=5\nHTTP_PORT=9000\nLOG_LEVEL=debug # chatty\n", encoding="utf-8")
    settings = load_settings({"MAX_IN_FLIGHT": "7", "HTTP_PORT": "", "PATH": "/bin"}, env_file=env_file)
    assert (settings.max_in_flight, settings.http_port, settings.log_level) == (7, 9000, "DEBUG")


def test_a_misspelt_variable_of_the_file_is_named_with_the_nearest_setting(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("RUNCOMFY_TOKEN=x\nHTTP_PROT=1\nCOMPOSE_PROJECT_NAME=remix\n", encoding="utf-8")
    warnings = misspelt_variables(env_file)
    assert [re.findall(r"[A-Z_]{3,}", warning) for warning in warnings] == [
        ["HTTP_PROT", "HTTP_PORT"],
        ["RUNCOMFY_TOKEN", "RUNCOMFY_API_TOKEN"],
    ]
    assert warnings[1] in refusal(env_file=env_file, for_run=True)


def test_a_file_that_cannot_be_read_is_a_problem_like_any_other(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"LOG_LEVEL=\xff\xfe")
    text = refusal(env_file=env_file, HTTP_PORT="-1")
    assert "is not UTF-8" in text
    assert "- HTTP_PORT:" in text


def test_settings_made_by_hand_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_IN_FLIGHT", "3")
    assert Settings().max_in_flight == 20
    assert load_settings(env_file=None).max_in_flight == 3


def test_the_example_file_names_every_setting_with_its_description_and_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    documented: dict[str, tuple[str, str]] = {}
    for paragraph in text.split("\n\n")[1:]:
        *comment, assignment = paragraph.strip().splitlines()
        name, _, value = assignment.removeprefix("#").partition("=")
        documented[name] = (" ".join(line.removeprefix("# ") for line in comment), value)
    defaults = Settings()
    for name, field in Settings.model_fields.items():
        shown = ",".join(getattr(defaults, name)) if name.endswith("_hosts") else str(getattr(defaults, name) or "")
        assert documented.pop(name.upper()) == (field.description, shown)
    assert documented == {}


def test_the_example_file_copied_as_it_is_lacks_only_the_tokens() -> None:
    text = refusal(env_file=ROOT / ".env.example", for_run=True)
    assert re.findall(r"^- (\w+)", text, flags=re.MULTILINE) == ["DISCORD_TOKEN", "RUNCOMFY_API_TOKEN"]


def test_the_blocked_are_read_as_ids() -> None:
    assert load().blocked_user_ids == frozenset()
    assert load(BLOCKED_USER_IDS="80351110224678912, 4001,,4001").blocked_user_ids == {80351110224678912, 4001}
    assert "BLOCKED_USER_IDS: must hold ids of users" in refusal(BLOCKED_USER_IDS="mira, 4001")
