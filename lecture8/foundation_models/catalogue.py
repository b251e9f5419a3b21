"""What is known of each foundation model: origin, licence, elements, appetite for memory."""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

# MPtrj, the relaxations of the Materials Project: everything up to Pu but Po, At, Rn, Fr and Ra.
MPTRJ_ELEMENTS = (*range(1, 84), *range(89, 95))
MPTRJ = "MPtrj: 1.58 million frames, PBE(+U)"


@dataclass(frozen=True)
class Model:
    """One set of weights.

    Parameters
    ----------
    name : str
    parameters : int
        Numbers that were fitted.
    trained_on : str
        Data set and functional: what the model imitates, with its faults.
    licence : str
        Of the weights.
    doi : str
        The paper to cite.
    sha256 : str
        Of the file with the weights.
    cutoff : float
        Å; how far an atom sees in one step of message passing.
    MB_per_pair, MB_per_angle : float
        Memory of one calculation (energy, forces, stress; float32), measured on Si, Cu, NaCl and
        diamond: it grows with the directed pairs within the cutoff, and in CHGNet also with the
        angles between bonds of up to 3 Å. In silicon one atom costs some 4 MB. MACE was measured
        with untrained networks of the same size.
    wheel, file : str
        The package whose wheel ships the weights, and where; empty for those to download.
    url : str
        Where the weights are published; empty for those in a wheel.
    elements : tuple of int
        Atomic numbers in the training set.
    """

    name: str
    parameters: int
    trained_on: str
    licence: str
    doi: str
    sha256: str
    cutoff: float
    MB_per_pair: float
    MB_per_angle: float = 0.0
    wheel: str = ""
    file: str = ""
    url: str = ""
    elements: tuple[int, ...] = MPTRJ_ELEMENTS

    @property
    def is_chgnet(self) -> bool:
        """Whether CHGNet's limits hold: a periodic cell, and a neighbour for each atom."""
        return self.wheel == "chgnet"

    def path(self) -> Path:
        """Return the file with the weights inside the installed package."""
        return Path(metadata.distribution(self.wheel).locate_file(self.file))


CHGNET = {"licence": "modified BSD", "wheel": "chgnet", "cutoff": 6.0}
CHGNET |= {"MB_per_pair": 0.02, "MB_per_angle": 0.025}
# Of MACE-MP-0 the checksums: those that several projects which pin the file computed after their
# downloads. They agree with each other; the releases themselves publish none.
MACE = {"trained_on": MPTRJ, "licence": "MIT", "cutoff": 6.0}
MACE |= {"doi": "10.48550/arXiv.2401.00096"}
MACE_RELEASE = "https://github.com/ACEsuit/mace-mp/releases/download/mace_mp_0"

MODELS = {
    model.name: model
    for model in [
        Model(
            name="sevennet-0",
            parameters=842_440,
            trained_on=MPTRJ,
            licence="MIT",
            doi="10.1021/acs.jctc.4c00190",
            sha256="7052cb42b7b3be42b40b97fa0d21077a48c54b5548948fc4dcf346629f813c36",
            cutoff=5.0,
            MB_per_pair=0.15,
            wheel="sevenn",
            file="sevenn/pretrained_potentials/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth",
        ),
        Model(
            name="chgnet",
            parameters=412_525,
            trained_on=MPTRJ,
            doi="10.1038/s42256-023-00716-3",
            sha256="d14ab7c0f093efe64b60a7bcd540bca10e74fb7f46c86108a079af60524659d1",
            file="chgnet/pretrained/0.3.0/chgnet_0.3.0_e29f68s314m37.pth.tar",
            **CHGNET,
        ),
        Model(
            name="chgnet-r2scan",
            parameters=412_525,
            trained_on="MPtrj, then 0.24 million in r2SCAN",
            doi="10.1038/s41524-025-01796-y",
            sha256="8eba3db0f35a2788bb3ae22885ad340591e27996f213c6643af522a633b50dad",
            file="chgnet/pretrained/r2scan/chgnet_r2scan_transfer_learning_e15f36s161m23.pth.tar",
            elements=tuple(z for z in MPTRJ_ELEMENTS if z != 70),  # no Yb in MP-r2SCAN
            **CHGNET,
        ),
        Model(
            name="mace-mp-0-small",
            parameters=3_847_696,
            sha256="2ddb079cee0e131eaaf6912ba581b394551ead283e95c99cfe78c605d10b5736",
            MB_per_pair=0.06,
            url=f"{MACE_RELEASE}/2023-12-10-mace-128-L0_energy_epoch-249.model",
            **MACE,
        ),
        Model(
            name="mace-mp-0-medium",
            parameters=4_688_656,
            sha256="01bfe22100139f424713cf921144e5509cbe353d67aa9fa1be9c6e1e0ed35845",
            MB_per_pair=0.13,
            url=f"{MACE_RELEASE}/2023-12-03-mace-128-L1_epoch-199.model",
            **MACE,
        ),
    ]
}
