/** Headers of a request; names in lower case. `Headers` is one. */
export interface HeaderView {
  get(name: string): string | null | undefined;
}

/** An HTTP request, as far as REST looks at it. */
export interface RestRequest {
  /** Without the question mark; empty where there is none. */
  readonly query: string;
  readonly headers: HeaderView;
  /** Decompressed; `undefined` or empty where there is none. */
  readonly body: Uint8Array | undefined;
}

/** What an error tells its reader about the call. */
export interface RestCall {
  /** The path of the request, without query. */
  readonly path: string;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** An HTTP response. */
export interface RestResponse {
  readonly status: number;
  /** Names in lower case. May be shared between responses: not to be changed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text is to be sent as UTF-8. Not to be sent in answer to HEAD. */
  readonly body: string | Uint8Array | undefined;
}
