"""The recipe of PBE's pupil, in small: it keeps what it has made, and goes on from there."""

from lecture8.datasets import pbe_frames
from lecture8.fitting import load
from recipes import lgps_pbe_pupil


def test_it_makes_a_pupil_and_goes_on_from_what_is_there(tmp_path, monkeypatch, capsys):
    frames = [a for a in pbe_frames() if "test" not in a.info["run"]][:5]
    frames += [a for a in pbe_frames() if "test" in a.info["run"]][:2]
    for name, value in {
        "packed": lambda name: frames,
        "lgps_frames": lambda: frames[:4],
        "TUNING": {"epochs": 0},
        "DISTILLING": {"epochs": 2, "learning_rate": 1e-3},
        "REFITTING": {"epochs": 2, "learning_rate": 3e-4, "batch_size": 2},
        "HELD": 4,
        "HELD_OF_LABELS": 4,
    }.items():
        monkeypatch.setattr(lgps_pbe_pupil, name, value)
    lgps_pbe_pupil.main(tmp_path)
    steps = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in steps if "meV/Å" in line] == [
        "SevenNet-0 tuned to 5 frames",
        "its pupil",
        "that, refitted",
    ]
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert set(kept) == {
        "sevennet_tuned.npz",
        "lgps_relabelled.xyz.gz",
        "lgps_distilled.npz",
        "lgps_pbe.npz",
    }
    assert load(tmp_path / "lgps_pbe.npz").get_potential_energy(frames[0].copy()) < -200
    lgps_pbe_pupil.main(tmp_path)
    for name in set(kept) - {"lgps_pbe.npz"}:
        assert (tmp_path / name).stat().st_mtime_ns == kept[name]
