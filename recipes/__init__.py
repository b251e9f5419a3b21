"""What made the data sets of the course; not part of the wheel.

Run from the root of the repository: ``python -m recipes.butane`` makes the files of
`lecture8.datasets.butane_frames` again, in ``lecture8/data`` or in a folder named after it. What
the recipes share: `writing` (whole files, a row for each job).
"""
