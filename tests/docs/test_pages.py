"""What the pages say of files, commands and variables exists."""

import ast
import re
import shlex

import pytest
import typer

from cli.commands import app
from config.settings import Settings
from tests.deploy.test_compose import COMPOSE, provider_variables
from tests.docs.blocks import DOCS, blocks

ROOT = DOCS.parent
PAGES = sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
# Read by the tests and by the local stack, not by the system.
OTHER_VARIABLES = {"MASTERX_REQUIRE_KAFKA", "MASTERX_SCREENS", "MASTERX_SECRETS_DIR"}


def prose(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(), flags=re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """The command lines of the console blocks; one that goes on behind a backslash is one line."""
    consoles = [b.text.replace("\\\n", " ") for b in blocks(page) if b.language == "console"]
    return [line[2:] for text in consoles for line in text.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for path, anchor in LINK.findall(prose(page)):
        target = (DOCS / page).parent / path if path else DOCS / page
        assert target.exists(), path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), flags=re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_variables_exist(page: str) -> None:
    known = {f"MASTERX_{name.upper()}" for name in Settings.model_fields} | provider_variables() | OTHER_VARIABLES
    named = set(re.findall(r"\bMASTERX_[A-Z_]+\b", (DOCS / page).read_text()))
    assert named - known == set()


def test_ports_that_can_be_moved_are_those_of_the_compose_file() -> None:
    published = str([service.get("ports") for service in COMPOSE["services"].values()])
    # Our own settings are not Compose's: `test_variables_exist` looks at those.
    named = set(re.findall(r"`((?!MASTERX_)[A-Z_]+_PORT)`", (DOCS / "operators.md").read_text()))
    assert named == set(re.findall(r"\$\{([A-Z_]+_PORT):-", published))


@pytest.mark.parametrize("page", PAGES)
def test_masterx_commands_are_ones_that_it_takes(page: str) -> None:
    inline = re.findall(r"`(masterx [a-z][^`]*)`", prose(page))
    for line in [*commands(page), *inline]:
        words = shlex.split(line.replace("\n", " ").partition(" > ")[0])
        if words[0] == "masterx" and "…" not in line:
            assert_taken(words[1:])


def assert_taken(arguments: list[str]) -> None:
    """Fails unless the command line parses; runs nothing."""
    context = typer.main.get_command(app).make_context("masterx", arguments.copy())
    while hasattr(context.command, "resolve_command"):
        if not arguments:
            return
        called, command, arguments = context.command.resolve_command(context, arguments)
        assert command is not None
        if not arguments and hasattr(command, "resolve_command"):
            return
        # A command may be named without what it needs.
        context = command.make_context(called, arguments.copy(), parent=context, resilient_parsing=not arguments)


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)(?:…| [A-Z]+=\S+)?`", prose(page)))
    assert {name for name in named if not name.endswith("-")} - targets == set()


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page: str) -> None:
    tops = "|".join(re.escape(entry.name) for entry in ROOT.iterdir() if not entry.name.startswith("."))
    for path in re.findall(rf"`((?:{tops})(?:/[\w.-]+)*/?)`", prose(page)):
        assert (ROOT / path).exists(), path


def test_python_parses_and_names_differ() -> None:
    named = [block for page in PAGES for block in blocks(page) if block.title]
    assert len({block.title for block in named}) == len(named)
    for block in named:
        if block.language == "python":
            ast.parse(block.text)


def raised_reasons() -> set[str]:
    """The reasons that the source writes down: first arguments of what a record is refused with."""
    found = set()
    for folder in ("schemas", "agents", "pipeline", "sinks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                refusing = ("DecodeError", "InvalidEventError", "Refused", "_GivenUp", "_check_name")
                if node.func.id in refusing and node.args and isinstance(node.args[0], ast.Constant):
                    found.add(str(node.args[0].value))
    return found


def test_every_reason_for_a_dead_letter_is_explained() -> None:
    section = prose("app-developers.md").partition("## Refused records")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    explained = {reason for cell in rows for reason in re.findall(r"`([a-z_]+)`", cell)}
    raised = raised_reasons()
    assert {"text_empty", "unknown_schema", "concept", "timeout"} <= raised
    assert raised - explained == set()
