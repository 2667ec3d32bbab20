import { messageOf } from "../../base/errors.ts";

/** The message of a call that must fail, with endpoint ids left out. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return messageOf(error).replace(/\([0-9a-f]{64}\)/, "(ID)");
  }
  throw new Error("nothing was refused");
}
