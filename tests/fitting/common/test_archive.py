"""Potentials on disk: whole or not at all, with all that they were told, and refused by cause."""

import os
from pathlib import Path

import numpy as np
import pytest

from lecture8.datasets import fitted_lgps
from lecture8.fitting import Network, fit, load
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.fitting.moment_tensors.potential import MomentTensorPotential
from lecture8.fitting.networks.model import initialise
from lecture8.fitting.networks.potential import NetworkPotential
from lecture8.structures import butane
from tests.fitting.moment_tensors.planted import SMALL, planted, planted_frames

TINY = Network("painn", features=8, interactions=1, radial=8, cutoff=4.0)


def network(skin=0.5):
    untrained = initialise(TINY, np.random.default_rng(0))
    return NetworkPotential(TINY, untrained, {1: -13.0, 6: -150.0}, skin=skin)


def moment_tensor(skin=0.5):
    potential = MomentTensorPotential(SMALL, ["H", "C"], 0.9, skin=skin)
    potential.mtp_data.parameters = planted().mtp_data.parameters
    return potential


def moment_network(skin=0.8):
    shipped = fitted_lgps()
    return MomentNetworkPotential(
        shipped.description, shipped.species, shipped.coefficients, skin=skin
    )


KINDS = [network, moment_tensor, moment_network]


@pytest.mark.parametrize("kind", KINDS)
def test_the_skin_comes_back_and_the_shipped_files_of_before_have_one(kind, tmp_path):
    kind(skin=0.37).save(tmp_path / "potential")
    assert load(tmp_path / "potential").skin == 0.37
    assert fitted_lgps().skin == 0.8


def test_the_skin_survives_double_and_a_refit():
    frames = planted_frames(6)
    settings = {"rng": np.random.default_rng(0), "epochs": 1, "progress": False}
    double = network(0.37).double()
    assert double.skin == 0.37
    again = fit(frames[:4], frames[4:], model=double, **settings)
    assert again.skin == 0.37
    assert next(again.network.parameters()).dtype == next(double.network.parameters()).dtype
    assert fit(frames[:4], frames[4:], model=moment_tensor(0.37), **settings).skin == 0.37


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_named_and_nothing_is_left(kind, tmp_path):
    path = tmp_path / "potential"
    kind().save(path)
    before = path.read_bytes()
    Path(f"{path}.{os.getpid()}.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"potential was not saved: the disk is full; make room"):
        kind().save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["potential"]


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_potential_cannot_be_saved_is_named(kind, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere to save .*make it"):
        kind().save(tmp_path / "nowhere" / "potential")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=r"folder was not saved: Is a directory"):
        kind().save(tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_is_the_same_error_everywhere(kind, tmp_path):
    for way in (load, type(kind()).load):
        with pytest.raises(FileNotFoundError, match=r"there is no file .*none; check the name"):
            way(tmp_path / "none")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_refused_or_what_it_was(kind, tmp_path):
    """Random bytes in random places, and random ends."""
    path, rng = tmp_path / "potential", np.random.default_rng(0)
    kind().save(path)
    whole, refused = path.read_bytes(), []
    species = kind().species.tolist()
    for _ in range(120):
        content = bytearray(whole)
        for place in rng.integers(len(content), size=rng.integers(1, 4)):
            content[place] = rng.integers(256)
        # Headers and the list of contents are at the ends, and short.
        place = int(rng.choice([rng.integers(400), -rng.integers(1, 400)]))
        content[place] = rng.integers(256)
        path.write_bytes(
            content[: rng.integers(1, len(content))] if rng.random() < 0.2 else content
        )
        try:
            found = load(path)
        except ValueError as error:
            refused.append(str(error))
        else:
            assert found.species.tolist() == species
    assert len(refused) > 60
    assert all("cannot be used" in sentence for sentence in refused)


def test_predict_and_calculate_are_one_potential():
    frames = planted_frames(4)
    for skin in (0.0, 0.5):
        potential = network(skin)
        energies, forces = potential.predict([*frames, butane()])
        for atoms, energy, force in zip([*frames, butane()], energies, forces, strict=True):
            # Both in double precision: sums of other lengths.
            assert energy == pytest.approx(potential.get_potential_energy(atoms.copy()), abs=1e-10)
            np.testing.assert_allclose(force, potential.get_forces(atoms.copy()), atol=1e-10)


def test_far_from_the_origin_nothing_changes():
    """Differences of positions, not positions, are what single precision gets."""
    potential = NetworkPotential(
        schnet := Network("schnet", features=8, interactions=1, radial=8, cutoff=4.0),
        initialise(schnet, np.random.default_rng(0)),
        {1: -13.0, 6: -150.0},
    )
    moved = butane()
    moved.positions += 1e5
    (near, far), forces = potential.predict([butane(), moved])
    assert far == pytest.approx(near, abs=1e-5)
    np.testing.assert_allclose(*forces, atol=1e-5)
