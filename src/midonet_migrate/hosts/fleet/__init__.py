"""Many hosts at once: commands carried out by pyinfra in a child process of its own.

``Fleet`` (fleet.py) gives a runner for each host of an inventory; ``each`` (each.py) does the same work on
many. The child (child/) alone imports pyinfra, since that wants gevent's patches of the whole process.
"""
