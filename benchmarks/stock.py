"""SchNetPack's own way: data module, task, trainer and model as its tutorial on MD17 sets them up.

AtomsDataModule on an ASE database, batches of 10, ASE's neighbour list for each sample,
RemoveOffsets, CastTo32, one loader process, AdamW, loss weights 0.01 and 0.99, ModelCheckpoint.
"""

import contextlib
import logging
import time
from pathlib import Path

import numpy as np
import torch

from lecture8.datasets import butane_frames
from lecture8.fitting import Network
from lecture8.frames import split

NETWORK = Network("painn", features=32, interactions=3, radial=20, cutoff=5.0)


def butane_parts() -> list:
    """Return 400 frames of butane at 500 K to train, 100 to validate, 400 to test; other runs."""
    return split(butane_frames(), train=400, validation=100, test=400, rng=np.random.default_rng(0))


class Stock:
    """SchNetPack's data module, task and trainer."""

    def __init__(self, parts, folder: Path, learning_rate: float = 1e-3, device: str = "cpu"):
        import pytorch_lightning as pl
        import schnetpack as spk
        import schnetpack.transform as trn
        import torchmetrics
        from schnetpack.data import ASEAtomsData, AtomsDataModule

        self.pl, self.folder, self.device = pl, folder, device
        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        path = str(folder / "butane.db")
        everything = [atoms for part in parts for atoms in part]
        dataset = ASEAtomsData.create(
            path, distance_unit="Ang", property_unit_dict={"energy": "eV", "forces": "eV/Ang"}
        )
        dataset.add_systems(
            atoms_list=everything,
            property_list=[
                {"energy": np.array([a.get_potential_energy()]), "forces": a.get_forces()}
                for a in everything
            ],
        )
        sizes = np.cumsum([0, *map(len, parts)])
        index = {
            f"{name}_idx": list(range(sizes[k], sizes[k + 1]))
            for k, name in enumerate(("train", "val", "test"))
        }
        np.savez(folder / "split.npz", **index)
        self.data = AtomsDataModule(
            path,
            batch_size=10,
            num_train=len(parts[0]),
            num_val=len(parts[1]),
            split_file=str(folder / "split.npz"),
            transforms=[
                trn.ASENeighborList(cutoff=5.0),
                trn.RemoveOffsets("energy", remove_mean=True, remove_atomrefs=False),
                trn.CastTo32(),
            ],
            num_workers=1,
            pin_memory=False,
        )
        with contextlib.chdir(folder):  # it leaves a lock file where it stands
            self.data.prepare_data()
            self.data.setup()
        model = stock_model(offsets=True)
        outputs = [
            spk.task.ModelOutput(
                name=name,
                loss_fn=torch.nn.MSELoss(),
                loss_weight=weight,
                metrics={"MAE": torchmetrics.MeanAbsoluteError()},
            )
            for name, weight in (("energy", 0.01), ("forces", 0.99))
        ]
        self.task = spk.task.AtomisticTask(
            model=model,
            outputs=outputs,
            optimizer_cls=torch.optim.AdamW,
            optimizer_args={"lr": learning_rate},
        )

    def fit(self, epochs: int, go_on=lambda seconds: True) -> list[float]:
        """Train and return the seconds of each epoch; `go_on(seconds so far)` may stop it."""
        seconds = []

        class Clock(self.pl.Callback):
            def on_train_epoch_start(self, trainer, task):
                self.began = time.perf_counter()

            # Lightning validates before it ends the epoch, so that both are inside.
            def on_train_epoch_end(self, trainer, task):
                seconds.append(time.perf_counter() - self.began)
                if not go_on(sum(seconds)):
                    trainer.should_stop = True

        trainer = self.pl.Trainer(
            callbacks=[
                Clock(),
                self.pl.callbacks.ModelCheckpoint(dirpath=self.folder, monitor="val_loss"),
            ],
            logger=self.pl.loggers.CSVLogger(self.folder),
            max_epochs=epochs,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            accelerator=self.device,
        )
        trainer.fit(self.task, datamodule=self.data)
        return seconds


def stock_model(architecture: str = "painn", *, offsets: bool = False):
    """Return a SchNetPack model as the tutorial assembles it."""
    import schnetpack as spk
    import schnetpack.transform as trn

    after = [trn.CastTo64()]
    if offsets:
        after.append(trn.AddOffsets("energy", add_mean=True, add_atomrefs=False))
    kind = {"painn": spk.representation.PaiNN, "schnet": spk.representation.SchNet}[architecture]
    return spk.model.NeuralNetworkPotential(
        representation=kind(
            n_atom_basis=NETWORK.features,
            n_interactions=NETWORK.interactions,
            radial_basis=spk.nn.GaussianRBF(n_rbf=NETWORK.radial, cutoff=NETWORK.cutoff),
            cutoff_fn=spk.nn.CosineCutoff(NETWORK.cutoff),
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(n_in=NETWORK.features, output_key="energy"),
            spk.atomistic.Forces(energy_key="energy", force_key="forces"),
        ],
        postprocessors=after,
    )
