"""The scheduled door: what a scheduler outside asks for. No work outlives its request.

Owns the cron routes and their secret. Leaves what is due, and doing it, to the packages below.
"""
