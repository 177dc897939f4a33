import { errorTable } from '@traffic-tacos/policy';
import type { RestErrorModel } from '../response/error-model.ts';
import { codesOf } from './rest-words.ts';
import type { Content, OpenApiResponse, Schema } from './types.ts';

/** The name of the schema and of the answer. */
export const ERROR = 'Error';

/** The answer of every failure. */
export function errorAnswer(): OpenApiResponse {
  return {
    description:
      'Why the call did not do what it was asked to. Where the answer says more than that, its fields stand beside ' +
      '`error`.',
    content: errorContent(),
  };
}

/** The body of every failure. */
export function errorContent(): Content {
  return {
    'application/json': {
      schema: {
        type: 'object',
        properties: { error: { $ref: `#/components/schemas/${ERROR}` } },
        required: ['error'],
      },
    },
  };
}

/** What an error consists of. */
export function errorSchema(errors: RestErrorModel): Schema {
  const codes = codesOf(errors);
  const rows = codes === undefined ? [] : errorTable(codes).rows;
  const known = rows.flatMap((row) => [row.restCode, ...row.restReasons]).map((code) => `\`${code}\``);
  const list = known.length === 0 ? '' : ` Known ones: ${[...new Set(known)].join(', ')}.`;
  const text = (description: string): Schema => ({ type: 'string', description });
  return {
    type: 'object',
    required: ['code', 'message', 'timestamp', 'path', 'traceId', 'details'],
    properties: {
      code: text(`What went wrong, for programs.${list} There may be more.`),
      message: text('What went wrong, for people.'),
      timestamp: { type: 'string', format: 'date-time', description: 'When.' },
      path: text('The path of the request.'),
      traceId: text('Finds the call in the log.'),
      details: {
        type: 'array',
        description: 'The single causes, where they are known.',
        items: {
          type: 'object',
          properties: {
            field: text('Path of the request field at fault, in the names of the contract.'),
            reason: text('A stable word that narrows the code down.'),
            value: text('What was found.'),
          },
        },
      },
    },
  };
}
