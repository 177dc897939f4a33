import type { PeerCertificate } from 'node:tls';

/** Header or trailer fields, one after the other: name, value, name, value. Names are in lower case. */
export type Fields = readonly string[];

/** Fields that many answers share. An engine may keep its own form of a block, by identity. */
export interface FieldBlock {
  readonly fields: Fields;
}

/** A request of one engine, and the way its answer leaves. What knows HTTP/1.1 and HTTP/2 apart is behind it. */
export interface HttpCall {
  /** `POST`, `GET` … */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  /** Address of the connected peer. */
  readonly peer: string | undefined;
  /** The answer has begun. */
  readonly isAnswered: boolean;
  /** The client's certificate, where it was asked for one and the certificate was verified. */
  peerCertificate(): PeerCertificate | undefined;
  /** The value of a header, several joined by commas. `name` is in lower case. */
  header(name: string): string | undefined;
  /** All headers, without those that belong to the framing of HTTP/2. */
  headers(): Headers;
  /** The request's full URL. */
  url(): string;
  /**
   * Sends the whole answer. May be called before the request has arrived; the rest of it is thrown away then. For HEAD
   * it is what GET would get: the engine keeps the body back.
   *
   * @param own - fields of this answer alone
   * @param trailers - only for protocols with trailers
   */
  send(
    status: number,
    block: FieldBlock,
    own: Fields | undefined,
    body: Uint8Array | undefined,
    trailers?: FieldBlock,
  ): void;
  /**
   * Sends the head of an answer whose body comes in pieces; does nothing when the client is gone.
   *
   * @param own - fields of this answer alone
   */
  open(status: number, block: FieldBlock, own: Fields | undefined): HttpWriter;
  /** Tears the answer down. */
  reset(): void;
}

/** The body of an answer that comes in pieces. */
export interface HttpWriter {
  /** Resolves when there is room for more, or nobody left to read it. */
  write(bytes: Uint8Array): Promise<void>;
  /** @param trailers - only where the engine can send any */
  end(trailers?: FieldBlock): void;
}

/** What an engine tells about a request while and after it arrives. */
export interface HttpReceiver {
  /** The longest body that is of interest, in bytes; 0: none is, and `received` is called at once. */
  readonly maxBodyBytes: number;
  /** The whole body. */
  received(body: Uint8Array): void;
  /** The body is longer than the limit; the rest will not be read. `body` is what had come until then. */
  overflowed(body: Uint8Array): void;
  /** The server keeps too much of unfinished requests, this one's among it; the rest will not be read. */
  crowdedOut(): void;
  /** The client is gone, or has given up, before it was answered. */
  gone(): void;
}

/** Takes a request on whose body it reads by itself, as slowly as it likes. */
export interface HttpReader {
  /** None: what has not been read holds the client back. */
  readonly maxBodyBytes: undefined;
  /** Whether the request may take as long as it likes to arrive. */
  readonly isOpenEnded: boolean;
  /**
   * The head has come. What is left of the body when the answer is complete is thrown away.
   *
   * @param body - throws where it breaks off
   */
  opened(body: AsyncIterable<Uint8Array>): void;
  /** The client is gone, or has given up, before the answer was complete. */
  gone(): void;
}
