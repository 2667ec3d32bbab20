import { findProgram } from "./runtimes.ts";
import { runtimeContract } from "./testing/runtime-contract.ts";

for (const name of ["crun", "runc"]) {
  if (findProgram(name) === undefined) console.log(`skipped: ${name} is not installed`);
  else runtimeContract(name);
}
