// Runs inside a sandbox: answers who it sees and what it got. `echo-server.ts PORT` serves TCP and UDP, prints `ready`.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const port = Number(process.argv[2]);

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // Answers only after the client's end of input: a proxy that does not pass half-close on would hang here.
  socket.on("end", () => socket.end(`${socket.remoteAddress} ${Buffer.concat(chunks).length}`));
  socket.on("error", () => socket.destroy());
});
await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));

const datagrams = createSocket("udp4");
datagrams.on("message", (data, { address, port: from }) => {
  datagrams.send(`${address} ${data.length}`, from, address);
});
await new Promise<void>((resolve) => datagrams.bind(port, "0.0.0.0", resolve));

console.log("ready");
