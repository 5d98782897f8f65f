// What the declarations promise. Every line below @ts-expect-error must be refused, every other accepted.

import {
  connectClaque, ImEngine, ImError, ImErrorCode, ImMessageLevel, next, startClaque,
  type Callback, type Claque, type ClaqueError, type GroupInfo, type Message, type Shed, type User, type World,
} from "claque";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

export async function server(): Promise<void> {
  const claque: Claque = await startClaque({ args: ["--frozen"], log: "inherit" });
  // @ts-expect-error an option that there is not
  await startClaque({ frozen: true });
  // @ts-expect-error another word than those there are
  await startClaque({ log: "loud" });
  await connectClaque({ url: claque.url, token: "s3cret" });

  const world: World = await claque.world({ clock: "10x", unixSeconds: 1_800_000_000, limits: { call_quotas: false } });
  // @ts-expect-error readings are chosen by id, each a text
  await claque.world({ readings: { "shaper.window": 3 } });
  // @ts-expect-error it is given by the server
  world.endpoint.port;

  const answer: { AppId: string } = await world.call("CreateLiveMessageApp", { AppName: "show" });
  const app = await world.createApp();
  holds<Equal<typeof app.AppKey, string>>();
  await world.createGroup("show", { Administrators: ["eve"] });
  holds<Equal<Awaited<ReturnType<World["clock"]["now"]>>, Date>>();
  await world.clock.advance("31d");
  await world.clock.advance(250);
  // @ts-expect-error a date is gone to by advanceTo
  await world.clock.advance(new Date());

  const shed: Shed[] = await world.ledger.shed({ group: "show" });
  holds<Equal<Shed["winner"], string | null>>();
  await world.ledger.assertShed(shed[0]!.messageId, { rule: "shaper.overload.discards" });
  await world.faults.set({ operation: "CreateLiveMessageApp", fail: "ServerError", delay: "800ms" });
  // @ts-expect-error a fault fails with a name or a number
  await world.faults.set({ method: "joinGroup", fail: true });
  const callbacks: Callback[] = await world.callbacks.list();
  callbacks[0]?.tries.map((text) => text.trim());
  world.token("ada", { role: "admin", app: answer as typeof app }).token.toUpperCase();
  // @ts-expect-error there are two roles
  world.token("ada", { role: "boss" });

  const ada: ImEngine = await world.login("ada", { groups: ["show"], heartbeatTimeout: 15 });
  // @ts-expect-error a viewer goes where its world is
  await world.login("ada", { endpoint: "http://elsewhere" });
  const [message, groupId] = await next(ada.getMessageManager(), "recvgroupmessage", {
    where: (heard) => heard.level === ImMessageLevel.HIGH,
  });
  holds<Equal<typeof message, Message>>();
  holds<Equal<typeof groupId, string>>();
  // @ts-expect-error that one is told by the group manager
  await next(ada.getMessageManager(), "memberchange");
  const refused = (error: ClaqueError): [string, number] => [error.code, error.status];
  refused satisfies unknown;

  await world.delete();
  await claque.stop();
  await using disposed = await startClaque();
  disposed.url.length;
}

export function audience(engine: ImEngine): void {
  const groups = engine.getGroupManager();
  engine.on("disconnect", (code) => code.toFixed()).on("reconnectsuccess", (infos) => infos.map((info) => info.groupId));
  engine.on("tokenexpired", (callback) => callback(null, { timestamp: 4e9, token: "t" }));
  engine.on("connectfailed", (error) => holds<Equal<typeof error, ImError>>());
  groups.on("memberchange", (groupId, count, joined, left, big) => {
    holds<Equal<[typeof groupId, typeof count, typeof joined, typeof left, typeof big], [string, number, User[], User[], boolean]>>();
  });
  groups.on("infochange", (_groupId, info) => info.adminList.join());
  groups.once("mutechange", (_groupId, status) => status.whiteUserList.join());
  // @ts-expect-error no event has this name
  groups.on("memberschange", () => {});
  // @ts-expect-error its values are others
  groups.on("exit", (groupId: number) => groupId);
  groups.joinGroup("show").then((info: GroupInfo) => info.statistics.msgAmount["10001"]?.toFixed());
  const id: Promise<string> = engine.getMessageManager().sendGroupMessage({ groupId: "show", type: 10001, data: "x" });
  // @ts-expect-error a type is a number
  engine.getMessageManager().sendGroupMessage({ groupId: "show", type: "10001", data: "x" });
  id.catch((error: ImError) => error.code === ImErrorCode.MUTED);
}
