/** Something that is done after a while, unless something else comes first. It keeps no process alive. */
export class Countdown {
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Takes the place of what was started before. */
  start(act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, this.#milliseconds).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get isStarted(): boolean {
    return this.#timer !== undefined;
  }
}
