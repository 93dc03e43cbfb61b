from pathlib import Path

import pytest

from config.prompts import TEMPLATES, TemplateError, fixed_replies, in_language, tutor_template

TASKS = ("explain", "practise", "check", "support", "plan", "smalltalk", "offtopic", "unsafe")


def test_built_in_template_has_its_version_and_every_task() -> None:
    template = tutor_template()
    assert template.label == f"tutor/{template.version}"
    assert set(TASKS) <= set(template.task)
    assert {"warm", "encouraging", "calm", "brisk"} <= set(template.tone)


def test_offline_reply_says_that_it_is_one() -> None:
    replies = fixed_replies()
    for language, text in replies.offline.items():
        assert any(word in text.lower() for word in ("offline", "sin conexión", "hors ligne")), language


@pytest.mark.parametrize(
    ("tag", "text"), [("de", "Hallo"), ("de-AT", "Hallo"), ("de_AT", "Hallo"), ("fi", "Hello"), (None, "Hello")]
)
def test_language_falls_back_to_its_first_part_then_to_english(tag: str | None, text: str) -> None:
    assert in_language({"en": "Hello", "de": "Hallo"}, tag) == text


def test_newest_version_is_the_default_and_older_ones_stay(tmp_path: Path) -> None:
    first = (TEMPLATES / "tutor-1.yaml").read_text()
    (tmp_path / "tutor-2.yaml").write_text(first.replace("version: 1", "version: 2"))
    (tmp_path / "tutor-10.yaml").write_text(first.replace("version: 1", "version: 10"))
    assert tutor_template(folder=tmp_path).version == 10
    assert tutor_template(2, tmp_path).version == 2


def test_copy_whose_number_was_not_raised_is_refused(tmp_path: Path) -> None:
    for name, read in (("tutor", tutor_template), ("fixed", fixed_replies)):
        (tmp_path / f"{name}-9.yaml").write_text((TEMPLATES / f"{name}-1.yaml").read_text())
        with pytest.raises(TemplateError, match=rf"{name}-9\.yaml: holds version 1 of '{name}'"):
            read(folder=tmp_path)


def test_errors_name_the_file_and_the_field(tmp_path: Path) -> None:
    (tmp_path / "fixed-1.yaml").write_text("name: fixed\nversion: 1\noffline: {en: x}\n")
    with pytest.raises(TemplateError, match=r"fixed-1\.yaml: safe: Field required"):
        fixed_replies(folder=tmp_path)
    with pytest.raises(TemplateError, match=r"holds no tutor-1\.yaml"):
        tutor_template(folder=tmp_path)


def test_fixed_replies_need_english(tmp_path: Path) -> None:
    (tmp_path / "fixed-1.yaml").write_text("name: fixed\nversion: 1\noffline: {de: x}\nsafe: {de: x}\n")
    with pytest.raises(TemplateError, match="each need an English text"):
        fixed_replies(folder=tmp_path)


def test_what_is_said_without_an_answer_depends_on_why_there_is_none(tmp_path: Path) -> None:
    newest, first = fixed_replies(), fixed_replies(1)
    assert newest.unanswered("de_AT", withheld=True) == newest.withheld["de"]
    assert newest.unanswered("de", withheld=False) == newest.offline["de"]
    assert first.unanswered("de", withheld=True) == first.offline["de"]
    assert set(newest.withheld) == set(newest.offline) == set(newest.safe)
    lacking = (TEMPLATES / "fixed-1.yaml").read_text() + "withheld: {de: x}\n"
    (tmp_path / "fixed-1.yaml").write_text(lacking)
    with pytest.raises(TemplateError, match="withheld needs an English text"):
        fixed_replies(folder=tmp_path)
