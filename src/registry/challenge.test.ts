import { expect, test } from "bun:test";
import { type Challenge, parseChallenges } from "./challenge.ts";

const cases: [header: string, challenges: Challenge[]][] = [
  ["", []],
  ["Basic", [{ scheme: "basic", parameters: {} }]],
  ['Basic realm="a \\"b\\", c"', [{ scheme: "basic", parameters: { realm: 'a "b", c' } }]],
  [
    'Bearer realm="https://a/token",service="reg",scope="repository:a/b:pull,push"',
    [
      {
        scheme: "bearer",
        parameters: { realm: "https://a/token", service: "reg", scope: "repository:a/b:pull,push" },
      },
    ],
  ],
  [
    'Basic realm=x, Bearer realm="https://a" , service = reg',
    [
      { scheme: "basic", parameters: { realm: "x" } },
      { scheme: "bearer", parameters: { realm: "https://a", service: "reg" } },
    ],
  ],
];

test.each(cases)("%p", (header, challenges) => {
  expect(parseChallenges(header)).toEqual(challenges);
});
