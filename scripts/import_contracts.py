"""The one import contract that import-linter does not ship; `lint-imports` reads it from pyproject.toml."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PublicFaces(Contract):
    """A package's private rooms are imported by the package itself and by the doors only.

    `private` names the rooms, `open` the modules that are public all the same, `doors` the modules
    (with what is below them) that may import any room.
    """

    type_name = "public_faces"

    # import-linter puts the parsed sets in place of these fields
    private: Any = fields.SetField(subfield=fields.StringField())
    open: Any = fields.SetField(subfield=fields.StringField(), required=False)
    doors: Any = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        output.verbose_print(verbose, f"Private rooms: {', '.join(sorted(self._private_rooms(graph)))}")
        broken = [
            f"{importer} imports {room}"
            for room in sorted(self._private_rooms(graph))
            for importer in sorted(graph.find_modules_that_directly_import(room))
            if not self._may_import(importer, room)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=False)
        output.print("Import that package's service, rules, dependencies or models instead.")

    def _private_rooms(self, graph: ImportGraph) -> set[str]:
        return {
            module
            for module in graph.modules
            if _room(module) in self.private and not _is_below(module, self.open or set())
        }

    def _may_import(self, importer: str, room: str) -> bool:
        return _package(importer) == _package(room) or _is_below(importer, self.doors or set())


def _package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _room(module: str) -> str:
    """`routes` of `app.usage.routes` and of `app.usage.routes.calls`; "" where there is none."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 else ""


def _is_below(module: str, parents: set[str]) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)
