import type { Message } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import {
  answerCompression,
  COMPRESS_MIN_BYTES,
  type Compression,
  requestCompression,
} from '../dispatch/compression.ts';
import { decompressed } from '../dispatch/decompressed.ts';
import { fieldsOf, mergeFields, withoutNames } from '../dispatch/fields.ts';
import {
  concatFields,
  type FieldBlock,
  type Fields,
  fieldBlock,
  type HttpCall,
  HttpExchange,
  type HttpReceiver,
  type HttpWriter,
} from '../dispatch/index.ts';
import { connectTimeout, grpcTimeout } from '../dispatch/timeout.ts';
import { CallFailure } from '../errors/failure.ts';
import { crowdedOut, runtimeFailure } from '../errors/runtime-code.ts';
import type { Receiver } from '../pipeline/unary.ts';
import {
  type RestCall as CallView,
  isOfTransport,
  RestError,
  type RestResponse,
  type RouteMatch,
} from '../rest/index.ts';
import type { RestTarget, RestTools } from './rest-door.ts';
import { tooLarge, unsupportedEncoding } from './rest-refusals.ts';

/** A call in its HTTP form between its engine and the pipeline. */
export class RestCall extends HttpExchange implements HttpReceiver, Receiver, CallView {
  readonly protocol = 'rest';
  readonly maxBodyBytes: number;
  readonly #tools: RestTools;
  readonly #match: RouteMatch;
  readonly #target: RestTarget;
  #answer: RestResponse | undefined;

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

  /** @throws CallFailure where it is malformed */
  get askedTimeoutMs(): number | undefined {
    const milliseconds = this.http.header('connect-timeout-ms');
    if (milliseconds !== undefined) {
      return connectTimeout(milliseconds);
    }
    const timeout = this.http.header('grpc-timeout');
    return timeout === undefined ? undefined : grpcTimeout(timeout);
  }

  received(body: Uint8Array): void {
    try {
      const asked = this.askedTimeoutMs;
      if (asked !== undefined) {
        this.timeoutMs = asked - (performance.now() - this.arrivedAt);
      }
      const compression = requestCompression(
        'content-encoding',
        this.http.header('content-encoding'),
        unsupportedEncoding,
      );
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

  crowdedOut(): void {
    this.#refuseUnread(crowdedOut());
  }

  prepare(message: Message): void {
    this.#answer = this.#tools.transcoder.encode(this.#match.route, message, this);
  }

  answered(): void {
    if (this.#answer === undefined) {
      return;
    }
    try {
      this.#send(this.#answer);
    } catch (reason) {
      this.#refuseUnsendable(reason);
    }
  }

  refused(error: ConnectError | RestError): void {
    try {
      this.#send(this.#tools.transcoder.encodeError(error, this));
    } catch (reason) {
      this.#refuseUnsendable(reason);
    }
  }

  /** What the handler has given back cannot be sent. Nothing of it is, its metadata included. */
  #refuseUnsendable(reason: unknown): void {
    const { pipeline, transcoder } = this.#tools;
    const response = transcoder.encodeError(pipeline.refuse(this.#target.plan, this, reason), this);
    const body = response.body === undefined ? undefined : bytesOf(response.body);
    this.#finish(response.status, this.#tools.blockOf(response), this.traceFields, body);
  }

  #decompress(body: Uint8Array, compression: Compression): void {
    decompressed(body, compression, this.#tools.maxMessageBytes).then(
      (bytes) => {
        if (this.isGone) {
          return;
        }
        try {
          this.#serve(bytes);
        } catch (reason) {
          this.#refuseUnread(reason);
        }
      },
      (reason: unknown) => {
        const isTooLarge = reason instanceof CallFailure && reason.code === 'MESSAGE_TOO_LARGE';
        this.#refuseUnread(isTooLarge ? tooLarge(this.#tools.maxMessageBytes) : reason);
      },
    );
  }

  #serve(body: Uint8Array): void {
    const { transcoder, pipeline } = this.#tools;
    const message = transcoder.decode(this.#match, { query: this.http.query, headers: this, body });
    const { plan } = this.#target;
    if (plan.verify !== undefined) {
      this.signedBody = body;
    }
    if (plan.method.methodKind === 'unary') {
      pipeline.serve(plan, message, this, this);
    } else {
      this.#stream(message).catch((reason: unknown) => {
        // Its head has left, so that nothing else can be said.
        this.#tools.logger.error({ err: reason, path: this.path }, 'an error of a stream could not be sent');
        this.http.reset();
      });
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
        const status = writer?.status ?? 200;
        // The log need not have asked for it yet: its line is written at the end.
        const trace = ['x-trace-id', this.traceId];
        const { block, own } = this.#head({ status, headers: writer?.headers(first) ?? {} }, trace);
        return this.http.open(status, block, own);
      };
      for await (const answer of pipeline.open(this.#target.plan, message, this)) {
        const part = this.http.method === 'HEAD' ? undefined : bytesOf(writer.message(answer));
        out ??= open(answer);
        if (part === undefined) {
          break;
        }
        await out.write(part);
      }
      out ??= open(undefined);
      out.end();
      this.#count(writer.status);
    } catch (reason) {
      if (out === undefined || writer === undefined) {
        if (reason instanceof ConnectError || reason instanceof RestError) {
          this.refused(reason);
        } else {
          this.#refuseUnsendable(reason);
        }
        return;
      }
      const told = reason instanceof ConnectError ? reason : pipeline.refuse(this.#target.plan, this, reason);
      const last = writer.error(told, this);
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
    const { block, own } = this.#head(response);
    const body = response.body === undefined ? undefined : bytesOf(response.body);
    const compression =
      body === undefined || body.length < COMPRESS_MIN_BYTES
        ? undefined
        : answerCompression(this.http.header('accept-encoding') ?? 'identity', undefined);
    if (body === undefined || compression === undefined) {
      this.#finish(status, block, own, body);
      return;
    }
    const fields = concatFields(own, ['content-encoding', compression.name, 'vary', 'Accept-Encoding']);
    compression
      .compress(body)
      .then((compressed) => this.#finish(status, block, fields, compressed))
      .catch((reason: unknown) => this.#refuseUnsendable(reason));
  }

  #finish(status: number, block: FieldBlock, own: Fields | undefined, body: Uint8Array | undefined): void {
    this.http.send(status, block, own, body);
    this.#count(status);
  }

  #count(status: number): void {
    this.#target.metrics?.record(status, (performance.now() - this.arrivedAt) / 1000);
  }

  /** The fields of one answer: what its form says, and beside it what the handler, the trace and CORS say. */
  #head({ status, headers }: Pick<RestResponse, 'status' | 'headers'>, trace = this.traceFields): Head {
    const { blockOf, fieldsFor } = this.#tools;
    let block = blockOf({ headers });
    let said = this.#handlerFields();
    if (said !== undefined) {
      // An error knows better than a handler that had not failed yet; else the handler knows its answer.
      if (status >= 400) {
        said = withoutNames(said, block.fields);
      } else if (said.some((name, index) => index % 2 === 0 && Object.hasOwn(headers, name))) {
        block = fieldBlock(...withoutNames(block.fields, said));
      }
    }
    const own = concatFields(trace, said);
    return { block, own: fieldsFor === undefined ? own : concatFields(own, fieldsFor(this.http)) };
  }

  /** What the handler has said of its answer, in the header and behind it, where REST has but one place. */
  #handlerFields(): Fields | undefined {
    const { touchedHeader: header, touchedTrailer: trailer } = this;
    if (header === undefined && trailer === undefined) {
      return undefined;
    }
    const fields = mergeFields(header && fieldsOf(header), trailer && fieldsOf(trailer)) ?? [];
    return fields.filter((_, index) => !isOfTransport(fields[index - (index % 2)] as string));
  }
}

/** How an answer begins. */
interface Head {
  readonly block: FieldBlock;
  readonly own: Fields | undefined;
}

function bytesOf(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
