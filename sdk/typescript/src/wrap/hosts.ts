/** Who serves a call, by the host that it goes to. Names are those of TokenBoard's price book. */

const HOSTS: Record<string, string> = {
  "api.openai.com": "openai",
  "oai.helicone.ai": "openai",
  "api.anthropic.com": "anthropic",
  "generativelanguage.googleapis.com": "google",
  "aiplatform.googleapis.com": "vertex",
  "api.groq.com": "groq",
  "api.together.xyz": "together",
  "api.together.ai": "together",
  "api.deepseek.com": "deepseek",
  "openrouter.ai": "openrouter",
  "api.fireworks.ai": "fireworks",
  "api.mistral.ai": "mistral",
  "codestral.mistral.ai": "mistral",
  "api.x.ai": "xai",
  "api.perplexity.ai": "perplexity",
  "api.cerebras.ai": "cerebras",
  "api.moonshot.ai": "moonshot",
  "api.moonshot.cn": "moonshot",
  "api.z.ai": "z.ai",
  "open.bigmodel.cn": "zhipu",
  "api.cohere.com": "cohere",
  "api.cohere.ai": "cohere",
  "ai-gateway.vercel.sh": "vercel",
  "api.siliconflow.cn": "siliconflow",
  "api.siliconflow.com": "siliconflow",
  "api.deepinfra.com": "deepinfra",
  "integrate.api.nvidia.com": "nvidia",
  "router.huggingface.co": "huggingface",
  "api.sambanova.ai": "sambanova",
};
/** Hosts that have a resource, region or account of the customer's own before these. */
const ENDINGS = [
  [".openai.azure.com", "azure"],
  [".openai.azure.us", "azure"],
  [".services.ai.azure.com", "azure"],
  [".cognitiveservices.azure.com", "azure"],
  [".models.ai.azure.com", "azure"],
  [".api.openai.com", "openai"],
  [".api.x.ai", "xai"],
  ["-aiplatform.googleapis.com", "vertex"],
  [".rep.googleapis.com", "vertex"],
] as const;

/** The provider at this address; undefined for a host that is nobody's we know: a proxy, or a server of one's own. */
export function providerOf(baseUrl: string): string | undefined {
  const host = hostOf(baseUrl);
  if (Object.hasOwn(HOSTS, host)) return HOSTS[host];
  if (host.startsWith("dashscope") && host.endsWith(".aliyuncs.com")) return "alibaba";
  if (host.startsWith("bedrock-") && (host.endsWith(".amazonaws.com") || host.endsWith(".api.aws"))) {
    return "aws.bedrock";
  }
  return ENDINGS.find(([ending]) => host.endsWith(ending))?.[1];
}

function hostOf(baseUrl: string): string {
  try {
    return new URL(baseUrl).hostname.toLowerCase();
  } catch {
    return "";
  }
}

/** The address without user, password, query and fragment, where keys are found now and then. */
export function shownAddress(baseUrl: string): string | undefined {
  try {
    const url = new URL(baseUrl);
    return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, "");
  } catch {
    return undefined;
  }
}
