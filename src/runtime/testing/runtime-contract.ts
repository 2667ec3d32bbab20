import { afterAll, beforeAll, describe, setDefaultTimeout } from "bun:test";
import { execContract } from "./exec-contract.ts";
import { RuntimeFixture } from "./fixture.ts";
import { isolationContract } from "./isolation-contract.ts";
import { lifeContract } from "./life-contract.ts";
import { limitsContract } from "./limits-contract.ts";
import { restartContract } from "./restart-contract.ts";
import { stdioContract } from "./stdio-contract.ts";

/** What every RuntimeService must do, whichever OCI runtime is behind it. Runs real containers. */
export function runtimeContract(name: string): void {
  // Against a hang, not for speed.
  setDefaultTimeout(60_000);
  describe(`runtime service by ${name}`, () => {
    let fixture: RuntimeFixture;
    beforeAll(() => {
      fixture = new RuntimeFixture(name);
    });
    afterAll(async () => {
      await fixture[Symbol.asyncDispose]();
    });
    const current = () => fixture;
    lifeContract(current);
    stdioContract(current);
    execContract(current);
    isolationContract(current);
    limitsContract(current);
    restartContract(current);
  });
}
