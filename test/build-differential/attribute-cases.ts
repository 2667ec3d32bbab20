import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { base, build, type BuildCase, from } from "./build-case.ts";

/** cap_net_bind_service=ep, as the kernel keeps it (capability.h, vfs_cap_data of revision 2). */
const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");

const attributed = tarOf(
  { ...file("served", "x"), mode: 0o755, xattrs: new Map([["security.capability", capability]]) },
  {
    ...file("noted", "y"),
    xattrs: new Map([
      ["user.note", Buffer.from("of a user")],
      ["user.raw", Buffer.from([0, 255, 10])],
    ]),
  },
  { name: "dir/", type: "directory", mode: 0o750, xattrs: new Map([["user.dir", Buffer.from("d")]]) },
  {
    ...file("dir/both", "z"),
    mode: 0o700,
    uid: 3,
    gid: 4,
    xattrs: new Map([
      ["security.capability", capability],
      ["user.note", Buffer.from("n")],
    ]),
  },
);
const withArchive = { files: { "a.tar": attributed } };
const stage = [`FROM ${base} AS stage`, "ADD a.tar /d/"];

/** Extended attributes: which of them go where their file goes. */
export const attributeCases: BuildCase[] = [
  build("add a tar with attributes", [from, "ADD a.tar /d/"], withArchive),
  build("add a tar with attributes, chown", [from, "ADD --chown=5:6 a.tar /d/"], withArchive),
  build("copy attributes from a stage", [...stage, from, "COPY --from=stage /d /e"], withArchive),
  build(
    "copy one capability from a stage",
    [...stage, from, "COPY --from=stage /d/served /bin/"],
    withArchive,
  ),
  build("copy attributes with chown", [...stage, from, "COPY --from=stage --chown=7:8 /d /e"], withArchive),
  build("copy attributes with chmod", [...stage, from, "COPY --from=stage --chmod=711 /d /e"], withArchive),
  build(
    "change a file with attributes",
    [...stage, "RUN chmod 700 /d/noted && mv /d/served /d/moved && echo more >> /d/dir/both"],
    withArchive,
  ),
];
