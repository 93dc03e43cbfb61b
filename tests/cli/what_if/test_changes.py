from pathlib import Path

import pytest

from agents.emotion.plan import PlanRules
from cli.exits import BAD_INPUT, NO_INPUT, Failure
from cli.what_if.changes import changed, unchanged
from cli.what_if.program import Program
from config.settings import Settings

MODELS = {"groq": "groq/recorded"}


def read(tmp_path: Path, text: str) -> Program:
    path = tmp_path / "changes.yaml"
    path.write_text(text)
    return changed(path, Settings(), MODELS)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == unchanged(Settings(), MODELS)


def test_the_recorded_model_stands_unless_the_file_names_one(tmp_path: Path) -> None:
    assert unchanged(Settings(), MODELS).providers["groq"].model == "groq/recorded"
    assert read(tmp_path, "providers: {policy: bandit}").providers["groq"].model == "groq/recorded"
    named = read(tmp_path, "providers: {providers: [{name: groq, model: groq/other}]}")
    assert named.providers["groq"].model == "groq/other"


def test_providers_that_are_listed_come_first_and_keep_what_is_not_said(tmp_path: Path) -> None:
    program = read(
        tmp_path,
        "providers:\n  budgets: {day_usd: 2}\n  without: [local]\n"
        "  providers: [{name: emergent}, {name: groq, price: {input: 0.1}}]\n",
    )
    assert list(program.providers) == ["emergent", "groq", "gemini", "local"]
    price = program.providers["groq"].price
    assert (price.input, price.output) == (0.1, 0.79)
    assert program.added == {"emergent", "groq"}
    assert program.without == {"local"}
    assert program.policy is None
    assert program.budgets is not None
    assert program.budgets.day_usd == 2


def test_settings_thresholds_and_experiments_are_taken(tmp_path: Path) -> None:
    program = read(
        tmp_path,
        "settings: {context_tokens: 700, emotion_encoder_share: 0}\nemotion: {strong: 0.5, enter: 0.4}\ntemplate: 1\n"
        "experiments: [{key: a, intervention: next_step_changed, design: held_out}]\n",
    )
    assert program.settings.context_tokens == 700
    assert program.model == "ngrams"
    assert program.plan == PlanRules(strong=0.5)
    assert program.trend.enter == 0.4
    assert program.template == 1
    assert [one.key for one in program.experiments] == ["a"]


def test_another_providers_file_takes_the_place_of_the_live_one(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        "prices_as_of: '2026-11-01'\npolicy: bandit\nproviders:\n"
        "  - {name: new, model: openai/new, key_required: false, context_tokens: 4096, price: {input: 1, output: 1}}\n"
    )
    program = read(tmp_path, f"settings: {{providers_file: {other}}}")
    assert program.added == {"new"}
    assert program.without == {"groq", "gemini", "emergent", "local"}
    assert program.policy == "bandit"
    # What the others answered has to be paid for still.
    assert "groq" in program.providers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("setings: {}", "did you mean settings?"),
        ("settings: {context_token: 5}", "did you mean context_tokens?"),
        ("settings: {kafka_bootstrap: 'x:1'}", "no setting 'kafka_bootstrap' that a replay can show"),
        ("settings: {context_tokens: many}", "settings.context_tokens"),
        ("settings: {emotion_encoder_share: 0.5}", "0 (the n-gram model reads all) or 1"),
        ("settings: 5", "settings: names with values are needed"),
        ("emotion: {strng: 0.5}", "did you mean strong?"),
        ("emotion: {strong: much}", "emotion.strong: a number is needed, not 'much'"),
        ("emotion: {artefact: /nowhere}", "/nowhere holds no emotion model"),
        ("providers: {polcy: bandit}", "did you mean policy?"),
        ("providers: {policy: best}", "providers.policy"),
        ("providers: {without: [grok]}", "did you mean groq?"),
        ("providers: {providers: [{name: groq, price: {inputs: 1}}]}", "price.inputs"),
        ("providers: {providers: [groq]}", "each needs a name"),
        ("providers: {providers: [{name: new}]}", "Field required"),
        ("experiments: [{key: a}]", "experiments"),
        ("template: 99", "there is no version 99"),
        ("template: newest", "the number of a version is needed"),
        ("settings: {context_tokens: [", "not valid YAML in line 1"),
        ("experiments: [{begins: 2026-02-30}]", "not valid YAML: day"),
        ("settings: " + "[" * 5000, "not valid YAML: nested too deep"),
        ("emotion: {strong: .nan}", "emotion.strong: a number is needed, not nan"),
        ("emotion: {strong: -.inf}", "emotion.strong: a number is needed, not -inf"),
        ("emotion: {strong: 1" + "0" * 400 + "}", "emotion.strong: a number is needed"),
        ("providers: {budgets: {day_usd: .nan}}", "providers.day_usd"),
        ("settings: {context_tokens: .inf}", "settings.context_tokens"),
        ("- settings", "the file: names with values are needed"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Failure) as wrong:
        read(tmp_path, text)
    assert wrong.value.code == BAD_INPUT
    assert said in str(wrong.value)
    assert "changes.yaml" in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure) as wrong:
        changed(tmp_path / "none.yaml", Settings(), {})
    assert wrong.value.code == NO_INPUT
