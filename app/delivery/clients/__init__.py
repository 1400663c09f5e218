"""The ways out of the house: a mail server, a folder, and other people's HTTP."""
