import type { ErrorParts } from '../rest/response/error-parts.ts';
import { errorMember } from '../rest/response/error-writer.ts';
import type { RestCall } from '../rest/rest-call.ts';

/** The answer to `{"type":"ping"}`. */
export const PONG = '{"type":"pong"}';

/** The stream is being opened. */
export function subscribedFrame(id: string): string {
  return `{"type":"subscribed","id":${JSON.stringify(id)}}`;
}

/** The stream has ended well, or was unsubscribed from. */
export function endFrame(id: string): string {
  return `{"type":"end","id":${JSON.stringify(id)}}`;
}

/** What every message of one subscription begins with, up to its sequence or its message. */
export function messageHead(id: string): string {
  return `{"type":"message","id":${JSON.stringify(id)},`;
}

/**
 * One message.
 *
 * @param sequence - its place in the stream, which a client resumes from; `undefined` where the stream has none
 * @param json - the message
 */
export function messageFrame(head: string, sequence: string | undefined, json: string): string {
  return sequence === undefined
    ? `${head}"message":${json}}`
    : `${head}"sequence":"${sequence}","message":${json}}`;
}

/** An error in the form of REST. With an `id` it is the end of that stream; without, it is about a frame. */
export function errorFrame(id: string | undefined, parts: ErrorParts, call: RestCall): string {
  const about = id === undefined ? '' : `"id":${JSON.stringify(id)},`;
  return `{"type":"error",${about}${errorMember(parts, call)}}`;
}
