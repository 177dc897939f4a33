/** One segment of a path template. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** `*`: exactly one segment. */
  | { readonly kind: 'one' }
  /** `**`: all segments that are left, none included. */
  | { readonly kind: 'rest' };

/** A part of the path that fills a field of the request. */
export interface Variable {
  /** Names as in the proto file, outermost first. */
  readonly fieldPath: readonly string[];
  /** Index of its first segment. */
  readonly start: number;
  /** Index after its last segment; `undefined` where it ends with `**`. */
  readonly end: number | undefined;
}

/** A parsed path template of `google.api.HttpRule`. */
export interface Template {
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** Without the colon; empty where there is none. */
  readonly verb: string;
}

/** Whether a variable takes exactly one segment: its value is decoded in full, slashes included. */
export function isSingle(variable: Variable): boolean {
  return variable.end === variable.start + 1;
}
