import { type Fields, fieldBlock } from '../dispatch/index.ts';
import type { Cors } from '../listener/cors.ts';
import type { Door } from './door.ts';
import { type PageTools, pageReceiver } from './page.ts';

/**
 * Answers what browsers ask before they let a page of another origin call.
 *
 * @param security - constant fields of every answer
 */
export function preflightDoor(cors: Cors, tools: PageTools, security: Fields): Door {
  const block = fieldBlock(...security);
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
            () => ({ status, block, own: fields, body: '' }),
            { ...tools, fieldsFor: undefined },
            undefined,
          );
    },
  };
}
