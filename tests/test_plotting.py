"""Figures: what is drawn is the data, labelled, in the one style."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ase import units

from lecture8 import plotting
from lecture8.integrators import initial_state, simulate
from lecture8.ionic_conductivity import arrhenius_fit
from lecture8.measured import from_error
from lecture8.potentials import Harmonic
from lecture8.trust import Finding


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture
def run():
    start = initial_state([[1.0, 0.5]], [[0.0, 1.0]], [1.0], Harmonic())
    return simulate(start, Harmonic(), timestep=0.1, steps=20)


def test_phase_portrait_draws_velocity_against_position(ax, run):
    plotting.phase_portrait(ax, run, label="velocity Verlet")
    x, v = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, run.positions[:, 0, 0])
    np.testing.assert_array_equal(v, run.velocities[:, 0, 0])
    assert ax.lines[0].get_color() == plotting.BLUE
    assert ax.lines[0].get_linestyle() == "None"  # joined, a coarse step fills the orbit
    assert ax.get_xlabel() == "position"


def test_against_time_names_every_curve(ax, run):
    curves = {"kinetic": run.kinetic_energies, "total": run.total_energies}
    plotting.against_time(ax, run.times, curves, xlabel="time / ps", ylabel="energy / eV")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["kinetic", "total"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time / ps", "energy / eV")


def test_convergence_is_logarithmic_and_keeps_the_colour_of_its_integrator(ax):
    plotting.convergence(ax, [0.1, 0.2], [1e-3, 4e-3], label="velocity Verlet: 2.00")
    plotting.log_ticks(ax.xaxis, [0.1, 0.2])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.lines[0].get_color() == plotting.BLUE
    assert list(ax.get_xticks()) == [0.1, 0.2]


def test_orbit_draws_one_path_per_body(ax, run):
    plotting.orbit(ax, run, label="velocity Verlet")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), run.positions[:, 0, 1])


def test_maxwell_boltzmann_histogram_and_law_are_both_densities(ax):
    speeds = np.linalg.norm(np.random.default_rng(0).standard_normal((20_000, 3)), axis=1) * 3.0
    plotting.maxwell_boltzmann(ax, speeds, thermal_speed=3.0, label="test")
    s, law = ax.lines[0].get_data()
    assert np.sum(law) * (s[1] - s[0]) == pytest.approx(1, abs=0.01)
    heights = np.array([bar.get_height() for bar in ax.patches])
    centres = np.array([bar.get_x() + bar.get_width() / 2 for bar in ax.patches])
    # 20,000 draws in 45 bins: each height is known to a few percent of the largest.
    np.testing.assert_allclose(heights, np.interp(centres, s, law), atol=0.05)


def test_show_gives_the_summary_as_alternative_of_the_picture_alone(monkeypatch, capsys, ax):
    shown = {}
    monkeypatch.setattr(plotting, "display", lambda figure, metadata: shown.update(metadata))
    plotting.show(ax.figure, "a line rises.")
    assert shown == {"image/png": {"alt": "a line rises."}}
    assert capsys.readouterr().out == ""  # or it would answer what students are to predict


def test_parity_draws_the_diagonal_and_every_component(ax):
    labels = np.arange(12.0).reshape(4, 3)
    plotting.parity(ax, labels, labels + 1, quantity="force", unit="(eV/Å)")
    diagonal, points = (line.get_xydata() for line in ax.lines)
    np.testing.assert_array_equal(diagonal, [[0, 0], [12, 12]])
    np.testing.assert_array_equal(points[:, 1] - points[:, 0], np.ones(12))
    assert ax.get_xlabel() == "force, label / (eV/Å)"


def test_fit_history_draws_both_losses_on_a_logarithmic_axis(ax):
    history = {"epoch": [1, 2], "train": [1.0, 0.1], "validation": [2.0, 0.3]}
    plotting.fit_history(ax, history, label="validation")
    assert ax.get_yscale() == "log"
    train, validation = (list(line.get_ydata()) for line in ax.lines)
    assert (train, validation) == ([1.0, 0.1], [2.0, 0.3])


def test_traffic_lights_tell_by_colour_by_sign_and_by_number(ax):
    good, bad = (Finding("drift", value, "meV", v, "") for value, v in ((0.1, "green"), (7, "red")))
    none = Finding("stress", np.nan, "%", "n/a", "")
    plotting.traffic_lights(ax, {"one": [good, none], "two": [bad]})
    colours = [matplotlib.colors.to_hex(patch.get_facecolor(), False) for patch in ax.patches]
    # A model without a check has no field there.
    assert [colour.upper() for colour in colours] == [plotting.GREEN, "#DDDDDD", plotting.RED]
    assert [text.get_text() for text in ax.texts] == ["✓  0.1", "n/a", "✗  7"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (0, 1), (1, 0)]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["one", "two"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["drift / meV", "stress / %"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first check on top


def test_message_passing_counts_the_layers_that_a_message_needs(ax):
    chain = [[x, 0] for x in (0, 1, 2, 3.0)] + [[9.0, 0]]  # the last hears nothing
    plotting.message_passing(ax, chain, cutoff=1.5)
    shown = {
        line.get_label(): line.get_xdata().tolist() for line in ax.lines if line.get_ls() == "None"
    }
    assert shown == {
        "one atom": [0],
        "heard in layer 1": [1],
        "heard in layer 2": [2],
        "heard in layer 3": [3],
    }
    assert sum(line.get_ls() == "-" for line in ax.lines) == 3  # the bonds


def test_the_words_of_a_message_do_not_collide(ax):
    ax.figure.set_size_inches(6, 4)
    plotting.message(ax)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    overlaps = [(a, b) for k, a in enumerate(boxes) for b in boxes[:k] if a.overlaps(b)]
    assert overlaps == []


def test_band_is_the_mean_of_the_replicas_with_its_standard_error(ax):
    curves = np.array([[0.0, 1.0, 4.0], [0.0, 3.0, 4.0]])
    plotting.band(ax, [0, 1, 2], curves, colour="black", label="two")
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 2], [2, 4]])
    edges = ax.collections[0].get_paths()[0].vertices
    # Of 1 and 3: sqrt(2) / sqrt(2) = 1 to either side; of 4 and 4: nothing.
    assert {y for x, y in edges if x == 1} == {1, 3}
    assert {y for x, y in edges if x == 2} == {4}


def test_arrhenius_draws_points_on_the_line_and_a_band_that_widens_to_300_K(ax):
    temperatures = np.array([500.0, 700.0, 1000.0])
    D = 10 * np.exp(-0.2 / (units.kB * temperatures))
    points = {T: from_error(d, 0.05 * d, 10) for T, d in zip(temperatures, D, strict=True)}
    line = arrhenius_fit(points)
    plotting.arrhenius(ax, line, points, label="exact")
    fitted = ax.lines[0].get_xydata()
    on_line = np.interp(1000 / temperatures, *fitted.T)
    np.testing.assert_allclose(on_line, D, rtol=1e-2)  # 200 points of the line, one per cent apart
    assert fitted[-1, 0] == pytest.approx(1000 / 300)
    edges = ax.collections[0].get_paths()[0].vertices

    def width(x):
        y = edges[np.abs(edges[:, 0] - x) < 1e-9, 1]
        return y.max() / y.min()

    assert width(1000 / 300) > 1.5 * width(fitted[0, 0])
    assert ax.get_yscale() == "log"


@pytest.mark.filterwarnings("ignore:300 K is")
def test_what_the_line_does_not_know_has_open_marks(ax):
    points = {T: from_error(np.exp(-1000 / T), 0.01, 10) for T in (500.0, 700.0, 1000.0)}
    unseen = {350.0: from_error(0.07, 0.01, 10)}
    plotting.arrhenius(ax, arrhenius_fit(points), points, label="exact", unseen=unseen)
    (mark,) = (line for line in ax.lines if line.get_marker() == "D")
    np.testing.assert_allclose(mark.get_xydata(), [[1000 / 350, 0.07]])
    assert mark.get_markerfacecolor() == "white"


def test_survival_draws_a_line_for_each_fit_and_a_point_for_each_run(ax):
    runs = {
        "potential": np.array(["mtp 6", "mtp 6", "mtp 6", "mtp 12"]),
        "fit": np.array([0, 0, 1, 0]),
        "force_mae_meV_A": np.array([100.0, 100.0, 90.0, 20.0]),
        "survived_ps": np.array([5.0, 50.0, 7.0, 50.0]),
    }
    plotting.survival(ax, runs, picoseconds=50)
    drawn = [line.get_xydata().tolist() for line in ax.lines[:-1]]
    assert drawn == [[[100, 5], [100, 50]], [[90, 7]], [[20, 50]]]
    assert ax.get_legend_handles_labels()[1] == ["MTP level 6", "MTP level 12"]
    assert list(ax.lines[-1].get_ydata()) == [50, 50]  # where a run ends that did not break
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


@pytest.mark.parametrize(
    ("search", "number"), [("all pairs", 24), ("Verlet list", 8), ("cell list", 8)]
)
def test_neighbour_search_counts_whose_distance_is_measured(ax, search, number):
    lattice = np.array([(i, j) for i in range(5) for j in range(5)], float)  # one atom in each box
    plotting.neighbour_search(ax, lattice, search=search, cutoff=1.0 - 1e-9, skin=0.0)
    if search == "Verlet list":  # at exactly 1 the four next ones are beyond, with skin they are in
        assert ax.get_title() == "Verlet list: 0"
        plotting.neighbour_search(ax, lattice, search=search, cutoff=1.0, skin=0.45)
    assert ax.get_title() == f"{search}: {number}"


def test_neighbour_search_refuses_an_unknown_one(ax):
    with pytest.raises(ValueError, match="choose all pairs"):
        plotting.neighbour_search(ax, np.zeros((2, 2)), search="luck", cutoff=1, skin=0)
