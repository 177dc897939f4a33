import type { Logger } from 'pino';
import type { ErrorModel } from '../errors/model.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ErrorReader } from '../rest/response/error-parts.ts';
import type { CompleteWebSocketOptions } from './options.ts';
import type { StreamMethod } from './stream-methods.ts';

/** What all connections share. */
export interface WebSocketTools {
  readonly options: CompleteWebSocketOptions;
  readonly pipeline: Pipeline;
  /** By `package.Service/Method`. */
  readonly methods: ReadonlyMap<string, StreamMethod>;
  readonly errors: ErrorModel;
  readonly errorReader: ErrorReader;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Milliseconds that a connection may be idle, and that a reader may be behind. */
  readonly idleTimeoutMs: number;
}
