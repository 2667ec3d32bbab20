import type { ParityCase } from "./case.ts";
import { httpCases } from "./http.ts";
import { jsonCases } from "./json.ts";
import { lifecycleCases } from "./run-lifecycle.ts";
import { limitCases } from "./run-limits.ts";
import { linkCases } from "./run-links.ts";
import { processCases } from "./run-process.ts";
import { storageCases } from "./run-storage.ts";

/** All questions, by the name of the file their recorded answers stand in. */
export const tables: Record<string, ParityCase[]> = {
  "run-process": processCases,
  "run-limits": limitCases,
  "run-storage": storageCases,
  "run-lifecycle": lifecycleCases,
  "run-links": linkCases,
  json: jsonCases,
  http: httpCases,
};
