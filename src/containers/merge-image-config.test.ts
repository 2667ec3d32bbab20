import { expect, test } from "bun:test";
import { mergeImageConfig } from "./merge-image-config.ts";

const image = {
  Cmd: ["serve"],
  Entrypoint: ["/entry"],
  Env: ["PATH=/bin", "MODE=image"],
  User: "app",
  WorkingDir: "/app",
  Labels: { a: "image", b: "image" },
  ExposedPorts: { "80/tcp": {} },
  Volumes: { "/data": {} },
  StopSignal: "SIGINT",
};

test("a container without wishes is the image's", () => {
  const merged = mergeImageConfig({}, image);
  expect(merged).toMatchObject({ Cmd: ["serve"], Entrypoint: ["/entry"], User: "app", WorkingDir: "/app" });
  expect(merged.StopSignal).toBe("SIGINT");
});

test("a command of the user's keeps the image's entrypoint", () => {
  expect(mergeImageConfig({ Cmd: ["ls"] }, image)).toMatchObject({ Entrypoint: ["/entry"], Cmd: ["ls"] });
});

test("an entrypoint of the user's drops the image's command", () => {
  const merged = mergeImageConfig({ Entrypoint: ["sh"] }, image);
  expect(merged.Entrypoint).toEqual(["sh"]);
  expect(merged.Cmd).toBeUndefined();
});

test("an empty entrypoint means none", () => {
  const merged = mergeImageConfig({ Entrypoint: [""], Cmd: ["ls"] }, image);
  expect(merged.Entrypoint).toBeUndefined();
  expect(merged.Cmd).toEqual(["ls"]);
});

test("environment, labels, ports and volumes are united; the user's value wins", () => {
  const merged = mergeImageConfig(
    { Env: ["MODE=user"], Labels: { b: "user" }, ExposedPorts: { "81/tcp": {} }, Volumes: { "/more": {} } },
    image,
  );
  expect(merged.Env).toEqual(["MODE=user", "PATH=/bin"]);
  expect(merged.Labels).toEqual({ a: "image", b: "user" });
  expect(Object.keys(merged.ExposedPorts ?? {}).sort()).toEqual(["80/tcp", "81/tcp"]);
  expect(Object.keys(merged.Volumes ?? {}).sort()).toEqual(["/data", "/more"]);
});
