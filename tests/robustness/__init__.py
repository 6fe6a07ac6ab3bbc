"""What must hold however badly things go: odd bodies, `kill -9`, restarts, a lost database, poison.

`server.py` runs the real program in a process of its own, `wire.py` talks HTTP to it, `odd.py` makes the bodies.
"""
