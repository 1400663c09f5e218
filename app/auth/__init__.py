"""Users, passwords, sign-in sessions.

Owns `users` and `sessions`. Who may do what in a workspace is not known here.
"""
