"""README and code say the same: every command, option and config key is documented."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedsvc import config
from feedsvc.cli import main
from feedsvc.cli.environment import VARIABLES
from feedsvc.source.entries import entry_schema
from tests import reference

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = {name: main.get_command(None, name) for name in main.list_commands(None)}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(name):
    assert f"`feedsvc {name}" in README


OPTIONS = sorted(
    {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
        if option.startswith("--")
    }
)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_in_the_readme(option):
    assert re.search(rf"`[^`]*{re.escape(option)}\b", README)


def test_the_readme_names_no_command_that_there_is_not():
    named = set(re.findall(r"`feedsvc ([a-z]+)", README))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("key", sorted(config.config_schema()["properties"]))
def test_every_config_key_is_in_the_readme(key):
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`", README)


@pytest.mark.parametrize("key", sorted(entry_schema()["$defs"]["entry"]["properties"]))
def test_every_key_of_an_entry_is_in_the_readme(key):
    in_the_table = re.search(rf"^\| [^|]*`{key}\b", README, re.MULTILINE)
    in_the_example = re.search(rf"^(- |  ){key}: ", README, re.MULTILINE)
    assert in_the_table or in_the_example


def test_the_sample_site_is_clean_and_tells_editors_its_keys():
    checked = CliRunner().invoke(main, ["check", "--site", str(ROOT)])
    assert re.fullmatch("0 errors, 0 warnings in [0-9]+ files\n", checked.output)
    for file in [ROOT / "config/site.yaml", *(ROOT / "feeds").rglob("*.yaml")]:
        first = file.read_text("utf-8").partition("\n")[0]
        name = first.removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / name).is_file(), file


def test_the_reference_is_what_the_commands_say():
    expected = reference.reference()
    assert reference.FILE.read_text(encoding="utf-8") == expected, "'make reference' writes it"


def test_the_reference_has_every_variable_that_commands_read():
    source = "".join(file.read_text("utf-8") for file in (ROOT / "feedsvc/cli").glob("*.py"))
    read = set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', source))
    named = {name for names in VARIABLES for name in names.split(", ")}
    assert {"FEEDSVC_STORE", "NO_COLOR"} <= read
    assert read - {"TERM"} <= named
    assert named <= read | set(re.findall(r'"(FEEDSVC_[A-Z_]+)"', source))


@pytest.mark.parametrize("name", ["", *sorted(COMMANDS)])
def test_every_command_tells_its_exit_status(name):
    text = (COMMANDS[name] if name else main).help
    assert re.search(r"\*\*Exit status:\*\* 0 .*; 1 .*; 2 ", text, re.DOTALL)


def test_every_make_target_is_explained():
    # Also below a make that is running: its flags would have this one say where it is.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env=plain
    )
    targets = set(
        re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    )
    assert {line.split()[1] for line in listed.stdout.splitlines()} == targets


def test_the_project_speaks_of_itself_alone():
    """No file names a machine's paths."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        file = ROOT / name
        if file.suffix in {".png", ".ico", ".lock"} or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(?<![\w.])/(root|work)/", text.replace("/(root|work)/", "")), name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_has_an_environment_variable_of_its_name(name, monkeypatch):
    command = COMMANDS[name]
    context = command.make_context(name, [], resilient_parsing=True, auto_envvar_prefix="X_Y")
    for parameter in command.params:
        long = max(parameter.opts, key=len)
        if long.startswith("--") and long != "--help":
            variable = "X_Y_" + long[2:].replace("-", "_").upper()
            monkeypatch.setenv(variable, "said")
            assert parameter.resolve_envvar_value(context) == "said", variable
