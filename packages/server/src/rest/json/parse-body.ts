import { invalid } from '../rest-error.ts';
import { duplicateKey } from './duplicate-key.ts';
import { describeProblem, ValueError } from './problem.ts';
import type { ReadContext } from './read-context.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body as JSON. @throws RestError when it is no UTF-8, no JSON, or says something twice */
export function parseJson(body: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw invalid('the body is not valid UTF-8; expected JSON', { reason: 'INVALID_UTF8' });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (reason) {
    // The engine's words repeat parts of the body.
    const place = /at position \d+/.exec(reason instanceof Error ? reason.message : '')?.[0];
    const where = place === undefined ? '' : `, ${place}`;
    throw invalid(`the body is not valid JSON${where}`, { reason: 'INVALID_JSON' });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw invalid(
      `${JSON.stringify(twice)} occurs twice in one object of the body; expected each name once`,
      {
        reason: 'DUPLICATE_FIELD',
        value: twice,
      },
    );
  }
  return json;
}

/** Runs a reader, and names the place of what it does not like. @throws RestError */
export function readFrom<T>(
  json: unknown,
  prefix: string | undefined,
  read: (json: unknown, context: ReadContext) => T,
): T {
  const context: ReadContext = {
    path: prefix === undefined ? [] : [prefix],
    found: json,
    confidential: false,
  };
  try {
    return read(json, context);
  } catch (reason) {
    throw asRestError(reason, context);
  }
}

function asRestError(reason: unknown, context: ReadContext): unknown {
  if (!(reason instanceof ValueError)) {
    return reason;
  }
  const { message, detail } = describeProblem(
    shownPath(context.path),
    reason,
    context.found,
    context.confidential,
  );
  return invalid(message, detail);
}

/** `seats[1].row`, `by_name["a b"].row` */
function shownPath(path: readonly (string | number)[]): string {
  let shown = '';
  for (const step of path) {
    if (typeof step === 'number') {
      shown += `[${step}]`;
    } else if (/^[A-Za-z_]\w{0,63}$/.test(step)) {
      shown += shown === '' ? step : `.${step}`;
    } else {
      shown += `[${JSON.stringify(step.slice(0, 64))}]`;
    }
  }
  return shown;
}
