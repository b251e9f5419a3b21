"""The course as a static site: what stands on its pages, how to search them, and who links whom.

``python -m lecture8.site build`` serves a built site on this machine and walks every link of it.
"""
