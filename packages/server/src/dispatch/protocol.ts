import type { ConnectError } from '@connectrpc/connect';
import type { Compression } from './compression.ts';
import type { Enveloped } from './envelope.ts';
import type { FieldBlock, Fields } from './http-call.ts';

/** An answer as an engine sends it. */
export interface WireAnswer {
  readonly status: number;
  readonly block: FieldBlock;
  readonly own: Fields | undefined;
  readonly body: Uint8Array | undefined;
  readonly trailers: FieldBlock | undefined;
}

/** What an answer consists of besides its message. */
export interface Metadata {
  /** `undefined` when nobody has set any. */
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

/** How one protocol frames a unary call in one content type. */
export interface UnaryProtocol {
  /** As handlers see it: `grpc`, `grpc-web` or `connect`. */
  readonly name: string;
  readonly timeoutHeader: string;
  /** Milliseconds. @throws CallFailure */
  timeout(value: string): number;
  readonly encodingHeader: string;
  readonly acceptEncodingHeader: string;
  /** Bytes of the longest body that holds a message of so many bytes. */
  bodyBytes(maxMessageBytes: number): number;
  /** The message of a body. @throws CallFailure */
  unwrap(body: Uint8Array, compressed: boolean, maxBytes: number): Enveloped;
  /**
   * Whether answers that go well carry the trace id although nobody records the call. In gRPC hardly any client looks
   * at the header of a good answer, and a field that is different each time is an eighth of what `node:http2` needs
   * for a call.
   */
  readonly tracesGoodAnswers: boolean;
  /** Bytes before a message that the framing needs for itself. */
  readonly reserve: number;
  /**
   * @param message - behind `reserve` free bytes; one that is compressed has none
   * @param compression - what `message` is compressed with
   */
  answer(message: Uint8Array, compression: Compression | undefined, metadata: Metadata): WireAnswer;
  refusal(error: ConnectError, metadata: Metadata): WireAnswer;
}
