"""The facts in the table are those of the models and of the packages that ship them."""

from importlib import metadata
from types import SimpleNamespace

import numpy as np
import pytest
from ase.data import atomic_numbers

from lecture8.foundation_models import MODELS, availability, available, load
from lecture8.foundation_models.availability import milliseconds_per_atom
from tests.foundation_models.make_mace_small import mace


def test_parameters_are_counted(sevennet, chgnet):
    def count(network):
        return sum(p.numel() for p in network.parameters() if p.requires_grad)

    assert count(sevennet.library.model) == MODELS["sevennet-0"].parameters
    # CHGNet's authors count the energies of the elements too, 94 numbers that are fitted before.
    for potential in (chgnet, load("chgnet-r2scan")):
        before = potential.library.model.composition_model.fc.weight.numel()
        assert count(potential.library.model) + before == potential.model.parameters
    # The published files cannot be had here, but the architecture can be built.
    for size, irreps in (("small", "128x0e"), ("medium", "128x0e + 128x1o")):
        model = MODELS[f"mace-mp-0-{size}"]
        network = mace(irreps, elements=list(model.elements), radial=64)
        assert count(network) == model.parameters
        assert float(network.r_max) == model.cutoff


def test_elements_are_those_of_the_training_set(sevennet, chgnet):
    assert set(sevennet.species) == set(sevennet.library.type_map)
    assert len(sevennet.species) == 89
    # CHGNet keeps no list. What it never saw has the embedding that it was born with, 64 normal
    # numbers, of length 8 +- 0.7; the others have grown, the least of them (Ne) to 11.7.
    embedding = chgnet.library.model.atom_embedding.embedding.weight.detach().numpy()
    lengths = np.linalg.norm(embedding, axis=1)
    assert set(chgnet.species) == {z + 1 for z in range(94) if lengths[z] > 10}
    # Fine-tuning left alone what MP-r2SCAN does not have: ytterbium too.
    fine_tuned = load("chgnet-r2scan")
    again = fine_tuned.library.model.atom_embedding.embedding.weight.detach().numpy()
    changed = np.abs(again - embedding).max(axis=1) > 0
    assert set(fine_tuned.species) == {z + 1 for z in range(94) if changed[z]}
    assert set(chgnet.species) - set(fine_tuned.species) == {atomic_numbers["Yb"]}


def test_cutoffs_are_those_of_the_models(sevennet, chgnet):
    assert float(sevennet.library.cutoff) == MODELS["sevennet-0"].cutoff
    assert chgnet.library.model.graph_converter.atom_graph_cutoff == MODELS["chgnet"].cutoff
    assert chgnet.library.model.graph_converter.bond_graph_cutoff == 3.0


@pytest.mark.parametrize(
    ("package", "names", "licence"),
    [
        ("sevenn", ["sevennet-0"], "MIT License"),
        ("chgnet", ["chgnet"], "License: Modified BSD"),
        ("mace-torch", ["mace-mp-0-small", "mace-mp-0-medium"], "MIT License"),
    ],
)
def test_licence_and_paper_are_those_that_the_package_names(package, names, licence):
    about = metadata.distribution(package).read_text("METADATA")
    assert licence in about
    for name in names:
        assert MODELS[name].licence.lower() in licence.lower()
        assert MODELS[name].doi.replace("10.48550/arXiv.", "arxiv.org/abs/") in about


def test_mace_is_downloaded_from_where_mace_torch_does():
    from mace.calculators.foundations_models import mace_mp_urls

    for size in ("small", "medium"):
        assert MODELS[f"mace-mp-0-{size}"].url == mace_mp_urls[size]


def test_the_table(cache, capsys):
    print(available())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *MODELS]
    assert "842,440" in lines[1]
    assert "yes" in lines[1]
    assert lines[4].endswith(" no")  # the cache is empty


def test_the_table_has_speeds_if_asked(cache, monkeypatch):
    monkeypatch.setattr(availability, "milliseconds_per_atom", lambda potential: 1.25)
    titles, *rows = available(measure=True)
    assert titles[-1] == "ms per atom"
    assert [row[-1] for row in rows] == ["1.2", "1.2", "1.2", "-", "-"]


def test_speed_is_the_time_of_a_call_per_atom(sevennet, monkeypatch):
    clock = iter([10.0, 10.0 + 2 * 0.64])  # two calls of 0.64 s for 64 atoms
    monkeypatch.setattr(availability, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert milliseconds_per_atom(sevennet, calls=2) == pytest.approx(10)
