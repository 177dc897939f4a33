import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { mergeFields } from '../dispatch/fields.ts';
import {
  type FieldBlock,
  type Fields,
  fieldBlock,
  type HttpCall,
  type HttpWriter,
} from '../dispatch/index.ts';

/** Says nothing: all fields of these answers are their own. */
const NOTHING = fieldBlock();

/** An answer on its way out. */
export interface Outgoing {
  readonly http: HttpCall;
  /** Constant fields of the answer; its own have the last word. */
  readonly fields: Fields;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** Sends an answer that is one message, as a whole. */
export async function sendWhole(answer: UniversalServerResponse, { http, fields }: Outgoing): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body ?? []) {
    parts.push(part);
  }
  // Handlers set headers and trailers until the last piece.
  const body = parts.length === 0 ? undefined : Buffer.concat(parts);
  http.send(answer.status, NOTHING, headOf(answer, fields), body, trailersOf(answer));
}

/** Sends an answer piece by piece, no faster than its reader reads. Resolves when all of it is on its way. */
export async function sendInPieces(answer: UniversalServerResponse, outgoing: Outgoing): Promise<void> {
  const { http, fields, signal } = outgoing;
  if (answer.body === undefined) {
    http.send(answer.status, NOTHING, headOf(answer, fields), undefined, trailersOf(answer));
    return;
  }
  let writer: HttpWriter | undefined;
  for await (const part of answer.body) {
    if (signal.aborted) {
      return;
    }
    // Handlers set headers until the first piece.
    writer ??= http.open(answer.status, NOTHING, headOf(answer, fields));
    await writer.write(part);
  }
  writer ??= http.open(answer.status, NOTHING, headOf(answer, fields));
  writer.end(trailersOf(answer));
}

function headOf({ header }: UniversalServerResponse, fields: Fields): Fields | undefined {
  return mergeFields(fields, header && [...header].flat());
}

function trailersOf({ trailer }: UniversalServerResponse): FieldBlock | undefined {
  return trailer && fieldBlock(...[...trailer].flat());
}
