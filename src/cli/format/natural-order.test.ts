import { expect, test } from "bun:test";
import { naturalCompare } from "./natural-order.ts";

test("numbers count, digits come first, leading zeros last", () => {
  const names = ["v10", "v2", "cli-v", "cli2-v", "a", "v02", "v2b", "", "v"];
  expect(names.sort(naturalCompare)).toEqual(["", "a", "cli2-v", "cli-v", "v", "v2", "v2b", "v02", "v10"]);
});
