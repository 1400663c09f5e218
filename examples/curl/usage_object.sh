# A call with the vendor's usage object as it came.
curl --fail --silent --show-error "$TOKENBOARD_BASE_URL/api/v1/events" \
  -H "Authorization: Bearer $TOKENBOARD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"provider": "anthropic", "api": "messages", "model": "claude-haiku-4-5",
       "raw_usage": {"input_tokens": 200, "cache_read_input_tokens": 1000, "output_tokens": 350}}'
