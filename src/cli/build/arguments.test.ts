import { describe, expect, test } from "bun:test";
import { outputQuery, parseOutput } from "./outputs.ts";
import { parseSecret, readSecret } from "./secrets.ts";
import { isRemote } from "./source.ts";
import { parseSsh } from "./ssh.ts";

function query(text: string): Record<string, string> {
  return outputQuery(parseOutput(text));
}

describe("--output", () => {
  test("takes places and types", () => {
    expect(parseOutput("out")).toEqual({ type: "local", destination: "out", attributes: {} });
    expect(parseOutput("-")).toEqual({ type: "tar", destination: "-", attributes: {} });
    expect(parseOutput("type=oci,dest=a.tar,compression=zstd")).toEqual({
      type: "oci",
      destination: "a.tar",
      attributes: { compression: "zstd" },
    });
    expect(parseOutput("type=docker")).toEqual({ type: "docker", attributes: {} });
  });

  test("asks the engine without places of this machine", () => {
    expect(query("type=local,dest=/home/x")).toEqual({ type: "local" });
    expect(query("type=registry")).toEqual({ type: "image", push: "true" });
    expect(query("type=docker")).toEqual({ type: "image" });
    expect(query("type=docker,dest=x.tar")).toEqual({ type: "docker" });
  });

  test.each([
    ["type=lcal", 'exporter "lcal" could not be found (did you mean local?)'],
    ["type=local", "dest is required for local exporter"],
    ["type=local,dest=-", "dest cannot be stdout for local exporter"],
    ["type=image,dest=x", "dest cannot be used with image output"],
    ["type=tar,x", "invalid value x"],
  ])("refuses %s", (text, message) => {
    expect(() => parseOutput(text)).toThrow(message);
  });
});

describe("--secret", () => {
  test("names a file, a variable, or leaves it open", () => {
    expect(parseSecret("id=a,src=f")).toEqual({ id: "a", file: "f" });
    expect(parseSecret("id=a,env=V")).toEqual({ id: "a", variable: "V" });
    expect(parseSecret("id=a,type=env,src=V")).toEqual({ id: "a", variable: "V" });
    expect(parseSecret("type=env,id=a")).toEqual({ id: "a", variable: "a" });
    expect(parseSecret("id=a")).toEqual({ id: "a", guessed: true });
  });

  test("is read from where it is", () => {
    expect(readSecret(parseSecret("id=a"), { a: "from env" })?.toString()).toBe("from env");
    expect(() => readSecret(parseSecret("id=nofile"), {})).toThrow(
      "failed to stat nofile: stat nofile: no such file or directory",
    );
    expect(readSecret(parseSecret("id=a,env=V"), { a: "x" })).toBeUndefined();
  });

  test.each([
    ["src=f", "secret missing ID"],
    ["id=a,foo=b", "unexpected key 'foo' in 'foo=b'"],
    ["id=a,b", "invalid field 'b' must be a key=value pair"],
    ["id=a,type=x", 'unsupported secret type "x"'],
  ])("refuses %s", (text, message) => {
    expect(() => parseSecret(text)).toThrow(message);
  });
});

test("--ssh names an agent, and its socket or keys", () => {
  expect(parseSsh("default")).toEqual({ id: "default", paths: [] });
  expect(parseSsh("")).toEqual({ id: "default", paths: [] });
  expect(parseSsh("a=/run/x.sock")).toEqual({ id: "a", paths: ["/run/x.sock"] });
  expect(parseSsh("a=k1,k2")).toEqual({ id: "a", paths: ["k1", "k2"] });
});

test("what the engine has to fetch is told from folders", () => {
  const places = [
    "https://x/y.git#v1:dir",
    "git@x:y",
    "github.com/x/y",
    "http://x/c.tar",
    "./github.com",
    ".",
  ];
  expect(places.map(isRemote)).toEqual([true, true, true, true, false, false]);
});
