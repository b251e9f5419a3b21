"""Charges: which oxidation states the elements of a crystal have, so that they add up to zero."""

from collections.abc import Mapping
from itertools import product

from lecture8.arguments import check_not_negative

# Of the positive charge; occupancies in a file are rounded, 0.33 for a third.
TOLERANCE = 0.02


def formal_charges(
    amounts: Mapping[str, float], charges: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the charge of each element, in units of e, such that the crystal is neutral.

    Each element has one of its common oxidation states, the most electronegative one its lowest. Of
    several answers that which gives the electrons to the more electronegative elements; if there is
    none, a transition metal may have an average (Fe3O4), or cations any state that is known of them
    (P4+ in Li4P2S6).

    Parameters
    ----------
    amounts : dict, element -> number of its atoms
        May be fractions.
    charges : dict, element -> charge, optional
        Of some elements or all, where you know better.

    Raises
    ------
    ValueError
        If `charges` names an element that is not there, or they cannot add up to zero.

    Notes
    -----
    Oxidation states and Pauling's electronegativities are those of pymatgen.
    """
    from pymatgen.core import Element

    charges = dict(charges or {})
    if strangers := set(charges) - set(amounts):
        raise ValueError(
            f"charges name {', '.join(sorted(strangers))}, but the crystal holds "
            f"{', '.join(amounts)}"
        )
    for symbol, number in amounts.items():
        check_not_negative(f"the amount of {symbol}", number)
    states = {x: [charges[x]] if x in charges else _states(Element(x)) for x in amounts}
    greedy = max(amounts, key=lambda x: Element(x).X or 0)  # of all that are here, for electrons
    if greedy not in charges and min(states[greedy]) < 0:
        states[greedy] = [min(states[greedy])]
    answers = _answers(amounts, states)
    if not answers:
        answers = _with_average(amounts, states, charges)
    if not answers:
        answers = _answers(amounts, _rare_too(states, charges))
    if not answers:
        usual = "; ".join(f"{x} {', '.join(f'{q:+g}' for q in states[x])}" for x in states)
        raise ValueError(
            f"the charges of {_formula(amounts)} do not add up to zero with the usual ones "
            f"({usual}). Is an atom, or an occupancy, missing or wrong in the file? If it is "
            'right, give charges, for example charges={"Fe": 2.5}'
        )

    def merit(q) -> tuple[int, float]:
        # First neutral, to half a per cent; then electrons go to where the electronegativity is
        # large. (A noble gas has none.)
        positive = sum(amounts[x] * charge for x, charge in q.items() if charge > 0)
        missed = round(abs(_sum(amounts, q)) / max(0.005 * positive, 1e-9))
        return missed, sum(q[x] * amounts[x] * (Element(x).X or 0) for x in q)

    return min(answers, key=merit)


def unusual(charges: Mapping[str, float]) -> list[str]:
    """Return the elements whose charge is none of their common oxidation states, with it."""
    from pymatgen.core import Element

    return [f"{x} {q:+.3g}" for x, q in charges.items() if q not in _states(Element(x))]


def _answers(amounts, states) -> list[dict[str, float]]:
    """Return the choices of one state for each element that make a neutral crystal."""
    choices = (dict(zip(states, choice, strict=True)) for choice in product(*states.values()))
    return [choice for choice in choices if _neutral(amounts, choice)]


def _rare_too(states, given) -> dict[str, list[float]]:
    """Return all positive states that are known of the elements, besides the common ones."""
    from pymatgen.core import Element

    rare = {x: [float(q) for q in Element(x).oxidation_states if q > 0] for x in states}
    cations = {x for x in states if max(states[x]) > 0} - set(given)
    return {x: sorted({*states[x], *rare[x]}) if x in cations else states[x] for x in states}


def _states(element) -> list[float]:
    return [float(q) for q in element.common_oxidation_states] or [0.0]


def _sum(amounts, charges) -> float:
    return sum(amounts[x] * charges[x] for x in charges)


def _neutral(amounts, charges) -> bool:
    positive = sum(amounts[x] * q for x, q in charges.items() if q > 0)
    return abs(_sum(amounts, charges)) <= TOLERANCE * positive


def _with_average(amounts, states, given) -> list[dict[str, float]]:
    """Return the answers in which one transition metal takes what the others leave."""
    from pymatgen.core import Element

    answers = []
    for metal in (x for x in amounts if Element(x).is_transition_metal and x not in given):
        others = [x for x in amounts if x != metal]
        for choice in product(*(states[x] for x in others)):
            charges = dict(zip(others, choice, strict=True))
            average = -_sum(amounts, charges) / amounts[metal]
            known = [q for q in Element(metal).oxidation_states if q > 0]
            if known and min(known) <= average <= max(known):
                answers.append({metal: average} | charges)
    return answers


def _formula(amounts) -> str:
    return " ".join(f"{x}{number:g}" for x, number in amounts.items())
