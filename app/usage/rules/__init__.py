"""What was used, in parts that never overlap, read from our own words or a vendor's usage object."""
