"""Ground: configuration, database, errors, money, time, logs.

Imports no other package of the project and knows no product words.
"""
