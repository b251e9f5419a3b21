"""The recipe of the price list gives its rows, of molecules that are whole."""

import numpy as np

from lecture8.datasets import costs
from lecture8.datasets.files import path_of
from lecture8.reference import gfn2_xtb
from recipes import costs as recipe_of_costs


def test_the_recipe_of_the_price_list_gives_its_rows(tmp_path):
    """The cheap methods; prices depend on the machine and on who else is on it."""
    table = costs()
    assert list(dict.fromkeys(table["method"])) == list(recipe_of_costs.METHODS)
    methods = ("Lennard-Jones", "PaiNN", "GFN2-xTB")
    recipe_of_costs.main(tmp_path, rounds=1, methods=methods)
    assert [p.name for p in tmp_path.iterdir()] == ["costs.csv"]
    written = (tmp_path / "costs.csv").read_text().splitlines()
    shipped = path_of("costs.csv").read_text().splitlines()
    assert written[0] == shipped[0]
    expected = [row for row in shipped[1:] if row.startswith(methods)]
    for row, known in zip(written[1:], expected, strict=True):
        assert row.split(",")[:3] == known.split(",")[:3]
        assert 0.05 < float(row.split(",")[3]) / float(known.split(",")[3]) < 20


def test_the_alkanes_of_the_price_list_are_relaxed_enough():
    """All bonds and no others: the electrons of a broken molecule would take longer."""
    for carbons in (2, 5):
        molecule = recipe_of_costs.alkane(carbons)
        distances = molecule.get_all_distances()[np.triu_indices(len(molecule), 1)]
        assert np.sum(distances < 1.6) == 3 * carbons + 1
        assert distances.min() > 1.08
        assert abs(gfn2_xtb().get_forces(molecule)).max() < 1.5  # eV/Å
