// Writes a real dockerd's answers to testdata/, for machines that have none: GANTRY_PEER_HOST=unix:///… GANTRY_CLIENTS=DIR
// bun test/parity/record.ts [TABLE...]
import { dockerClient } from "../support/drivers.ts";
import { Asker, dockerdPlaces } from "./ask.ts";
import { machineFacts, writeGolden } from "./golden.ts";
import { Lanes } from "./lanes.ts";
import { tables } from "./tables.ts";

const host = process.env.GANTRY_PEER_HOST;
const client = dockerClient();
if (host === undefined || client === undefined) {
  console.error("record: GANTRY_PEER_HOST and the docker client are needed");
  process.exit(2);
}
const wanted = process.argv.slice(2);
const asker = new Asker("dockerd", host, client, dockerdPlaces);
await asker.prepare();
try {
  const lanes = new Lanes(4);
  for (const [table, cases] of Object.entries(tables)) {
    if (wanted.length > 0 && !wanted.includes(table)) continue;
    const answers = await Promise.all(
      cases.map(async (question) => {
        const answer = await lanes.run(question, () => asker.ask(question));
        return [question.title, answer] as const;
      }),
    );
    writeGolden(table, { machine: machineFacts(), answers: new Map(answers) });
    console.log(`${table}: ${answers.length} answers`);
  }
} finally {
  await asker.clean();
}
