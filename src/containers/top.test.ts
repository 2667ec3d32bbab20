import { expect, test } from "bun:test";
import { selectRows } from "./top.ts";

const table = `UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 10:00 ?        00:00:01 /sbin/init
root          42       1  0 10:01 ?        00:00:00 sh -c sleep  5
`;

test("keeps the container's rows; the last column holds its blanks", () => {
  const { Titles, Processes } = selectRows(table, new Set([42]));
  expect(Titles).toEqual(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]);
  expect(Processes).toEqual([["root", "42", "1", "0", "10:01", "?", "00:00:00", "sh -c sleep 5"]]);
});

test("options that leave out PID are refused", () => {
  expect(() => selectRows("CMD\nsh\n", new Set())).toThrow("Couldn't find PID field in ps output");
});
