// The same for those who require.

import claque = require("claque");

export async function server(): Promise<string> {
  const started: claque.Claque = await claque.startClaque();
  const world = await started.world();
  await world.clock.advance("1s");
  // @ts-expect-error there is no such method
  await world.destroy();
  return started.url;
}
