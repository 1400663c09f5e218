import type { Recipe } from "./types";

export const OPENTELEMETRY: readonly Recipe[] = [
  {
    value: "environment",
    label: "Environment variables",
    code: ({ origin, apiKey }) => `export OTEL_EXPORTER_OTLP_ENDPOINT="${origin}"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
export OTEL_EXPORTER_OTLP_HEADERS="x-tokenboard-key=${apiKey}"`,
  },
  {
    value: "collector",
    label: "Collector",
    code: ({ origin, apiKey }) => `exporters:
  otlphttp/tokenboard:
    endpoint: "${origin}"
    headers:
      x-tokenboard-key: "${apiKey}"

service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [otlphttp/tokenboard]`,
  },
  {
    value: "openai-python",
    label: "OpenAI in Python",
    install:
      "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation-openai-v2",
    code: ({ origin, apiKey }) => `OTEL_EXPORTER_OTLP_ENDPOINT="${origin}" \\
OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf" \\
OTEL_EXPORTER_OTLP_HEADERS="x-tokenboard-key=${apiKey}" \\
OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental" \\
OTEL_SERVICE_NAME="first-steps" \\
opentelemetry-instrument python app.py`,
  },
];
