import type { RouteMetrics } from '../metrics/index.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Codec } from './codec.ts';
import type { Fields, HttpCall } from './http-call.ts';
import type { UnaryProtocol } from './protocol.ts';

/** A method in one protocol and format: everything about a call that its head decides. */
export interface UnaryRoute {
  readonly plan: MethodPlan;
  readonly protocol: UnaryProtocol;
  readonly codec: Codec;
  readonly pipeline: Pipeline;
  /** Of one message, after decompression. */
  readonly maxMessageBytes: number;
  /** Of a request as it is on the wire. */
  readonly maxBodyBytes: number;
  /** Fields that an answer carries for the sake of who asks; `undefined` when there are none for anybody. */
  readonly fieldsFor: FieldsFor | undefined;
  /** Counts answers. */
  readonly metrics: RouteMetrics | undefined;
}

/** Fields that go with every answer to a request. */
export type FieldsFor = (http: HttpCall) => Fields | undefined;
