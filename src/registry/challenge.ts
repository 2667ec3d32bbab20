/** What a 401 asks for (RFC 9110, 11.6.1). Names of schemes and parameters are in lower case. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

// A scheme is a word that no `=` follows; parameters are `name=token` or `name="quoted"`.
const piece = /\s*,?\s*([A-Za-z][\w!#$%&'*+.^`|~-]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y;

/** The challenges of a WWW-Authenticate header, in their order. What cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  piece.lastIndex = 0;
  for (let match = piece.exec(header); match !== null; match = piece.exec(header)) {
    const [, name = "", quoted, token] = match;
    if (quoted === undefined && token === undefined)
      challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    else {
      const last = challenges.at(-1);
      if (last === undefined) break;
      last.parameters[name.toLowerCase()] = token ?? (quoted ?? "").replaceAll(/\\(.)/g, "$1");
    }
  }
  return challenges;
}
