# A call in TokenBoard's own words, from anything that speaks HTTP.
curl --fail --silent --show-error "$TOKENBOARD_BASE_URL/api/v1/events" \
  -H "Authorization: Bearer $TOKENBOARD_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"provider": "openai", "model": "gpt-4o-mini", "input_tokens": 1200, "output_tokens": 350}'
