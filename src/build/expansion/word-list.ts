/** Gathers characters into words: blanks end a word unless they were quoted. */
export class WordList {
  readonly words: string[] = [];
  #word = "";
  #started = false;

  /** Text outside of quotes. */
  add(text: string): void {
    for (const character of text) {
      if (/\s/.test(character)) this.end();
      else this.addQuoted(character);
    }
  }

  /** Text that stays in one word; an empty one makes a word, too. */
  addQuoted(text: string): void {
    this.#word += text;
    this.#started = true;
  }

  end(): void {
    if (this.#started) this.words.push(this.#word);
    this.#word = "";
    this.#started = false;
  }
}
