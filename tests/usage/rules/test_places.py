import pytest

from app.usage.rules.places import geo_of


@pytest.mark.parametrize(
    ("provider", "base_url", "place"),
    [
        ("openai", "https://eu.api.openai.com/v1", "eu"),
        ("openai", "https://US.api.openai.com", "us"),
        ("openai", "https://api.openai.com/v1", None),
        ("openai", "https://eu.api.openai.com.example.com/v1", None),
        ("openai", "https://example.com/eu.api.openai.com/v1", None),
        ("openai", None, None),
        ("azure", "https://eu.api.openai.com/v1", None),
        ("vertex", "https://europe-west4-aiplatform.googleapis.com/v1", "europe-west4"),
        ("vertex", "https://us-east5-aiplatform.googleapis.com", "us-east5"),
        ("vertex", "https://aiplatform.eu.rep.googleapis.com/v1", "eu"),
        ("vertex", "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google", "global"),
        ("vertex", "https://aiplatform.googleapis.com/v1/projects/p/locations/us-east5", "us-east5"),
        ("vertex", "https://aiplatform.googleapis.com/v1", None),
        ("vertex", "https://generativelanguage.googleapis.com/v1beta", None),
        ("alibaba", "https://dashscope.aliyuncs.com/compatible-mode/v1", "cn"),
        ("alibaba", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", None),
        ("alibaba", "https://dashscope-us.aliyuncs.com/compatible-mode/v1", "us"),
        ("z.ai", "https://open.bigmodel.cn/api/paas/v4", "cn"),
        ("z.ai", "https://api.z.ai/api/paas/v4", None),
        ("moonshot", "https://api.moonshot.cn/v1", "cn"),
        ("moonshot", "https://api.moonshot.ai/v1", None),
        ("google", "https://europe-west4-aiplatform.googleapis.com/v1", None),
    ],
)
def test_the_address_names_the_place(provider: str, base_url: str | None, place: str | None) -> None:
    assert geo_of(provider, base_url) == place
