// Asks an echo server, from whatever namespace it runs in: `echo-client.ts tcp|udp ADDRESS PORT BYTES PATIENCE_MS`.
import { ask } from "./ask.ts";

const [protocol, address = "", ...numbers] = process.argv.slice(2);
const [port = 0, bytes, patienceMs] = numbers.map(Number);
try {
  console.log(await ask(protocol === "udp" ? "udp" : "tcp", address, port, bytes, patienceMs));
} catch (error) {
  console.log(`failed: ${(error as { code?: string }).code ?? String(error)}`);
}
process.exit(0);
