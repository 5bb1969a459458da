"""yum 3.4 for hosts of the practice site: its options, words and statuses over the machine's dnf and rpm.

The modules of this package are copied to a host and run there by the machine's own Python, which has dnf's
modules; nothing of the rest of the project is there. Only :mod:`.options`, :mod:`.layout` and :mod:`.names`
can be imported here. Packages, dependencies, downloads, signatures and transactions are the real ones.
"""
