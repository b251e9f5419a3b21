"""One run of 14 ps, all that ab initio dynamics often leave: ours and kinisi (`make bench`)."""

from functools import partial

import numpy as np
from contest import keep, seconds_of, take_turns, told
from transport import INTERVAL, kinisi_samples, universe

from lecture8.ionic_conductivity import diffusion_coefficient

D, FRAMES, HOP, CAGE = 0.05, 140, 3.0, 0.3  # Å2/ps, every 0.1 ps, Å, Å
WINDOW = (1.0, 2.7)  # ps
SETTINGS = f"""
Ions that rattle in cages (0.3 Å) and hop by 3 Å, alone or two together, D = 0.05 Å2/ps: one run of
{FRAMES} frames, 14 ps, in memory for both; the same lags, 1.0 to 2.7 ps, for both; one core. Ours:
four blocks of time origins; kinisi 2.1 as its documentation draws D.
"""


def hopping(rng, ions: int, together: int) -> np.ndarray:
    """Return positions (T, N, 3), Å, of ions that hop in groups, each rattling in its own cage."""
    steps = np.zeros((FRAMES, ions // together, 3))
    t, i = np.nonzero(rng.random(steps.shape[:2]) < D * 6 * INTERVAL / HOP**2)
    steps[t, i, rng.integers(3, size=len(t))] = HOP * rng.choice([-1, 1], size=len(t))
    walks = np.repeat(np.cumsum(steps, axis=0), together, axis=1)
    return walks + CAGE * rng.standard_normal(walks.shape)


def ours(positions) -> tuple[float, float, float]:
    """Return D and the ends of its interval of 95 %."""
    found = diffusion_coefficient(positions, INTERVAL * np.arange(FRAMES), window=WINDOW)
    return found.value, found.low, found.high


def kinisi(made) -> tuple[float, float, float]:
    """Return the same from what kinisi draws."""
    lags = np.arange(round(WINDOW[0] / INTERVAL), round(WINDOW[1] / INTERVAL) + 1)
    samples = kinisi_samples(made, lags)
    return samples.mean(), *np.percentile(samples, [2.5, 97.5])


def compared(ions: int, together: int, trials: int) -> str:
    """Return in words how often each interval holds the true D, and whether they agree."""
    rng = np.random.default_rng([ions, together])
    rows, refused = [], 0
    for _ in range(trials):
        positions = hopping(rng, ions, together)
        try:
            rows.append((*ours(positions), *kinisi(universe(positions))))
        except ValueError:  # ours: a curve that does not rise
            refused += 1
    d, low, high, k, k_low, k_high = np.array(rows).T
    held, k_held = np.mean((low <= D) & (high >= D)), np.mean((k_low <= D) & (k_high >= D))
    agree = np.mean((low <= k) & (k <= high))
    return (
        f"{ions} ions, {'alone' if together == 1 else 'in pairs'}: the interval holds the truth in "
        f"{held:.0%} of {len(rows)} runs (kinisi's in {k_held:.0%}), kinisi's D lies in ours in "
        f"{agree:.0%}; rms error of D {np.std(d - D) / D:.0%} (kinisi {np.std(k - D) / D:.0%}), "
        f"{refused} refused"
    )


def main() -> None:
    """Compare and keep the table."""
    arguments = told(__doc__, rounds=5, trials=100)
    positions = hopping(np.random.default_rng(0), 200, 1)
    made = universe(positions)
    lines = {"ours": partial(ours, positions), "kinisi": partial(kinisi, made)}
    for line in lines.values():  # the first call warms up
        line()
    timed = {name: partial(seconds_of, line) for name, line in lines.items()}
    contest = take_turns("D of 200 ions in 14 ps", "s", timed, rounds=arguments.rounds)
    said = [compared(*which, arguments.trials) for which in ((20, 1), (200, 1), (20, 2), (200, 2))]
    notes = "Over other seeds: " + "; ".join(said) + "."
    keep("short_runs", "Diffusion coefficient from one short run", SETTINGS, [contest], notes)


if __name__ == "__main__":
    main()
