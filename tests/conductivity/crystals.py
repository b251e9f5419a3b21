"""Structure files as people have them, written by hand: symmetry, occupancies, labels."""

ARGYRODITE = """data_Li6PS5Cl
_chemical_formula_sum 'Li6 P S5 Cl'
_cell_length_a 9.859
_cell_length_b 9.859
_cell_length_c 9.859
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F -4 3 m'
_symmetry_Int_Tables_number 216
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 Li+ 0.183 -0.183 0.024 0.5
P1 P5+ 0 0 0.5 1
S1 S2- 0.1197 -0.1197 0.6197 1
S2 S2- 0.25 0.25 0.75 1
Cl1 Cl- 0 0 0 1
"""

# A cation site that is shared: 3 of 4 Na, 1 of 4 K.
SHARED = """data_salt
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
_symmetry_Int_Tables_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Na1 Na 0 0 0 0.75
K1 K 0 0 0 0.25
Cl1 Cl 0.5 0.5 0.5 1
"""
