"""Stand-ins of providers: small ASGI apps over seeded, exact worlds. They behave as the providers' references say."""
