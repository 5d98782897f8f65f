// Plays the story through pop-core, unmodified: only the endpoint is named. Odd calls use GET, even ones POST.

import { createRequire } from "node:module";

import { HOST, KEY_ID, SCHEME, Refused, play } from "./story.mjs";

const require = createRequire(process.env.CLAQUE_SDK_NODE + "/");
const { RPCClient } = require("@alicloud/pop-core");

function make(secret) {
  const client = new RPCClient({
    accessKeyId: KEY_ID, accessKeySecret: secret, endpoint: `${SCHEME}://${HOST}`, apiVersion: "2016-11-01",
  });
  let calls = 0;
  return {
    async call(action, parameters) {
      const entries = Object.entries(parameters).map(([name, value]) => {
        const map = value && typeof value === "object" && !Array.isArray(value);
        return [name, map ? JSON.stringify(value) : value];
      });
      calls += 1;
      const method = calls % 2 ? "GET" : "POST";
      try {
        return await client.request(action, Object.fromEntries(entries), { method });
      } catch (error) {
        if (!error.data) throw error;
        throw new Refused(undefined, error.code);
      }
    },
  };
}

await play("@alicloud/pop-core", make);
