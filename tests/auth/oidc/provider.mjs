// An OpenID Connect provider on a free port, which it prints. Whoever signs in is the address they type; one that
// begins with "unconfirmed+" is not confirmed.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [clientId, clientSecret, redirectUri] = process.argv.slice(2);

const configuration = {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["keys of a test"] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unconfirmed+"), name: `Name of ${id}` }),
  }),
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  server.on("request", new Provider(`http://127.0.0.1:${port}`, configuration).callback());
  console.log(`port ${port}`);
});
