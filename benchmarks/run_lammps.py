"""Run one Lennard-Jones liquid in LAMMPS; print seconds per step.

Usage: mpiexec -n PROCESSES python run_lammps.py PAIR_STYLE REPEAT MELT STEPS
"""

import sys
import time

import lammps

style, (repeat, melt, steps) = sys.argv[1], (int(x) for x in sys.argv[2:5])
engine = lammps.lammps(cmdargs=["-screen", "none", "-log", "none"])
if style.endswith("/omp"):
    engine.command("package omp 0")  # as many threads as OMP_NUM_THREADS says
engine.commands_string(f"""
units lj
atom_style atomic
lattice fcc 0.8442
region box block 0 {repeat} 0 {repeat} 0 {repeat}
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 1.44 87287 loop geom
pair_style {style} 2.5
pair_coeff 1 1 1.0 1.0 2.5
neighbor 0.3 bin
neigh_modify every 1 delay 0 check yes
fix 1 all nve
timestep 0.005
thermo 1000000
run {melt}
""")
begin = time.perf_counter()
engine.command(f"run {steps}")
seconds = (time.perf_counter() - begin) / steps
if engine.extract_setting("world_rank") == 0:
    print(engine.extract_setting("world_size"), seconds)
