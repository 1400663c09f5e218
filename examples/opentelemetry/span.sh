# One span of a call, as any exporter writes it, without a library.
now=$(date +%s)
curl --fail --silent --show-error "$TOKENBOARD_BASE_URL/v1/traces" \
  -H "x-tokenboard-key: $TOKENBOARD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
       "scopeSpans": [{"spans": [{
         "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "chat gpt-4o-mini",
         "kind": 3, "startTimeUnixNano": "'$((now - 1))'000000000", "endTimeUnixNano": "'"$now"'000000000",
         "attributes": [
           {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
           {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
           {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-4o-mini"}},
           {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1200"}},
           {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "350"}}]}]}]}]}'
