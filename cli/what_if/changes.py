"""The file of changes: settings, providers, experiments and thresholds by the names that they have elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from sys import float_info
from typing import Any

import yaml
from pydantic import ValidationError

from agents.emotion.plan import PlanRules
from agents.emotion.scorer import EmotionScorer
from agents.emotion.trend import TrendRules
from cli.exits import BAD_INPUT, NO_INPUT, Failure
from cli.what_if.program import ModelName, Program, providers_of
from config.experiments import ExperimentsFile
from config.experiments import load as load_experiments
from config.invalid import said
from config.prompts import TemplateError, tutor_template
from config.providers import BUILT_IN, Budgets, ProviderEntry, ProvidersFile, read_file
from config.settings import Settings
from config.yaml_model import parsed, place

SECTIONS = ("settings", "providers", "experiments", "emotion", "template")
# Settings that a replay can show the effect of. The others are addresses, sizes and times of the machine.
SETTINGS = (
    *("context_tokens", "context_turns", "emotion_encoder_share", "emotion_off"),
    *("providers_file", "curriculum_file", "experiments_file"),
)
PROVIDERS = ("policy", "budgets", "providers", "without")
EMOTION = ("artefact",)


def unchanged(settings: Settings, models: Mapping[str, str]) -> Program:
    """The live settings. `models` is, by provider, the model that the records name."""
    declared = _declared(settings)
    return Program(
        settings,
        providers_of(declared.providers, models, declared.prices_as_of),
        tuple(declared.providers),
        experiments=load_experiments(settings.experiments_file),
    )


def changed(path: Path, settings: Settings, models: Mapping[str, str]) -> Program:
    """The live settings with the changes in the file. Raises `Failure` with one line that names what is wrong."""
    raw = _mapping(path, "the file", _read(path))
    _known(path, "section", raw, SECTIONS)
    program = _with_settings(path, _mapping(path, "settings", raw.get("settings")), settings, models)
    program = _with_providers(path, _mapping(path, "providers", raw.get("providers")), program, models)
    program = _with_emotion(path, _mapping(path, "emotion", raw.get("emotion")), program)
    if "experiments" in raw:
        declared = _checked(path, "experiments", lambda: ExperimentsFile(experiments=raw["experiments"] or ()))
        program = replace(program, experiments=declared.experiments)
    if "template" in raw:
        program = replace(program, template=_template(path, raw["template"]))
    return program


def _with_settings(path: Path, wanted: dict[str, Any], settings: Settings, models: Mapping[str, str]) -> Program:
    _known(path, "setting", wanted, SETTINGS)
    # Read as a variable would be: checked the same, above the environment.
    after = _checked(path, "settings", lambda: Settings(**{**settings.model_dump(), **wanted}))
    base = unchanged(settings, models)
    program = replace(base, settings=after, experiments=load_experiments(after.experiments_file))
    if "emotion_encoder_share" in wanted:
        share = after.emotion_encoder_share
        if share not in (0, 1):
            raise _wrong(
                path,
                "settings.emotion_encoder_share: 0 (the n-gram model reads all) or 1 (the encoder does); what lies "
                "between depends on how fast a machine is",
            )
        model: ModelName = "encoder" if share else "ngrams"
        program = replace(program, model=model)
    if "providers_file" in wanted:
        declared = _declared(after)
        found = providers_of(declared.providers, models, declared.prices_as_of)
        program = replace(
            program,
            # Those that answered are still needed for what they answered.
            providers={**found, **{name: one for name, one in base.providers.items() if name not in found}},
            entries=tuple(declared.providers),
            policy=declared.policy,
            budgets=declared.budgets,
            added=frozenset(found),
            without=frozenset(base.providers.keys() - found.keys()),
        )
    return program


def _with_providers(path: Path, wanted: dict[str, Any], program: Program, models: Mapping[str, str]) -> Program:
    if not wanted:
        return program
    _known(path, "entry of providers", wanted, PROVIDERS)
    declared = _declared(program.settings)
    known = {entry.name: entry.model_dump() for entry in declared.providers}
    without = wanted.get("without") or []
    listed = wanted.get("providers") or []
    if not isinstance(without, list) or not isinstance(listed, list):
        raise _wrong(path, "providers.providers and providers.without: a list is needed")
    for name in without:
        _known(path, "provider", [str(name)], (*known, *program.providers))
    entries: dict[str, dict[str, Any]] = {}
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise _wrong(path, "providers.providers: each needs a name")
        entries[entry["name"]] = _merged(known.get(entry["name"], {}), entry)
    # Those that are listed come first, in the order written.
    whole = {**entries, **{name: entry for name, entry in known.items() if name not in entries}}
    file = _checked(
        path,
        "providers",
        lambda: ProvidersFile(
            prices_as_of=declared.prices_as_of,
            policy=wanted.get("policy", declared.policy),
            budgets=Budgets(**{**declared.budgets.model_dump(), **(wanted.get("budgets") or {})}),
            providers=[ProviderEntry(**entry) for entry in whole.values()],
        ),
    )
    same_model = {n: m for n, m in models.items() if "model" not in _named(listed, n)}
    found = providers_of(file.providers, same_model, file.prices_as_of)
    limited = any(file.budgets.model_dump().values())
    return replace(
        program,
        providers={**found, **{name: one for name, one in program.providers.items() if name not in found}},
        entries=tuple(file.providers),
        policy=file.policy if "policy" in wanted else program.policy,
        # What is spent follows from prices, choices and limits: each of them may be new.
        budgets=file.budgets if limited or "budgets" in wanted else program.budgets,
        added=program.added | entries.keys(),
        without=(program.without | {str(name) for name in without}) - entries.keys(),
    )


def _with_emotion(path: Path, wanted: dict[str, Any], program: Program) -> Program:
    trend, plan = ({one.name for one in fields(rules)} for rules in (TrendRules, PlanRules))
    _known(path, "threshold", wanted, (*sorted(trend | plan), *EMOTION))
    for name, value in wanted.items():
        if name != "artefact" and not _is_number(value):
            raise _wrong(path, f"emotion.{name}: a number is needed, not {value!r}")
    if "artefact" in wanted:
        folder = Path(str(wanted["artefact"]))
        try:
            EmotionScorer.load(folder)
        except (OSError, ValueError, KeyError) as error:
            raise _wrong(path, f"emotion.artefact: {folder} holds no emotion model: {error}") from error
        program = replace(program, artefact=folder)
    return replace(
        program,
        trend=replace(program.trend, **{name: value for name, value in wanted.items() if name in trend}),
        plan=replace(program.plan, **{name: value for name, value in wanted.items() if name in plan}),
    )


def _is_number(value: object) -> bool:
    # What is not a number, and what a float can't hold, compares false.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= float_info.max


def _template(path: Path, version: object) -> int:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _wrong(path, f"template: the number of a version is needed, not {version!r}")
    try:
        tutor_template(version)
    except TemplateError as error:
        raise _wrong(path, f"template: there is no version {version} of the tutor's prompt") from error
    return version


def _declared(settings: Settings) -> ProvidersFile:
    return read_file(Path(settings.providers_file) if settings.providers_file else BUILT_IN)


def _named(listed: list[Any], name: str) -> dict[str, Any]:
    return next((entry for entry in listed if entry["name"] == name), {})


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, part by part."""
    made = {**base}
    for name, value in over.items():
        before = made.get(name)
        made[name] = _merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return made


def _read(path: Path) -> Any:
    try:
        return parsed(path)
    except OSError as error:
        raise Failure(NO_INPUT, f"{path}: can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise _wrong(path, f"not valid YAML{place(error)}") from error


def _mapping(path: Path, what: str, value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(path, f"{what}: names with values are needed")
    return {str(name): one for name, one in value.items()}


def _known(path: Path, what: str, names: Iterable[str], known: Iterable[str]) -> None:
    allowed = list(known)
    for name in names:
        if name not in allowed:
            near = get_close_matches(name, allowed, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}"
            raise _wrong(path, f"no {what} {name!r} that a replay can show: {hint}")


def _checked(path: Path, section: str, make: Any) -> Any:
    try:
        return make()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in (section, *first["loc"]))
        raise _wrong(path, f"{where}: {said(first)}") from error
    except TypeError as error:
        raise _wrong(path, f"{section}: {error}") from error


def _wrong(path: Path, line: str) -> Failure:
    return Failure(BAD_INPUT, f"{path}: {line}")
