const unixFamily = 1;
/** sun_path of unix(7), its NUL included. */
const maxPathBytes = 108;

/** A sockaddr_un. */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length >= maxPathBytes) throw new RangeError(`socket path is too long: ${path}`);
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(unixFamily, 0);
  bytes.copy(address, 2);
  return address;
}
