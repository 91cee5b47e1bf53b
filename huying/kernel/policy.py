"""Numbers and lists as data: TOML in `huying/<pkg>/policy/`, overridden by `<HUYING_DATA>/policy/<pkg>.toml`."""

import copy
import functools
import importlib.util
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, register


class PolicyError(Exception):
    """A policy file that cannot be used; the words name the file and the key."""


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: {error}") from None


def _kind(value: Any) -> str:
    """A TOML value's type in words; whole and fractional numbers are one."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    names = {str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def _override(default: dict, given: dict, path: Path, above: str = "") -> dict:
    """`default` with what `given` says, deeply; a list is replaced whole."""
    merged = copy.deepcopy(default)
    for key, value in given.items():
        name = f"{above}{key}"
        # A table of tables is a list by name, such as the categories of calls: a deployment may add to it. So may it to a
        # table that is empty by default.
        open_list = not default or (isinstance(value, dict) and all(isinstance(v, dict) for v in default.values()))
        if key not in default and open_list:
            merged[key] = value
            continue
        if key not in default:
            known = ", ".join(sorted(default))
            raise PolicyError(f"{path}: there is no {name!r}; known here: {known}")
        if _kind(value) != _kind(default[key]):
            raise PolicyError(f"{path}: {name!r} must be {_kind(default[key])}, not {_kind(value)}")
        if isinstance(value, dict):
            merged[key] = _override(default[key], value, path, f"{name}.")
        elif isinstance(value, list) and default[key]:
            expected = {_kind(item) for item in default[key]}
            for item in value:
                if _kind(item) not in expected:
                    raise PolicyError(f"{path}: {name!r} is a list of {' or '.join(sorted(expected))}")
            merged[key] = value
        else:
            merged[key] = value
    return merged


def override_file(package: str) -> Path:
    """Where a deployment puts its own numbers for a package."""
    return Path(settings.HUYING_DATA) / "policy" / f"{package}.toml"


def _frozen(value: Any) -> Any:
    """A value that no caller can change for the others."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


@functools.cache
def load(package: str) -> MappingProxyType:
    """The policy of a package (nested read-only mappings), all its files taken together."""
    spec = importlib.util.find_spec(f"huying.{package}")
    if spec is None or not spec.submodule_search_locations:
        raise PolicyError(f"there is no package {package!r}")
    folder = Path(spec.submodule_search_locations[0]) / "policy"
    values: dict = {}
    for path in sorted(folder.glob("*.toml")):
        content = _read(path)
        for key in content:
            if key in values:
                raise PolicyError(f"{path}: {key!r} stands in another file of {folder} already")
        values.update(content)
    given = override_file(package)
    if given.exists():
        values = _override(values, _read(given), given)
    return _frozen(values)


def reload() -> None:
    """Forget what was read; the next `load` reads the files again."""
    load.cache_clear()


@register()
def policies_can_be_read(app_configs=None, **kwargs):
    """System check: every policy file is sound, so that a typing error shows at start and not in the night."""
    packages = [c.name.removeprefix("huying.") for c in apps.get_app_configs() if c.name.startswith("huying.")]
    errors = []
    for package in packages:
        try:
            load(package)
        except PolicyError as error:
            errors.append(Error(str(error), id="kernel.E002"))
    folder = Path(settings.HUYING_DATA) / "policy"
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in packages:
            errors.append(Error(f"{path}: there is no package {path.stem!r}", id="kernel.E003"))
    return errors
