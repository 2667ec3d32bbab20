// Connects and releases a container, to be killed on the way: `crash.ts DATABASE EXEC_ROOT INSTANCE`.
import { Log } from "../../base/log.ts";
import { EventLog } from "../../events/event-log.ts";
import { Database } from "../../store/db/database.ts";
import { createNetworkService } from "../network-service.ts";
import { requestFor } from "./test-engine.ts";

const [path = "", execRoot = "", instance = ""] = process.argv.slice(2);
const log = new Log("error");
const networks = createNetworkService({
  db: new Database(path),
  events: new EventLog(),
  log,
  execRoot,
  instance,
});
const ports = { "80/tcp": [{ HostPort: "28300" }], "80/udp": [{ HostPort: "28300" }] };
const request = requestFor("crashing", { ports });
await networks.connect(request);
await networks.release(request.containerId);
