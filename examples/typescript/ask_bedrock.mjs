// Amazon Bedrock: Converse. The handler is only for servers like the examples' stand-in, which do not speak HTTP/2.
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new BedrockRuntimeClient({ requestHandler: new NodeHttpHandler() }));

const messages = [{ role: "user", content: [{ text: "How far is the moon?" }] }];
const answer = await client.send(new ConverseCommand({ modelId: "us.amazon.nova-lite-v1:0", messages }));
console.log(answer.output.message.content);
