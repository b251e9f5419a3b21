"""Claims of the course, and the control of each.

A file per notebook; `running.py` runs them and writes the table, `README.md`.
"""
