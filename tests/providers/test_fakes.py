"""The stand-ins of the demo bill what the demo company did."""

from datetime import date

from app.demo.rules.calls import Plan
from tests.providers.fakes.__main__ import make_app
from tests.providers.fakes.demo import worlds


def test_the_demo_company_is_billed_by_project_model_and_key() -> None:
    made = worlds(Plan(7, 3, date(2026, 11, 20)))
    assert {cost.day for cost in made["openai"].rows()} == {date(2026, 11, day) for day in (18, 19, 20)}
    assert {cost.model for cost in made["anthropic"].rows()} >= {"claude-sonnet-5"}
    assert made["openai"].total() > 0
    assert {project.id for project in made["openai"].projects} == {cost.project for cost in made["openai"].rows()}


def test_each_stand_in_has_a_place() -> None:
    app = make_app(Plan(7, 1, date(2026, 11, 20)))
    paths = [getattr(route, "path", "") for route in app.routes]
    assert paths == ["/health", "/openai", "/anthropic", "/openai-trial", "/revoke"]
