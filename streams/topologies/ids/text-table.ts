/** Numbers for texts that occur again and again: ids of accounts and currencies. It only grows, with what merchants configure. */
export class TextTable {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  /** The text's number; the next one if it is new. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  /** The texts in the order of their numbers. */
  get all(): readonly string[] {
    return [...this.#texts];
  }

  textOf(number: number): string {
    return this.#texts[number] as string;
  }
}
