import { createServer } from "node:http";
import ms from "ms";

const server = createServer((_request, response) => {
  response.end(`Up for ${ms(Math.round(process.uptime() * 1000), { long: true })}\n`);
});
server.listen(3000);
// Process 1 has no default for a signal.
process.on("SIGTERM", () => server.close());
