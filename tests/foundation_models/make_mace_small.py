"""Write `mace_small_e3nn_0.4.4.model.gz`, and its energies and forces where it is written.

The architecture is that of MACE-MP-0 (ScaleShiftMACE, two residual interactions that are agnostic
of the element, correlation 3, l up to 3, radial network of three layers), but narrow, for five
elements and with random weights: what a test needs is the file format, and that the numbers stay
the same. Compressed it is thirty times smaller: most of it are coupling coefficients that are 0.

Not part of the tests: a file that mace-torch 0.3.4 wrote, of the time of the published ones, loads
too and gives the same numbers to 1e-14.

The real files were pickled under e3nn 0.4.4; so is this one, in an environment of its own::

    python3.11 -m venv writing
    writing/bin/pip install --no-deps e3nn==0.4.4 mace-torch==0.3.16
    # The rest (torch 2.13.0 and so on) from the environment of the course, *after* e3nn 0.4.4:
    echo "$PWD/.venv/lib/python3.11/site-packages" > writing/lib/python3.11/site-packages/zz.pth
    OMP_NUM_THREADS=1 writing/bin/python tests/foundation_models/make_mace_small.py
"""

import gzip
import io
import json
import os
from pathlib import Path

if __name__ == "__main__":
    # e3nn 0.4.4 reads its constants with a torch.load that says nothing about pickles.
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import e3nn
import numpy as np
import torch
from ase import Atoms
from ase.build import bulk
from e3nn import o3
from mace.calculators import MACECalculator
from mace.modules import ScaleShiftMACE, interaction_classes

HERE = Path(__file__).parent
ELEMENTS = [3, 8, 15, 16, 32]  # Li, O, P, S, Ge


def mace(irreps: str, *, elements: list[int], radial: int, scale: float = 0.8) -> ScaleShiftMACE:
    """Return an untrained MACE-MP-0; small has 128x0e, medium 128x0e + 128x1o, both radial 64."""
    residual = interaction_classes["RealAgnosticResidualInteractionBlock"]
    return ScaleShiftMACE(
        r_max=6.0,
        num_bessel=10,
        num_polynomial_cutoff=5,
        max_ell=3,
        interaction_cls=residual,
        interaction_cls_first=residual,
        num_interactions=2,
        num_elements=len(elements),
        hidden_irreps=o3.Irreps(irreps),
        MLP_irreps=o3.Irreps("16x0e"),
        atomic_energies=-4 - 0.1 * np.arange(len(elements)),  # eV
        avg_num_neighbors=60.0,
        atomic_numbers=elements,
        correlation=3,
        gate=torch.nn.functional.silu,
        radial_MLP=[radial] * 3,
        atomic_inter_scale=scale,
        atomic_inter_shift=0.16,
    )


def structures() -> list[Atoms]:
    """Return a crystal on a skewed lattice with all elements, and a molecule."""
    crystal = bulk("LiS", "rocksalt", a=5.2, cubic=True)
    crystal.symbols[[0, 2, 5]] = ["P", "Ge", "O"]
    crystal.set_cell(crystal.cell.array @ [[1, 0.05, 0], [0, 1.02, 0.03], [0, 0, 0.97]], True)
    crystal.rattle(0.1, seed=1)
    corners = 2.05 / 3**0.5 * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    molecule = Atoms("PS4", positions=[[0, 0, 0], *corners])
    molecule.rattle(0.05, seed=2)
    return [crystal, molecule]


def main() -> None:
    """Write both files."""
    assert e3nn.__version__ == "0.4.4", e3nn.__version__
    torch.manual_seed(20240711)
    torch.set_default_dtype(torch.float64)
    # With this scale random weights give forces of the usual size.
    model = mace("8x0e + 8x1o", elements=ELEMENTS, radial=8, scale=200.0)
    written = io.BytesIO()
    torch.save(model, written)
    path = HERE / f"mace_small_e3nn_{e3nn.__version__}.model.gz"
    path.write_bytes(gzip.compress(written.getvalue(), mtime=0))
    calculator = MACECalculator(models=[model], device="cpu", default_dtype="float64")
    frames = []
    for atoms in structures():
        atoms.calc = calculator
        frame = {"numbers": atoms.numbers.tolist(), "positions": atoms.positions.tolist()}
        frame |= {"cell": atoms.cell.tolist(), "pbc": atoms.pbc.tolist()}
        frame |= {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces().tolist()}
        if atoms.pbc.all():
            frame["stress"] = atoms.get_stress().tolist()
        frames.append(frame)
    record = {"e3nn": e3nn.__version__, "torch": torch.__version__, "frames": frames}
    (HERE / "mace_small.json").write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
