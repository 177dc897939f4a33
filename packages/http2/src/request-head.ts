/**
 * The head of a request, checked. Requests of a connection that repeat the same bytes share one object, which never
 * changes: what is derived from it may be kept in a `WeakMap`.
 */
export interface RequestHead {
  readonly method: string;
  /** `http` or `https`, as the client has it. Empty for a CONNECT that asks for no protocol. */
  readonly scheme: string;
  /** From `:authority`, else from `host`. */
  readonly authority: string;
  /** With its query. Empty for a CONNECT that asks for no protocol. */
  readonly path: string;
  /** What an extended CONNECT asks for (RFC 8441), e.g. `websocket`. */
  readonly protocol: string | undefined;
  /** Names, in lower case, and values in turn, without the pseudo-header fields. */
  readonly fields: readonly string[];
  /** The value of a field by its name in lower case; several as one, as RFC 9110 (5.2) and RFC 9113 (8.2.3) join them. */
  get(name: string): string | undefined;
  /** Of the whole list, as RFC 9113 (6.5.2) counts: 32 bytes on top of each name and value. */
  readonly bytes: number;
}
