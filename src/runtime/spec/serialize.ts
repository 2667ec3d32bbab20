/** Stands for 2^64 - 1 (RLIM_INFINITY, full masks), which no JavaScript number can hold; `toJson` writes it exactly. */
export const maxUint64 = 2 ** 64;

/** JSON of a spec. The look-behind keeps the digits inside a user's own text as they are: there, quotes are escaped. */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(/(?<!\\)":18446744073709552000(?=[,}])/g, '":18446744073709551615');
}
