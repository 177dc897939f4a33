import {
  createFileRegistry,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
  type FileRegistry,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { isOfTransport } from '../response/headers.ts';
import type { RestCall, RestResponse } from '../rest-call.ts';
import { createTranscoder, type RouteMatch, type TranscoderOptions } from '../transcoder.ts';
import { readRequestBody } from './request-body.ts';
import { following, streamBody } from './stream-body.ts';
import { timeoutOf } from './timeout.ts';
import { traceOf } from './trace.ts';

/** What a REST front is made of. */
export interface RestHandlerOptions
  extends Pick<
    TranscoderOptions,
    'errors' | 'policy' | 'refuseUnknownJson' | 'emitDefaults' | 'maxQueryParameters' | 'maxDepth'
  > {
  /** The services that are called. */
  readonly services: readonly DescService[];
  /**
   * The full descriptor set with `google.api.http`: a serialized `google.protobuf.FileDescriptorSet`, or a registry.
   * Default: the descriptors of the services themselves.
   */
  readonly descriptors?: Uint8Array | FileRegistry | undefined;
  /** Where the services are: a gRPC or Connect backend, or a router in the same process. */
  readonly transport: Transport;
  /** Bytes of a request's body at most, after decompression. Default: 1 MiB. */
  readonly maxRequestBytes?: number | undefined;
  /**
   * Whether a header of the request is passed on. Those of the connection, of content and of the protocols beneath
   * never are. Default: all others are.
   */
  readonly forwardHeader?: ((name: string) => boolean) | undefined;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/** Serves one request. Never rejects. */
export type RestHandler = (request: Request) => Promise<Response>;

/**
 * A REST front for services that are somewhere else: takes requests as `fetch` makes them, calls through a transport,
 * and gives responses. Cancellation and deadlines (`connect-timeout-ms`, `grpc-timeout`) are passed on.
 *
 * @throws Error as `createTranscoder` does, and when the descriptors lack a service
 */
export function createRestHandler(options: RestHandlerOptions): RestHandler {
  const { transport, maxRequestBytes = 1024 * 1024, clock = Date.now } = options;
  const registry = registryOf(options.descriptors);
  const transcoder = createTranscoder({
    ...options,
    registry,
    methods: options.services.flatMap((service) => methodsOf(service, registry)),
  });
  const passesOn = options.forwardHeader ?? (() => true);

  const headersFor = (request: Request, traceparent: string): Headers => {
    const headers = new Headers();
    for (const [name, value] of request.headers) {
      if (!isOfTransport(name) && passesOn(name)) {
        headers.set(name, value);
      }
    }
    headers.set('traceparent', traceparent);
    return headers;
  };

  const callUnary = async (match: RouteMatch, run: Run): Promise<Response> => {
    const method = match.route.method as DescMethodUnary;
    const { signal, timeoutMs, headers, message, call } = run;
    const answer = await transport.unary(method, signal, timeoutMs, headers, message);
    return toResponse(transcoder.encode(match.route, answer.message, call), [answer.header, answer.trailer]);
  };

  const callStream = async (match: RouteMatch, run: Run, isHead: boolean): Promise<Response> => {
    const method = match.route.method as DescMethodStreaming;
    const writer = transcoder.openStream(match.route, run.accept);
    const stopped = new AbortController();
    const signal = AbortSignal.any([run.signal, stopped.signal]);
    const answer = await transport.stream(method, signal, run.timeoutMs, run.headers, one(run.message));
    const messages = answer.message[Symbol.asyncIterator]();
    // An error before the first answer still has a status of its own.
    const first = await following(messages);
    const stop = (reason: unknown): void => stopped.abort(reason);
    const head: RestResponse = { status: writer.status, headers: writer.headers(first), body: undefined };
    if (isHead) {
      stop(new Error('HEAD wants no body'));
      return toResponse(head, [answer.header]);
    }
    const body = streamBody({ first, rest: messages, writer, call: run.call, stop });
    return toResponse(head, [answer.header], body);
  };

  return async (request) => {
    const { pathname: path, search } = new URL(request.url);
    const { traceId, traceparent } = traceOf(request.headers);
    const call: RestCall = { path, traceId, now: clock() };
    const isHead = request.method === 'HEAD';
    try {
      const match = transcoder.match(request.method, path);
      if (match?.kind !== 'route') {
        return withoutBody(isHead, toResponse(transcoder.refuse(match, request.method, call)));
      }
      const run: Run = {
        timeoutMs: timeoutOf(request.headers),
        message: transcoder.decode(match, {
          query: search.slice(1),
          headers: request.headers,
          body: await readRequestBody(request, maxRequestBytes),
        }),
        headers: headersFor(request, traceparent),
        accept: request.headers.get('accept'),
        signal: request.signal,
        call,
      };
      const streams = match.route.method.methodKind === 'server_streaming';
      return withoutBody(
        isHead,
        streams ? await callStream(match, run, isHead) : await callUnary(match, run),
      );
    } catch (reason) {
      // What a transport throws is meant for its caller, who is not the caller of this front.
      const known = request.signal.aborted ? ConnectError.from(request.signal.reason) : reason;
      return withoutBody(isHead, toResponse(transcoder.encodeError(known, call)));
    }
  };
}

/** One call on its way. */
interface Run {
  readonly message: Message;
  readonly headers: Headers;
  readonly timeoutMs: number | undefined;
  readonly accept: string | null;
  readonly signal: AbortSignal;
  readonly call: RestCall;
}

function registryOf(source: Uint8Array | FileRegistry | undefined): FileRegistry | undefined {
  return source instanceof Uint8Array
    ? createFileRegistry(fromBinary(FileDescriptorSetSchema, source))
    : source;
}

function methodsOf(service: DescService, registry: FileRegistry | undefined): readonly DescMethod[] {
  const full = registry === undefined ? service : registry.getService(service.typeName);
  if (full === undefined) {
    throw new Error(`The descriptors lack ${service.typeName}; expected every service`);
  }
  return full.methods;
}

function toResponse(
  { status, headers, body }: RestResponse,
  more: readonly Headers[] = [],
  stream?: ReadableStream<Uint8Array>,
): Response {
  const all = new Headers();
  for (const part of more) {
    for (const [name, value] of part) {
      if (!isOfTransport(name)) {
        all.append(name, value);
      }
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    all.set(name, value);
  }
  return new Response((stream ?? body ?? null) as BodyInit | null, { status, headers: all });
}

function withoutBody(isHead: boolean, response: Response): Response {
  return isHead ? new Response(null, response) : response;
}

async function* one<T>(value: T): AsyncIterable<T> {
  yield value;
}
