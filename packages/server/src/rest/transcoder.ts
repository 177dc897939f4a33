import type { DescMethod, Message, Registry } from '@bufbuild/protobuf';
import { type Policy, policyOf } from '@traffic-tacos/policy';
import { createJsonReader } from './json/reader.ts';
import { createJsonWriter } from './json/writer.ts';
import { negotiate, notAcceptable } from './response/accept.ts';
import type { AnswerTools } from './response/answer-writer.ts';
import { canonicalErrors, type RestErrorModel } from './response/error-model.ts';
import { errorReader } from './response/error-parts.ts';
import { errorResponse } from './response/error-writer.ts';
import { methodNotAllowed, noRoute, optionsResponse } from './response/no-route.ts';
import type { StreamWriter } from './response/stream-writer.ts';
import type { RestCall, RestRequest, RestResponse } from './rest-call.ts';
import { type CompiledRoute, compileRoutes, type RestRoute } from './route.ts';
import { createRouter, type Found, type OtherMethods } from './routing/router.ts';

/** What a transcoder is made of. */
export interface TranscoderOptions {
  /**
   * The methods with all their options, `google.api.http` included; those without it have no REST form. Methods of
   * generated code may lack it: take them from the full descriptor set.
   */
  readonly methods: readonly DescMethod[];
  /** What `google.protobuf.Any` may hold. Default: nothing. */
  readonly registry?: Registry | undefined;
  /** The contract's own errors. Default: canonical statuses. */
  readonly errors?: RestErrorModel | undefined;
  /** The policy of a method. Default: what its options say. */
  readonly policy?: ((method: DescMethod) => Policy) | undefined;
  /** Whether fields, enum values and query parameters that the contract does not know are refused. Default: `false`. */
  readonly refuseUnknownJson?: boolean | undefined;
  /** Whether answers contain fields without presence that hold their default. Default: `true`. */
  readonly emitDefaults?: boolean | undefined;
  /** Query parameters of one request at most. Default: 256. */
  readonly maxQueryParameters?: number | undefined;
  /** Values within each other in one request at most. Default: 64. */
  readonly maxDepth?: number | undefined;
}

/** A route that was found for a request. */
export type RouteMatch = Found<RestRoute>;

/** HTTP requests as calls of methods, and their answers as HTTP responses. Knows no server and no client. */
export interface Transcoder {
  /** Every HTTP form of every method. */
  readonly routes: readonly RestRoute[];
  /**
   * Finds the route of a request.
   *
   * @param httpMethod - in upper case
   * @param path - as it was sent: percent-encoded, without query
   */
  match(httpMethod: string, path: string): RouteMatch | OtherMethods | undefined;
  /**
   * The request of a call.
   *
   * @throws RestError for what is no such request; `encodeError` takes it
   */
  decode(match: RouteMatch, request: RestRequest): Message;
  /** The answer of a unary method; an error where it carries one. */
  encode(route: RestRoute, answer: Message, call: RestCall): RestResponse;
  /** Whatever was thrown, as an answer. Only what was meant for the caller reaches it. */
  encodeError(reason: unknown, call: RestCall): RestResponse;
  /**
   * The writer of a server-streaming method's answers. An error before the first of them is still `encodeError`'s.
   *
   * @throws RestError when `accept` excludes every form
   */
  openStream(route: RestRoute, accept: string | null | undefined): StreamWriter;
  /** 404, 405 and the answer to OPTIONS, for what is no route. */
  refuse(match: OtherMethods | undefined, httpMethod: string, call: RestCall): RestResponse;
}

/**
 * Makes a transcoder. Everything that the contract says is worked out here, once.
 *
 * @throws Error that names each method with a rule that cannot be served, and both of two with the same path
 */
export function createTranscoder(options: TranscoderOptions): Transcoder {
  const { registry, errors = canonicalErrors, maxDepth = 64 } = options;
  const refuseUnknown = options.refuseUnknownJson === true;
  const tools: AnswerTools = {
    writer: createJsonWriter({ emitDefaults: options.emitDefaults !== false, registry }),
    sparse: createJsonWriter({ emitDefaults: false, registry }),
    errors,
    errorReader: errorReader(errors),
  };
  const routes = compileRoutes(options.methods, {
    reader: createJsonReader({ refuseUnknown, registry, maxDepth }),
    tools,
    policy: options.policy ?? policyOf,
    query: { refuseUnknown, maxParameters: options.maxQueryParameters ?? 256, maxDepth },
  });
  const router = createRouter(routes);
  const compiled = new Map<RestRoute, CompiledRoute>(routes.map((route) => [route, route]));
  const own = (route: RestRoute): CompiledRoute => {
    const found = compiled.get(route);
    if (found === undefined) {
      throw new TypeError(
        `The route ${route.name} is not of this transcoder; expected one that match() found`,
      );
    }
    return found;
  };
  const encodeError: Transcoder['encodeError'] = (reason, call) =>
    errorResponse(tools.errorReader.thrown(reason), call);

  return {
    routes,
    match: (httpMethod, path) => router.match(httpMethod, path),
    decode: ({ route, segments }, request) => own(route).decode(segments, request),
    encode: (route, answer, call) => own(route).writeAnswer(answer, call),
    encodeError,
    openStream: (route, accept) => {
      const { stream } = own(route);
      if (stream === undefined) {
        throw new TypeError(`${route.name} answers once; expected a server-streaming method`);
      }
      const [first] = stream.offers;
      const type = first === undefined ? '' : negotiate(accept, stream.offers);
      if (type === undefined) {
        throw notAcceptable(accept ?? '', stream.offers);
      }
      return stream.open(type);
    },
    refuse: (match, httpMethod, call) => {
      if (match?.kind === 'options') {
        return optionsResponse(match.allow);
      }
      return encodeError(
        match === undefined
          ? noRoute(httpMethod, call.path)
          : methodNotAllowed(httpMethod, call.path, match.allow),
        call,
      );
    },
  };
}
