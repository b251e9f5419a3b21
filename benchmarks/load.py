"""Let a class work at once on one machine: ``python benchmarks/load.py [students]``, as root.

The hub, its users and their limits are those of ``jupyterhub/``. Each student logs in over HTTP as
a browser does, runs notebooks 1 and 2 through the hub's proxy, cell by cell, and saves them. In the
middle the proxy is killed, and the server of one student. Prints when each was done, the memory
that each took, and how many would fit into 16 GB; returns 1 if anything was lost.
"""

import json
import shutil
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import requests
import websocket

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.jupyterhub.classroom import missing, open_class, wait_for

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))[:2]
PATIENCE, QUIET = 1800, 10  # s
MACHINE, SYSTEM = 16e9, 1e9  # bytes of a machine, and of them for its system, hub and proxy


class ServerLost(Exception):
    """The student's server is not the one that ran the kernel."""


class AnswerLost(Exception):
    """The kernel is idle, and what it said was lost with the connection."""


class Student:
    """One student's browser: a session of HTTP, and a socket to the kernel."""

    def __init__(self, classroom, person):
        self.classroom, self.person = classroom, person
        self.hub = f"{classroom.address}/hub"
        self.server = f"{classroom.address}/user/{classroom.name(person)}"
        self.http = requests.Session()
        self.cells, self.lost_servers, self.lost_answers = 0, 0, 0
        self.finished, self.saved, self.failed = {}, {}, False

    def ask(self, method, url, **how):
        """Return an answer, asking again while the way to the server is being mended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            cookies = {c.path: c.value for c in self.http.cookies if c.name == "_xsrf"}
            path = next((p for p in sorted(cookies, key=len, reverse=True) if p in url), None)
            headers = {"X-XSRFToken": cookies.get(path, ""), "Referer": url}
            try:
                answer = self.http.request(method, url, timeout=60, headers=headers, **how)
                # A new proxy sends all to the hub, which finds no such page, until it has routes.
                html = "html" in answer.headers.get("content-type", "")
                if answer.status_code <= 500 and not (answer.status_code == 404 and html):
                    return answer
            except requests.ConnectionError:
                pass
            time.sleep(0.5)
        raise TimeoutError(f"{self.person}: no answer from {url}")

    def log_in(self):
        """Give name and password, and wait until JupyterLab is there."""
        self.ask("GET", f"{self.hub}/login")
        token = next(c.value for c in self.http.cookies if c.name == "_xsrf")
        form = {
            "username": self.classroom.name(self.person),
            "password": self.classroom.passwords[self.person],
            "_xsrf": token,
        }
        self.ask("POST", f"{self.hub}/login", data=form)
        self.start_server()

    def start_server(self):
        """Go where a student without a server is sent, until there is one."""

        def there():
            page = self.ask("GET", f"{self.hub}/spawn")
            lab = self.ask("GET", f"{self.server}/lab")
            return page.ok and lab.ok and lab.url.startswith(f"{self.server}/lab")

        wait_for(there, f"server of {self.person}", PATIENCE)

    def contents(self, name):
        """Return where a notebook is read and saved."""
        return f"{self.server}/api/contents/{name}"

    def run(self, name):
        """Run a notebook to its end, from the start again when the server was lost."""
        while True:
            try:
                return self.run_once(name)
            except ServerLost:
                self.lost_servers += 1

    def run_once(self, name):
        """Run the cells one after the other, then save."""
        model = self.ask("GET", self.contents(name)).json()
        notebook = nbformat.from_dict(model["content"])
        order = {"path": name, "type": "notebook", "name": name, "kernel": {"name": "python3"}}
        session = self.ask("POST", f"{self.server}/api/sessions", json=order).json()
        kernel = Kernel(self, session["kernel"]["id"])
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = kernel.execute(cell.source)
                self.cells += 1
        saved = self.ask("PUT", self.contents(name), json={"type": "notebook", "content": notebook})
        assert saved.ok, saved.text
        self.ask("DELETE", f"{self.server}/api/sessions/{session['id']}")
        self.saved[name] = notebook
        self.finished[name] = time.monotonic()


class Kernel:
    """Speaks Jupyter's messages through the proxy; comes back when the connection breaks."""

    def __init__(self, student, kernel_id):
        self.student, self.id = student, kernel_id
        self.session = uuid.uuid4().hex
        self.socket = self.connect()

    def connect(self):
        """Return a new connection; the server has kept what was said meanwhile."""
        url = f"{self.student.server}/api/kernels/{self.id}"
        while True:
            self.state()
            jar = self.student.http.cookies
            cookies = "; ".join(f"{c.name}={c.value}" for c in jar if c.path in url)
            try:
                return websocket.create_connection(
                    f"{url}/channels?session_id={self.session}".replace("http", "ws", 1),
                    cookie=cookies,
                    timeout=QUIET,
                )
            except (OSError, websocket.WebSocketException):
                time.sleep(0.5)

    def state(self):
        """Return "busy" or "idle", from a server that is started where there is none."""
        while True:
            kernel = self.student.ask("GET", f"{self.student.server}/api/kernels/{self.id}")
            if kernel.ok:
                return kernel.json()["execution_state"]
            if kernel.status_code == 404:
                raise ServerLost
            self.student.start_server()  # or the proxy has not yet been told the way to it

    def execute(self, code):
        """Return the outputs of a cell, which is run again where a student would: [*] for ever."""
        while True:
            try:
                return self.execute_once(code)
            except AnswerLost:
                self.student.lost_answers += 1

    def execute_once(self, code):
        """Return the outputs of a cell."""
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3",
            "username": "", "session": self.session, "date": "",
        }  # fmt: skip
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.say(json.dumps(message | {"channel": "shell", "buffers": []}))
        outputs, replied, idle = [], False, False
        while not (replied and idle):
            said = self.hear()
            if said["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            kind, content = said["msg_type"], said["content"]
            if kind == "execute_reply":
                replied = True
                assert content["status"] == "ok", content
            elif kind == "status":
                idle = content["execution_state"] == "idle"
            elif kind in ("stream", "display_data", "execute_result"):
                outputs.append(nbformat.v4.output_from_msg(said))
        return outputs

    def say(self, text):
        """Send a message."""
        while True:
            try:
                self.socket.send(text)
                return
            except (OSError, websocket.WebSocketException):
                self.socket = self.connect()

    def hear(self):
        """Return the next message."""
        idle = 0
        while idle < 2:
            try:
                if said := self.socket.recv():
                    return json.loads(said)
            except websocket.WebSocketTimeoutException:
                idle += self.state() == "idle"
                continue
            except (OSError, websocket.WebSocketException):
                pass
            self.socket = self.connect()
        raise AnswerLost


def memory(classroom):
    """Return the bytes of each person: proportional shares of all of their processes."""
    used = {}
    for person in classroom.people:
        for process in classroom.processes(person):
            try:
                used[person] = used.get(person, 0) + process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
    return used


def watch(classroom, peaks, sums, end):
    """Take the memory now and then."""
    while not end.wait(3):
        used = memory(classroom)
        sums.append(sum(used.values()))
        for person, value in used.items():
            peaks[person] = max(peaks.get(person, 0), value)


def disturb(classroom, students):
    """Kill the proxy, then the server of the last student, once all are at work."""
    cells = [c for c in nbformat.read(NOTEBOOKS[0], 4).cells if c.cell_type == "code"]

    def once(at_work):
        wait_for(lambda: at_work() or any(s.failed for s in students), "work", PATIENCE)

    once(lambda: min(s.cells for s in students) > len(cells) / 2)
    classroom.proxy().kill()
    print("killed the proxy", flush=True)
    victim = students[-1]
    once(lambda: victim.cells > len(cells) + 2)
    processes = classroom.processes(victim.person)
    next(p for p in processes if "jupyterhub.singleuser" in p.cmdline()).kill()
    print(f"killed the server of {victim.person}", flush=True)


def main(number: int) -> int:
    """Measure a class of some size."""
    if lacking := missing():
        print(f"This needs {lacking}.")
        return 1
    people = {f"student{k}": "class" for k in range(1, number + 1)}
    with open_class(people, HUB_MEMORY_GB="2") as classroom:
        for person in people:
            for notebook in NOTEBOOKS:
                copy = shutil.copy(notebook, classroom.home(person))
                shutil.chown(copy, classroom.name(person))
        students = [Student(classroom, person) for person in people]
        peaks, sums, end = {}, [], threading.Event()
        watcher = threading.Thread(target=watch, args=(classroom, peaks, sums, end))
        watcher.start()
        began = time.monotonic()

        def work(student):
            try:
                student.log_in()
                for notebook in NOTEBOOKS:
                    student.run(notebook.name)
            except BaseException:
                student.failed = True
                raise

        try:
            with ThreadPoolExecutor(number + 1) as pool:
                trouble = pool.submit(disturb, classroom, students)
                for done in [pool.submit(work, s) for s in students] + [trouble]:
                    done.result()
        finally:
            end.set()
            watcher.join()
        return report(classroom, students, began, peaks, sums)


def report(classroom, students, began, peaks, sums) -> int:
    """Print the table, and return 1 if a saved notebook is not what was saved."""
    print("student      notebook 1 / s   notebook 2 / s   peak / GB   servers lost   rerun   saved")
    lost = 0
    for student in students:
        first, second = (student.finished[n.name] - began for n in NOTEBOOKS)
        home = classroom.home(student.person)
        kept = all(is_saved(saved, home / name) for name, saved in student.saved.items())
        lost += not kept
        print(
            f"{student.person:10s}{first:17.0f}{second:17.0f}{peaks[student.person] / 1e9:12.2f}"
            f"{student.lost_servers:15d}{student.lost_answers:8d}   {'all' if kept else 'NOT ALL'}"
        )
    each = max(sums) / len(students)
    print(f"all together: {max(sums) / 1e9:.2f} GB at most, {each / 1e9:.2f} GB a student")
    fit = {name: int((MACHINE - SYSTEM) / each) for name, each in
           (("as busy as these", each), ("each at its own peak", max(peaks.values())))}  # fmt: skip
    for name, count in fit.items():
        print(f"16 GB, of which 1 for the system, hold {count} students, {name}")
    return int(bool(lost))


def is_saved(notebook, path: Path) -> bool:
    """Return whether a file holds all cells of a notebook, with their outputs."""
    cells = nbformat.read(path, 4).cells
    return [(c.source, c.get("outputs")) for c in cells] == [
        (c.source, c.get("outputs")) for c in notebook.cells
    ]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
