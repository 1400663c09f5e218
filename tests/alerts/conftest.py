from tests.workspaces.conftest import House, house

__all__ = ["House", "house"]
