"""Messages out: an outbox in PostgreSQL, and the ways to people: mail, chat, pager, webhook.

Owns what is to be sent, the tries and their ends. Leaves why, to whom and when to the packages above: nothing here
knows what an alert or an account is.
"""
