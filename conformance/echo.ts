import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { type Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import {
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type Error as ErrorDefinition,
  type Header,
  type HeaderSchema,
} from './gen/connectrpc/conformance/v1/service_pb.js';

type HeaderInit = MessageInitShape<typeof HeaderSchema>;

const timeoutHeaders = ['connect-timeout-ms', 'grpc-timeout'];

/** What was left of their time when calls began. */
const timeouts = new WeakMap<HandlerContext, number | undefined>();

/** Notes how long a call may take, before its messages are waited for: the suite compares that with what it asked for. */
export function noteTimeout(context: HandlerContext): void {
  timeouts.set(context, context.timeoutMs());
}

/** Says what of a call arrived at its handler. */
export function requestInfo(
  context: HandlerContext,
  requests: readonly Any[],
): ConformancePayload_RequestInfo {
  // What the client asked for is to be shown, not a limit of the server's own.
  const isLimited = timeoutHeaders.some((name) => context.requestHeader.has(name));
  const left = timeouts.has(context) ? timeouts.get(context) : context.timeoutMs();
  const timeoutMs = isLimited ? left : undefined;
  const isGet = context.requestMethod === 'GET';
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: pairs(context.requestHeader),
    requests: [...requests],
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.round(timeoutMs)) }),
    ...(isGet && { connectGetInfo: { queryParams: pairs(new URL(context.url).searchParams) } }),
  });
}

/** A request as a handler got it. */
export function recorded<Desc extends DescMessage>(desc: Desc, request: MessageShape<Desc>): Any {
  return anyPack(desc, request);
}

/** Puts the headers and trailers that a request asks for into its response. */
export function setMetadata(
  context: HandlerContext,
  asked: { readonly responseHeaders: readonly Header[]; readonly responseTrailers: readonly Header[] },
): void {
  append(context.responseHeader, asked.responseHeaders);
  append(context.responseTrailer, asked.responseTrailers);
}

/**
 * The error that a request asks for.
 *
 * @param info - goes along as a further detail, where nothing was answered before
 */
export function askedError(
  asked: ErrorDefinition,
  info: ConformancePayload_RequestInfo | undefined,
): ConnectError {
  const error = new ConnectError(asked.message ?? '', asked.code as number as Code);
  error.details = asked.details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
    value,
  }));
  if (info !== undefined) {
    error.details.push({ desc: ConformancePayload_RequestInfoSchema, value: info });
  }
  return error;
}

function pairs(values: Headers | URLSearchParams): HeaderInit[] {
  const byName = Map.groupBy(values, ([name]) => name);
  return Array.from(byName, ([name, entries]) => ({ name, value: entries.map(([, value]) => value) }));
}

function append(target: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const one of value) {
      target.append(name, one);
    }
  }
}
