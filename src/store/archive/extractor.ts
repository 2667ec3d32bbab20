import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  type Stats,
  statfsSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { diskFull } from "../../base/disk-full.ts";
import { EngineError, errnoOf } from "../../base/errors.ts";
import {
  FileKind,
  type FileTime,
  makeNode,
  setFileTime,
  setOpenFileTime,
  startWriting,
} from "../../linux/special-files.ts";
import { setXattr } from "../../linux/xattr.ts";
import {
  baseOf,
  type BytePath,
  entryPath,
  hardlinkPath,
  joinPath,
  parentOf,
  systemPath,
} from "./entry-path.ts";
import { RealDirectories } from "./real-directories.ts";
import type { TarEntry } from "./tar-entry.ts";

export interface ExtractOptions {
  /** `overlay` turns `.wh.` entries into overlayfs's own marks; `literal` extracts them as the files they are. */
  whiteouts: "overlay" | "literal";
  /**
   * The real directory that the archive's names are relative to; what the archive says of that directory itself is
   * passed over. Without it names are relative to the root, which becomes as the archive says.
   */
  into?: BytePath;
  /** Whose everything becomes: one owner for all, or who extracts. Absent: as the archive says. */
  owner?: { uid: number; gid: number } | "caller";
  /** Refuses to put a directory in the place of something else, and the other way around. */
  keepKinds?: boolean;
  /**
   * Holes count as if they were written: whoever reads all of what was extracted takes as long. More of them than the disk has room for are
   * no space left on device.
   */
  holesTakeRoom?: boolean;
  /** Called before a file or link of this extraction gives way to a later entry of the same name. */
  replacing?: (path: BytePath) => void;
}

const whiteoutPrefix = ".wh.";
const opaqueName = ".wh..wh..opq";
const createFlags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

const setgidBit = 0o2000;
const defaultAcl = "system.posix_acl_default";
/** Small files are not worth a call of their own. */
const earlyWriteBytes = 64 * 1024;

/**
 * Puts entries on the file system, below the working directory, which must be this process's root (`enterRoot`): no
 * trick with links or `..` then leads anywhere else. Synchronous calls only; the umask must be 0.
 */
export class Extractor {
  readonly #options: ExtractOptions;
  readonly #directories = new RealDirectories((path) => this.#whiteoutToDirectory(path));
  readonly #directoryTimes = new Map<BytePath, FileTime>();
  /** Whether a directory may hand its group or access list down: else what is made here is right from the start. */
  #inheriting: boolean;
  #roomForHoles: number | undefined;
  #file: { descriptor: number; path: BytePath; entry: TarEntry } | undefined;

  constructor(options: ExtractOptions) {
    this.#options = options;
    this.#inheriting = options.whiteouts === "literal" || (lstatSync(".").mode & setgidBit) !== 0;
  }

  /**
   * Makes the entry; answers the real path of a file that takes content, which then goes through `content` and
   * `entryEnd`. Undefined for everything else.
   */
  entry(entry: TarEntry): BytePath | undefined {
    const name = entryPath(entry.name);
    if (name === "") {
      if (this.#options.into === undefined) this.#root(entry);
      return undefined;
    }
    const directory = this.#directories.ensure(parentOf(this.#place(name)));
    const base = baseOf(name);
    if (this.#options.whiteouts === "overlay" && base.startsWith(whiteoutPrefix)) {
      this.#whiteout(directory, base);
      return undefined;
    }
    return this.#make(joinPath(directory, base), entry);
  }

  content(bytes: Buffer, offset: number): void {
    if (this.#file === undefined) return;
    const { descriptor, entry } = this.#file;
    const sparse = entry.extents !== undefined;
    for (let done = 0; done < bytes.length; )
      done += writeSync(descriptor, bytes, done, bytes.length - done, sparse ? offset + done : null);
  }

  entryEnd(): void {
    if (this.#file === undefined) return;
    const { descriptor, path, entry } = this.#file;
    this.#file = undefined;
    if (entry.extents !== undefined) ftruncateSync(descriptor, entry.sizeBytes);
    // In this order: a change of owner clears setuid bits and file capabilities, any change moves the time.
    const owner = this.#ownerOf(entry);
    if (owner !== undefined && (owner.uid !== 0 || owner.gid !== 0 || this.#inheriting))
      fchownSync(descriptor, owner.uid, owner.gid);
    if (entry.mode > 0o777 || this.#inheriting) fchmodSync(descriptor, entry.mode);
    setXattrs(path, entry);
    setOpenFileTime(descriptor, entry.modified);
    if (entry.sizeBytes >= earlyWriteBytes) startWriting(descriptor);
    closeSync(descriptor);
  }

  /** After the last entry: directories get their times, which their children have moved. */
  finish(): void {
    for (const [path, time] of this.#directoryTimes) setFileTime(systemPath(path), time);
  }

  #place(name: BytePath): BytePath {
    return joinPath(this.#options.into ?? "", name);
  }

  #ownerOf(entry: TarEntry): { uid: number; gid: number } | undefined {
    const { owner } = this.#options;
    return owner === "caller" ? undefined : (owner ?? entry);
  }

  /** dockerd's words. */
  #checkKind(path: BytePath, found: Stats, entry: TarEntry): void {
    const [was, becomes] = [found.isDirectory(), entry.type === "directory"];
    if (was === becomes) return;
    const kinds = was ? ["directory", "non-directory"] : ["non-directory", "directory"];
    const into = this.#options.into ?? "";
    const inside = into === "" ? path : path.slice(into.length + 1);
    const [place, target] = [inside, `/${into}`].map((text) =>
      JSON.stringify(Buffer.from(text, "latin1").toString()),
    );
    throw new EngineError("internal", `cannot overwrite ${kinds[0]} ${place} with ${kinds[1]} ${target}`);
  }

  #root(entry: TarEntry): void {
    if (entry.type !== "directory")
      throw new EngineError("invalid", "the root of an archive is not a directory");
    this.#finishNode("", entry);
  }

  #make(path: BytePath, entry: TarEntry): BytePath | undefined {
    try {
      return this.#create(path, entry);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    if (this.#clear(path, entry)) return this.#create(path, entry);
    this.#finishNode(path, entry);
    return undefined;
  }

  #takeRoom({ sizeBytes, extents }: TarEntry): void {
    if (extents === undefined || this.#options.holesTakeRoom !== true) return;
    const { bavail, bsize } = statfsSync(".");
    this.#roomForHoles = (this.#roomForHoles ?? bavail * bsize) - sizeBytes;
    if (this.#roomForHoles < 0) throw diskFull(new Error("a sparse file does not fit on the disk"));
  }

  #create(path: BytePath, entry: TarEntry): BytePath | undefined {
    this.#takeRoom(entry);
    const target = systemPath(path);
    switch (entry.type) {
      case "file":
        this.#file = { descriptor: openSync(target, createFlags, entry.mode & 0o777), path, entry };
        return path;
      case "hardlink":
        this.#hardlink(path, entry);
        return undefined;
      case "directory":
        mkdirSync(target, 0o700);
        break;
      case "symlink":
        symlinkSync(entry.linkName, target);
        break;
      default:
        makeNode(target, FileKind[entry.type], 0o600, entry.deviceMajor, entry.deviceMinor);
    }
    this.#finishNode(path, entry);
    return undefined;
  }

  #hardlink(path: BytePath, entry: TarEntry): void {
    const wanted = this.#place(hardlinkPath(entry.name, entry.linkName));
    const target = joinPath(this.#directories.ensure(parentOf(wanted)), baseOf(wanted));
    if (target === path) return;
    try {
      linkSync(systemPath(target), systemPath(path));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "EPERM") throw error;
      throw new EngineError(
        "invalid",
        `invalid hardlink "${entry.name.toString()}" -> "${entry.linkName.toString()}"`,
        error,
      );
    }
  }

  /** Owner, mode, attributes and time of anything but files. */
  #finishNode(path: BytePath, entry: TarEntry): void {
    const target = systemPath(path);
    const owner = this.#ownerOf(entry);
    if (owner !== undefined) lchownSync(target, owner.uid, owner.gid);
    if (entry.type !== "symlink") chmodSync(target, entry.mode);
    setXattrs(path, entry);
    if (entry.type !== "directory") return setFileTime(target, entry.modified);
    this.#directoryTimes.set(path, entry.modified);
    if ((entry.mode & setgidBit) !== 0 || entry.xattrs.has(defaultAcl)) this.#inheriting = true;
  }

  /** Makes room for `entry`; false where a directory meets a directory and stays. */
  #clear(path: BytePath, entry: TarEntry): boolean {
    const target = systemPath(path);
    const found = lstatSync(target);
    if (found.isDirectory() && entry.type === "directory") return false;
    if (this.#options.keepKinds === true) this.#checkKind(path, found, entry);
    const whiteout = isWhiteout(found);
    this.#options.replacing?.(path);
    rmSync(target, { recursive: true, force: true });
    this.#directories.forget();
    for (const known of this.#directoryTimes.keys())
      if (known === path || known.startsWith(`${path}/`)) this.#directoryTimes.delete(known);
    if (whiteout && entry.type === "directory" && this.#options.whiteouts === "overlay") {
      mkdirSync(target, 0o700);
      markOpaque(path);
      return false;
    }
    return true;
  }

  /**
   * A whiteout hides what lower layers have, never what this layer has (OCI image spec, layer.md, "Whiteouts"): beside
   * a directory of this layer it becomes "opaque", beside anything else there is nothing left to hide.
   */
  #whiteout(directory: BytePath, base: string): void {
    if (base === opaqueName) return markOpaque(directory);
    // Other double marks (.wh..wh.plnk, .wh..wh.aufs) are aufs's own bookkeeping.
    if (base.startsWith(whiteoutPrefix + whiteoutPrefix)) return;
    const name = base.slice(whiteoutPrefix.length);
    if (name === "" || name === "." || name === "..")
      throw new EngineError("invalid", `invalid whiteout name ${JSON.stringify(base)}`);
    const path = joinPath(directory, name);
    try {
      makeNode(systemPath(path), FileKind.char, 0, 0, 0);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      if (lstatSync(systemPath(path)).isDirectory()) markOpaque(path);
    }
  }

  #whiteoutToDirectory(path: BytePath): boolean {
    if (this.#options.whiteouts !== "overlay" || !isWhiteout(lstatSync(systemPath(path)))) return false;
    rmSync(systemPath(path));
    mkdirSync(systemPath(path), 0o755);
    markOpaque(path);
    return true;
  }
}

function isWhiteout(found: { isCharacterDevice(): boolean; rdev: number }): boolean {
  return found.isCharacterDevice() && found.rdev === 0;
}

/** Kernel documentation, overlayfs.rst, "whiteouts and opaque directories". */
function markOpaque(path: BytePath): void {
  setXattr(systemPath(path), "trusted.overlay.opaque", Buffer.from("y"));
}

function setXattrs(path: BytePath, entry: TarEntry): void {
  for (const [name, value] of entry.xattrs) {
    // Overlay's own marks come from whiteouts alone: a redirect from an archive could point anywhere in other layers.
    if (name.startsWith("trusted.overlay.")) continue;
    try {
      setXattr(systemPath(path), name, value);
    } catch (error) {
      // As Docker does: what this file system or kind of file cannot carry is left out.
      if (errnoOf(error) !== "ENOTSUP" && errnoOf(error) !== "EOPNOTSUPP" && errnoOf(error) !== "EPERM")
        throw error;
    }
  }
}
