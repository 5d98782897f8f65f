// The same in a page: no types of Node are there.

import { ImEngine, type Message } from "claque/audience";
// @ts-expect-error pages start no server
import { startClaque } from "claque/audience";

export async function page(show: (message: Message) => void): Promise<void> {
  const engine = ImEngine.createEngine();
  await engine.init({ endpoint: "http://127.0.0.1:8787", appId: "a", appSign: "s", WebSocket });
  // @ts-expect-error no endpoint
  await engine.init({ appId: "a", appSign: "s" });
  engine.getMessageManager().on("recvgroupmessage", show);
  startClaque satisfies unknown;
}
