import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { crowdedOut, runtimeFailure } from '../errors/runtime-code.ts';
import type { Receiver } from '../pipeline/unary.ts';
import { steadyTime } from '../time/clocks.ts';
import {
  answerCompression,
  COMPRESS_MIN_BYTES,
  type Compression,
  requestCompression,
} from './compression.ts';
import { decompressed } from './decompressed.ts';
import { concatFields } from './fields.ts';
import type { Fields, HttpCall, HttpReceiver } from './http-call.ts';
import { HttpExchange } from './http-exchange.ts';
import type { Metadata, WireAnswer } from './protocol.ts';
import type { UnaryRoute } from './unary-route.ts';

const NOTHING: Metadata = { header: undefined, trailer: undefined };

/** A unary call of gRPC, gRPC-Web or Connect between its engine and the pipeline. */
export class UnaryCall extends HttpExchange implements HttpReceiver, Receiver {
  readonly maxBodyBytes: number;
  readonly protocol: string;
  readonly #route: UnaryRoute;
  /** What the request is compressed with, as its head says. */
  readonly #encoding: string | undefined;
  readonly #message: (() => Uint8Array) | undefined;
  #compression: Compression | undefined;
  /** The answer's message, behind room for what its protocol puts in front. */
  #answer: Uint8Array | undefined;

  /** @param message - reads it, where the head of a request contains it */
  constructor(http: HttpCall, route: UnaryRoute, encoding: string | undefined, message?: () => Uint8Array) {
    super(http);
    this.#route = route;
    this.#encoding = encoding;
    this.#message = message;
    this.protocol = route.protocol.name;
    this.maxBodyBytes = route.maxBodyBytes;
  }

  /** @throws CallFailure where it is malformed */
  get askedTimeoutMs(): number | undefined {
    const { protocol } = this.#route;
    const timeout = this.http.header(protocol.timeoutHeader);
    return timeout === undefined ? undefined : protocol.timeout(timeout);
  }

  // What the engine tells.

  received(body: Uint8Array): void {
    const { protocol, maxMessageBytes } = this.#route;
    try {
      this.#compression = requestCompression(protocol.encodingHeader, this.#encoding);
      const asked = this.askedTimeoutMs;
      if (asked !== undefined) {
        this.timeoutMs = asked - (steadyTime() - this.arrivedAt);
      }
      const {
        compressed,
        body: whole,
        start,
      } = protocol.unwrap(
        this.#message === undefined ? body : this.#message(),
        this.#compression !== undefined,
        maxMessageBytes,
      );
      if (!compressed) {
        this.#serve(whole, start);
      } else if (this.#compression === undefined) {
        // The status that gRPC wants for it, whoever is at fault.
        throw runtimeFailure(
          'INTERNAL',
          `the request message is compressed, but ${protocol.encodingHeader} does not say how`,
        );
      } else {
        this.#decompress(whole.subarray(start), this.#compression);
      }
    } catch (reason) {
      this.#refuseUnread(reason);
    }
  }

  overflowed(body: Uint8Array): void {
    const { protocol, maxMessageBytes } = this.#route;
    try {
      protocol.unwrap(body, false, maxMessageBytes);
      throw runtimeFailure('MESSAGE_TOO_LARGE', `the request is longer than ${maxMessageBytes} bytes`);
    } catch (reason) {
      this.#refuseUnread(reason);
    }
  }

  crowdedOut(): void {
    this.#refuseUnread(crowdedOut());
  }

  // What the pipeline tells.

  prepare(message: Message): void {
    const { codec, protocol } = this.#route;
    this.#answer = codec.encode(message, protocol.reserve);
  }

  answered(): void {
    const bytes = this.#answer;
    if (this.isGone || bytes === undefined) {
      return;
    }
    const { protocol } = this.#route;
    try {
      const compression =
        bytes.length - protocol.reserve < COMPRESS_MIN_BYTES
          ? undefined
          : answerCompression(this.http.header(protocol.acceptEncodingHeader), this.#compression);
      if (compression === undefined) {
        this.#sendGood(protocol.answer(bytes, undefined, this.#metadata()));
      } else {
        this.#compress(bytes.subarray(protocol.reserve), compression);
      }
    } catch (reason) {
      this.#refuseUnsendable(reason);
    }
  }

  refused(error: ConnectError): void {
    try {
      this.#send(this.#route.protocol.refusal(error, this.#metadata()), this.traceFields);
    } catch (reason) {
      this.#refuseUnsendable(reason);
    }
  }

  #compress(bytes: Uint8Array, compression: Compression): void {
    const { protocol } = this.#route;
    compression
      .compress(bytes)
      .then((compressed) => this.#sendGood(protocol.answer(compressed, compression, this.#metadata())))
      .catch((reason: unknown) => this.#refuseUnsendable(reason));
  }

  /** What the handler has given back cannot be sent. Nothing of it is, its metadata included. */
  #refuseUnsendable(reason: unknown): void {
    const { pipeline, plan, protocol } = this.#route;
    this.#send(protocol.refusal(pipeline.refuse(plan, this, reason), NOTHING), this.traceFields);
  }

  #serve(body: Uint8Array, start: number): void {
    const { codec, pipeline, plan } = this.#route;
    if (plan.verify !== undefined) {
      this.signedBody = body.subarray(start);
    }
    pipeline.serve(plan, codec.decode(body, start), this, this);
  }

  #decompress(data: Uint8Array, compression: Compression): void {
    decompressed(data, compression, this.#route.maxMessageBytes).then(
      (message) => {
        if (this.isGone) {
          return;
        }
        try {
          this.#serve(message, 0);
        } catch (reason) {
          this.#refuseUnread(reason);
        }
      },
      (reason: unknown) => this.#refuseUnread(reason),
    );
  }

  #refuseUnread(reason: unknown): void {
    const { pipeline, plan } = this.#route;
    this.refused(pipeline.refuse(plan, this, reason));
  }

  #metadata(): Metadata {
    const { touchedHeader: header, touchedTrailer: trailer } = this;
    return header === undefined && trailer === undefined ? NOTHING : { header, trailer };
  }

  #sendGood(answer: WireAnswer): void {
    const isTold = this.isTraced || this.#route.protocol.tracesGoodAnswers;
    this.#send(answer, isTold ? this.traceFields : undefined);
  }

  #send(answer: WireAnswer, trace: Fields | undefined): void {
    if (this.isGone) {
      return;
    }
    const { fieldsFor, metrics } = this.#route;
    const own = concatFields(answer.own, trace);
    this.http.send(
      answer.status,
      answer.block,
      fieldsFor === undefined ? own : concatFields(own, fieldsFor(this.http)),
      answer.body,
      answer.trailers,
    );
    metrics?.record(answer.status, (steadyTime() - this.arrivedAt) / 1000);
  }
}
