// Plays the story through the runtime of the current TypeScript SDK, unmodified: only the endpoint is named.

import { createRequire } from "node:module";

import { CA, HOST, KEY_ID, SCHEME, Refused, play } from "./story.mjs";

// The packages live in a scratch folder.
const require = createRequire(process.env.CLAQUE_SDK_NODE + "/");
const { default: Client, $OpenApiUtil } = require("@alicloud/openapi-core");
const { RuntimeOptions } = require("@darabonba/typescript");

const text = (value) => {
  if (Array.isArray(value)) return value.join(",");
  if (value && typeof value === "object") return JSON.stringify(value);
  return String(value);
};

// Which parameters the typed SDK puts into the form body: all of the old family but one.
const inForm = (action, name) => !action.includes("LiveMessage") && name !== "SkipAudit";

function make(secret) {
  const config = { accessKeyId: KEY_ID, accessKeySecret: secret, endpoint: HOST };
  if (SCHEME === "http") config.protocol = "http";
  else config.ca = CA;
  const client = new Client(new $OpenApiUtil.Config(config));
  return {
    async call(action, parameters) {
      const query = {};
      const body = {};
      for (const [name, value] of Object.entries(parameters)) {
        (inForm(action, name) ? body : query)[name] = text(value);
      }
      const params = new $OpenApiUtil.Params({
        action, version: "2016-11-01", protocol: "HTTPS", pathname: "/", authType: "AK", style: "RPC",
        method: action === "ListLiveMessageGroupByPage" ? "GET" : "POST", reqBodyType: "formData", bodyType: "json",
      });
      const request = new $OpenApiUtil.OpenApiRequest({ query, body });
      try {
        return (await client.callApi(params, request, new RuntimeOptions({}))).body;
      } catch (error) {
        if (error.statusCode === undefined) throw error;
        throw new Refused(error.statusCode, error.code);
      }
    },
  };
}

await play("@alicloud/openapi-core", make);
