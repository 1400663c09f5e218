"""The entry for Vercel, which serves the ASGI application it finds here; see docs/operating.md."""

from app.main import create_app

app = create_app()
