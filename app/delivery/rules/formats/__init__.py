"""A notice in the words of each channel. Pure: a notice in, what is posted or mailed out."""
