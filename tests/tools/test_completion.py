"""Completion in real shells, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scrawl import __main__ as cli

# Each prints what a shell offers for the line $2, after it has read the completion $1.
ASK = {
    "bash": """
source "$1"
read -ra COMP_WORDS <<< "$2"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_shtab_scrawl scrawl "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "fish": """
source $argv[1]
complete --do-complete $argv[2]
""",
    # Completion is part of zsh's line editor, which wants a terminal of its own: the last word is
    # completed there, and the line printed.
    "zsh": """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "autoload -U compinit && compinit -D -u && source ${(q)1}"
zpty -w shell "compdef _shtab_scrawl scrawl; show() { print -r -- LINE:\\$BUFFER:END; }"
zpty -w shell "zle -N show; bindkey '^X' show; print READY"
zpty -r shell line '*READY*READY*'
zpty -n -w shell "$2"$'\\t'
sleep 1
zpty -n -w shell $'\\x18'
zpty -r shell line '*LINE:*:END*'
print -r -- ${${line##*LINE:}%%:END*}
""",
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the completion of each shell."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in ASK:
        with pytest.MonkeyPatch.context() as patch, (folder / shell).open("w") as file:
            patch.setattr("sys.stdout", file)
            assert cli.main(["completion", shell]) == 0
    return folder


@pytest.mark.parametrize("shell", ASK)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("scrawl pred", "predict"),
        ("scrawl predict --js", "--json"),
        ("scrawl plot conf", "confusion"),
        ("scrawl inspect digi", "digits.h5"),
    ],
)
def test_a_shell_completes_commands_options_and_files(
    shell: str, line: str, offered: str, scripts: Path, tmp_path: Path
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "digits.h5").touch()
    words = [shell, "-c", ASK[shell], "ask", str(scripts / shell), line]
    if shell == "fish":
        words.remove("ask")
    result = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    found = [word for said in result.stdout.splitlines() for word in said.split("\t")[0].split()]
    assert offered in found, result.stdout + result.stderr
