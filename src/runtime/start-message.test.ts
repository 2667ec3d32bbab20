import { expect, test } from "bun:test";
import { StartMessage } from "./start-message.ts";

function spoken(failed: () => boolean) {
  const heard: string[] = [];
  const message = new StartMessage((stream, data) => {
    heard.push(`${stream} ${Buffer.from(data).toString()}`);
  }, failed);
  const say = (stream: "stdout" | "stderr", text: string) => message.output(stream, Buffer.from(text));
  return { heard, say, end: () => message.end() };
}

test("what a runtime said that could not start anything is taken out", () => {
  const { heard, say, end } = spoken(() => true);
  say("stderr", "executable file not found");
  end();
  expect(heard).toEqual([]);
});

test("a process's own first line comes with the next, or at the end", () => {
  const first = spoken(() => false);
  first.say("stderr", "one");
  first.say("stdout", "two");
  first.say("stderr", "three");
  expect(first.heard).toEqual(["stderr one", "stdout two", "stderr three"]);
  const alone = spoken(() => false);
  alone.say("stderr", "one");
  alone.end();
  expect(alone.heard).toEqual(["stderr one"]);
});

test("a process that says nothing more is not waited for", async () => {
  const heard = await new Promise((resolve) => {
    new StartMessage(
      (_, data) => resolve(Buffer.from(data).toString()),
      () => false,
    ).output("stderr", Buffer.from("one"));
  });
  expect(heard).toBe("one");
});
