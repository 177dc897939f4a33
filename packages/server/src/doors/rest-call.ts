import type { Message } from '@bufbuild/protobuf';
import { Code, type ConnectError } from '@connectrpc/connect';
import {
  answerCompression,
  COMPRESS_MIN_BYTES,
  type Compression,
  requestCompression,
} from '../dispatch/compression.ts';
import { decompressed } from '../dispatch/decompressed.ts';
import {
  concatFields,
  type FieldBlock,
  type Fields,
  type HttpCall,
  HttpExchange,
  type HttpReceiver,
  type HttpWriter,
} from '../dispatch/index.ts';
import { connectTimeout, grpcTimeout } from '../dispatch/timeout.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import type { Receiver } from '../pipeline/unary.ts';
import {
  type RestCall as CallView,
  isOfTransport,
  RestError,
  type RestResponse,
  type RouteMatch,
} from '../rest/index.ts';
import type { RestTarget, RestTools } from './rest-door.ts';

/** A call in its HTTP form between its engine and the pipeline. */
export class RestCall extends HttpExchange implements HttpReceiver, Receiver, CallView {
  readonly protocol = 'rest';
  readonly maxBodyBytes: number;
  readonly #tools: RestTools;
  readonly #match: RouteMatch;
  readonly #target: RestTarget;

  constructor(http: HttpCall, tools: RestTools, match: RouteMatch, target: RestTarget) {
    super(http);
    this.#tools = tools;
    this.#match = match;
    this.#target = target;
    this.maxBodyBytes = tools.maxMessageBytes;
  }

  /** What errors say of the request. */
  get path(): string {
    return this.http.path;
  }
  /** Epoch milliseconds. */
  get now(): number {
    return this.#tools.clock();
  }

  received(body: Uint8Array): void {
    try {
      this.#readTimeout();
      const compression = requestCompression('content-encoding', this.http.header('content-encoding'));
      if (compression === undefined || body.length === 0) {
        this.#serve(body);
      } else {
        this.#decompress(body, compression);
      }
    } catch (reason) {
      this.#refuseUnread(reason);
    }
  }

  overflowed(): void {
    const { maxMessageBytes } = this.#tools;
    this.#refuseUnread(tooLarge(maxMessageBytes));
  }

  answered(message: Message): void {
    if (this.isGone) {
      return;
    }
    const { transcoder } = this.#tools;
    this.#send(transcoder.encode(this.#match.route, message, this));
  }

  refused(error: ConnectError): void {
    this.#send(this.#tools.transcoder.encodeError(error, this));
  }

  #readTimeout(): void {
    const milliseconds = this.http.header('connect-timeout-ms');
    const timeout = this.http.header('grpc-timeout');
    const limit =
      milliseconds !== undefined
        ? connectTimeout(milliseconds)
        : timeout === undefined
          ? undefined
          : grpcTimeout(timeout);
    if (limit !== undefined) {
      this.timeoutMs = limit - (performance.now() - this.arrivedAt);
    }
  }

  #decompress(body: Uint8Array, compression: Compression): void {
    decompressed(body, compression, this.#tools.maxMessageBytes).then(
      (bytes) => {
        try {
          this.#serve(bytes);
        } catch (reason) {
          this.#refuseUnread(reason);
        }
      },
      (reason: unknown) => this.#refuseUnread(reason),
    );
  }

  #serve(body: Uint8Array): void {
    const { transcoder, pipeline } = this.#tools;
    const message = transcoder.decode(this.#match, { query: this.http.query, headers: this, body });
    const { plan } = this.#target;
    if (plan.method.methodKind === 'unary') {
      pipeline.serve(plan, message, this, this);
    } else {
      void this.#stream(message);
    }
  }

  async #stream(message: Message): Promise<void> {
    const { transcoder, pipeline } = this.#tools;
    const { route } = this.#match;
    let out: HttpWriter | undefined;
    let writer: ReturnType<typeof transcoder.openStream> | undefined;
    try {
      writer = transcoder.openStream(route, this.get('accept'));
      const open = (first: Message | undefined): HttpWriter => {
        const block = this.#tools.blockOf({ headers: writer?.headers(first) ?? {} });
        return this.http.open(writer?.status ?? 200, block, this.#ownFields());
      };
      for await (const answer of pipeline.open(this.#target.plan, message, this)) {
        out ??= open(answer);
        if (this.http.method === 'HEAD') {
          break;
        }
        await out.write(bytesOf(writer.message(answer)));
      }
      out ??= open(undefined);
      out.end();
      this.#count(writer.status);
    } catch (reason) {
      if (out === undefined || writer === undefined) {
        this.#send(transcoder.encodeError(reason, this));
        return;
      }
      const last = writer.error(reason, this);
      if (last === undefined) {
        this.http.reset();
      } else {
        await out.write(bytesOf(last));
        out.end();
      }
      this.#count(writer.status);
    }
  }

  #refuseUnread(reason: unknown): void {
    const { pipeline, transcoder } = this.#tools;
    const { plan } = this.#target;
    if (reason instanceof RestError) {
      // It has its own words and status; the log is told all the same.
      pipeline.refuse(plan, this, runtimeFailure('INVALID_ARGUMENT', reason.message));
      this.#send(transcoder.encodeError(reason, this));
    } else {
      this.#send(transcoder.encodeError(pipeline.refuse(plan, this, reason), this));
    }
  }

  #send(response: RestResponse): void {
    if (this.isGone) {
      return;
    }
    const { status } = response;
    const block = this.#tools.blockOf(response);
    const own = this.#ownFields();
    const body = response.body === undefined ? undefined : bytesOf(response.body);
    const compression =
      body === undefined || body.length < COMPRESS_MIN_BYTES
        ? undefined
        : answerCompression(this.http.header('accept-encoding') ?? 'identity', undefined);
    if (body === undefined || compression === undefined) {
      this.#finish(status, block, own, body);
      return;
    }
    compression.compress(body).then(
      (compressed) =>
        this.#finish(
          status,
          block,
          concatFields(own, ['content-encoding', compression.name, 'vary', 'Accept-Encoding']),
          compressed,
        ),
      () => this.#finish(status, block, own, body),
    );
  }

  #finish(status: number, block: FieldBlock, own: Fields | undefined, body: Uint8Array | undefined): void {
    this.http.send(status, block, own, this.http.method === 'HEAD' ? undefined : body);
    this.#count(status);
  }

  #count(status: number): void {
    this.#target.metrics?.record(status, (performance.now() - this.arrivedAt) / 1000);
  }

  #ownFields(): Fields | undefined {
    const { fieldsFor } = this.#tools;
    let own = this.traceFields;
    for (const headers of [this.touchedHeader, this.touchedTrailer]) {
      for (const [name, value] of headers ?? []) {
        own = isOfTransport(name) ? own : concatFields(own, [name, value]);
      }
    }
    return fieldsFor === undefined ? own : concatFields(own, fieldsFor(this.http));
  }
}

function tooLarge(maxBytes: number): RestError {
  return new RestError(Code.ResourceExhausted, `the request is longer than ${maxBytes} bytes`, {
    httpStatus: 413,
    restCode: 'CONTENT_TOO_LARGE',
  });
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
