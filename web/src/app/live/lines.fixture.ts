/** The browser's own side of a line in a test, which has no EventSource: what the back end says on it is for the test to say. */
import type { LiveEvent } from '@fluxo/schemas';

export type OpenLine = {
  readonly address: string;
  readonly say: (event: LiveEvent) => void;
  readonly cut: () => void;
  /** By the back end: the browser does not come back by itself then. */
  readonly refuse: () => void;
  readonly comeBack: () => void;
};

/** Every line that pages open from now on, the newest last; those that were closed are no more among them. */
export function openLines(): readonly OpenLine[] {
  const lines: OpenLine[] = [];
  class Source extends EventTarget {
    static readonly CLOSED = 2;
    readyState = 1;
    readonly #line: OpenLine;

    constructor(address: string) {
      super();
      const say = ({ event, data }: LiveEvent) =>
        this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
      const cut = () => this.dispatchEvent(new Event('error'));
      const refuse = () => {
        this.readyState = Source.CLOSED;
        cut();
      };
      const comeBack = () => this.dispatchEvent(new Event('open'));
      this.#line = { address, say, cut, refuse, comeBack };
      lines.push(this.#line);
      queueMicrotask(comeBack);
    }

    close(): void {
      lines.splice(lines.indexOf(this.#line), 1);
    }
  }
  Object.assign(globalThis, { EventSource: Source });
  return lines;
}
