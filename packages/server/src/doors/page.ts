import type { Logger } from 'pino';
import {
  concatFields,
  type FieldBlock,
  type Fields,
  type FieldsFor,
  type HttpCall,
  type HttpReceiver,
} from '../dispatch/index.ts';
import type { RouteMetrics } from '../metrics/index.ts';

/** What a page answers. */
export interface PageAnswer {
  readonly status: number;
  readonly block: FieldBlock;
  readonly own?: Fields | undefined;
  readonly body: string | Uint8Array;
}

/** Answers requests that need no body. */
export type Page = (http: HttpCall) => PageAnswer | Promise<PageAnswer>;

/** What all pages share. */
export interface PageTools {
  readonly logger: Logger;
  readonly fieldsFor: FieldsFor | undefined;
}

/** Answers with a page, whatever the body. */
export function pageReceiver(
  http: HttpCall,
  page: Page,
  tools: PageTools,
  metrics: RouteMetrics | undefined,
): HttpReceiver {
  const arrivedAt = performance.now();
  const send = ({ status, block, own, body }: PageAnswer): void => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const fields = concatFields(own, tools.fieldsFor?.(http));
    http.send(status, block, fields, bytes.length === 0 ? undefined : bytes);
    metrics?.record(status, (performance.now() - arrivedAt) / 1000);
  };
  const answer = (): void => {
    try {
      const made = page(http);
      if (made instanceof Promise) {
        made.then(send).catch(failed);
      } else {
        send(made);
      }
    } catch (reason) {
      failed(reason);
    }
  };
  const failed = (err: unknown): void => {
    tools.logger.error({ err, path: http.path }, 'a page could not be made');
    http.reset();
  };
  return {
    maxBodyBytes: 0,
    received: answer,
    overflowed: () => undefined,
    crowdedOut: () => undefined,
    gone: () => undefined,
  };
}
