"""What students get is complete, works, and gives nothing away."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from notebooks.homework.instructor import student_view
from tests.homework.what_is_secret import (
    HOMEWORK,
    SOURCES,
    cells,
    code,
    hidden_tests,
    shown,
    solutions,
    texts,
)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """Return the students' view, made by somebody whose umask closes new files to others."""
    folder = tmp_path_factory.mktemp("view") / "student"
    umask = os.umask(0o077)
    try:
        student_view.student_view(folder)
    finally:
        os.umask(umask)
    return folder


def test_every_notebook_is_there(student):
    lectures = {path.name for path in Path("notebooks").glob("*.ipynb")}
    assert lectures <= {path.name for path in (student / "notebooks").glob("*.ipynb")}
    released = {path.name for path in (student / "notebooks" / "homework").rglob("*.ipynb")}
    assert released == {path.name for path in SOURCES}
    for name in ("environment.yml", "postBuild", "lecture8/__init__.py", "slides/lecture8.md"):
        assert (student / name).exists()


def test_none_of_the_instructors_files_is_there(student):
    names = {str(path.relative_to(student)) for path in student.rglob("*")}
    theirs = r"instructor|notebooks/.*checks|nbgrader_config|gradebook|rubrics"
    assert not [n for n in names if re.search(theirs, n, re.I)]
    assert not [n for n in names if re.match(r"tests|jupyterhub|benchmarks|\.ci|\.git(hub)?/", n)]


def test_no_solution_and_no_hidden_test_is_given_away(student):
    answers, hidden, told = solutions(), hidden_tests(), shown()
    secrets = {line for line in answers | hidden if line not in told}
    # Most of what is written there is a secret, so that little of it is excused.
    assert len(secrets & answers) > 0.6 * len(answers) > 60
    assert len(secrets & hidden) > 0.8 * len(hidden) > 100
    for path, text in texts(student).items():
        assert [line for line in secrets if line in text] == [], path
        assert "HIDDEN TESTS" not in text, path
        assert "### BEGIN" not in text, path


def test_the_search_for_secrets_finds_them_in_the_instructors_copy():
    """The twin: the same search, where they are."""
    answers, hidden, told = solutions(), hidden_tests(), shown()
    text = "\n".join(texts(HOMEWORK).values())
    assert [line for line in answers | hidden if line not in told and line not in text] == []


def test_the_wrong_answers_to_expect_are_not_handed_out(student):
    table = re.findall(r'^\| \d \| ".+', Path("INSTRUCTORS.md").read_text(), flags=re.M)
    assert len(table) >= 12
    for path, text in texts(student).items():
        assert [wrong for wrong in table if wrong in text] == [], path


def test_answers_are_left_open(student):
    for path in (student / "notebooks" / "homework").rglob("*.ipynb"):
        assert "NotImplementedError" in code(path)


def test_outputs_are_not_shipped(student):
    for path in (student / "notebooks" / "homework").rglob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs")


def test_badges_open_what_is_there(student, tmp_path):
    lines = student_view.badges("a-school/the.course")
    for path in student_view.OPENS.values():
        assert f"gh/a-school/the.course/main?urlpath={path}" in lines
        name = re.sub(r"^(lab/tree|files)/", "", path)
        # The deck is built by postBuild; all else comes with the repository.
        assert name.startswith("build/slides") or (student / name).exists()
    assert "build_deck.py" in (student / "postBuild").read_text()


def test_a_name_that_is_no_repository_is_refused():
    with pytest.raises(ValueError, match="write owner/name"):
        student_view.badges("https://example.org/course")


# What students get works as it is.


def test_everybody_can_read_it_and_only_its_owner_write(student):
    for path in (student, *student.rglob("*")):
        runs = path.is_dir() or path.read_bytes().startswith(b"#!")
        assert path.stat().st_mode & 0o777 == (0o755 if runs else 0o644), path


def links(path):
    """Return the relative links of a text or notebook, pictures and HTML attributes included."""
    text = path.read_text() if path.suffix == ".md" else "\n".join(cells(path, "markdown"))
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    found = re.findall(r"\]\(<?([^)>\s]+)|(?:src|href)=[\"']([^\"']+)", text)
    return {a or b for a, b in found if not re.match(r"[a-z]+:|#", a or b)}


def test_every_relative_link_leads_somewhere(student):
    seen = 0
    for path in [*student.rglob("*.md"), *student.rglob("*.ipynb")]:
        for link in links(path):
            seen += 1
            name, _, anchor = link.partition("#")
            if path.name == "lecture8.md" and re.fullmatch(r"\d\d_\w+", name):
                # The deck's links to cells lead to the pages of `make course`.
                notebook = json.loads((student / "notebooks" / f"{name}.ipynb").read_text())
                assert anchor in {cell["id"] for cell in notebook["cells"]}, link
            else:
                assert (path.parent / name).exists(), f"{path.relative_to(student)}: {link}"
    assert seen > 60


def test_the_link_test_sees_a_dead_link(tmp_path):
    (tmp_path / "README.md").write_text("[a](b.md) ![c](d.svg) <img src='e.png'> [f](https://g)")
    assert links(tmp_path / "README.md") == {"b.md", "d.svg", "e.png"}


def offered(folder):
    return set(re.findall(r"^([a-z]+):.*##", (folder / "Makefile").read_text(), flags=re.M))


def test_make_offers_what_works_there(student):
    targets = offered(student)
    assert targets == {"course", "lab", "slides", "clean", "help"}
    assert not targets & {"test", "hub", "student", "bench", "lock", "lowest"}
    for target in targets:
        recipe = subprocess.run(
            ["make", "--dry-run", target], cwd=student, check=True, capture_output=True, text=True
        ).stdout
        for name in re.findall(r"[\w/-]+\.(?:py|lock|txt|json|toml)\b", recipe):
            assert (student / name).exists(), f"make {target} wants {name}"
    assert "teach" not in (student / "Makefile").read_text()


def test_its_readme_starts_with_two_commands(student):
    text = (student / "README.md").read_text()
    first = re.search(r"```sh\n(.*?)```", text, flags=re.S)[1]
    assert [line.split("#")[0].split() for line in first.splitlines()] == [
        ["make", "course"],
        ["make", "lab"],
    ]
    assert set(re.findall(r"\bmake ([a-z]+)", text)) - {"labelled"} <= offered(student)
    assert "<!--" not in text
    for notebook in (student / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{notebook.name})" in text


def test_its_course_runs_with_its_own_package(student, tmp_path):
    """The first command, with this environment, and of the notebooks the first."""
    shutil.copytree(student, tmp_path / "course")
    (tmp_path / "course" / ".venv").symlink_to(sys.prefix)
    modules = Path("slides/node_modules").resolve()
    (tmp_path / "course/slides/node_modules").symlink_to(modules)
    for path in (tmp_path / "course" / "notebooks").glob("0[2-9]*.ipynb"):
        path.unlink()
    old = ["--assume-old=.venv/learn", "--assume-old=slides/node_modules/.bin/marp"]
    done = subprocess.run(
        ["make", *old, "course"],
        cwd=tmp_path / "course",
        capture_output=True,
        text=True,
        # Without a Chromium the deck is not printed, which would take a minute.
        env={**os.environ, "PYTHONPATH": ".", "PATH": f"{sys.prefix}/bin:/bin"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("index.html", "notebooks/01_integrators.html", "slides/lecture8.html"):
        assert (tmp_path / "course/build" / name).stat().st_size > 1000, name


# Made again, and made wrongly.


def test_a_new_version_keeps_the_history_that_was_published(student, tmp_path):
    folder = tmp_path / "student"
    shutil.copytree(student, folder)
    (folder / "notebooks/homework/old.ipynb").write_text("an assignment of last year")
    me = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init"], ["add", "."], [*me, "commit", "--message=The course"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    student_view.student_view(folder)
    changed = subprocess.run(
        ["git", "status", "--short"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    assert changed.split() == ["D", "notebooks/homework/old.ipynb"]
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


@pytest.mark.parametrize("name", ["letter.txt", "INSTRUCTORS.md"])
def test_a_folder_that_holds_something_else_is_left_alone(name, tmp_path):
    (tmp_path / "mine" / "lecture8").mkdir(parents=True)
    if name == "letter.txt":
        (tmp_path / "mine" / "lecture8").rmdir()
    (tmp_path / "mine" / name).write_text("Dear Ada")
    with pytest.raises(ValueError, match="name a new or empty folder"):
        student_view.student_view(tmp_path / "mine")
    assert (tmp_path / "mine" / name).read_text() == "Dear Ada"


@pytest.mark.parametrize(
    "left", ["### BEGIN SOLUTION\npass", "from instructor import check", 'check("3.2", force)']
)
def test_a_secret_that_nbgrader_left_in_is_refused(left, tmp_path):
    """As in a cell that was copied, and lost the metadata that nbgrader knows it by."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = 1\n{left}")])
    (tmp_path / "hw1").mkdir()
    nbformat.write(notebook, tmp_path / "hw1" / "a.ipynb")
    with pytest.raises(RuntimeError, match=r"hw1/a.ipynb, cell 1 would give away"):
        student_view.refuse_secrets(tmp_path / "hw1" / "a.ipynb")


def test_a_failure_leaves_what_was_there(student, tmp_path, monkeypatch):
    shutil.copytree(student, tmp_path / "student")
    monkeypatch.setattr(student_view, "NEVER_RELEASED", ("NotImplementedError",))
    with pytest.raises(RuntimeError, match="would give away"):
        student_view.student_view(tmp_path / "student")
    assert sorted(path.name for path in (tmp_path / "student").iterdir()) == sorted(
        path.name for path in student.iterdir()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


def test_a_part_that_the_readme_does_not_have_is_named(tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text(
        "<!-- students: introduction -->\nHello\n<!-- /students -->\n"
    )
    monkeypatch.setattr(student_view, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"README.md has no part 'commands'"):
        student_view.readme()


def test_a_folder_that_git_does_not_know_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(student_view, "ROOT", tmp_path)
    with pytest.raises(RuntimeError, match=f"git could not list the files of {tmp_path}: fatal"):
        student_view.tracked()
