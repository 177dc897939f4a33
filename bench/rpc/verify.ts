import { once } from 'node:events';
import http2 from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { checkAnswer, framed, path, request } from './contract.ts';
import type { Target } from './load.ts';

const FRAME_HEAD = 5;
const GIVE_UP_MS = 5000;

/** Makes one call and looks at everything of the answer. @throws Error that says what is wrong with it */
export async function verify(target: Target): Promise<void> {
  checkAnswer(await (target.shape.protocol === 'grpc' ? callGrpc(target) : callConnect(target)));
}

async function callGrpc({ port, token, shape }: Target): Promise<Uint8Array> {
  // Certificates of a measurement vouch for themselves.
  const session = http2.connect(`${shape.isTls ? 'https' : 'http'}://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
  });
  try {
    const call = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...authorization(token),
    });
    call.setTimeout(GIVE_UP_MS, () => call.close(http2.constants.NGHTTP2_CANCEL));
    call.end(framed(request));
    const trailers = once(call, 'trailers');
    const body = await buffer(call);
    const [{ 'grpc-status': status, 'grpc-message': message }] = await trailers;
    if (status !== '0') {
      throw new Error(`grpc-status is ${status} (${message}); expected 0`);
    }
    return body.subarray(FRAME_HEAD);
  } finally {
    session.destroy();
  }
}

async function callConnect({ port, token }: Target): Promise<Uint8Array> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/proto',
      'connect-protocol-version': '1',
      ...authorization(token),
    },
    body: Buffer.from(request),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  if (response.status !== 200) {
    throw new Error(`status is ${response.status} (${await response.text()}); expected 200`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
