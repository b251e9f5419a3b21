"""What a student's account can reach: nothing of the other students, nothing of the instructor."""

import subprocess
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Error, expect

from .browser import in_a_notebook, output
from .classroom import ROOT, wait_for
from .conftest import HW1

HOMEWORK = ROOT / "notebooks" / "homework"
LONG = 30  # letters from which on a line of code stands nowhere else by chance
# Places where an account finds files that are not its own; the system's are not the course's.
PLACES = ("/home", "/srv", "/mnt", "/media", "/tmp", "/var/tmp", "/dev/shm", "/run")


def secret_lines():
    """Return the lines of all solutions, hidden tests and checks that are shown nowhere else."""
    lines, handed_out = [], []
    for path in HOMEWORK.glob("source/*/*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            inside = False
            for line in cell.source.splitlines():
                if line.strip().startswith("### "):
                    inside = "BEGIN" in line
                else:
                    (lines if inside else handed_out).append(line.strip())
    for path in [*HOMEWORK.glob("instructor/checks/*.py"), HOMEWORK / "instructor" / "rubrics.md"]:
        lines += [line.strip() for line in path.read_text().splitlines()]
    taught = [*(ROOT / "lecture8").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    public = "\n".join([*handed_out, *(path.read_text() for path in taught)])
    return {line.encode() for line in lines if len(line) > LONG and line not in public}


def what_gives_away(paths):
    """Return the files that hold something secret, or have the name of something secret."""
    lines, found = secret_lines(), []
    for path in map(Path, paths):
        content = path.read_bytes().replace(b'\\"', b'"')  # as a notebook's JSON writes it
        secret = any(line in content for line in lines) or b"BEGIN HIDDEN TESTS" in content
        if secret or path.name in ("gradebook.db", "jupyterhub.sqlite") or ".git" in path.parts:
            found.append(path)
    return found


def find(places):
    """Return the command that lists what whoever runs it can read."""
    return ["find", *map(str, places), "-type", "f", "-readable", "-size", "-20000k"]


def test_a_student_finds_no_solution_no_hidden_test_no_gradebook(classroom, bob, course):
    # From within Bob's own server, since /tmp is another one there.
    places = [classroom.folder, *PLACES]
    source = f"""
import subprocess
found = subprocess.run({find(places)!r}, capture_output=True, text=True).stdout
open("found.txt", "w").write(found)
print(len(found.splitlines()), "files")"""
    in_a_notebook(classroom, bob, "bob", "walk", source)
    output(bob, " files")
    seen = (classroom.home("bob") / "found.txt").read_text().splitlines()
    # He did see the course and what is handed out.
    assert str(classroom.config) in seen
    assert [path for path in seen if path.endswith(f"outbound/hw1/{HW1}.ipynb")]
    server = next(p for p in classroom.processes("bob") if "jupyterhub.singleuser" in p.cmdline())
    there = [f"/proc/{server.pid}/root{path}" for path in seen]
    assert what_gives_away(path for path in there if Path(path).exists()) == []


def test_that_walk_finds_what_a_readable_clone_gives_away(classroom):
    clone = classroom.folder / "clone"
    clone.mkdir()
    classroom.give("teacher", HOMEWORK, clone / "homework")
    subprocess.run(["chmod", "--recursive", "a+rX", clone], check=True)
    listed = classroom.as_user("bob", *find([clone])).stdout.splitlines()
    found = {path.relative_to(clone / "homework").parts[0] for path in what_gives_away(listed)}
    subprocess.run(["rm", "--recursive", clone], check=True)
    assert {"source", "instructor"} <= found


def test_every_student_has_a_tmp_of_their_own(classroom, alice, bob):
    places = ["/tmp", "/var/tmp", "/dev/shm"]
    write = f"for place in {places}:\n    open(place + '/of-alice', 'w').write('x')"
    in_a_notebook(classroom, alice, "alice", "write", write + "\nprint('written')")
    output(alice, "written")
    look = f"import os\nprint('there:', [p for p in {places} if 'of-alice' in os.listdir(p)])"
    in_a_notebook(classroom, alice, "alice", "look", look)
    output(alice, f"there: {places}")  # in another kernel of hers
    in_a_notebook(classroom, bob, "bob", "look", look)
    output(bob, "there: []")
    assert not [place for place in places if Path(place, "of-alice").exists()]


def test_students_cannot_open_files_of_others(classroom, course, alice, bob):
    in_a_notebook(classroom, alice, "alice", "mine", "print('of Alice')")
    exchange = classroom.folder / "exchange" / "lecture8"
    for forbidden in (
        classroom.home("alice") / "mine.ipynb",
        classroom.home("alice"),
        course / "source" / "hw1" / f"{HW1}.ipynb",
        course / "gradebook.db",
        exchange / "inbound",
        classroom.folder / "state" / "cookie_secret",
        classroom.folder / "state" / "jupyterhub.sqlite",
    ):
        assert forbidden.exists()
        for command in ("cat", "ls"):
            tried = classroom.as_user("bob", command, forbidden)
            if forbidden.is_dir() or command == "cat":
                assert "Permission denied" in tried.stderr, (forbidden, tried)
    tried = classroom.as_user("bob", "rm", "-r", exchange / "outbound" / "hw1")
    assert "Permission denied" in tried.stderr
    # What the kernel of Linux tells about a process: the token of Alice's server is there.
    for process in classroom.processes("alice"):
        tried = classroom.as_user("bob", "cat", f"/proc/{process.pid}/environ")
        assert "Permission denied" in tried.stderr
        tried = classroom.as_user("bob", "kill", process.pid)
        assert "not permitted" in tried.stderr
    # Alice herself may: it was not for some other reason that Bob could not.
    assert classroom.as_user("alice", "cat", "mine.ipynb").returncode == 0


def test_students_cannot_enter_the_servers_of_others(classroom, alice, bob):
    in_a_notebook(classroom, alice, "alice", "mine", "print('of Alice')")
    server = f"{classroom.address}/user/{classroom.name('alice')}"
    assert bob.request.get(f"{server}/lab").status == 403
    for part in ("contents/mine.ipynb", "kernels", "terminals"):
        assert bob.request.get(f"{server}/api/{part}").status == 403
    assert alice.request.get(f"{server}/api/contents/mine.ipynb").status == 200
    # Past the proxy, on the server's own port.
    ports = {
        connection.laddr.port
        for process in classroom.processes("alice")
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    told = []
    for port in ports:
        url = f"http://127.0.0.1:{port}/user/{classroom.name('alice')}/api/contents/mine.ipynb"
        try:
            told.append(bob.request.get(url).status)
        except Error:  # a kernel's port, which speaks no HTTP
            continue
    assert told == [403]
    # The hub's own list of users, servers and tokens.
    for part in ("users", f"users/{classroom.name('alice')}", "proxy"):
        assert bob.request.get(f"{classroom.address}/hub/api/{part}").status in (403, 404)


def xsrf(page, classroom):
    """Return the headers by which the hub knows that a request came from its own pages."""
    cookies = page.context.cookies(f"{classroom.address}/hub/")
    token = next(c["value"] for c in cookies if c["name"] == "_xsrf" and c["path"] == "/hub/")
    return {"X-XSRFToken": token, "Referer": f"{classroom.address}/hub/home"}


def test_an_instructor_may_stop_servers_and_not_look_into_them(classroom, alice, bob, teacher):
    name = classroom.name("bob")
    assert bob.request.get(f"{classroom.address}/user/{name}/api/contents").status == 200
    server, hub = f"{classroom.address}/user/{name}", f"{classroom.address}/hub/api"
    for part in ("lab", "api/contents", "api/kernels", "api/terminals"):
        assert teacher.request.get(f"{server}/{part}").status == 403
    teacher.goto(f"{classroom.address}/hub/admin")
    expect(teacher.get_by_text(name).first).to_be_visible()
    token = next(
        c for c in teacher.context.cookies() if c["name"] == "_xsrf" and "hub" in c["path"]
    )
    asked = {
        "headers": {"X-XSRFToken": token["value"], "Referer": f"{classroom.address}/hub/admin"}
    }
    # A token of Bob's would be a way in, and so would be rights of her own.
    assert teacher.request.post(f"{hub}/users/{name}/tokens", **asked).status in (403, 404)
    me = f"{hub}/users/{classroom.name('teacher')}"
    raised = teacher.request.patch(me, data={"admin": True}, **asked)
    assert raised.status == 403
    assert teacher.request.delete(f"{hub}/users/{name}/server", **asked).status in (202, 204)
    wait_for(lambda: not classroom.processes("bob"), "end of Bob's server", 30)
    bob.goto(f"{classroom.address}/hub/spawn")  # as he was for the tests that follow
    bob.wait_for_url("**/lab**")
    # Students cannot stop anybody.
    hers = f"{hub}/users/{classroom.name('alice')}/server"
    asked = {"headers": xsrf(bob, classroom)}
    assert bob.request.delete(hers, **asked).status in (403, 404)
    assert alice.request.get(f"{classroom.address}/user/{classroom.name('alice')}/api").ok
