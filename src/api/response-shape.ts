/**
 * What dockerd's JSON encoder does to a struct: fields in a fixed order, those that nobody set written as their
 * zero value, those marked `omitempty` left out while empty. Clients of typed languages rely on the fields, scripts
 * with `jq` on the difference of null and [].
 */
export interface Shape {
  /**
   * Fields in Docker's order, with what is written when nobody set them: undefined for those that are left out then, which
   * stand here for their place alone.
   */
  always: Readonly<Record<string, unknown>>;
  /** Fields that are there only when not empty. */
  omitEmpty?: readonly string[];
  /** Fields that are structs, or maps of structs (`each`). */
  inner?: Readonly<Record<string, Shape | { each: Shape }>>;
}

type Fields = Record<string, unknown>;

/** `value` with all fields of its shape. Fields the shape does not know stay, at the end. */
export function shaped(value: object | null | undefined, shape: Shape): Fields {
  const result: Fields = { ...shape.always };
  const fields = (value ?? {}) as Fields;
  // By keys, not entries: a list of a thousand containers passes through here.
  for (const name of Object.keys(fields)) {
    const given = fields[name];
    if (given === undefined || (shape.omitEmpty?.includes(name) && isEmpty(given))) continue;
    result[name] = given;
  }
  for (const name in shape.inner) {
    const inner = shape.inner[name];
    const given = result[name];
    if (inner !== undefined && isObject(given))
      result[name] = "each" in inner ? shapedEach(given, inner.each) : shaped(given, inner);
  }
  return result;
}

function shapedEach(map: object, shape: Shape): Fields {
  const result: Fields = { ...map };
  for (const key of Object.keys(result)) {
    const value = result[key];
    if (isObject(value)) result[key] = shaped(value, shape);
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's idea of empty. A struct is never empty, but those are not marked. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** A Go slice that nothing was appended to. */
export function nullIfEmpty<T>(items: readonly T[] | null | undefined): readonly T[] | null {
  return items === undefined || items === null || items.length === 0 ? null : items;
}
