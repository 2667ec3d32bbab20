/** The modes of a bind or volume as its last colon-separated part carries them: `ro,z`. */
export interface MountMode {
  readOnly: boolean;
  propagation?: Propagation;
  noCopy: boolean;
}

export const propagations = ["private", "rprivate", "slave", "rslave", "shared", "rshared"] as const;
export type Propagation = (typeof propagations)[number];

/** Words of one family exclude each other. SELinux labels (z, Z) and consistency are accepted and change nothing here. */
const families: readonly (readonly string[])[] = [
  ["ro", "rw"],
  ["z", "Z"],
  propagations,
  ["nocopy"],
  ["consistent", "cached", "delegated"],
];

/** Undefined where dockerd says `invalid mode`: an unknown word, or two of a family. */
export function parseMountMode(text: string): MountMode | undefined {
  const words = text === "" ? [] : text.split(",");
  const used = words.map((word) => families.findIndex((family) => family.includes(word)));
  if (used.includes(-1) || new Set(used).size !== used.length) return undefined;
  const propagation = words.find(isPropagation);
  return {
    readOnly: words.includes("ro"),
    noCopy: words.includes("nocopy"),
    ...(propagation && { propagation }),
  };
}

export function isPropagation(text: string): text is Propagation {
  return (propagations as readonly string[]).includes(text);
}
