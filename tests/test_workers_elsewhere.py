"""Workers used from a script without a guard, from a prompt, from a notebook: a sentence each."""

import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from lecture8.workers import run_tasks

ROOT = Path(__file__).parents[1]

TASKS = """
from lecture8.workers import LocalProcesses, run_tasks
from tests.planted_tasks import square
with LocalProcesses(2) as executor:
    print(run_tasks(square, [(2,), (3,)], executor=executor))
"""
REPLICAS = """
import numpy as np
from lecture8.ionic_conductivity import run_replicas
from lecture8.potentials import FastLennardJones
from lecture8.structures import ARGON, argon_box
from lecture8.workers import LocalProcesses
with LocalProcesses(1) as executor:
    run_replicas(argon_box(2), FastLennardJones(**ARGON, cutoff=5.0), temperatures_K=[30],
                 replicas=1, picoseconds=0.1, executor=executor, rng=np.random.default_rng(0),
                 progress=False)
"""


def run(script, folder, *, from_a_prompt=False):
    """Return what a script printed, and its complaints."""
    path = folder / "script.py"
    path.write_text(script)
    how = {"input": script} if from_a_prompt else {}
    command = [sys.executable, *([] if from_a_prompt else [str(path)])]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, **how
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize("script", [TASKS, REPLICAS], ids=["tasks", "replicas"])
def test_a_script_without_a_guard_is_told_so(script, tmp_path):
    _, complaints = run(script, tmp_path)
    last = complaints.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: a worker process ended while it started.")
    assert 'must stand below `if __name__ == "__main__":`' in last
    assert complaints.count("Traceback") == 1  # of this process; its workers say nothing


def test_a_script_with_a_guard_works(tmp_path):
    """Its own functions, too: the worker imports the script."""
    guarded = (
        "def cube(x):\n    return x**3\n"
        + "if __name__ == '__main__':"
        + textwrap.indent(TASKS.replace("square,", "cube,"), "    ")
    )
    printed, complaints = run(guarded, tmp_path)
    assert printed == "[8, 27]\n"
    assert complaints == ""


def test_a_function_of_a_prompt_is_not_there(tmp_path):
    prompt = "import sys\nsys.argv[0] = ''\n"
    _, complaints = run(prompt + TASKS, tmp_path, from_a_prompt=True)
    last = complaints.strip().splitlines()[-1]
    # Python hands the worker a script named <stdin>, which there is not.
    assert "ended while it started" in last
    assert "the script in a file" in last


CELLS = {
    "function": "def f(x):\n    return x\nrun_tasks(f, [(1,)], executor=executor)",
    "lambda": "run_tasks(lambda x: x, [(1,)], executor=executor)",
    "label": "def make():\n    return EMT()\n"
    "label_in_parallel([Atoms('Cu')], make, executor=executor)",
    "potential": "class Mine(LennardJones):\n    pass\n"
    "run_replicas(argon_box(2), Mine(**ARGON, cutoff=5.0), temperatures_K=[30], replicas=1,"
    " picoseconds=0.1, executor=executor, rng=np.random.default_rng(0), progress=False)",
}
PREAMBLE = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from lecture8.active_learning import label_in_parallel
from lecture8.ionic_conductivity import run_replicas
from lecture8.potentials import LennardJones
from lecture8.structures import ARGON, argon_box
from lecture8.workers import LocalProcesses, run_tasks
executor = LocalProcesses(1)
"""


@pytest.fixture(scope="module")
def kernel():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PREAMBLE)])
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}})
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        yield client
        leave = nbformat.v4.new_code_cell("executor.__exit__()")
        notebook.cells.append(leave)
        client.execute_cell(leave, len(notebook.cells) - 1)


def execute(kernel, source):
    cell = nbformat.v4.new_code_cell(source)
    kernel.nb.cells.append(cell)
    kernel.execute_cell(cell, len(kernel.nb.cells) - 1)
    return cell.outputs


@pytest.mark.parametrize("name", CELLS)
def test_what_a_notebook_defines_is_not_there(kernel, name):
    with pytest.raises(CellExecutionError) as caught:
        execute(kernel, CELLS[name])
    assert caught.value.ename in ("ValueError", "Unsendable")
    assert "worker process" in caught.value.evalue
    assert "move it into a file" in caught.value.evalue
    printed = kernel.nb.cells[-1].outputs
    assert [output.output_type for output in printed] == ["error"]  # and nothing of the worker's


def test_threads_take_a_function_of_a_notebook(kernel):
    with_threads = (
        "with ThreadPoolExecutor(1) as threads:\n    print(run_tasks({}, [(3,)], executor=threads))"
    )
    outputs = execute(kernel, "def f(x):\n    return x + 1\n" + with_threads.format("f"))
    assert outputs[0].text == "[4]\n"
    assert execute(kernel, with_threads.format("lambda x: x**2"))[0].text == "[9]\n"


def test_the_workers_of_a_notebook_serve_on(kernel):
    outputs = execute(
        kernel,
        "from tests.planted_tasks import square\n"
        "print(run_tasks(square, [(5,)], executor=executor))",
    )
    assert outputs[-1].text == "[25]\n"


def test_dask_takes_a_lambda(dask_client):
    assert run_tasks(lambda x: x + 1, [(1,), (2,)], executor=dask_client) == [2, 3]


def test_an_argument_that_cannot_be_sent_fails_alone(workers):
    from tests.planted_tasks import square

    outcomes = run_tasks(square, [(2,), (lambda: 0,), (3,)], executor=workers)
    assert outcomes[0::2] == [4, 9]
    assert "cannot be sent to a worker process" in outcomes[1]
    with pytest.raises(ValueError, match=r"cannot be sent to a worker .*move it into"):
        run_tasks(lambda x: x, [(1,)], executor=workers)
    with pytest.raises(ValueError, match="executor is None, but must be LocalProcesses"):
        run_tasks(square, [(1,)], executor=None)
