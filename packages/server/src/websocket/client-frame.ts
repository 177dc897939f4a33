import { duplicateKey } from '../rest/json/duplicate-key.ts';
import { invalid } from '../rest/rest-error.ts';

/** What a client asks for. */
export type ClientFrame =
  | {
      readonly type: 'subscribe';
      readonly id: string;
      /** `package.Service/Method` */
      readonly method: string;
      /** The request as JSON, not yet read. */
      readonly request: unknown;
      readonly resumeToken: string | undefined;
    }
  | { readonly type: 'unsubscribe'; readonly id: string }
  | { readonly type: 'authenticate'; readonly token: string }
  | { readonly type: 'ping' };

const MAX_ID = 128;
/** As long as a JWT may be. */
const MAX_TOKEN = 8 * 1024;
const TYPES = 'subscribe, unsubscribe, authenticate or ping';

/** Reads a frame. @throws RestError that says what it lacks */
export function readClientFrame(text: string): ClientFrame {
  const frame = parse(text);
  switch (frame.type) {
    case 'subscribe':
      return {
        type: 'subscribe',
        id: idOf(frame),
        method: textOf(frame, 'method', 'package.Service/Method'),
        request: frame.request ?? {},
        resumeToken:
          frame.resumeToken === undefined ? undefined : textOf(frame, 'resumeToken', 'the last sequence'),
      };
    case 'unsubscribe':
      return { type: 'unsubscribe', id: idOf(frame) };
    case 'authenticate':
      return { type: 'authenticate', token: tokenOf(frame) };
    case 'ping':
      return { type: 'ping' };
    default:
      throw invalid(
        `the frame has ${frame.type === undefined ? 'no' : 'an unknown'} type; expected ${TYPES}`,
        {
          field: 'type',
          reason: 'UNKNOWN_TYPE',
        },
      );
  }
}

type Json = Readonly<Record<string, unknown>>;

function parse(text: string): Json {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw invalid('the frame is not valid JSON', { reason: 'INVALID_JSON' });
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    throw invalid('the frame is no JSON object', { reason: 'INVALID_JSON' });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw invalid(`${JSON.stringify(twice)} occurs twice in one object; expected each name once`, {
      reason: 'DUPLICATE_FIELD',
    });
  }
  return frame as Json;
}

function idOf(frame: Json): string {
  const id = textOf(frame, 'id', `1 to ${MAX_ID} characters that the client chose`);
  if (id.length > MAX_ID) {
    throw invalid(`id has ${id.length} characters; expected at most ${MAX_ID}`, { field: 'id' });
  }
  return id;
}

function tokenOf(frame: Json): string {
  const token = textOf(frame, 'token', 'a bearer token');
  // It becomes the value of a header.
  if (token.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw invalid(`token is no bearer token; expected at most ${MAX_TOKEN} printable characters`, {
      field: 'token',
      reason: 'TOKEN_MALFORMED',
    });
  }
  return token;
}

function textOf(frame: Json, name: string, expected: string): string {
  const value = frame[name];
  if (typeof value !== 'string' || value === '') {
    throw invalid(`${name} is ${value === undefined ? 'missing' : 'no text'}; expected ${expected}`, {
      field: name,
    });
  }
  return value;
}
