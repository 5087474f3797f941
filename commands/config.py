"""Settings: from an option, the environment, the config file or a default, in that order; and `config show`.

The config file is TOML with one `name = value` a line. What an option is called in code, its variable and its default
are read from the commands themselves, so that they are said once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from commands.options import ENGINE, ReportOption
from commands.output import chosen, print_json, print_table
from corpus.errors import UsageError

# The name of each setting, which is that of its option, and the parameter that it fills in every command that has it.
_SETTINGS = {
    "kb": "kb",
    "engine": "engine",
    "format": "output",
    "k": "count",
    "model": "model",
    "host": "host",
    "port": "port",
    "contact": "contact",
    "crawl-delay": "crawl_delay",
    "crawl-patience": "crawl_patience",
    "crawl-requests": "crawl_requests",
    "crawl-mb": "crawl_mb",
    "file-mb": "file_mb",
    "repository": "repository",
    "rate": "rate",
    "burst": "burst",
    "rerank": "rerank",
    "generate": "generate",
    "generate-model": "generate_model",
    "site": "site",
}
_NUMBERS = ("k", "port", "rate", "burst", "crawl-delay", "crawl-patience", "crawl-requests", "crawl-mb", "file-mb")


class Value(NamedTuple):
    """A setting as it holds now; `origin` says where from: an option, a variable, a file or "default"."""

    name: str
    value: str | int | None
    origin: str


def config_file() -> Path:
    """Return where the config file is, whether it exists or not."""
    from platformdirs import user_config_path

    return user_config_path("samenwijzer") / "config.toml"


def read_config() -> dict[str, str | int]:
    """Return the settings in the config file, none if there is no such file.

    Raises:
        UsageError: it is no TOML, or holds something that is no setting.
    """
    import tomllib

    path = config_file()
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise UsageError(f"{path}: is not a readable TOML file ({exc}); mend or remove it") from exc
    for name, value in found.items():
        if name not in _SETTINGS:
            raise UsageError(f"{path}: {name} is no setting; there are {', '.join(_SETTINGS)}")
        if not isinstance(value, int if name in _NUMBERS else str) or isinstance(value, bool):
            raise UsageError(f"{path}: {name} = {value!r} is not {'a number' if name in _NUMBERS else 'a text'}")
    return found


def configured_kb(config: Mapping[str, str | int] | None = None) -> Path:
    """Return the knowledge base that is used where no option or variable names one."""
    from platformdirs import user_data_path

    named = (read_config() if config is None else config).get("kb")
    return Path(str(named)).expanduser() if named else user_data_path("samenwijzer")


def settle(context: typer.Context, kb: Path | None, engine: str | None) -> Path:
    """Let the config file fill in the options of every command, and return the knowledge base.

    The engine that is named is kept for `commands.options.engine`.

    Raises:
        UsageError: the config file cannot be used.
    """
    config = read_config()
    filled = {_SETTINGS[name]: value for name, value in config.items()}
    commands: Mapping[str, Any] = getattr(context.command, "commands", {})
    context.default_map = {name: filled for name in commands}
    context.meta[ENGINE] = engine or config.get("engine")
    return kb or configured_kb(config)


def show(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="Say where each setting comes from.")] = False,
    form: ReportOption = None,
) -> None:
    """Show the settings: those of an option, else the environment, else the config file, else a default.

    Example: samenwijzer config show --origin
    """
    found = list(_values(context.find_root()))
    if chosen(form) == "table":
        rows = [(v.name, "" if v.value is None else str(v.value), *([v.origin] if origin else [])) for v in found]
        print_table(("setting", "value", "origin") if origin else ("setting", "value"), rows)
    else:
        record = {v.name: {"value": v.value, "origin": v.origin} if origin else v.value for v in found}
        print_json(record, chosen(form))


def _values(root: Any) -> Iterator[Value]:  # noqa: ANN401 - typer's own class of it is private
    config = read_config()
    for name, parameter in _SETTINGS.items():
        variable, default = _declared(root, parameter)
        if name in root.params and root.get_parameter_source(name).name == "COMMANDLINE":
            yield Value(name, str(root.params[name]), f"option --{name}")
        elif variable and os.environ.get(variable):
            yield Value(name, os.environ[variable], f"variable {variable}")
        elif name in config:
            yield Value(name, config[name], str(config_file()))
        else:
            yield Value(name, str(root.obj) if name == "kb" else default, "default")


def _declared(root: Any, parameter: str) -> tuple[str | None, Any]:  # noqa: ANN401
    """Return the environment variable and the default of a parameter, from the first command that has it."""
    commands = (root.command, *root.command.commands.values())
    declared = (param for command in commands for param in command.params)
    found = next(param for param in declared if param.name == parameter)
    return found.envvar, found.default
