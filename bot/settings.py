"""Every setting of the bot, read once at the start from the environment and `.env`.

`Settings` is built in `__main__` by `load_settings` and passed on by value; nothing else reads the environment. Each
field is the variable of the same name in capitals, and `.env.example` lists them all (a test keeps the two in step). A
variable of the environment wins over `.env`; an empty one counts as unset.

The three base addresses and the two host lists are the only seam of the sandbox: there is no test mode.
"""

import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, DirectoryPath, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from bot.addresses import balance_url, base_url, database_url, gateway_url, hosts
from bot.errors import StartupError

_TOKEN_HELP = {
    "DISCORD_TOKEN": "Copy it from https://discord.com/developers/applications: your application, Bot, Reset Token.",
    "RUNCOMFY_API_TOKEN": "Copy it from https://www.runcomfy.com/profile.",
}
# Lower than this, unrelated names (DATA_DIR, DATADOG_DIR) are taken for ours; a swapped or lost letter stays above it.
_LIKENESS = 0.8


def _balance_url(value: str | None) -> str | None:
    return None if value is None else balance_url(value)


def _user_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    if not all(re.fullmatch(r"[0-9]{1,20}", entry) for entry in entries):
        raise ValueError("must hold ids of users, digits only, separated by commas")
    return frozenset(int(entry) for entry in entries)


def _discord_token(token: SecretStr) -> SecretStr:
    if re.search(r"\s", token.get_secret_value()):
        raise ValueError("must hold no space or line break; paste it again")
    return token


def _runcomfy_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]{1,4096}", token.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces and colons; paste it again, the token alone")
    return token


BaseUrl = Annotated[str, AfterValidator(base_url)]
DatabaseUrl = Annotated[str, AfterValidator(database_url)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(hosts)]


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The two tokens without which the bot cannot run: the Discord bot's, and the bearer of the RunComfy API."""

    discord: SecretStr
    runcomfy: SecretStr


class Settings(BaseSettings):
    """What the operator chose, typed and bounded; each field's description is its documentation.

    Building one by hand reads neither the environment nor `.env`: `load_settings` does.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    discord_token: Annotated[SecretStr, AfterValidator(_discord_token)] | None = Field(
        default=None, description="The bot's token. Required by `run`."
    )
    runcomfy_api_token: Annotated[SecretStr, AfterValidator(_runcomfy_token)] | None = Field(
        default=None, description="The token of the RunComfy API, which pays for every image. Required by `run`."
    )
    runcomfy_base_url: BaseUrl = Field(
        default="https://model-api.runcomfy.net", description="Where the RunComfy API is."
    )
    runcomfy_output_hosts: Hosts = Field(
        default=("runcomfy.net", ".runcomfy.net", ".runcomfy.com"),
        description="Hosts that results may be downloaded from, by https, separated by commas: a host, a .suffix, or "
        "scheme://host:port.",
    )
    runcomfy_balance_url: Annotated[str | None, AfterValidator(_balance_url)] = Field(
        default="https://api.runcomfy.net/prod/v2/balance",
        description="Where the account's balance is asked for with the token, a free GET; off never asks.",
    )
    low_credit_usd: float = Field(
        default=5.0,
        ge=0,
        le=1_000_000,
        description="Below so many US dollars in the account the operator is warned (0-1000000).",
    )
    assumed_price_usd: float = Field(
        default=0.05,
        ge=0,
        le=1000,
        description="What a remix is taken to cost while RunComfy publishes no price, in US dollars (0-1000).",
    )
    discord_api_url: BaseUrl = Field(
        default="https://discord.com/api/v10", description="Where Discord's REST API is; a REST proxy goes here too."
    )
    discord_gateway_url: Annotated[str, AfterValidator(gateway_url)] | None = Field(
        default=None, description="Where Discord's gateway is. Unset, Discord is asked."
    )
    discord_cdn_hosts: Hosts = Field(
        default=("cdn.discordapp.com", "media.discordapp.net"),
        description="Hosts that attachments may come from; written like RUNCOMFY_OUTPUT_HOSTS.",
    )
    database_url: DatabaseUrl = Field(
        default="sqlite+aiosqlite:///data/remix.db",
        description="Where jobs are kept: sqlite+aiosqlite:///FILE, or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE.",
        repr=False,
    )
    data_dir: Path = Field(
        default=Path("data"), description="The directory of result files and of the lock that keeps a second bot out."
    )
    data_quota_mb: int | None = Field(
        default=None,
        ge=100,
        description="How many megabytes the files in DATA_DIR may take before new remixes are refused (100 or more).",
    )
    min_free_mb: int = Field(
        default=200,
        ge=0,
        description="How many megabytes must be free on the disk of DATA_DIR for new remixes to be taken.",
    )
    default_model: str = Field(
        default="bytedance/dreamina-4-0/edit",
        pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)+$",
        description="The id of the model that /remix uses, as in bytedance/dreamina-4-0/edit.",
    )
    catalog_dir: DirectoryPath | None = Field(
        default=None, description="A directory of further models, one JSON file each."
    )
    max_in_flight: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="How many jobs may be at RunComfy at once; the others wait here (1-1000).",
    )
    max_step_failures: int = Field(
        default=20,
        ge=3,
        le=1000,
        description="How often a step of a job may fail in a row by a fault of the bot before it is given up (3-1000).",
    )
    retention_jobs_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="How many days a finished, delivered job is remembered (1-3650); what it cost is kept for ever.",
    )
    retention_files_days: int = Field(
        default=7,
        ge=1,
        le=3650,
        description="How many days the files of a delivered job stay in DATA_DIR (1-3650); Discord has them by then.",
    )
    retention_moderation_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description="How many days it is remembered what moderators did to the remixes of others (1-3650).",
    )
    blocked_user_ids: Annotated[frozenset[int], BeforeValidator(_user_ids)] = Field(
        default=frozenset(),
        description="The ids of people who may only look at their own remixes, separated by commas.",
    )
    http_host: str = Field(
        default="127.0.0.1", description="The address that /healthz, /readyz and /metrics are served on."
    )
    http_port: int = Field(default=8081, ge=0, le=65535, description="Their port (0-65535); 0 serves none of them.")
    public_url: BaseUrl | None = Field(
        default=None, description="Where RunComfy reaches HTTP_PORT by https to fetch inputs. Unset, it asks Discord."
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = Field(
        default="INFO", description="The least grave records that are logged: DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(str.lower)] = Field(
        default="console", description="How they are logged: console, for eyes, or json, one object a line."
    )
    shard_count: int | None = Field(
        default=None, ge=1, le=100_000, description="How many gateway shards to open. Unset, Discord's advice is taken."
    )

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what the constructor is given, so that values never arrive by a side door."""
        return (init_settings,)

    def require_run(self) -> Tokens:
        """Return both tokens, which `run` cannot do without.

        Raises:
            StartupError: One or both are missing; the text names each and where to get it.
        """
        if self.discord_token is None or self.runcomfy_api_token is None:
            raise _startup_error(_missing_tokens({name for name, value in self if value is not None}))
        return Tokens(discord=self.discord_token, runcomfy=self.runcomfy_api_token)

    def secrets(self) -> tuple[str, ...]:
        """Return the values that must never be seen in a log: the tokens and the database's password."""
        tokens = [token.get_secret_value() for token in (self.discord_token, self.runcomfy_api_token) if token]
        password = urlsplit(self.database_url).password or ""
        return tuple(dict.fromkeys(secret for secret in (*tokens, password, unquote(password)) if secret))


def load_settings(
    environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env"), for_run: bool = False
) -> Settings:
    """Read the settings from the environment and from `.env`.

    Args:
        environ: The environment; the process's own when None.
        env_file: The file beside it, which may be missing; None reads none.
        for_run: Whether the tokens are required, as `run` does.

    Raises:
        StartupError: Something is missing or wrong; the text names every problem at once and shows no secret.
    """
    in_file, problems = _read_env_file(env_file)
    values = {**_ours(in_file), **_ours(os.environ if environ is None else environ)}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(found, values) for found in error.errors(include_url=False, include_context=False)]
    else:
        if not problems and not (for_run and _missing_tokens(values)):
            return settings
    if for_run:
        problems += _missing_tokens(values)
    raise _startup_error([*problems, *_misspelt(in_file)])


def misspelt_variables(env_file: Path = Path(".env")) -> tuple[str, ...]:
    """Return a warning for each variable of `.env` whose name is almost one of ours and therefore has no effect."""
    return tuple(_misspelt(_read_env_file(env_file)[0]))


def _read_env_file(env_file: Path | None) -> tuple[Mapping[str, str | None], list[str]]:
    """Read what the file says, by lower-case name, and what is wrong with it as a file."""
    try:
        source = DotEnvSettingsSource(Settings, env_file=env_file, env_file_encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return {}, [f"{env_file} cannot be read: {reason}. Mend the file, or move it away and use the environment."]
    return source.env_vars, []


def _ours(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Pick our variables, by field name; an empty one counts as unset."""
    named = {name.lower(): (value or "").strip() for name, value in variables.items()}
    return {name: named[name] for name in Settings.model_fields if named.get(name)}


def _misspelt(variables: Mapping[str, str | None]) -> list[str]:
    warnings: list[str] = []
    for name in variables.keys() - Settings.model_fields.keys():
        nearest = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=_LIKENESS)
        if nearest:
            warnings.append(f"{name.upper()} is no setting and has no effect. Did you mean {nearest[0].upper()}?")
    return sorted(warnings)


def _missing_tokens(present: Collection[str]) -> list[str]:
    return [f"{name}: is missing. {help_}" for name, help_ in _TOKEN_HELP.items() if name.lower() not in present]


def _problem(found: ErrorDetails, values: Mapping[str, str]) -> str:
    """Say what is wrong with a variable, what it is (unless that is a secret), and what it is for."""
    field = str(found["loc"][0])
    told = re.sub(r"^(Value error, |Input |String |Path )", "", found["msg"]).replace("should", "must")
    is_secret = field == "database_url" or field.upper() in _TOKEN_HELP or "@" in values[field]
    shown = "" if is_secret else f" (it is {values[field]!r})"
    return f"{field.upper()}: {told}{shown}. {Settings.model_fields[field].description}"


def _startup_error(problems: list[str]) -> StartupError:
    return StartupError("\n".join(["The settings cannot be used:", *(f"- {problem}" for problem in problems)]))
