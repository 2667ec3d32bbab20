import { expect, test } from "bun:test";
import { EventLog } from "../events/event-log.ts";
import type { EventMessage } from "../spec/api/system.ts";
import { eventMatcher } from "./event-filter.ts";
import { streamEvents } from "./event-stream.ts";

const created: EventMessage = {
  Type: "container",
  Action: "create",
  Actor: { ID: "abc123", Attributes: { name: "web-1", image: "bb:1", tier: "front" } },
  scope: "local",
};

test.each([
  [{}, true],
  [{ type: ["container"], event: ["create"] }, true],
  [{ event: ["die", "create"] }, true],
  [{ event: ["die"] }, false],
  [{ container: ["web"] }, true],
  [{ container: ["abc"] }, true],
  [{ container: ["eb-1"] }, false],
  [{ image: ["bb"] }, true],
  [{ image: ["bb:1"] }, true],
  [{ image: ["bb:2"] }, false],
  [{ label: ["tier"] }, true],
  [{ label: ["tier=front"] }, true],
  [{ label: ["tier=front", "tier=back"] }, false],
  [{ scope: ["swarm"] }, false],
])("filter %j answers %p", (filters, matches) => {
  expect(eventMatcher(filters as Record<string, string[]>)(created)).toBe(matches);
});

test("an action with a detail matches by its name", () => {
  const matches = eventMatcher({ event: ["exec_start"] });
  expect(matches({ ...created, Action: "exec_start: sh -c true" })).toBe(true);
});

test("an unknown filter says nothing, as in dockerd", () => {
  expect(eventMatcher({ foo: ["x"] })(created)).toBe(true);
});

test("attributes are in the order of their names", () => {
  const log = new EventLog();
  log.publish({ Type: "container", Action: "die", id: "1", attributes: { name: "n", exitCode: "0" } });
  expect(Object.keys(log.past()[0]?.Actor?.Attributes ?? {})).toEqual(["exitCode", "name"]);
});

test("a stream replays since a time, follows, and ends with its signal", async () => {
  const log = new EventLog();
  log.publish({ Type: "container", Action: "create", id: "1", attributes: { image: "bb" } });
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const event of streamEvents(log, { since: 1, filters: {}, signal: abort.signal })) {
    seen.push(event.Action ?? "");
    if (seen.length === 1) log.publish({ Type: "container", Action: "start", id: "1" });
    else abort.abort();
  }
  expect(seen).toEqual(["create", "start"]);
});

test("a stream until a past time answers only what is remembered, with the old fields", async () => {
  const log = new EventLog();
  log.publish({ Type: "container", Action: "die", id: "1", attributes: { image: "bb" } });
  const until = Date.now() / 1000 + 0.01;
  const signal = new AbortController().signal;
  const events = await Array.fromAsync(streamEvents(log, { since: 1, until, filters: {}, signal }));
  expect(events).toMatchObject([{ status: "die", id: "1", from: "bb", Action: "die" }]);
});
