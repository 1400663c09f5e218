"""What a person must bring to connect a provider, and where to make it: data for a guided form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class GuideField:
    """What is asked beside the key; none of it is secret."""

    name: str
    label: str
    hint: str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Guide:
    """One provider in one mode. `key_starts_with` is None where keys tell nothing by how they begin."""

    label: str
    key_label: str
    key_hint: str
    make_key_at: str
    reads: str
    key_starts_with: str | None = None
    fields: tuple[GuideField, ...] = ()


_SITE: Final = GuideField("site", "Site", "The site the key belongs to; found out when left empty", is_required=False)
_CURRENCY: Final = GuideField(
    "currency", "Currency", "Three letters, where the provider does not tell it (USD, CNY)", is_required=False
)

_FIREWORKS_ACCOUNT: Final = GuideField(
    "account", "Account", "Its short name; found out when the key reads only one", is_required=False
)

GUIDES: Final[Mapping[tuple[str, str], Guide]] = {
    ("openai", "organization"): Guide(
        label="OpenAI organization",
        key_label="Admin key",
        key_hint="An organization's owner makes it: Settings > Organization > Admin keys. Reading usage is enough.",
        make_key_at="https://platform.openai.com/settings/organization/admin-keys",
        reads="Costs by project, line item and API key; usage; names of projects, keys and people",
        key_starts_with="sk-admin-",
    ),
    ("openai", "personal"): Guide(
        label="OpenAI, one person",
        key_label="API key",
        key_hint="OpenAI tells few keys their balance. Where it does not, type the balance in under Credits.",
        make_key_at="https://platform.openai.com/api-keys",
        reads="The credit balance, where OpenAI tells it",
        key_starts_with="sk-",
    ),
    ("anthropic", "organization"): Guide(
        label="Anthropic organization",
        key_label="Admin key",
        key_hint="An admin makes it: Console > Settings > Admin keys. Individual accounts need an organization first.",
        make_key_at="https://console.anthropic.com/settings/admin-keys",
        reads="Costs by workspace, model and kind of token; usage; names of workspaces and keys",
        key_starts_with="sk-ant-admin",
    ),
    ("openrouter", "organization"): Guide(
        label="OpenRouter account",
        key_label="Management key",
        key_hint="Settings > Management keys. It cannot call models.",
        make_key_at="https://openrouter.ai/settings/management-keys",
        reads="Credits; costs and usage by model, key and day of the last 30 days",
        key_starts_with="sk-or-",
    ),
    ("openrouter", "personal"): Guide(
        label="OpenRouter, one key",
        key_label="API key",
        key_hint="Any key tells what it spent itself.",
        make_key_at="https://openrouter.ai/settings/keys",
        reads="What this key has spent",
        key_starts_with="sk-or-",
    ),
    ("deepseek", "personal"): Guide(
        label="DeepSeek",
        key_label="API key",
        key_hint="Any key of the account.",
        make_key_at="https://platform.deepseek.com/api_keys",
        reads="The balance; DeepSeek has no report of costs",
        key_starts_with="sk-",
    ),
    ("moonshot", "personal"): Guide(
        label="Moonshot (Kimi)",
        key_label="API key",
        key_hint="Any key of the account; keys of the international and the Chinese site differ.",
        make_key_at="https://platform.moonshot.ai/console/api-keys",
        reads="The balance; Moonshot has no report of costs",
        key_starts_with="sk-",
        fields=(_SITE,),
    ),
    ("siliconflow", "personal"): Guide(
        label="SiliconFlow",
        key_label="API key",
        key_hint="Any key of the account.",
        make_key_at="https://cloud.siliconflow.com/account/ak",
        reads="The balance; SiliconFlow has no report of costs",
        key_starts_with="sk-",
        fields=(_SITE, _CURRENCY),
    ),
    ("xai", "organization"): Guide(
        label="xAI team",
        key_label="Management key",
        key_hint="Console > Settings > Management keys. Keys that call models cannot read the bill.",
        make_key_at="https://console.x.ai",
        reads="Costs by model, key and day; the running invoice; prepaid credit",
        fields=(GuideField("team_id", "Team ID", "Console > Settings; it stands in the address, too"),),
    ),
    ("fireworks", "organization"): Guide(
        label="Fireworks account",
        key_label="API key of an account admin",
        key_hint="Only admins of the account are told its costs.",
        make_key_at="https://app.fireworks.ai/settings/users/api-keys",
        reads="Costs by model and day",
        key_starts_with="fw_",
        fields=(_FIREWORKS_ACCOUNT,),
    ),
    ("fireworks", "personal"): Guide(
        label="Fireworks, one person",
        key_label="API key",
        key_hint="Tells the costs of the person it belongs to.",
        make_key_at="https://app.fireworks.ai/settings/users/api-keys",
        reads="This person's costs by model and day",
        key_starts_with="fw_",
        fields=(_FIREWORKS_ACCOUNT,),
    ),
    ("mistral", "organization"): Guide(
        label="Mistral organization",
        key_label="Admin key",
        key_hint="Mistral gives its Admin API to Enterprise customers.",
        make_key_at="https://admin.mistral.ai",
        reads="Costs by model and month; it has no days",
    ),
    ("elevenlabs", "personal"): Guide(
        label="ElevenLabs",
        key_label="API key",
        key_hint="With the right to read the user.",
        make_key_at="https://elevenlabs.io/app/settings/api-keys",
        reads="Credits of the subscription's cycle; they are no money",
    ),
    ("azure", "organization"): Guide(
        label="Azure OpenAI",
        key_label="Client secret",
        key_hint="Of an app registration with the role Cost Management Reader on the scope: take the secret's value.",
        make_key_at="https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        reads="Costs by meter, resource and day",
        fields=(
            GuideField("tenant_id", "Directory (tenant) ID", "Overview of the app registration"),
            GuideField("client_id", "Application (client) ID", "Overview of the app registration"),
            GuideField("scope", "Scope", "A subscription's id, or /subscriptions/<id>/resourceGroups/<name>"),
        ),
    ),
    ("aws.bedrock", "organization"): Guide(
        label="AWS Bedrock",
        key_label="Secret access key",
        key_hint="Of an IAM user with the permission ce:GetCostAndUsage. AWS charges 0.01 USD for each request.",
        make_key_at="https://console.aws.amazon.com/iam/home#/users",
        reads="Costs and quantities by service, usage type and day; Marketplace models included",
        fields=(
            GuideField("access_key_id", "Access key ID", "Stands beside the secret; it begins with AKIA"),
            GuideField("region", "Region", "For China only (cn-north-1 or cn-northwest-1)", is_required=False),
        ),
    ),
    ("google", "organization"): Guide(
        label="Google (Gemini API, Vertex AI)",
        key_label="Key file of a service account (JSON)",
        key_hint="With the roles BigQuery Data Viewer on the export's dataset and BigQuery Job User on its project.",
        make_key_at="https://console.cloud.google.com/iam-admin/serviceaccounts",
        reads="Costs after credits by SKU, project and day, from the billing export in BigQuery",
        fields=(
            GuideField("table", "Table", "project.dataset.gcp_billing_export_v1_ACCOUNT, as BigQuery shows it"),
            GuideField("job_project", "Project of queries", "If not the service account's own", is_required=False),
            GuideField("services", "Services", "Separated by commas; else Vertex AI and Gemini", is_required=False),
        ),
    ),
}


def guide_of(provider: str, mode: str) -> Guide:
    """What is known of it; a provider without words of its own asks for a key and nothing else."""
    return GUIDES.get((provider, mode)) or Guide(
        label=f"{provider.capitalize()} ({mode})",
        key_label="API key",
        key_hint="A key that may read the account's bill.",
        make_key_at="",
        reads="What its reports tell",
    )
