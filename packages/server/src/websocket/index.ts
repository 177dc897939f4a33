/**
 * Server-streaming methods over WebSocket: many streams on one connection, as JSON in text frames.
 *
 * A client opens `GET /ws` over HTTP/1.1 without a subprotocol and without compression, and sends
 *
 * | frame | meaning |
 * |---|---|
 * | `{"type":"subscribe","id":"1","method":"pkg.Service/Method","request":{…},"resumeToken":"…"}` | Opens a stream. `id`: 1 to 128 characters, the client's choice, its own among the open streams of the connection. `request`: JSON as in REST; default `{}`. `resumeToken`: optional, the last `sequence` received; goes into the field `resume_token`, where the request has one. |
 * | `{"type":"unsubscribe","id":"1"}` | Ends a stream. One that has ended already is none of its concern. |
 * | `{"type":"authenticate","token":"…"}` | A bearer token for the streams that are opened from here on, in place of the `Authorization` header of the handshake, which browsers cannot set. It is checked with each of them, and answered by nothing of its own. |
 * | `{"type":"ping"}` | Asks for a sign of life that scripts can see. |
 *
 * and gets
 *
 * | frame | meaning |
 * |---|---|
 * | `{"type":"subscribed","id":"1"}` | The request makes sense and the stream is being opened. |
 * | `{"type":"message","id":"1","sequence":"7","message":{…}}` | One answer, as in REST. `sequence` where the answer has a 64-bit field of that name. |
 * | `{"type":"error","id":"1","error":{…}}` | The stream has ended, or was refused: `code`, `message`, `timestamp`, `path`, `traceId` and `details` as in REST. Without `id`: about a frame, which was ignored. |
 * | `{"type":"end","id":"1"}` | The stream has ended well, or was unsubscribed from. |
 * | `{"type":"pong"}` | The answer to a ping. |
 *
 * Each stream ends with one `error` or one `end`; its `id` is free from then on. The server pings (in the sense of the
 * protocol) and ends connections without a pong. It closes with 1001 when it shuts down, 1003 for binary frames, 1007
 * for what is no UTF-8, 1009 for a frame longer than a request may be, 1013 for an unfinished one when too many are on
 * their way, 4008 when the client takes in its messages too slowly, 4400 after frames that make no sense, 4408 when
 * nothing is asked for or a frame does not arrive in time, and 4429 for too many frames.
 *
 * Every stream passes the same policies as over other protocols. Pages of other origins are let in by the allow-list
 * of CORS, and what a browser adds by itself (cookies, client certificates) counts only where CORS allows credentials.
 */
export type { WebSocketOptions } from './options.ts';
export { plainRequestDoor } from './plain-request.ts';
export { createWebSockets, type WebSockets } from './web-sockets.ts';
