// The Vercel AI SDK, as its docs say: `VERSION` 6 by `experimental_telemetry`, 7 by `@ai-sdk/otel`.
// Its packages are those of the TypeScript SDK's tests. Where to, and what service this is, stands in `OTEL_*`.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(process.env.PACKAGES);
const load = (name) => import(pathToFileURL(resolve(name)));
const is7 = process.env.VERSION === "7";

const { BatchSpanProcessor, NodeTracerProvider } = await load("@opentelemetry/sdk-trace-node");
const { OTLPTraceExporter } = await load("@opentelemetry/exporter-trace-otlp-proto");
const { detectResources, envDetector } = await load("@opentelemetry/resources");
const { trace } = await load("@opentelemetry/api");
const { embed, generateText, registerTelemetry, stepCountIs, streamText, tool, jsonSchema } = await load(
  is7 ? "ai" : "ai-6",
);
const { createOpenAI } = await load(is7 ? "@ai-sdk/openai" : "ai-sdk-openai-3");

const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
const who = { userId: "c_42", sessionId: "s_1" };
if (is7) {
  const { OpenTelemetry } = await load("@ai-sdk/otel");
  // the most it can tell
  const all = { usage: true, providerMetadata: true, embedding: true, runtimeContext: true, headers: true };
  const enrichSpan = ({ runtimeContext }) => ({
    "user.id": runtimeContext?.userId,
    "session.id": runtimeContext?.sessionId,
  });
  registerTelemetry(new OpenTelemetry({ ...all, enrichSpan }));
}
const telemetry = is7
  ? {
      runtimeContext: who,
      telemetry: { functionId: "answer", includeRuntimeContext: { userId: true, sessionId: true } },
    }
  : { experimental_telemetry: { isEnabled: true, functionId: "answer", metadata: who } };

const openai = createOpenAI({ apiKey: "sk", baseURL: `${process.env.STANDIN}/ids/fresh/openai/v1` });
const prompt = "zebra-quill-4711: how far is the moon?";
const ask = { prompt, maxRetries: 0, ...telemetry };
const distance = tool({
  inputSchema: jsonSchema({ type: "object", properties: {} }),
  execute: () => "zebra-quill-4711",
});

await trace.getTracer("program").startActiveSpan("a request", async (request) => {
  await generateText({ ...ask, model: openai("gpt-4o") });
  await streamText({ ...ask, model: openai.chat("gpt-4o") }).text;
  // two calls: what the tool is asked, and the answer
  await generateText({ ...ask, model: openai.chat("gpt-4o"), tools: { distance }, stopWhen: stepCountIs(2) });
  const model = openai.embedding("text-embedding-3-small");
  await embed({ model, value: prompt, ...telemetry });
  const failing = { ...ask, model: openai("gpt-4o"), headers: { "x-standin-fault": "429" } };
  await generateText(failing).then(
    () => Promise.reject(new Error("the call did not fail")),
    () => undefined,
  );
  request.end();
});
await provider.shutdown();
