"""What a provider's reports say, in one vocabulary; kinds of keys; windows. Pure."""
