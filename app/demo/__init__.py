"""A made-up company and its calls, for looking at TokenBoard before one's own calls are in.

Owns no table and no price: it registers, makes keys and sends calls as anybody would.
"""
