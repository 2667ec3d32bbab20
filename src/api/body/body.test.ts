import { describe, expect, test } from "bun:test";
import { messageOf } from "../../base/errors.ts";
import { createBody, hasConfig, updateBody } from "./container-bodies.ts";
import { parseJson } from "./json-node.ts";
import { decodeBody } from "./request-body.ts";

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return messageOf(error);
  }
  return "";
}

function create(value: unknown) {
  return decodeBody(typeof value === "string" ? value : JSON.stringify(value), createBody, "");
}

function memory(literal: string): string {
  return problem(() => create(`{"HostConfig":{"Memory":${literal}}}`));
}

describe("JSON", () => {
  test("what JSON.parse reads is read the same", () => {
    const text = ' {"a":[1,-2.5e3,true,false,null,"x\\u00e9\\n\\"\\\\",{"b":{}},[]],"c":""} ';
    const plain = (node: ReturnType<typeof parseJson>): unknown => {
      if (node.kind === "null") return null;
      if (node.kind === "number") return Number(node.literal);
      if (node.kind === "array") return node.items.map(plain);
      if (node.kind === "object")
        return Object.fromEntries(node.members.map(([key, member]) => [key, plain(member)]));
      return node.value;
    };
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });

  test.each([
    ["", "invalid JSON: got EOF while reading request body"],
    ["  \n", "invalid JSON: got EOF while reading request body"],
    ['{"a', "invalid JSON: unexpected EOF"],
    ['{"a":nul', "invalid JSON: unexpected EOF"],
    ['{"a":"\n"}', "invalid JSON: invalid character '\\n' in string literal"],
    ["{} x", "unexpected content after JSON"],
    ["{} ]", ""],
    ["[".repeat(300), "invalid JSON: exceeded max depth"],
  ])("%j: %s", (text, message) => {
    expect(problem(() => parseJson(text))).toBe(message);
  });
});

describe("bodies", () => {
  test("field names match in any case and the last wins", () => {
    expect(create('{"image":"a","IMAGE":"b"}')).toEqual({ Image: "b" });
  });

  test("unknown fields are passed over, nulls are left out", () => {
    expect(create({ Image: null, Nope: 1, Labels: null, HostConfig: { Binds: null, Init: null } })).toEqual({
      HostConfig: {},
    });
  });

  test("null inside a list or map is the empty value", () => {
    const body = {
      Env: [null, "A=b"],
      Labels: { a: null },
      ExposedPorts: { "80/tcp": null },
      HostConfig: { PortBindings: { "80/tcp": null, "81/tcp": [null] } },
      NetworkingConfig: { EndpointsConfig: { n: null } },
    };
    expect(create(body)).toEqual({
      Env: ["", "A=b"],
      Labels: { a: "" },
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [], "81/tcp": [{}] } },
      NetworkingConfig: { EndpointsConfig: { n: {} } },
    });
  });

  test("a command may be one string", () => {
    expect(create({ Cmd: "ls", Entrypoint: ["sh", "-c"], HostConfig: { CapAdd: "ALL" } })).toEqual({
      Cmd: ["ls"],
      Entrypoint: ["sh", "-c"],
      HostConfig: { CapAdd: ["ALL"] },
    });
  });

  test("a size has two numbers, whatever was sent", () => {
    expect(create({ HostConfig: { ConsoleSize: [24] } }).HostConfig?.ConsoleSize).toEqual([24, 0]);
    expect(create({ HostConfig: { ConsoleSize: [1, 2, 3] } }).HostConfig?.ConsoleSize).toEqual([1, 2]);
  });

  test("a name from outside cannot reach the prototype", () => {
    const { Labels } = create('{"Labels":{"__proto__":"x","constructor":"y"}}');
    expect(Object.keys(Labels ?? {})).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(Labels)).toBe(Object.prototype);
  });

  test("the two companions alone are no configuration", () => {
    expect(hasConfig(create({ HostConfig: {}, NetworkingConfig: {} }))).toBe(false);
    expect(hasConfig(create({ Image: "" }))).toBe(true);
    expect(create("null")).toEqual({});
  });

  test("integers keep to their range and say the number", () => {
    const field = "into Go struct field .HostConfig.Memory of type int64";
    expect(memory("9223372036854775807")).toBe("");
    expect(memory("9223372036854775808")).toBe(
      `invalid JSON: json: cannot unmarshal number 9223372036854775808 ${field}`,
    );
    expect(memory("1e3")).toBe(`invalid JSON: json: cannot unmarshal number 1e3 ${field}`);
  });

  test("the struct's name stands before the path", () => {
    expect(problem(() => decodeBody('{"Memory":"x"}', updateBody, "UpdateConfig"))).toBe(
      "invalid JSON: json: cannot unmarshal string into Go struct field UpdateConfig.Memory of type int64",
    );
  });
});
