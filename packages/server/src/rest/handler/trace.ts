import type { HeaderView } from '../rest-call.ts';

/** Which trace a call belongs to. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** What the backend is told. */
  readonly traceparent: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

/** The trace of a request, or a new one, so that an error's id is found in the backend's log. */
export function traceOf(headers: HeaderView): Trace {
  const traceparent = headers.get('traceparent') ?? '';
  const traceId = TRACEPARENT.exec(traceparent)?.[1];
  if (traceId !== undefined && !/^0+$/.test(traceId)) {
    return { traceId, traceparent };
  }
  const made = randomHex(16);
  return { traceId: made, traceparent: `00-${made}-${randomHex(8)}-00` };
}

function randomHex(bytes: number): string {
  let text = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) {
    text += byte.toString(16).padStart(2, '0');
  }
  return text;
}
