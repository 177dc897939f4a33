import { concatFields, type FieldBlock, type Fields, type FieldsFor, fieldBlock } from '../dispatch/index.ts';
import { type Metrics, type RouteMetrics, UNMATCHED } from '../metrics/index.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { RestResponse, RestRoute, Transcoder } from '../rest/index.ts';
import type { Door, Front } from './door.ts';
import { type PageTools, pageReceiver } from './page.ts';
import { RestCall } from './rest-call.ts';

/** What REST needs besides its transcoder. */
export interface RestDoorOptions extends PageTools {
  readonly transcoder: Transcoder;
  readonly pipeline: Pipeline;
  /** Of one request, after decompression. */
  readonly maxMessageBytes: number;
  /** Constant fields of every answer. */
  readonly securityFields: Fields;
  readonly fieldsFor: FieldsFor | undefined;
  readonly metrics: Metrics | undefined;
  readonly clock: () => number;
}

/** One route, with everything about a call that its head decides. */
export interface RestTarget {
  readonly plan: MethodPlan;
  readonly metrics: RouteMetrics | undefined;
}

/** What calls by REST share. */
export interface RestTools extends RestDoorOptions {
  /** The headers of a response as an engine sends them. */
  blockOf(response: Pick<RestResponse, 'headers'>): FieldBlock;
}

/** Serves the HTTP forms of methods. What is no route is for the last door. */
export function restDoor(options: RestDoorOptions): Door {
  const { transcoder, pipeline, metrics } = options;
  const tools: RestTools = { ...options, blockOf: blocks(options.securityFields) };
  const targets = new Map<RestRoute, ReadonlyMap<string, RestTarget>>();
  for (const route of transcoder.routes) {
    const plan = pipeline.find(route.method);
    if (plan === undefined) {
      throw new TypeError(`${route.name} has an HTTP form but is not served`);
    }
    const byMethod = [route.httpMethod, 'HEAD'].map(
      (method) => [method, { plan, metrics: metrics?.route(method, route.template.text) }] as const,
    );
    targets.set(route, new Map(byMethod));
  }
  return {
    accept: (http) => {
      const match = transcoder.match(http.method, http.path);
      if (match?.kind !== 'route') {
        return undefined;
      }
      const byMethod = targets.get(match.route);
      const target = byMethod?.get(http.method) ?? byMethod?.get(match.route.httpMethod);
      return target && new RestCall(http, tools, match, target);
    },
  };
}

/** The last door: 404, 405 and the answer to OPTIONS, in the form of REST. */
export function notFoundDoor(options: RestDoorOptions): Front {
  const { transcoder, metrics, clock } = options;
  const blockOf = blocks(options.securityFields);
  return {
    accept: (http) => {
      const match = transcoder.match(http.method, http.path);
      const traceId = traceIdOf(http.header('traceparent'));
      const page = () => {
        const response = transcoder.refuse(match?.kind === 'route' ? undefined : match, http.method, {
          path: http.path,
          traceId,
          now: clock(),
        });
        return {
          status: response.status,
          block: blockOf(response),
          own: concatFields(undefined, ['x-trace-id', traceId]),
          body: response.body ?? '',
        };
      };
      return pageReceiver(http, page, options, metrics?.route(http.method, UNMATCHED));
    },
  };
}

/** Most responses share their headers. */
function blocks(security: Fields): RestTools['blockOf'] {
  const known = new WeakMap<object, FieldBlock>();
  return ({ headers }) => {
    let block = known.get(headers);
    if (block === undefined) {
      const own = Object.entries(headers).flat();
      const more = security.filter((_, index) => !((security[index - (index % 2)] as string) in headers));
      block = fieldBlock(...own, ...more);
      known.set(headers, block);
    }
    return block;
  };
}
