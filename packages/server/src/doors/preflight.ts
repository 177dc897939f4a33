import { fieldBlock } from '../dispatch/index.ts';
import type { Cors } from '../listener/cors.ts';
import type { Door } from './door.ts';
import { type PageTools, pageReceiver } from './page.ts';

const EMPTY = fieldBlock();

/** Answers what browsers ask before they let a page of another origin call. */
export function preflightDoor(cors: Cors, tools: PageTools): Door {
  return {
    accept: (http) => {
      if (http.method !== 'OPTIONS') {
        return undefined;
      }
      const { preflight: status, fields } = cors(
        http.header('origin'),
        http.method,
        http.header('access-control-request-method'),
        http.header('access-control-request-private-network'),
      );
      return status === undefined
        ? undefined
        : pageReceiver(
            http,
            () => ({ status, block: EMPTY, own: fields, body: '' }),
            { ...tools, fieldsFor: undefined },
            undefined,
          );
    },
  };
}
