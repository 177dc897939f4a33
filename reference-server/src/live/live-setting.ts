/** What became of a value that somebody wrote: the same value as the system writes it, or what would have been one. */
export type Understood =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false /** Such as `expected a whole number from 1 to 1800`. */;
      readonly expected: string;
    };

/** A setting that can be changed while the server runs. Its values are text, whatever they are inside. */
export interface LiveSetting {
  /** Name of the service whose setting it is; empty for one of the whole platform. */
  readonly service: string;
  readonly key: string;
  /** The value that holds now. */
  read(): string;
  /** The value the server was started with. */
  initial(): string;
  understand(text: string): Understood;
  /**
   * Makes a value hold from now on; `undefined` brings back the one the server was started with.
   *
   * @throws RangeError for text that is not understood.
   */
  set(text: string | undefined): void;
  /** Why a value would have no effect as the server is set up. */
  readonly without?: string | undefined;
}
