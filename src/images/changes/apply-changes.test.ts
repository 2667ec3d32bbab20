import { expect, test } from "bun:test";
import type { ImageRunConfig } from "../../spec/oci-image.ts";
import { applyChanges } from "./apply-changes.ts";

// Every expectation was taken from dockerd 28.5.
const cases: [change: string, config: ImageRunConfig][] = [
  ["CMD", { Cmd: ["/bin/sh", "-c"] }],
  ["CMD []", { Cmd: null }],
  ['CMD echo "a  b" c', { Cmd: ["/bin/sh", "-c", 'echo "a  b" c'] }],
  ["CMD ['a']", { Cmd: ["/bin/sh", "-c", "['a']"] }],
  ['cmd ["x"]', { Cmd: ["x"] }],
  ['ENTRYPOINT ["a","b c"]', { Entrypoint: ["a", "b c"] }],
  ["ENV A b c", { Env: ["A=b c"] }],
  ['ENV A=\'x y\' B="q\\"r" C=d\\ e', { Env: ["A=x y", 'B=q"r', "C=d e"] }],
  ["ENV A=b\nENV C=$A-${A:-x}-${Z:-zz}-$Q", { Env: ["A=b", "C=b-b-zz-"] }],
  ["ENV A=b\nENV A=c", { Env: ["A=c"] }],
  ['LABEL a=b "c d"="e f"', { Labels: { a: "b", "c d": "e f" } }],
  ["ENV A=b\nLABEL x=$A y=\\$A", { Env: ["A=b"], Labels: { x: "b", y: "$A" } }],
  ["EXPOSE 80-82", { ExposedPorts: { "80/tcp": {}, "81/tcp": {}, "82/tcp": {} } }],
  ["EXPOSE 8080:80", { ExposedPorts: { "80/tcp": {} } }],
  ["EXPOSE 80 80/udp $Q", { ExposedPorts: { "80/tcp": {}, "80/udp": {} } }],
  ['VOLUME ["/a","b c"]', { Volumes: { "/a": {}, "b c": {} } }],
  ["VOLUME /a /b", { Volumes: { "/a": {}, "/b": {} } }],
  ["WORKDIR rel", { WorkingDir: "/rel" }],
  ["WORKDIR /a/../b/", { WorkingDir: "/b" }],
  ["USER a b", { User: "a b" }],
  ["STOPSIGNAL kill", { StopSignal: "kill" }],
  ["STOPSIGNAL 9", { StopSignal: "9" }],
  ["HEALTHCHECK NONE", { Healthcheck: { Test: ["NONE"] } }],
  ["HEALTHCHECK CMD true x", { Healthcheck: { Test: ["CMD-SHELL", "true x"] } }],
  [
    'HEALTHCHECK --interval=5s --timeout=1m --retries=3 CMD ["a","b"]',
    { Healthcheck: { Test: ["CMD", "a", "b"], Interval: 5e9, Timeout: 60e9, Retries: 3 } },
  ],
  ["ONBUILD run  foo  bar", { OnBuild: ["run  foo  bar"] }],
];

test.each(cases)("%s", (change, config) => {
  expect(applyChanges({}, [change])).toEqual(config);
});

test.each([
  ["FROM x", "FROM is not a valid change command"],
  ["FOO x", "FOO is not a valid change command"],
  ["# comment", "file with no instructions"],
  ["ENV", "ENV requires at least one argument"],
  ["ENV A", "ENV must have two arguments"],
  ["ENV =b", "ENV names can not be blank"],
  ["ENV A=b C", `Syntax error - can't find = in "C". Must be of the form: name=value`],
  ["EXPOSE 99999", "Invalid containerPort: 99999"],
  ["USER", "USER requires exactly one argument"],
  ["STOPSIGNAL FOO", "invalid signal: FOO"],
  ["HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"],
  ["HEALTHCHECK FOO", 'Unknown type "FOO" in HEALTHCHECK (try CMD)'],
  ["HEALTHCHECK --foo=1 CMD a", "unknown flag: --foo"],
  ["HEALTHCHECK --retries=x CMD a", 'strconv.ParseInt: parsing "x": invalid syntax'],
  ["ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ["ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"],
  ['CMD ["a", 1]', "when using JSON array syntax, arrays must be comprised of strings only"],
])("%s is refused", (change, message) => {
  expect(() => applyChanges({}, [change])).toThrow(message);
});

test("an entrypoint takes an inherited command back, not one given with it", () => {
  const inherited = { Cmd: ["old"] };
  expect(applyChanges(inherited, ["ENTRYPOINT e"]).Cmd).toBeUndefined();
  expect(applyChanges(inherited, ['CMD ["new"]', "ENTRYPOINT e"]).Cmd).toEqual(["new"]);
  expect(inherited).toEqual({ Cmd: ["old"] });
});
