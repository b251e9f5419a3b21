"""From a name to a calculator, quietly: each library is imported only where it is needed."""

import contextlib
import io
import os
import warnings
from dataclasses import replace
from pathlib import Path

from lecture8.arguments import check_whole
from lecture8.foundation_models.catalogue import MODELS, Model
from lecture8.foundation_models.potential import FoundationModel
from lecture8.foundation_models.weights import published_weights, wheel_weights
from lecture8.imports import whole_import
from lecture8.threads import torch_settings

MACE = "mace-mp-0"
MACE_SIZES = ("small", "medium")


@torch_settings()
def load(
    name: str = "sevennet-0",
    *,
    threads: int = 1,
    size: str | None = None,
    weights: str | Path | None = None,
    url: str | None = None,
    sha256: str | None = None,
    dtype: str | None = None,
) -> FoundationModel:
    """Return a foundation model as an ASE calculator, on the CPU.

    The weights of "sevennet-0", "chgnet" and "chgnet-r2scan" are those inside the installed wheels
    of sevenn and chgnet, which pip has checked, and this function checks again. "mace-mp-0-small"
    and "mace-mp-0-medium" are downloaded once, to the user's cache, unless they are there or
    `weights` names the file. A file of weights is a pickle, which can run code as it is opened:
    **no file is opened before its sha256 has been compared** with the one in `MODELS`, or with
    `sha256`.

    Parameters
    ----------
    name : str
        One of `available`; "mace-mp-0" with a `size` is another way to say "mace-mp-0-small".
    threads : int
        Cores to use. A model answers faster with more, and a class on one machine does not.
    size : str
        "small" (if left out) or "medium", of "mace-mp-0" only. All that follow are for MACE-MP-0.
    weights : path, optional
        The file, where you have it already.
    url : str, optional
        Another place to download from, such as a server in the class room.
    sha256 : str, optional
        The checksum of a MACE model that is not the published one, from where you got the file.
    dtype : str
        "float32" (if left out) or "float64": twice the time and memory, for relaxations to small
        forces, and for vibrations.

    Raises
    ------
    ValueError
        If there is no such model, an option does not apply, or a file is not the expected one.
    FileNotFoundError, ConnectionError
        If the weights are neither here nor within reach.

    Notes
    -----
    SevenNet-0: Park et al., J. Chem. Theory Comput. 20, 4857 (2024). CHGNet: Deng et al., Nat.
    Mach. Intell. 5, 1031 (2023); on r2SCAN: Huang et al., npj Comput. Mater. 11, 313 (2025).
    MACE-MP-0: Batatia et al., arXiv:2401.00096.
    """
    check_whole("threads", threads, 1)
    if name == MACE:
        if size not in (None, *MACE_SIZES):
            raise ValueError(f"size is {size!r}, but {MACE} comes as {' or '.join(MACE_SIZES)}")
        name, size = f"{MACE}-{size or MACE_SIZES[0]}", None
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}; choose one of {', '.join(MODELS)}")
    if size is not None:
        raise ValueError(f"size is {size!r}, an option of {MACE}, not of {name}; leave it out")
    model = MODELS[name]
    options = {"weights": weights, "url": url, "sha256": sha256, "dtype": dtype}
    if name.startswith(MACE):
        return _mace(model, threads, **options)
    for option, value in options.items():
        if value is not None:
            raise ValueError(
                f"{option} is {value!r}, an option of {MACE}, not of {name}; leave it out"
            )
    wheel_weights(model)
    library = _chgnet(model) if model.is_chgnet else _sevennet(model)
    return FoundationModel(model, library, model.elements, threads=threads)


def _sevennet(model: Model):
    # The rest of the library is imported with its first model.
    with _quiet(), _no_torchscript(), whole_import():
        from sevenn.calculator import SevenNetCalculator

        return SevenNetCalculator(model.path(), device="cpu")


def _chgnet(model: Model):
    with _quiet():
        with whole_import():
            from chgnet.model import CHGNet

            from lecture8.foundation_models.chgnet_potential import CHGNetPotential

        version = "r2scan" if "r2scan" in model.name else "0.3.0"
        return CHGNetPotential(CHGNet.load(model_name=version, use_device="cpu", verbose=False))


def _mace(model: Model, threads: int, *, weights, url, sha256, dtype) -> FoundationModel:
    dtype = dtype or "float32"
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype is {dtype!r}; choose 'float32' or 'float64'")
    content = published_weights(model, weights=weights, url=url, sha256=sha256)
    import torch

    with _quiet(), _environment_unchanged():
        with whole_import():
            from mace.calculators import MACECalculator

        try:
            network = torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)
            cutoff = float(network.r_max)
        except Exception as error:
            raise ValueError(
                f"the file for {model.name} has the expected checksum, but mace-torch cannot read "
                f"it ({type(error).__name__}: {error}); is it a MACE model?"
            ) from error
        # Converted here: MACECalculator does it too, but logs a warning.
        network = network.to(getattr(torch, dtype))
        library = MACECalculator(models=[network], device="cpu", default_dtype=dtype)
    memory = model.MB_per_pair * (2 if dtype == "float64" else 1)
    model = replace(
        model,
        parameters=sum(p.numel() for p in network.parameters()),
        cutoff=cutoff,
        MB_per_pair=memory if sha256 is None else 0.0,  # of another model we know nothing
    )
    return FoundationModel(model, library, library.z_table.zs, threads=threads)


# What the libraries do besides ------------------------------------------------------------------


@contextlib.contextmanager
def _quiet():
    """Silence what is said on import and on loading, and means nothing to a student."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", "No tensor product accelerator")
        yield


@contextlib.contextmanager
def _no_torchscript():
    """Build tensor products as plain torch.

    Compiled, each load of SevenNet-0 leaves 200 MB behind that no `del` brings back, takes twice
    as long, and the model is not faster.
    """
    with whole_import():
        import e3nn

    before = e3nn.get_optimization_defaults()["jit_script_fx"]
    e3nn.set_optimization_defaults(jit_script_fx=False)
    try:
        yield
    finally:
        e3nn.set_optimization_defaults(jit_script_fx=before)


@contextlib.contextmanager
def _environment_unchanged():
    """Take back what mace-torch sets on import: that torch.load opens any pickle from then on."""
    name = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before
