import type { BodyBudget } from '../listener/body-budget.ts';
import { systemTime } from '../time/clocks.ts';
import { createWebSockets, type WebSockets } from '../websocket/index.ts';
import type { FrontParts } from './assemble-front.ts';

/** What connections are served with. */
export type WebSocketFrontParts = Pick<
  FrontParts,
  'options' | 'descriptors' | 'limits' | 'logger' | 'metrics' | 'pipeline' | 'securityFields'
> & {
  /** For messages of all connections that have not arrived completely. */
  readonly budget: BodyBudget;
};

/** WebSocket connections as a server's options say. @throws Error that names an option which is out of range */
export function assembleWebSockets({ options, descriptors, ...parts }: WebSocketFrontParts): WebSockets {
  return createWebSockets({
    ...parts,
    options: options.webSocket || {},
    describe: descriptors.describe,
    registry: descriptors.types,
    refuseUnknownJson: options.refuseUnknownJson === true,
    errors: options.errors,
    cors: options.cors,
    clock: options.clock ?? systemTime,
  });
}
