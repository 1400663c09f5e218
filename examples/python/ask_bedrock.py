"""Amazon Bedrock: Converse by boto3."""

import boto3
import tokenboard

client = tokenboard.wrap(boto3.client("bedrock-runtime"))

question = [{"role": "user", "content": [{"text": "How far is the moon?"}]}]
print(client.converse(modelId="us.amazon.nova-lite-v1:0", messages=question)["output"]["message"]["content"])
