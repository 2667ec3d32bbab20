/** The values of a body of JSON lines as they come; a last line may lack its newline. */
export async function* jsonLines<T>(body: AsyncIterable<Uint8Array>): AsyncIterable<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() !== "") yield JSON.parse(line) as T;
    }
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as T;
}
